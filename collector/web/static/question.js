/** Asks the server, with the token of this tab. */

const KEPT = 'balise-token';

/** An answer other than 2xx, or none (status 0). The message is the server's own sentence, in English. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {Record<string, any>} [body]
   */
  constructor(status, message, body = {}) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

/** What the forms of a signed-in session carry; empty for whoever has none. */
const csrf = /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name=csrf]'))?.content ?? '';

/** The path under which another application has mounted the server, if one has. */
const ROOT = new URL('..', import.meta.url).pathname.slice(0, -1);

/** The token of this tab, or null. */
export const token = () => sessionStorage.getItem(KEPT);

/** Whether the server knows who this is by its session. */
export const signedIn = () => csrf !== '';

export const remember = (given) => sessionStorage.setItem(KEPT, given);

export const forget = () => sessionStorage.removeItem(KEPT);

/** Ends the session, as the pages' own button does. */
export function signOut() {
  const form = Object.assign(document.createElement('form'), { method: 'post', action: `${ROOT}/logout` });
  form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'csrf', value: csrf }));
  document.body.append(form);
  form.submit();
}

/**
 * Whatever the API answers. Throws `Refusal`, whose `body` is the error as the API gives it.
 * @param {RequestInit & {headers?: Record<string, string>}} [options]
 */
export async function sent(url, options = {}) {
  const mine = token();
  const who = mine || !csrf ? { Authorization: `Bearer ${encodeURI(mine ?? '')}` } : { 'X-CSRF-Token': csrf }; // a header takes no other characters
  const headers = { ...options.headers, ...who };
  let response;
  try {
    response = await fetch(ROOT + url, { ...options, headers, credentials: mine ? 'omit' : 'same-origin', cache: 'no-store' });
  } catch (fault) {
    if (/** @type {Error} */ (fault).name === 'AbortError') throw fault;
    throw new Refusal(0, '');
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Refusal(response.status, body.error?.message ?? response.statusText, body.error);
}
