/** Keyboard control of the map: the crosshair at the centre acts as the pointer. */

import { pointAt } from './hit_testing.js';
import { counted, fullName } from './text.js';
import { NONE } from './tracks.js';
import { STEP } from './zoom_controls.js';

const REACH = 60; // pixels around the crosshair
const PAN = 60; // pixels
const ANNOUNCE_DELAY = 250; // milliseconds without a key

export function listenToKeyboard(app) {
  const { root, canvas, tracks, state, view, selection, announce } = app;

  const atCrosshair = () => pointAt(view.width / 2, view.height / 2, REACH, app);

  function inspect() {
    const point = atCrosshair();
    state.update({ hovered: point });
    announce(
      point === NONE ? `No track at the crosshair. Zoom ${view.zoom.toFixed(1)}.` : describe(point),
      ANNOUNCE_DELAY,
    );
  }

  function describe(point) {
    return `${fullName(tracks, point)}, ${tracks.genreName(tracks.genre[point])}, ${counted(tracks.plays[point], 'play')}`;
  }

  function pan(dx, dy) {
    view.pan(dx, dy);
    inspect();
  }

  function select() {
    const point = atCrosshair();
    if (point === NONE) announce('No track at the crosshair.');
    else selection.select(point);
  }

  const zoomIn = () => view.glideBy(STEP, { done: inspect });
  const zoomOut = () => view.glideBy(1 / STEP, { done: inspect });
  const reset = () => view.glideToWhole(inspect);
  const keys = {
    ArrowLeft: () => pan(PAN, 0),
    ArrowRight: () => pan(-PAN, 0),
    ArrowUp: () => pan(0, PAN),
    ArrowDown: () => pan(0, -PAN),
    '+': zoomIn,
    '=': zoomIn,
    '-': zoomOut,
    '−': zoomOut,
    0: reset,
    Home: reset,
    Enter: select,
    ' ': select,
  };

  canvas.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  canvas.addEventListener('blur', () => state.update({ hovered: NONE }));
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') selection.clear();
  });
}
