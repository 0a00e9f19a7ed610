"""Carts, from the first article in it to the order, or to the moment somebody is taken to have left.

open        last sign of life less than `idle` ago          purchased   bought, never idle for so long
abandoned   idle for `idle`, less than `recover`            recovered   bought after having been idle for `idle`
lost        idle for `recover` or longer                    emptied     everything taken out: not abandoned

Coming back and leaving again is one abandonment. An order closes the cart; what is added later opens another. Open
carts are in no rate: `closed` = purchased + recovered + abandoned + lost.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from collector.reports.abandonment import ranked
from collector.reports.lifetime import kaplan_meier
from collector.reports.statistics import ratio, wilson

State: TypeAlias = Literal["open", "abandoned", "lost", "purchased", "recovered", "emptied"]
STATES: Final[tuple[State, ...]] = ("open", "purchased", "recovered", "abandoned", "lost", "emptied")
NONE, UNKNOWN = "(none)", "(unknown)"
Kind: TypeAlias = Literal["add", "remove", "purchase", "touch", "other"]
KINDS: Final[tuple[Kind, ...]] = ("add", "remove", "purchase", "touch", "other")
_GONE: Final = ("abandoned", "lost")
_WITHIN: Final = {"1h": 3_600_000, "1d": 86_400_000, "7d": 7 * 86_400_000}


class Deed(NamedTuple):
    """One event of a person: when (ms), what it does to a cart (`other`: nothing), on which page, in a session with
    which label, and the article, or the order's worth; and whether the session and the time are those asked for."""

    t: int
    kind: Kind
    path: str | None = None
    label: str | None = None
    article: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    value: Decimal | None = None
    currency: str | None = None
    wanted: bool = True


class Limits(NamedTuple):
    """When a cart is given up and when it is lost (ms), what counts as a sign of life, and the moment of asking."""

    idle: int
    recover: int | None
    idle_from: Literal["activity", "cart"]
    now: int


class Cart(NamedTuple):
    """A cart at its end: state, opening, last sign of life, the moment until which it was not bought (that of the
    order, if it was), its worth by currency (of the order, if it was bought, else of what was in it), where it ended,
    the label of the session that opened it, the page that its owner saw next, if there was one, and whether the
    session that opened it is one that is asked for."""

    state: State
    opened: int
    seen: int
    until: int
    worth: Mapping[str, Decimal]
    exit: str
    label: str
    after: str | None = None
    wanted: bool = True


class _Open:
    """A cart that is being filled."""

    def __init__(self, deed: Deed) -> None:
        self.opened, self.label, self.currency = deed.t, deed.label or NONE, deed.currency
        self.touched, self.rested, self.wanted = deed.t, False, deed.wanted
        self.articles: dict[str | None, tuple[Decimal, Decimal, str | None]] = {}

    def put(self, deed: Deed) -> None:
        """Add an article; the latest price counts, in its currency."""
        quantity, price, currency = self.articles.get(deed.article, (Decimal(0), Decimal(0), None))
        if deed.price is not None:
            price, currency = deed.price, deed.currency or currency
        added = deed.quantity if deed.quantity is not None else Decimal(1)
        self.articles[deed.article] = (quantity + added, price, currency)
        self.currency = self.currency or deed.currency

    def take(self, deed: Deed) -> bool:
        """Take an article out, all of it if no quantity is told; whether nothing is left."""
        quantity, price, currency = self.articles.pop(deed.article, (Decimal(0), Decimal(0), None))
        left = quantity - deed.quantity if deed.quantity is not None else Decimal(0)
        if left > 0:
            self.articles[deed.article] = (left, price, currency)
        return not self.articles

    def worth(self, usual: str) -> dict[str, Decimal]:
        """Of what is in it now, by currency; `usual` is that of what names none."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for quantity, price, currency in self.articles.values():
            sums[currency or usual] += quantity * price
        return {name: value for name, value in sums.items() if value} or {usual: Decimal(0)}

    def end(self, state: State, t: int, until: int, path: str | None, order: Deed | None = None) -> Cart:
        """Close it. `t`: the last sign of life; `until`: it was not bought before."""
        usual = (order.currency if order is not None else None) or self.currency or NONE
        worth = {usual: order.value} if order is not None and order.value is not None else self.worth(usual)
        return Cart(state, self.opened, t, until, worth, path or NONE, self.label, wanted=self.wanted)


def carts(deeds: Sequence[Deed], limits: Limits) -> tuple[list[Cart], int]:
    """A person's carts, and how many orders that are asked for came without one. Deeds are in order of time."""
    found: list[Cart] = []
    alone = 0
    cart: _Open | None = None
    seen, path = 0, None
    for deed in deeds:
        sign = deed.kind != "other" or limits.idle_from == "activity"
        if cart is not None and sign:
            since = seen if limits.idle_from == "activity" else cart.touched
            gap = deed.t - since
            if limits.recover is not None and gap >= limits.recover:
                found.append(cart.end("lost", since, since + limits.recover, path))
                cart = None
            else:
                cart.rested = cart.rested or (limits.recover is not None and gap >= limits.idle)
        cart, ended = _done(cart, deed, path)
        found += [ended] if ended is not None else []
        alone += deed.kind == "purchase" and ended is None and deed.wanted
        seen, path = deed.t, deed.path or path
    if cart is not None:
        found.append(_left(cart, limits, seen, path))
    return [one._replace(after=_after(one, deeds)) if one.state in _GONE else one for one in found], alone


