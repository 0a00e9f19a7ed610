/**
 * Consent platforms, by the names that their own papers and files give. `data-cmp-key` names the category, purpose or service to look
 * at, where the usual one is not the site's.
 */

import { when } from './when.js';

/**
 * Name, the key that is looked at, what must be true before an answer counts, the answer, and the events after which to ask.
 * A path is walked from the page's globals; a function on it is called with the key; `$` is the key.
 */
const PLATFORMS = `cookiebot statistics Cookiebot.hasResponse Cookiebot.consent.$ CookiebotOnConsentReady CookiebotOnAccept CookiebotOnDecline
onetrust C0002 OneTrust.IsAlertBoxClosed OnetrustActiveGroups.includes OneTrustGroupsUpdated OTConsentApplied
tarteaucitron balise tarteaucitron tarteaucitron.state.$ tac.consent_updated tac.root_available
cookieyes analytics getCkyConsent.isUserActionCompleted getCkyConsent.categories.$ cookieyes_consent_update cookieyes_banner_load
vanilla-cookieconsent analytics CookieConsent.validConsent CookieConsent.acceptedCategory cc:onConsent cc:onChange
complianz statistics cmplz_has_consent cmplz_has_consent cmplz_status_change
didomi measure_content_performance Didomi.getCurrentUserStatus.updated Didomi.getCurrentUserStatus.purposes.$.enabled
klaro balise klaro.getManager.confirmed klaro.getManager.getConsent
usercentrics Balise UC_UI.isInitialized UC_UI.getServicesBaseInfo.find.consent.status UC_UI_INITIALIZED UC_UI_CMP_EVENT`;

/** @param {import('../inputs.js').Say} say @param {string} [chosen]  the key, where it is not the usual one */
export function platforms(say, chosen) {
  const page = /** @type {any} */ (window);
  for (const line of PLATFORMS.split('\n')) {
    const [name, usual, known, answer, ...events] = line.split(' ');
    const key = chosen || usual;
    /** @param {string} path @returns {any} */
    const walk = (path) => path.split('.').reduce((from, step) => {
      const found = from[step == '$' ? key : step];
      return typeof found == 'function' ? found.call(from, step == 'find' ? (/** @type {any} */ one) => one.name == key : key) : found;
    }, page);
    const ask = () => {
      try {
        if (walk(known)) say(name, walk(answer));
      } catch (error) {
        // Not here, or not yet.
      }
    };
    events.forEach((event) => addEventListener(event, ask, true));
    ask();
    if (name == 'klaro') when('klaro', (found) => { found.getManager().watch({ update: ask }); ask(); });
    if (name == 'didomi') {
      (page.didomiOnReady = page.didomiOnReady || []).push(ask);
      (page.didomiEventListeners = page.didomiEventListeners || []).push({ event: 'consent.changed', listener: ask });
    }
  }
  (page._axcb = page._axcb || []).push((/** @type {any} */ sdk) =>
    sdk.on('cookies:complete', (/** @type {any} */ choices) => say('axeptio', !!choices[chosen || 'balise'])));
}
