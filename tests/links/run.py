"""Commands run in this process, where they start at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from collector.cli import balise, links, sheets, sites, upkeep

COMMANDS = (links, sheets, sites, upkeep)  # they register themselves with `balise`
PAGE = "https://shop.example/p"
MAIL = ("--source", "newsletter", "--medium", "email", "--campaign", "spring")


def run(data: Path, *arguments: str, code: int = 0, **environment: str) -> Result:
    """A command's outcome, on a thread without an event loop."""
    asked = ["--data", str(data), *arguments]
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(CliRunner().invoke, balise, asked, env=environment).result()
    assert done.exit_code == code, done.output
    return done


def listed(data: Path) -> list[dict[str, Any]]:
    """Every issued link with its clicks, removed ones too."""
    found: list[dict[str, Any]] = json.loads(run(data, "links", "list", "--removed", "--format", "json").stdout)[
        "links"
    ]
    return found
