"""The user agents of `senders.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "senders.toml").read_text(encoding="utf-8"))

PEOPLE: dict[str, dict[str, str]] = {person["who"]: person for person in _TABLE["people"]}
PROGRAMS: list[tuple[str, str]] = [(kind, agent) for kind, agents in _TABLE["programs"].items() for agent in agents]
