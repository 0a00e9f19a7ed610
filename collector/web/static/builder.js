/** A link typed, seen as it will be, and issued. What cannot be said in a link is said beside the field it is about. */

import { button, foreign, make, quiet } from './element.js';
import { say, term } from './language.js';
import { qr } from './qr.js';
import { copy, save, tell } from './toast.js';

const CORE = ['source', 'medium', 'campaign'];
const MORE = ['term', 'content', 'id'];
const ISSUE = ['code', 'expires', 'note', 'author'];
const FIELDS = ['url', ...CORE, ...MORE, ...ISSUE];
const PRESET = [...CORE, ...MORE];
const WHOLE = ['url', 'campaign', 'note'];
/** Milliseconds without a key before the link is looked at. */
const CALM = 200;
const RULES = { ga4: 'GA4', plausible: 'Plausible', matomo: 'Matomo' };
const PRESETS = 'balise-presets';
const AUTHOR = 'balise-author';
/** Longer ones make codes that phones no longer read well. */
const QR_MOST = 512;

/**
 * @param {HTMLElement} form
 * @param {HTMLElement} preview
 */
export function builder(form, preview, house) {
  const inputs = {};
  let timer = 0;
  /** @type {AbortController | undefined} */
  let running;

  form.addEventListener('input', (event) => {
    if (/** @type {any} */ (event.target).name in inputs) later();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    issue();
  });

  function draw() {
    const typed = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
    typed.author ??= localStorage.getItem(AUTHOR) ?? '';
    const entries = Object.fromEntries(FIELDS.map((name) => [name, entry(name, typed[name] ?? '')]));
    const details = make('details', { open: MORE.some((name) => typed[name]) },
      make('summary', {}, say('builder.more')), make('div', {}, ...MORE.map((name) => entries[name])));
    form.replaceChildren(presets(), entries.url, ...CORE.map((name) => entries[name]), details, entries.code, entries.expires,
      entries.note, entries.author, make('div', { class: 'bar-of-buttons' },
        make('button', { class: 'main' }, say('builder.issue')), button(say('builder.clear'), clear)));
    look();
  }

  function entry(name, value) {
    const agreed = house.names().fields[name];
    const hint = [agreed?.template && say('builder.template', { template: agreed.template }), say(`hint.${name}`)].filter(Boolean).join(' ');
    const list = agreed?.values.length ? make('datalist', { id: `list-${name}` }, ...agreed.values.map((one) => make('option', { value: one }))) : undefined;
    const input = make('input', {
      id: `field-${name}`, name, value, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', maxlength: 4096,
      type: name === 'url' ? 'url' : 'text', inputmode: name === 'url' ? 'url' : false, list: list && `list-${name}`,
      required: name === 'url' || Boolean(agreed?.required), 'aria-describedby': `hint-${name} error-${name}`,
    });
    inputs[name] = input;
    const size = WHOLE.includes(name) ? 'entry whole' : MORE.includes(name) ? 'entry third' : 'entry';
    return make('div', { class: size }, make('label', { for: `field-${name}` }, say(`field.${name}`)), input,
      make('p', { class: 'quiet', id: `hint-${name}` }, hint), make('p', { class: 'error', id: `error-${name}` }), list);
  }

  function presets() {
    const known = stored();
    const choose = make('select', { id: 'preset', change: (event) => apply(event.target.value) },
      make('option', { value: '' }, say('preset.none')), ...Object.keys(known).sort().map((name) => make('option', { value: name }, name)));
    return make('div', { class: 'bar-of-buttons' }, make('label', { for: 'preset' }, say('preset')), choose,
      button(say('preset.save'), keep), button(say('preset.drop'), () => drop(choose.value)));
  }

  const values = () => Object.fromEntries(FIELDS.map((name) => [name, inputs[name].value.trim()]));

  function apply(name) {
    const preset = stored()[name];
    if (!preset) return;
    for (const field of PRESET) inputs[field].value = preset[field] ?? '';
    form.querySelector('details').open = MORE.some((field) => inputs[field].value);
    look();
  }

  function keep() {
    const typed = values();
    const name = PRESET.slice(0, 3).map((field) => typed[field]).filter(Boolean).join(' · ').slice(0, 80);
    if (!name) return tell(say('preset.empty'));
    const preset = Object.fromEntries(PRESET.map((field) => [field, typed[field]]));
    localStorage.setItem(PRESETS, JSON.stringify({ ...stored(), [name]: preset }));
    draw();
    form.querySelector('#preset').value = name;
    tell(say('preset.saved', { name }));
  }

  function drop(name) {
    const { [name]: gone, ...others } = stored();
    if (!gone) return tell(say('preset.choose'));
    localStorage.setItem(PRESETS, JSON.stringify(others));
    draw();
    form.querySelector('#preset').focus();
  }

  function clear() {
    for (const name of FIELDS) if (name !== 'author') inputs[name].value = '';
    look();
    inputs.url.focus();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(look, CALM);
    preview.ariaBusy = 'true';
  }

  /** The link as it would be. An empty form is no fault. */
  async function look() {
    clearTimeout(timer);
    running?.abort();
    const turn = running = new AbortController();
    const typed = values();
    preview.ariaBusy = 'true';
    await seen(typed, turn.signal);
    if (!turn.signal.aborted) preview.ariaBusy = null;
  }

  async function seen(typed, signal) {
    if (!typed.url) {
      faults([]);
      return preview.replaceChildren(make('p', { class: 'address empty' }, say('preview.empty')));
    }
    try {
      const found = await (await post({ ...typed, dry_run: true }, signal)).json();
      if (signal.aborted) return;
      faults(found.faults ?? []);
      await show(found, found.faults ?? [], signal);
    } catch (fault) {
      if (!signal.aborted) await refused(fault, signal);
    }
  }

  const post = (body, signal) => house.ask('/api/links', { method: 'POST', body: JSON.stringify(body), signal });

  async function refused(fault, signal) {
    if (fault.status === 401) return;
    const { body } = fault;
    if (!body?.faults) return preview.replaceChildren(make('p', { class: 'error', role: 'alert' }, say(fault.status ? 'failed' : 'failed.0'), ' ', fault.message));
    faults(body.faults);
    await show(body, body.faults, signal);
  }

  /** Beside the fields that were typed in; what is missing is told in the preview until it is asked for. */
  function faults(list, all = false) {
    for (const name of FIELDS) {
      const mine = list.filter((fault) => fault.field === name && (all || inputs[name].value.trim()));
      form.querySelector(`#error-${name}`).textContent = mine.map((fault) => fault.message).join(' ');
      inputs[name].ariaInvalid = mine.length ? 'true' : null;
    }
  }

  async function show(seen, wrong, signal) {
    const code = await picture(seen.short && seen.code ? seen.short : seen.target, signal);
    if (signal.aborted) return;
    const parts = [];
    if (seen.target) parts.push(section('preview.link', address(seen.target), tools(seen.target)), section('preview.channel', channels(seen.channels)));
    parts.push(section('preview.remarks', remarks(wrong, seen.warnings ?? [])));
    if (code && !wrong.length) parts.push(section(seen.code ? 'preview.qr.short' : 'preview.qr', make('div', { class: 'code' }, code)));
    preview.replaceChildren(...parts);
  }

  const section = (title, ...children) => make('div', {}, make('h3', {}, say(title)), ...children);

  const tools = (target) => make('div', { class: 'tools' }, button(say('copy.long'), () => copy(target, say('copied'), say('copy.failed'))));

  async function picture(text, signal) {
    if (!text || text.length > QR_MOST) return undefined;
    try {
      const response = await house.ask('/api/utm/qr', { method: 'POST', body: JSON.stringify({ text }), signal });
      return qr(await response.text(), say('qr.of', { text }));
    } catch {
      return undefined; // the link is worth showing without it
    }
  }

  async function issue() {
    clearTimeout(timer);
    running?.abort();
    const turn = running = new AbortController();
    const typed = values();
    preview.ariaBusy = null;
    localStorage.setItem(AUTHOR, typed.author);
    try {
      const made = await (await post(typed, turn.signal)).json();
      faults([]);
      const svg = await (await house.ask(`/api/links/${made.code}/qr`)).text().catch(() => '');
      done(made, svg);
      house.changed();
    } catch (fault) {
      const { body, status } = /** @type {any} */ (fault);
      if (status === 401 || turn.signal.aborted) return;
      await refused(fault, turn.signal);
      if (!body?.faults) return;
      faults(body.faults, true);
      const first = FIELDS.find((name) => inputs[name].ariaInvalid);
      if (first && MORE.includes(first)) form.querySelector('details').open = true;
      inputs[first ?? 'url'].focus();
      house.say(body.message);
    }
  }

  /** The short link, ready to be used. */
  function done(made, svg) {
    const heading = make('h3', { tabindex: -1 }, say(`made.${made.outcome}`));
    const file = (kind) => button(kind.toUpperCase(), () => download(made.code, kind), { 'aria-label': say('qr.save', { kind: kind.toUpperCase() }) });
    preview.replaceChildren(
      make('div', { class: 'made' }, heading, make('p', {}, make('code', {}, made.short)),
        make('div', { class: 'bar-of-buttons' }, make('button', { type: 'button', class: 'main', click: () => copy(made.short, say('copied'), say('copy.failed')) }, say('copy.short')))),
      section('preview.qr.short', make('div', { class: 'code' }, svg ? qr(svg, say('qr.of', { text: made.short })) : undefined,
        make('div', {}, quiet(say('qr.print')), make('div', { class: 'tools' }, file('svg'), file('png'))))),
      section('preview.link', address(made.target), tools(made.target)),
      section('preview.remarks', remarks([], made.warnings)));
    heading.focus();
    house.say(say(`made.${made.outcome}`));
  }

  async function download(code, kind) {
    try {
      save(await (await house.ask(`/api/links/${code}/qr?format=${kind}&scale=16`)).blob(), `${code}.${kind}`);
    } catch (fault) {
      tell(say('failed'), /** @type {Error} */ (fault).message);
    }
  }

  return { draw };
}

/** The address, with what was put into it marked. */
export function address(target) {
  const parts = target.split(/((?<=[?&#])(?:utm|mtm|at)_[^=&#]*=[^&#]*)/);
  return make('p', { class: 'address' }, make('bdi', {}, ...parts.map((part, n) => (n % 2 ? make('mark', {}, part) : part))));
}

function channels(found) {
  return make('ul', { class: 'chips' }, ...Object.entries(found).map(([rules, channel]) =>
    make('li', {}, make('span', {}, RULES[rules] ?? say('preview.own')), foreign(term('channel', channel)))));
}

function remarks(wrong, warnings) {
  const rows = [...wrong.map((one) => make('li', { class: 'fault' }, foreign(one.message))), ...warnings.map((one) => make('li', {}, foreign(one.message)))];
  return make('ul', { class: 'remarks' }, ...(rows.length ? rows : [make('li', { class: 'fine' }, say('preview.fine'))]));
}

/** @returns {Record<string, Record<string, string>>} */
function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(PRESETS) ?? '{}');
    return typeof found === 'object' && found ? found : {};
  } catch {
    return {};
  }
}
