"""Events that join people: the customers they name are hashed as everybody's are."""

from __future__ import annotations

import pytest

from collector.event import Event, Hit, Sender, Sent, Site
from collector.intake import admit
from collector.intake.minimise import keyed

SITE = Site(1, "shop", b"k" * 32, ("https://shop.example",), "off")


def kept(name: str, **props: str) -> dict[str, object]:
    event = admit(Hit(Sender(1_772_409_600_000), Sent("e", name, 1_772_409_600_000, props=dict(props))), SITE)
    assert isinstance(event, Event)
    return dict(event.props or {})


@pytest.mark.parametrize("name", ["$alias", "$merge"])
def test_the_customer_that_a_link_leads_to_is_hashed(name: str) -> None:
    assert kept(name, **{"from": "device-1", "to": "c-1842"})["to"] == keyed("c-1842", SITE.key)


def test_a_merge_hashes_both_and_an_alias_keeps_the_browser() -> None:
    assert kept("$merge", **{"from": "c-1", "to": "c-2"})["from"] == keyed("c-1", SITE.key)
    assert kept("$alias", **{"from": "device-1", "to": "c-2"})["from"] == "device-1"


def test_a_placeholder_links_nobody() -> None:
    assert kept("$merge", **{"from": "null", "to": "c-2"})["from"] == ""


def test_the_same_properties_of_another_event_are_left_alone() -> None:
    assert kept("move", **{"from": "a", "to": "b"}) == {"from": "a", "to": "b"}
