"""The reports API, the snippet, the pages and the token."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from collector.reports.spec import QUESTIONS
from tests.conftest import ORIGIN, Server, command
from tests.make import a_batch, an_event, now
from tests.web.wire import Answer, once, request

FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "＠A",
    '=HYPERLINK("http://evil.example","x")',
)
STRANGER = {"X-Forwarded-For": "203.0.113.9"}  # the machine itself may read its metrics
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
STEPS = [{"name": "page_view", "path": "/"}, {"name": "purchase"}]
SPECS: dict[str, dict[str, Any]] = {name: {} for name in QUESTIONS} | {
    "funnel": {"steps": STEPS},
    "realtime": {"minutes": 1_440},  # the module may run for longer than half an hour
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with visits whose tags, names and pages are formulas, and an ordinary one."""
    folder = tmp_path_factory.mktemp("api") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    running = Server(folder)
    for n, formula in enumerate(FORMULAS):
        url = f"https://shop.example/{formula}?utm_source={_quoted(formula)}&utm_medium={_quoted(formula)}&utm_campaign={_quoted(formula)}"
        events = an_event(url=url), an_event(name=formula, props={formula: formula})
        assert running.post(a_batch(*events, visitor=f"visitor-{n}")).json()["accepted"] == 2
    sale = an_event(name="purchase", revenue={"amount": "12.50", "currency": "EUR"}, t=now() + 1)
    assert running.post(a_batch(an_event(), sale, visitor="visitor-99")).json()["accepted"] == 2
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@pytest.fixture(scope="module")
def token(house: Server) -> str:
    return command(house.data, "token").strip()


def ask(server: Server, token: str | None, name: str, spec: Any = None, site: str = "shop", query: str = "") -> Answer:
    """A report over the API; a spec of bytes is sent as it is."""
    body = spec if isinstance(spec, bytes) else json.dumps(spec or {}).encode()
    headers = {"Authorization": f"Bearer {token}" if token else None, "Origin": None}
    return once(server.port, request(body, path=f"/api/sites/{site}/reports/{name}{query}", headers=headers))


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_report_answers_in_its_shape(name: str, house: Server, token: str) -> None:
    answer = ask(house, token, name, SPECS[name])
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    said = answer.json()
    assert set(said) == {"report", "spec", "columns", "rows", "totals", "notes", "remarks", "data"}
    assert said["report"] == name
    assert all(set(said["columns"]) <= set(row) for row in said["rows"])
    assert set(said["data"]) == {"events", "from", "to", "consented", "through_seq"}
    assert said["data"]["events"] == 2 * len(FORMULAS) + 2


@pytest.mark.parametrize("name", ["overview", "sessions", "pages", "funnel", "quality"])
def test_the_command_gives_the_same_answer(name: str, house: Server, token: str) -> None:
    spec = {**SPECS[name], "now": now()}
    printed = command(
        house.data, "report", name, "--site", "shop", "--format", "json", "--spec", "-", stdin=json.dumps(spec).encode()
    )
    assert json.loads(printed) == ask(house, token, name, spec).json()


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_cell_of_a_csv_is_a_formula(name: str, house: Server, token: str) -> None:
    answer = ask(house, token, name, SPECS[name], query="?format=csv")
    assert (answer.status, answer.header("content-type")) == (200, "text/csv; charset=utf-8")
    cells = [cell for row in csv.reader(io.StringIO(answer.body.decode())) for cell in row]
    assert cells
    assert not [cell for cell in cells if cell.startswith(DANGEROUS) and not re.fullmatch(r"-?\d+(\.\d+)?", cell)]


def test_no_cell_of_an_export_is_a_formula(house: Server) -> None:
    text = command(house.data, "export", "--site", "shop", "--format", "csv")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert len(cells) > 100
    assert not [cell for cell in cells if cell.startswith(DANGEROUS)]


