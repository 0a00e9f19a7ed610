"""SQL files, by name."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def statement(name: str) -> str:
    """The text of the file `sql/NAME.sql`."""
    return resources.files("collector.engines.duckdb").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def filled_in(name: str, texts: dict[str, str]) -> str:
    """The same with each `{key}` replaced; the texts are the house's own."""
    sql = statement(name)
    for key, text in texts.items():
        sql = sql.replace("{" + key + "}", text)
    return sql
