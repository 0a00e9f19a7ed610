/**
 * The script tag that loaded this file, and what its `data-*` attributes ask for.
 * A classic script, also one that a tag manager inserts; a module has no `currentScript`.
 */

const tag = /** @type {HTMLScriptElement} */ (document.currentScript);

/** The attributes: site, endpoint, consent, auto, hash, params. */
export const options = tag.dataset;

/** An address beside the collector's routes: `data-endpoint`, which names the events route, or the script's own. */
export const neighbour = options.endpoint || tag.src;
