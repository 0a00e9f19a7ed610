"""One walk through the shop, page by page, as somebody with a given will to buy would take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Final, NamedTuple

from collector.demo.audience import MINUTE
from collector.demo.campaigns import Touch
from collector.demo.catalogue import ARTICLES, CATEGORIES, SHIPPING, Article

INTERNAL_TAG: Final = "utm_source=home&utm_medium=banner&utm_campaign=winter_table"
FIELDS: Final = ("name", "email", "street", "postcode", "city")  # of the form "address", in their order
_STOPS: Final = (2, 9, 4, 2, 1)  # who gives the form up does so at one of them: at the address for mail most of all
_LONG: Final = {"email": 9_000, "street": 6_000}  # ms that a field makes one think, the others 2,500
STAGES: Final = ("home", "product", "cart", "checkout", "purchase")


class Step(NamedTuple):
    """One event of a walk: `pause` ms after the one before. `path` is under the language, `tag` an own link's
    query."""

    pause: int
    name: str
    path: str
    props: Mapping[str, str | int | float] | None = None
    amount: Decimal | None = None
    tag: str = ""

    @property
    def stage(self) -> int | None:
        """Its place in STAGES, None for what is no step of the funnel."""
        if self.name != "page_view":
            return 4 if self.name == "purchase" else None
        if self.path.startswith("/product/"):
            return 1
        return {"": 0, "/cart": 2, "/checkout/address": 3}.get(self.path)


class Mood(NamedTuple):
    """What decides a walk: how one came, on what, and whether an earlier visit left goods in the cart."""

    touch: Touch
    patience: float  # 1 on a desktop, less on smaller screens
    returning: bool
    carrying: bool


def walk(mood: Mood, rng: Random) -> Iterator[Step]:
    """The events of one visit, in order, the landing page first."""
    article = rng.choice(ARTICLES)
    landing = "cart" if mood.carrying and mood.touch.landing != "cart" and rng.random() < 0.5 else mood.touch.landing
    yield _view(0, _path(landing, article))
    if landing == "cart":
        yield from _checkout(mood, rng, [article])
    elif rng.random() >= mood.touch.bounce * (0.6 if mood.returning else 1.0):
        yield from _browse(mood, rng, landing, article)


def _browse(mood: Mood, rng: Random, landing: str, article: Article) -> Iterator[Step]:
    """From the landing page to some articles, and to the cart if one of them was taken."""
    if landing == "product" and rng.random() < 0.35:
        yield _view(_reading(rng), "")
        landing = "home"
    if landing == "home" and rng.random() < 0.7:
        tag = INTERNAL_TAG if rng.random() < 0.04 else ""
        yield _view(_reading(rng), "/category/" + rng.choice(CATEGORIES))._replace(tag=tag)
        if rng.random() < 0.25:
            return
    basket: list[Article] = []
    for turn in range(rng.choices((1, 2, 3, 4), (40, 30, 20, 10))[0]):
        if landing != "product" or turn:
            article = rng.choice(ARTICLES)
            yield _view(_reading(rng), "/product/" + article.sku)
        if rng.random() < 0.09 * mood.touch.buy * mood.patience * (1.4 if mood.returning else 1.0):
            basket.append(article)
            yield _added(rng, article)
    if basket:
        yield _view(_reading(rng), "/cart")
        yield from _checkout(mood, rng, basket)


def _checkout(mood: Mood, rng: Random, basket: list[Article]) -> Iterator[Step]:
    """From the cart page that is already open to the thank-you page, with a door at every stage."""
    keep = mood.touch.keep * mood.patience
    if len(basket) > 1 and rng.random() < 0.2:
        yield _removed(rng, basket.pop())
    before = "cart"
    for stage, share in (("address", 0.78), ("shipping", 0.98), ("payment", 1.08)):
        goes = rng.random() <= keep * share
        yield from _form(before, goes, rng)
        if not goes:
            return
        yield _view(_reading(rng), "/checkout/" + stage)
        before = stage
    goes = rng.random() <= min(0.96, keep * 1.12)
    yield from _form("payment", goes, rng)
    if not goes:
        return
    amount = sum((one.price for one in basket), SHIPPING[rng.choice(("relay", "home"))])
    yield _view(rng.randrange(20_000, 90_000), "/thanks")
    yield Step(rng.randrange(250, 900), "purchase", "/thanks", {"order": f"BR-{rng.getrandbits(28):07X}"}, amount)


def _form(name: str, sent: bool, rng: Random) -> Iterator[Step]:
    """The form of a step of the checkout, as the snippet tells of it: sent, or left at one of its fields."""
    if name == "cart" or (not sent and rng.random() < 0.2):  # a page without one; one that is only looked at
        return
    if name == "address":
        last = len(FIELDS) if sent else rng.choices(range(1, 6), _STOPS)[0]
        for field in FIELDS[:last]:
            yield _touched(rng, name, field)
        if sent and rng.random() < 0.12:  # the browser does not take it for an address
            yield _told(rng, "form_submit", name, field="email", failed=True)
            yield _touched(rng, name, "email")
    elif name == "shipping" and rng.random() < 0.4:
        yield _touched(rng, name, "shipping")
    if sent:
        yield _told(rng, "form_submit", name)
        yield _told(rng, "form_success", name)._replace(pause=1)


def _touched(rng: Random, form: str, field: str) -> Step:
    pause = int(rng.lognormvariate(0, 0.5) * _LONG.get(field, 2_500))
    return _told(rng, "form_field", form, field=field)._replace(pause=pause)


def _told(rng: Random, name: str, form: str, **more: str | bool) -> Step:
    return Step(rng.randrange(900, 4_000), name, "/checkout/" + form, {"form": form, **more})


def _path(landing: str, article: Article) -> str:
    if landing == "category":
        return "/category/" + article.category
    return {"home": "", "cart": "/cart", "product": "/product/" + article.sku}[landing]


def _view(pause: int, path: str) -> Step:
    return Step(pause, "page_view", path)


def _added(rng: Random, article: Article) -> Step:
    props: dict[str, str | int | float] = {"sku": article.sku, "qty": 1, "price": float(article.price)}
    return Step(rng.randrange(4_000, 60_000), "add_to_cart", "/product/" + article.sku, props)


def _removed(rng: Random, article: Article) -> Step:
    return Step(rng.randrange(4_000, 60_000), "remove_from_cart", "/cart", {"sku": article.sku, "qty": 1})


def _reading(rng: Random) -> int:
    """How long a page is read (ms): mostly under a minute, a few are left open for long, never for a whole
    timeout."""
    if rng.random() < 0.02:
        return rng.randrange(8 * MINUTE, 29 * MINUTE)
    return min(int(rng.lognormvariate(10.2, 0.8)), 8 * MINUTE)
