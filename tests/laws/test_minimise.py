"""In one process, so that a leak shrinks to the shortest event that shows it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.event import Drop, Hit, Receipt, Sender, Site
from collector.intake import admit, validate
from collector.journal.rows import body
from tests.laws.planting import (
    AROUND,
    EVENT_PLACES,
    EVENT_SECRETS,
    HEAD_PLACES,
    NUMBER_PLACES,
    PLACED,
    PLAIN_CARD,
    SHAPED,
    Secret,
    as_json,
)
from tests.laws.searching import leaks
from tests.make import an_event, now

SITE = Site(1, "shop", bytes(32), ("https://shop.example",), parameters=("kept",), hash_routes=True)
AGENTS = sorted(place for place in HEAD_PLACES if place.startswith("agent"))
TRIES = settings(max_examples=120, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def kept(fields: dict[str, Any], agent: str | None = None) -> str:
    """What the log would hold of an event with these fields."""
    sent = validate.sent(as_json(an_event(**fields)))
    if isinstance(sent, Drop):
        return ""
    admitted = admit(Hit(Sender(now(), receipt=Receipt("granted", "api", now()), agent=agent), sent), SITE)
    return "" if isinstance(admitted, Drop) else f"{admitted.id} {body(admitted).decode()}"


@pytest.mark.parametrize("place", sorted(EVENT_PLACES))
def test_nothing_that_looks_personal_is_kept(place: str) -> None:
    @TRIES
    @given(SHAPED, st.sampled_from(AROUND))
    def law(secret: Secret, around: str) -> None:
        log = kept(EVENT_PLACES[place](around.replace("{}", secret.text)))
        assert not leaks([(place, secret)], [("log", log)]), log

    law()


@pytest.mark.parametrize("place", sorted(EVENT_SECRETS))
def test_what_is_secret_by_its_place_is_not_kept(place: str) -> None:
    @TRIES
    @given(PLACED)
    def law(secret: Secret) -> None:
        log = kept(EVENT_SECRETS[place](secret.text))
        assert not leaks([(place, secret)], [("log", log)]), log

    law()


@pytest.mark.parametrize("place", sorted(NUMBER_PLACES))
def test_a_card_is_not_kept_as_a_number(place: str) -> None:
    @TRIES
    @given(PLAIN_CARD)
    def law(secret: Secret) -> None:
        log = kept(NUMBER_PLACES[place](secret.text))
        assert not leaks([(place, secret)], [("log", log)]), log

    law()


@pytest.mark.parametrize("place", AGENTS)
def test_nothing_personal_is_kept_of_a_user_agent(place: str) -> None:
    @TRIES
    @given(SHAPED)
    def law(secret: Secret) -> None:
        log = kept({}, HEAD_PLACES[place](secret.text)["user-agent"])
        assert not leaks([(place, secret)], [("log", log)]), log

    law()
