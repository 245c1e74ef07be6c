/** The visible part of the map: converts map units (payload) to CSS pixels of the canvas and back. */

import { NONE } from './tracks.js';

const MARGIN = 24; // pixels around the whole map
const MAX_ZOOM = 40; // the whole map has zoom 1
const MAX_NEIGHBOURHOOD_ZOOM = 20;
const GLIDE = 220; // milliseconds

const clamped = (value, low, high) => Math.min(high, Math.max(low, value));

export class View {
  width = 0;
  height = 0;
  zoom = 1;

  #tracks;
  #x; // the map's point at the centre of the canvas
  #y;
  #fit = 1; // pixels of a map unit at zoom 1
  #radii;
  #frame = 0;
  #listeners = [];
  #reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

  constructor(tracks) {
    this.#tracks = tracks;
    this.#x = tracks.width / 2;
    this.#y = tracks.height / 2;
    const crowd = clamped((1000 / tracks.count) ** 0.25, 0.65, 1.15);
    this.#radii = tracks.plays.map((plays, point) => {
      const radius = crowd * (2.1 + 4.3 * Math.sqrt(plays / tracks.maxPlays));
      return tracks.genre[point] === NONE ? 0.85 * radius : radius;
    });
  }

  /** Call a listener after the view has changed. */
  subscribe(listener) {
    this.#listeners.push(listener);
  }

  get #scale() {
    return this.#fit * this.zoom;
  }

  /** Pixels as map units. */
  #length(pixels) {
    return pixels / this.#scale;
  }

  /** The map's point at a pixel. */
  mapped(x, y) {
    return [this.#x + this.#length(x - this.width / 2), this.#y + this.#length(y - this.height / 2)];
  }

  /** The pixel of a point. */
  position(point) {
    return [
      (this.#tracks.x[point] - this.#x) * this.#scale + this.width / 2,
      (this.#tracks.y[point] - this.#y) * this.#scale + this.height / 2,
    ];
  }

  /** Radius in pixels: grows with the plays, and slowly with the zoom. */
  radius(point) {
    return this.#radii[point] * this.zoom ** 0.25;
  }

  /** Whether a point is on the canvas, or within a margin around it. */
  contains(point, margin = 0) {
    const [x, y] = this.position(point);
    return x >= -margin && y >= -margin && x <= this.width + margin && y <= this.height + margin;
  }

  get isWhole() {
    return this.zoom <= 1;
  }

  get isDeepest() {
    return this.zoom >= MAX_ZOOM;
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    const across = (width - 2 * MARGIN) / Math.max(1, this.#tracks.width);
    const down = (height - 2 * MARGIN) / Math.max(1, this.#tracks.height);
    this.#fit = Math.min(across, down);
    this.#set({});
  }

  stop() {
    cancelAnimationFrame(this.#frame);
  }

  pan(dx, dy) {
    this.stop();
    this.#set({ x: this.#x - this.#length(dx), y: this.#y - this.#length(dy) });
  }

  /** Zoom at once; the point of the map at the pixel stays there. */
  zoomAt(x, y, factor) {
    this.stop();
    this.#set(this.#zoomed(x, y, factor));
  }

  /** Zoom with an animation; the point of the map at the pixel, by default the centre, stays there. */
  glideBy(factor, { x = this.width / 2, y = this.height / 2, done } = {}) {
    this.#glideTo(this.#zoomed(x, y, factor), done);
  }

  glideToWhole(done) {
    this.#glideTo({ x: this.#tracks.width / 2, y: this.#tracks.height / 2, zoom: 1 }, done);
  }

  /** Zoom so that points fill slightly more than half of the canvas. */
  glideToPoints(points) {
    const [x, zoomAcross] = this.#fitted(points, this.#tracks.x, this.width);
    const [y, zoomDown] = this.#fitted(points, this.#tracks.y, this.height);
    this.#glideTo({ x, y, zoom: clamped(Math.min(zoomAcross, zoomDown), 1, MAX_NEIGHBOURHOOD_ZOOM) });
  }

  #fitted(points, column, pixels) {
    const values = points.map((point) => column[point]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [(low + high) / 2, (0.55 * pixels) / Math.max(1, (high - low) * this.#fit)];
  }

  #zoomed(x, y, factor) {
    const zoom = clamped(this.zoom * factor, 1, MAX_ZOOM);
    const shift = 1 / this.#scale - 1 / (this.#fit * zoom);
    return { x: this.#x + (x - this.width / 2) * shift, y: this.#y + (y - this.height / 2) * shift, zoom };
  }

  #glideTo(target, done = () => {}) {
    this.stop();
    const start = { x: this.#x, y: this.#y, zoom: this.zoom };
    const began = performance.now();
    const step = (now) => {
      const share = this.#reducedMotion.matches ? 1 : clamped((now - began) / GLIDE, 0, 1);
      const eased = 1 - (1 - share) ** 3;
      this.#set({
        x: start.x + (target.x - start.x) * eased,
        y: start.y + (target.y - start.y) * eased,
        zoom: start.zoom * (target.zoom / start.zoom) ** eased,
      });
      if (share < 1) this.#frame = requestAnimationFrame(step);
      else done();
    };
    step(began);
  }

  #set({ x = this.#x, y = this.#y, zoom = this.zoom }) {
    this.zoom = clamped(zoom, 1, MAX_ZOOM);
    // every point can be moved to the centre, except on the whole map, which does not move
    const free = Math.min(0.5, this.zoom - 1);
    this.#x = clamped(x, this.#tracks.width * (0.5 - free), this.#tracks.width * (0.5 + free));
    this.#y = clamped(y, this.#tracks.height * (0.5 - free), this.#tracks.height * (0.5 + free));
    for (const listener of this.#listeners) listener();
  }
}
