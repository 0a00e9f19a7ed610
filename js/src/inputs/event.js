/**
 * Any event of the page's own: `data-consent-event="saved" data-consent-path="detail.accepted" data-consent-value="analytics"`.
 * What lies at the path is the grant if it is the value, or a list or a text that holds it; without a value, if it is true.
 */

import { options } from '../options.js';

/** @param {import('../inputs.js').Say} say */
export const event = (say) => addEventListener(options.consentEvent, (saved) => {
  const found = (options.consentPath || 'type').split('.').reduce((/** @type {any} */ one, /** @type {string} */ name) => one && one[name], saved);
  const value = options.consentValue;
  say('event', value ? `,${found},`.includes(`,${value},`) : found);
}, true);
