/** What a build holds: constants that the build replaces by true or false, so that what is left out costs no byte. */

/** Newer than the library of types; not in every browser. */
declare const Temporal: any;
interface Window { Temporal: any }

/** The npm package: options come with `init`, not from a script tag. */
declare const MODULE: boolean;
/** Commands beyond `consent`, `track`, `identify` and `reset`; the hook `before`. */
declare const CALLS: boolean;
/** Consent modes `exempt` and `hybrid`. */
declare const REDUCED: boolean;
/** In `hybrid` a grant says where the document was entered, whatever address the page shows by then. */
declare const LANDING: boolean;
/** What waits is kept on the device, after a grant only; a withdrawal in one tab reaches the others. */
declare const KEEP: boolean;
/** A visitor's id on the device, for a collector on another site. */
declare const VISITOR: boolean;
/** What a page's own scripts ask to be told: `on`. */
declare const HOOKS: boolean;
/** Pages told apart by their `#/…` route. */
declare const ROUTES: boolean;
/** `mailto:` and `tel:`. */
declare const CONTACT: boolean;
/** Links that leave the site, files. */
declare const LINKS: boolean;
/** Clicks with the middle button, which open a link in another tab. */
declare const MIDDLE: boolean;
/** Engaged time and scroll depth. */
declare const ENGAGEMENT: boolean;
declare const FORMS: boolean;
/** Google Consent Mode v2. */
declare const GCM: boolean;
/** IAB TCF 2.2 and 2.3. */
declare const TCF: boolean;
/** Any event of the page's own: `data-consent-event`. */
declare const EVENT: boolean;
/** IAB GPP 1.1. */
declare const GPP: boolean;
/** The version that goes into receipts. */
declare const VERSION: string;
