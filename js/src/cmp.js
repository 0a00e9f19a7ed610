/**
 * The consent platforms as a script of their own, beside any build: it only calls `balise('consent', …)`. `data-cmp` names the
 * platforms to heed (default: all of them; the first that knows an answer counts), `data-cmp-key` what to look at in them.
 */

import { platforms } from './inputs/platforms.js';

const page = /** @type {any} */ (window);
const { cmp, cmpKey } = /** @type {HTMLScriptElement} */ (document.currentScript).dataset;
let voice = '';

page.balise = page.balise || function balise() { (page.balise.q = page.balise.q || []).push(arguments); };
platforms((source, answer) => {
  if (answer != null && (voice || source) == source && (cmp || source).split(',').includes(source)) {
    voice = source;
    page.balise('consent', answer ? 'granted' : 'denied', { source });
  }
}, cmpKey);
