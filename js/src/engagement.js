/** How long a page was really looked at, and how far it was read. */

import { record } from './events.js';

/** Milliseconds without any sign of life after which nobody is looking. */
const IDLE = 6e4;
const SIGNS = 'visibilitychange focus blur pointermove keydown scroll';

/** Milliseconds not yet told, and the deepest point in per cent. */
let engaged = 0;
let depth = 0;
/** When the last sign came, and whether the page was in sight from then on. */
let since = 0;
let seen = false;

/** A sign of life: the time since the one before counts, while the page was in sight, up to the idle time. @param {Event} [sign] */
function tick(sign) {
  const now = performance.now();
  if (seen) engaged += Math.min(now - since, IDLE);
  since = now;
  seen = !document.hidden && document.hasFocus();
  // Measured where it changes: the height of a page may cost a layout.
  if (!sign || sign.type == 'scroll') {
    depth = Math.max(depth, Math.min(100, (scrollY + innerHeight) / document.documentElement.scrollHeight * 100 | 0));
  }
}

/** @param {object} how */
export function watch(how) {
  tick();
  engaged = 0;
  for (const sign of SIGNS.split(' ')) addEventListener(sign, tick, how);
}

/**
 * The page is hidden, left, or replaced: tells what came since it was last told. A lost part takes nothing else along.
 * @param {{url?: string}} more @param {boolean} [over]  another page begins
 */
export function measured(more, over) {
  tick();
  if (engaged > 999) {
    record('engagement', { engaged_ms: engaged | 0, scroll: depth }, more);
    engaged = 0;
  }
  if (over) depth = 0;
  else seen = false; // a page in the cache for the way back is in sight of nobody
}
