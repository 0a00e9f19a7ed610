/**
 * The gate. In the mode `required` nothing is read, recorded, stored or sent before a grant, and no listener is set.
 * `data-consent="off"` opens it at the start; `exempt` and `hybrid` open it for the reduced measurement, which `hybrid` leaves
 * with a grant. Anything else waits for `balise('consent', 'granted', …)`.
 */

import { close, open, receipt, reduced } from './delivery.js';
import { record } from './events.js';
import { tell } from './hooks.js';
import { listen } from './listen.js';
import { options } from './options.js';

/** Whether the visitor has objected on this page: no grant opens the gate any more. */
let objected = false;

/**
 * Global Privacy Control or Do Not Track is an objection that no grant overrides: the collector drops such batches too.
 * @param {object} [proof] @param {boolean} [less]
 */
export function admit(proof, less) {
  if (/** @type {any} */ (navigator).globalPrivacyControl || /** @type {any} */ (navigator).doNotTrack == 1) return;
  if (CALLS && objected) return;
  const running = REDUCED && reduced && !less;
  open(proof, listen, less);
  // The visit goes on, now with its campaign and referrer: no second page view.
  if (running) record('consent_granted');
}

/** What needs no grant. */
export function begin() {
  if (options.consent == 'off') admit();
  if (REDUCED && (options.consent == 'exempt' || options.consent == 'hybrid')) admit(undefined, true);
}

/**
 * @param {'granted' | 'denied' | 'withdrawn'} [said]  any other word is taken as a denial; none asks for the receipt in force
 * @param {{source?: string, policy?: string, purposes?: string[], at?: number, tcf?: string, gpp?: string}} [details]
 *   `at`: Unix milliseconds of the choice
 */
export function consent(said, details) {
  if (CALLS && !said) return receipt;
  // What is exempt from consent does not ask for it: only a withdrawal ends it.
  if (REDUCED && options.consent == 'exempt' && said != 'withdrawn') return;
  if (said == 'granted') {
    admit(Object.assign(CALLS ? { state: said, source: 'api', policy: options.policy, at: Date.now(), snippet: VERSION }
      : { state: said, source: 'api', policy: options.policy, at: Date.now() }, details));
  } else if (!REDUCED || said == 'withdrawn' || !reduced) {
    close(said == 'withdrawn');
    if (REDUCED && options.consent == 'hybrid') begin();
  }
  if (HOOKS) tell('consent', receipt);
}

/**
 * The visitor objects to all measurement, or takes the objection back. It is kept in a cookie of a fixed value, which the collector
 * honours: it says nothing about who it is.
 * @param {boolean} [no]  false takes it back
 */
export function optout(no) {
  objected = no !== false;
  document.cookie = `m_optout=1;path=/;max-age=${objected ? 33696e3 : 0}`;
  if (objected) close(true);
  else begin();
}
