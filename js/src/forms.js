/**
 * Forms: which fields are touched, by name and in which order; tries, submissions. What is typed is never read.
 * Nothing of a form, or a field, inside `data-private`.
 */

import { reduced } from './delivery.js';
import { record } from './events.js';

/** @type {WeakMap<Element, string>} what happened to a form last: the field that was touched, or the type of the event */
const last = new WeakMap();

/**
 * `input`: a field is touched, told once and again when another one was touched in between. `invalid`: the browser stops a try because
 * of a field; the first one it complains of is told. `submit`: the browser lets it through, which counts as a success unless
 * the form carries `data-manual`: then the page says so itself, with the event `form_success`.
 * The form's name comes from attributes, not properties: a field named `id` would stand in their place.
 * @param {Event} event
 */
function happened({ type, target }) {
  const element = /** @type {any} */ (target);
  const form = element.closest('form');
  const field = type == 'submit' ? undefined : element.name || element.id;
  const what = type == 'input' ? field : type;
  if (!form || reduced || last.get(form) == what || element.closest('[data-private]')) return;
  last.set(form, what);
  const name = form.getAttribute('data-form') || form.getAttribute('id') || form.getAttribute('name') || '-';
  record(field == what ? 'form_field' : 'form_submit', { form: name, field, failed: type == 'invalid' || undefined });
  if (what == 'submit' && !form.hasAttribute('data-manual')) record('form_success', { form: name });
}

/** @param {object} how */
export function attend(how) {
  for (const type of 'input invalid submit'.split(' ')) addEventListener(type, happened, how);
}
