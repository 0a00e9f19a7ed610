/** What a page can ask for, by name: `balise(command, …)`, and the functions of the package. */

import { consent, optout } from './consent.js';
import { flush } from './delivery.js';
import { identify, record } from './events.js';
import { on } from './hooks.js';
import { options } from './options.js';

/** @type {typeof record} */
export const track = record;

/** @param {Object<string, string | number | boolean>} [props] @param {{url?: string}} [more] */
export const page = (props, more) => record('page_view', props, more);

/** The known customer has left this browser. @type {() => void} */
export const reset = identify;

/** @param {{before?: (event: any) => any}} more  options of the tag, and `before`, which sees every event and may return null */
export const config = (more) => { Object.assign(options, more); };

/** @type {Object<string, Function>} */
export const commands = HOOKS ? { consent, track, identify, reset, page, optout, flush, config, on }
  : CALLS ? { consent, track, identify, reset, page, optout, flush, config }
    : { consent, track, identify };

export { consent, flush, identify, on, optout };
