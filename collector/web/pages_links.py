"""/sites/{site}/links: the page of links, and what its forms send. No script is needed.

What is typed stands in the address; making a link and taking one back are forms that lead to a page which says what
became of it, and a sheet is answered by the page itself. The API of `links` decides all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from collector.journal import Folder, snapshot
from collector.journal.links import KINDS, Link
from collector.links import Desk, Order, Refused, bulk, draft, qr
from collector.links.listing import as_csv, told
from collector.links.order import Fault
from collector.pages.filters import Filters
from collector.pages.issued import Issued, Sheet, Tried
from collector.pages.links import FIELDS, SHOWN
from collector.pages.period import Span
from collector.pages.registry import PAGES
from collector.utm.sentences import Language
from collector.web.asked import AskedError
from collector.web.guard import form, who
from collector.web.links import Links
from collector.web.pages import Pages, spoken, view
from collector.web.upload import uploaded

_EPOCH: Final = date(1970, 1, 1)
_TAGS: Final = ("source", "medium", "campaign", "term", "content", "id")
_NOWHERE: Final = "page"  # where a sentence about no field of the form is told


class Linking:
    """The page of links of one server."""

    def __init__(self, folder: Folder, pages: Pages, links: Links) -> None:
        self._folder, self._pages, self._links = folder, pages, links
        pages.links = self.shown

    async def front(self, request: Request) -> Response:
        """GET /links: to the page of the first site."""
        sites = self._pages.sites(request)
        query, root = request.url.query, request.scope.get("root_path", "")
        there = f"{root}/sites/{quote(sites[0].name)}/links" if sites else f"{root}/"
        return RedirectResponse(f"{there}?{query}" if query else there, 303, {"Cache-Control": "no-store"})

    async def page(self, request: Request) -> Response:
        """GET /sites/{site}/links."""
        return await self._pages.page(request)

    async def make(self, request: Request) -> Response:
        """POST …/links/make: a link from the form's fields, and back to the page, which shows it or what is wrong."""
        fields = await form(request)
        typed = [(name, fields.get(name, "").strip()) for name in FIELDS]
        try:
            made = draft(_order(dict(typed)), self._desk(request))
        except Refused:
            return self._back(request, fields, [*typed, ("tried", "1")], "builder")
        line = await self._links.outcome(made, dry_run=False)
        if line.faults:
            return self._back(request, fields, [*typed, ("tried", "1")], "builder")
        return self._back(request, fields, [("show", line.code), ("made", line.outcome)], "link")

    async def remove(self, request: Request) -> Response:
        """POST …/links/remove: take a link back."""
        fields = await form(request)
        code = fields.get("code", "").lower()
        await self._links.remove_link(code)
        return self._back(request, fields, [("show", code), ("made", "removed")], "link")

    async def sheet(self, request: Request) -> Response:
        """POST …/links/sheet: a file of links, checked (`do=check`) or made; the page says what became of each row."""
        parts = await uploaded(request, self._links.most)
        file, dry = parts.get("sheet"), parts["do"].text != "make" if "do" in parts else True
        name = file.name[:100] if file else ""
        speech, caller = spoken(request).language, who(request)
        try:
            lines = await self._links.settled(
                file.body if file else b"", self._desk(request), caller.name if caller else "", dry, speech
            )
        except AskedError as fault:
            found = Sheet(name, dry, refused=str(fault))
        else:
            found = _sheet(name, dry, [bulk.told(line, self._links.origin(request), speech) for line in lines],
                           bulk.counted(lines))  # fmt: skip
        return await self._pages.page(request, links=(await self.shown(request))._replace(sheet=found))

    async def shown(self, request: Request) -> Issued:
        """What the page shows of a view."""
        site = self._pages.site(request)
        if site is None:
            return Issued()  # the page says so
        filters, code = view(request, PAGES["links"], site)[0], ""
        try:
            tried, agreed = self._tried(request, filters), self._links.agreed()
        except AskedError as fault:  # the dictionary's file cannot be used
            tried, agreed = Tried(faults={_NOWHERE: [str(fault)]}), {}
        listed, total, opened = await self._links.apart(self._listed, self._links.origin(request), filters)
        text = opened["short"] if opened else tried.target if tried else ""
        if text:
            try:
                code = qr.inline(text)
            except qr.QRError:  # the link is worth showing without it
                code = ""
        return Issued(agreed, tried, opened, listed, total, code)

    def _desk(self, request: Request) -> Desk:
        return self._links.desk(request)._replace(day_first=spoken(request).language == "fr")

    def _tried(self, request: Request, filters: Filters) -> Tried | None:
        """What would become of the link that is typed."""
        typed = {name: filters.one(name) for name in FIELDS}
        if not typed["url"] and not filters.one("tried"):
            return None
        speech = spoken(request).language
        try:
            made = draft(_order(typed), self._desk(request))
        except Refused as refused:
            return self._judged(refused.target, refused.faults, speech)
        faults = self._links.rehearsed([bulk.Line(1, made, [])])[0].faults
        warnings = [warning.say(speech) for warning in made.warnings]
        return self._judged(made.draft.target, faults, speech)._replace(warnings=warnings)

    def _judged(self, target: str, faults: Iterable[Fault], speech: Language) -> Tried:
        said: dict[str, list[str]] = {}
        for fault in faults:
            field = fault.field if fault.field in FIELDS else _NOWHERE
            said.setdefault(field, []).append(fault.sentence.say(speech))
        return Tried(target, self._links.landing(target).get("channels", {}), said)

    def _listed(self, origin: str, filters: Filters) -> tuple[list[dict[str, Any]], int, dict[str, Any] | None]:
        """The links that the view shows, how many there are, and the one that is opened; clicks are of its days."""
        words, code = filters.one("q").lower().split(), filters.one("show").lower()
        with snapshot(self._folder) as log:
            links, clicks = log.links(), [one for one in log.clicks() if _within(filters.span, one.day)]
        tallies: dict[int, Counter[str]] = {}
        for one in clicks:
            tallies.setdefault(one.link, Counter())[one.kind] += one.n
        told_ = [_facts(link, origin, tallies.get(link.number, Counter()), filters.now) for link in links]
        opened = next((facts for facts in told_ if facts["code"] == code), None)
        if opened:
            number = next(link.number for link in links if link.code == code)
            opened |= {"days": _days([(one.day, one.kind, one.n) for one in clicks if one.link == number])}
        found = [facts for facts in told_ if not facts["removed"] and all(word in _searched(facts) for word in words)]
        return found[:SHOWN], len(found), opened

    def _back(self, request: Request, fields: Mapping[str, str], own: list[tuple[str, str]], panel: str) -> Response:
        site = quote(request.path_params["site"])
        kept = [pair for pair in parse_qsl(fields.get("query", "")) if pair[0] in {"range", "from", "to"}]
        query = urlencode([*kept, *((name, value[:4_096]) for name, value in own if value)])
        there = f"{request.scope.get('root_path', '')}/sites/{site}/links?{query}#{panel}"
        return RedirectResponse(there, 303, {"Cache-Control": "no-store"})


