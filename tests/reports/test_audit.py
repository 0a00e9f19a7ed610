"""The audit of campaign links: from rows to findings, and over a real log."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from collector.engines.duckdb import Options
from collector.engines.duckdb.engine import answer
from collector.journal import Folder
from collector.journal.links import Draft, store
from collector.reports.audit import Issued, Landing, findings
from collector.utm import Tags, read_dictionary
from tests.conftest import command, report

BOOK = """version = "1.2.0"
[source]
required = true
case = "lower"
values = ["facebook", "letter", "partner"]
aliases = { fb = "facebook" }
[medium]
values = ["social", "email"]
"""


def landing(source: str | None, medium: str | None, campaign: str | None, sessions: int = 1, **more: Any) -> Landing:
    said = Tags(source, medium, campaign, more.get("term"), more.get("content"), more.get("id"))
    channel = more.get("channel", "Email")
    return Landing(said, (source or "(not set)").lower(), medium or "(not set)", campaign, channel, sessions, 0)


def of(rows: list[dict[str, Any]], finding: str, *keys: str) -> list[tuple[Any, ...]]:
    return [tuple(row.get(key) for key in keys) for row in rows if row["finding"] == finding]


def test_names_are_held_against_the_dictionary_with_the_nearest_that_is_allowed() -> None:
    landings = [landing("FB", "social", "a", 5), landing("facebok", "socail", "a", 2), landing("letter", "email", "a")]
    rows, score = findings(landings, [], read_dictionary(BOOK))
    assert of(rows, "spelling", "field", "value", "nearest", "sessions") == [("source", "FB", "facebook", 5)]
    assert of(rows, "outside", "field", "value", "nearest", "sessions") == [
        ("medium", "socail", "social", 2), ("source", "facebok", "facebook", 2),
    ]  # fmt: skip
    assert of(rows, "campaign", "value", "sessions", "score") == [
        ("fb / social / a", 5, 80), ("facebok / socail / a", 2, 80), ("letter / email / a", 1, 100),
    ]  # fmt: skip
    assert score == round(100 * (4 * 7 + 5) / (5 * 8))


def test_values_that_differ_in_case_separators_or_a_letter_are_near_duplicates_and_other_digits_are_not() -> None:
    names = {
        "spring-sale": 9,
        "Spring_Sale": 4,
        "spring sale": 3,
        "sprign-sale": 2,
        "spring-1": 5,
        "spring-2": 5,
        "x": 1,
    }
    rows, _ = findings([landing("letter", "email", name, n) for name, n in names.items()], [], None)
    assert of(rows, "near_duplicate", "value", "nearest") == [
        ("Spring_Sale", "spring-sale"), ("spring sale", "spring-sale"), ("sprign-sale", "spring-sale"),
    ]  # fmt: skip


def test_macros_that_nobody_filled_in_and_what_is_missing_lower_the_score() -> None:
    broken = landing("letter", None, "{{campaign.name}}", 4, channel="Unassigned")
    rows, score = findings([broken], [], None)
    assert of(rows, "macro", "field", "value", "sessions") == [("campaign", "{{campaign.name}}", 4)]
    assert score == 40  # written in small letters, and nothing that a dictionary forbids; nothing else


def test_issued_links_are_shown_beside_their_visits_and_strangers_are_told() -> None:
    came = landing("letter", "email", "spring", 3)
    issued = [
        Issued("aaa", "https://x.example/?1", came.said, 7),
        Issued("bbb", "https://x.example/?2", Tags("letter", "email", "autumn"), 2),
        Issued("ccc", "https://x.example/?3", Tags("letter", "email", "winter"), 0),
    ]
    rows, _ = findings([came, landing("who", "knows", "x", 2)], issued, None)
    assert of(rows, "link", "field", "clicks", "sessions") == [("aaa", 7, 3), ("bbb", 2, 0), ("ccc", 0, 0)]
    assert of(rows, "no_session", "field") == [("bbb",)]
    assert of(rows, "unissued", "value", "sessions") == [("who / knows / x", 2)]
    assert of(findings([came], [], None)[0], "unissued", "value") == []


SPRING = Tags("letter", "email", "spring", content="top")
LOST_LINKS = [
    Issued("aaa", "https://x.example/tea", SPRING, 7, "x.example/tea", frozenset({5})),
    Issued("bbb", "https://x.example/tea", SPRING._replace(content="end"), 9, "x.example/tea", frozenset({5})),
    Issued("ccc", "https://x.example/mug", Tags("fb", "social", "mugs"), 4, "x.example/mug", frozenset({6, 7})),
    Issued("ddd", "https://x.example/cup", Tags("fb", "social", "cups"), 4, "x.example/cup", frozenset({6})),
]


def test_a_visit_that_says_less_than_a_link_lost_the_rest_on_the_way() -> None:
    came = [
        landing("letter", None, "spring", 3, content="top"),  # elsewhere, but it names the campaign
        landing("letter", "email", None, 2)._replace(page="x.example/tea"),  # fits two links
        landing("letter", "email", None, 5),  # on no link's page, and no campaign: a stranger
        landing("letter", "sms", "spring", 1),  # says something else
        landing("letter", "email", "spring", 1, content="end"),
    ]
    rows, _ = findings(came, LOST_LINKS, None)
    assert of(rows, "lost", "field", "value", "nearest", "sessions") == [
        ("aaa", "utm_medium", "email", 3),
        ("bbb", "utm_campaign", "spring", 2), ("bbb", "utm_content", "end", 2),
    ]  # fmt: skip
    assert of(rows, "unissued", "value", "sessions") == [("letter / email", 5), ("letter / sms / spring", 1)]
    assert of(rows, "link", "field", "sessions")[:2] == [("aaa", 0), ("bbb", 1)]


def test_clicks_whose_visits_say_nothing_are_told_apart_from_clicks_without_a_visit() -> None:
    bare = {("x.example/mug", 6): 2, ("x.example/mug", 9): 8, ("x.example/tea", 6): 3}
    rows, _ = findings([landing("letter", "email", "spring", 1, content="top")], LOST_LINKS, None, bare)
    assert of(rows, "lost_all", "field", "clicks", "sessions") == [("ccc", 4, 2)]
    assert of(rows, "no_session", "field", "clicks", "sessions") == [("bbb", 9, 0), ("ddd", 4, 0)]


def test_nothing_arrived_and_hostile_names_are_no_trouble() -> None:
    assert findings([], [], None) == ([], None)
    hostile = [landing("\0" * 400, "{{" * 200, "=cmd|'x'!A1", 1, content="é" * 400), landing("", "", "")]
    rows, score = findings(hostile, [], read_dictionary(BOOK))
    assert score is not None
    assert rows


def test_the_report_says_what_arrived(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.toml"
    file.write_text(BOOK, encoding="utf-8")
    link = "https://shop.example/?utm_source={}&utm_medium={}&utm_campaign={}"
    pages = [
        {"visitor": "a", "url": link.format("FB", "social", "spring")},
        {"visitor": "b", "url": link.format("facebok", "social", "spring")},
        {"visitor": "c", "url": link.format("partner", "zzz", "%7B%7Bad.name%7D%7D")},
        {"visitor": "d", "url": "https://shop.example/"},
        {"visitor": "d", "t": "2026-03-02T10:01:00Z", "url": link.format("home", "banner", "x"),
         "referrer": "https://shop.example/"},
        {"visitor": "a", "t": "2026-03-02T10:02:00Z", "name": "purchase"},
    ]  # fmt: skip
    start = {"t": "2026-03-02T10:00:00Z", "name": "page_view"}
    rows = "\n".join(json.dumps(start | page) for page in pages).encode()
    named = {"BALISE_UTM_DICTIONARY": str(file)}
    command(data, "import", "-", "--site", "shop", stdin=rows, **named)
    found = report(data, "utm_audit")
    told = found["rows"]
    assert ("facebook / social / spring", 1, 1, 80) in of(told, "campaign", "value", "sessions", "converted", "score")
    assert of(told, "spelling", "value", "nearest") == [("FB", "facebook")]
    assert of(told, "outside", "field", "value", "nearest") == [
        ("medium", "zzz", None), ("source", "facebok", "facebook"),
    ]  # fmt: skip
    assert of(told, "macro", "value") == [("{{ad.name}}",)]
    assert of(told, "internal", "value", "sessions") == [("/", 1)]
    assert found["totals"] | {"score": 0} == {
        "sessions": 4, "unassigned": 1, "unassigned_rate": 0.25, "tagged": 3, "score": 0, "outside": 2, "spelling": 1,
        "near_duplicate": 1, "macro": 1, "internal": 1, "unissued": 0, "lost": 0, "lost_all": 0, "dictionary": "1.2.0",
    }  # fmt: skip
    assert "facebok" in command(data, "report", "utm_audit", "--site", "shop")


def test_a_link_with_its_parameters_behind_the_hash_is_known_by_its_visits(data: Path) -> None:
    names = "utm_source=letter&utm_medium=email&utm_campaign=spring"
    with closing(sqlite3.connect(data / "log.sqlite")) as connection:
        store(connection, [Draft(f"https://shop.example/?a=1#/tea?{names}", code="route")], 0)
    row = {"t": "2026-03-02T10:00:00Z", "name": "page_view", "visitor": "a", "url": f"https://shop.example/?{names}"}
    command(data, "import", "-", "--site", "shop", stdin=json.dumps(row).encode())
    assert of(report(data, "utm_audit")["rows"], "link", "field", "sessions") == [("route", 1)]


def test_the_conditions_of_a_row_choose_its_sessions_and_no_others(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "names.toml"
    file.write_text(BOOK, encoding="utf-8")
    said = [
        "FB&utm_medium=social&utm_campaign=spring", "fb&utm_medium=social&utm_campaign=spring",
        "facebook&utm_medium=social&utm_campaign=spring&utm_id=7", "facebook&utm_medium=social&utm_campaign=Spring",
        "facebook&utm_medium=social&utm_campaign=spring&utm_id=07", "letter&utm_medium=zzz&utm_campaign=a",
        "letter&utm_medium=email&utm_campaign=%7B%7Bad.name%7D%7D", "letter&utm_medium=email&utm_campaign=autumn",
        "letter&utm_medium=email&utm_campaign=Autumn-%7B%7Bad.name%7D%7D", "letter&utm_medium=email", "facebok",
    ]  # fmt: skip
    odd = ["1", "01", "1.0", "\u0130zmir", "izmir", "\u039f\u0394\u039f\u03a3"]  # alike to those who fold and count
    said += [f"letter&utm_medium=email&utm_campaign={quote(name)}" for name in odd]
    pages = [f"https://shop.example/?utm_source={tags}" for tags in said] + ["https://shop.example/"] * 2
    row = {"t": "2026-03-02T10:00:00Z", "name": "page_view", "referrer": "https://www.facebook.com/"}
    rows = [row | {"visitor": f"v{n}", "url": url} for n, url in enumerate(pages)]
    rows.append(rows[4] | {"name": "purchase", "t": "2026-03-02T10:01:00Z"})
    with closing(sqlite3.connect(data / "log.sqlite")) as connection:
        store(connection, [Draft(pages[7], code="autumn")], 0)
    stdin = "\n".join(map(json.dumps, rows)).encode()
    command(data, "import", "-", "--site", "shop", stdin=stdin, BALISE_UTM_DICTIONARY=str(file))

    def ask(name: str, **spec: Any) -> Any:
        return answer(Folder(data), Options(), "shop", name, spec, 1_800_000_000_000)

    told = [one for one in ask("utm_audit").rows if one["where"] is not None]
    kinds = {one["finding"] for one in told}
    assert kinds == {"campaign", "link", "unissued", "spelling", "outside", "near_duplicate", "macro"}
    strange = [one for one in told if one["finding"] == "campaign" and one["value"].split(" / ")[-1] in odd]
    assert len(strange) == len(odd)
    for one in [*{one["finding"]: one for one in told}.values(), *told[:2], *strange]:
        found = ask("overview", session_where=one["where"]).totals["sessions"]
        assert found == one["sessions"], one
    anew = {"session": {"timeout": 900_000}}  # from events, not from visits as they were sealed
    for one in (one for one in ask("utm_audit", **anew).rows if one["finding"] in ("link", "macro")):
        assert ask("overview", session_where=one["where"], **anew).totals["sessions"] == one["sessions"] > 0
    assert ("source", "FB", 1) in of(told, "spelling", "field", "value", "sessions")
    assert ("campaign", "{{ad.name}}", 2) in of(told, "macro", "field", "value", "sessions")
    for name in ("campaigns", "journeys", "attribution"):
        assert len(ask(name, session_where=[["link.id", "eq", "07"]]).rows) == 1, name
    assert ask("funnel", steps=[{"path": "/"}], session_where=[["link.id", "eq", "07"]]).rows[0]["reached"] == 1
