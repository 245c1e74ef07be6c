/* Tables that ask for it are sorted by buttons in their heads: names upwards at first, numbers downwards; then the
   other way round; then as the table was made. */
(() => {
  'use strict';

  const names = new Intl.Collator('en', { numeric: true }); // the same order for every reader
  const turns = { name: ['ascending', 'descending'], number: ['descending', 'ascending'] };

  const text = (cell) => (cell.querySelector('summary') ?? cell).textContent.trim();
  const number = (cell) => Number(cell.dataset.value ?? (text(cell).replaceAll(',', '') || NaN));

  /* Rows in the order of one column; what is missing comes last either way, and ties stay as they are. */
  const sorted = (rows, column, kind, turn) => {
    const sign = turn === 'ascending' ? 1 : -1;
    const keyed = rows.map((row) => {
      const cell = row.cells[column];
      const key = kind === 'number' ? number(cell) : text(cell);
      return { row, key, missing: kind === 'number' ? Number.isNaN(key) : /^[-–—]?$/.test(key) };
    });
    const order = kind === 'number' ? (a, b) => a - b : names.compare;
    keyed.sort((a, b) => a.missing - b.missing || (a.missing ? 0 : sign * order(a.key, b.key)));
    return keyed.map(({ row }) => row);
  };

  for (const table of document.querySelectorAll('.eg-sortable')) {
    const [body] = table.tBodies;
    const made = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const kind = head.classList.contains('eg-n') ? 'number' : 'name';
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'eg-sort';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const turn = turns[kind][turns[kind].indexOf(head.getAttribute('aria-sort')) + 1];
        for (const each of heads) each.removeAttribute('aria-sort');
        if (turn) head.setAttribute('aria-sort', turn);
        body.append(...(turn ? sorted([...body.rows], column, kind, turn) : made));
      });
    });
  }
})();
