/** DOM elements. Names are users' text: they reach the page as text nodes only, never as markup. */

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export const button = (text, attributes = {}) => element('button', { type: 'button', ...attributes }, text);

export const note = (text) => element('span', { class: 'eg-map-note' }, text);

export const nameElement = (text, className) => element('span', { class: className, dir: 'auto' }, text);
