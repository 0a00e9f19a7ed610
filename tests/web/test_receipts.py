"""A grant, what it covers and its end, over the wire and as the commands of a data-protection officer show it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.conftest import ORIGIN, Server, command
from tests.journal.test_receipts import tc_string
from tests.make import a_batch, a_receipt, an_event
from tests.web.books import clean, stored

VISITOR = "v-1234567890"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("receipts") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN)
    running = Server(folder)
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text()


def exported(house: Server, *arguments: str) -> list[dict[str, Any]]:
    said = command(house.data, "consent", "export", "--site", "shop", *arguments)
    return [json.loads(line) for line in said.splitlines()]


def forget(house: Server, body: dict[str, Any] | None = None, **headers: str) -> int:
    sent = {"origin": ORIGIN, "content-type": "text/plain"} | headers
    content = json.dumps({"v": 1, "site": "shop"} | (body or {}))
    return httpx2.post(f"{house.url}/m/forget", content=content, headers=sent, timeout=60).status_code


def test_a_grant_leaves_one_receipt_however_many_batches_come(house: Server) -> None:
    said = a_receipt(source="tcf", purposes=["measure"], tcf=tc_string(), gpp="DBABMA~CPXxRfA", snippet="1.2.0")
    first = house.post(a_batch(an_event(), an_event(), consent=said))
    cookie = first.headers["set-cookie"].partition(";")[0]
    for _ in range(3):
        assert house.post(a_batch(consent=said), cookie=cookie).json()["accepted"] == 1
    (receipt,) = exported(house, "--visitor", cookie.partition("=")[2])
    expected = {"state": "granted", "source": "tcf", "policy": "v1", "purposes": ["measure"], "tcf": tc_string(),
                "gpp": "DBABMA~CPXxRfA", "snippet": "1.2.0", "site": "shop"}  # fmt: skip
    assert expected.items() <= receipt.items()
    assert 0 <= receipt["received"] - receipt["at"] < 60_000


def test_a_batch_that_brings_nothing_new_leaves_its_visitors_next_event_covered(house: Server) -> None:
    """Sent again under another name (its first answer, and the cookie with it, was lost), then the next event."""
    event = an_event()
    assert house.post(a_batch(event, visitor="v-first-name")).json()["accepted"] == 1
    assert house.post(a_batch(event, visitor="v-second-name")).json()["duplicate"] == 1
    assert exported(house, "--visitor", "v-second-name") == []
    assert house.post(a_batch(visitor="v-second-name")).json()["accepted"] == 1
    assert len(exported(house, "--visitor", "v-second-name")) == 1
    assert " 0 faults" in command(house.data, "consent", "verify")


def test_the_receipt_of_an_event_is_shown(house: Server) -> None:
    event = an_event()
    house.post(a_batch(event, visitor="v-of-one-event", consent=a_receipt(policy="2026-11")))
    said = command(house.data, "consent", "show", "--site", "shop", "--event", event["id"])
    assert "policy           2026-11" in said
    assert "visitor          v-of-one-event" in said
    assert "has no event nothing" in command(
        house.data, "consent", "show", "--site", "shop", "--event", "nothing", code=2
    )
    assert "one of them" in command(house.data, "consent", "show", "--site", "shop", code=2)


def test_a_withdrawal_by_the_cookie_is_a_receipt_and_ends_what_is_under_way(house: Server) -> None:
    batch = a_batch(an_event(name="before"))
    cookie = house.post(batch).headers["set-cookie"].partition(";")[0]
    late = a_batch(an_event(name="late"), consent=batch["consent"], sent_at=batch["sent_at"])
    assert forget(house, cookie=cookie) == 204
    assert house.post(late, cookie=cookie).json()["dropped"] == {"withdrawn": 1}
    states = [receipt["state"] for receipt in exported(house, "--visitor", cookie.partition("=")[2])]
    assert states == ["granted", "withdrawn"]
    assert not [event for event in stored(house.data) if event["n"] == "late"]


def test_a_page_that_knows_its_visitor_can_say_whom_to_forget(house: Server) -> None:
    old = a_receipt()
    house.post(a_batch(visitor=VISITOR, consent=old))
    assert forget(house, {"visitor": VISITOR}) == 204
    assert house.post(a_batch(visitor=VISITOR, consent=old)).json()["dropped"] == {"withdrawn": 1}
    assert house.post(a_batch(visitor=VISITOR)).json()["accepted"] == 1, "a grant given anew"
    assert [receipt["state"] for receipt in exported(house, "--visitor", VISITOR)] == [
        "granted",
        "withdrawn",
        "granted",
    ]


def test_who_refuses_and_who_was_never_asked_leave_no_receipt(house: Server) -> None:
    before = len(exported(house))
    for state in ("denied", "withdrawn", "objected", "pending"):
        house.post(a_batch(visitor=f"v-{state}-123", consent=a_receipt(state=state)))
        assert forget(house, {"visitor": f"v-{state}-123"}) == 204
    assert len(exported(house)) == before


def test_a_text_that_is_no_platforms_string_is_not_kept(house: Server) -> None:
    house.post(a_batch(visitor="v-no-string", consent=a_receipt(tcf="3f2504e04f8941d39a0c0305e82c3301", gpp="x~y")))
    (receipt,) = exported(house, "--visitor", "v-no-string")
    assert not {"tcf", "gpp"} & receipt.keys()
    answer = house.post(a_batch(consent=a_receipt(tcf="no string at all")))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "consent.tcf")


def test_imported_grants_have_their_receipts_too(house: Server) -> None:
    rows = [{"t": "2026-03-02T10:00:00Z", "name": "x", "visitor": "v-imported", "consent": {"state": "granted"}}]
    command(house.data, "import", "-", "--site", "shop", stdin=b"\n".join(json.dumps(row).encode() for row in rows))
    (receipt,) = exported(house, "--visitor", "v-imported")
    assert (receipt["state"], receipt["source"]) == ("granted", "import")


def test_the_export_is_a_table_too(house: Server) -> None:
    house.post(a_batch(visitor="=cmd()", consent=a_receipt(source="=1+1")))
    rows = list(
        csv.DictReader(io.StringIO(command(house.data, "consent", "export", "--site", "shop", "--format", "csv")))
    )
    assert len(rows) == len(exported(house))
    assert rows[-1]["source"] == "'=1+1"


def test_the_log_proves_every_event_that_was_kept_under_a_grant(house: Server) -> None:
    said = command(house.data, "consent", "verify")
    granted = [event for event in stored(house.data) if event.get("cr")]
    assert said.split() == [
        str(len(exported(house))),
        "receipts,",
        str(len(granted)),
        *["events", "of", "a", "grant,", "0", "faults"],
    ]
    assert clean(house.data)
