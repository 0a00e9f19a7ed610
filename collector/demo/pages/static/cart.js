"use strict";
// The cart, the checkout and the order. Nothing is remembered before an article is put into the cart; all of it ends
// with the tab. What a visitor types is neither kept nor sent: the forms only lead to the next page.
(() => {
  const euro = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
  const money = (cents) => euro.format(cents / 100);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const track = (...what) => (window.balise || (() => {}))("track", ...what);

  let cart = window.memory.get("cart") || { lines: {}, shipping: null, order: null };

  function save() {
    window.memory.set("cart", cart);
    draw();
  }

  const lines = () => Object.values(cart.lines);
  const goods = () => lines().reduce((sum, line) => sum + line.qty * line.cents, 0);
  const total = () => goods() + (cart.shipping ? cart.shipping.cents : 0);

  function draw() {
    const count = lines().reduce((sum, line) => sum + line.qty, 0);
    for (const badge of all("[data-cart-count]")) { badge.textContent = count; badge.hidden = count === 0; }
    for (const part of all("[data-when]")) part.hidden = (part.dataset.when === "empty") !== (count === 0);
    for (const row of all("[data-line]")) drawLine(row, cart.lines[row.dataset.line]);
    const sums = { goods: goods(), shipping: cart.shipping ? cart.shipping.cents : 0, total: total() };
    for (const cell of all("[data-sum]")) cell.textContent = money(sums[cell.dataset.sum]);
    for (const row of all("[data-shipping]")) row.hidden = !cart.shipping;
  }

  function drawLine(row, line) {
    row.hidden = !line;
    if (!line) return;
    const field = row.querySelector("input"), short = row.querySelector("[data-qty]");
    if (field) field.value = line.qty;
    if (short) short.textContent = line.qty + " ×";
    row.querySelector("[data-line-sum]").textContent = money(line.qty * line.cents);
  }

  function put(sku, cents, qty) {
    const had = cart.lines[sku] ? cart.lines[sku].qty : 0;
    cart.lines[sku] = { qty: Math.min(9, had + qty), cents };
    save();
    track("add_to_cart", { sku, qty, price: cents / 100, currency: "EUR" });
  }

  function change(sku, qty) {
    const line = cart.lines[sku], less = line.qty - qty;
    if (less === 0) return;
    if (qty > 0) line.qty = qty; else delete cart.lines[sku];
    save();
    track(less > 0 ? "remove_from_cart" : "add_to_cart", { sku, qty: Math.abs(less), price: line.cents / 100, currency: "EUR" });
  }

  // A link in a letter may fill an empty cart: …/cart?items=tea-caddy.2,walking-flask.1
  function fill() {
    const items = new URLSearchParams(location.search).get("items");
    if (!items || lines().length) return;
    for (const item of items.split(",")) {
      const [sku, qty] = item.split("."), row = all("[data-line]").find((one) => one.dataset.line === sku);
      if (row && Number(qty) > 0) cart.lines[sku] = { qty: Math.min(9, Math.floor(qty)), cents: Number(row.dataset.cents) };
    }
    if (lines().length) save();
  }

  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64; bytes[8] = (bytes[8] & 63) | 128;
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("").replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  function placeOrder() {
    const id = uuid();
    cart = { lines: {}, shipping: null, order: { id, number: "BR-" + id.slice(0, 7).toUpperCase(), cents: total(), told: false } };
  }

  // The purchase is told once, however often the page is reloaded, under the order's own id.
  function thank(order) {
    document.querySelector("[data-order]").hidden = false;
    document.querySelector("[data-no-order]").hidden = true;
    document.querySelector("[data-order-number]").textContent = order.number;
    document.querySelector("[data-order-amount]").textContent = money(order.cents);
    if (order.told) return;
    order.told = true;
    save();
    track("purchase", { order: order.number }, { revenue: { amount: (order.cents / 100).toFixed(2), currency: "EUR" }, id: order.id });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.buy) {
      event.preventDefault();
      put(form.dataset.buy, Number(form.dataset.cents), Number(form.elements.quantity.value));
      document.querySelector("[data-added] span").hidden = false;
    } else if (form.dataset.stage) {
      event.preventDefault();
      if (form.dataset.stage === "payment") { placeOrder(); save(); }
      location.assign(window.memory.address(form.action));
    }
  });

  document.addEventListener("change", (event) => {
    const row = event.target.closest("[data-line]");
    if (row) change(row.dataset.line, Math.max(0, Math.min(9, Math.floor(event.target.value) || 0)));
    if (event.target.name === "shipping") ship(event.target);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove]");
    if (button) { change(button.closest("[data-line]").dataset.line, 0); document.getElementById("content").focus(); }
  });

  function ship(choice) {
    cart.shipping = { way: choice.value, cents: Number(choice.dataset.cents) };
    save();
  }

  const ways = all("input[name=shipping]");
  if (document.querySelector(".lines")) fill();
  for (const way of ways) if (cart.shipping && way.value === cart.shipping.way) way.checked = true;
  draw();
  if (ways.length && lines().length) ship(ways.find((way) => way.checked));
  if (document.querySelector("[data-order]") && cart.order) thank(cart.order);
})();
