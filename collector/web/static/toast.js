/** A word at the foot of the window, and what goes out of the page: texts copied, files saved. */

import { button, make } from './element.js';

/**
 * A word at the foot of the window, read out too, until the next one.
 * @param {string} [code]
 */
export function tell(sentence, code) {
  const toast = /** @type {HTMLElement} */ (document.getElementById('toast'));
  const close = button('×', () => toast.replaceChildren(), { 'aria-label': 'OK' });
  toast.replaceChildren(make('p', {}, sentence, code ? ' ' : undefined, code ? make('code', {}, code) : undefined), close);
}

/** Copy a text and say so; where the browser will not, show it to be copied by hand. */
export async function copy(text, done, failed) {
  try {
    await navigator.clipboard.writeText(text);
    tell(done, text);
  } catch { // no permission, or no secure origin
    tell(failed, text);
  }
}

/** @param {Blob} blob  what the file holds */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  make('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000); // the download has begun long before
}