def _after(cart: Cart, deeds: Sequence[Deed]) -> str | None:
    """The page that was seen first after the cart's last sign of life."""
    return next((deed.path for deed in deeds if deed.t > cart.seen and deed.path is not None), None)


def _done(cart: _Open | None, deed: Deed, path: str | None) -> tuple[_Open | None, Cart | None]:
    """What an event does to the cart: the cart after it, and the one it ended."""
    if deed.kind == "add":
        cart = cart or _Open(deed)
        cart.put(deed)
    if cart is None or deed.kind == "other":
        return cart, None
    cart.touched = deed.t
    if deed.kind == "purchase":
        return None, cart.end("recovered" if cart.rested else "purchased", deed.t, deed.t, deed.path or path, deed)
    if deed.kind == "remove" and cart.take(deed):
        return None, cart.end("emptied", deed.t, deed.t, deed.path or path)
    return cart, None


def _left(cart: _Open, limits: Limits, seen: int, path: str | None) -> Cart:
    """What became of a cart that nobody closed."""
    since = seen if limits.idle_from == "activity" else cart.touched
    gap = limits.now - since
    if limits.recover is not None and gap >= limits.recover:
        return cart.end("lost", since, since + limits.recover, path)
    until = limits.now if limits.recover is not None else min(limits.now, since + limits.idle)  # a visit is over then
    return cart.end("abandoned" if gap >= limits.idle else "open", since, until, path)


def figures(found: Iterable[Cart], alone: int = 0) -> dict[str, Any]:
    """Counts by state, rates, money and exits. `alone` adds orders without a cart to the purchased ones."""
    listed = list(found)
    states = Counter(cart.state for cart in listed)
    states["purchased"] += alone
    gone = states["abandoned"] + states["lost"]
    closed = states["purchased"] + states["recovered"] + gone
    left, back = _sums(listed, _GONE), _sums(listed, ("recovered",))
    low, high = wilson(gone, closed) or (None, None)
    return {
        "carts": len(listed),
        **{state: states[state] for state in STATES},
        "closed": closed,
        "rate_net": ratio(gone, closed),
        "rate_low": low,
        "rate_high": high,
        "rate_gross": ratio(gone + states["recovered"], closed),
        "recovery_rate": ratio(states["recovered"], gone + states["recovered"]),
        "value_lost": _single(left),
        "value_recovered": _single(back),
        "value_lost_by_currency": {currency: float(value) for currency, value in left.items()},
        "value_recovered_by_currency": {currency: float(value) for currency, value in back.items()},
        "exits": ranked(Counter(cart.exit for cart in listed if cart.state in _GONE)),
        "left_to": ranked(Counter(cart.after or UNKNOWN for cart in listed if cart.state in _GONE)),
        "purchased_within": _within(listed),
    }


def labelled(found: Iterable[Cart]) -> dict[str, dict[str, Any]]:
    """The same for each label of the session that opened the cart."""
    groups: dict[str, list[Cart]] = defaultdict(list)
    for cart in found:
        groups[cart.label].append(cart)
    return {label: figures(listed) for label, listed in sorted(groups.items())}


def by_state(found: Sequence[Cart], totals: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each state and each currency that its carts are in, so that none is a sum of several: `state`,
    `currency`, `carts` (one of two currencies is in both rows), `value` (what was left in them, of bought ones the
    orders' worth).

    A state without carts is one row, and so are orders without a cart: of no currency, where carts are in several.
    Currencies are in the order of their names, which tells nothing of their sums.
    """
    known = {currency for cart in found for currency in cart.worth}
    only = known.pop() if len(known) == 1 else None
    rows = []
    for state in STATES:
        its = [cart for cart in found if cart.state == state]
        counts: Counter[str | None] = Counter(currency for cart in its for currency in cart.worth)
        counts += Counter({only: totals[state] - len(its)})  # orders without a cart
        sums = _sums(found, (state,))
        for currency in sorted(counts, key=lambda name: (name is None, name or "")) or [only]:
            value = float(sums.get(currency or "", 0))
            rows.append({"state": state, "currency": currency, "carts": counts[currency], "value": value})
    return rows


def _sums(found: Iterable[Cart], states: Sequence[str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for cart in found:
        for currency, value in cart.worth.items() if cart.state in states else ():
            sums[currency] += value
    return dict(sorted(sums.items()))


def _single(sums: dict[str, Decimal]) -> float | None:
    """A sum of money, unless it would be one of several currencies."""
    return float(sum(sums.values())) if len(sums) <= 1 else None


def _within(found: Sequence[Cart]) -> dict[str, float | None]:
    """The share bought within an hour, a day, a week: the estimate of Kaplan and Meier, fair to young carts. A cart
    that nobody bought yet is censored now, a lost one when it was lost; null beyond what the oldest cart tells."""
    carts = [cart for cart in found if cart.state != "emptied"]
    bought = [cart.state in ("purchased", "recovered") for cart in carts]
    points = kaplan_meier([cart.until - cart.opened for cart in carts], bought)
    if not carts:
        return dict.fromkeys(_WITHIN)
    shares: dict[str, float | None] = {}
    for name, span in _WITHIN.items():
        before = [point["survival"] for point in points if point["t"] <= span]
        told = max(cart.until - cart.opened for cart in carts) >= span or (before and not before[-1])
        shares[name] = (1 - before[-1] if before else 0.0) if told else None
    return shares
