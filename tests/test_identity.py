"""Why somebody is one person, and how an operator undoes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.identity import ALIAS, MERGE, RESET, Sign, resolve
from tests.conftest import Server, command, report

_T0 = 1_772_409_600_000
_MINUTE = 60_000


def _row(id_: str, minute: int, visitor: str, name: str = "page_view", **more: Any) -> dict[str, Any]:
    return {"id": id_, "t": _T0 + minute * _MINUTE, "visitor": visitor, "name": name, **more}


ROWS = [
    _row("a", 0, "phone"),
    _row("b", 5, "phone", "login", user="c-1"),
    _row("c", 9, "phone"),
    _row("d", 20, "laptop", "login", user="c-1"),
    _row("e", 25, "laptop", "$reset"),
    _row("f", 30, "laptop"),
    _row("g", 40, "tablet"),
    _row("h", 50, "office", "$alias", props={"from": "tablet", "to": "c-1"}),
    _row("i", 60, "work", "login", user="c-2"),
    _row("j", 70, "office", "$merge", props={"from": "c-2", "to": "c-1"}),
]


@pytest.fixture
def linked(data: Path) -> Path:
    """Three browsers and two customers, who are one person, and a browser's part behind a logout."""
    command(data, "import", "-", "--site", "shop", stdin=b"\n".join(json.dumps(row).encode() for row in ROWS))
    return data


def explain(data: Path, *options: str) -> dict[str, Any]:
    said = command(data, "identity", "explain", "--site", "shop", "--format", "json", *options)
    found: dict[str, Any] = json.loads(said)
    return found


def persons(data: Path) -> list[list[str]]:
    return sorted(sorted(row["ids"]) for row in report(data, "persons", {"events": True})["rows"])


def test_explain_tells_in_order_of_time_what_made_them_one(linked: Path) -> None:
    found = explain(linked, "--visitor", "phone")
    told = [(row["what"], row["event"]) for row in found["rows"]]
    assert told == [
        ("seen", "a"), ("login", "b"), ("seen", "d"), ("login", "d"), ("reset", "e"), ("seen", "g"), ("alias", "h"),
        ("seen", "i"), ("login", "i"), ("merge", "j"),
    ]  # fmt: skip
    assert found["totals"]["browsers"] == {
        "laptop": {"own": 1}, "phone": {"own": 1, "earlier": 1, "later": 1}, "tablet": {"later": 1}, "work": {"own": 1},
    }  # fmt: skip
    assert len(found["totals"]["customers"]) == 2
    for other in (("--visitor", "tablet"), ("--user", found["totals"]["person"])):
        assert explain(linked, *other)["rows"] == found["rows"]
    said = command(linked, "identity", "explain", "--site", "shop", "--user", "c-2")
    assert "logout on the browser laptop: nothing is carried across [event e]" in said
    assert "1 came before the customer was named" in said
    assert ": 1 event in all" in said


def test_whoever_is_unknown_is_told_by_name(linked: Path) -> None:
    for option, value in (("--visitor", "nobody"), ("--user", "c-9")):
        said = command(linked, "identity", "explain", "--site", "shop", option, value, code=2)
        assert f"{option[2:]}: no event" in said
        assert value in said
    assert "--visitor or --user" in command(linked, "identity", "explain", "--site", "shop", code=2)


def test_what_was_unlinked_stays_apart_in_every_report_until_it_is_undone(linked: Path, server: Server) -> None:
    together = [["a", "b", "c", "d", "g", "i"], ["f"]]
    assert persons(linked) == together
    rules = [("--visitor", "phone", "--user", "c-1"), ("--user", "c-1", "--user", "c-2")]
    for rule in rules:
        said = command(linked, "identity", "unlink", "--site", "shop", *rule)
        assert "told apart\nbefore" in said
        assert not re.search(r"\b1 \w+s\b", said)
    server.stop()
    command(linked, "rebuild")
    assert persons(linked) == [["a", "c"], ["b", "d", "g"], ["f"], ["i"]]
    assert len(command(linked, "identity", "list", "--site", "shop").splitlines()) == 2
    steps = {"steps": [{"name": "page_view", "where": [["visitor", "eq", "phone"]]}, {"name": "login"}], "window": None}
    assert report(linked, "funnel", steps)["totals"]["counts"] == [1, 0]
    for rule in rules:
        assert "linked again\nbefore" in command(linked, "identity", "unlink", "--site", "shop", *rule, "--undo")
    assert persons(linked) == together
    assert report(linked, "funnel", steps)["totals"]["counts"] == [1, 1]


def test_what_nothing_links_cannot_be_unlinked(linked: Path) -> None:
    for rule in (("--visitor", "phone", "--user", "c-2"), ("--user", "c-1"), ("--visitor", "phone")):
        said = command(linked, "identity", "unlink", "--site", "shop", *rule, code=2)
        assert "directly" in said or "--user" in said
    said = command(
        linked, "identity", "unlink", "--site", "shop", "--visitor", "phone", "--user", "c-1", "--undo", code=2
    )
    assert "were not told apart" in said


_SIGNS = st.lists(
    st.tuples(
        st.sampled_from(["d1", "d2"]),
        st.integers(0, 9),
        st.sampled_from([None, None, "U1", "U2"]),
        st.sampled_from(["view", "view", RESET, ALIAS, MERGE]),
    ),
    max_size=9,
)


def _signs(drawn: list[tuple[str, int, str | None, str]]) -> list[Sign]:
    ends = {ALIAS: ("d1", "U1"), MERGE: ("U1", "U2")}
    return [
        Sign(n, device, t * 1_000_000, user, name, *ends.get(name, (None, None)))
        for n, (device, t, user, name) in enumerate(sorted(drawn, key=lambda one: one[1]))
    ]


@settings(max_examples=300, deadline=None)
@given(_SIGNS)
def test_who_is_apart_is_as_if_the_customer_had_never_been_known_there(
    drawn: list[tuple[str, int, str | None, str]],
) -> None:
    signs = _signs(drawn)
    apart = resolve(signs, apart={("d1", "U1"), ("U1", "U2")}).persons
    never = [one._replace(source=None, target=None) for one in signs]
    blind = [one._replace(user=None) if (one.device, one.user) == ("d1", "U1") else one for one in never]
    without = resolve(blind).persons
    for one in signs:
        own = one.device == "d1" and one.user == "U1"
        assert apart[one.seq] == ("U1" if own else without[one.seq])


def test_all_events_of_nobody_on_a_device_have_one_text() -> None:
    told = resolve([Sign(n, "d1", n * 1_000, None, "page_view") for n in (1, 2, 3)])
    assert {id(person) for person in told.persons.values()} == {id(told.persons[1])}
    assert told.persons[1] == "anon:d1"
