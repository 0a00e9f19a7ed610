// src/options.js
var tag = { src: "/m/e", dataset: {} }, options = Object.assign({}, tag.dataset), route = (name) => (options.endpoint || tag.src).replace(/[^/]*$/, name);

// src/uuid.js
var uuid = () => (Date.now().toString(16).replace(/.{7}/, "0$&-") + "-7xxx-axxx-xxxxxxxxxxxx").replace(/x/g, () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16));

// src/device.js
var KEPT = 50, LIFE = 33696e6;
function device(use) {
  try {
    return use(localStorage, "m_" + options.site);
  } catch (error) {
  }
}
var gone = () => device((box, entry) => box[entry] == null), keep = (events, stay) => device((box, entry) => {
  let others = box[entry].split(`
`).filter((event2) => event2 && !events.includes(event2));
  box[entry] = others.concat(stay ? events : []).slice(-KEPT).join(`
`);
}), load = (take) => device((box, entry) => {
  let now = Date.now(), claim = () => device(() => {
    box[entry] = box[entry].split(`
`).filter((event2) => {
      let age = now - JSON.parse(event2).t;
      return age > 0 && age < 864e5 && take(event2), age <= 0;
    }).join(`
`);
  });
  box[entry] = box[entry] || "", navigator.locks ? navigator.locks.request(entry, claim) : claim();
}), erase = () => device((box, entry) => {
  delete box[entry], delete box[entry + "_id"];
}), visitor = () => "visitor" in options ? device((box, entry) => {
  let known = box[entry += "_id"];
  return known && Date.now() - parseInt(known.replace("-", ""), 16) < LIFE ? known : box[entry] = uuid();
}) : void 0;

