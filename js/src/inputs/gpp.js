/**
 * IAB GPP 1.1. Its European section is a TCF choice; the sections of the United States cannot grant, but a Global Privacy Control
 * in them is an objection.
 */

import { when } from './when.js';

/** @param {import('../inputs.js').Say} say */
export const gpp = (say) => when('__gpp', (api) => api('addEventListener', (/** @type {any} */ event) => {
  const { signalStatus, parsedSections, gppString } = event.pingData || {};
  if (signalStatus != 'ready') return;
  for (const name in parsedSections) {
    const section = Object.assign({}, ...[].concat(parsedSections[name]));
    const purposes = section.PurposeConsents;
    if (purposes) say('gpp', !!(purposes[0] && (purposes[7] || purposes[8])), { gpp: gppString });
    else if (section.Gpc === true) say('gpp', false);
  }
}));
