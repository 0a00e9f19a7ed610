/** What the page's own scripts ask to be told: `balise('on', 'event', …)`, `balise('on', 'consent', …)`. */

/** @type {Object<string, Function[]>} */
const heard = { event: [], consent: [] };

/** @param {'event' | 'consent'} what @param {(told: any) => void} act */
export const on = (what, act) => { heard[what].push(act); };

/** @param {'event' | 'consent'} what @param {any} told */
export const tell = (what, told) => heard[what].forEach((act) => act(told));
