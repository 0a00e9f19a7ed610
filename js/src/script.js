/** The global function `balise(command, …)` and the start. */

import { commands } from './commands.js';
import { begin } from './consent.js';
import { heed } from './inputs.js';

/**
 * A fault of ours, or a wrong call, is a line in the console and never the page's trouble.
 */
const balise = /** @type {any} */ ((/** @type {string} */ command, /** @type {any[]} */ ...rest) => {
  try {
    return commands[command](...rest);
  } catch (error) {
    console.warn(error);
  }
});

const page = /** @type {any} */ (window);

/** Takes the place of the stub, and answers the calls it kept. A second copy of this file finds the first and stops. */
function start() {
  const stub = page.balise || {};
  if (!stub.on) {
    page.balise = balise;
    balise.on = 1;
    begin();
    for (const call of stub.q || []) balise(.../** @type {[string]} */ (call));
    if (GCM || TCF || EVENT || GPP) heed();
  }
}

// A page made ahead of a visit is no visit yet.
if (/** @type {any} */ (document).prerendering) document.addEventListener('prerenderingchange', start);
else start();