def test_a_formula_is_in_the_csv_as_a_text(house: Server, token: str) -> None:
    body = ask(house, token, "campaigns", query="?format=csv").body.decode()
    assert "'=1+1" in body


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_table_is_plain_text_of_80_columns(name: str, house: Server, token: str) -> None:
    answer = ask(house, token, name, SPECS[name], query="?format=table")
    assert (answer.status, answer.header("content-type")) == (200, "text/plain; charset=utf-8")
    assert max(map(len, answer.body.decode().splitlines())) <= 80


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic TOKEN",
        "TOKEN",
        "Bearer TOKENx",
        "Bearer TOKE",
        "Bearer tokEN",
        "Bearer \xe9",
    ],
)
def test_without_the_token_nothing_is_told(given: str | None, house: Server, token: str) -> None:
    said = given.replace("TOKEN", token) if given else given
    for method, path in (
        ("POST", "/api/sites/shop/reports/overview"),
        ("POST", "/api/sites/nosy/reports/x"),
        ("GET", "/api/sites"),
        ("GET", "/metrics"),
    ):
        answer = once(house.port, request(b"{}", method, path, {"Authorization": said, **STRANGER}))
        assert (answer.status, answer.error()) == (401, "token"), (method, path, answer)
        assert token.encode() not in answer.body


def test_the_scheme_may_be_written_in_any_case(house: Server, token: str) -> None:
    assert once(house.port, request(b"", "GET", "/api/sites", {"Authorization": f"bearer {token}"})).status == 200


def test_the_token_is_in_no_answer_and_no_address(house: Server, token: str) -> None:
    assert once(house.port, request(b"", "GET", f"/api/sites?token={token}")).status == 401
    assert once(house.port, request(b"", "GET", "/api/sites", {"Cookie": f"token={token}"})).status == 401
    assert token not in house.log.read_text()


def test_the_token_is_readable_by_its_owner_only(house: Server) -> None:
    assert (house.data / "token").stat().st_mode & 0o777 == 0o600
    assert house.data.stat().st_mode & 0o777 == 0o700


MISSING = {
    "an unknown site": ("nosy", "overview", "site"),
    "an unknown report": ("shop", "overwiew", "report"),
    "neither": ("nosy", "nothing", "report"),
}


@pytest.mark.parametrize("which", MISSING)
def test_what_there_is_not_is_404(which: str, house: Server, token: str) -> None:
    site, name, field = MISSING[which]
    answer = ask(house, token, name, site=site)
    assert (answer.status, answer.error("field")) == (404, field), answer.body
    assert answer.error("message")


