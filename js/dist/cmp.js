// src/inputs/when.js
function when(name, use, pause = 100) {
  let found = (
    /** @type {any} */
    window[name]
  );
  found ? use(found) : pause < 1e5 && setTimeout(when, pause, name, use, pause * 2);
}

// src/inputs/platforms.js
var PLATFORMS = `cookiebot statistics Cookiebot.hasResponse Cookiebot.consent.$ CookiebotOnConsentReady CookiebotOnAccept CookiebotOnDecline
onetrust C0002 OneTrust.IsAlertBoxClosed OnetrustActiveGroups.includes OneTrustGroupsUpdated OTConsentApplied
tarteaucitron balise tarteaucitron tarteaucitron.state.$ tac.consent_updated tac.root_available
cookieyes analytics getCkyConsent.isUserActionCompleted getCkyConsent.categories.$ cookieyes_consent_update cookieyes_banner_load
vanilla-cookieconsent analytics CookieConsent.validConsent CookieConsent.acceptedCategory cc:onConsent cc:onChange
complianz statistics cmplz_has_consent cmplz_has_consent cmplz_status_change
didomi measure_content_performance Didomi.getCurrentUserStatus.updated Didomi.getCurrentUserStatus.purposes.$.enabled
klaro balise klaro.getManager.confirmed klaro.getManager.getConsent
usercentrics Balise UC_UI.isInitialized UC_UI.getServicesBaseInfo.find.consent.status UC_UI_INITIALIZED UC_UI_CMP_EVENT`;
function platforms(say, chosen) {
  let page = (
    /** @type {any} */
    window
  );
  for (let line of PLATFORMS.split(`
`)) {
    let [name, usual, known, answer, ...events] = line.split(" "), key = chosen || usual, walk = (path) => path.split(".").reduce((from, step) => {
      let found = from[step == "$" ? key : step];
      return typeof found == "function" ? found.call(from, step == "find" ? (one) => one.name == key : key) : found;
    }, page), ask = () => {
      try {
        walk(known) && say(name, walk(answer));
      } catch (error) {
      }
    };
    events.forEach((event) => addEventListener(event, ask, !0)), ask(), name == "klaro" && when("klaro", (found) => {
      found.getManager().watch({ update: ask }), ask();
    }), name == "didomi" && ((page.didomiOnReady = page.didomiOnReady || []).push(ask), (page.didomiEventListeners = page.didomiEventListeners || []).push({ event: "consent.changed", listener: ask }));
  }
  (page._axcb = page._axcb || []).push((sdk) => sdk.on("cookies:complete", (choices) => say("axeptio", !!choices[chosen || "balise"])));
}
export {
  platforms
};
