/** Clicks on elements that name an event, `<a data-event="signup" data-event-plan="pro">`, and on links that lead out. */

import { reduced } from './delivery.js';
import { record } from './events.js';

/** What is fetched rather than read: a path that ends in two to four characters after a point, but not as pages do. */
const FILE = /\.(?!html?$|php|asp|jsp)[a-z]\w{1,3}$/i;

/**
 * Records the innermost element that carries `data-event`, also inside open shadow roots; else the link.
 * Called in the capture phase, before the page's own listeners can remove the element; never delays the click.
 * @param {MouseEvent} click
 */
export function clicked(click) {
  const path = /** @type {HTMLElement[]} */ (click.composedPath());
  const element = path.find(({ dataset }) => dataset && dataset.event);
  if (MIDDLE && click.button > 1) return;
  if (element) {
    /** @type {Object<string, string>} */
    const props = {};
    for (const { name, value } of element.attributes) {
      if (name.startsWith('data-event-')) props[name.slice(11)] = value;
    }
    record(/** @type {string} */ (element.dataset.event), props);
  } else if (LINKS && !reduced) follow(/** @type {any} */ (path.find(({ localName }) => localName == 'a')));
}

/**
 * `outbound` and `download` with host and path; `mailto` and `tel` without the address or the number, which belong to somebody.
 * A link without an address, or inside an SVG, has no protocol.
 * @param {HTMLAnchorElement | undefined} link
 */
function follow(link) {
  const { protocol, host, origin, pathname } = link || /** @type {any} */ ({});
  if (CONTACT && /^(mail|tel)/.test(protocol)) record(protocol.slice(0, -1));
  else if (host) {
    const name = FILE.test(pathname) ? 'download' : host != location.host && 'outbound';
    if (name) record(name, { url: origin + pathname });
  }
}
