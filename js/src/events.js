/** What an event says, and which page it belongs to. */

import { address, identity } from './address.js';
import { grant, push } from './delivery.js';
import { uuid } from './uuid.js';

/** @type {{seq: number, url?: string, referrer?: string, page?: string, user?: string | null}} what the events of one page share */
const page = { seq: 0 };
/** The page counted last; empty while page views do not come by themselves. */
let shown = '';

/** @param {string | null} [id] the known customer's pseudonymous id, for later events; null or nothing: nobody */
export const setUser = (id) => { page.user = id; };

/**
 * A `page_view` starts a page: a new page id, events numbered from 0, and as referrer the page before it in this document.
 * @param {string} name
 * @param {Object<string, string | number | boolean>} [props]
 * @param {{id?: string, revenue?: {amount: string, currency: string}}} [more]
 */
export function record(name, props, more) {
  if (grant) {
    if (name == 'page_view') {
      page.page = uuid();
      page.seq = 0;
      page.referrer = (page.url || document.referrer).split(/[?#]/)[0];
    }
    page.url = address();
    push(JSON.stringify(Object.assign({ id: uuid(), name, t: Date.now(), props }, page, more)));
    page.seq++;
  }
}

/** Counts the document as shown for the first time, or again: the referrer is the document's. */
export function arrive() {
  page.url = '';
  shown = '-';
  settle();
}

/** Counts the page now shown, unless it is the one already counted. */
export function settle() {
  if (shown && shown != (shown = identity())) record('page_view');
}
