/** Clicks on elements that name an event: `<a data-event="signup" data-event-plan="pro">`. */

import { record } from './events.js';

/**
 * Records the innermost element that carries `data-event`, also inside open shadow roots.
 * Called in the capture phase, before the page's own listeners can remove the element; never delays the click.
 * @param {Event} click
 */
export function clicked(click) {
  const element = /** @type {HTMLElement[]} */ (click.composedPath()).find(({ dataset }) => dataset && dataset.event);
  if (!element) return;
  /** @type {Object<string, string>} */
  const props = {};
  for (const { name, value } of element.attributes) {
    if (name.startsWith('data-event-')) props[name.slice(11)] = value;
  }
  record(/** @type {string} */ (element.dataset.event), props);
}
