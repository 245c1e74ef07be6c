/**
 * The live map of the report: unpacks #eg-map-data, builds the app in #eg-map and hides the static picture.
 * Browsers without DecompressionStream (before 2023) keep the picture.
 */

import { createAnnouncer } from './announcer.js';
import { element } from './elements.js';
import { PointIndex } from './hit_testing.js';
import { listenToKeyboard } from './keyboard.js';
import { createLabels } from './labels.js';
import { createLegend } from './legend.js';
import { createMarkers } from './markers.js';
import { createOffending } from './offending.js';
import { createPainter } from './painter.js';
import { createPanel } from './panel.js';
import { listenToPointer } from './pointer.js';
import { createSearch } from './search.js';
import { createSelection } from './selection.js';
import { State } from './state.js';
import { formatNumber } from './text.js';
import { createTooltip } from './tooltip.js';
import { decode, Tracks } from './tracks.js';
import { View } from './view.js';
import { createZoomControls } from './zoom_controls.js';

const HELP =
  'Drag to pan, scroll or pinch to zoom, click a track to see its nearest neighbours. ' +
  'Keyboard: arrow keys pan, + and − zoom, 0 resets the view, Enter selects the track at the crosshair, ' +
  'Escape clears the selection.';

const root = document.getElementById('eg-map');
const source = document.getElementById('eg-map-data');
if (root && source && window.DecompressionStream) start();

async function start() {
  const tracks = new Tracks(await decode(source.textContent));
  const state = new State(tracks);
  const view = new View(tracks);
  const index = new PointIndex(tracks);
  const markers = createMarkers({ root, tracks });
  const { region, announce } = createAnnouncer();
  const selection = createSelection({ tracks, state, view, announce });
  const canvas = element('canvas', {
    class: 'eg-map-canvas',
    tabindex: '0',
    role: 'application',
    'aria-label': `Map of ${formatNumber(tracks.count)} tracks`,
    'aria-describedby': 'eg-map-help',
  });
  const context = canvas.getContext('2d', { alpha: false });
  const app = { root, tracks, state, view, index, markers, announce, selection, canvas, context };

  const stage = element('div', { class: 'eg-map-stage' });
  const controls = createZoomControls(app);
  const warning = tracks.problem ? [warningElement(tracks.problem)] : [];
  const crosshair = element('div', { class: 'eg-map-crosshair', 'aria-hidden': 'true' });
  stage.append(canvas, crosshair, createTooltip(app), controls, ...warning);
  const labels = createLabels(app, () => [controls, ...warning].map(boxOf));
  const painter = createPainter(app, labels);
  listenToPointer(app);
  listenToKeyboard(app);

  const node = element(
    'div',
    { class: 'eg-map-app', role: 'region', 'aria-label': 'Interactive map' },
    createSearch(app),
    createOffending(app),
    stage,
    createLegend(app),
    createPanel(app),
    element('p', { class: 'eg-map-help', id: 'eg-map-help' }, HELP),
    region,
  );
  root.append(node);
  const fit = () => {
    if (stage.clientWidth) painter.resize(stage.clientWidth, stage.clientHeight);
  };
  try {
    fit();
  } catch (error) {
    node.remove(); // the picture stays
    throw error;
  }
  root.classList.add('eg-map-on');
  new ResizeObserver(fit).observe(stage);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    markers.readColours();
    painter.draw();
  });
}

function warningElement(text) {
  return element('p', { class: 'eg-map-warning' }, element('strong', {}, 'Unreliable map: '), text);
}

function boxOf({ offsetLeft, offsetTop, offsetWidth, offsetHeight }) {
  return { left: offsetLeft, top: offsetTop, right: offsetLeft + offsetWidth, bottom: offsetTop + offsetHeight };
}
