/** Tracks as elements of tooltip, search results and panel. */

import { button, element, nameElement, note } from './elements.js';
import { counted } from './text.js';
import { NONE } from './tracks.js';

/** Title of an entry, with its artist and notes below. */
export function trackElement(tracks, entry, ...notes) {
  const node = element('span', { class: 'eg-map-track' }, nameElement(tracks.titleOf(entry), 'eg-map-title'));
  const artist = tracks.artistOf(entry);
  const below = artist ? [nameElement(artist, 'eg-map-artist'), ...notes] : notes;
  if (below.length) node.append(element('span', { class: 'eg-map-below' }, ...below));
  return node;
}

/** Genre and plays of a point. */
export function trackFacts(tracks, markers, point, tag = 'span') {
  const genre = tracks.genre[point];
  const name = nameElement(tracks.genreName(genre), 'eg-map-genre');
  return element(
    tag,
    { class: 'eg-map-facts' },
    markers.swatch(genre),
    name,
    `· ${counted(tracks.plays[point], 'play')}`,
  );
}

export function trackList(rows) {
  return element('ol', { class: 'eg-map-list' }, ...rows.map((row) => element('li', {}, row)));
}

/** A point as a button that selects it, and highlights it on the map while it is hovered or focused. */
export function trackButton({ tracks, state, markers, selection }, point, { notes = [], after = [] } = {}) {
  const row = button('', { class: 'eg-map-row' });
  row.replaceChildren(markers.swatch(tracks.genre[point]), trackElement(tracks, point, ...notes), ...after);
  row.addEventListener('click', () => selection.select(point, { zoom: true }));
  for (const type of ['pointerenter', 'focus']) row.addEventListener(type, () => state.update({ hovered: point }));
  for (const type of ['pointerleave', 'blur']) row.addEventListener(type, () => state.update({ hovered: NONE }));
  return row;
}

/** A neighbour with its similarity; a button if it is on the map. */
export function neighbourRow(app, { entry, similarity }, shared) {
  const { tracks } = app;
  const notes = [];
  if (shared.has(entry)) notes.push(element('span', { class: 'eg-map-shared' }, 'in both'));
  if (tracks.removedEntries.has(entry)) notes.push(note('not in this model'));
  else if (!tracks.isOnMap(entry)) notes.push(note('not on the map'));
  const value = element('span', { class: 'eg-map-similarity' }, similarity.toFixed(3));
  if (tracks.isOnMap(entry)) return trackButton(app, entry, { notes, after: [value] });
  const noSwatch = element('span', { class: 'eg-map-swatch' });
  return element('span', { class: 'eg-map-row eg-map-off' }, noSwatch, trackElement(tracks, entry, ...notes), value);
}
