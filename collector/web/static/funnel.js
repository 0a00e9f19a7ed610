/** The funnel: its form, and how far people got. */

import { WINDOWS, link, view } from './address.js';
import { button, draw, foreign, make, quiet } from './element.js';
import { duration, length, percent, say } from './language.js';
import { notes } from './panel.js';
import { table } from './table.js';

/** Steps that the server takes. */
const MOST = 32;

/** The question's own part: what begins with / is a page's path, everything else an event's name. */
export function steps() {
  const { steps: typed, window } = view();
  return { steps: typed.map((text) => (text.startsWith('/') ? { path: text } : { name: text })), window };
}

/**
 * The form for this view. It writes what was typed into the address before it asks.
 * @param {() => void} ask
 * @param {string[]} [typed]  what its steps hold already
 */
export function form(ask, typed = view().steps) {
  const { window: span } = view();
  const list = make('ol');
  const error = make('p', { class: 'error', role: 'alert', id: 'step-error' });
  const grow = () => { append(''); list.lastElementChild.querySelector('input').focus(); };
  const add = button(say('funnel.add'), grow);
  const append = (text) => {
    list.append(field(text, (row) => { row.remove(); number(list, add); add.focus(); }));
    number(list, add);
  };
  typed.forEach(append);
  const choice = make('select', { id: 'window' }, ...WINDOWS.map((name) =>
    make('option', { value: name, selected: name === span }, length(name))));
  const submit = (event) => {
    event.preventDefault();
    const said = [...list.querySelectorAll('input')].map((input) => input.value.trim()).filter(Boolean);
    error.textContent = said.length ? '' : say('funnel.missing');
    if (!said.length) return list.querySelector('input')?.focus();
    history.pushState(null, '', link({ step: said, window: choice.value }));
    ask();
  };
  return make('form', { submit }, make('p', { class: 'quiet', id: 'step-help' }, say('funnel.help')),
    make('fieldset', {}, make('legend', {}, say('funnel.steps')), list, add),
    make('p', { }, make('label', { for: 'window' }, say('funnel.window')), ' ', choice, ' ',
      make('button', { class: 'main' }, say('funnel.ask'))), error);
}

/** Events and paths to choose from, out of the report of pages. */
export function suggest(pages) {
  const known = ['page_view', 'purchase', ...pages.rows.map((row) => row.path)];
  document.getElementById('suggestions')?.replaceChildren(...known.map((value) => make('option', { value })));
}

/** How far people got. @type {import('./panel.js').Draw} */
export function funnel(answer, spec) {
  const last = answer.rows[answer.rows.length - 1];
  const { entered, converted, time } = answer.totals;
  if (!entered) return [quiet(say('funnel.nobody'))];
  return [
    make('p', {}, make('strong', {}, say('funnel.sum', { n: entered, converted, ...shares(last) })), ' ',
      time.p50_ms === null || answer.rows.length < 2 ? undefined : say('funnel.half', { time: duration(time.p50_ms) })),
    make('ol', { class: 'steps' }, ...answer.rows.map((row, n) => step(row, answer.rows[n + 1]))),
    ...notes(answer),
    make('details', {}, make('summary', {}, say('numbers')), table('funnel', say('funnel'), answer, spec, true)),
  ];
}

/** One step: who reached it, and what became of them. */
function step(row, next) {
  return make('li', {},
    make('p', { class: 'head' }, make('b', {}, foreign(row.label)), ' ', make('span', {}, say('funnel.reached', { n: row.reached }))),
    bar(row),
    quiet(row.step > 1 ? say('funnel.rate', shares(row)) : ''),
    next ? make('p', { class: 'lost' }, going(next)) : undefined);
}

const shares = (row) =>
  ({ rate: percent(row.rate_total), low: percent(row.low), high: percent(row.high), step: percent(row.rate_step) });

function going(next) {
  const share = next.rate_step === null ? null : 1 - next.rate_step;
  const lost = say('funnel.lost', { n: next.dropped, share: percent(share) });
  if (next.p50_ms === null) return lost;
  return `${lost} · ${say('funnel.pace', { half: duration(next.p50_ms), nine: duration(next.p90_ms) })}`;
}

/** The share as a bar, its 95 % interval as a whisker. */
function bar(row) {
  const at = (share) => `${(share ?? 0) * 100}%`;
  const whisker = row.step > 1 && row.low !== null
    ? [draw('line', { x1: at(row.low), x2: at(row.high), y1: '50%', y2: '50%' }),
      ...[row.low, row.high].map((end) => draw('line', { x1: at(end), x2: at(end), y1: '25%', y2: '75%' }))] : [];
  return draw('svg', { class: 'share', 'aria-hidden': 'true' },
    draw('rect', { class: 'whole', width: '100%', height: '100%' }),
    draw('rect', { class: 'reached', width: at(row.rate_total), height: '100%' }), ...whisker);
}

function field(text, remove) {
  const row = make('li', {},
    make('input', { value: text, list: 'suggestions', maxlength: 1_024, autocomplete: 'off', spellcheck: 'false',
      'aria-describedby': 'step-help' }),
    button('×', () => remove(row), { class: 'remove' }));
  return row;
}

/** Number the steps anew, and keep one of them and no more than the server takes. */
function number(list, add) {
  const rows = [...list.children];
  rows.forEach((row, n) => {
    row.querySelector('input')?.setAttribute('aria-label', say('step', { n: n + 1 }));
    const remove = /** @type {HTMLButtonElement} */ (row.querySelector('button'));
    remove.setAttribute('aria-label', say('step.remove', { n: n + 1 }));
    remove.hidden = rows.length === 1;
  });
  add.disabled = rows.length >= MOST;
}
