/** The global function `balise(command, …)` and the start. */

import { admit, consent } from './consent.js';
import { record, setUser } from './events.js';
import { options } from './tag.js';

/** @type {Object<string, Function>} */
const commands = { consent, user: setUser, track: record };

/**
 * A fault of ours, or a wrong call, is a line in the console and never the page's trouble.
 * @param {string} command @param {any[]} rest
 */
const balise = (command, ...rest) => {
  try {
    commands[command](...rest);
  } catch (error) {
    console.warn(error);
  }
};

const page = /** @type {any} */ (window);

/** Takes the place of the stub, and answers the calls it kept. A second copy of this file finds the first and stops. */
function start() {
  const stub = page.balise || {};
  if (!stub.on) {
    page.balise = Object.assign(balise, { on: 1 });
    if (options.consent == 'off') admit();
    for (const call of stub.q || []) balise(.../** @type {[string]} */ (call));
  }
}

// A page made ahead of a visit is no visit yet.
if (/** @type {any} */ (document).prerendering) document.addEventListener('prerenderingchange', start);
else start();
