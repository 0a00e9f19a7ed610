"""One server over two sites: `shop` with 90 days of traffic, `trap` with hostile text wherever text is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx2

from collector.demo.traffic import rows
from collector.pages.period import day_of, midnight
from tests.conftest import Server, command

TRAP = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}"
HOSTILE = (
    TRAP, "javascript:alert(3)", "__proto__", "\u202etxt.exe", "=cmd()", "a" * 900, "+1+cmd|' /C calc'!A0", "-2+3",
    "@SUM(1)", "\t=1", "\r\n=1", "\uff1d1+1", "\x1b]0;owned\x07\x1b[31mred", "';DROP TABLE event;--", "%(n)s {0} ${x}",
)  # fmt: skip
HOUR = 3_600_000
ZONE = "Europe/Paris"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"


class Place(NamedTuple):
    """The server, its folder's token, and the moment its traffic was made (ms UTC)."""

    server: Server
    token: str
    now: int

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """One address, as somebody who may see it."""
        sent = {"Authorization": f"Bearer {self.token}"} | {name.replace("_", "-"): v for name, v in headers.items()}
        return httpx2.get(f"{self.server.url}{path}", headers=sent, timeout=120)

    def days(self, n: int, until: int = 1) -> str:
        """The site's last days that are over, as a query: the page and the report mean the same ones, also where
        midnight passes between them. `until`: how many days before today the last one is."""
        last = day_of(self.now, ZONE) - timedelta(days=until)
        return urlencode({"from": last - timedelta(days=n - 1), "to": last})

    def text(self, path: str, **headers: str) -> str:
        """What stands there, with character references read."""
        answer = self.get(path, **headers)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def ask(self, report: str, spec: dict[str, Any], site: str = "shop") -> dict[str, Any]:
        """A report by the API."""
        sent = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.server.url}/api/sites/{site}/reports/{report}"
        answer = httpx2.post(url, content=json.dumps(spec), headers=sent, timeout=120)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def put(self, path: str, spec: dict[str, Any]) -> None:
        """Save something by the API."""
        sent = {"Authorization": f"Bearer {self.token}"}
        answer = httpx2.put(f"{self.server.url}{path}", content=json.dumps(spec), headers=sent, timeout=120)
        assert answer.status_code == 200, answer.text


def begun(data: Path) -> Place:
    """The server, started; whoever asked stops it."""
    now = int(time.time() * 1000)
    known = {"shop": list(traffic(now)), "trap": list(traps(now))}
    for site, lines in known.items():
        command(data, "site", "add", site, "--origin", f"https://{site}.example", "--timezone", ZONE)
        stdin = "\n".join(json.dumps(line, default=str) for line in lines).encode()
        command(data, "import", "-", "--site", site, "--quiet", stdin=stdin)
    server = Server(data)
    return Place(server, command(data, "token").strip(), now)


def traffic(now: int) -> Iterator[dict[str, Any]]:
    """The same visits at any hour of any day, moved by whole days: their last day, which ends at 22:00 in Paris, is
    yesterday."""
    ended = 1_772_398_800_000  # 2026-03-01T21:00Z
    moved = midnight(day_of(now, ZONE), ZONE) - (ended + HOUR * 2)
    for row in rows(3, ended, days=90, visitors=250):
        times = {name: row[name] + moved for name in ("t", "sent", "received")}
        yield row | times | {"consent": row["consent"] | {"at": row["consent"]["at"] + moved}}


def traps(now: int) -> Iterator[dict[str, Any]]:
    """Hostile text wherever an event may hold text: what runs in a page, in a spreadsheet, in a terminal."""
    for n, text in enumerate(HOSTILE):
        at, end = now - HOUR * (n + 1), "\U0001f980"  # behind it what is cut off at a limit
        tags = {f"utm_{name}": text[:100] + end for name in ("source", "medium", "campaign", "term", "content", "id")}
        receipt = {"state": "granted", "source": text[:64], "policy": text[:64], "at": at}
        props = {
            "form": text[:100],
            "field": text[:100],
            "sku": text[:100],
            "currency": text[:100],
            text[:60]: text[:100],
        }
        same = {"ua": DESK if n % 2 else text, "consent": receipt, "props": props, "user": text[:100]}
        for name in ("page_view", text[:64]):
            yield {"t": at, "visitor": f"visitor-{n:04}", "path": "/" + text, "name": name, **same}
            url = f"https://trap.example/{text}?{urlencode(tags)}"
            far = {"url": url, "referrer": f"https://evil.example/{text}"}
            yield {"t": at + 900, "visitor": f"other-{n:04}", "name": name, **far, **same}
        for place, name in enumerate(("form_view", "form_field", "add_to_cart", "begin_checkout", "purchase")):
            worth = {"revenue": {"amount": "5.00", "currency": "EUR"}} if name == "purchase" and n % 3 else {}
            told = {**same, "props": {**props, "price": 5, "order_id": text[:100]}}
            yield {
                "t": at + 2_000 + place,
                "visitor": f"other-{n:04}",
                "path": f"/cart/{text}",
                "name": name,
                **told,
                **worth,
            }
