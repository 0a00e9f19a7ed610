/** The view and its address: everything but the token, so that a link is the view. */

/** What the address says; what it leaves out, or says wrongly, is null. */
export function view() {
  const lang = new URLSearchParams(location.search).get('lang');
  return { lang: lang !== null && ['en', 'fr'].includes(lang) ? lang : null };
}

/**
 * The address of this view with something else in it.
 * @param {Record<string, string>} changes
 */
export function link(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  return `?${query}`;
}

/** Takes a token out of the address bar, and returns it. */
export function handed() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return given.trim();
}
