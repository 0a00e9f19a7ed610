/**
 * Calls back once the page has a global of this name, which may come later than this file: looked for ten times within 102 seconds.
 * @param {string} name @param {(found: any) => void} use @param {number} [pause]
 */
export function when(name, use, pause = 100) {
  const found = /** @type {any} */ (window)[name];
  if (found) use(found);
  else if (pause < 1e5) setTimeout(when, pause, name, use, pause * 2);
}
