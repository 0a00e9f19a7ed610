"""A view of one site whose sealed events are in a rollup: the same questions, answered from memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple

import msgspec
from duckdb import DuckDBPyConnection

from collector.engines.duckdb.matching import OF_SESSION, Parameters, session_condition
from collector.engines.duckdb.rollup import SLOT
from collector.engines.duckdb.seeing import FOREVER
from collector.engines.duckdb.statements import statement
from collector.engines.duckdb.view import Sight, View
from collector.engines.duckdb.visits import COUNTED, Sealed
from collector.event import Site
from collector.reports.answer import Data
from collector.reports.parts import Condition, SessionRule
from collector.reports.questions import Campaigns, Channels, Consent, Overview, Pages, Quality, Question, Table

# The questions whose statement in a rollup is another one; those on sessions alone need none.
_FILES: Final = {name: f"rolled_{name}" for name in ("tally", "pages", "consent", "flags", "bots", "internal")}
_NOTHING: Final = Sight("", "", attached=False)  # in the files
_LISTED: Final = 64  # values of a label that a condition names one by one
_KEPT: Final = 32  # sums that a site remembers


Key = tuple[Site, list[str], int, int]  # the site, its segments, what names mean, how far the log is


class Standing(NamedTuple):
    """A site at one moment: `taken` by the clock that only goes on, `newest` the time of its last event (ms UTC).
    `done` remembers what a page's questions have in common."""

    connection: DuckDBPyConnection
    site: Site
    sealed: Sealed
    through_seq: int
    newest: int
    taken: float
    key: Key
    done: dict[Any, Any]


def usual(asked: Question) -> bool:
    """Whether a rollup can answer this question: the usual sessions, and bounds on quarters of an hour."""
    if not isinstance(asked, Overview | Campaigns | Channels | Pages | Consent | Quality):
        return False
    bounds = (asked.range.start or 0, asked.range.stop if asked.range.stop is not None else FOREVER // SLOT * SLOT)
    return (
        asked.range.end == "entry"
        and asked.bots == "declared"
        and all(bound % SLOT == 0 for bound in bounds)
        and getattr(asked, "session", SessionRule()) == SessionRule()
        and all(one[0] in OF_SESSION for one in getattr(asked, "session_where", ()))
        and [getattr(asked, "conversion", COUNTED[0])] == COUNTED
        and not (isinstance(asked, Pages) and asked.times)
    )


class RolledView(View):
    """The tables of one question, from a rollup and the tail."""

    def __init__(self, standing: Standing, asked: Question, now: int) -> None:
        super().__init__(
            standing.connection, standing.site, asked, now, standing.through_seq, standing.sealed, _NOTHING
        )
        self._done = standing.done
        self._choose(asked.session_where if isinstance(asked, Table) else ())

    def see(self, name: Literal["asked", "everything"]) -> None:
        """They are not needed."""

    def fits(self) -> bool:
        """Whether days begin on slots."""
        return all(day % SLOT == 0 for day in self.days())

    def sessions(self, rule: SessionRule, counted: list[str] | None = None, labelled: bool = True) -> None:
        """They are there."""

    def ask(self, file: str, /, **values: object) -> list[dict[str, Any]]:
        """Run a file's statement, or the one that says the same of a rollup."""
        if file != "overview_totals":
            return super().ask(_FILES.get(file, file), **values)
        known, key = self._done.setdefault(file, {}), self._about()
        if key not in known:
            known[key] = super().ask(file)
            while len(known) > _KEPT:
                del known[next(iter(known))]
        return [dict(row) for row in known[key]]

    def tally(self) -> dict[str, Any]:
        """As for the files; questions about the same sessions and times share it."""
        if self._done.get("tally", (None,))[0] != self._about():
            self._done.pop("tally", None)
            self.ask("tally")
            self._done["tally"] = self._about(), super().ask("tallied")[0]
        sums: dict[str, Any] = self._done["tally"][1]
        self._data = self._told(sums)
        return sums | {"unit": SLOT}

    def data(self) -> Data:
        """What the question sees."""
        if self._data is None:
            self.tally()
        return super().data()

    def nameless(self) -> tuple[int, int]:
        """How many events of the range came under a hash of the day, and how many others there are."""
        row = self.rows(
            "SELECT coalesce(sum(n) FILTER (state = 'exempt'), 0)::BIGINT AS nameless, "
            "coalesce(sum(n), 0)::BIGINT AS every FROM basis WHERE slot >= $first_slot AND slot < $last_slot",
            **self._bound(),
        )[0]
        return row["nameless"], row["every"] - row["nameless"]

    def joins(self) -> bool:
        """Nothing is joined in a rollup."""
        return False

    def _about(self) -> tuple[object, ...]:
        return self._done["chosen"], self.start, self.stop

    def _bound(self) -> dict[str, object]:
        return super()._bound() | {"first_slot": self.start // SLOT, "last_slot": self.stop // SLOT}

    def _choose(self, conditions: Sequence[Condition]) -> None:
        """The view `session`, and those of what happened in them; as they are if the last question wanted the same."""
        wanted = sha256(msgspec.json.encode(conditions)).digest()
        if self._done.get("chosen") == wanted:
            return
        self._done.pop("chosen", None)
        told = " AND ".join(self._condition(n, one) for n, one in enumerate(conditions))
        where = f" WHERE {told}" if told else ""
        self.rows(f"CREATE OR REPLACE TEMP VIEW session AS SELECT * FROM whole{where}")
        for one in statement("rolled_some" if conditions else "rolled_all").split(";"):
            self.rows(one)
        self._done["chosen"] = wanted

    def _condition(self, n: int, asked: Condition) -> str:
        """A condition as the values that fit it: each is judged once, and not for every session."""
        bound = Parameters()
        told = session_condition(asked, bound, "session_where")
        column = OF_SESSION[asked[0]]
        of_label = f"SELECT {column} FROM (SELECT DISTINCT {column} FROM whole) s WHERE {told}"
        values = [row[column] for row in self.rows(of_label, **bound.values)]
        texts = [value for value in values if value is not None]
        missing = f"{column} IS NULL" if len(texts) < len(values) else "false"
        return f"({missing} OR coalesce({column} IN ({self._listed(n, texts)}), false))"

    def _listed(self, n: int, texts: Iterable[str]) -> str:
        """Values for a view, which has no parameters; many, or what cannot be written, in a table."""
        listed = list(texts)
        if len(listed) <= _LISTED and not any("\0" in text for text in listed):
            return ", ".join("'" + text.replace("'", "''") + "'" for text in listed) or "NULL"
        self.rows(f"CREATE OR REPLACE TEMP TABLE label_{n} AS SELECT unnest($texts::VARCHAR[]) AS label", texts=listed)
        return f"SELECT label FROM label_{n}"
