"use strict";
// The banner. It remembers one thing, the visitor's answer, and tells the snippet what was answered.
(() => {
  const POLICY = "demo-2", SIX_MONTHS = 183 * 86400000;
  const banner = document.getElementById("consent"), said = document.getElementById("consent-status");
  // A browser's own signal is an answer: nobody who sends it is asked again.
  const signal = navigator.globalPrivacyControl === true || navigator.doNotTrack === "1";
  let opener = null;

  window.balise = window.balise || function () { (window.balise.q = window.balise.q || []).push(arguments); };

  function stored() {
    const kept = window.memory.answer();
    return kept && kept.policy === POLICY && Date.now() - kept.at < SIX_MONTHS ? kept.state : null;
  }

  const keep = (state) => window.memory.say({ state, policy: POLICY, at: Date.now() });

  const tell = (state) => window.balise("consent", state, { source: "banner", policy: POLICY });

  function show(state) {
    for (const line of document.querySelectorAll("[data-state]")) line.hidden = line.dataset.state !== state;
    for (const choice of document.querySelectorAll("[data-choice], [data-consent-open]")) choice.hidden = state === "signal";
    document.documentElement.classList.toggle("asking", !banner.hidden);
  }

  function answer(state) {
    const before = stored();
    keep(state);
    tell(before === "granted" && state === "denied" ? "withdrawn" : state);
    banner.hidden = true;
    said.textContent = said.dataset[state];
    show(state);
    (opener || document.getElementById("content")).focus({ preventScroll: true });
    opener = null;
  }

  function reopen(button) {
    opener = button;
    banner.hidden = false;
    document.documentElement.classList.add("asking");
    document.getElementById("consent-title").focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-consent], [data-consent-open]");
    if (button) button.dataset.consent ? answer(button.dataset.consent) : reopen(button);
  });

  const state = stored();
  if (state && !signal) tell(state);
  banner.hidden = signal || state !== null;
  show(signal ? "signal" : state || "none");
})();
