/**
 * The way to the collector: a queue in memory, batches, retries. No storage: what is not sent when the page goes is lost.
 * The queue is open only between a grant and its end. Closed, it holds nothing, or one empty text: the order to forget.
 */

import { neighbour, options } from './tag.js';

/** Events a batch. */
const BATCH = 20;
/** UTF-16 units a batch: at most 48,000 bytes, so that a batch in flight leaves room under the 64 KiB of keepalive. */
const UNITS = 16e3;
/** Events kept while the collector cannot be reached; what comes then is dropped. */
const KEPT = 200;

/** @type {AbortController | undefined} ends with the grant; there is none while nothing may be recorded */
export let grant;
/** @type {object | undefined} */
let receipt;
/** @type {string[]} */
let queue = [];
let inFlight = 0;
let failures = 0;

/**
 * @param {object | undefined} proof  the consent receipt that goes with every batch from now on
 * @param {(signal: AbortSignal) => void} begin  called when there was no grant yet
 */
export function open(proof, begin) {
  receipt = proof;
  if (grant) return;
  queue = [];
  grant = new AbortController();
  begin(grant.signal);
}

/**
 * Ends the grant at once: listeners off, queue cleared, requests in flight aborted.
 * Then asks the collector to delete the visitor's cookie, which no script can see: after a grant, or when told to.
 * @param {boolean} asked
 */
export function close(asked) {
  queue = asked || grant ? [''] : [];
  if (grant) grant.abort();
  grant = undefined;
  flush(true);
}

/**
 * Events of one task travel together, and so do those that come while a request is under way. There is no further pause:
 * the sooner the first answer brings the cookie, the less likely the next page comes without it.
 * @param {string} event JSON; dropped when it alone is larger than a batch may be
 */
export function push(event) {
  if (event.length <= UNITS && queue.length < KEPT) queue.push(event);
  setTimeout(flush);
}

/**
 * Sends what waits. One request at a time, so that the cookie of the first answer is there before the second batch,
 * unless the page is being left.
 * @param {unknown} [leaving]
 */
export function flush(leaving) {
  while (queue.length && (leaving || !inFlight)) {
    // Too much text for one batch is rare, and then goes event by event.
    send(queue.splice(0, `${queue.slice(0, BATCH)}`.length > UNITS ? 1 : BATCH));
  }
}

/** @param {string[]} batch */
async function send(batch) {
  const mine = grant;
  const url = neighbour.replace(/[^/]*$/, grant ? 'e' : 'forget');
  const body = JSON.stringify(grant ? {
    v: 1, site: options.site, sent_at: Date.now(), tz: Intl.DateTimeFormat().resolvedOptions().timeZone, consent: receipt,
    events: batch.map(/** @type {any} */ (JSON.parse)),
  } : { v: 1, site: options.site });
  // A browser that cannot keep a fetch alive beyond the page has the beacon, which tells nothing of its fate.
  if (!('keepalive' in Request.prototype)) return navigator.sendBeacon(url, body);
  let seconds = 2 ** failures;
  inFlight++;
  try {
    // A text body is text/plain by itself, which needs no preflight.
    const answer = /** @type {any} */ (await fetch(url, {
      method: 'POST', keepalive: true, credentials: 'include', referrerPolicy: 'origin', body, signal: grant && grant.signal,
    }));
    // An answer that is not read to its end counts against the 64 KiB for as long as the page lives.
    await answer.text();
    seconds = /^5|408|429/.test(answer.status) ? +answer.headers.get('Retry-After') || seconds : 0;
  } catch (error) {
    // Not reached: as good as busy.
  }
  failures = seconds && failures + 1;
  // While it waits it counts as in flight, and is not in the queue: a page that is being left is told that its requests failed,
  // though they arrive, and would send them twice. A timer of 2^31 ms or more would fire at once.
  setTimeout(() => {
    inFlight--;
    if (seconds && mine == grant) queue = batch.concat(queue);
    flush();
  }, mine == grant ? Math.min(seconds, 1e6) * (1e3 + Math.random() * 500) : 0);
}
