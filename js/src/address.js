/**
 * Which part of an address may leave the page: origin, path, campaign parameters, the names of click ids
 * and the parameters the site names itself. Everything else in a query may be a search, a token or a name.
 */

import { reduced } from './delivery.js';
import { options } from './options.js';

/**
 * First the click ids of the ad networks, whose name is kept (gclid, msclkid, irclickid, wbraid, srsltid, li_fat_id,
 * rdt_cid, epik …), then campaign parameters. The collector knows more, and minimises again.
 */
const TAG = /^([^=]*(c[lick]+_?id|braid|srsltid|_fat_id|dt_cid|epik)=).*|^([uim]tm|pk|piwik|matomo|at|gad|hsa)_/i;

/**
 * Where the page is: origin, path, what is taken of the `name=value` pieces of a text (also behind a second `?` or a `#`), and
 * the route that a `#/…` or `#!/…` address names, when the site asks for it. Other fragments never leave the page.
 * @param {string} text
 * @param {(all: string, piece: string) => string} take
 */
const place = (text, take) => location.origin + location.pathname +
  text.replace(/[?&#]([^?&#]*)/g, take).replace('&', '?') +
  (ROUTES && 'hash' in options && location.hash.match(/^#!?\/[^?&]*/) || '');

/**
 * The address of the page now shown, as it is sent. Of a click id only that there was one: `gclid=1`.
 * Of the parameters none in the reduced measurement. Where the site names none, `-` stands for them: the empty name is one.
 * @param {unknown} [whole]  what a grant will say
 */
export const address = (whole) => place(REDUCED && reduced && !(LANDING && whole) ? '' : location.search + location.hash, (all, piece) =>
  TAG.test(piece) || (options.params || '-').split(',').includes(piece.split('=')[0])
    ? '&' + piece.replace(TAG, (tag, click) => (click ? click + 1 : tag)) : '');

/**
 * What makes the page now shown another page: its address with the whole query but for tags. Compared, never sent.
 * So a script that tidies `?utm_…` away does not make a second page view.
 */
export const identity = () => place(location.search, (all, piece) => (TAG.test(piece) ? '' : '&' + piece));
