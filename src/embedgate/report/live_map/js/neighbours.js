/** The selected track: its facts, the checks that list it, and its neighbours in this model and in the champion. */

import { button, element, nameElement } from './elements.js';
import { formatNumber } from './text.js';
import { neighbourRow, trackFacts, trackList } from './track_elements.js';

export function neighboursView(app, point) {
  const { tracks, markers } = app;
  return [
    titleOf(app, point),
    trackFacts(tracks, markers, point, 'p'),
    ...checksOf(tracks, point),
    explanation(app, point),
    element('div', { class: 'eg-map-columns' }, ...columns(app, point)),
  ];
}

function titleOf({ tracks, selection }, point) {
  const name = element('div', {}, element('h3', { tabindex: '-1', dir: 'auto' }, tracks.titleOf(point)));
  const artist = tracks.artistOf(point);
  if (artist) name.append(nameElement(artist, 'eg-map-artist'));
  const close = button('×', { class: 'eg-map-close', 'aria-label': 'Clear the selection' });
  close.addEventListener('click', selection.clear);
  return element('div', { class: 'eg-map-top' }, name, close);
}

function checksOf(tracks, point) {
  const checks = tracks.checksOf.get(point);
  if (!checks) return [];
  const ids = checks.flatMap((id, at) => [at ? ', ' : '', element('code', {}, id)]);
  return [element('p', { class: 'eg-map-offending' }, 'Offending track of ', ...ids)];
}

function explanation({ tracks, selection }, point) {
  const zoom = button('Zoom to neighbours', { class: 'eg-map-go' });
  zoom.addEventListener('click', () => selection.showNeighbours(point));
  const among = `among all ${formatNumber(tracks.vocabulary)} tracks`;
  const text = `Nearest neighbours in the embedding space by cosine similarity, ${among}.`;
  return element('div', { class: 'eg-map-explanation' }, element('p', { class: 'eg-map-note' }, text), zoom);
}

function columns(app, point) {
  const { tracks } = app;
  const shared = tracks.sharedNeighbours(point);
  const listOf = (model) => {
    const rows = tracks.neighboursOf(point, model).map((neighbour) => neighbourRow(app, neighbour, shared));
    return rows.length ? trackList(rows) : element('p', { class: 'eg-map-note' }, 'No neighbours.');
  };
  if (!tracks.champion) return [column('Nearest neighbours', 'candidate', listOf())];
  const inChampion = tracks.newPoints.has(point)
    ? element('p', { class: 'eg-map-note' }, 'This track is not in the champion.')
    : listOf(tracks.champion);
  return [column('This model', 'candidate', listOf()), column('Champion', 'champion', inChampion)];
}

function column(heading, model, content) {
  return element('div', { class: `eg-map-column eg-map-${model}` }, element('h4', {}, heading), content);
}
