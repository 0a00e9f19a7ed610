"use strict";
// What the shop has to remember from page to page: the banner's answer and the cart. With consent it lies in the
// browser's storage; without, it travels behind the # of the shop's own links, which no server is sent. So nothing of
// a visitor who refuses, or has not answered, is stored on the device.
window.memory = (() => {
  const ANSWER = "brumaire-consent", PREFIX = "brumaire-";
  const travel = new URLSearchParams(location.hash.slice(1));

  function parsed(read) {
    try { return JSON.parse(read()); } catch { return null; } // storage switched off, or written by another hand
  }

  function stored(action) {
    try { action(); } catch { /* storage switched off: forgotten with the page */ }
  }

  const granted = () => (parsed(() => localStorage.getItem(ANSWER)) || {}).state === "granted";

  function carry(name, value) {
    if (value === null) travel.delete(name); else travel.set(name, JSON.stringify(value));
    const mark = travel.size ? "#" + travel : "";
    history.replaceState(history.state, "", location.pathname + location.search + mark);
  }

  function answer() {
    return parsed(() => localStorage.getItem(ANSWER)) || parsed(() => travel.get("answer"));
  }

  // An answer moves what is remembered to where that answer allows it.
  function say(given) {
    const cart = get("cart");
    stored(() => { localStorage.removeItem(ANSWER); sessionStorage.removeItem(PREFIX + "cart"); });
    if (given.state === "granted") stored(() => localStorage.setItem(ANSWER, JSON.stringify(given)));
    carry("answer", given.state === "granted" ? null : given);
    carry("cart", null);
    if (cart) set("cart", cart);
  }

  function get(name) {
    return parsed(() => sessionStorage.getItem(PREFIX + name)) || parsed(() => travel.get(name));
  }

  function set(name, value) {
    if (granted()) stored(() => sessionStorage.setItem(PREFIX + name, JSON.stringify(value)));
    else carry(name, value);
  }

  const address = (url) => (travel.size ? url.split("#")[0] + "#" + travel : url);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.origin !== location.origin) return;
    if (link.pathname + link.search !== location.pathname + location.search) link.href = address(link.href);
    else if (link.hash && travel.size) {
      event.preventDefault(); // a jump inside the page would replace what travels
      const place = document.getElementById(link.hash.slice(1));
      if (place) place.focus();
    }
  }, true);

  return { answer, say, get, set, address };
})();
