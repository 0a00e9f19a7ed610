/**
 * The npm package: the same functions as the script's commands. Importing it touches nothing, also where there is no window;
 * `init` starts it, once, and in a browser only.
 */

import { begin } from './consent.js';
import { heed } from './inputs.js';
import { options } from './options.js';

let started = false;

/**
 * What to do while a page is made ahead of a visit: wait until it is shown.
 * @param {() => void} start
 */
function shown(start) {
  const page = /** @type {any} */ (document);
  if (page.prerendering) page.addEventListener('prerenderingchange', start, { once: true });
  else start();
}

/** @param {{[name: string]: any}} given  the options of the script tag without `data-`, `consentEvent` for `data-consent-event` */
export function init(given) {
  if (started || typeof window == 'undefined') return;
  started = true;
  for (const [name, value] of Object.entries(given)) {
    // As attributes say it: what is there is on, what is false is not there, but for `auto`, which is on without one.
    if (name == 'auto' || (value !== false && value != null)) options[name] = value === true ? '' : Array.isArray(value) ? value.join() : value;
  }
  options.auto += '';
  shown(() => {
    begin();
    heed();
  });
}

export { config, consent, flush, identify, on, optout, page, reset, track } from './commands.js';