# Report, spec, the field that the error names. A field ending in * is a beginning.
BAD: list[tuple[str, Any, str]] = [
    ("overview", b"{", "body"),
    ("overview", b"[]", "body"),
    ("overview", b"1", "body"),
    ("overview", b"null", "body"),
    ("overview", b"\xff", "body"),
    ("overview", b'{"tz":NaN}', "body"),
    ("overview", b" " * 70_000, "body"),
    ("overview", b"[" * 60_000, "body"),
    ("overview", b'{"range":' * 900 + b"1" + b"}" * 900, "*"),
    ("overview", b'{"x":' + b"[" * 900 + b"]" * 900 + b"}", "*"),
    ("overview", {"limit": 0}, "limit"),
    ("overview", {"limit": "many"}, "limit"),
    ("overview", {"limit": 10**6}, "limit"),
    ("overview", {"limit": None}, "limit"),
    ("overview", {"limits": 5}, "limits"),
    ("overview", {"tz": "Europe/Pari"}, "tz"),
    ("overview", {"tz": "'; DROP TABLE events; --"}, "tz"),
    ("overview", {"tz": 1}, "tz"),
    ("overview", {"tz": []}, "tz"),
    ("overview", {"tz": {}}, "tz"),
    ("overview", {"bots": "some"}, "bots"),
    ("overview", {"now": "soon"}, "now"),
    ("overview", {"now": -1}, "now"),
    ("overview", {"now": 1.5}, "now"),
    ("overview", {"range": []}, "range"),
    ("overview", {"range": {"from": "yesterday"}}, "*"),
    ("overview", {"range": {"from": 2, "to": 1}}, "range"),
    ("overview", {"range": {"from": 1, "to": 1}}, "range"),
    ("overview", {"range": {"form": 1}}, "range.form"),
    ("overview", {"range": {"end": "never"}}, "range.end"),
    ("overview", {"session": {"timeout": 0}}, "session.timeout"),
    ("overview", {"session": {"timeout": "soon"}}, "*"),
    ("overview", {"session": {"passive": "x"}}, "session.passive"),
    ("campaigns", {"conversion": 1}, "conversion"),
    ("realtime", {"minutes": 0}, "minutes"),
    ("realtime", {"minutes": 1_441}, "minutes"),
    ("funnel", {}, "*"),
    ("funnel", {"steps": []}, "steps"),
    ("funnel", {"steps": {}}, "steps"),
    ("funnel", {"steps": [{}]}, "steps[0]"),
    ("funnel", {"steps": [{"name": 1}]}, "steps[0].name"),
    ("funnel", {"steps": [{"nam": "x"}]}, "steps[0].nam"),
    ("funnel", {"steps": [{"name": "a"}, {"regex": "("}]}, "steps[1].regex"),
    ("funnel", {"steps": [{"name": "a"}, {"regex": "(?=a)b"}]}, "steps[1].regex"),
    ("funnel", {"steps": [{"name": "a"}, {"regex": "(a)\\1"}]}, "steps[1].regex"),
    ("funnel", {"steps": [{"name": "a"}, {"regex": "a{5000}"}]}, "steps[1].regex"),
    ("funnel", {"steps": [{"any_of": [{}]}]}, "steps[0].any_of[0]"),
    ("funnel", {"steps": [{"name": "a"}] * 33}, "steps"),
    ("funnel", {"steps": [{"name": "a", "where": [["x"]]}]}, "steps[0].where*"),
    ("funnel", {"steps": [{"name": "a", "where": [["path", "like", "x"]]}]}, "steps[0].where*"),
    ("funnel", {"steps": [{"name": "a", "where": [["nothing", "eq", "x"]]}]}, "steps[0].where*"),
    ("funnel", {"steps": [{"name": "a", "where": [["path; DROP TABLE", "eq", "x"]]}]}, "steps[0].where*"),
    ("funnel", {"steps": [{"name": "a", "where": [["path", "regex", "("]]}]}, "steps[0].where*"),
    ("funnel", {"steps": STEPS, "window": "soon"}, "window"),
    ("funnel", {"steps": STEPS, "window": 0}, "window"),
    ("funnel", {"steps": STEPS, "window": -1}, "window"),
    ("funnel", {"steps": STEPS, "order": "random"}, "order"),
    ("funnel", {"steps": STEPS, "breakdown": {"field": "e.path) --"}}, "breakdown*"),
    ("funnel", {"steps": STEPS, "breakdown": {"field": "path", "attribution": "step:x"}}, "breakdown.attribution"),
    ("funnel", {"steps": STEPS, "breakdown": "path"}, "breakdown"),
]


@pytest.mark.parametrize("number", range(len(BAD)), ids=[f"{name} {str(spec)[:50]}" for name, spec, _ in BAD])
def test_a_bad_question_is_400_and_names_its_field(number: int, house: Server, token: str) -> None:
    name, spec, field = BAD[number]
    answer = ask(house, token, name, spec)
    assert (answer.status, answer.error()) == (400, "spec"), answer.body[:300]
    said = str(answer.error("field"))
    assert said.startswith(field[:-1]) if field.endswith("*") else said == field
    assert len(answer.error("message")) > 10


