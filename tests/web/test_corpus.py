"""The corpus of bad inputs against a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.conftest import ORIGIN, Server, command, report
from tests.make import a_batch, an_event
from tests.web import corpus
from tests.web.books import clean
from tests.web.corpus.case import Case, Fault, differences
from tests.web.wire import Answer, Line, once, request

REPORTS = ("overview", "sessions", "pages", "campaigns", "channels", "events", "realtime", "quality")


class Sent(NamedTuple):
    """A case and the answer it got."""

    case: Case
    answer: Answer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose site keeps a parameter and tells pages apart by their fragment: all of intake is in use."""
    folder = tmp_path_factory.mktemp("corpus") / "data"
    command(folder, "site", "add", "shop", "--origin", ORIGIN, "--parameter", "keep", "--hash-routes")
    running = Server(folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def answers(house: Server) -> dict[str, list[Sent]]:
    """Every case's answer, by class."""
    with Line(house.port) as line:
        return {name: [Sent(case, line.ask(case.raw)) for case in cases] for name, cases in corpus.every().items()}


@pytest.mark.parametrize("name", list(corpus.every()))
def test_each_bad_input_gets_its_answer(name: str, answers: dict[str, list[Sent]]) -> None:
    wrong = [f"{case.name}: {fault}" for case, answer in answers[name] for fault in differences(case, answer)]
    assert not wrong, f"{len(wrong)} of {len(answers[name])}:\n" + "\n".join(wrong[:40])


def test_the_corpus_holds_at_least_two_thousand_inputs_of_different_bytes(answers: dict[str, list[Sent]]) -> None:
    assert len({sent.case.raw for cases in answers.values() for sent in cases}) >= 2_000


def test_no_answer_is_an_error_of_the_server_or_a_cut(answers: dict[str, list[Sent]]) -> None:
    broken = [
        f"{name}: {case.name}: {answer.status}"
        for name, cases in answers.items()
        for case, answer in cases
        if not 200 <= answer.status < 500
    ]
    assert not broken, "\n".join(broken)


def test_an_answer_to_another_expectation_is_a_difference(answers: dict[str, list[Sent]]) -> None:
    """The runner really compares: each expectation, changed, is found in an answer that fitted it."""
    compared = 0
    for cases in answers.values():
        for case, answer in cases:
            if not differences(case, answer):
                unnoticed = [key for key, changed in _mutations(case) if not differences(changed, answer)]
                assert not unnoticed, f"{case.name}: {unnoticed}"
                compared += 1
    assert compared >= 1_000


def _mutations(case: Case) -> Iterator[tuple[str, Case]]:
    yield "status", case._replace(status=case.status + 1)
    if case.status == 202:
        yield "accepted", case._replace(accepted=case.accepted + 1)
        yield "duplicate", case._replace(duplicate=case.duplicate + 1)
        yield "dropped", case._replace(dropped={**case.dropped, "else": 1})
        yield "faults", case._replace(faults=(*case.faults, Fault(99, "x")))
        if case.faults:
            yield "field", case._replace(faults=(case.faults[0]._replace(field="else"), *case.faults[1:]))
    elif case.status != 204 and case.code is not None:
        yield "code", case._replace(code="else")
        yield "field", case._replace(field="else")


def test_no_flipped_byte_breaks_the_server(house: Server) -> None:
    rich = an_event(
        props={"k": "é", "n": 1},
        revenue={"amount": "1", "currency": "EUR"},
        referrer="https://a.example/",
        user="u",
        seq=1,
    )
    body = json.dumps(a_batch(rich, visitor="v", tz="Europe/Paris")).encode()
    broken = []
    with Line(house.port) as line:
        for at in range(len(body)):
            flipped = body[:at] + bytes([body[at] ^ (1 << at % 8)]) + body[at + 1 :]
            answer = line.ask(request(flipped))
            if answer.status not in (202, 400, 403):
                broken.append((at, answer.status, flipped))
    assert not broken, broken[:3]


def test_after_all_of_it_the_server_lives_and_its_log_is_clean(house: Server, answers: dict[str, list[Sent]]) -> None:
    assert house.process.poll() is None
    assert once(house.port, request(method="GET", path="/health")).json() == {"status": "ok"}
    assert once(house.port, request(json.dumps(a_batch()).encode())).json() == {
        "accepted": 1,
        "duplicate": 0,
        "dropped": {},
    }
    said = house.log.read_text()
    assert "Traceback" not in said, said[-3_000:]


@pytest.mark.parametrize("name", REPORTS)
def test_after_all_of_it_each_report_answers(name: str, house: Server, answers: dict[str, list[Sent]]) -> None:
    assert report(house.data, name)["report"] == name


def test_after_all_of_it_the_books_balance(house: Server, answers: dict[str, list[Sent]]) -> None:
    kept = sum(answer.json()["accepted"] for cases in answers.values() for _, answer in cases if answer.status == 202)
    totals = report(house.data, "quality")["totals"]
    assert totals["received"] == totals["settled"] > kept >= 2_000
    assert clean(house.data)


def test_after_all_of_it_the_segments_can_be_made_anew(house: Server, answers: dict[str, list[Sent]]) -> None:
    command(house.data, "rebuild")
    assert report(house.data, "overview")["data"]["events"] > 2_000
