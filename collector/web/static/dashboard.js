/** The dashboard: the door, the view's controls, and one question a panel. */

import { PERIODS, link, view } from './address.js';
import { door } from './door.js';
import { button, make } from './element.js';
import { form, funnel, steps, suggest } from './funnel.js';
import { dates, length, say, speak } from './language.js';
import { listing, overview, quality, realtime } from './panel.js';
import { Refusal, ask, sites, token } from './question.js';

/**
 * Reports in the order in which they are asked; the server answers one at a time.
 * @type {Record<string, {draw: import('./panel.js').Draw, ranged?: boolean, half?: boolean}>}
 */
const PANELS = {
  overview: { draw: overview, ranged: true },
  channels: { draw: listing, ranged: true, half: true },
  pages: { draw: listing, ranged: true, half: true },
  campaigns: { draw: listing, ranged: true },
  funnel: { draw: funnel, ranged: true },
  realtime: { draw: realtime, half: true },
  quality: { draw: quality, half: true },
  consent: { draw: listing, ranged: true },
};
const LANGUAGES = { en: 'English', fr: 'Français' };
/** Days of the chart when the period has no end. */
const DAYS = 400;
/** Milliseconds between two looks at the last half hour. */
const PAUSE = 60_000;

/** @type {{name: string, timezone: string}[]} */
let known = [];
let ahead = 0; // the server's clock less this one's, ms
/** @type {Map<string, AbortController>} */
const running = new Map();
/** @type {Map<string, {answer: any, spec: any}>} */
const answers = new Map();

const find = (selector) => document.querySelector(selector);

const { enter, leave } = door(async () => {
  const found = await sites();
  return () => {
    known = found.sites;
    ahead = found.now - Date.now();
    settle();
    find('.controls').hidden = !known.length;
    show();
  };
}, () => {
  for (const turn of running.values()) turn.abort();
  answers.clear();
  find('.controls').hidden = true;
  for (const place of document.querySelectorAll('.answer, #banner, #suggestions')) place.replaceChildren();
}, (fault) => sentence(fault));

/** The address as it should have been: with a site that exists. */
function settle() {
  const { site } = view();
  find('#banner').replaceChildren();
  if (!known.length) {
    const add = make('code', {}, 'balise site add NAME --origin https://shop.example');
    find('#banner').append(make('p', {}, say('site.none'), ' ', add));
  } else if (!known.some(({ name }) => name === site)) {
    if (site) find('#banner').append(make('p', {}, say('site.unknown', { name: site, other: known[0].name })));
    history.replaceState(null, '', link({ site: known[0].name }));
  }
  find('.panels').hidden = !known.length;
}

/** Everything of this view, asked anew. */
async function show() {
  await label();
  find('#funnel .form').replaceChildren(form(askFunnel));
  if (!known.length) return;
  span(question('overview').range, zone());
  find('#status').textContent = say('loading');
  Promise.all(Object.keys(PANELS).map(load)).then((done) => {
    if (done.every(Boolean)) find('#status').textContent = say('loaded');
  });
}

function askFunnel() {
  controls();
  load('funnel');
}

/** Every word of the page that is not an answer's. */
async function label() {
  await speak(view().lang);
  for (const place of document.querySelectorAll('[data-say]')) place.textContent = say(String(place.getAttribute('data-say')));
  for (const place of document.querySelectorAll('[data-label]')) place.ariaLabel = say(String(place.getAttribute('data-label')));
  controls();
  for (const page of document.querySelectorAll('#pages a')) /** @type {any} */ (page).search = location.search;
  const { site } = view();
  document.title = site ? `${site} · Balise` : 'Balise';
  find('.title h1').textContent = site ?? 'Balise';
}

/** The controls say what the address says. */
function controls() {
  const { site, range } = view();
  find('#site').replaceChildren(...known.map((one) => make('option', { selected: one.name === site }, one.name)));
  const periods = Object.entries(PERIODS).map(([value, ms]) => [value, ms ? length(value) : say('range.all')]);
  choices('#ranges', 'range', range, periods);
  choices('#languages', 'lang', document.documentElement.lang, Object.entries(LANGUAGES));
}

/** Links, one of them the present one. They are kept when they are there already, so that the focus stays. */
function choices(selector, key, present, list) {
  const place = find(selector);
  if (!place.children.length) {
    place.append(...list.map(([value]) => make('a', { 'data-key': key, 'data-value': value, lang: key === 'lang' && value })));
  }
  list.forEach(([value, text], n) => {
    const one = place.children[n];
    one.textContent = text;
    one.href = link({ [key]: value });
    one.ariaCurrent = value === present ? 'true' : null;
  });
}

