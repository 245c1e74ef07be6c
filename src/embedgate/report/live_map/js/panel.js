/** The panel beside the map: the selected track, else the offending tracks that are marked, else well-known tracks. */

import { element } from './elements.js';
import { neighboursView } from './neighbours.js';
import { formatNumber } from './text.js';
import { trackButton, trackList } from './track_elements.js';
import { NONE } from './tracks.js';

const MAX_OFFENDING = 50;
const WELL_KNOWN = 8;

export function createPanel(app) {
  const { tracks, state, canvas } = app;
  const panel = element('section', { class: 'eg-map-panel', 'aria-label': 'Selected track' });

  function render() {
    const hadFocus = panel.contains(document.activeElement);
    panel.replaceChildren(...content());
    panel.scrollTop = 0;
    if (!hadFocus) return;
    const next = state.selected === NONE ? canvas : panel.querySelector('h3');
    next.focus({ preventScroll: true });
  }

  function content() {
    if (state.selected !== NONE) return neighboursView(app, state.selected);
    return state.marks ? offendingView(state.marks) : wellKnownView();
  }

  function offendingView({ title, points, offMap }) {
    const first = [...points].slice(0, MAX_OFFENDING);
    const counts = [`${formatNumber(points.size)} on the map`];
    if (offMap) counts.push(`${formatNumber(offMap)} not on the map`);
    const more = points.size > first.length ? ` The first ${first.length} are listed.` : '';
    return listView(title, `${counts.join(', ')}; worst first.${more}`, first);
  }

  function wellKnownView() {
    const text =
      'Click a point, search for a track, or start with one of the most played. ' +
      'Its nearest neighbours are highlighted on the map and listed here.';
    return listView('Select a track', text, tracks.byPlays.slice(0, WELL_KNOWN));
  }

  function listView(heading, text, points) {
    const list = trackList(points.map((point) => trackButton(app, point)));
    list.classList.add('eg-map-long');
    return [element('h3', { tabindex: '-1' }, heading), element('p', { class: 'eg-map-note' }, text), list];
  }

  state.subscribe(['selected', 'marks'], render);
  render();
  return panel;
}
