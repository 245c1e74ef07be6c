/**
 * Adapts pytest-html's page before its own script runs: folds its table of tests, which repeats the report above it,
 * and adds the labels and the keyboard access that it lacks.
 */

import './address.js';
import './sorting.js';

const CLICKABLE = '.col-result, .sortable, .logexpander, #environment-header h2';

function labelFilters() {
  for (const box of document.querySelectorAll('.filters input[type="checkbox"]')) {
    const text = box.nextElementSibling;
    if (!text) continue;
    const label = document.createElement('label');
    box.replaceWith(label);
    label.append(box, ' ', text);
  }
}

/** Move everything that pytest-html shows into a <details>. */
function foldTests() {
  const fold = document.createElement('details');
  fold.className = 'eg-tests';
  const heading = fold.appendChild(document.createElement('summary'));
  heading.textContent = 'All tests as pytest ran them, with their output and the environment';
  document.querySelector('.summary').after(fold);
  for (const part of ['.run-count, p.filter, .controls, #results-table', '#environment-header, #environment']) {
    fold.append(...document.querySelectorAll(part));
  }
  return fold;
}

/** Label the template from which pytest-html makes the rows of its table. */
function labelRows() {
  const row = document.getElementById('template_results-table__tbody')?.content;
  const set = (selector, attributes) => {
    const found = row?.querySelector(selector);
    if (!found) return;
    for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  };
  set('img', { alt: '' }); // the text below it names it
  set('.logwrapper', { tabindex: '0', role: 'group', 'aria-label': 'Output' });
  set('.logexpander', { tabindex: '0', role: 'button', 'aria-label': 'Expand or collapse the output' });
}

function makeFocusable() {
  for (const each of document.querySelectorAll(CLICKABLE)) each.tabIndex = 0;
  // pytest-html leaves a tag open
  for (const stray of document.querySelectorAll('#environment ul > ul:empty')) stray.remove();
}

/** Click an element by keyboard. The click replaces the table, so the focus is set to the new element. */
function press(event) {
  const { target, key } = event;
  if (!(key === 'Enter' || key === ' ') || !target.matches?.(CLICKABLE)) return;
  event.preventDefault();
  const id = target.closest('.collapsible')?.dataset.id;
  const cell = target.className.split(' ')[0];
  target.click();
  makeFocusable();
  const selector = `.collapsible[data-id="${CSS.escape(id)}"] .${CSS.escape(cell)}`;
  (id ? document.querySelector(selector) : target)?.focus();
}

labelFilters();
labelRows();
const tests = foldTests();
makeFocusable();
new MutationObserver(makeFocusable).observe(tests, { childList: true }); // each click replaces the table
document.addEventListener('keydown', press);
document.addEventListener('DOMContentLoaded', () => {
  // a failed test that is not a check appears nowhere else in the report
  if (tests.querySelector(':is(tbody.failed, tbody.error) .eg-no-check')) tests.open = true;
});
