/** Selects a track, and clears the selection or the marks. */

import { counted, fullName } from './text.js';
import { NONE } from './tracks.js';

export function createSelection({ tracks, state, view, announce }) {
  /** Select a point, or nothing; `zoom` brings its neighbours into view. */
  function select(point, { zoom = false } = {}) {
    state.update({ selected: point, hits: [] });
    if (zoom && point !== NONE) showNeighbours(point);
    announce(point === NONE ? 'Selection cleared.' : summary(point));
  }

  function showNeighbours(point) {
    view.glideToPoints(tracks.neighbourhood(point));
  }

  function clear() {
    if (state.selected !== NONE) {
      select(NONE);
    } else if (state.marks) {
      state.update({ marks: null });
      announce('Marks removed.');
    }
    state.update({ hovered: NONE });
  }

  function summary(point) {
    const neighbours = tracks.neighboursOf(point);
    const onMap = neighbours.filter(({ entry }) => tracks.isOnMap(entry)).length;
    const parts = [
      `${fullName(tracks, point)}: ${tracks.genreName(tracks.genre[point])}, ${counted(tracks.plays[point], 'play')}`,
      `${counted(neighbours.length, 'nearest neighbour')} listed, ${onMap} of them on the map`,
    ];
    if (tracks.newPoints.has(point)) parts.push('not in the champion');
    else if (tracks.champion) parts.push(`${tracks.sharedNeighbours(point).size} also neighbours in the champion`);
    const checks = tracks.checksOf.get(point);
    if (checks) parts.push(`offending track of ${checks.join(', ')}`);
    return `${parts.join('; ')}.`;
  }

  return { select, clear, showNeighbours };
}
