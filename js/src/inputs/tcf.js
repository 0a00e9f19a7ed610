/**
 * IAB TCF 2.2 and 2.3: purpose 1 (the device) and one of 8 (content performance) and 9 (audience statistics).
 * The site's own collector is no vendor of the global list: the publisher's purposes count where the string has them.
 * A page where GDPR does not apply says nothing: the mode of the tag holds.
 */

import { when } from './when.js';

/** @param {import('../inputs.js').Say} say */
export const tcf = (say) => when('__tcfapi', (api) => api('addEventListener', 2, (/** @type {any} */ tc, /** @type {boolean} */ ok) => {
  if (ok && tc.gdprApplies !== false && tc.eventStatus != 'cmpuishown') {
    const given = Object.assign({}, tc.purpose.consents, tc.publisher && tc.publisher.consents);
    say('tcf', !!(given[1] && (given[8] || given[9])), { tcf: tc.tcString });
  }
}));
