// Runs before every page's own scripts. `touched` lists what a script did to the device, in order.
(() => {
  const touched = [];
  window.touched = touched;
  const watch = (owner, name, what) => {
    const own = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (!own) return;
    const noting = (original) => function (...args) { touched.push(what); return original.apply(this, args); };
    for (const kind of ['get', 'set', 'value']) if (typeof own[kind] === 'function') own[kind] = noting(own[kind]);
    Object.defineProperty(owner, name, own);
  };
  const all = (owner, names) => owner && names.split(' ').forEach((name) => watch(owner.prototype, name, owner.name + '.' + name));
  all(Storage, 'getItem setItem removeItem clear key length');
  all(IDBFactory, 'open deleteDatabase databases');
  all(window.CacheStorage, 'open match has keys delete');
  all(Crypto, 'getRandomValues randomUUID');
  watch(Document.prototype, 'cookie', 'document.cookie');
  watch(window, 'localStorage', 'localStorage');
  watch(window, 'sessionStorage', 'sessionStorage');
  all(window.XMLHttpRequest, 'open send');
  watch(window, 'fetch', 'fetch');
  watch(Navigator.prototype, 'sendBeacon', 'sendBeacon');
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, ...rest) {
    touched.push('listener.' + type);
    return listen.call(this, type, ...rest);
  };
})();