/** Ask a panel's question and show the answer; true when it is there. */
async function load(report) {
  running.get(report)?.abort();
  const turn = new AbortController();
  running.set(report, turn);
  const place = find(`#${report} .answer`);
  place.ariaBusy = 'true';
  const spec = question(report);
  try {
    const answer = await ask(String(view().site), report, spec, { signal: turn.signal });
    answers.set(report, { answer, spec });
    fill(report);
  } catch (fault) {
    if (turn.signal.aborted) return false;
    if (!(fault instanceof Refusal)) throw fault;
    if (fault.status === 401) return ended();
    failed(report, fault);
  }
  place.ariaBusy = null;
  return answers.has(report);
}

function question(report) {
  const span = PERIODS[view().range];
  const now = Date.now() + ahead;
  return {
    ...(PANELS[report].ranged && span ? { range: { from: now - span, to: now + 1 } } : {}),
    ...(report === 'overview' && !span ? { limit: DAYS } : {}),
    ...(report === 'funnel' ? steps() : {}),
  };
}

function fill(report) {
  const { answer, spec } = /** @type {{answer: any, spec: any}} */ (answers.get(report));
  const timezone = zone();
  const today = new Date(Date.now() + ahead).toLocaleDateString('sv', { timeZone: timezone }); // Swedish dates are ISO dates
  find(`#${report} .answer`).replaceChildren(...PANELS[report].draw(answer, spec, today));
  if (report === 'pages') suggest(answer);
  if (report === 'overview') span({ ...answer.data, ...spec.range }, timezone);
}

/** The period in dates, as soon as they are known. */
function span(range, timezone) {
  const parts = [range?.from && dates(range.from, range.to, timezone), say('zone', { zone: timezone })];
  find('.title p').textContent = parts.filter(Boolean).join(' · ');
}

const zone = () => known.find((site) => site.name === view().site)?.timezone ?? 'UTC';

function failed(report, fault) {
  answers.delete(report);
  find('#status').textContent = sentence(fault);
  const own = sentence(fault) !== say('failed');
  const again = button(say('retry'), () => load(report));
  find(`#${report} .answer`).replaceChildren(make('div', { class: 'failed' }, make('p', {}, sentence(fault)),
    own ? undefined : make('p', { lang: 'en' }, fault.message), again));
}

function sentence({ status, message }) {
  if (/visitors are known for one day/.test(message)) return say('failed.day');
  return say(status === 0 || status === 503 ? `failed.${status}` : 'failed');
}

function ended() {
  leave(say('token.ended'));
  return false;
}

/** In other words: what was answered and typed stays. */
async function translate() {
  const typed = [...document.querySelectorAll('#funnel .form input')].map((input) => /** @type {any} */ (input).value);
  await label();
  find('#funnel .form').replaceChildren(form(askFunnel, typed));
  for (const report of answers.keys()) fill(report);
}

function go(key, value) {
  history.pushState(null, '', link({ [key]: value }));
  if (key === 'lang' && !find('#door').hidden) label();
  else if (key === 'lang') translate();
  else show();
}

function listen() {
  find('#site').addEventListener('change', () => go('site', find('#site').value));
  find('header').addEventListener('click', (event) => {
    const to = /** @type {Element} */ (event.target).closest('a[data-key]');
    if (!to || event.metaKey || event.ctrlKey || event.shiftKey) return; // another tab, as the browser does it
    event.preventDefault();
    go(String(to.getAttribute('data-key')), String(to.getAttribute('data-value')));
  });
  addEventListener('popstate', () => { if (token() && !find('#board').hidden) { settle(); show(); } });
  setInterval(() => {
    if (!document.hidden && answers.has('realtime') && !find('#realtime').contains(document.activeElement)) load('realtime');
  }, PAUSE);
}

/** The panels' frames; their answers come later. */
function frame() {
  find('.panels').append(...Object.entries(PANELS).map(([report, { half }]) =>
    make('section', { id: report, class: half ? 'panel half' : 'panel', 'aria-labelledby': `${report}-title` },
      make('h2', { id: `${report}-title`, 'data-say': report }),
      report === 'funnel' ? make('div', { class: 'form' }) : undefined, make('div', { class: 'answer' }))));
}

frame();
listen();
await label();
enter();
