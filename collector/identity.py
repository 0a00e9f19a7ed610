"""Who did it: from devices to persons, a pure function of the events, never of the order in which they came.

The rule `epoch`: an event with a user belongs to that user; an anonymous one to the nearest earlier user of its
device, else to the nearest later one; `$reset` (a logout) is a wall in both directions; two users become one only by
`$merge`; `$alias` ties a device to a user and is refused where it would fuse a known one. A device with more than
three users is shared: there only the event's own user counts.

`first_known`, `last_known` and `graph` are what other programs do, to reconcile numbers with theirs: `last_known`
gives events of one known user to another, `graph` fuses everybody who ever shared a device.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

Rule: TypeAlias = Literal["epoch", "first_known", "last_known", "graph"]
RESET: Final = "$reset"
ALIAS: Final = "$alias"
MERGE: Final = "$merge"
SPECIAL: Final = (RESET, ALIAS, MERGE)
SHARED: Final = 3  # users on one device beyond which it is a kiosk


class Sign(NamedTuple):
    """One event as identity sees it. `source` and `target` are those of `$alias` and `$merge`; times are ms UTC."""

    seq: int
    device: str
    t: int
    user: str | None = None
    name: str = ""
    source: str | None = None
    target: str | None = None


class Told(NamedTuple):
    """`persons`: event → person (`anon:` and the device for nobody). `refused`: `$alias` events that were not followed.
    `ambiguous`: anonymous events given to an earlier user after the device had been silent."""

    persons: dict[int, str]
    refused: list[int]
    ambiguous: list[int]
    shared: list[str]


class _Mark(NamedTuple):
    """A moment at which a device's user was known; for an alias there is no event."""

    t: int
    place: int
    user: str


def resolve(signs: Sequence[Sign], rule: Rule = "epoch", silence: int = 1_800_000, shared: int = SHARED) -> Told:
    """Give every event of `signs` (in order of time) its person. `silence` is the session timeout in ms."""
    users = {sign.user for sign in signs if sign.user is not None}
    merged = _merged(signs)
    aliases, refused = _aliases(signs, users)
    devices: dict[str, list[Sign]] = defaultdict(list)
    for sign in signs:
        devices[sign.device].append(sign)
    if rule == "graph":
        return Told(_fused(devices, aliases, merged), refused, [], [])
    told = Told({}, refused, [], [])
    for device, events in devices.items():
        known = {event.user for event in events if event.user} | {mark.user for mark in aliases.get(device, ())}
        if rule == "epoch" and len(known) > shared:
            told.shared.append(device)
        for event, user in zip(
            events, _users(events, aliases.get(device, []), rule, told, silence, shared), strict=True
        ):
            told.persons[event.seq] = _root(merged, user) if user is not None else f"anon:{device}"
    return told


def root(signs: Iterable[Sign], user: str) -> str:
    """The user that this one is since all `$merge`."""
    return _root(_merged(signs), user)


def _users(
    events: Sequence[Sign], marks: list[_Mark], rule: Rule, told: Told, silence: int, shared: int
) -> Iterable[str | None]:
    """The user of each event of one device, before merges."""
    known = [event.user for event in events if event.user is not None]
    everyone = [
        mark.user for mark in sorted([*marks, *(_Mark(e.t, n, e.user) for n, e in enumerate(events) if e.user)])
    ]
    if rule == "last_known":
        return [everyone[-1] if everyone else None] * len(events)
    if rule == "first_known":
        return [event.user or (everyone[0] if everyone else None) for event in events]
    if len({*known, *(mark.user for mark in marks)}) > shared:
        return [event.user for event in events]
    return _epochs(events, marks, told, silence)


def _epochs(events: Sequence[Sign], marks: list[_Mark], told: Told, silence: int) -> Iterator[str | None]:
    """Nearest earlier user, else nearest later one, between walls."""
    rooms: list[list[Sign]] = [[]]
    for event in events:
        rooms[-1].append(event)
        if event.name == RESET:
            rooms.append([])
    walls = [room[-1].t for room in rooms[:-1]]
    for n, room in enumerate(rooms):
        low = walls[n - 1] if n else None
        high = walls[n] if n < len(walls) else None
        inside = [m for m in marks if (low is None or m.t >= low) and (high is None or m.t < high)]
        yield from _room(room, inside, told, silence)


def _room(events: Sequence[Sign], marks: list[_Mark], told: Told, silence: int) -> Iterator[str | None]:
    points = sorted([*marks, *(_Mark(event.t, n, event.user) for n, event in enumerate(events) if event.user)])
    user, quiet, before, at = None, False, None, 0
    for n, event in enumerate(events):
        while at < len(points) and points[at][:2] <= (event.t, n):
            user, quiet, at = points[at].user, False, at + 1
        quiet = quiet or (before is not None and event.t - before >= silence)
        before = event.t
        if event.user is not None:
            user, quiet = event.user, False
        elif user is not None and quiet:
            told.ambiguous.append(event.seq)
        yield event.user or user or (points[at].user if at < len(points) else None)


def _aliases(signs: Iterable[Sign], users: set[str]) -> tuple[dict[str, list[_Mark]], list[int]]:
    """Devices tied to users by `$alias`, and the aliases that would have fused a known user."""
    found: dict[str, list[_Mark]] = defaultdict(list)
    refused = []
    for sign in signs:
        if sign.name != ALIAS or sign.source is None or sign.target is None or sign.source == sign.target:
            continue
        if sign.source in users:
            refused.append(sign.seq)
        else:
            found[sign.source].append(_Mark(sign.t, -1, sign.target))
    return found, refused


def _merged(signs: Iterable[Sign]) -> dict[str, str]:
    """Users that `$merge` made one: each → the one it went into."""
    into: dict[str, str] = {}
    for sign in signs:
        if sign.name == MERGE and sign.source is not None and sign.target is not None:
            source, target = _root(into, sign.source), _root(into, sign.target)
            if source != target:
                into[source] = target
    return into


def _root(into: Mapping[str, str], user: str) -> str:
    while user in into:
        user = into[user]
    return user


def _fused(
    devices: Mapping[str, Sequence[Sign]], aliases: Mapping[str, Sequence[_Mark]], merged: Mapping[str, str]
) -> dict[int, str]:
    """Connected components of devices and users; a person is named after all its users, joined by `+`."""
    into: dict[str, str] = {}
    for device, events in devices.items():
        for user in [e.user for e in events if e.user] + [mark.user for mark in aliases.get(device, ())]:
            one, other = _root(into, "d" + device), _root(into, "u" + _root(merged, user))
            if one != other:
                into[one] = other
    names: dict[str, set[str]] = defaultdict(set)
    for device, events in devices.items():
        for user in [e.user for e in events if e.user] + [mark.user for mark in aliases.get(device, ())]:
            names[_root(into, "d" + device)].add(_root(merged, user))
    persons = {}
    for device, events in devices.items():
        users = names[_root(into, "d" + device)]
        persons.update({event.seq: "+".join(sorted(users)) or f"anon:{device}" for event in events})
    return persons
