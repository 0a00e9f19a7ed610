"""The links' toolkit and the registry over HTTP: the same answers as the commands, errors that name the field."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openpyxl import load_workbook

from collector.web.guard import token
from tests.conftest import Server
from tests.links.images import of_png, of_svg, read
from tests.links.run import PAGE, run
from tests.links.sheets import csv_of, xlsx_of

DICTIONARY = Path(__file__).parents[2] / "config" / "utm.toml"
GOOD = {"url": PAGE, "source": "newsletter", "medium": "email", "campaign": "202611_fr_acme_acq"}
BUILT = f"{PAGE}?utm_source=newsletter&utm_medium=email&utm_campaign=202611_fr_acme_acq"


class Api:
    """A server and its token."""

    def __init__(self, server: Server) -> None:
        self.server, self.token = server, token(server.data)

    def __call__(self, method: str, path: str, body: Any = None, lang: str = "en") -> httpx2.Response:
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "accept-language": lang}
        return httpx2.request(method, f"{self.server.url}{path}", content=content, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    data = tmp_path_factory.mktemp("api") / "data"
    run(data, "site", "add", "shop", "--origin", "https://shop.example")
    server = Server(data, environment={"BALISE_UTM_DICTIONARY": str(DICTIONARY)})
    yield Api(server)
    server.stop()


def test_a_link_is_built_as_the_command_builds_it(api: Api) -> None:
    answer = api("POST", "/api/utm/build", GOOD | {"source": "infolettre"})
    assert answer.status_code == 200
    asked = (PAGE, "--source", "infolettre", "--medium", "email", "--campaign", "202611_fr_acme_acq")
    told = json.loads(run(api.server.data, "utm", "build", *asked, "--json", "--dictionary", str(DICTIONARY)).stdout)
    assert answer.json() == told
    assert (told["url"], told["channel"]) == (BUILT, "Email")


def test_a_landing_and_a_channel_are_read_as_the_commands_read_them(api: Api) -> None:
    names = ("--json", "--dictionary", str(DICTIONARY), "--lang", "fr")
    landed = {"url": BUILT + "&gclid=x", "referrer": "https://www.google.com/"}
    parsed = run(api.server.data, "utm", "parse", landed["url"], "--referrer", landed["referrer"], *names).stdout
    assert api("POST", "/api/utm/parse", landed, "fr").json() == json.loads(parsed)
    channel = run(api.server.data, "utm", "channel", "--source", "fb", "--medium", "ppc", *names).stdout
    assert api("POST", "/api/utm/channel", {"source": "fb", "medium": "ppc"}, "fr").json() == json.loads(channel)


def test_addresses_are_checked_and_the_dictionary_is_told(api: Api) -> None:
    answer = api("POST", "/api/utm/check", {"urls": [BUILT, f"{PAGE}?gclid=x"]}).json()
    clean, copied = answer["links"]
    assert clean["findings"] == []
    assert "L20" in [found["rule"] for found in copied["findings"]]
    assert answer["errors"] >= 1
    agreed = api("GET", "/api/utm/dictionary").json()
    assert agreed["version"] == "1.0.0"
    assert "email" in agreed["fields"]["medium"]["values"]
    assert agreed["fields"]["campaign"]["template"] == "{date:%Y%m}_{geo:ISO2}_{brand}_{objective}"


@pytest.mark.parametrize(("method", "path", "body", "status", "field"), [
    ("POST", "/api/utm/build", b"{", 400, "body"),
    ("POST", "/api/utm/build", b"[" * 100_000, 400, "body"),
    ("POST", "/api/utm/build", b'{"url":"\xff"}', 400, "body"),
    ("POST", "/api/utm/build", b" " * 262_145, 413, "body"),
    ("POST", "/api/utm/build", {}, 400, "url"),
    ("POST", "/api/utm/build", {"url": 1}, 400, "url"),
    ("POST", "/api/utm/build", {"url": PAGE, "sourc": "a"}, 400, "sourc"),
    ("POST", "/api/utm/build", {"url": "javascript:alert(1)"}, 400, "url"),
    ("POST", "/api/utm/build", {"url": PAGE, "policy": "x"}, 400, "policy"),
    ("POST", "/api/utm/channel", {"click_id": "nope"}, 400, "click_id"),
    ("POST", "/api/utm/channel", {"rules": "ga5"}, 400, "rules"),
    ("POST", "/api/utm/check", {"urls": ["x"] * 1_001}, 400, "urls"),
    ("POST", "/api/utm/check", {"urls": [], "ignore": ["L99"]}, 400, "ignore"),
    ("POST", "/api/utm/qr", {"text": "x" * 600}, 400, "text"),
    ("POST", "/api/utm/qr", {"text": "x", "scale": 0}, 400, "scale"),
    ("GET", "/api/links?format=pdf", None, 400, "format"),
    ("GET", "/api/links?limit=x", None, 400, "limit"),
    ("GET", "/api/links?limit=%C2%B2", None, 400, "limit"),
    ("GET", "/api/links/nothing/qr?scale=0400", None, 400, "scale"),
    ("GET", "/api/links/nothing/qr?scale=%C2%B2", None, 400, "scale"),
    ("GET", "/api/links/nothing", None, 404, "code"),
    ("DELETE", "/api/links/nothing", None, 404, "code"),
    ("GET", "/api/links/nothing/qr", None, 404, "code"),
    ("POST", "/api/links", GOOD | {"medium": "foo"}, 400, "medium"),
    ("POST", "/api/links", GOOD | {"url": "http://10.0.0.1/"}, 400, "url"),
    ("POST", "/api/links/bulk", b"a,b\n", 400, "sheet"),
    ("POST", "/api/links/bulk", b"PK\x03\x04", 400, "sheet"),
])  # fmt: skip
def test_bad_input_is_told_with_its_field(method: str, path: str, body: Any, status: int, field: str, api: Api) -> None:
    answer = api(method, path, body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field), answer.text
    assert answer.json()["error"]["message"]
    assert "Traceback" not in answer.text


def test_a_link_is_issued_once_shown_drawn_and_taken_back(api: Api) -> None:
    tried = api("POST", "/api/links", GOOD | {"code": "api-1", "dry_run": True}).json()
    assert (tried["outcome"], tried["target"], tried["channel"]) == ("added", BUILT, "Email")
    assert api("GET", "/api/links").json()["total"] == 0
    first = api("POST", "/api/links", GOOD | {"code": "api-1", "author": "ana", "note": "first"})
    again = api("POST", "/api/links", GOOD | {"code": "API-1"})
    assert (first.status_code, again.status_code, again.json()["outcome"]) == (201, 200, "known")
    short = f"{api.server.url}/l/api-1"
    assert (first.json()["short"], first.json()["dictionary"]) == (short, "1.0.0")
    taken = api("POST", "/api/links", GOOD | {"url": f"{PAGE}/2", "code": "api-1"}, "fr")
    assert (taken.status_code, taken.json()["error"]["field"]) == (409, "code")
    assert "choisissez" in taken.json()["error"]["message"]
    for number in range(2):
        httpx2.get(short, headers={"user-agent": f"Mozilla/5.0 (Windows NT 10.0) Firefox/14{number}.0"}, timeout=60)
    shown = api("GET", "/api/links/api-1").json()
    assert (shown["human"], sum(day["human"] for day in shown["days"])) == (2, 2)
    assert api("GET", "/api/links?q=FIRST+api").json()["total"] == 1
    assert api("GET", "/api/links?q=elsewhere").json()["total"] == 0
    assert read(of_png(api("GET", "/api/links/api-1/qr?format=png").content)) == short
    assert read(of_svg(api("GET", "/api/links/api-1/qr?long=true").content)) == BUILT
    assert read(of_svg(api("POST", "/api/utm/qr", {"text": BUILT}).content)) == BUILT
    assert [api("DELETE", "/api/links/api-1").status_code for _ in range(2)] == [204, 204]
    assert httpx2.get(short, timeout=60).status_code == 410
    assert api("GET", "/api/links").json()["total"] == 0


def test_every_fault_of_a_link_is_told_beside_the_first(api: Api) -> None:
    wanted = {"url": PAGE, "source": "x", "medium": "foo", "code": "?"}
    error = api("POST", "/api/links", wanted, "fr").json()["error"]
    tried = api("POST", "/api/links", {**wanted, "dry_run": True}, "fr")
    assert (tried.status_code, tried.json()["outcome"], tried.json()["faults"]) == (200, "refused", error["faults"])
    assert [fault["field"] for fault in error["faults"]] == ["code", "medium", "campaign"]
    assert error["message"] == error["faults"][0]["message"]
    assert "doit" in error["message"]
    assert error["target"] == f"{PAGE}?utm_source=x&utm_medium=foo"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_is_rehearsed_issued_and_told_by_row(kind: str, api: Api) -> None:
    head = ("url", "source", "medium", "campaign", "note")
    lines = [
        head,
        (f"{PAGE}/{kind}", "fb", "social", "202611_fr_acme_acq", ""),
        (f"{PAGE}/{kind}2", "fb", "tv", "x", ""),
    ]
    sheet = xlsx_of(*lines) if kind == "xlsx" else csv_of(*(",".join(line) for line in lines))
    dry = api("POST", "/api/links/bulk?dry_run=true", sheet).json()
    assert (dry["added"], dry["refused"], dry["rows"][0]["code"]) == (1, 1, "")
    done = api("POST", "/api/links/bulk?author=ana", sheet).json()
    assert (done["added"], done["refused"]) == (1, 1)
    assert [fault["column"] for fault in done["rows"][1]["faults"]] == ["medium", "campaign"]
    assert api("POST", "/api/links/bulk", sheet).json()["known"] == 1
    many = api("POST", "/api/links/bulk", csv_of(",".join(head), "javascript:x,fb,tv,x,=1+1")).json()["rows"][0]
    assert [fault["column"] for fault in many["faults"]] == ["note", "url", "medium", "campaign"]
    told = list(csv.DictReader(io.StringIO(done["csv"])))
    assert (told[0]["short"], told[1]["outcome"]) == (done["rows"][0]["short"], "refused")
    kept = list(csv.DictReader(io.StringIO(api("GET", f"/api/links?format=csv&q={kind}").text)))
    assert [(row["author"], row["target"].partition("?")[0]) for row in kept] == [("ana", f"{PAGE}/{kind}")]
    book = load_workbook(io.BytesIO(api("GET", "/api/links?format=xlsx").content))
    assert book["links"]["A1"].value == "code"


def test_the_template_comes_as_a_workbook_and_as_csv(api: Api) -> None:
    book = load_workbook(io.BytesIO(api("GET", "/api/links/template", lang="fr").content))
    assert book.sheetnames == ["links", "dictionary", "aide"]
    assert api("GET", "/api/links/template?format=csv").text.startswith("\ufeffurl,source")


def test_the_description_names_every_door_of_the_api(api: Api) -> None:
    from tests.web.test_routes import DOORS  # noqa: PLC0415

    described = httpx2.get(f"{api.server.url}/api/openapi.json", timeout=60).json()
    told = {(path, method.upper()) for path, methods in described["paths"].items() for method in methods}
    doors = {(path, method) for path, needs in DOORS.items() for method in needs}
    ours = {(path, method) for path, method in doors if path.startswith(("/api/links", "/api/utm"))}
    assert ours <= told
    assert described["components"]["schemas"]["Wanted"]["properties"]["expires"]
