"""People's browsers and programs."""

from __future__ import annotations

import pytest

from collector.intake.agents import families
from tests.intake.made import admitted
from tests.intake.senders import PEOPLE, PROGRAMS


@pytest.mark.parametrize("who", PEOPLE)
def test_a_persons_browser_is_no_program(who: str) -> None:
    assert families(PEOPLE[who]["agent"]).bot is None


@pytest.mark.parametrize("who", PEOPLE)
def test_a_browser_has_its_families(who: str) -> None:
    found = families(PEOPLE[who]["agent"])
    known = {key: value for key, value in PEOPLE[who].items() if key in ("browser", "system", "device")}
    assert {key: getattr(found, key) for key in known} == known


@pytest.mark.parametrize("kind,agent", PROGRAMS, ids=[f"{kind} {agent[:40]}" for kind, agent in PROGRAMS])
def test_a_program_is_known_by_its_kind(kind: str, agent: str) -> None:
    assert families(agent).bot == kind


@pytest.mark.parametrize("agent", [agent for _, agent in PROGRAMS if agent.strip()])
def test_a_program_is_known_in_any_case(agent: str) -> None:
    assert families(agent.lower()).bot is not None
    assert families(agent.upper()).bot is not None


def test_a_verdict_is_no_reason_to_lose_the_event() -> None:
    for _, agent in PROGRAMS:
        assert admitted(agent=agent).name == "page_view"


def test_at_least_sixty_programs_are_looked_at() -> None:
    assert len({agent for _, agent in PROGRAMS}) >= 60


@pytest.mark.parametrize(
    "agent",
    [
        "<script>alert(1)</script>/1.0",
        "jane@a.example/2.0",
        "secret-0612345678/1.0 Chrome/1.0",
        "X" * 5_000,
        "\x00\x01",
        "Mozilla/5.0 (Linux; Android 9; jane@a.example) Chrome/9 Mobile",
        "MyBrowser-jane/1.0",
    ],
)
def test_nothing_a_sender_writes_is_kept_of_it(agent: str) -> None:
    """Families are words of a list, never the sender's own."""
    event = admitted(agent=agent)
    kept = f"{event.browser} {event.system} {event.device} {event.bot}"
    assert not [word for word in ("script", "jane", "secret", "0612345678", "XXX", "\x00") if word in kept]


def test_only_the_beginning_of_a_user_agent_is_read() -> None:
    assert families("x" * 512 + "Googlebot/2.1").bot is None