# Odd, and answerable or refused; never an error of the server.
ODD: list[tuple[str, Any]] = [
    *[("overview", {"now": value}) for value in (0, 1, 2**31, 2**53, 2**62, 2**63 - 1, 2**63, 10**30)],
    *[("overview", {"range": {"from": value}}) for value in (0, 2**53, 2**63 - 1, "0001-01-01", "9999-12-31T23:59:59Z",
    "2026-11-22", "2026-W47-7")],
    *[("overview", {"range": {"to": value}}) for value in (1, 2**63 - 1, 2**64, "0001-01-01T00:00:00+14:00")],
    *[("overview", {"tz": zone}) for zone in ("UTC", "Asia/Kathmandu", "Etc/GMT+12", "Factory", "localtime",
    "posix/UTC")],
    *[("sessions", {"session": {"timeout": value}}) for value in (1, 2**62, 2**63 - 1, "1ms", "99999999999w")],
    *[("sessions", {"session": {"max": value, "engaged": value}}) for value in (1, 2**62)],
    ("sessions", {"session": {"engaged": -(2**63)}}),
    ("sessions", {"limit": 100_000}),
    ("pages", {"range": {"from": 5}, "tz": "America/Santiago"}),
    ("campaigns", {"conversion": "'; --"}),
    ("channels", {"conversion": ""}),
    ("realtime", {"minutes": 1_440, "now": 2**53}),
    *[("funnel", {"steps": STEPS, "window": value}) for value in (1, 2**62, 2**63 - 1, None, "0.5ms", "1e9d")],
    *[("funnel", {"steps": [{"name": "a"}, {"path": path}]}) for path in ("*", "**", "[", "]", "\\", "/%", "/_", "'",
    "{{", "/" + "*" * 500, "(", "?")],
    *[("funnel", {"steps": [{"regex": regex}, {"name": "a"}]}) for regex in ("(a+)+$", "^(([a-z])+.)+[A-Z]([a-z])+$",
    "\\d", "(?i)x", "\\Z", "(?P<a>x)", "\x00", "é", "[[:alpha:]]", "a" * 256, "(?#c)", "\\u0041", "x*+")],
    *[("funnel", {"steps": [{"name": "a", "where": [[field, op, value]]}]})
      for field, op, value in (("props.x", "eq", "y"), ("props.'", "eq", "'"), ('props."', "ne", 1), ("props.a.b",
          "exists", None), ("props.$", "gt", 1.5), ("path", "contains", "%"),
                               ("t", "gt", 0), ("received", "lt", "x"), ("amount", "gt", "x"), ("revenue", "gte", 1),
                               ("revenue", "in", ["1", 2]), ("country", "nin", []),
                               ("props.x", "eq", None), ("name", "eq", True), ("props.\x00", "eq", "\x00"),
                               ("props." + "x" * 120, "missing", None))],
    *[("funnel", {"steps": STEPS, "breakdown": {"field": field}}) for field in ("utm.source", "props.x",
    "props.' OR 1=1", "t", "seq", "user", "visitor", "flags", "extra", "amount", "state")],
    ("funnel", {"steps": [{"name": "a", "where": [["path", "in", "x"]]}]}),
    ("funnel", {"steps": [{"name": "a"}] * 32}),
    ("funnel", {"steps": [{"any_of": [{"any_of": [{"any_of": [{"name": "a"}]}]}]}]}),
    ("funnel", {"steps": [{"name": "page_view", "path": "/", "label": "=1+1"}] * 2}),
    ("quality", {"bots": "only", "range": {"from": 0, "to": 1}}),
]  # fmt: skip


def test_no_question_breaks_the_server(house: Server, token: str) -> None:
    broken = []
    for name, spec in ODD:
        answer = ask(house, token, name, spec)
        if answer.status not in (200, 400):
            broken.append(f"{name} {json.dumps(spec)[:120]}: {answer.status}")
    assert not broken, f"{len(broken)} of {len(ODD)}:\n" + "\n".join(broken)


@pytest.mark.parametrize("kind", ["xml", "", "JSON", "csv;x", "../x"])
def test_an_unknown_format_is_400(kind: str, house: Server, token: str) -> None:
    answer = ask(house, token, "overview", query=f"?format={kind}")
    assert (answer.status, answer.error("field")) == (400, "format")


