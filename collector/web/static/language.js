/** The page's language: words, plurals, numbers. */

/** The languages there are, and the files of their words. */
const WORDS = { en: 'english', fr: 'french' };

/** @type {Record<string, any>} */
let words = {};
let locale = 'en';
let plurals = new Intl.PluralRules();

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
