/** The door before a page: who has a token comes in, everybody else is asked for one. */

import { handed } from './address.js';
import { say } from './language.js';
import { forget, remember, signOut, signedIn, token } from './question.js';

const find = (selector) => /** @type {any} */ (document.querySelector(selector));

/**
 * @param {() => Promise<() => void>} ask  asks something of the server; what it returns is called once the door is open
 * @param {() => void} clear  takes everything out of the page that only a token shows
 * @param {(fault: {status: number, message: string}) => string} sentence  what is said when the server does not answer
 */
export function door(ask, clear, sentence) {
  async function enter() {
    const given = handed();
    if (given) remember(given);
    const mine = token();
    if (!mine && !signedIn()) return shut('');
    find('#token-error').textContent = '';
    find('#status').textContent = say('loading');
    let show;
    try {
      show = await ask();
      if (token() !== mine) return; // another one was given meanwhile
    } catch (fault) {
      if (token() !== mine) return;
      const { status } = /** @type {any} */ (fault);
      if (status === 401) forget();
      return shut(status === 401 ? say('token.wrong') : sentence(/** @type {any} */ (fault)));
    }
    find('#token').value = '';
    if (find('#door').contains(document.activeElement)) find('#main').focus();
    open(true);
    show();
  }

  /** Closed, with what went wrong. */
  function shut(error) {
    clear();
    document.title = `${say('enter')} · Balise`;
    find('#toast').replaceChildren();
    find('#token-error').textContent = error;
    find('#token').ariaInvalid = error ? 'true' : null;
    open(false);
    find('#token').focus();
  }

  function open(in_) {
    find('#door').hidden = in_;
    for (const selector of ['#board', '#leave']) find(selector).hidden = !in_;
  }

  function leave(error = '') {
    forget();
    shut(error);
  }

  find('#door form').addEventListener('submit', (event) => {
    event.preventDefault();
    const given = find('#token').value.trim();
    if (!given) return shut(say('token.missing'));
    remember(given);
    enter();
  });
  find('#leave').addEventListener('click', () => (signedIn() && !token() ? signOut() : leave()));
  addEventListener('hashchange', () => { if (location.hash.startsWith('#token=')) enter(); });
  return { enter, leave };
}
