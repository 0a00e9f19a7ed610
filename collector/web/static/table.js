/** A report's rows as a table: sorted by its headings, saved as CSV, asked again on the command line. */

import { link, sorting, view } from './address.js';
import { button, foreign, make, quiet } from './element.js';
import { day, duration, number, order, percent, say, term } from './language.js';
import { csv } from './question.js';
import { copy, save as download, tell } from './toast.js';

/** Rows shown at first. */
const FEW = 10;
const SHARE = /_rate$|^rate_|^share$|^low$|^high$/;

/** @typedef {Record<string, any>} Row */
/** @typedef {{report: string, spec: any, columns: string[], rows: Row[], totals: any, notes: string[], data: any}} Answer */

/**
 * The table of an answer, with its tools below.
 * @param {string} name  its own among the page's tables, for the address
 * @param {Answer} answer
 * @param {object} spec  as it was asked, for CSV and the command line
 * @param {boolean} [titled]  the caption is already in sight, as a heading
 */
export function table(name, caption, answer, spec, titled = false) {
  if (!answer.rows.length) return quiet(say('empty.table'));
  const body = make('tbody');
  const heads = answer.columns.map((column) => head(column, isText(answer.rows, column), () => turn(column)));
  let sorted = sorting(name);
  let all = false;
  const more = button('', () => { all = !all; fill(); });
  const fill = () => {
    const rows = arranged(answer.rows, sorted);
    heads.forEach((cell, n) => cell.ariaSort = direction(answer.columns[n], sorted));
    body.replaceChildren(...rows.slice(0, all ? rows.length : FEW).map((row) => line(row, answer)));
    more.textContent = all ? say('less') : say('more', { n: rows.length - FEW });
  };
  const turn = (column) => {
    const down = sorted?.column === column ? !sorted?.down : !isText(answer.rows, column);
    sorted = { column, down };
    history.replaceState(null, '', link({ [`sort.${name}`]: (down ? '-' : '') + column }));
    fill();
  };
  fill();
  const title = make('caption', { class: titled ? 'unseen' : false }, caption);
  const grid = make('table', {}, title, make('thead', {}, make('tr', {}, ...heads)), body);
  return make('div', {},
    make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, grid),
    make('div', { class: 'tools' }, answer.rows.length > FEW ? more : undefined, ...tools(caption, answer.report, spec)));
}

/** A value as people read it; `column` tells of what kind it is. */
export function shown(column, value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return column === 'day' ? day(value) : term(column, value);
  if (typeof value !== 'number') return JSON.stringify(value);
  if (column.endsWith('_ms')) return duration(value);
  return SHARE.test(column) ? percent(value) : number(value);
}

/** The command that asks the same question. */
export function command(report, spec) {
  const { site, range } = view();
  const words = ['balise', 'report', report, '--site', String(site)];
  for (const step of spec.steps ?? []) words.push('--step=' + quoted(step.path ?? step.name));
  if (spec.window) words.push('--window', spec.window);
  if (spec.limit) words.push('--limit', String(spec.limit));
  if (spec.range) words.push('--last', range);
  return words.join(' ');
}

function head(column, text, click) {
  return make('th', { scope: 'col', class: text ? 'text' : false }, button(term('column', column), click));
}

/** The first cell is the row's heading. */
function line(row, answer) {
  return make('tr', {}, ...answer.columns.map((column, n) => make(n ? 'td' : 'th',
    { scope: n ? false : 'row', class: isText(answer.rows, column) ? 'text' : false }, foreign(shown(column, row[column])))));
}

function tools(caption, report, spec) {
  return [
    button(say('csv'), () => save(report, spec), { 'aria-label': `${say('csv')} (${caption})` }),
    button(say('cli'), () => copy(command(report, spec), say('cli.done'), say('cli.failed')), { 'aria-label': `${say('cli')} (${caption})` }),
  ];
}

async function save(report, spec) {
  const { site } = view();
  try {
    download(await csv(String(site), report, spec), `${site}-${report}.csv`);
  } catch (fault) {
    tell(say('failed'), /** @type {Error} */ (fault).message);
  }
}

function arranged(rows, sorted) {
  if (!sorted) return rows;
  const { column, down } = sorted;
  return rows.toSorted((one, other) => compare(one[column], other[column], down));
}

/** What is undefined comes last, whichever way. */
function compare(one, other, down) {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  const found = typeof one === 'number' ? one - other : order(String(one), String(other));
  return down ? -found : found;
}

const direction = (column, sorted) => (sorted?.column !== column ? null : sorted.down ? 'descending' : 'ascending');

const isText = (rows, column) => rows.some((row) => typeof row[column] === 'string');

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
