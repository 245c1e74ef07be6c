/** Colour and marker of each genre. Python chooses both (palette.py); the colours are CSS custom properties. */

import { element } from './elements.js';
import { NONE } from './tracks.js';

const QUARTER = Math.PI / 2;

const rotated = (outline, angle) =>
  outline.map(([x, y]) => [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)]);

/** Corners around the origin, starting at the top; radii alternate. */
const polygon = (corners, ...radii) =>
  Array.from({ length: corners }, (_, corner) => {
    const angle = (corner * 2 * Math.PI) / corners - QUARTER;
    const radius = radii[corner % radii.length];
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });

const ARM = [
  [1, -0.35],
  [1, 0.35],
  [0.35, 0.35],
];
const PLUS = [0, 1, 2, 3].flatMap((turns) => rotated(ARM, turns * QUARTER));
const TRIANGLE = polygon(3, 1.3);
export const DIAMOND = polygon(4, 1.25);

/** Outlines by the names that matplotlib gives them; null is a disc. */
const OUTLINES = {
  o: null,
  s: rotated(DIAMOND, QUARTER / 2),
  '^': TRIANGLE,
  D: DIAMOND,
  v: rotated(TRIANGLE, 2 * QUARTER),
  P: PLUS,
  X: rotated(PLUS, QUARTER / 2),
  p: polygon(5, 1.15),
  '<': rotated(TRIANGLE, -QUARTER),
  '>': rotated(TRIANGLE, QUARTER),
  '*': polygon(10, 1.45, 0.65),
  h: polygon(6, 1.15),
};

/** Add an outline to the current path. */
export function trace(context, outline, x, y, radius) {
  if (!outline) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  for (const [corner, [right, down]] of outline.entries()) {
    if (corner) context.lineTo(x + radius * right, y + radius * down);
    else context.moveTo(x + radius * right, y + radius * down);
  }
  context.closePath();
}

const SWATCH = 32; // pixels

/** The colours of the page, the marker of each genre, and swatches of them. */
export function createMarkers({ root, tracks }) {
  const markers = { readColours, colour, outline, swatch };

  /** Read the colours of the light or the dark scheme, and repaint all swatches in the page. */
  function readColours() {
    const style = getComputedStyle(root);
    const read = (role) => style.getPropertyValue(`--eg-${role}`).trim();
    const roles = ['paper', 'ink', 'muted', 'pale', 'blue', 'amber', 'red'];
    markers.colours = Object.fromEntries(roles.map((role) => [role, read(role)]));
    markers.genreColours = tracks.genre_slots.map((slot) => read(`genre-${slot}`));
    for (const canvas of root.querySelectorAll('canvas[data-genre]')) paint(canvas);
  }

  function colour(genre) {
    return genre === NONE ? markers.colours.pale : markers.genreColours[genre];
  }

  function outline(genre) {
    return OUTLINES[genre === NONE ? 'o' : tracks.genre_markers[genre]];
  }

  /** A small picture of a genre's marker. */
  function swatch(genre) {
    const attributes = { class: 'eg-map-swatch', 'data-genre': genre, 'aria-hidden': 'true' };
    const canvas = element('canvas', { ...attributes, width: SWATCH, height: SWATCH });
    paint(canvas);
    return canvas;
  }

  function paint(canvas) {
    const genre = Number(canvas.dataset.genre);
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, SWATCH, SWATCH);
    context.fillStyle = colour(genre);
    context.beginPath();
    trace(context, outline(genre), SWATCH / 2, SWATCH / 2, 10);
    context.fill();
  }

  readColours();
  return markers;
}
