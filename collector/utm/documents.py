"""Links in documents: found with their place, checked, corrected where they stand.

Read are web pages and mail templates (`html`), sitemaps and feeds (`xml`), Markdown, tables (`csv`) and plain text. In
a table every link is held to be a campaign's; elsewhere only those that carry a parameter of one. Reading is linear in
the length of the text, and every byte outside a corrected link stays.
"""

from __future__ import annotations

import csv
import html
import io
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import Final, Literal, NamedTuple

from . import registry
from .destination import host_of
from .lint import Finding, check, corrected
from .query import EMPTY_TAGS, tags
from .subject import Context, subject

Kind = Literal["html", "xml", "markdown", "csv", "text"]

KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys(("html", "htm", "xhtml", "mjml", "vue", "svelte", "php", "erb", "ejs"), "html"),
    **dict.fromkeys(("liquid", "twig", "j2", "jinja", "njk", "hbs", "mustache", "eml", "tpl"), "html"),
    **dict.fromkeys(("xml", "rss", "atom"), "xml"),
    **dict.fromkeys(("md", "mdx", "markdown"), "markdown"),
    **dict.fromkeys(("csv", "tsv"), "csv"),
}
"""What a file's suffix says of it; any other is text."""

# A link in an attribute ends at its quote, whatever it holds; one in running text at a blank, a quote or an angle.
_ATTRIBUTE: Final = re.compile(
    r"""\b(?:href|action)\s*=\s*(?:"(?P<d>[^"]*)"|'(?P<s>[^']*)'|(?P<u>[^\s"'<>]+))""", re.IGNORECASE
)
_BARE: Final = re.compile(r"https?://[^\s<>\"'`\\]+", re.IGNORECASE)
_TAIL: Final = ".,;:!?*_"
_ALLOWED: Final = re.compile(r"balise:ignore\s+((?:L\d\d[\s,]*)+)")


class Link(NamedTuple):
    """A link as it is meant, and where it stands: offsets into the text, line and column from 1. `escaped`: the
    document writes `&amp;` for &."""

    url: str
    start: int
    end: int
    line: int
    column: int
    escaped: bool = False

    def written(self, url: str) -> str:
        """`url` as the document would write it in this place."""
        return url.replace("&", "&amp;") if self.escaped else url


class Fault(NamedTuple):
    """A finding about a link of a document."""

    link: Link
    finding: Finding


def links(text: str, kind: Kind) -> Iterator[Link]:
    """Every link of `text` that is checked, in order."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    for start, end in _cells(text) if kind == "csv" else _spans(text, kind):
        raw = text[start:end]
        url = html.unescape(raw) if kind in ("html", "xml", "markdown") else raw
        if kind == "csv" or _is_campaign(url):
            line = bisect_right(starts, start)
            escaped = kind == "xml" or (kind in ("html", "markdown") and "&amp;" in raw)
            yield Link(url, start, end, line, start - starts[line - 1] + 1, escaped)


def examined(text: str, kind: Kind, context: Context, ignore: Collection[str] = ()) -> list[Fault]:
    """Every fault of every link of `text`. A line that says `balise:ignore L05` is spared that rule."""
    lines = text.split("\n")
    faults = []
    for link in links(text, kind):
        spared = {*ignore, *_spared(lines[link.line - 1])}
        faults += [Fault(link, finding) for finding in check(link.url, _around(link.url, kind, context), spared)]
    return faults


def mended(text: str, kind: Kind, context: Context, ignore: Collection[str] = ()) -> str:
    """`text` with every safe correction made in its links."""
    lines = text.split("\n")
    pieces, end = [], 0
    for link in links(text, kind):
        spared = {*ignore, *_spared(lines[link.line - 1])}
        better = corrected(link.url, _around(link.url, kind, context), spared)
        if better != link.url:
            pieces += [text[end : link.start], link.written(better)]
            end = link.end
    return "".join(pieces) + text[end:]


def _around(url: str, kind: Kind, context: Context) -> Context:
    """A sitemap stands on the site that it lists."""
    host = host_of(url)
    return context._replace(own_hosts=[host], page_host=host) if kind == "xml" else context


def _spans(text: str, kind: Kind) -> Iterator[tuple[int, int]]:
    """Start and end of the links in attributes and in running text."""
    found: list[tuple[int, int]] = []
    if kind in ("html", "xml", "markdown"):
        found += [attribute.span(attribute.lastgroup or 0) for attribute in _ATTRIBUTE.finditer(text)]
    taken = found.copy()
    place = 0
    for bare in _BARE.finditer(text):
        start = bare.start()
        while place < len(taken) and taken[place][1] <= start:
            place += 1
        if place == len(taken) or taken[place][0] > start:
            found.append((start, start + len(_trimmed(bare.group()))))
    return iter(sorted(found))


def _trimmed(url: str) -> str:
    """A link in running text without the punctuation behind it; a bracket belongs to it when it was opened in it."""
    opened = {")": url.count("(") - url.count(")"), "]": url.count("[") - url.count("]"), "}": 0}
    opened["}"] = url.count("{") - url.count("}")
    end = len(url)
    while end and (url[end - 1] in _TAIL or opened.get(url[end - 1], 0) < 0):
        if url[end - 1] in opened:
            opened[url[end - 1]] += 1
        end -= 1
    return url[:end]


def _cells(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of a table's cells that hold an address. One that is written with doubled quotes is left out."""
    end = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            for cell in row:
                url = cell.strip().strip("\ufeff")
                start = text.find(url, end) if "://" in url[:16] else -1
                if start >= 0:
                    end = start + len(url)
                    yield start, end
    except csv.Error:  # a cell of over 128 kB, or a lone NUL: nothing behind it can be placed
        return


def _delimiter(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t|", key=head.count)


def _is_campaign(url: str) -> bool:
    """Whether the link carries a parameter of a campaign, or one that was meant to be."""
    if "?" not in url and "#" not in url and "utm" not in url.lower():
        return False
    seen = subject(url, Context())
    known = any(
        pair.name in registry.CAMPAIGN_NAMES or registry.click_id(pair.name) or pair.name[:3] == "utm"
        for pair in seen.pairs
    )
    return known or tags(seen.fragment) != EMPTY_TAGS


def _spared(line: str) -> list[str]:
    found = _ALLOWED.search(line)
    return re.findall(r"L\d\d", found.group(1)) if found else []
