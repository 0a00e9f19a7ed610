"""POST /m/e and /m/forget: the hot path, plain ASGI. Decides nothing: asks intake, hands to the journal, answers.

Answers: 202 with the counts by reason · 400 malformed, with field and expectation · 401 a token that is none · 403 not
an origin of this site (an unknown site looks the same) · 404 a server's batch for an unknown site · 405 · 408 too slow
· 413 too large · 415 encoding · 429 and 503 with Retry-After.
A server whose token may collect needs no origin, is not limited in its rate, may send more at once, and says itself who
the visitor is; its own user agent is nobody's.
A 202 means: committed to the disk. A 4xx is final; after 429, 503 or silence the same ids may be sent again.
"""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import msgspec
import orjson
from starlette.types import Receive, Scope, Send

from collector.access import Caller
from collector.event import Drop, Event, Hit, Sender, Sent, Site
from collector.intake import admit, barred, consent, minimise, validate
from collector.journal import Count, Journal, Kept, UnavailableError, refusal
from collector.salts import Salts
from collector.web.deadline import Deadline
from collector.web.limits import Buckets, Proxies, network
from collector.web.options import Options
from collector.web.refusal import Headers, Refusal, answered, foreign, token, too_large

MAX_AGE: Final = 33_696_000  # 390 days: under 13 months, counted from the first set and never renewed
PATIENCE: Final = 15.0  # seconds for a commit; a disk that takes longer is told as one that does not answer
MAX_FAULTS: Final = 10  # shown in an answer
_UTF_8: Final = re.compile(rb"charset\s*=\s*\"?utf-?8\"?\s*(?:;|$)")
_VISITOR: Final = re.compile(r"^[0-9A-Za-z_-]{8,64}$")
_TYPES: Final = frozenset({b"", b"text/plain", b"application/json"})
_LOCAL: Final = re.compile(r"^http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?$")
_JSON: Final = (b"content-type", b"application/json")
_NO_STORE: Final = (b"cache-control", b"no-store")

_T = TypeVar("_T")


class Request(NamedTuple):
    """What the head of a request says."""

    headers: Mapping[bytes, bytes]
    origin: str
    address: str
    proxied: bool  # it came through a hop that the operator trusts
    key: Caller | None = None  # it is a server's, whose token may collect


Act: TypeAlias = Callable[[Request, bytes], Awaitable[tuple[int, bytes, Headers]]]


