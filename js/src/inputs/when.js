/**
 * Calls back once the page has a global of this name, which may come later than this file: looked for ten times within 102 seconds.
 * @param {string} name @param {(found: any) => void} use @param {number} [tries]
 */
export function when(name, use, tries = 0) {
  const found = /** @type {any} */ (window)[name];
  if (found) use(found);
  else if (tries < 10) setTimeout(when, 100 * 2 ** tries, name, use, tries + 1);
}
