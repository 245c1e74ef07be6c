/** The tooltip of the hovered point. It follows the point while the map moves. */

import { element } from './elements.js';
import { trackElement, trackFacts } from './track_elements.js';
import { NONE } from './tracks.js';

const GAP = 8; // between the marker and the tooltip
const EDGE = 4;

export function createTooltip({ tracks, state, view, markers }) {
  const tooltip = element('div', { class: 'eg-map-tooltip', 'aria-hidden': 'true' });

  function fill() {
    const point = state.hovered;
    if (point !== NONE) tooltip.replaceChildren(trackElement(tracks, point), trackFacts(tracks, markers, point));
    move();
  }

  function move() {
    const point = state.hovered;
    const visible = point !== NONE && view.contains(point);
    tooltip.classList.toggle('eg-map-tooltip-on', visible);
    if (!visible) return;
    const [x, y] = view.position(point);
    const gap = view.radius(point) + GAP;
    const fitsRight = x + gap + tooltip.offsetWidth < view.width;
    const left = fitsRight ? x + gap : Math.max(EDGE, x - gap - tooltip.offsetWidth);
    const lowest = view.height - tooltip.offsetHeight - EDGE;
    const top = Math.min(lowest, Math.max(EDGE, y - tooltip.offsetHeight / 2));
    tooltip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  state.subscribe(['hovered'], fill);
  view.subscribe(move);
  return tooltip;
}
