/** A sheet of links: tried as soon as it is chosen, told row by row, issued when it is wanted. */

import { button, foreign, make, quiet } from './element.js';
import { number, say } from './language.js';
import { save, tell } from './toast.js';

/** Refused rows shown; the file with every row's outcome holds them all. */
const FEW = 100;
const OUTCOMES = ['added', 'known', 'changed', 'refused'];

export function upload(form, outcome, house) {
  /** @type {File | undefined} */
  let chosen;
  /** @type {any} */
  let answer;
  let turn = 0;

  function draw() {
    const input = make('input', { type: 'file', id: 'sheet', accept: '.csv,.tsv,.txt,.xlsx', change: (event) => choose(event.target.files[0]) });
    form.replaceChildren(quiet(say('upload.help')), make('label', { for: 'sheet' }, say('upload.file')), input,
      make('div', { class: 'tools' }, button(say('template.xlsx'), () => template('xlsx')), button(say('template.csv'), () => template('csv'))));
    if (answer) show();
  }

  function choose(file) {
    if (!file) return;
    chosen = file;
    send(true);
  }

  async function send(dry) {
    const mine = ++turn;
    const label = say(dry ? 'upload.trying' : 'upload.issuing');
    outcome.replaceChildren(make('p', {}, label), make('progress', { 'aria-label': label }));
    const author = localStorage.getItem('balise-author') ?? '';
    try {
      const response = await house.ask(`/api/links/bulk?dry_run=${dry}&author=${encodeURIComponent(author)}`, { method: 'POST', body: chosen });
      const found = await response.json();
      if (mine !== turn) return;
      answer = found;
      show();
      if (!dry) house.changed();
    } catch (fault) {
      if (mine !== turn || /** @type {any} */ (fault).status === 401) return;
      answer = undefined;
      failed(fault);
    }
    form.querySelector('#sheet').value = ''; // the same file, mended, may be chosen again
  }

  function failed(fault) {
    const sentence = fault.status === 0 ? say('failed.0') : fault.status === 413 ? say('upload.large') : fault.message;
    outcome.replaceChildren(make('p', { class: 'error', role: 'alert' }, sentence));
  }

  function show() {
    const refused = answer.rows.filter((row) => row.faults.length);
    const ready = answer.added + answer.changed;
    outcome.replaceChildren(...[
      make('p', {}, say(answer.dry_run ? 'upload.tried' : 'upload.issued', { file: chosen?.name ?? '' })),
      make('ul', { class: 'counts' }, ...OUTCOMES.map((name) => make('li', { class: name === 'refused' && answer[name] ? 'bad' : false },
        make('strong', {}, number(answer[name])), say(`outcome.${name}`)))),
      refused.length ? table(refused) : undefined,
      make('div', { class: 'bar-of-buttons' },
        answer.dry_run && ready ? make('button', { type: 'button', class: 'main', click: () => send(false) }, say('upload.issue', { n: ready })) : undefined,
        button(say('upload.save'), () => save(new Blob(['\ufeff', answer.csv], { type: 'text/csv' }), 'links.csv'))),
    ].filter(Boolean));
  }

  function table(refused) {
    const rows = refused.flatMap((row) => row.faults.map((fault) => [String(row.row), fault.column, fault.value, fault.message]));
    const head = ['row', 'column', 'value', 'expected'].map((name) => make('th', { scope: 'col' }, say(`fault.${name}`)));
    const body = rows.slice(0, FEW).map(([row, column, value, message]) => make('tr', {}, make('th', { scope: 'row' }, row),
      make('td', {}, column), make('td', { class: 'value' }, foreign(value)), make('td', {}, foreign(message))));
    return make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': say('fault.caption') },
      make('table', {}, make('caption', {}, rows.length > FEW ? say('fault.few', { n: FEW, all: rows.length }) : say('fault.caption')),
        make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...body)));
  }

  async function template(kind) {
    try {
      save(await (await house.ask(`/api/links/template?format=${kind}`)).blob(), `template.${kind}`);
    } catch (fault) {
      tell(say('failed'), /** @type {Error} */ (fault).message);
    }
  }

  return { draw };
}
