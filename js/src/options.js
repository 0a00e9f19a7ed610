/**
 * What the script tag that loaded this file asks for, by its `data-*` attributes; in the package, what `init` was given.
 * A classic script, also one that a tag manager inserts; a module has no `currentScript`.
 */

const tag = MODULE ? { src: '/m/e', dataset: {} } : /** @type {HTMLScriptElement} */ (document.currentScript);

/** The attributes, and the page's `before`. */
export const options = /** @type {Object<string, any>} */ (CALLS ? Object.assign({}, tag.dataset) : tag.dataset);

/** The address of a route of the collector. They lie beside `data-endpoint`, or the script. @param {string} name */
export const route = (name) => (options.endpoint || tag.src).replace(/[^/]*$/, name);
