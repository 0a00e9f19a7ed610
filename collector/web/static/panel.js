/** What each panel shows of its answer. */

import { METRICS, link, view } from './address.js';
import { chart } from './chart.js';
import { foreign, make, quiet } from './element.js';
import { money, percent, say, term } from './language.js';
import { shown, table } from './table.js';

/** @typedef {import('./table.js').Answer} Answer */
/** @typedef {(answer: Answer, spec: any, today: string) => Node[]} Draw  `today` is the site's own day, such as 2026-11-22 */

const OUTCOMES = ['accepted', 'duplicate', 'dropped', 'refused'];
/** Notes, as said here. */
const NOTES = /** @type {const} */ ([
  [/^bounce_rate is classic/, 'note.bounce'],
  [/^(\d+) of (\d+) sessions are in these rows/, 'note.limited'],
  [/^only (\d+) /, 'note.few'],
  [/^(\d+) are still inside their window/, 'note.pending'],
  [/^(\d+) had/, 'note.cut'],
  [/^(\d+) events came without consent, whose/, 'note.nameless'],
  [/^(\d+) events came without consent and are/, 'note.left'],
  [/^(\d+) events from before a grant/, 'note.assumed'],
  [/^who refuses or does not answer/, 'note.unseen'],
  [/^dropped are events by UTC day/, 'note.dropped'],
  [/^(\d+) of (\d+) rows have fewer than 30/, 'note.thin'],
]);

/** Key figures and their days. @type {Draw} */
export function overview(answer, spec, today) {
  if (!answer.data.events) return [nothing(answer)];
  const drawn = make('div');
  const buttons = METRICS.map((metric) => figure(answer, metric, () => pick(metric)));
  const pick = (metric) => {
    history.replaceState(null, '', link({ metric }));
    mark(metric);
  };
  const mark = (metric) => {
    METRICS.forEach((name, n) => buttons[n].setAttribute('aria-pressed', String(name === metric)));
    drawn.replaceChildren(days(answer, metric, spec, today));
  };
  mark(view().metric);
  const list = [...buttons, revenue(answer)].map((one) => make('li', {}, one));
  const detail = make('details', {}, make('summary', {}, say('numbers')), table('days', say('overview'), answer, spec));
  return [make('ul', { class: 'figures' }, ...list), quiet(seen(answer)), drawn, ...notes(answer), detail];
}

/** A report that is one table. @type {Draw} */
export function listing(answer, spec) {
  return [table(answer.report, say(answer.report), answer, spec, true), ...notes(answer)];
}

/** The last half hour. @type {Draw} */
export function realtime(answer, spec) {
  if (!answer.totals.events) return [quiet(say('realtime.none'))];
  return [
    make('p', { class: 'now' }, answer.totals.visitors === null ? '' : make('strong', {}, say('realtime.now', { n: answer.totals.visitors })), ' ',
      say('realtime.events', { n: answer.totals.events })),
    table('realtime', say('realtime'), answer, spec, true),
  ];
}

/** What arrived and what became of it. @type {Draw} */
export function quality(answer, spec) {
  const { received, settled, balanced, tags_on_internal_links: internal } = answer.totals;
  const sums = Object.fromEntries(OUTCOMES.map((name) => [name, sum(answer, name)]));
  return [
    quiet(say('quality.since')),
    make('p', { class: balanced ? 'verdict' : 'verdict bad' },
      balanced ? say('quality.yes') : say('quality.no', { n: Math.abs(received - settled) })),
    make('p', {}, say('quality.sum', { received, ...sums })),
    internal ? make('p', {}, say('quality.internal', { n: internal })) : '',
    table('quality', say('quality'), answer, spec, true),
  ].filter((part) => part !== '');
}

/**
 * An answer's notes. One that this page does not know is shown as the server wrote it.
 * @param {Answer} answer
 * @returns {Node[]}
 */
export function notes(answer) {
  return answer.notes.map((note) => {
    for (const [pattern, key] of NOTES) {
      const found = pattern.exec(note);
      if (found) return quiet(say(key, { n: Number(found[1] ?? 0), all: Number(found[2] ?? 0) }) + closed(key, answer.totals));
    }
    return make('p', { class: 'quiet', lang: 'en' }, foreign(note));
  });
}

const closed = (key, { rate_closed: rate }) =>
  (key === 'note.pending' && rate !== null ? ' ' + say('note.closed', { rate: percent(rate) }) : '');

function figure(answer, metric, click) {
  return make('button', { type: 'button', class: 'figure', 'data-figure': metric, click },
    ...faced(term('column', metric), [shown(metric, answer.totals[metric])], answer));
}

function revenue(answer) {
  const amounts = Object.entries(answer.totals.revenue).map(([currency, amount]) => money(amount, currency));
  return make('div', { class: 'figure', 'data-figure': 'revenue' },
    ...faced(term('column', 'revenue'), amounts.length ? amounts : ['–'], answer));
}

function faced(label, values, answer) {
  return [
    make('span', { class: 'label' }, label), ' ',
    ...values.flatMap((value) => [make('strong', { class: values.length > 1 ? 'value small' : 'value' }, value), ' ']),
    make('small', {}, say('consented', { share: percent(answer.data.consented / answer.data.events) })),
  ];
}

function days(answer, metric, spec, today) {
  const first = spec.range ? answer.rows[0].day : '';
  const drawn = chart(answer.rows, metric, (row) => row.day === today || row.day === first);
  const cut = answer.rows.length === spec.limit;
  return make('div', {}, drawn, cut ? quiet(say('chart.limit', { n: spec.limit })) : undefined);
}

function seen(answer) {
  const { events, consented, through_seq: seq } = answer.data;
  return say('consented.all', { events: say('realtime.events', { n: events }), consented, seq, share: percent(consented / events) });
}

function nothing(answer) {
  const fresh = answer.data.through_seq === 0 || view().range === 'all';
  return make('div', { class: 'empty' }, make('p', {}, say(fresh ? 'empty.site' : 'empty')),
    fresh ? make('code', {}, `balise site show ${view().site}`) : undefined);
}

const sum = (answer, outcome) =>
  answer.rows.reduce((n, row) => n + (row.outcome === outcome ? row.n : 0), 0);
