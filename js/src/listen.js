/**
 * What is listened to while something may be recorded: clicks, the end of the page, and, unless `data-auto="false"`, page views:
 * the load, moves inside the document, the way back from the page cache.
 */

import { clicked } from './clicks.js';
import { consent } from './consent.js';
import { flush, receipt, revive } from './delivery.js';
import { gone } from './device.js';
import { measured, watch } from './engagement.js';
import { arrive, settle } from './events.js';
import { attend } from './forms.js';
import { options } from './options.js';

/** Out of sight: it may never come back. */
function hidden() {
  flush(true);
  if (ENGAGEMENT) measured({});
  flush(true, true);
}

/** @param {AbortSignal} signal  takes the listeners away at the end */
export function listen(signal) {
  const how = { capture: true, signal };
  addEventListener('click', clicked, how);
  if (MIDDLE) addEventListener('auxclick', clicked, how);
  addEventListener('visibilitychange', () => (ENGAGEMENT ? document.hidden && hidden() : flush(document.hidden)), how);
  addEventListener('pagehide', ENGAGEMENT ? hidden : flush, how);
  if (KEEP) addEventListener('storage', ended, how);
  if (FORMS) attend(how);
  if (options.auto != 'false') {
    arrive();
    addEventListener('pageshow', (event) => {
      if (event.persisted) {
        revive();
        if (KEEP) ended();
        arrive();
      }
    }, how);
    // An element with id="navigation" is also window.navigation, but has no current entry.
    const { navigation } = /** @type {any} */ (window);
    if (navigation && navigation.currentEntry) navigation.addEventListener('currententrychange', settle, how);
    else {
      addEventListener('popstate', settle, how);
      wrap('pushState');
      wrap('replaceState');
    }
  }
  if (ENGAGEMENT) watch(how);
}

/** Whether the grant was withdrawn in another tab: then it ends here too. */
function ended() {
  if (receipt && gone()) consent('denied');
}

/** Wrapped again after each new grant, which is harmless: `settle` counts a page once. @param {'pushState' | 'replaceState'} method */
function wrap(method) {
  const original = history[method];
  history[method] = (...args) => {
    original.apply(history, args);
    settle();
  };
}
