/** What a script adds to pages that are whole without one: buttons that copy, links seen while they are typed. */

const toast = document.querySelector('#toast');

/** Buttons that copy the text beside them; without a script the text is there to be selected. */
function dress(root) {
  for (const place of root.querySelectorAll('.copy')) copying(place);
}

function copying(place) {
  const text = place.querySelector('code');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = document.body.dataset.copy ?? 'Copy';
  button.ariaLabel = `${button.textContent} (${place.querySelector('p')?.textContent})`;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text?.textContent ?? '');
      say(document.body.dataset.copied ?? '');
    } catch {
      if (text) getSelection()?.selectAllChildren(text);
    }
  });
  place.querySelector('p')?.append(button);
}

dress(document);

/** Rows that scroll on a phone begin at where one is. */
for (const row of document.querySelectorAll('.pages ul, .ranges')) {
  const here = /** @type {HTMLElement | null} */ (row.querySelector('[aria-current]'));
  if (here) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

/** Values that there are, offered for what is being filtered by. */
const by = /** @type {HTMLSelectElement | null} */ (document.querySelector('.bar select[name=by]'));
by?.addEventListener('change', offer);
if (by?.value) offer();

async function offer() {
  const [values, asked] = [document.querySelector('#values'), by?.value];
  values?.replaceChildren();
  const from = /** @type {HTMLElement | null} */ (values)?.dataset.from;
  const answer = asked && await fetch(`${from}&by=${asked}`).then((found) => (found.ok ? found.text() : ''), () => '');
  if (!answer || asked !== by?.value) return;
  const found = new DOMParser().parseFromString(answer, 'text/html').querySelectorAll('option');
  values?.replaceChildren(...[...found].map((option) => document.adoptNode(option)));
}

/** A form whose answer is looked at while one types: the panel that it names, as the server draws it. */
const CALM = 300; // milliseconds without a key
const form = /** @type {HTMLFormElement | null} */ (document.querySelector('form[data-look]'));
let timer = 0;
/** @type {AbortController | undefined} */
let running;
form?.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(seen, CALM);
});

async function seen() {
  running?.abort();
  const { signal } = running = new AbortController();
  const panel = form?.dataset.look ?? '';
  const query = new URLSearchParams(/** @type {any} */ (new FormData(/** @type {any} */ (form))));
  const answer = await fetch(`?${query}`, { signal }).then((found) => (found.ok ? found.text() : ''), () => '');
  if (!answer || signal.aborted) return;
  const fresh = new DOMParser().parseFromString(answer, 'text/html').getElementById(panel);
  if (!fresh) return;
  dress(fresh);
  document.getElementById(panel)?.replaceWith(document.adoptNode(fresh));
}

/** @param {string} text */
function say(text) {
  if (!toast) return;
  toast.textContent = text;
  setTimeout(() => { if (toast.textContent === text) toast.textContent = ''; }, 4000);
}

/** Events as they come, the newest first; at most so many are kept. */
const MOST = 100;
const events = /** @type {HTMLElement | null} */ (document.querySelector('#events'));
const state = /** @type {HTMLElement | null} */ (document.querySelector('#stream-state'));
if (events && state) {
  const source = new EventSource(String(events.dataset.from));
  source.onopen = () => { state.textContent = state.dataset.open ?? ''; };
  source.onerror = () => { state.textContent = state.dataset.lost ?? ''; };
  source.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    const item = document.createElement('li');
    for (const key of ['at', 'name', 'page', 'source', 'place']) {
      const part = document.createElement('bdi');
      part.className = key;
      part.textContent = told[key];
      item.append(part);
    }
    events.prepend(item);
    while (events.children.length > MOST) events.lastElementChild?.remove();
  };
  setInterval(look, 30_000);
}

/** The figures of the last minutes, asked anew and put in the place of the old ones; not under the hands of somebody who
 * is in them, and what is open stays open. */
async function look() {
  if (document.hidden || held()) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#now');
  if (!fresh || held()) return;
  const old = document.querySelectorAll('#now details');
  fresh.querySelectorAll('details').forEach((one, n) => { one.open = old[n]?.hasAttribute('open') ?? false; });
  dress(fresh);
  document.querySelector('#now')?.replaceWith(document.adoptNode(fresh));
}

function held() {
  return Boolean(document.querySelector('#now:focus-within'));
}
