/** The links that were issued, and their clicks: searched, copied, drawn, taken back, saved as a file. */

import { button, foreign, make, quiet } from './element.js';
import { number, say } from './language.js';
import { qr } from './qr.js';
import { copy, save, tell } from './toast.js';

/** Links shown at most; a file holds them all. */
const FEW = 100;
const CALM = 250;

export function issued(form, outcome, house) {
  let timer = 0;
  let turn = 0;

  function draw() {
    const typed = form.querySelector('input')?.value ?? '';
    const search = make('input', { type: 'search', id: 'search', value: typed, autocomplete: 'off', spellcheck: 'false', placeholder: say('issued.search.hint'),
      input: () => { clearTimeout(timer); timer = setTimeout(show, CALM); } });
    form.replaceChildren(make('label', { for: 'search' }, say('issued.search')), search,
      make('div', { class: 'tools' }, ...['csv', 'xlsx'].map((kind) => button(say(`issued.${kind}`), () => file(kind)))));
  }

  const query = () => `q=${encodeURIComponent(form.querySelector('#search').value)}`;

  async function show() {
    const mine = ++turn;
    try {
      const found = await (await house.ask(`/api/links?limit=${FEW}&${query()}`)).json();
      if (mine !== turn) return;
      outcome.replaceChildren(...(found.links.length ? [table(found)] : [quiet(say(form.querySelector('#search').value ? 'issued.nothing' : 'issued.none'))]));
    } catch (fault) {
      const { status, message } = /** @type {any} */ (fault);
      if (mine !== turn || status === 401) return;
      outcome.replaceChildren(make('p', { class: 'error', role: 'alert' }, status ? message : say('failed.0')));
    }
  }

  function table({ links, total }) {
    const heads = ['short', 'campaign', 'note', 'human', 'repeat', 'others'];
    const numbers = new Set(['human', 'repeat', 'others']);
    const head = heads.map((name) => make('th', { scope: 'col', class: numbers.has(name) && 'n' }, say(`issued.${name}`)));
    return make('div', {}, make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': say('issued') },
      make('table', {}, make('caption', {}, say(total > links.length ? 'issued.few' : 'issued.all', { n: total, shown: links.length })),
        make('thead', {}, make('tr', {}, ...head, make('th', { scope: 'col' }, make('span', { class: 'unseen' }, say('issued.acts'))))),
        make('tbody', {}, ...links.map(line)))), quiet(say('issued.help')));
  }

  function line(one) {
    const over = one.expires && Date.parse(one.expires) <= Date.now();
    const until = one.expires && make('small', { class: over ? 'over' : 'quiet' }, ' ', say(over ? 'issued.over' : 'issued.until', { date: date(Date.parse(one.expires) - 1) }));
    const about = (word) => ({ 'aria-label': `${word} (${one.code})` });
    return make('tr', {},
      make('th', { scope: 'row' }, foreign(one.short.replace(/^https?:\/\//, '')),
        make('small', { class: 'quiet' }, foreign([date(one.created), one.author].filter(Boolean).join(' · ')))),
      make('td', { class: 'campaign' }, foreign(campaign(one.target)), until || undefined),
      make('td', { class: 'campaign' }, foreign(one.note)),
      ...[one.human, one.repeat, one.preview + one.bot].map((n) => make('td', { class: 'n' }, number(n))),
      make('td', {}, make('div', { class: 'acts' },
        button(say('copy'), () => copy(one.short, say('copied'), say('copy.failed')), about(say('copy.short'))),
        button(say('qr'), () => picture(one), about(say('qr'))),
        button(say('issued.remove'), () => ask(one), about(say('issued.remove'))))));
  }

  /** The QR code, large, with its files. */
  async function picture(one) {
    try {
      const svg = await (await house.ask(`/api/links/${one.code}/qr`)).text();
      const kinds = ['svg', 'png'].map((kind) => button(kind.toUpperCase(), () => files(one.code, kind), { 'aria-label': say('qr.save', { kind: kind.toUpperCase() }) }));
      dialog(one.short, [qr(svg, say('qr.of', { text: one.short }))], kinds);
    } catch (fault) {
      failed(fault);
    }
  }

  async function files(code, kind) {
    try {
      save(await (await house.ask(`/api/links/${code}/qr?format=${kind}&scale=16`)).blob(), `${code}.${kind}`);
    } catch (fault) {
      failed(fault);
    }
  }

  function ask(one) {
    const box = dialog(say('remove.title', { code: one.code }), [make('p', {}, say('remove.text'))],
      [make('button', { type: 'button', class: 'main', click: () => { box.close(); remove(one.code); } }, say('issued.remove'))]);
  }

  async function remove(code) {
    try {
      await house.ask(`/api/links/${code}`, { method: 'DELETE' });
      tell(say('removed', { code }));
      show();
    } catch (fault) {
      failed(fault);
    }
  }

  async function file(kind) {
    try {
      save(await (await house.ask(`/api/links?format=${kind}&${query()}`)).blob(), `links.${kind}`);
    } catch (fault) {
      failed(fault);
    }
  }

  const failed = (fault) => { if (fault.status !== 401) tell(fault.status ? say('failed') : say('failed.0'), fault.message || undefined); };

  return { draw, show };
}

/** A moment as a date, in the browser's own zone. */
const date = (moment) => new Intl.DateTimeFormat(document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang, { dateStyle: 'medium' }).format(new Date(moment));

/** A box over the page; the browser keeps the focus in it, closes it with Escape and gives the focus back. */
function dialog(title, children, buttons) {
  const box = make('dialog', { 'aria-labelledby': 'box-title', close: () => box.remove() }, make('h2', { id: 'box-title' }, foreign(title)), ...children,
    make('div', { class: 'bar-of-buttons' }, ...buttons, button(say('close'), () => box.close())));
  document.body.append(box);
  box.showModal();
  return box;
}

/** What a link is for, out of its own parameters; its page where it has none. */
function campaign(target) {
  try {
    const { searchParams, host, pathname } = new URL(target);
    const told = ['source', 'medium', 'campaign', 'content'].map((name) => searchParams.get(`utm_${name}`)).filter(Boolean);
    return told.length ? told.join(' · ') : host + pathname;
  } catch {
    return target;
  }
}
