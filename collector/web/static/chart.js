/** The days of a figure as bars. Geometry is in per cent, so that the drawing follows the width without a script. */

import { draw, make } from './element.js';
import { day, say, term } from './language.js';
import { shown } from './table.js';

/** @typedef {import('./table.js').Row} Row */

/**
 * @param {Row[]} rows  one a day, in order
 * @param {string} metric  the column that is drawn
 * @param {(row: Row) => boolean} partial  whether the day is not whole
 */
export function chart(rows, metric, partial) {
  const top = ceiling(Math.max(...rows.map((row) => row[metric] ?? 0)), metric);
  const bars = rows.map((row, n) => bar(n, rows.length, (row[metric] ?? 0) / top, partial(row)));
  const figure = term('column', metric);
  const said = make('span', { class: 'readout' });
  const part = rows.some(partial) ? make('span', { class: 'part' }, say('chart.part')) : undefined;
  const plot = draw('svg', { class: 'plot', role: 'img', 'aria-label': told(rows, metric) }, ...rules(top, metric), ...bars);
  point(plot, bars, (n) => {
    said.textContent = n < 0 ? '' : `${day(rows[n].day, true)} · ${shown(metric, rows[n][metric])}`;
  });
  return make('figure', { class: 'chart' },
    make('figcaption', {}, make('strong', {}, say('chart', { figure })), ' ', part, ' ', said), plot, scale(rows));
}

function bar(n, count, share, partial) {
  const slot = 100 / count;
  const width = slot * Math.min(0.72, Math.max(count, 2) / 16); // few days make no walls
  return draw('rect', { class: partial ? 'bar partial' : 'bar', x: `${slot * (n + 0.5) - width / 2}%`, width: `${width}%`,
    y: `${100 - share * 100}%`, height: `${share * 100}%` });
}

/** Lines at nothing, half and all, each with its number. */
function rules(top, metric) {
  return [0, 0.5, 1].flatMap((share) => {
    const y = `${100 - share * 100}%`;
    return [draw('line', { class: 'rule', x1: 0, x2: '100%', y1: y, y2: y }),
      draw('text', { class: 'tick', x: '-0.5em', y, dy: '0.32em', 'text-anchor': 'end' }, shown(metric, top * share))];
  });
}

/** At most six dates under the bars, the last day always among them. */
function scale(rows) {
  const every = Math.ceil(rows.length / 6);
  const marked = rows.map((_, n) => n).filter((n) => (rows.length - 1 - n) % every === 0);
  return draw('svg', { class: 'days', 'aria-hidden': 'true' }, ...marked.map((n) =>
    draw('text', { x: `${100 * (n + 0.5) / rows.length}%`, y: '1em', 'text-anchor': 'middle' }, day(rows[n].day))));
}

/** Tells which bar the pointer is over; -1 when it is over none. Everybody else has the table. */
function point(plot, bars, tell) {
  const over = (found) => {
    bars.forEach((one, n) => one.classList.toggle('on', n === found));
    tell(found);
  };
  plot.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    over(Math.max(0, Math.min(bars.length - 1, Math.floor((event.clientX - box.left) / box.width * bars.length))));
  });
  plot.addEventListener('pointerleave', () => over(-1));
}

/** The drawing in a sentence. */
function told(rows, metric) {
  const most = rows.reduce((best, row) => ((row[metric] ?? 0) > (best[metric] ?? 0) ? row : best));
  return say('chart.told', { figure: term('column', metric), first: day(rows[0].day), last: day(rows[rows.length - 1].day),
    most: shown(metric, most[metric]), when: day(most.day) });
}

/** The next number above that halves well; a share is drawn against one. */
function ceiling(most, metric) {
  if (metric.endsWith('_rate')) return 1;
  const unit = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [2, 4, 6, 8, 10, 20].map((n) => n * unit).find((n) => n >= most) ?? most;
}
