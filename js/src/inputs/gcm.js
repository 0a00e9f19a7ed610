/**
 * Google Consent Mode v2: `gtag('consent', 'update', {analytics_storage: 'granted' | 'denied'})`, which arrives in the page's
 * `dataLayer` as an arguments object. A `default` is what holds before the visitor has chosen, and never a grant.
 */

/** @param {import('../inputs.js').Say} say */
export function gcm(say) {
  const page = /** @type {any} */ (window);
  const layer = page.dataLayer = page.dataLayer || [];
  const { push } = layer;
  /** @param {any} entry */
  const read = (entry) => {
    const { analytics_storage: answer } = entry && entry[0] == 'consent' && entry[1] == 'update' && entry[2] || {};
    say('gcm', answer && answer == 'granted');
  };
  layer.push = (/** @type {any[]} */ ...entries) => {
    entries.forEach(read);
    return push.apply(layer, entries);
  };
  layer.forEach(read);
}
