"""Funnels under a name, from the file and from the log; what the command's options may say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from collector.cli import balise
from collector.reports.spec import SpecError
from collector.saved import from_file
from tests.conftest import ORIGIN, Server
from tests.web.wire import Answer, once, request

SHIPPED = Path(__file__).parent.parent / "config" / "funnels.toml"
STEPS = {"steps": [{"name": "page_view"}, {"name": "purchase"}], "window": "1d"}
FILE = """
[checkout]
steps = [{ path = "/cart" }, { name = "purchase" }]

[theirs]
sites = ["other"]
steps = [{ name = "x" }]
"""


def run(data: Path, *arguments: str, code: int = 0, stdin: str = "", **environment: str) -> str:
    """A command in this process; returns what it printed, both ways."""
    done = CliRunner().invoke(balise, ["--data", str(data), *arguments], input=stdin, env=environment)
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A site with two people, one of whom bought."""
    folder = tmp_path / "data"
    run(folder, "site", "add", "shop", "--origin", ORIGIN)
    events = [("a", "v1", "page_view", 0), ("b", "v1", "purchase", 5), ("c", "v2", "page_view", 0)]
    lines = [
        {"id": key, "visitor": visitor, "name": name, "t": 1_772_409_600_000 + t, "path": "/cart"}
        for key, visitor, name, t in events
    ]
    run(folder, "import", "-", "--site", "shop", "--quiet", stdin="\n".join(map(json.dumps, lines)))
    return folder


def counts(printed: str) -> list[int]:
    found: list[int] = json.loads(printed)["totals"]["counts"]
    return found


def test_the_shipped_examples_are_funnels_once_they_are_uncommented(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert from_file(str(SHIPPED)) == {}
    file = tmp_path / "funnels.toml"
    body = text.split("\n\n", 1)[1]
    file.write_text(re.sub(r"^# ?", "", body, flags=re.MULTILINE))
    assert set(from_file(str(file))) == {"checkout", "signup"}
    assert set(from_file(str(file), "blog")) == {"signup"}


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("[checkout]\nsteps = [{ nam = 'x' }]", "checkout.steps[0].nam", "[checkout] unknown key 'nam'"),
        ("[checkout]\nsteps = [{ name = 'x' }]\nwindow = 'soon'", "checkout.window", "not 'soon'"),
        ("[checkout]\nsteps = []", "checkout.steps", "length >= 1"),
        ("[Check out]\nsteps = []", "reports.funnels", "is not TOML"),
        ("['Check out']\nsteps = [{ name = 'x' }]", "Check out.name", "expected 1 to 64 of a-z"),
        ("checkout = 1", "checkout", "expected a table [checkout]"),
        ("[a]\nsites = 'shop'\nsteps = [{ name = 'x' }]", "a.sites", "a list of names of sites"),
    ],
)
def test_a_wrong_file_is_told_with_the_funnel_and_the_field(tmp_path: Path, text: str, field: str, said: str) -> None:
    file = tmp_path / "f.toml"
    file.write_text(text)
    with pytest.raises(SpecError) as error:
        from_file(str(file))
    assert error.value.field == field
    assert said in str(error.value)