// src/address.js
var TAG = /^([^=]*(c[lick]+_?id|braid|srsltid|_fat_id|dt_cid|epik)=).*|^([uim]tm|pk|piwik|matomo|at|gad|hsa)_/i, place = (text, take) => location.origin + location.pathname + text.replace(/[?&#]([^?&#]*)/g, take).replace("&", "?") + ("hash" in options && location.hash.match(/^#!?\/[^?&]*/) || ""), address = (whole) => place(reduced && !whole ? "" : location.search + location.hash, (all, piece) => TAG.test(piece) || (options.params || "-").split(",").includes(piece.split("=")[0]) ? "&" + piece.replace(TAG, (tag2, click) => click ? click + 1 : tag2) : ""), identity = () => place(location.search, (all, piece) => TAG.test(piece) ? "" : "&" + piece);

// src/hooks.js
var heard = { event: [], consent: [] }, on = (what, act) => {
  heard[what].push(act);
}, tell = (what, told) => heard[what].forEach((act) => act(told));

// src/engagement.js
var IDLE = 6e4, SIGNS = "visibilitychange focus blur pointermove keydown scroll", engaged = 0, depth = 0, since = 0, seen = !1;
function tick(sign) {
  let now = performance.now();
  seen && (engaged += Math.min(now - since, IDLE)), since = now, seen = !document.hidden && document.hasFocus(), (!sign || sign.type == "scroll") && (depth = Math.max(depth, Math.min(100, (scrollY + innerHeight) / document.documentElement.scrollHeight * 100 | 0)));
}
function watch(how) {
  tick(), engaged = 0;
  for (let sign of SIGNS.split(" ")) addEventListener(sign, tick, how);
}
function measured(more, over) {
  tick(), engaged > 999 && (record("engagement", { engaged_ms: engaged | 0, scroll: depth }, more), engaged = 0), over ? depth = 0 : seen = !1;
}

// src/events.js
var page = { seq: 0 }, shown = "", landing = {}, identify = (id) => {
  page.user = id;
}, turn = () => {
  page = { seq: 0 };
};
function record(name, props, more) {
  if (grant) {
    name == "page_view" && (page.page = uuid(), page.seq = 0, page.referrer = (page.url || document.referrer).split(/[?#]/)[0]), page.url = more && more.url || address();
    let event2 = Object.assign({ id: uuid(), name, t: Date.now(), props }, page, reduced ? { user: void 0, referrer: (page.referrer || "").split("/", 3).join("/") } : name == "consent_granted" ? landing : more);
    page.seq++, options.before && (event2 = options.before(event2)), event2 && (push(JSON.stringify(event2)), tell("event", event2));
  }
}
function arrive() {
  page.url = "", shown = "-", landing = { url: address(1), referrer: document.referrer.split(/[?#]/)[0] }, settle();
}
function settle() {
  shown && shown != (shown = identity()) && (page.url && measured({ url: page.url }, !0), record("page_view"));
}

// src/delivery.js
var BATCH = 20, UNITS = 16e3, KEPT2 = 200, grant, reduced, receipt, queue = [], inFlight = 0, failures = 0;
function open(proof, begin2, less) {
  reduced && flush(!0), grant || (queue = []), proof && !receipt && load(push), receipt = proof, reduced = less, grant || (grant = new AbortController(), begin2(grant.signal));
}
function close(asked) {
  queue = asked || grant ? [""] : [], queue.length && erase(), grant && grant.abort(), grant = receipt = reduced = void 0, turn(), flush(!0);
}
function push(event2) {
  event2.length <= UNITS && queue.length < KEPT2 && queue.push(event2), setTimeout(flush);
}
function flush(leaving, last2) {
  for (; queue.length && (leaving || !inFlight); ) {
    let batch = queue.splice(0, `${queue.slice(0, BATCH)}`.length > UNITS ? 1 : BATCH);
    receipt && !(last2 && !failures && navigator.onLine) && keep(batch, 1), send(batch);
  }
}
var revive = () => {
  inFlight = 0;
}, zone = () => window.Temporal ? Temporal.Now.timeZoneId() : Intl.DateTimeFormat().resolvedOptions().timeZone;
async function send(batch) {
  let mine = grant, url = route(mine ? "e" : "forget"), body = mine ? {
    v: 1,
    site: options.site,
    sent_at: Date.now(),
    tz: zone(),
    consent: receipt,
    events: batch.map(
      /** @type {any} */
      JSON.parse
    )
  } : { v: 1, site: options.site };
  receipt && (body.visitor = visitor());
  let seconds = 2 ** failures;
  inFlight++;
  try {
    let answer = (
      /** @type {any} */
      await fetch(url, {
        method: "POST",
        keepalive: !0,
        credentials: "include",
        referrerPolicy: "origin",
        signal: mine && mine.signal,
        body: JSON.stringify(body)
      })
    );
    await answer.text(), seconds = /^5|408|429/.test(answer.status) ? +answer.headers.get("Retry-After") || seconds : 0;
  } catch (error) {
  }
  failures = seconds && failures + 1, mine == grant && receipt && keep(batch, seconds), setTimeout(() => {
    inFlight && inFlight--, seconds && mine == grant && (queue = batch.concat(queue)), flush();
  }, mine == grant ? Math.min(seconds, 1e6) * (1e3 + Math.random() * 500) : 0);
}

// src/clicks.js
var FILE = /\.(?!html?$|php|asp|jsp)[a-z]\w{1,3}$/i;
function clicked(click) {
  let path = (
    /** @type {HTMLElement[]} */
    click.composedPath()
  ), element = path.find(({ dataset }) => dataset && dataset.event);
  if (!(click.button > 1))
    if (element) {
      let props = {};
      for (let { name, value } of element.attributes)
        name.startsWith("data-event-") && (props[name.slice(11)] = value);
      record(
        /** @type {string} */
        element.dataset.event,
        props
      );
    } else reduced || follow(
      /** @type {any} */
      path.find(({ localName }) => localName == "a")
    );
}
function follow(link) {
  let { protocol, host, origin, pathname } = link || /** @type {any} */
  {};
  if (/^(mail|tel)/.test(protocol)) record(protocol.slice(0, -1));
  else if (host) {
    let name = FILE.test(pathname) ? "download" : host != location.host && "outbound";
    name && record(name, { url: origin + pathname });
  }
}

// src/forms.js
var last = /* @__PURE__ */ new WeakMap();
function happened({ type, target }) {
  let element = (
    /** @type {any} */
    target
  ), form = element.closest("form"), field = type == "submit" ? void 0 : element.name || element.id, what = type == "input" ? field : type;
  if (!form || reduced || last.get(form) == what || element.closest("[data-private]")) return;
  last.set(form, what);
  let name = form.getAttribute("data-form") || form.getAttribute("id") || form.getAttribute("name") || "-";
  record(field == what ? "form_field" : "form_submit", { form: name, field, failed: type == "invalid" || void 0 }), what == "submit" && !form.hasAttribute("data-manual") && record("form_success", { form: name });
}
function attend(how) {
  for (let type of "input invalid submit".split(" ")) addEventListener(type, happened, how);
}

// src/listen.js
function hidden() {
  flush(!0), measured({}), flush(!0, !0);
}
function listen(signal) {
  let how = { capture: !0, signal };
  if (addEventListener("click", clicked, how), addEventListener("auxclick", clicked, how), addEventListener("visibilitychange", () => document.hidden && hidden(), how), addEventListener("pagehide", hidden, how), addEventListener("storage", ended, how), attend(how), options.auto != "false") {
    arrive(), addEventListener("pageshow", (event2) => {
      event2.persisted && (revive(), ended(), arrive());
    }, how);
    let { navigation } = (
      /** @type {any} */
      window
    );
    navigation && navigation.currentEntry ? navigation.addEventListener("currententrychange", settle, how) : (addEventListener("popstate", settle, how), wrap("pushState"), wrap("replaceState"));
  }
  watch(how);
}
function ended() {
  receipt && gone() && consent("denied");
}
function wrap(method) {
  let original = history[method];
  history[method] = (...args) => {
    original.apply(history, args), settle();
  };
}

// src/consent.js
var objected = !1;
function admit(proof, less) {
  if (
    /** @type {any} */
    navigator.globalPrivacyControl || /** @type {any} */
    navigator.doNotTrack == 1 || objected
  ) return;
  let running = reduced && !less;
  open(proof, listen, less), running && record("consent_granted");
}
function begin() {
  options.consent == "off" && admit(), (options.consent == "exempt" || options.consent == "hybrid") && admit(void 0, !0);
}
function consent(said, details) {
  if (!said) return receipt;
  options.consent == "exempt" && said != "withdrawn" || (said == "granted" ? admit(Object.assign({ state: said, source: "api", policy: options.policy, at: Date.now(), snippet: "0.1.0" }, details)) : (said == "withdrawn" || !reduced) && (close(said == "withdrawn"), options.consent == "hybrid" && begin()), tell("consent", receipt));
}
function optout(no) {
  objected = no !== !1, document.cookie = `m_optout=1;path=/;max-age=${objected ? 33696e3 : 0}`, objected ? close(!0) : begin();
}

// src/inputs/event.js
var event = (say2) => addEventListener(options.consentEvent, (saved) => {
  let found = (options.consentPath || "type").split(".").reduce((one, name) => one && one[name], saved), value = options.consentValue;
  say2("event", value ? `,${found},`.includes(`,${value},`) : found);
}, !0);

// src/inputs/gcm.js
function gcm(say2) {
  let page3 = (
    /** @type {any} */
    window
  ), layer = page3.dataLayer = page3.dataLayer || [], { push: push2 } = layer, read = (entry) => {
    let { analytics_storage: answer } = entry && entry[0] == "consent" && entry[1] == "update" && entry[2] || {};
    say2("gcm", answer && answer == "granted");
  };
  layer.push = (...entries) => (entries.forEach(read), push2.apply(layer, entries)), layer.forEach(read);
}

// src/inputs/when.js
function when(name, use, pause = 100) {
  let found = (
    /** @type {any} */
    window[name]
  );
  found ? use(found) : pause < 1e5 && setTimeout(when, pause, name, use, pause * 2);
}

// src/inputs/gpp.js
var gpp = (say2) => when("__gpp", (api) => api("addEventListener", (event2) => {
  let { signalStatus, parsedSections, gppString } = event2.pingData || {};
  if (signalStatus == "ready")
    for (let name in parsedSections) {
      let section = Object.assign({}, ...[].concat(parsedSections[name])), purposes = section.PurposeConsents;
      purposes ? say2("gpp", !!(purposes[0] && (purposes[7] || purposes[8])), { gpp: gppString }) : section.Gpc === !0 && say2("gpp", !1);
    }
}));

// src/inputs/tcf.js
var tcf = (say2) => when("__tcfapi", (api) => api("addEventListener", 2, (tc, ok) => {
  if (ok && tc.gdprApplies !== !1 && tc.eventStatus != "cmpuishown") {
    let given = Object.assign({}, tc.purpose.consents, tc.publisher && tc.publisher.consents);
    say2("tcf", !!(given[1] && (given[8] || given[9])), { tcf: tc.tcString });
  }
}));

// src/inputs.js
var voice = "";
function say(source, answer, details) {
  answer != null && (voice || source) == source && (options.cmp || source).includes(source) && (voice = source, consent(answer ? "granted" : "denied", Object.assign({ source }, details)));
}
function heed() {
  options.consentEvent && event(say), tcf(say), gcm(say), gpp(say);
}

// src/commands.js
var track = record, page2 = (props, more) => record("page_view", props, more), reset = identify, config = (more) => {
  Object.assign(options, more);
};

// src/index.js
var started = !1;
function shown2(start) {
  let page3 = (
    /** @type {any} */
    document
  );
  page3.prerendering ? page3.addEventListener("prerenderingchange", start, { once: !0 }) : start();
}
function init(given) {
  if (!(started || typeof window == "undefined")) {
    started = !0;
    for (let [name, value] of Object.entries(given))
      (name == "auto" || value !== !1 && value != null) && (options[name] = value === !0 ? "" : Array.isArray(value) ? value.join() : value);
    options.auto += "", shown2(() => {
      begin(), heed();
    });
  }
}
export {
  config,
  consent,
  flush,
  identify,
  init,
  on,
  optout,
  page2 as page,
  reset,
  track
};
