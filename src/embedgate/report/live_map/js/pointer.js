/** Mouse, touch and wheel on the map. */

import { pointAt } from './hit_testing.js';
import { NONE } from './tracks.js';

const CLICK = 4; // pixels that the pointer may move during a click
const REACH = { touch: 18, default: 8 }; // pixels around a marker
const SCROLL_DELAY = 300; // milliseconds after a scroll of the page during which the wheel keeps scrolling it

const reachOf = (event) => REACH[event.pointerType] ?? REACH.default;

export function listenToPointer(app) {
  const { canvas, state, view, selection } = app;
  const held = new Map(); // pixels of each pointer that is down
  let moved = 0; // pixels since the first one went down
  let pinch = null;

  function pixelOf(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  function hoverAt(event) {
    state.update({ hovered: pointAt(...pixelOf(event), reachOf(event), app) });
  }

  function press(event) {
    if (event.button !== 0) return;
    view.stop();
    if (!held.size) moved = 0;
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, pixelOf(event));
    pinch = null;
  }

  function drag(event) {
    const [x, y] = pixelOf(event);
    const [fromX, fromY] = held.get(event.pointerId);
    moved = Math.max(moved, Math.hypot(x - fromX, y - fromY));
    if (held.size === 1 && moved < CLICK) return;
    held.set(event.pointerId, [x, y]);
    state.update({ hovered: NONE });
    if (held.size > 1) {
      followPinch();
    } else {
      canvas.classList.add('eg-map-dragged');
      view.pan(x - fromX, y - fromY);
    }
  }

  function followPinch() {
    const [[x, y], [otherX, otherY]] = held.values();
    const now = { x: (x + otherX) / 2, y: (y + otherY) / 2, spread: Math.hypot(x - otherX, y - otherY) };
    if (pinch) {
      view.pan(now.x - pinch.x, now.y - pinch.y);
      view.zoomAt(now.x, now.y, now.spread / Math.max(1, pinch.spread));
    }
    pinch = now;
  }

  function release(event) {
    if (!held.delete(event.pointerId)) return;
    pinch = null;
    canvas.classList.remove('eg-map-dragged');
    if (event.type === 'pointerup' && !held.size && moved < CLICK) click(event);
  }

  function click(event) {
    const point = pointAt(...pixelOf(event), reachOf(event), app);
    if (point !== NONE || state.selected !== NONE) selection.select(point);
    if (event.pointerType === 'touch') state.update({ hovered: point });
  }

  canvas.addEventListener('pointerdown', press);
  canvas.addEventListener('pointermove', (event) => {
    if (held.has(event.pointerId)) drag(event);
    else if (event.pointerType !== 'touch') hoverAt(event);
  });
  canvas.addEventListener('pointerup', release);
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener('pointerleave', () => {
    if (!held.size) state.update({ hovered: NONE });
  });
  canvas.addEventListener('dblclick', (event) => {
    const [x, y] = pixelOf(event);
    view.glideBy(2, { x, y });
  });

  let scrolled = -Infinity;
  const noteScroll = () => {
    scrolled = performance.now();
  };
  window.addEventListener('scroll', noteScroll, { passive: true });
  function zoom(event) {
    // leave the wheel to the page while it scrolls, and when there is nothing to zoom out of
    const scrolls = performance.now() - scrolled < SCROLL_DELAY || (event.deltaY > 0 && view.isWhole);
    if (scrolls && !event.ctrlKey) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 * event.deltaY : event.deltaY;
    const turn = Math.max(-120, Math.min(120, pixels));
    view.zoomAt(...pixelOf(event), Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0025)));
    hoverAt(event);
  }
  canvas.addEventListener('wheel', zoom, { passive: false });

  state.subscribe(['hovered'], () => canvas.classList.toggle('eg-map-over', state.hovered !== NONE));
  // one finger scrolls the page, or pans the map if it is zoomed
  view.subscribe(() => canvas.classList.toggle('eg-map-zoomed', !view.isWhole));
}
