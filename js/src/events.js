/** What an event says, and which page it belongs to. */

import { address, identity } from './address.js';
import { grant, push, reduced } from './delivery.js';
import { tell } from './hooks.js';
import { measured } from './engagement.js';
import { options } from './options.js';
import { uuid } from './uuid.js';

/** @typedef {{seq: number, url?: string, referrer?: string, page?: string, user?: string | null}} Shared */

/** @type {Shared} what the events of one page share */
let page = { seq: 0 };
/** The page counted last; empty while page views do not come by themselves. */
let shown = '';
/** Where the document was entered: said by the event that a grant sends, whatever address the page shows by then. */
let landing = {};

/** @param {string | null} [id] the known customer's pseudonymous id, for later events; null or nothing: nobody */
export const identify = (id) => { page.user = id; };

/** A grant has ended: what comes after it has no page, no customer and no number in common with what was before. */
export const turn = () => { page = { seq: 0 }; };

/**
 * A `page_view` starts a page: a new page id, events numbered from 0, and as referrer the page before it in this document.
 * The reduced measurement has neither customer nor revenue nor an id of the caller's, and of the referrer its origin.
 * @param {string} name
 * @param {Object<string, string | number | boolean | undefined>} [props]
 * @param {{id?: string, url?: string, revenue?: {amount: string, currency: string}}} [more]
 */
export function record(name, props, more) {
  if (grant) {
    if (name == 'page_view') {
      page.page = uuid();
      page.seq = 0;
      page.referrer = (page.url || document.referrer).split(/[?#]/)[0];
    }
    page.url = ENGAGEMENT && more && more.url || address();
    let event = Object.assign({ id: uuid(), name, t: Date.now(), props }, page, REDUCED && reduced
      ? { user: undefined, referrer: (page.referrer || '').split('/', 3).join('/') } : LANDING && name == 'consent_granted' ? landing : more);
    page.seq++;
    if (CALLS && options.before) event = options.before(event);
    if (!CALLS || event) {
      push(JSON.stringify(event));
      if (HOOKS) tell('event', event);
    }
  }
}

/** Counts the document as shown for the first time, or again: the referrer is the document's. */
export function arrive() {
  page.url = '';
  shown = '-';
  if (LANDING) landing = { url: address(1), referrer: document.referrer.split(/[?#]/)[0] };
  settle();
}

/** Counts the page now shown, unless it is the one already counted. */
export function settle() {
  if (shown && shown != (shown = identity())) {
    if (ENGAGEMENT && page.url) measured({ url: page.url }, true);
    record('page_view');
  }
}
