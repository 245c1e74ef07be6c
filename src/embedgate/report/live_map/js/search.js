/** The search box: a combobox with a listbox, as the ARIA Authoring Practices describe it. */

import { element } from './elements.js';
import { createFinder } from './matching.js';
import { counted, formatNumber } from './text.js';
import { trackElement } from './track_elements.js';
import { NONE } from './tracks.js';

const MAX_OPTIONS = 12;
const ANNOUNCE_DELAY = 400; // milliseconds without typing

export function createSearch({ tracks, state, markers, selection, announce }) {
  const label = 'Search for a track or an artist';
  const input = element('input', {
    type: 'text',
    id: 'eg-map-search',
    role: 'combobox',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: label,
    'aria-label': label,
    'aria-expanded': 'false',
    'aria-autocomplete': 'list',
    'aria-controls': 'eg-map-hits',
  });
  const list = element('ul', { id: 'eg-map-hits', role: 'listbox', 'aria-label': 'Tracks found' });
  const more = element('p', { class: 'eg-map-more' });
  const popup = element('div', { class: 'eg-map-hits' }, list, more);
  const find = createFinder(tracks);
  let options = [];
  let active = NONE;

  function update() {
    const typed = input.value.trim() !== '';
    const hits = find(input.value);
    options = hits.slice(0, MAX_OPTIONS).map(option);
    list.replaceChildren(...options);
    more.textContent = moreText(hits.length - options.length, hits.length);
    input.setAttribute('aria-expanded', String(hits.length > 0));
    popup.classList.toggle('eg-map-open', typed);
    state.update({ hits });
    activate(NONE);
    if (typed) announce(`${counted(hits.length, 'track')} found.`, ANNOUNCE_DELAY);
  }

  function moreText(left, found) {
    if (!found) return 'No track on the map matches.';
    return left ? `${formatNumber(left)} more; type to narrow the search.` : '';
  }

  function option(point, at) {
    const node = element(
      'li',
      { role: 'option', id: `eg-map-hit-${at}`, 'aria-selected': 'false', 'data-point': point },
      markers.swatch(tracks.genre[point]),
      trackElement(tracks, point),
      element('span', { class: 'eg-map-count' }, counted(tracks.plays[point], 'play')),
    );
    node.addEventListener('pointerdown', (event) => event.preventDefault()); // the input keeps the focus
    node.addEventListener('click', () => choose(node));
    node.addEventListener('pointermove', () => activate(at));
    return node;
  }

  function activate(at) {
    active = at;
    for (const [place, node] of options.entries()) node.setAttribute('aria-selected', String(place === at));
    if (at === NONE) {
      input.removeAttribute('aria-activedescendant');
      state.update({ hovered: NONE });
      return;
    }
    input.setAttribute('aria-activedescendant', options[at].id);
    options[at].scrollIntoView({ block: 'nearest' });
    state.update({ hovered: Number(options[at].dataset.point) });
  }

  function collapse() {
    input.setAttribute('aria-expanded', 'false');
    popup.classList.remove('eg-map-open');
    state.update({ hits: [] });
    activate(NONE);
  }

  function clear() {
    input.value = '';
    collapse();
  }

  function choose(node) {
    clear();
    selection.select(Number(node.dataset.point), { zoom: true });
  }

  const isExpanded = () => input.getAttribute('aria-expanded') === 'true';

  function step(by) {
    if (!isExpanded()) update();
    if (!options.length) return;
    const from = active === NONE && by < 0 ? 0 : active;
    activate((from + by + options.length) % options.length);
  }

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => choose(options[Math.max(0, active)]),
    Escape: clear,
  };

  function isUsed(key) {
    if (key === 'Enter') return isExpanded();
    return key === 'Escape' ? input.value !== '' : Object.hasOwn(keys, key);
  }

  input.addEventListener('input', update);
  input.addEventListener('blur', collapse);
  input.addEventListener('keydown', (event) => {
    if (!isUsed(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // Escape would clear the selection too
    keys[event.key]();
  });
  return element('div', { class: 'eg-map-search' }, input, popup);
}
