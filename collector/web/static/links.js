/** The links' page: the door, the language, and its three panels. */

import { link, view } from './address.js';
import { builder } from './builder.js';
import { door } from './door.js';
import { make } from './element.js';
import { issued } from './issued.js';
import { say, speak } from './language.js';
import { sent } from './question.js';
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

const maker = builder(find('#builder form'), find('#builder .preview'), house);
const sheet = upload(find('#upload .form'), find('#upload .outcome'), house);
const list = issued(find('#issued .form'), find('#issued .outcome'), house);

const { enter, leave } = door(async () => {
  const found = await (await sent('/api/utm/dictionary')).json();
  return () => {
    names = found;
    document.title = `${say('links.title')} · Balise`;
    draw();
  };
}, () => {
  for (const place of document.querySelectorAll('.outcome, .preview')) place.replaceChildren();
}, ({ status, message }) => (status ? message : say('failed.0')));

/** Every panel in the page's language; what was typed stays. */
function draw() {
  maker.draw();
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

find('#languages').addEventListener('click', async (event) => {
  const to = event.target.closest('a');
  if (!to || event.metaKey || event.ctrlKey || event.shiftKey) return; // another tab, as the browser does it
  event.preventDefault();
  history.pushState(null, '', to.href);
  await speakAnew();
  find(`#languages [data-lang=${document.documentElement.lang}]`).focus();
});
addEventListener('popstate', speakAnew);

await label();
enter();