class Collector:
    """The collecting endpoints of one server. `sites` is looked at anew for every batch."""

    def __init__(
        self,
        journal: Journal,
        sites: Mapping[str, Site],
        options: Options,
        bearer: Callable[[str], Caller | None],
        clock: Callable[[], float] = time.time,
        room: Callable[[], bool] = lambda: True,
        salts: Salts | None = None,
    ) -> None:
        self._journal, self._sites, self._options, self._bearer = journal, sites, options, bearer
        self._clock, self._room, self._salts = clock, room, salts or Salts()
        self._proxies = Proxies(options.trusted_proxies)
        self._country = options.country_header.lower().encode()
        self._deadline = Deadline(options.body_seconds)
        self._patience = Deadline(PATIENCE)
        self._by_address = Buckets(options.address_rate, options.address_burst, time.monotonic)
        self._by_site = Buckets(options.site_rate, options.site_rate, time.monotonic)

    async def events(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /m/e."""
        await self._answer(scope, receive, send, self._collect)

    async def forget(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST /m/forget: the visitor's cookie of this site is deleted."""
        await self._answer(scope, receive, send, self._forget)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, act: Act) -> None:
        headers = _fields(scope["headers"])
        origin = headers.get(b"origin", b"").strip().decode("latin-1")
        peer = client[0] if (client := scope.get("client")) else "unknown"
        sender, trusted = self._proxies.sender(peer, headers), self._proxies.trusts(peer)
        request = Request(headers, origin, sender, trusted, self._key(headers))
        extra: Headers = []
        try:
            if scope["method"] == "OPTIONS":
                status, body = 204, b""
                extra = [(b"access-control-allow-methods", b"POST"), (b"access-control-allow-headers", b"content-type"),
                         (b"access-control-max-age", b"86400")]  # fmt: skip
            else:
                if scope["method"] != "POST":
                    raise Refusal(405, "method_not_allowed", "send events with POST")
                self._limit(request)
                if b"authorization" in headers and request.key is None:
                    raise token()
                self._known(request)
                payload = await self._body(request, receive)
                if payload is None:
                    self._journal.count(refusal("cut_off"))
                    return
                status, body, extra = await act(request, payload)
        except Refusal as refused:
            self._journal.count(refusal(refused.code, refused.site, refused.events))
            status, body, extra = answered(refused)
        await _send(send, status, body, [*extra, *self._cors(origin)])

    def _key(self, headers: Mapping[bytes, bytes]) -> Caller | None:
        """Whose token it carries, if that may collect."""
        header = headers.get(b"authorization")
        caller = None if header is None else self._bearer(header.decode("latin-1"))
        return caller if caller and "collect" in caller.actions else None

    def _known(self, request: Request) -> None:
        """An origin that no site has is refused before its body is read, let alone taken apart."""
        if request.key is None and not any(request.origin in site.origins for site in self._sites.values()):
            raise foreign()

    def _cors(self, origin: str) -> Headers:
        """Answers may be read by the sites' own pages, with their cookie, and by nobody else."""
        if not origin or not any(origin in site.origins for site in self._sites.values()):
            return [(b"vary", b"Origin")]
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"retry-after"),
        ]

    def _limit(self, request: Request) -> None:
        key = None if request.key else network(request.address)
        if key is not None and (wait := self._by_address.wait(key)):
            raise Refusal(429, "too_many_requests", "too many requests from this address", None, wait)
        if not self._room():
            raise Refusal(503, "disk_full", "the disk is nearly full", None, 30)

    async def _body(self, request: Request, receive: Receive) -> bytes | None:
        """The whole body, or None if the sender hung up. Counted on the stream, whatever Content-Length says."""
        kind, _, parameters = request.headers.get(b"content-type", b"").lower().partition(b";")
        if kind.strip() not in _TYPES:
            raise Refusal(415, "content_type", "expected text/plain or application/json", "content-type")
        if b"charset" in parameters and not _UTF_8.search(parameters):
            raise Refusal(415, "charset", "expected UTF-8", "content-type")
        if request.headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise Refusal(415, "content_encoding", "expected a body that is not compressed", "content-encoding")
        most = self._options.server_body_bytes if request.key else self._options.body_bytes
        declared = request.headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            raise too_large(most)
        try:
            return await self._deadline.keep(self._read(receive, most))
        except TimeoutError:
            raise Refusal(
                408, "body_too_slow", f"no whole body within {self._options.body_seconds:g} s", "body"
            ) from None

    async def _read(self, receive: Receive, most: int) -> bytes | None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += bytes(message.get("body", b""))
            if len(body) > most:
                raise too_large(most)
            if not message.get("more_body"):
                return body

    def _site(self, name: str, request: Request) -> Site:
        """The site, if the request comes from one of its origins. One answer for a wrong origin and an unknown site."""
        site = self._sites.get(name)
        if request.key is not None:
            if site is None or not request.key.sees(name):
                raise Refusal(404, "unknown_site", "there is no such site: see `balise site list`", "site")
            return site
        if site is None or request.origin not in site.origins:
            raise foreign()
        return site

    def _busy(self, site: Site, request: Request, events: int) -> None:
        """Raise if the site has had its share of requests."""
        if request.key is None and network(request.address) is not None and (wait := self._by_site.wait(site.name)):
            raise Refusal(429, "too_many_requests", "too many requests for this site", None, wait).of(site, events)

    async def _collect(self, request: Request, payload: bytes) -> tuple[int, bytes, Headers]:
        batch = validate.batch(payload)
        if isinstance(batch, Drop):
            raise Refusal(400, batch.reason, f"{batch.field}: {batch.expected}", batch.field)
        site = self._site(batch.site, request)
        self._busy(site, request, len(batch.events))
        sender = self._sender(request, batch)
        reason = barred(sender, site)
        if reason is not None:
            return self._unread(site, len(batch.events), reason)
        sender, cookie = self._who(request, site, batch, sender)
        if self._stale(site, sender):
            return self._unread(site, len(batch.events), "withdrawn")
        admitted = [_admitted(raw, sender, site) for raw in batch.events]
        return await self._keep(site, admitted, cookie, minimise.proof(batch.consent))

    def _unread(self, site: Site, events: int, reason: str) -> tuple[int, bytes, Headers]:
        self._journal.count({Count(site.number, "received", ""): events, Count(site.number, "dropped", reason): events})
        return 202, _counts(Kept(0, 0), {reason: events} if events else {}), []

    def _stale(self, site: Site, sender: Sender) -> bool:
        """Whether the visitor took back the grant that this batch still claims: it was under way, or is sent again."""
        if sender.visitor is None or sender.receipt is None:
            return False
        withdrawn = self._journal.withdrawn(site.number, minimise.kept_id(sender.visitor, site))
        return withdrawn is not None and consent.stale(sender.receipt, sender.received, sender.sent_at, withdrawn)

    async def _keep(
        self, site: Site, admitted: list[Event | Drop], cookie: Headers, more: str
    ) -> tuple[int, bytes, Headers]:
        events = [event for event in admitted if isinstance(event, Event)]
        counts = {Count(site.number, "received", ""): len(admitted)}
        dropped: Counter[str] = Counter()
        faults: list[dict[str, Any]] = []
        if len(events) < len(admitted):
            for index, drop in enumerate(admitted):
                if isinstance(drop, Drop):
                    dropped[drop.reason] += 1
                    faults.append({"index": index, "field": drop.field, "expected": drop.expected})
            counts.update({Count(site.number, "dropped", reason): n for reason, n in dropped.items()})
        if not events:
            self._journal.count(counts)
            return 202, _counts(Kept(0, 0), dropped, faults), []
        kept = await self._stored(self._journal.keep(site.number, events, counts, more), site, len(admitted))
        return 202, _counts(kept, dropped, faults), cookie

    async def _stored(self, work: Awaitable[_T], site: Site, events: int) -> _T:
        try:
            return await self._patience.keep(work)
        except UnavailableError as error:
            raise Refusal(503, error.code, str(error), None, error.retry_after).of(site, events) from None
        except TimeoutError:
            raise Refusal(503, "storage_slow", "the disk does not answer", None, 5).of(site, events) from None

    def _who(self, request: Request, site: Site, batch: validate.Batch, sender: Sender) -> tuple[Sender, Headers]:
        """The sender with who it is. Without a grant that is the hash of the day; of what a server passes on (with a
        key) the address says nothing of the visitor."""
        if consent.measure(site.profile, batch.consent) == "full":
            visitor, cookie = self._visitor(request, site, batch)
            return msgspec.structs.replace(sender, visitor=visitor), cookie
        if sender.agent is None:
            return sender, []
        daily = self._salts.daily(site, request.address, sender.agent, sender.received)
        return msgspec.structs.replace(sender, daily=daily), []

    def _visitor(self, request: Request, site: Site, batch: validate.Batch) -> tuple[str | None, Headers]:
        """The visitor's id, and the cookie that sets it: only after a grant, only once, never renewed.

        It is derived from the first page's own random id under the site's key, so that two batches of that page, or
        one that is sent again because its answer was lost, name the same visitor. A page whose collector is on another
        site cannot keep the cookie: its batch says who the visitor is, or every page view stands alone.
        """
        if request.key is not None:
            return batch.visitor, []
        known = _cookie(request.headers.get(b"cookie", b""), f"m_{site.name}")
        if known is not None and _VISITOR.match(known):
            return known, []
        if batch.visitor is not None:
            return batch.visitor, []
        if batch.consent is None or request.headers.get(b"sec-fetch-site") == b"cross-site":
            return None, []
        visitor = _derived(batch, site)
        return visitor, [(b"set-cookie", _set_cookie(site.name, visitor, MAX_AGE, request.origin))]

    def _sender(self, request: Request, batch: validate.Batch) -> Sender:
        headers = request.headers
        country = headers.get(self._country) if self._country and request.proxied else None
        return Sender(
            received=int(self._clock() * 1000),
            sent_at=batch.sent_at,
            receipt=batch.consent,
            visitor=batch.visitor,
            agent=None if request.key else headers.get(b"user-agent", b"").decode("latin-1"),
            country=country.decode("latin-1").upper() if country else None,
            zone=batch.tz,
            objection=consent.objection(headers),
        )

    async def _forget(self, request: Request, payload: bytes) -> tuple[int, bytes, Headers]:
        forget = validate.forget(payload)
        if isinstance(forget, Drop):
            raise Refusal(400, forget.reason, f"{forget.field}: {forget.expected}", forget.field)
        site = self._site(forget.site, request)
        self._busy(site, request, 1)
        visitor = _cookie(request.headers.get(b"cookie", b""), f"m_{site.name}")
        if visitor is None or not _VISITOR.match(visitor):
            visitor = forget.visitor
        if visitor:
            withdrawn = self._journal.withdraw(site.number, minimise.kept_id(visitor, site), int(self._clock() * 1000))
            await self._stored(withdrawn, site, 1)
        return 204, b"", [(b"set-cookie", _set_cookie(site.name, "", 0, request.origin))]


