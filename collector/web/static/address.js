/** The view and its address: everything but the token, so that a link is the view. */

const HOUR = 3_600_000;
/** Periods offered, in ms up to now. */
export const PERIODS = { '24h': 24 * HOUR, '7d': 168 * HOUR, '30d': 720 * HOUR, '90d': 2_160 * HOUR, all: 0 };
/** A funnel's windows offered. */
export const WINDOWS = ['30m', '1d', '7d', '30d', '90d'];
export const METRICS = ['visitors', 'sessions', 'page_views', 'purchases', 'bounce_rate'];
const STEPS = ['page_view', 'purchase'];

/**
 * What the address says; what it leaves out, or says wrongly, is the default.
 * `metric` is the figure in the chart; `steps` (names of events, or paths) and `window` are the funnel's.
 */
export function view() {
  const query = new URLSearchParams(location.search);
  const steps = query.getAll('step').map((step) => step.trim()).filter(Boolean);
  return {
    site: query.get('site'),
    range: known(query.get('range'), Object.keys(PERIODS)) ?? '30d',
    metric: known(query.get('metric'), METRICS) ?? 'visitors',
    steps: steps.length ? steps : STEPS,
    window: known(query.get('window'), WINDOWS) ?? '7d',
    lang: known(query.get('lang'), ['en', 'fr']),
  };
}

/**
 * The address of this view with something else in it.
 * @param {Record<string, string | string[]>} changes
 */
export function link(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const item of [value].flat()) query.append(name, item);
  }
  return `?${query}`;
}

/**
 * How a table is sorted: a column, and whether downwards; null for the server's own order.
 * @returns {{column: string, down: boolean} | null}
 */
export function sorting(table) {
  const said = new URLSearchParams(location.search).get(`sort.${table}`);
  return said ? { column: said.replace(/^-/, ''), down: said.startsWith('-') } : null;
}

/** Takes a token out of the address bar, and returns it. */
export function handed() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return given.trim();
}

const known = (value, values) => (value !== null && values.includes(value) ? value : null);
