/** The genres, each with its marker, its count and a checkbox that shows or hides it. */

import { button, element, nameElement } from './elements.js';
import { formatNumber } from './text.js';
import { NONE } from './tracks.js';

export function createLegend({ tracks, state, markers, announce }) {
  const counts = new Map();
  for (const genre of tracks.genre) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  const genres = [...tracks.genres.keys(), NONE].filter((genre) => counts.has(genre));
  const boxes = new Map(genres.map((genre) => [genre, checkbox(genre)]));

  function checkbox(genre) {
    const box = element('input', { type: 'checkbox', checked: '' });
    box.addEventListener('change', () => {
      apply();
      const shown = genres.length - state.hidden.size;
      const action = box.checked ? 'shown' : 'hidden';
      announce(`${tracks.genreName(genre)} ${action}; ${shown} of ${genres.length} genres shown.`);
    });
    return box;
  }

  function apply() {
    state.update({ hidden: new Set(genres.filter((genre) => !boxes.get(genre).checked)), hovered: NONE });
  }

  function switchAll(text, label, on) {
    const node = button(text, { 'aria-label': label });
    node.addEventListener('click', () => {
      for (const box of boxes.values()) box.checked = on;
      apply();
      announce(on ? 'All genres shown.' : 'All genres hidden.');
    });
    return node;
  }

  const chips = genres.map((genre) => {
    const name = nameElement(tracks.genreName(genre), 'eg-map-genre');
    const count = element('span', { class: 'eg-map-count' }, formatNumber(counts.get(genre)));
    return element('label', { class: 'eg-map-chip' }, boxes.get(genre), markers.swatch(genre), name, count);
  });
  return element(
    'fieldset',
    { class: 'eg-map-legend' },
    element('legend', {}, 'Genres'),
    element(
      'span',
      { class: 'eg-map-switches' },
      switchAll('All', 'Show all genres', true),
      switchAll('None', 'Hide all genres', false),
    ),
    element('div', { class: 'eg-map-chips' }, ...chips),
  );
}
