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

/** The token of this tab, or null. */
export const token = () => sessionStorage.getItem(KEPT);

export const remember = (given) => sessionStorage.setItem(KEPT, given);

export const forget = () => sessionStorage.removeItem(KEPT);

/**
 * The sites, and the server's clock (ms UTC), to which every period is relative: this browser's may be wrong.
 * @returns {Promise<{sites: {name: string, timezone: string}[], now: number}>}
 */
export async function sites() {
  const response = await sent('/api/sites');
  const now = Date.parse(response.headers.get('date') ?? '') || Date.now();
  return { sites: (await response.json()).sites, now };
}

/**
 * One report. Throws `Refusal`, or an `AbortError` when the signal ends it.
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>} the answer as the API gives it
 */
export async function ask(site, report, spec, options = {}) {
  return (await sent(path(site, report), { method: 'POST', body: JSON.stringify(spec), ...options })).json();
}

/**
 * The same as a CSV file.
 * @returns {Promise<Blob>}
 */
export async function csv(site, report, spec) {
  return (await sent(path(site, report) + '?format=csv', { method: 'POST', body: JSON.stringify(spec) })).blob();
}

const path = (site, report) => `/api/sites/${encodeURIComponent(site)}/reports/${report}`;

/**
 * Whatever the API answers. Throws `Refusal`, whose `body` is the error as the API gives it.
 * @param {RequestInit & {headers?: Record<string, string>}} [options]
 */
export async function sent(url, options = {}) {
  const headers = { ...options.headers, Authorization: `Bearer ${encodeURI(token() ?? '')}` }; // a header takes no other characters
  let response;
  try {
    response = await fetch(url, { ...options, headers, credentials: 'omit', cache: 'no-store' });
  } catch (fault) {
    if (/** @type {Error} */ (fault).name === 'AbortError') throw fault;
    throw new Refusal(0, '');
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  throw new Refusal(response.status, body.error?.message ?? response.statusText, body.error);
}
