"""Requests as browsers send them, made beforehand so that the sender has nothing to do but send."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

import orjson

from tests.bench.dataset import ORIGIN, SITE

_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/14{n}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/2{n}.1 "
    "Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{n} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{n} "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/14{n}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:14{n}.0) Gecko/20100101 Firefox/14{n}.0",
)
_ZONES = ("Europe/Paris", "Europe/Berlin", "Europe/Brussels", "Europe/Madrid", "America/Montreal")
_REFERRERS = (
    "https://www.google.com/",
    "https://www.bing.com/",
    "https://l.facebook.com/",
    "https://blog.example/post",
)
_SOURCES = (
    "google&utm_medium=cpc",
    "newsletter&utm_medium=email",
    "facebook&utm_medium=paid_social",
    "partner&utm_medium=link",
)
_SPREAD = 10 * 3_600_000  # ms: visits began up to ten hours ago, as an evening's log would show them
_HEAD = (
    "POST /m/e HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n"
    "User-Agent: {agent}\r\nContent-Type: text/plain;charset=UTF-8\r\nAccept: */*\r\nOrigin: https://shop.example\r\n"
    "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: https://shop.example/\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: fr-FR,fr;q=0.9,en;q=0.8\r\n"
    "Cookie: m_shop={visitor}\r\n\r\n"
)  # fmt: skip


def requests(events: int, batch: int, seed: int) -> list[bytes]:
    """Whole HTTP requests that carry `events` in batches of at most `batch`.

    Large batches are full; with small ones a visit has six events on average and its last batch may be smaller.
    """
    made: list[bytes] = []
    left = events
    for visit in _visits(Random(seed), batch):
        for request, size in visit:
            made.append(request)
            left -= size
            if left <= 0:
                return made
    raise AssertionError("visits never end")


def _visits(rng: Random, batch: int) -> Iterator[list[tuple[bytes, int]]]:
    """Visit after visit, each as its requests and the number of events in them; the last ones fit the whole."""
    while True:
        visitor, zone = _uuid(rng, 4), rng.choice(_ZONES)
        agent = rng.choice(_AGENTS).format(n=rng.randrange(1, 7))
        length = batch if batch > 6 else min(40, 1 + int(rng.expovariate(1 / 5.4)))
        events = iter(_events(rng, length))
        visit = []
        while group := list(islice(events, batch)):
            body = orjson.dumps(
                {
                    "v": 1, "site": SITE, "sent_at": group[-1]["t"] + 150, "tz": zone,
                    "consent": {"state": "granted", "source": "tcf", "policy": "2026-09", "at": group[0]["t"] - 5_000},
                    "events": group,
                }
            )  # fmt: skip
            head = _HEAD.format(length=len(body), agent=agent, visitor=visitor)
            visit.append((head.encode() + body, len(group)))
        yield visit


def _events(rng: Random, length: int) -> Iterator[dict[str, Any]]:
    t = int(time.time() * 1000) - rng.randrange(_SPREAD)
    referrer, url = rng.choice(_REFERRERS), f"{ORIGIN}/"
    page, seq = _uuid(rng, 7), 0
    for n in range(length):
        t += rng.randrange(1_000, 40_000)
        viewed = n == 0 or rng.random() < 0.65
        if viewed:
            referrer = url if n else referrer
            url, page, seq = _address(rng, n), _uuid(rng, 7), 0
        event = {
            "id": _uuid(rng, 7),
            "name": "page_view",
            "t": t,
            "seq": seq,
            "url": url,
            "referrer": referrer,
            "page": page,
        }
        yield event if viewed else event | _action(rng)
        seq += 1


def _address(rng: Random, n: int) -> str:
    if n == 0 and rng.random() < 0.35:
        campaign = f"utm_source={rng.choice(_SOURCES)}&utm_campaign=campaign-{rng.randrange(200)}"
        return f"{ORIGIN}/?{campaign}&gclid={rng.getrandbits(96):x}"
    return (
        f"{ORIGIN}/product/p{rng.randrange(3_000)}" if rng.random() < 0.6 else f"{ORIGIN}/category/{rng.randrange(120)}"
    )


def _action(rng: Random) -> dict[str, Any]:
    match rng.randrange(10):
        case 0:
            amount = f"{rng.randrange(5, 200)}.90"
            return {
                "name": "purchase",
                "revenue": {"amount": amount, "currency": "EUR"},
                "props": {"items": rng.randrange(1, 5)},
            }
        case 1 | 2:
            return {"name": "add_to_cart", "props": {"sku": f"p{rng.randrange(3_000)}", "quantity": 1}}
        case _:
            return {"name": "scroll", "props": {"depth": rng.choice((25, 50, 75, 100))}}


def _uuid(rng: Random, version: int) -> str:
    """A random UUID, or one that begins with the time."""
    digits = f"{rng.getrandbits(128):032x}"
    if version == 7:
        digits = f"{int(time.time() * 1000):012x}{digits[12:]}"
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
