"""The snippet's size and the UTM toolkit's pace."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import brotli  # type: ignore[import-untyped]

from collector.utm import build, check, classify, parse, strip, tags
from tests.bench.dataset import ORIGIN
from tests.bench.table import Row, duration
from tests.utm.test_oracle import adversaries

_LINKS = 20_000
_SNIPPETS = {"s.lite.js": 1_500, "s.standard.js": 2_400, "s.js": 2_950, "s.full.js": 3_400}


def snippet() -> Row:
    """The built files as the server sends them, compressed as hard as brotli can."""
    static = resources.files("collector.web").joinpath("static")
    codes = [static.joinpath(file).read_bytes() for file in _SNIPPETS]
    sizes = [len(brotli.compress(code, quality=11)) for code in codes]
    packed = [len(gzip.compress(code, 9)) for code in codes]
    return Row(
        "snippet, brotli-11: lite, standard, default, full",
        " · ".join(f"{size:,}" for size in sizes) + " bytes",
        "gzip-9: " + " · ".join(f"{size:,}" for size in packed),
        f"{sum(sizes) / sum(packed):.2f}",
        "≤ " + " · ".join(f"{limit:,}" for limit in _SNIPPETS.values()) + " bytes",
        all(size <= limit for size, limit in zip(sizes, _SNIPPETS.values(), strict=True)),
    )


def utm() -> list[Row]:
    """Links that were never seen before, built and read; beside the standard library taking them apart."""
    campaigns = [{"source": f"partner{n}", "medium": "cpc", "campaign": f"sale {n}"} for n in range(_LINKS)]
    pages = [f"{ORIGIN}/product/p{n}?size={n % 9}" for n in range(_LINKS)]
    queries = [
        f"size={n % 9}&utm_source=partner{n}&utm_medium=cpc&utm_campaign=sale%20{n}&gclid=x{n:x}" for n in range(_LINKS)
    ]
    hosts = [f"www.partner{n}.example" for n in range(_LINKS)]
    built = _each(build, pages, campaigns)
    encoded = _each(_spliced, pages, campaigns)
    read = _each(lambda query, host: classify(tags(query), host, "/"), queries, hosts)
    parsed = _each(parse_qsl, queries)
    landings = [f"{ORIGIN}/?{query}" for query in queries[:5_000]]
    explained = _each(parse, landings, [f"https://{host}/x" for host in hosts[:5_000]])
    few = [landings[n % 1_000] for n in range(5_000)]
    _each(parse, few[:1_000], few[:1_000])
    again = _each(parse, few, few)
    return [
        _row("utm build, uncached", built, "urlsplit and urlencode", encoded, 5),
        _row("utm tags and channel, uncached", read, "parse_qsl", parsed, 60),
        _row("utm parse, explained, uncached", explained, "parse_qsl", parsed, 60),
        _row("utm parse, explained, seen before", again, "parse_qsl", parsed, 3),
        linear(),
    ]


def linear() -> Row:
    """The worst of the addresses made to cost a reader more than their length: time a byte at 100 kB against 25 kB."""
    worst = 0.0
    for address in adversaries():
        long = min(_effort(address) for _ in range(2))
        if long > 0.005:  # what is read sooner says more of the clock than of the reader
            worst = max(worst, long / min(_effort(address[:25_000]) for _ in range(4)) / 4)
    return Row(
        "time a byte of a hostile address of 100 kB",
        f"{worst:.2f}", "of its first 25 kB: 1", f"{worst:.2f}", "≤ 2", worst <= 2,
    )  # fmt: skip


def _effort(url: str) -> float:
    """Seconds of the processor's, so that nobody else's work counts."""
    begin = time.process_time()
    parse(url, url)
    strip(url, "all")
    check(url)
    return time.process_time() - begin


def _row(what: str, mine: float, means: str, its: float, bar: int) -> Row:
    beside = f"{means}: {duration(its)}"
    return Row(what, duration(mine), beside, f"{mine / its:.2f}", f"≤ {bar} µs", mine <= bar / 1e6)


def _spliced(url: str, campaign: dict[str, str]) -> str:
    parts = urlsplit(url)
    return parts._replace(query=f"{parts.query}&{urlencode(campaign)}").geturl()


def _each(work: Callable[..., Any], *arguments: Sequence[Any]) -> float:
    """Seconds of the processor's for one call, each with arguments of its own: the calmest of three rounds.

    No cache here is large enough to remember the round before.
    """
    return min(_round(work, *arguments) for _ in range(3))


def _round(work: Callable[..., Any], *arguments: Sequence[Any]) -> float:
    begin = time.process_time()
    for values in zip(*arguments, strict=True):
        work(*values)
    return (time.process_time() - begin) / len(arguments[0])