def _order(typed: Mapping[str, str]) -> Order:
    campaign = {name: typed[name] for name in _TAGS if typed[name]}
    return Order(typed["url"], campaign, typed["code"], typed["note"], typed["author"], typed["expires"])


def _sheet(name: str, dry: bool, rows: list[dict[str, Any]], counts: Mapping[str, int]) -> Sheet:
    faults = [(str(row["row"]), fault["column"], fault["value"], fault["message"]) for row in rows
              for fault in row["faults"]]  # fmt: skip
    warnings = [(str(row["row"]), warning["field"], warning["message"]) for row in rows for warning in row["warnings"]]
    return Sheet(name, dry, counts, faults, warnings, as_csv(rows, bulk.COLUMNS))


def _facts(link: Link, origin: str, tally: Counter[str], now: int) -> dict[str, Any]:
    """A link as the page tells it: whether it is over, and its last day."""
    last = None if link.expires is None else datetime.fromtimestamp((link.expires - 1) / 1000, UTC).date().isoformat()
    return told(link, origin, tally) | {"over": link.expires is not None and link.expires <= now, "last": last}


def _days(clicks: Iterable[tuple[int, str, int]]) -> list[dict[str, Any]]:
    """From the first day with a click to the last one, each with its clicks by kind."""
    counted: dict[int, Counter[str]] = {}
    for day, kind, n in clicks:
        counted.setdefault(day, Counter())[kind] += n
    span = range(min(counted), max(counted) + 1) if counted else ()
    return [{"day": _date(day), **{kind: counted.get(day, Counter())[kind] for kind in KINDS}} for day in span]


def _within(span: Span, day: int) -> bool:
    at = _EPOCH + timedelta(days=day)
    return (span.first is None or at >= span.first) and (span.last is None or at <= span.last)


def _date(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def _searched(link: Mapping[str, Any]) -> str:
    return " ".join(str(link[name]) for name in ("code", "target", "note", "author")).lower()