def _derived(batch: validate.Batch, site: Site) -> str:
    first = validate.sent(batch.events[0]) if batch.events else None
    page = first.page if isinstance(first, Sent) and first.page else str(uuid.uuid4())
    return minimise.pseudonym(page, site.key)


def _admitted(raw: bytes, sender: Sender, site: Site) -> Event | Drop:
    sent = validate.sent(raw)
    return sent if isinstance(sent, Drop) else admit(Hit(sender, sent), site)


def _counts(kept: Kept, dropped: Mapping[str, int], faults: list[dict[str, Any]] | None = None) -> bytes:
    answer: dict[str, object] = {
        "accepted": kept.accepted,
        "duplicate": kept.duplicate,
        "dropped": dict(dropped),
    }
    if faults:
        answer["faults"] = faults[:MAX_FAULTS]
    return orjson.dumps(answer)


def _fields(pairs: Headers) -> dict[bytes, bytes]:
    """A request's header fields by name; one that comes more than once is one list, as a proxy may write it."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        for name in fields:
            values = [value for other, value in pairs if other == name]
            fields[name] = (b"; " if name == b"cookie" else b", ").join(values)
    return fields


def _cookie(header: bytes, name: str) -> str | None:
    for pair in header.decode("latin-1").split(";") if header else ():
        key, _, value = pair.partition("=")
        if key.strip() == name:
            return value.strip()
    return None


def _set_cookie(site: str, value: str, age: int, origin: str) -> bytes:
    secure = "" if _LOCAL.match(origin) else "; Secure"
    return f"m_{site}={value}; Max-Age={age}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()


async def _send(send: Send, status: int, body: bytes, headers: Headers) -> None:
    if body:
        headers = [_JSON, (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, _NO_STORE]})
    await send({"type": "http.response.body", "body": body})
