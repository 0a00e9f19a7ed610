"""What people leave behind in the shop: baskets, checkouts, forms. Noted as they walk, told when the present is there.

Written from the rules that the reports state, not from their code: a basket is followed from its first article to the
order, or to an hour (given up) or seven days (not to be bought any more) without a sign of life; a visit at a checkout
or at a form is over half an hour after its last event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple

from collector.demo.audience import DAY, HOUR, MINUTE

STEPS: Final = ("/cart", "/checkout/address", "/checkout/shipping", "/checkout/payment")
OVER: Final = 30 * MINUTE  # a visit
GIVEN_UP: Final = HOUR  # a basket
GONE: Final = 7 * DAY  # a basket that is too old to be bought


class Deed(NamedTuple):
    """One event of a person: when (ms UTC), what, on which article, in a session of which campaign (as its link said
    it)."""

    t: int
    name: str
    props: Mapping[str, str | int | float]
    campaign: str | None


class Basket(NamedTuple):
    """A basket that was left behind: when it was opened, by which campaign, and what was in it."""

    opened: int
    campaign: str | None
    currency: str
    worth: Decimal


@dataclass
class Filling:
    """A visit at one form: which fields were touched in which order, and whether it was sent in the end."""

    fields: list[str] = field(default_factory=list)
    done: bool = False


@dataclass
class Passage:
    """A visit at the checkout and at its forms, on a kind of device."""

    device: str = ""
    last: int = 0
    furthest: int = 0
    ordered: bool = False
    forms: dict[str, Filling] = field(default_factory=dict)

    def happened(self, t: int, name: str, path: str, props: Mapping[str, str | int | float]) -> None:
        """Note one event; `path` is under the language."""
        self.last = t
        if name == "page_view" and path in STEPS:
            self.furthest = max(self.furthest, STEPS.index(path) + 1)
        self.ordered = self.ordered or (name == "purchase" and self.furthest > 0)
        if name.startswith("form_"):
            filling = self.forms.setdefault(str(props["form"]), Filling())
            filling.done = filling.done or name == "form_success"
            filling.fields += [str(props["field"])] if name == "form_field" else []


@dataclass
class Losses:
    """How the visits ended. Keys are (device, step) and (form's) field; a visit that may still go on is in none."""

    reached: Counter[tuple[str, int]] = field(default_factory=Counter)
    left: Counter[tuple[str, int]] = field(default_factory=Counter)
    begun: int = 0
    sent: int = 0
    unsent: int = 0
    touched: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    baskets: list[Basket] = field(default_factory=list)

    def lost(self, since: int) -> dict[tuple[str, str], Decimal]:
        """What was in the baskets that were opened from `since` on, by campaign (small letters; empty: none) and
        currency."""
        sums: dict[tuple[str, str], Decimal] = {}
        for one in self.baskets:
            key = (one.campaign or "").lower(), one.currency
            if one.opened >= since:
                sums[key] = sums.get(key, Decimal(0)) + one.worth
        return sums


def losses(passages: Iterable[Passage], people: Iterable[list[Deed]], now: int) -> Losses:
    """What was left behind by `now` (ms UTC)."""
    told = Losses()
    for passage in passages:
        over = now - passage.last >= OVER
        if passage.furthest and (over or passage.ordered):
            furthest = len(STEPS) if passage.ordered else passage.furthest
            told.reached.update((passage.device, step) for step in range(furthest))
            told.left[(passage.device, furthest - 1)] += not passage.ordered
        for filling in passage.forms.values():
            _form(told, filling, over)
    for deeds in people:
        told.baskets += baskets(deeds, now)
    return told


def _form(told: Losses, filling: Filling, over: bool) -> None:
    told.begun += 1
    told.sent += filling.done
    if not filling.done and not over:
        return
    told.touched.update(set(filling.fields))
    if not filling.done:
        told.unsent += 1
        told.stopped.update(filling.fields[-1:])


def baskets(deeds: list[Deed], now: int) -> Iterator[Basket]:
    """The baskets that one person left behind, from everything that person did."""
    goods: dict[str, list[Decimal]] = {}
    first = deeds[0] if deeds else None
    last = 0
    for deed in sorted(deeds, key=lambda one: one.t):
        if goods and first and deed.t - last >= GONE:
            yield _left(first, goods)
            goods = {}
        last = deed.t
        sku = str(deed.props.get("sku"))
        if deed.name == "add_to_cart":
            first = deed if not goods else first
            goods.setdefault(sku, []).append(Decimal(str(deed.props["price"])))
        elif deed.name == "remove_from_cart" and goods.get(sku):
            goods[sku].pop()
            goods = {name: prices for name, prices in goods.items() if prices}
        elif deed.name == "purchase":
            goods = {}
    if goods and first and now - last >= GIVEN_UP:
        yield _left(first, goods)


def _left(first: Deed, goods: Mapping[str, list[Decimal]]) -> Basket:
    worth = sum((sum(prices, Decimal(0)) for prices in goods.values()), Decimal(0))
    return Basket(first.t, first.campaign, str(first.props["currency"]), worth)
