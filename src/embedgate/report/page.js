/* What pytest-html's page lacks for whoever listens to it, or has no mouse. Runs before its own script. */
(() => {
  'use strict';

  for (const box of document.querySelectorAll('.filters input[type="checkbox"]')) {
    const text = box.nextElementSibling;
    if (!text) continue;
    const label = document.createElement('label');
    box.replaceWith(label);
    label.append(box, ' ', text);
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
  new MutationObserver(reach).observe(document.body, { childList: true });

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
