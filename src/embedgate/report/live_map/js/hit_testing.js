/** Finds the points in a part of the map, and the point under the pointer. */

import { NONE } from './tracks.js';

const CELLS = 48; // on each side
const MAX_RADIUS = 12; // pixels of the largest marker at zoom 1, rounded up

/** A grid over the map. */
export class PointIndex {
  #cells = Array.from({ length: CELLS * CELLS }, () => []);
  #side;

  constructor(tracks) {
    this.#side = Math.max(1, tracks.width, tracks.height) / CELLS;
    for (let point = 0; point < tracks.count; point += 1) {
      this.#cells[this.#cell(tracks.y[point]) * CELLS + this.#cell(tracks.x[point])].push(point);
    }
  }

  #cell(value) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor(value / this.#side)));
  }

  /** The points in a rectangle of map units, and some around it. */
  *near([left, top], [right, bottom]) {
    for (let row = this.#cell(top); row <= this.#cell(bottom); row += 1) {
      for (let column = this.#cell(left); column <= this.#cell(right); column += 1) {
        yield* this.#cells[row * CELLS + column];
      }
    }
  }
}

/** The point at a pixel, or the nearest one within reach; NONE if there is none. */
export function pointAt(x, y, reach, { view, state, index }) {
  const far = reach + MAX_RADIUS * view.zoom ** 0.25;
  const highlighted = new Set(state.highlighted);
  let [nearest, least] = [NONE, Infinity];
  for (const point of index.near(view.mapped(x - far, y - far), view.mapped(x + far, y + far))) {
    if (!state.isShown(point) && !highlighted.has(point)) continue;
    const [pointX, pointY] = view.position(point);
    const distance = Math.hypot(pointX - x, pointY - y) - view.radius(point);
    if (distance <= reach && distance < least) [nearest, least] = [point, distance];
  }
  return nearest;
}
