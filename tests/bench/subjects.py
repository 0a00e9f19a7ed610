"""Our scripts and those of others, each on the same page, in real Chromium, with a collector that only listens.

The others are npm packages as `npm run sizes -- --keep DIR` bundles them, with all that they can record by themselves
switched on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, Page, Playwright, Request, Route

CHROMIUM: Final = "/usr/bin/chromium"
# The last one, because others count nothing in a browser that says it is driven.
FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-blink-features=AutomationControlled"]
HOST: Final = "https://shop.example"
OURS: Final = ("s.lite.js", "s.standard.js", "s.js", "s.full.js")
PEERS: Final = {
    "plausible-tracker": "const p = peer.default({domain: 'shop.example', apiHost: ''}); "
    "p.enableAutoPageviews(); p.enableAutoOutboundTracking()",
    "@plausible-analytics/tracker": "peer.init({domain: 'shop.example', endpoint: '/e', outboundLinks: true, "
    "fileDownloads: true, formSubmissions: true})",
    "@openpanel/web": "new peer.OpenPanel({apiUrl: '/e', clientId: 'x', trackScreenViews: true, "
    "trackOutgoingLinks: true, trackAttributes: true})",
    "@rybbit/js": "peer.default.init({analyticsHost: '/e', siteId: '1', autoTrackPageview: true, autoTrackSpa: true, "
    "trackOutbound: true})",
    "ackee-tracker": "const a = peer.create('/e', {detailed: true, ignoreLocalhost: false}); a.record('x')",
    "@snowplow/browser-tracker": "peer.newTracker('sp', location.origin, {appId: 'shop'}); "
    "peer.enableActivityTracking({minimumVisitLength: 1, heartbeatDelay: 1}); peer.trackPageView()",
}
# Where they lead is beside the page, which stays: what it sends as it is left cannot be seen here.
_BODY: Final = """<iframe name="aside" src="/aside"></iframe>
<a id="out" href="https://other.example/x" target="aside">out</a> <a id="file" href="/price.pdf" target="aside">file</a>
<form id="order" action="/thanks" target="aside"><input id="name" name="name"><button id="send">Send</button></form>
<p style="height: 4000px">Shop</p>"""

# What one of them asks its server for.
_REMOTE: Final = dict.fromkeys(
    ("trackInitialPageView", "trackSpaNavigation", "trackOutbound", "trackFormInteractions", "trackButtonClicks"), True
)


class Subject(NamedTuple):
    """A script, and what starts it; ours start by their tag."""

    name: str
    code: str
    start: str = ""


def ours() -> list[Subject]:
    """The built files as they are served."""
    static = resources.files("collector.web").joinpath("static")
    return [Subject(file, static.joinpath(file).read_text("utf-8")) for file in OURS]


def peers(folder: Path) -> list[Subject]:
    """The others' bundles."""
    return [
        Subject(name, (folder / f"{name.replace('/', '-')}.js").read_text("utf-8"), start)
        for name, start in PEERS.items()
    ]


class Visit:
    """A tab on the page of one subject, and what it sends."""

    def __init__(self, tab: Page, subject: Subject, consent: str, body: str = _BODY) -> None:
        self.tab, self.subject, self.consent, self.body = tab, subject, consent, body
        self.sent: list[str] = []  # address and body of each request with one, in order
        self.refusing = 0  # so many answers are 503
        tab.route("**/*", self._answer)

    def open(self) -> None:
        """Land on the page, and let it say what it has to say."""
        self.tab.goto(HOST + "/land?utm_source=news")
        self.wait(700)

    def wait(self, milliseconds: float) -> None:
        self.tab.wait_for_timeout(milliseconds)

    def told(self, *words: str) -> bool:
        """Whether one request names one of these words; waited for."""
        for _ in range(20):
            if any(word in one for one in self.sent for word in words):
                return True
            self.wait(150)
        return False

    def _answer(self, route: Route) -> None:
        request = route.request
        if request.method == "POST":
            self.sent.append(_said(request))
            self.refusing -= 1
            route.fulfill(status=503 if self.refusing >= 0 else 202, body="{}", content_type="application/json")
        elif request.url.endswith("/script.js"):
            route.fulfill(body=self.subject.code, content_type="text/javascript")
        elif request.resource_type == "document":
            whole = request.url.startswith((HOST + "/land", HOST + "/other"))
            route.fulfill(body=self._page() if whole else "beside", content_type="text/html")
        else:
            route.fulfill(body=json.dumps(_REMOTE), content_type="application/json")

    def _page(self) -> str:
        tag = f'<script src="/script.js" data-site="shop" data-consent="{self.consent}"></script>'
        script = tag if self.subject.code else ""
        return f"<!doctype html><title>Shop</title>{self.body}{script}<script>{self.subject.start}</script>"


def _said(request: Request) -> str:
    try:
        return f"{request.url} {json.loads(request.post_data or '{}')}"
    except ValueError:
        return f"{request.url} {request.post_data}"


@contextmanager
def browsing(playwright: Playwright) -> Iterator[Browser]:
    """Chromium as people have it: it keeps pages for the way back."""
    started = playwright.chromium.launch(
        executable_path=CHROMIUM, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield started
    started.close()
