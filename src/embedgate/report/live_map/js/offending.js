/** Marks the offending tracks of one check or of all. */

import { element } from './elements.js';
import { counted, formatNumber } from './text.js';
import { NONE } from './tracks.js';

export function createOffending({ tracks, state, view, announce }) {
  const { checks } = tracks;
  if (!checks.length) {
    return element('p', { class: 'eg-map-checks eg-map-note' }, 'No check has offending tracks.');
  }
  const toggle = element('input', { type: 'checkbox' });
  const choice = element('select', { 'aria-label': 'Check' });
  choice.append(element('option', { value: 'all' }, `all checks (${formatNumber(tracks.checksOf.size)})`));
  for (const [number, { id, points }] of checks.entries()) {
    choice.append(element('option', { value: number }, `${id} (${formatNumber(points.length)})`));
  }

  function chosenMarks() {
    const chosen = choice.value === 'all' ? checks : [checks[Number(choice.value)]];
    return {
      title: choice.value === 'all' ? 'Offending tracks of all checks' : `Offending tracks of ${chosen[0].id}`,
      points: new Set(chosen.flatMap((check) => check.points)),
      offMap: chosen.reduce((sum, check) => sum + check.off_map, 0),
    };
  }

  function mark() {
    const marks = chosenMarks();
    state.update({ marks });
    if (state.selected === NONE) view.glideToWhole();
    announce(`${marks.title}: ${counted(marks.points.size, 'track')} marked on the map.`);
  }

  function unmark() {
    state.update({ marks: null });
    announce('Marks removed.');
  }

  toggle.addEventListener('change', () => (toggle.checked ? mark() : unmark()));
  choice.addEventListener('change', mark);
  state.subscribe(['marks'], () => {
    toggle.checked = state.marks !== null;
  });
  // a model that fails the gate is opened to look at its offending tracks
  const failed = checks.findIndex((check) => check.fails_gate && check.points.length);
  if (failed >= 0) {
    choice.value = String(failed);
    state.update({ marks: chosenMarks() });
  }
  return element('div', { class: 'eg-map-checks' }, element('label', {}, toggle, 'Mark offending tracks'), choice);
}
