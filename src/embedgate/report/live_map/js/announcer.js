/** Tells screen readers what has changed. */

import { element } from './elements.js';

export function createAnnouncer() {
  const region = element('div', { class: 'eg-map-status', role: 'status', 'aria-live': 'polite' });
  let timer = 0;

  /** Announce a text, unless another one follows within the delay. */
  function announce(text, delay = 0) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      region.textContent = text;
    }, delay);
  }
  return { region, announce };
}
