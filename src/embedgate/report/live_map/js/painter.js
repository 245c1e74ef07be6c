/** Draws the map on the canvas, at most once a frame. */

import { labelFont } from './labels.js';
import { DIAMOND, trace } from './markers.js';
import { NONE } from './tracks.js';

const MAX_PATH_POINTS = 64; // points of one path: the time that a path takes grows faster than its length
const SETTLE_DELAY = 120; // milliseconds without panning after which names are placed again
const MAX_DENSITY = 3; // device pixels for a CSS pixel

export function createPainter({ tracks, state, view, markers, canvas, context }, labels) {
  // the untagged points are drawn first, the most played ones of each genre last
  const batches = [NONE, ...tracks.genres.keys()].map((genre) => ({ genre, points: [] }));
  for (const point of tracks.byPlays.toReversed()) batches[tracks.genre[point] + 1].points.push(point);
  let frame = 0;
  let placed = [];
  let placedAt = 0; // zoom
  let mustPlace = true;
  let settling = 0;

  function draw() {
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function placeAndDraw() {
    mustPlace = true;
    draw();
  }

  /** Place names again in each frame of a zoom, but only at the end of a pan, in which names move with their points. */
  function follow() {
    clearTimeout(settling);
    if (view.zoom === placedAt) settling = setTimeout(placeAndDraw, SETTLE_DELAY);
    else mustPlace = true;
    draw();
  }

  const density = () => Math.min(MAX_DENSITY, window.devicePixelRatio || 1);

  /** Fit the canvas to its place in the page. Paint at once, because a resized canvas is blank. */
  function resize(width, height) {
    canvas.width = Math.round(width * density());
    canvas.height = Math.round(height * density());
    view.resize(width, height);
    mustPlace = true;
    cancelAnimationFrame(frame);
    paint();
  }

  function paint() {
    frame = 0;
    const { selected, hovered, hits, marks, highlighted } = state;
    context.setTransform(density(), 0, 0, density(), 0, 0);
    context.fillStyle = markers.colours.paper;
    context.fillRect(0, 0, view.width, view.height);
    if (mustPlace) [placed, placedAt, mustPlace] = [labels.place(), view.zoom, false];
    for (const { genre, points } of batches) {
      if (!state.hidden.has(genre)) drawGenre(genre, points, alphaOf(genre, highlighted));
    }
    if (highlighted) {
      if (selected !== NONE && !hits.length) drawLines(selected);
      for (const point of highlighted.toReversed()) drawMarker(point);
      if (marks) drawMarks(highlighted.filter((point) => marks.points.has(point)));
    } else if (marks) {
      const shown = [...marks.points].filter(state.isShown);
      for (const point of shown) drawMarker(point);
      drawMarks(shown);
    }
    if (selected !== NONE) drawRing(selected, 4, 2.5);
    if (hovered !== NONE) {
      if (highlighted) drawMarker(hovered);
      drawRing(hovered, 2.5, 2);
    }
    drawLabels();
  }

  function alphaOf(genre, highlighted) {
    if (highlighted) return 0.16;
    if (state.marks) return 0.3;
    return genre === NONE ? 0.7 : 0.88;
  }

  function drawGenre(genre, points, alpha) {
    const outline = markers.outline(genre);
    context.globalAlpha = alpha;
    context.fillStyle = markers.colour(genre);
    context.strokeStyle = markers.colours.paper;
    context.lineWidth = Math.min(1, 0.3 * view.zoom);
    const visible = points.filter((point) => view.contains(point, 20));
    for (let start = 0; start < visible.length; start += MAX_PATH_POINTS) {
      context.beginPath();
      for (const point of visible.slice(start, start + MAX_PATH_POINTS)) {
        trace(context, outline, ...view.position(point), view.radius(point));
      }
      context.fill();
      // separates overlapping markers; on the whole map it would hide small ones
      if (context.lineWidth > 0.5) context.stroke();
    }
    context.globalAlpha = 1;
  }

  function drawMarker(point) {
    const genre = tracks.genre[point];
    context.beginPath();
    trace(context, markers.outline(genre), ...view.position(point), view.radius(point) + 1.5);
    context.fillStyle = genre === NONE ? markers.colours.muted : markers.colour(genre);
    context.fill();
    stroke(markers.colours.paper, 1.2);
  }

  function drawRing(point, gap, width) {
    context.beginPath();
    context.arc(...view.position(point), view.radius(point) + gap, 0, 2 * Math.PI);
    stroke(markers.colours.paper, width + 2);
    stroke(markers.colours.ink, width);
  }

  function drawMarks(points) {
    context.beginPath();
    for (const point of points) trace(context, DIAMOND, ...view.position(point), view.radius(point) + 5);
    stroke(markers.colours.red, 2);
  }

  /** Connect a point with its neighbours: thick in both models, dashed in the champion only. */
  function drawLines(point) {
    const { blue, amber } = markers.colours;
    const shared = tracks.sharedNeighbours(point);
    const others = (model) =>
      tracks
        .neighboursOf(point, model)
        .map(({ entry }) => entry)
        .filter((entry) => !shared.has(entry));
    context.setLineDash([6, 5]);
    connect(point, tracks.champion ? others(tracks.champion) : [], amber, 1.6);
    context.setLineDash([]);
    connect(point, others(), blue, 1.6);
    connect(point, [...shared], blue, 3);
  }

  function connect(point, entries, colour, width) {
    context.beginPath();
    for (const entry of entries.filter((each) => tracks.isOnMap(each))) {
      context.moveTo(...view.position(point));
      context.lineTo(...view.position(entry));
    }
    stroke(colour, width);
  }

  function stroke(colour, width) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  function drawLabels() {
    Object.assign(context, { textBaseline: 'middle', textAlign: 'left', direction: 'ltr', lineJoin: 'round' });
    context.lineWidth = 3.5;
    context.strokeStyle = markers.colours.paper;
    context.fillStyle = markers.colours.ink;
    for (const { point, text, left, middle, bold } of placed) {
      const [x, y] = view.position(point);
      context.font = labelFont(bold);
      context.strokeText(text, x + left, y + middle);
      context.fillText(text, x + left, y + middle);
    }
  }

  state.subscribe(['selected', 'hits', 'marks', 'hidden'], placeAndDraw);
  state.subscribe(['hovered'], draw);
  view.subscribe(follow);
  return { draw, resize };
}
