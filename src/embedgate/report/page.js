/* What pytest-html's page lacks: its table of tests repeats what stands above it, and folds away; and whoever
   listens to the page, or has no mouse, gets what the others have. Runs before its own script. */
(() => {
  'use strict';

  for (const box of document.querySelectorAll('.filters input[type="checkbox"]')) {
    const text = box.nextElementSibling;
    if (!text) continue;
    const label = document.createElement('label');
    box.replaceWith(label);
    label.append(box, ' ', text);
  }

  const fold = document.createElement('details');
  fold.className = 'eg-tests';
  const heading = fold.appendChild(document.createElement('summary'));
  heading.textContent = 'All tests as pytest ran them, what they printed, and the environment';
  document.querySelector('.summary').after(fold);
  for (const part of ['.run-count, p.filter, .controls, #results-table', '#environment-header, #environment']) {
    fold.append(...document.querySelectorAll(part));
  }

  const row = document.getElementById('template_results-table__tbody')?.content;
  const set = (selector, attributes) => {
    const found = row?.querySelector(selector);
    if (!found) return;
    for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  };
  set('img', { alt: '' }); // its name stands below it
  set('.logwrapper', { tabindex: '0', role: 'group', 'aria-label': 'Output' });
  set('.logexpander', { tabindex: '0', role: 'button', 'aria-label': 'Expand or collapse the output' });

  const pressed = '.col-result, .sortable, .logexpander, #environment-header h2';
  const reach = () => {
    for (const each of document.querySelectorAll(pressed)) each.tabIndex = 0;
    for (const stray of document.querySelectorAll('#environment ul > ul:empty')) stray.remove(); // a tag left open
  };
  reach();
  // the table is made anew after each click
  new MutationObserver(reach).observe(fold, { childList: true });
  // a test that failed and is no check is told nowhere else
  document.addEventListener('DOMContentLoaded', () => {
    if (fold.querySelector(':is(tbody.failed, tbody.error) .eg-no-check')) fold.open = true;
  });

  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (!(key === 'Enter' || key === ' ') || !target.matches?.(pressed)) return;
    event.preventDefault();
    const id = target.closest('.collapsible')?.dataset.id;
    const cell = target.className.split(' ')[0];
    target.click();
    reach();
    const again = id ? document.querySelector(`.collapsible[data-id="${CSS.escape(id)}"] .${CSS.escape(cell)}`) : target;
    again?.focus();
  });
})();
