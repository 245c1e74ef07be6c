/** Buttons that zoom in, zoom out and reset the view. */

import { button, element } from './elements.js';

export const STEP = 1.5; // zoom factor of a button or key

export function createZoomControls({ view }) {
  const zoomIn = button('+', { 'aria-label': 'Zoom in' });
  const zoomOut = button('−', { 'aria-label': 'Zoom out' });
  const reset = button('Reset', { class: 'eg-map-reset', 'aria-label': 'Reset the view' });
  zoomIn.addEventListener('click', () => view.glideBy(STEP));
  zoomOut.addEventListener('click', () => view.glideBy(1 / STEP));
  reset.addEventListener('click', () => view.glideToWhole());
  view.subscribe(() => {
    zoomIn.disabled = view.isDeepest;
    zoomOut.disabled = view.isWhole;
  });
  return element('div', { class: 'eg-map-zoom', role: 'group', 'aria-label': 'View' }, zoomIn, zoomOut, reset);
}
