/**
 * What lies on the visitor's device, after a grant only: the localStorage entry `m_` and the site's name, with the events that have
 * no answer yet, one a line. Without the entry there is no grant: to take it away ends the grant in every other tab.
 * Storage may throw: then the page does without.
 */

import { options } from './options.js';
import { uuid } from './uuid.js';

/** Events on the device. */
const KEPT = 50;
/** Milliseconds that a visitor's id lives. */
const LIFE = 33696e6;

/** @param {(box: Storage, entry: string) => any} use @returns {any} */
function device(use) {
  try {
    return use(localStorage, 'm_' + options.site);
  } catch (error) {
    // No storage, or none left.
  }
}

/** Whether the entry has been taken away. */
export const gone = () => device((box, entry) => box[entry] == null);

/** Puts events there, or takes them away. Nothing is written after a withdrawal in another tab. @param {string[]} events @param {unknown} stay */
export const keep = (events, stay) => device((box, entry) => {
  const others = box[entry].split('\n').filter((/** @type {string} */ event) => event && !events.includes(event));
  box[entry] = others.concat(stay ? events : []).slice(-KEPT).join('\n');
});

/**
 * Takes what earlier pages have no answer for; what this page sends in the meantime stays. Two tabs do not take the same: the lock
 * sees to it. After a withdrawal in the meantime there is no entry: that throws, before anything is written. An event lies there a
 * day at most, in milliseconds.
 * @param {(event: string) => void} take
 */
export const load = (take) => device((box, entry) => {
  const now = Date.now();
  const claim = () => device(() => {
    box[entry] = box[entry].split('\n').filter((/** @type {string} */ event) => {
      const age = now - JSON.parse(event).t;
      if (age > 0 && age < 864e5) take(event);
      return age <= 0;
    }).join('\n');
  });
  box[entry] = box[entry] || '';
  if (navigator.locks) navigator.locks.request(entry, claim);
  else claim();
});

export const erase = () => device((box, entry) => {
  delete box[entry];
  if (VISITOR) delete box[entry + '_id'];
});

/**
 * The visitor's id where the site asks for one with `data-visitor`, because its collector is on another site and cannot set a cookie.
 * It begins with the time of its making, and lives 390 days from then, under 13 months, never renewed.
 * @returns {string | undefined}
 */
export const visitor = () => ('visitor' in options ? device((box, entry) => {
  const known = box[entry += '_id'];
  return known && Date.now() - parseInt(known.replace('-', ''), 16) < LIFE ? known : box[entry] = uuid();
}) : undefined);