def test_a_saved_funnel_goes_before_one_of_the_file_and_options_go_over_both(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text(FILE)
    ask = ("report", "funnel", "--site", "shop", "--format", "json", "--saved", "checkout")
    in_file = {"BALISE_REPORTS_FUNNELS": str(file)}
    assert counts(run(shop, *ask, **in_file)) == [2, 1]
    run(
        shop,
        "funnel",
        "save",
        "checkout",
        "--site",
        "shop",
        "--spec",
        "-",
        stdin=json.dumps({"steps": [{"name": "y"}]}),
    )
    assert counts(run(shop, *ask, **in_file)) == [0]
    assert counts(run(shop, *ask, "--step", "purchase", **in_file)) == [1]
    assert run(shop, "funnel", "list", "--site", "shop", **in_file).split() == ["checkout", "site", "y"]
    assert json.loads(run(shop, "funnel", "show", "checkout", "--site", "shop", **in_file)) == {
        "steps": [{"name": "y"}]
    }
    run(shop, "funnel", "remove", "checkout", "--site", "shop", **in_file)
    assert counts(run(shop, *ask, **in_file)) == [2, 1]
    assert "take it out there" in run(shop, "funnel", "remove", "checkout", "--site", "shop", code=2, **in_file)
    assert "there are: none" in run(shop, *ask, code=2)
    bad = json.dumps({"steps": [{"nam": "x"}]})
    assert "unknown key 'nam'" in run(shop, "funnel", "save", "x", "--site", "shop", "--spec", "-", code=2, stdin=bad)


def call(server: Server, method: str, path: str, body: Any = None, token: str = "") -> Answer:
    sent = json.dumps(body).encode() if body is not None else b""
    return once(server.port, request(sent, method, path, {"Authorization": f"Bearer {token}", "Origin": None}))


def test_funnels_are_saved_through_the_api_for_good(shop: Path) -> None:
    from collector.web.guard import token as token_of  # noqa: PLC0415

    token, path = token_of(shop), "/api/sites/shop/funnels"
    server = Server(shop)
    try:
        assert call(server, "GET", path, token="no").status == 401
        assert call(server, "PUT", f"{path}/basket", STEPS, token).json()["from"] == "site"
        bad = call(server, "PUT", f"{path}/bad", {"steps": [{"name": "a"}], "window": 0}, token)
        assert (bad.status, bad.error("field")) == (400, "window")
        assert call(server, "PUT", f"{path}/B%20d", STEPS, token).error("field") == "name"
        assert call(server, "GET", f"{path}/none", None, token).status == 404
        assert call(server, "GET", "/api/sites/nosy/funnels", None, token).status == 404
        asked = call(server, "POST", "/api/sites/shop/reports/funnel", {"saved": "basket"}, token)
        assert asked.json()["totals"]["counts"] == [2, 1]
        unknown = call(server, "POST", "/api/sites/shop/reports/funnel", {"saved": "nothing"}, token)
        assert (unknown.status, unknown.error("field")) == (400, "saved")
        assert path.replace("shop", "{site}") in call(server, "GET", "/api/openapi.json").json()["paths"]
    finally:
        server.stop()
    server = Server(shop)
    try:
        listed = call(server, "GET", path, None, token).json()["funnels"]
        assert listed == [{"name": "basket", "from": "site", "spec": STEPS}]
        assert call(server, "GET", f"{path}/basket", None, token).json() == listed[0]
        assert call(server, "DELETE", f"{path}/basket", None, token).status == 204
        assert call(server, "DELETE", f"{path}/basket", None, token).status == 404
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("overview", ("--step", "/"), "--step is not an option of the report overview"),
        ("overview", ("--window", "7d"), "--window is not an option"),
        ("funnel", ("--limit", "5"), "--limit is not an option of the report funnel"),
        ("pages", ("--breakdown", "device"), "--breakdown is not an option"),
        ("pages", ("--saved", "x"), "--saved is not an option"),
        ("pages", ("--last", "7d", "--from", "2026-01-01"), "--last: expected without --from and --to"),
        ("pages", ("--set", "limit"), "--set: expected KEY=VALUE"),
        ("pages", ("--set", "limits=5"), "unknown key 'limits'; the nearest is limit"),
        ("pages", ("--set", "tz=UTC", "--set", "tz.x=1"), "tz is no object"),
    ],
)
def test_an_option_that_a_report_does_not_know_is_refused_by_its_name(
    shop: Path, name: str, options: tuple[str, ...], said: str
) -> None:
    assert said in run(shop, "report", name, "--site", "shop", *options, code=2)


def test_any_key_of_a_spec_can_be_set_on_the_command_line(shop: Path) -> None:
    options = ("--set", "session.timeout=10m", "--set", "limit=7", "--set", 'session.passive=["hb"]')
    spec = json.loads(run(shop, "report", "pages", "--site", "shop", "--format", "json", *options))["spec"]
    assert (spec["limit"], spec["session"]["timeout"], spec["session"]["passive"]) == (7, 600_000, ["hb"])
