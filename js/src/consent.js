/**
 * The gate. Before a grant nothing is read, recorded, stored or sent, and no listener is set.
 * `data-consent="off"` opens it at the start; anything else waits for `balise('consent', 'granted', …)`.
 */

import { close, open } from './delivery.js';
import { setUser } from './events.js';
import { listen } from './listen.js';

/**
 * Global Privacy Control or Do Not Track is an objection that no grant overrides: the collector drops such batches too.
 * @param {object} [receipt]
 */
export function admit(receipt) {
  if (/** @type {any} */ (navigator).globalPrivacyControl || /** @type {any} */ (navigator).doNotTrack == 1) return;
  open(receipt, listen);
}

/**
 * @param {'granted' | 'denied' | 'withdrawn'} state  any other word is taken as a denial
 * @param {{source?: string, policy?: string, purposes?: string[], at?: number}} [details]  `at`: Unix milliseconds of the choice
 */
export function consent(state, details) {
  if (state == 'granted') return admit(Object.assign({ state, source: 'api', at: Date.now() }, details));
  close(state == 'withdrawn');
  setUser();
}
