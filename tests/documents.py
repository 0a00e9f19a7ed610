"""`python -m tests.documents`: run the commands that REPORTS.md shows and write what they print behind each.

The figures are of a made-up week at a shop: the same for everybody, on every machine.
"""

from __future__ import annotations

import json
import random
import re
import shlex
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from collector.cli import balise

REPORTS = Path(__file__).parent.parent / "REPORTS.md"
BLOCK = re.compile(r"```console\n\$ (balise (?:[^\n]*\\\n)*[^\n]*)\n(.*?)```", re.DOTALL)
_T0 = 1_772_409_600_000  # Monday, 2026-03-02, 00:00 UTC
_MINUTE = 60_000
_DAY = 1_440
SAVED = {"steps": [{"path": "/cart"}, {"name": "purchase"}], "window": "1d"}
_FROM = [
    "?utm_source=google&utm_medium=cpc&utm_campaign=spring",
    "?utm_source=news&utm_medium=email&utm_campaign=march", "", "",
]  # fmt: skip
_AGENTS = {
    "phone": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1",
    "desk": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
    "Safari/537.36",
}


def week() -> Iterator[dict[str, Any]]:
    """The events, as rows of an import."""
    rng = random.Random(2026)
    number = 0
    for person in range(90):
        start = rng.randrange(6 * _DAY) + 300
        for _ in range(rng.choice([1, 1, 2])):
            agent = _AGENTS[rng.choice(["phone", "desk"])]
            for name, minutes, more in _visit(rng, person):
                number += 1
                t = _T0 + round((start + minutes) * _MINUTE)
                consent = {"state": "granted", "source": "banner", "at": t}
                yield {"id": f"e{number}", "t": t, "received": t, "visitor": f"b-{person}", "name": name, "ua": agent,
                       "consent": consent, **more}  # fmt: skip
            start += rng.randrange(_DAY, 2 * _DAY)


def _visit(rng: random.Random, person: int) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """One visit: where it comes from, how far it gets."""

    def page(path: str, query: str = "") -> dict[str, Any]:
        return {"url": f"https://shop.example{path}{query}"}

    at = 0.0
    yield "page_view", at, page(rng.choice(["/", "/", "/product/mug"]), rng.choice(_FROM))
    for path, chance in (("/product/lamp", 0.75), ("/cart", 0.55), ("/checkout", 0.7), ("/thanks", 0.65)):
        if rng.random() > chance:
            return
        at += rng.randrange(1, 9)
        if path == "/cart":
            yield "add_to_cart", at, {"props": {"sku": "lamp", "qty": 1, "price": 40, "currency": "EUR"}}
        if path == "/checkout":
            yield "login", at, {"user": f"c-{person}"}
            yield (
                "form_field",
                at + 0.5,
                {"props": {"form": "address", "field": rng.choice(["name", "street", "phone"])}},
            )
        if path == "/thanks":
            yield "form_success", at, {"props": {"form": "address"}}
            sale = {"amount": "40.00", "currency": "EUR"}
            yield "purchase", at, {"props": {"order_id": f"o-{person}-{rng.random()}"}, "revenue": sale}
        yield "page_view", at + 0.1, page(path)


def stocked(folder: Path) -> None:
    """A data folder with the week in it."""
    run(folder, "site", "add", "shop", "--origin", "https://shop.example", "--timezone", "Europe/Paris")
    with closing(sqlite3.connect(folder / "log.sqlite")) as log:  # customers are hashed with the site's own random key
        log.execute("UPDATE site SET key = ?", (bytes(32),))
        log.commit()
    rows = "\n".join(map(json.dumps, week()))
    run(folder, "import", "-", "--site", "shop", "--quiet", stdin=rows)
    run(folder, "funnel", "save", "checkout", "--site", "shop", "--spec", "-", stdin=json.dumps(SAVED))


def run(folder: Path, *arguments: str, stdin: str = "") -> str:
    """A command in this process; raises `AssertionError` if it fails."""
    done = CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(balise, ["--data", str(folder), *arguments], input=stdin)
    if done.exit_code:
        raise AssertionError(done.output)
    return done.output


def printed(folder: Path, command: str) -> str:
    """What a command of the document prints; what stands behind `<<<` is its standard input, as in a shell."""
    words, _, stdin = command.replace("\\\n", " ").partition(" <<< ")
    return run(folder, *shlex.split(words)[1:], stdin="".join(shlex.split(stdin)))


def main() -> None:
    """Rewrite the document."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        stocked(folder)
        text = REPORTS.read_text(encoding="utf-8")
        text = BLOCK.sub(lambda found: f"```console\n$ {found[1]}\n{printed(folder, found[1])}```", text)
        REPORTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
