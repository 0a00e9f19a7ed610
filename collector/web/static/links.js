/** The links' page: the door, the language, and its three panels. */

import { handed, link, view } from './address.js';
import { builder } from './builder.js';
import { make } from './element.js';
import { issued } from './issued.js';
import { say, speak } from './language.js';
import { forget, remember, sent, token } from './question.js';
import { upload } from './upload.js';

const LANGUAGES = { en: 'English', fr: 'Français' };

/** What the team agreed on, as the API tells it. */
let names = { version: null, fields: {} };

const find = (selector) => /** @type {any} */ (document.querySelector(selector));

/**
 * The three panels' common means: asking with the page's language, and what follows a link that was made or removed.
 * Whoever asks catches `Refusal`; one about the token ends in front of the door.
 */
const house = {
  names: () => names,
  async ask(url, options = {}) {
    try {
      return await sent(url, { ...options, headers: { 'Accept-Language': document.documentElement.lang } });
    } catch (fault) {
      if (/** @type {any} */ (fault).status === 401) leave(say('token.ended'));
      throw fault;
    }
  },
  changed: () => list.show(),
  say: (sentence) => { find('#status').textContent = sentence; },
};

const make_ = builder(find('#builder form'), find('#builder .preview'), house);
const sheet = upload(find('#upload .form'), find('#upload .outcome'), house);
const list = issued(find('#issued .form'), find('#issued .outcome'), house);

/** Let in whoever has a token; everybody else is asked for one. */
async function enter() {
  const given = handed();
  if (given) remember(given);
  if (!token()) return shut('');
  try {
    names = await (await sent('/api/utm/dictionary')).json();
  } catch (fault) {
    const { status, message } = /** @type {any} */ (fault);
    if (status === 401) forget();
    return shut(status === 401 ? say('token.wrong') : status === 0 ? say('failed.0') : message);
  }
  find('#token').value = '';
  find('#token-error').textContent = '';
  open(true);
  draw();
}

function open(in_) {
  find('#door').hidden = in_;
  for (const selector of ['#board', '#leave']) find(selector).hidden = !in_;
}

/** The door, with what went wrong. Nothing of the links stays in the page. */
function shut(error) {
  for (const place of document.querySelectorAll('.outcome, .preview, #toast')) place.replaceChildren();
  find('#token-error').textContent = error;
  find('#token').ariaInvalid = error ? 'true' : null;
  open(false);
  find('#token').focus();
}

function leave(error) {
  forget();
  shut(error);
}

/** Every panel in the page's language; what was typed stays. */
function draw() {
  make_.draw();
  sheet.draw();
  list.draw();
  list.show();
}

async function label() {
  await speak(view().lang, 'links');
  for (const place of document.querySelectorAll('[data-say]')) place.textContent = say(place.getAttribute('data-say'));
  for (const place of document.querySelectorAll('[data-label]')) place.ariaLabel = say(place.getAttribute('data-label'));
  document.title = `${say('links.title')} · Balise`;
  for (const page of document.querySelectorAll('#pages a')) /** @type {any} */ (page).search = location.search;
  find('#languages').replaceChildren(...Object.entries(LANGUAGES).map(([lang, name]) =>
    make('a', { href: link({ lang }), lang, 'data-lang': lang, 'aria-current': lang === document.documentElement.lang && 'true' }, name)));
}

async function speakAnew() {
  await label();
  if (!find('#board').hidden) draw();
}

find('#door form').addEventListener('submit', (event) => {
  event.preventDefault();
  const given = find('#token').value.trim();
  if (!given) return shut(say('token.missing'));
  remember(given);
  enter();
});
find('#leave').addEventListener('click', () => leave(''));
find('#languages').addEventListener('click', async (event) => {
  const to = event.target.closest('a');
  if (!to || event.metaKey || event.ctrlKey || event.shiftKey) return; // another tab, as the browser does it
  event.preventDefault();
  history.pushState(null, '', to.href);
  await speakAnew();
  find(`#languages [data-lang=${document.documentElement.lang}]`).focus();
});
addEventListener('popstate', speakAnew);
addEventListener('hashchange', () => { if (location.hash.startsWith('#token=')) enter(); });

await label();
enter();