def test_no_answer_of_the_api_is_kept_or_readable_by_other_pages(house: Server, token: str) -> None:
    for answer in (ask(house, token, "overview"), ask(house, None, "overview"), ask(house, token, "x")):
        assert answer.header("cache-control") == "no-store"
        assert not [name for name, _ in answer.headers if name.startswith("access-control")]


def test_the_description_names_each_report(house: Server) -> None:
    said = once(house.port, request(b"", "GET", "/api/openapi.json")).json()
    assert said["openapi"].startswith("3.1")
    assert {f"/api/sites/{{site}}/reports/{name}" for name in QUESTIONS} <= set(said["paths"])


def test_the_sites_are_listed_without_their_keys(house: Server, token: str) -> None:
    answer = once(house.port, request(b"", "GET", "/api/sites", {"Authorization": f"Bearer {token}"}))
    assert answer.json() == {"sites": [{"name": "shop", "timezone": "UTC", "profile": "required"}]}


def test_the_metrics_are_prometheus_text(house: Server, token: str) -> None:
    answer = once(house.port, request(b"", "GET", "/metrics", {"Authorization": f"Bearer {token}"}))
    assert answer.status == 200
    assert re.search(
        rf'^balise_events_total{{outcome="accepted",reason=""}} {2 * len(FORMULAS) + 2}$',
        answer.body.decode(),
        re.MULTILINE,
    )


def pinned(server: Server) -> tuple[str, str]:
    """The hashed file's path and its integrity, from the tag that the command prints."""
    shown = command(server.data, "site", "show", "shop")
    path, integrity = re.search(r"(/m/s\.[0-9a-f]+\.js)", shown), re.search(r'integrity="([^"]+)"', shown)
    assert path is not None
    assert integrity is not None
    return path[1], integrity[1]


def test_the_hashed_snippet_never_changes_and_fits_its_integrity(house: Server) -> None:
    path, integrity = pinned(house)
    answer = once(house.port, request(b"", "GET", path))
    assert (answer.status, answer.header("cache-control")) == (200, "public, max-age=31536000, immutable")
    assert (answer.header("content-type") or "").startswith("text/javascript")
    assert (answer.header("x-content-type-options"), answer.header("access-control-allow-origin")) == ("nosniff", "*")
    kind, _, digest = integrity.partition("-")
    assert base64.b64encode(hashlib.new(kind, answer.body).digest()).decode() == digest


def test_the_plain_snippet_is_the_same_file_for_an_hour(house: Server) -> None:
    plain, hashed = (once(house.port, request(b"", "GET", path)) for path in ("/m/s.js", pinned(house)[0]))
    assert plain.body == hashed.body
    assert plain.header("cache-control") == "public, max-age=3600"


OTHER = [
    "s.000000000000.js", "s.1.js", "s..js", "s.js.map", "s", "x.js",
    "S.js", "s.json", "s.ABCDEF.js", "../s.js", "s.js%00", "s.js/x",
]  # fmt: skip


@pytest.mark.parametrize("file", OTHER)
def test_any_other_file_is_404(file: str, house: Server) -> None:
    assert once(house.port, request(b"", "GET", f"/m/{file}")).status == 404


PAGES = ("/login", "/sites/shop/links", "/sites/shop/overview")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_lets_nothing_foreign_in(path: str, house: Server, token: str) -> None:
    answer = _page(house, token, path)
    policy = dict(
        part.strip().partition(" ")[::2] for part in (answer.header("content-security-policy") or "").split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy.get("script-src", "'self'") == "'self'"
    assert "unsafe" not in str(policy)
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") in ("no-referrer", "same-origin")  # no other site hears of a page


@pytest.mark.parametrize("path", PAGES[1:])
def test_everything_a_page_names_is_there(path: str, house: Server, token: str) -> None:
    page = _page(house, token, path).body.decode()
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    assert named
    assert {once(house.port, request(b"", "GET", path)).status for path in named} == {200}


def _page(house: Server, token: str, path: str) -> Answer:
    answer = once(house.port, request(b"", "GET", path, {"Authorization": f"Bearer {token}"}))
    assert answer.status == 200, answer
    return answer
