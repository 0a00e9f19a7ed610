/** The page's language: words, plurals, numbers, moments. */

/** The languages there are, and the files of their words. */
const WORDS = { en: 'english', fr: 'french' };

/** @type {Record<string, any>} */
let words = {};
let locale = 'en';
let plurals = new Intl.PluralRules();
let collator = new Intl.Collator();

/**
 * Speak from now on. A person's own variant of the language (`en-GB`) decides how dates and numbers look.
 * @param {string | null} chosen  `en`, `fr`, or null for what the browser prefers
 * @param {string} [page]  whose own words join them, such as `links` with `links-english.js`
 */
export async function speak(chosen, page) {
  const language = chosen ?? navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) ?? 'en';
  const file = WORDS[/** @type {'en'} */ (language)];
  words = (await import(`./${file}.js`)).default;
  if (page) words = { ...words, ...(await import(`./${page}-${file}.js`)).default };
  locale = navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
  plurals = new Intl.PluralRules(locale);
  collator = new Intl.Collator(locale, { numeric: true });
  document.documentElement.lang = language;
}

/**
 * A sentence. `{name}` stands for a value, numbers are written as the language does; `n` decides the plural.
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const entry = words[key];
  const text = typeof entry === 'string' ? entry : entry[plurals.select(Number(values.n))] ?? entry.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name];
    return typeof value === 'number' ? number(value) : value;
  });
}

/** The word for one of a closed list, such as a channel; what is not in the list stands for itself. */
export const term = (list, value) => (Object.hasOwn(words[list] ?? {}, value) ? words[list][value] : value);

export const number = (value) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);

/** @param {number | null} value  a share of 1, or null where it is undefined */
export function percent(value) {
  const options = /** @type {const} */ ({ style: 'percent', maximumFractionDigits: 1 });
  return value === null ? '–' : new Intl.NumberFormat(locale, options).format(value);
}

/** @param {string} amount  decimal; written exactly where the browser can */
export function money(amount, currency) {
  if (!/^[A-Z]{3}$/.test(currency)) return `${amount} ${currency}`;
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(/** @type {any} */ (amount));
}

/** @param {number | null} ms  its two largest units, such as 4 min 35 s */
export function duration(ms) {
  if (ms === null) return '–';
  const seconds = Math.round(ms / 1_000);
  const parts = Object.entries({ day: seconds / 86_400, hour: seconds / 3_600 % 24, minute: seconds / 60 % 60, second: seconds % 60 });
  const first = parts.findIndex(([, value]) => value >= 1);
  if (first < 0) return units('second', 'short').format(0);
  return parts.slice(first, first + 2).filter(([, value]) => value >= 1)
    .map(([unit, value]) => units(unit, 'short').format(Math.floor(value))).join(' ');
}

const units = (unit, unitDisplay) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay });

/** @param {string} text  a whole number of hours, minutes or days as the API writes it, such as 24h */
export const length = (text) =>
  units({ h: 'hour', m: 'minute', d: 'day' }[text.slice(-1)], 'long').format(parseInt(text, 10));

/**
 * @param {string} date  of the site's own days, such as 2026-11-22
 * @param {boolean} [long]  with the day of the week
 */
export function day(date, long = false) {
  const options = /** @type {const} */ ({ day: 'numeric', month: 'short', timeZone: 'UTC' });
  return new Intl.DateTimeFormat(locale, long ? { ...options, weekday: 'short', year: 'numeric' } : options)
    .format(new Date(date + 'T00:00:00Z'));
}

/** @param {number} from  ms UTC */
export function dates(from, to, timeZone) {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).formatRange(from, to);
}

/** Which of two texts comes first. */
export const order = (one, other) => collator.compare(one, other);
