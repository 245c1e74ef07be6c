/** Chooses which tracks are named on the map, and places their names. */

import { fullName } from './text.js';
import { NONE } from './tracks.js';

const LETTER = 12; // pixels
const LINE = LETTER + 4;
const GAP = 5; // between a marker and its name
const EDGE = 4;
const MAX_LABELS = 60;
const MAX_HIGHLIGHTED = 40;
const MAX_TRIES = 400;
const NARROW = 520; // a canvas below this width has fewer and shorter names
const ONE_EACH = 3; // zoom below which an artist is named once

export const labelFont = (bold) => `${bold ? 700 : 400} ${LETTER}px system-ui, sans-serif`;

const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** `obstacles` returns the boxes on the canvas that no name may cover. */
export function createLabels({ tracks, state, view, index, context }, obstacles) {
  const order = roundRobin(tracks);
  const texts = new Map();

  /** Return { point, text, left, middle, bold } of each name; the place is relative to the point. */
  function place() {
    const { highlighted, marks } = state;
    if (highlighted) return nameProminent(highlighted, MAX_HIGHLIGHTED);
    if (tracks.problem) return [];
    const most = Math.min(MAX_LABELS, Math.round((view.width < NARROW ? 6 : 12) * view.zoom ** 0.8));
    return marks ? nameProminent([...marks.points].filter(state.isShown), most) : nameWellKnown(most);
  }

  /** Name the highlighted points: only the name of the selected one may cover another highlighted point. */
  function nameProminent(points, most) {
    const taken = obstacles();
    const covered = new Set(points);
    const visible = points.filter((point) => view.contains(point)).slice(0, most);
    const labels = visible.map((point) => {
      const bold = point === state.selected;
      return fit(point, taken, { bold, matters: (other) => covered.has(other), limit: bold ? Infinity : 0 });
    });
    return labels.filter(Boolean);
  }

  /** Name the most played points of each genre in turn. */
  function nameWellKnown(most) {
    const taken = obstacles();
    const limit = 7 + 3 * Math.min(3, view.zoom - 1);
    const artists = new Set();
    const labels = [];
    let tries = 0;
    for (const point of order) {
      if (labels.length >= most || tries > MAX_TRIES) break;
      const artist = tracks.artist[point];
      if (!state.isShown(point) || !view.contains(point)) continue;
      if (view.zoom < ONE_EACH && artists.has(artist)) continue;
      tries += 1;
      const label = fit(point, taken, { matters: state.isShown, limit });
      if (!label) continue;
      labels.push(label);
      artists.add(artist);
    }
    return labels;
  }

  /** Find the place around a point where its name covers the fewest points; null if all cover more than `limit`. */
  function fit(point, taken, { bold = false, matters, limit }) {
    const { text, width } = textOf(point, bold);
    const [x, y] = view.position(point);
    const beside = view.radius(point) + GAP;
    const above = beside + LINE / 2;
    const places = [
      [beside, 0],
      [-beside - width, 0],
    ];
    for (const left of [-width / 2, 0, -width]) places.push([left, -above], [left, above]);
    let [best, fewest] = [null, Infinity];
    for (const [left, middle] of places) {
      const top = y + middle - LINE / 2;
      const box = { left: x + left - 3, right: x + left + width + 3, top, bottom: top + LINE };
      if (!isFree(box, taken)) continue;
      const count = countCovered(box, point, matters);
      if (count <= limit && count < fewest) [best, fewest] = [{ point, text, left, middle, bold, box }, count];
      if (!count) break;
    }
    if (best) taken.push(best.box, { left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 });
    return best;
  }

  function isFree(box, taken) {
    const right = view.width - EDGE;
    const bottom = view.height - EDGE;
    const inside = box.left >= EDGE && box.top >= EDGE && box.right <= right && box.bottom <= bottom;
    return inside && !taken.some((other) => overlap(box, other));
  }

  /** Count the points under a box that matter. */
  function countCovered({ left, right, top, bottom }, own, matters) {
    let count = 0;
    for (const point of index.near(view.mapped(left - GAP, top - GAP), view.mapped(right + GAP, bottom + GAP))) {
      if (point === own || !matters(point)) continue;
      const [x, y] = view.position(point);
      if (x > left - GAP && x < right + GAP && y > top - GAP && y < bottom + GAP) count += 1;
    }
    return count;
  }

  function textOf(point, bold) {
    const narrow = view.width < NARROW;
    const key = `${point} ${bold} ${narrow}`;
    if (!texts.has(key)) {
      const text = fullName(tracks, point, { artistLimit: narrow ? 14 : 22, titleLimit: narrow ? 18 : 26 });
      context.font = labelFont(bold);
      texts.set(key, { text, width: context.measureText(text).width });
    }
    return texts.get(key);
  }

  return { place };
}

/** Order points for naming: the most played of each genre, then the second of each, and so on; untagged points last. */
function roundRobin(tracks) {
  const counts = new Map();
  const turn = new Map();
  for (const point of tracks.byPlays) {
    const genre = tracks.genre[point];
    counts.set(genre, (counts.get(genre) ?? 0) + 1);
    const last = genre === NONE && tracks.genres.length ? tracks.count : 0;
    turn.set(point, last + counts.get(genre));
  }
  return tracks.byPlays.toSorted((a, b) => turn.get(a) - turn.get(b));
}
