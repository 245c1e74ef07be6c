/**
 * Makes tables of the class `eg-sortable` sortable by buttons in their column headers. A first click sorts names
 * ascending and numbers descending, a second reverses the order, a third restores the original one.
 */

const names = new Intl.Collator('en', { numeric: true }); // the same order for every reader
const directions = { name: ['ascending', 'descending'], number: ['descending', 'ascending'] };

const text = (cell) => (cell.querySelector('summary') ?? cell).textContent.trim();
const number = (cell) => Number(cell.dataset.value ?? (text(cell).replaceAll(',', '') || NaN));

/** Sort rows by a column; missing values come last in both directions, and ties keep their order. */
function sorted(rows, column, kind, direction) {
  const sign = direction === 'ascending' ? 1 : -1;
  const compare = kind === 'number' ? (a, b) => a - b : names.compare;
  const keyed = rows.map((row) => {
    const cell = row.cells[column];
    const key = kind === 'number' ? number(cell) : text(cell);
    return { row, key, missing: kind === 'number' ? Number.isNaN(key) : /^[-–—]?$/.test(key) };
  });
  keyed.sort((a, b) => a.missing - b.missing || (a.missing ? 0 : sign * compare(a.key, b.key)));
  return keyed.map(({ row }) => row);
}

function makeSortable(table) {
  const [body] = table.tBodies;
  const original = [...body.rows];
  const headers = [...table.tHead.rows[0].cells];
  for (const [column, header] of headers.entries()) {
    const kind = header.classList.contains('eg-n') ? 'number' : 'name';
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'eg-sort';
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => {
      const direction = directions[kind][directions[kind].indexOf(header.getAttribute('aria-sort')) + 1];
      for (const each of headers) each.removeAttribute('aria-sort');
      if (direction) header.setAttribute('aria-sort', direction);
      body.append(...(direction ? sorted([...body.rows], column, kind, direction) : original));
    });
  }
}

for (const table of document.querySelectorAll('.eg-sortable')) makeSortable(table);
