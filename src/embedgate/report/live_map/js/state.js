/** The state of the map: selected and hovered points, search hits, marks, and hidden genres. */

import { NONE } from './tracks.js';

export class State {
  /** The point whose neighbours are shown. */
  selected = NONE;
  /** The point with a tooltip. */
  hovered = NONE;
  /** Points that match the search. */
  hits = [];
  /** Offending tracks: null, or { title, points: Set, offMap: number }. */
  marks = null;
  /** Genres that are switched off. */
  hidden = new Set();

  #tracks;
  #listeners = [];

  constructor(tracks) {
    this.#tracks = tracks;
  }

  /** Call a listener after any of the fields has changed. */
  subscribe(fields, listener) {
    this.#listeners.push({ fields, listener });
  }

  update(changes) {
    const changed = Object.keys(changes).filter((field) => this[field] !== changes[field]);
    Object.assign(this, changes);
    for (const { fields, listener } of this.#listeners) {
      if (fields.some((field) => changed.includes(field))) listener();
    }
  }

  isShown = (point) => !this.hidden.has(this.#tracks.genre[point]);

  /** Points that are drawn while the others fade: the hits, else the selection with its neighbours, else null. */
  get highlighted() {
    if (this.hits.length) return this.hits;
    return this.selected === NONE ? null : this.#tracks.neighbourhood(this.selected);
  }
}
