"""Any words at the doors of the links: commands and API give an answer, or a told error; never a fault of the house."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.cli import balise
from collector.web.guard import token
from tests.conftest import Server
from tests.links.run import run
from tests.utm.test_any_command import URL, WORD

CALM = settings(max_examples=60, deadline=None, derandomize=True)
BOOK = Path(__file__).parents[2] / "config" / "utm.toml"
FIELDS = ["url", "source", "medium", "campaign", "term", "id", "set", "policy", "platform", "encoded", "code", "note",
          "author", "expires", "ignore", "dry_run", "referrer", "own_hosts", "rules", "click_id", "urls", "text",
          "format", "scale"]  # fmt: skip
ODD = st.one_of(URL, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(URL, max_size=3),
                st.dictionaries(WORD, URL, max_size=2), st.just("\ud800"))  # fmt: skip
BODY = st.one_of(
    st.binary(max_size=80),
    st.dictionaries(st.sampled_from(FIELDS), ODD, max_size=5).map(lambda body: json.dumps(body).encode()),
    st.builds(lambda url, values: json.dumps({"url": url, **values}).encode(), URL,
              st.dictionaries(st.sampled_from(FIELDS[1:6]), URL, max_size=4)),
    st.lists(URL, max_size=3).map(lambda urls: json.dumps({"urls": urls}).encode()),
)  # fmt: skip
SHEET = st.one_of(
    st.binary(max_size=200),
    st.lists(st.tuples(URL, WORD, WORD, WORD), max_size=4).map(
        lambda rows: "\n".join(["url,source,medium,campaign", *(",".join(row) for row in rows)]).encode()
    ),
)
DOORS = ["/api/utm/build", "/api/utm/parse", "/api/utm/channel", "/api/utm/check", "/api/utm/qr", "/api/links"]


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("anything") / "data"
    run(data, "site", "add", "shop", "--origin", "https://shop.example")
    running = Server(data, environment={"BALISE_UTM_DICTIONARY": str(BOOK)})
    yield running
    running.stop()


@pytest.fixture(name="api", scope="module")
def _api(server: Server) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {token(server.data)}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=120) as client:
        yield client


def told(answer: httpx2.Response) -> Any:
    """What the answer says; an error says what, and where."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["error"]["code"]
        assert answer.json()["error"]["message"]
    return answer


@CALM
@given(st.sampled_from(DOORS), BODY, st.sampled_from(["fr", "en"]))
def test_any_body(api: httpx2.Client, path: str, body: bytes, lang: str) -> None:
    told(api.post(path, content=body, headers={"accept-language": lang}))


@CALM
@given(WORD, st.dictionaries(st.sampled_from(["format", "q", "limit", "removed", "long", "scale", "author"]), URL))
def test_any_code_and_query(api: httpx2.Client, code: str, query: dict[str, str]) -> None:
    place = quote(code, safe="") or "x"
    for path in ("/api/links", f"/api/links/{place}", f"/api/links/{place}/qr", "/api/links/template"):
        told(api.get(path, params=query))
    told(api.delete(f"/api/links/{place}"))
    assert api.get(f"/l/{place}", params=query, follow_redirects=False).status_code in (302, 404, 410)


@CALM
@given(SHEET, st.booleans(), WORD)
def test_any_sheet(api: httpx2.Client, sheet: bytes, dry: bool, author: str) -> None:
    query = {"dry_run": "true" if dry else "", "author": author}
    told(api.post("/api/links/bulk", content=sheet, params=query))


def test_the_server_still_stands_and_what_was_issued_leads_where_it_may(api: httpx2.Client) -> None:
    body = {"url": "https://shop.example/", "source": "newsletter", "medium": "email", "campaign": "202611_fr_acme_acq"}
    assert api.post("/api/links", json=body).status_code in (200, 201)
    targets = [link["target"] for link in api.get("/api/links", params={"limit": "10000"}).json()["links"]]
    assert targets
    assert all(target.startswith(("https://", "http://")) for target in targets)


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("commands") / "data"
    run(data, "site", "add", "shop", "--origin", "https://shop.example")
    return data


def answered(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    done = CliRunner().invoke(balise, ["--data", str(folder), "links", *arguments], input=stdin, env={"LANG": "C"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code in (0, 1, 2)
    assert done.exit_code != 2 or done.stderr


@settings(CALM, max_examples=25)
@given(URL, WORD, WORD, WORD, SHEET)
def test_any_command(folder: Path, url: str, code: str, note: str, expires: str, sheet: bytes) -> None:
    names = ("--source=a", "--medium=email", f"--campaign={note or 'c'}", f"--code={code}", f"--note={note}")
    answered(folder, "add", *names, f"--expires={expires}", f"--set=utm_x={note}", "--", url)
    for command in (["show"], ["qr", "--scale=2"], ["remove", "--yes"]):
        answered(folder, *command, "--", code)
    answered(folder, "import", "-", "--dry-run", "--quiet", "--json", f"--author={note}", stdin=sheet)
    answered(folder, "list", "--format=csv")
