/**
 * The way to the collector: a queue in memory, batches, retries. In the lite build what is not sent when the page goes is lost; the
 * others keep it on the device (`device`), after a grant only.
 * The queue is open only while something may be recorded. Closed, it holds nothing, or one empty text: the order to forget.
 */

import { erase, keep, load, visitor } from './device.js';
import { turn } from './events.js';
import { options, route } from './options.js';

/** Events a batch. */
const BATCH = 20;
/** UTF-16 units a batch: at most 48,000 bytes, so that a batch in flight leaves room under the 64 KiB of keepalive. */
const UNITS = 16e3;
/** Events kept while the collector cannot be reached; what comes then is dropped. */
const KEPT = 200;

/** @type {AbortController | undefined} ends with the grant; there is none while nothing may be recorded */
export let grant;
/** Whether the reduced measurement of the modes `exempt` and `hybrid` goes on, which needs no grant. @type {unknown} */
export let reduced;
/** @type {object | undefined} */
export let receipt;
/** @type {string[]} */
let queue = [];
let inFlight = 0;
let failures = 0;

/**
 * @param {object | undefined} proof  the consent receipt that goes with every batch from now on
 * @param {(signal: AbortSignal) => void} begin  called when nothing was open yet
 * @param {unknown} [less]  only the reduced measurement is allowed
 */
export function open(proof, begin, less) {
  if (REDUCED && reduced) flush(true); // what was recorded without a receipt goes without one
  if (!grant) queue = [];
  if (KEEP && proof && !receipt) load(push);
  receipt = proof;
  if (REDUCED) reduced = less;
  if (!grant) {
    grant = new AbortController();
    begin(grant.signal);
  }
}

/**
 * Ends the grant at once: listeners off, queue cleared, requests in flight aborted, the device wiped.
 * Then asks the collector to delete the visitor's cookie, which no script can see: after a grant, or when told to.
 * @param {boolean} asked
 */
export function close(asked) {
  queue = asked || grant ? [''] : [];
  if (KEEP && queue.length) erase();
  if (grant) grant.abort();
  grant = receipt = reduced = undefined;
  turn();
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
 * @param {unknown} [last]  these are the page's last words: not worth a second sending unless the collector is known to be out of
 *   reach, for the answer to them finds no page any more and nearly every page would say them twice
 */
export function flush(leaving, last) {
  while (queue.length && (leaving || !inFlight)) {
    // Too much text for one batch is rare, and then goes event by event.
    const batch = queue.splice(0, `${queue.slice(0, BATCH)}`.length > UNITS ? 1 : BATCH);
    if (KEEP && receipt && !(last && !failures && navigator.onLine)) keep(batch, 1);
    send(batch);
  }
}

/** The page was in the cache for the way back: what was under way then may never be answered, and must not hold up the rest. */
export const revive = () => { inFlight = 0; };

/** The time zone, from which the collector tells the country. The first look at `Intl` costs 13 ms of a fast machine, `Temporal` none. */
const zone = () => (window.Temporal ? Temporal.Now.timeZoneId() : Intl.DateTimeFormat().resolvedOptions().timeZone);

/** @param {string[]} batch */
async function send(batch) {
  const mine = grant;
  const url = route(mine ? 'e' : 'forget');
  /** @type {any} */
  const body = mine ? {
    v: 1, site: options.site, sent_at: Date.now(), tz: zone(), consent: receipt,
    events: batch.map(/** @type {any} */ (JSON.parse)),
  } : { v: 1, site: options.site };
  if (VISITOR && receipt) body.visitor = visitor();
  let seconds = 2 ** failures;
  inFlight++;
  try {
    // A text body is text/plain by itself, which needs no preflight. Where the browser knows no `keepalive` (Firefox before 133), what
    // is under way when the page goes is lost, or stays on the device.
    const answer = /** @type {any} */ (await fetch(url, {
      method: 'POST', keepalive: true, credentials: 'include', referrerPolicy: 'origin', signal: mine && mine.signal,
      body: JSON.stringify(body),
    }));
    // An answer that is not read to its end counts against the 64 KiB for as long as the page lives.
    await answer.text();
    seconds = /^5|408|429/.test(answer.status) ? +answer.headers.get('Retry-After') || seconds : 0;
  } catch (error) {
    // Not reached: as good as busy.
  }
  failures = seconds && failures + 1;
  if (KEEP && mine == grant && receipt) keep(batch, seconds);
  // While it waits it counts as in flight, and is not in the queue: a page that is being left is told that its requests failed,
  // though they arrive, and would send them twice. A timer of 2^31 ms or more would fire at once.
  setTimeout(() => {
    if (inFlight) inFlight--;
    if (seconds && mine == grant) queue = batch.concat(queue);
    flush();
  }, mine == grant ? Math.min(seconds, 1e6) * (1e3 + Math.random() * 500) : 0);
}
