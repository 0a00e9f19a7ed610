"""A broken batch taken apart."""

from __future__ import annotations

import json

import pytest

from collector.event import Drop
from collector.intake import validate
from collector.intake.salvage import salvage

SPLIT = {
    b'{"events":[]}': [],
    b'{"events":[ ]}': [],
    b'{"events":[1]}': [b"1"],
    b'{"events":[1,2,3]}': [b"1", b"2", b"3"],
    b'{"events":[{x},{"a":1}]}': [b"{x}", b'{"a":1}'],
    b'{"a":[1,2],"events":[1],"b":[3]}': [b"1"],
    b'{"x":{"events":[9]},"events":[1]}': [b"1"],
    b'{"events":[{"events":[7]}]}': [b'{"events":[7]}'],
    b'{"events":[[1,2],[3]]}': [b"[1,2]", b"[3]"],
    b'{"events":["a,b","]","[{"]}': [b'"a,b"', b'"]"', b'"[{"'],
    b'{"events":["\\"],[",2]}': [b'"\\"],["', b"2"],
    b'{"events":["\\\\",2]}': [b'"\\\\"', b"2"],
    b'{"events":[1,,2]}': [b"1", b"", b"2"],
    b'{"events":[ 1 , 2 ]}': [b"1", b"2"],
    b'{"events":["\xff",2]}': [b'"\xff"', b"2"],
}
NOTHING = (
    b"",
    b"{",
    b"[]",
    b'{"a":1}',
    b'{"events":{}}',
    b'{"events":[',
    b'{"events":[{"a":1}',
    b'"events":[1]',
    b'[{"events":[1]}]',
    b'{"x":"events"}',
)


@pytest.mark.parametrize("body", SPLIT)
def test_a_batch_is_split_at_the_commas_of_its_events(body: bytes) -> None:
    parts = salvage(body)
    assert parts is not None
    assert parts.events == SPLIT[body]
    assert b'"events":[]' in parts.envelope.replace(b" ", b"")


@pytest.mark.parametrize("body", NOTHING)
def test_what_has_no_list_of_events_is_not_split(body: bytes) -> None:
    assert salvage(body) is None


def test_half_of_an_emoji_becomes_the_replacement_character() -> None:
    for text, expected in (
        ("\\ud83d", "\ufffd"),
        ("a\\ude00b", "a\ufffdb"),
        ("\\ud83d\\ude00", "😀"),
        ("\\ud83d\\ud83d\\ude00", "\ufffd😀"),
    ):
        parts = salvage(b'{"events":["%b"]}' % text.encode())
        assert parts is not None
        assert json.loads(parts.events[0]) == expected


def test_a_backslash_before_a_u_is_no_half_of_anything() -> None:
    """The text `\\\\ud83d` is a backslash and five letters."""
    parts = salvage(b'{"events":["C:\\\\ud83d"]}')
    assert parts is not None
    assert json.loads(parts.events[0]) == "C:\\ud83d"


def test_a_valid_batch_is_the_same_with_and_without_salvage() -> None:
    batch = {"v": 1, "site": "shop", "events": [{"id": "a", "x": [1, {"b": "]"}]}, 2, "three"]}
    for body in (
        json.dumps(batch).encode(),
        json.dumps(batch, indent=1).encode(),
        json.dumps(batch, separators=(",", ":")).encode(),
    ):
        parts, read = salvage(body), validate.batch(body)
        assert parts is not None
        assert not isinstance(read, Drop)
        assert (
            [json.loads(part) for part in parts.events]
            == [json.loads(bytes(event)) for event in read.events]
            == batch["events"]
        )


def test_the_envelope_of_a_broken_batch_is_read_as_it_stands() -> None:
    read = validate.batch(
        b'{"v":1,"site":"shop","visitor":"v-1","consent":{"state":"denied","source":"api","at":1795000000000},"events":[{x},{"id":"a"}]}'
    )
    assert not isinstance(read, Drop)
    assert (read.site, read.visitor, read.consent and read.consent.state, len(read.events)) == (
        "shop",
        "v-1",
        "denied",
        2,
    )
