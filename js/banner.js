/**
 * A banner for sites without a consent platform, in a file of its own:
 * `<script defer src="/m/banner.js" data-banner data-policy="2026-11" data-link="/privacy"></script>` beside the snippet's tag.
 *
 * It asks, tells the snippet (`balise('consent', …)`), and keeps the answer on the device so as not to ask again: for 180 days
 * (`data-days`) and for this version of the notice (`data-policy`). Refusing is as easy as accepting: one step, two equal buttons.
 * Whoever asks not to be tracked (GPC, DNT) is not asked. The choice can be changed at any time: by an element of the page with
 * `data-balise-consent`, or, where there is none, by a small button of the banner's own.
 * All styles are set from here, in a shadow tree: a strict content security policy and the page's own styles leave it alone.
 */
(() => {
  const { banner, policy, link, text, days } = /** @type {HTMLScriptElement} */ (document.currentScript).dataset;
  const KEY = 'balise-consent';
  const page = /** @type {any} */ (window);
  const { globalPrivacyControl, doNotTrack, language } = /** @type {any} */ (navigator);
  if (globalPrivacyControl || doNotTrack == 1) return;
  page.balise = page.balise || function () { (page.balise.q = page.balise.q || []).push(arguments); };

  const tongue = /^fr/i.test(banner || document.documentElement.lang || language) ? 'fr' : 'en';
  const [title, words, more, refuse, accept, refused, accepted, change] = tongue == 'fr' ? [
    'Mesure d’audience',
    'Nous aimerions mesurer l’usage de ce site et les campagnes qui y mènent, avec un cookie du site lui-même. Si vous refusez, rien ne change pour vous.',
    'En savoir plus', 'Refuser', 'Accepter', 'Votre choix : refusé.', 'Votre choix : accepté.', 'Mesure d’audience : changer d’avis',
  ] : [
    'Audience measurement',
    'We would like to measure how this site is used and which campaigns lead to it, with a cookie of the site itself. If you refuse, nothing changes for you.',
    'Learn more', 'Refuse', 'Accept', 'Your choice: refused.', 'Your choice: accepted.', 'Audience measurement: change your mind',
  ];

  /** @type {{state: string, policy?: string, at: number} | null} */
  let choice = null;
  try {
    choice = JSON.parse(localStorage.getItem(KEY) || 'null');
  } catch (error) {
    // No storage: the choice holds for this page.
  }
  if (choice && (choice.policy != policy || Date.now() - choice.at > +(days || 180) * 864e5)) choice = null;

  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'open' });
  const BUTTON = 'font:inherit;color:ButtonText;background:ButtonFace;border:1px solid;border-radius:6px;padding:10px;cursor:pointer;';

  /** @param {string} name @param {string} style @param {string} [content] @param {Object<string, string>} [attributes] */
  const make = (name, style, content, attributes) => {
    const element = document.createElement(name);
    element.style.cssText = style;
    if (content) element.textContent = content;
    for (const key in attributes) element.setAttribute(key, attributes[key]);
    return element;
  };

  const tell = () => choice && page.balise('consent', choice.state, { source: 'banner', policy, at: choice.at });

  /** @param {string} state @param {EventTarget | null} back */
  const choose = (state, back) => {
    const withdrawn = choice && choice.state == 'granted' && state == 'denied';
    choice = { state, policy, at: Date.now() };
    try {
      localStorage.setItem(KEY, JSON.stringify(choice));
    } catch (error) {
      // As above.
    }
    if (withdrawn) page.balise('consent', 'withdrawn');
    else tell();
    close(back);
  };

  /** Back to where the visitor was. @param {EventTarget | null} [back] */
  const close = (back) => {
    root.textContent = '';
    if (!document.querySelector('[data-balise-consent]')) {
      const button = make('button', `${BUTTON}position:fixed;left:8px;bottom:8px;padding:4px 8px;font-size:12px`, change);
      button.onclick = () => open(host);
      root.append(button);
      if (back == host) button.focus();
    }
    if (back && back != host) /** @type {HTMLElement} */ (back).focus();
  };

  /** @param {EventTarget} [asked] what the visitor opened it with; nothing where the page did */
  const open = (asked) => {
    let back = asked || document.activeElement;
    const dialog = make('section', 'position:fixed;z-index:2147483647;left:0;right:0;bottom:0;max-height:90vh;overflow:auto;box-sizing:border-box;'
      + 'padding:16px;font:16px/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText;border-top:1px solid', '',
    { role: 'dialog', 'aria-labelledby': 't', 'aria-describedby': 'd', tabindex: '-1', lang: tongue });
    const row = make('div', 'display:flex;gap:12px;max-width:30em');
    for (const [label, state] of [[refuse, 'denied'], [accept, 'granted']]) {
      const button = make('button', `${BUTTON}flex:1`, label);
      button.onclick = () => choose(state, back);
      row.append(button);
    }
    const about = make('p', 'margin:8px 0;max-width:50em', `${text || words} `, { id: 'd' });
    if (link) about.append(make('a', 'color:LinkText', more, { href: link }));
    if (choice) about.append(make('strong', 'display:block', choice.state == 'granted' ? accepted : refused));
    dialog.append(make('h2', 'margin:0;font-size:18px', title, { id: 't' }), about, row);
    dialog.onkeydown = (event) => { if (event.key == 'Escape') close(back); };
    // Who goes from the page into an open dialog goes back there, not to where the focus was when it opened.
    dialog.addEventListener('focusin', ({ relatedTarget }) => {
      if (relatedTarget && !root.contains(/** @type {Node} */ (relatedTarget))) back = relatedTarget;
    });
    root.textContent = '';
    root.append(dialog);
    const focus = () => dialog.focus({ preventScroll: true });
    // A page that has put the focus somewhere keeps it. Browsers heed `autofocus` in the next rendering step, before its
    // animation frames: until then nobody knows whether it has.
    if (asked) focus();
    else requestAnimationFrame(() => document.activeElement == document.body && focus());
  };

  const start = () => {
    host.style.cssText = 'color-scheme:light dark';
    document.body.prepend(host);
    addEventListener('click', (event) => {
      const link = /** @type {Element} */ (event.target).closest('[data-balise-consent]');
      if (link) {
        event.preventDefault();
        open(link);
      }
    });
    if (choice) close();
    else open();
  };

  tell();
  // An `async` tag may run before there is a body, before the page's own link, before what it puts the focus on.
  if (document.readyState == 'loading') addEventListener('DOMContentLoaded', start);
  else start();
})();
