/** Elements, made without HTML: whatever was collected is text or an attribute's value, and nothing else. */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Record<string, string | number | boolean | undefined | ((event: any) => void)>} Attributes */
/** @typedef {Node | string | undefined} Child */

/**
 * An HTML element. A function as an attribute listens to the event of that name; `false` and `undefined` are left out.
 * @param {Attributes} [attributes]
 */
export function make(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

/**
 * The same for SVG. Geometry goes into attributes, paint into classes: the page's policy forbids styles.
 * @param {Attributes} [attributes]
 */
export function draw(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

/** Text that somebody else wrote, kept from turning its neighbours around. */
export function foreign(text) {
  return make('bdi', {}, text);
}

/** A sentence of little weight. */
export const quiet = (text) => make('p', { class: 'quiet' }, text);

/** A button that is not a form's own. */
export const button = (text, click, attributes = {}) =>
  make('button', { type: 'button', click, ...attributes }, text);

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}
