/**
 * What is listened to during a grant: clicks, the end of the page, and, unless `data-auto="false"`, page views:
 * the load, moves inside the document, the way back from the page cache.
 */

import { clicked } from './clicks.js';
import { flush } from './delivery.js';
import { arrive, settle } from './events.js';
import { options } from './tag.js';

/** @param {AbortSignal} signal  takes the listeners away when the grant ends */
export function listen(signal) {
  const how = { capture: true, signal };
  addEventListener('click', clicked, how);
  addEventListener('visibilitychange', () => flush(document.hidden), how);
  addEventListener('pagehide', flush, how);
  if (options.auto != 'false') {
    arrive();
    addEventListener('pageshow', (event) => event.persisted && arrive(), how);
    // An element with id="navigation" is also window.navigation, but has no current entry.
    const { navigation } = /** @type {any} */ (window);
    if (navigation && navigation.currentEntry) navigation.addEventListener('currententrychange', settle, how);
    else {
      addEventListener('popstate', settle, how);
      wrap('pushState');
      wrap('replaceState');
    }
  }
}

/** Wrapped again after each new grant, which is harmless: `settle` counts a page once. @param {'pushState' | 'replaceState'} method */
function wrap(method) {
  const original = history[method];
  history[method] = (...args) => {
    original.apply(history, args);
    settle();
  };
}
