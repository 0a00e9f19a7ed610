/**
 * Who else may say what the visitor chose: signals that are on the page anyway. `data-cmp` names the ones to heed, `none` or, by
 * default, all that the build knows; the first that knows an answer is the one that counts on this page.
 */

import { consent } from './consent.js';
import { event } from './inputs/event.js';
import { gcm } from './inputs/gcm.js';
import { gpp } from './inputs/gpp.js';
import { tcf } from './inputs/tcf.js';
import { options } from './options.js';

/** @typedef {(source: string, answer: unknown, details?: object) => void} Say true or false; undefined: not known yet */

/** The input whose answer counts. */
let voice = '';

/** @type {Say} */
function say(source, answer, details) {
  if (answer != null && (voice || source) == source && (options.cmp || source).includes(source)) {
    voice = source;
    consent(answer ? 'granted' : 'denied', Object.assign({ source }, details));
  }
}

/** Listens to all of them. */
export function heed() {
  if (EVENT && options.consentEvent) event(say);
  if (TCF) tcf(say);
  if (GCM) gcm(say);
  if (GPP) gpp(say);
}
