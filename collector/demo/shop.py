"""The demo shop as a web application: nine articles, a cart, a checkout in three steps, in two languages.

Nothing comes from another host but the snippet, and the policy sent with every page allows nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Template
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from collector.demo.catalogue import ARTICLES, CATEGORIES, LANGUAGES, SHIPPING
from collector.demo.view import PAGES, View, cents, current, drawing
from collector.web.language import preferred

STEPS: Final = ("address", "shipping", "payment")
_WAY: Final = ("/cart", *(f"/checkout/{step}" for step in STEPS), "/thanks")
_FAVOURITES: Final = ("stoneware-teapot", "smoked-oolong", "walking-flask")
_ADDRESS: Final = re.compile(r"""\b(?:src|data-endpoint)=["']([^"']+)["']""")

Page = tuple[str, str]  # the title, the content of <main>


def make_shop(snippet_tag: str) -> Starlette:
    """The shop as an ASGI application, for a port of its own or mounted under a prefix.

    `snippet_tag` is the script element that measures, as `balise site add` prints it; the origins of its
    `src` and `data-endpoint` are the only foreign ones that the pages' Content-Security-Policy allows.
    """
    shop, both = _Shop(snippet_tag), ["GET", "POST"]
    pages: dict[str, Callable[[View, Request], Page]] = {
        "": home, "/category/{key}": category, "/product/{key}": product, "/cart": cart,
        "/checkout/{key}": checkout, "/thanks": thanks, "/privacy": privacy,
    }  # fmt: skip
    return Starlette(
        routes=[
            Route("/", welcome),
            Mount("/static", StaticFiles(directory=PAGES / "static")),
            *(Route("/{lang}" + at, shop.serving(page), methods=both) for at, page in pages.items()),
        ],
        exception_handlers={404: shop.missing, 405: shop.missing},
    )


class _Shop:
    """What all pages share: the snippet's tag, put into each as it is, and the policy made for it."""

    def __init__(self, snippet: str) -> None:
        self.snippet = snippet
        self.policy = policy(snippet)

    def serving(self, page: Callable[[View, Request], Page]) -> Callable[[Request], Response]:
        """The endpoint of one page. Without scripts a form posts to the next page: its body stays unread."""

        def endpoint(request: Request) -> Response:
            if request.path_params["lang"] not in LANGUAGES:
                raise HTTPException(404)
            if request.method == "POST":
                return RedirectResponse(request.url.path, 303)
            view = View(request.path_params["lang"], _root(request))
            place = request.url.path.removeprefix(view.link(""))
            return self.answer(view, place, page(view, request))

        return endpoint

    def missing(self, request: Request, _error: Exception) -> Response:
        """The page for what does not exist, in the language of the path or of the browser."""
        root, accepted = _root(request), request.headers.get("accept-language", "")
        first = request.url.path.removeprefix(root).strip("/").partition("/")[0]
        view = View(first if first in LANGUAGES else preferred(accepted, LANGUAGES), root)
        return self.answer(view, "", (view.text("missing.title"), view.fill("missing")), 404)

    def answer(self, view: View, place: str, page: Page, status: int = 200) -> Response:
        """The whole page for `place`, its path under the language."""
        title, main = page
        body = view.fill(
            "layout",
            title=title,
            main=main,
            place=place,
            snippet=self.snippet,
            mark=drawing("mark"),
            shelves=view.shelves(place),
            languages=view.languages(place),
        )
        headers = {
            "Content-Security-Policy": self.policy,
            "Content-Language": view.lang,
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        }
        return HTMLResponse(body, status, headers)


def policy(snippet: str) -> str:
    """The Content-Security-Policy of every page: nothing inline, nothing foreign but the snippet's own."""
    parts = [urlsplit(address) for address in _ADDRESS.findall(snippet)]
    foreign = sorted({f"{part.scheme}://{part.netloc}" for part in parts if part.scheme and part.netloc})
    own = " ".join(["'self'", *foreign])
    return (
        f"default-src 'none'; script-src {own}; connect-src {own}; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


def welcome(request: Request) -> Response:
    """From `/` to the home page in the browser's language, with the query: campaign links may point here."""
    lang = preferred(request.headers.get("accept-language", ""), LANGUAGES)
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
    return RedirectResponse(f"{_root(request)}/{lang}{query}", 302, headers)


def home(view: View, _request: Request) -> Page:
    """The first page: a scene, the categories, three articles."""
    shown = view.cards(one for one in ARTICLES if one.sku in _FAVOURITES)
    return view.text("home.title"), view.fill("home", hero=drawing("hero"), doors=view.doors(), cards=shown)


def category(view: View, request: Request) -> Page:
    """One category and its articles."""
    key = _among(CATEGORIES, request)
    name, text = view.text(f"category.{key}"), view.text(f"category.{key}.text")
    shown = view.cards(one for one in ARTICLES if one.category == key)
    return name, view.fill("category", name=name, text=text, cards=shown)


def product(view: View, request: Request) -> Page:
    """One article, with its button for the cart and three others."""
    sku = _among([one.sku for one in ARTICLES], request)
    article = next(one for one in ARTICLES if one.sku == sku)
    others = [one for one in ARTICLES if one.category != article.category][::2]
    facts = view.text(f"{sku}.facts").split(" · ")
    main = view.fill(
        "product",
        sku=sku,
        name=view.text(sku),
        text=view.text(f"{sku}.text"),
        category=article.category,
        category_name=view.text(f"category.{article.category}"),
        price=view.money(article.price),
        cents=cents(article.price),
        picture=drawing(sku, view.text(f"{sku}.art")),
        facts="".join(f"<li>{fact}</li>" for fact in facts),
        cards=view.cards(others),
    )
    return view.text(sku), main


def cart(view: View, _request: Request) -> Page:
    """The cart: a line for every article of the shop, of which the script shows those that are in it."""
    lines = (
        view.fill("line", sku=one.sku, name=view.text(one.sku), cents=cents(one.price), picture=drawing(one.sku))
        for one in ARTICLES
    )
    return view.text("cart.title"), view.fill("cart", lines="".join(lines))


def checkout(view: View, request: Request) -> Page:
    """One of three steps. Nothing typed has a name, so that nothing typed can be sent."""
    step = _among(STEPS, request)
    number = STEPS.index(step)
    names = {one: view.text(f"checkout.{one}") for one in STEPS}
    prices = {f"{way}_cents": cents(price) for way, price in SHIPPING.items()}
    prices |= {f"{way}_price": view.money(price) for way, price in SHIPPING.items()}
    main = view.fill(
        "checkout",
        stage=step,
        name=names[step],
        back=_WAY[number],
        next=_WAY[number + 2],
        step=Template(view.text("checkout.step")).substitute(n=number + 1),
        steps="".join(f"<li{current(one == step, 'step')}>{name}</li>" for one, name in names.items()),
        fields=view.fill(step, **prices),
        action=view.text(f"{step}.next"),
        short="".join(view.fill("short", sku=one.sku, name=view.text(one.sku)) for one in ARTICLES),
    )
    return names[step], main


def thanks(view: View, _request: Request) -> Page:
    """The page that the script tells a purchase from, once an order."""
    return view.text("thanks.title"), view.fill("thanks", picture=drawing("pair-of-cups"))


def privacy(view: View, _request: Request) -> Page:
    """What is measured and stored, and where consent is given and taken back."""
    return view.text("privacy.title"), view.fill("privacy")


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _among(known: tuple[str, ...] | list[str], request: Request) -> str:
    key = str(request.path_params["key"])
    if key not in known:
        raise HTTPException(404)
    return key
