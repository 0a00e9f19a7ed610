"""Who did it: from devices to persons, a pure function of the events, never of the order in which they came.

The rule `epoch`: an event with a user belongs to that user; an anonymous one to the nearest earlier user of its
device, else to the nearest later one; `$reset` (a logout) is a wall in both directions; two users become one only by
`$merge`; `$alias` ties a device to a user and is refused where it would fuse a known one. A device with more than
three users is shared: there only the event's own user counts.

`first_known`, `last_known` and `graph` are what other programs do, to reconcile numbers with theirs: `last_known`
gives events of one known user to another, `graph` fuses everybody who ever shared a device.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final, Literal, NamedTuple, TypeAlias

Rule: TypeAlias = Literal["epoch", "first_known", "last_known", "graph"]
Pair: TypeAlias = tuple[str, str]
RESET: Final = "$reset"
ALIAS: Final = "$alias"
MERGE: Final = "$merge"
SPECIAL: Final = (RESET, ALIAS, MERGE)
SHARED: Final = 3  # users on one device beyond which it is a kiosk


class Sign(NamedTuple):
    """One event as identity sees it. `source` and `target` are those of `$alias` and `$merge`; times are ms UTC. Who is
    named by what is `late` has that event, and no other."""

    seq: int
    device: str
    t: int
    user: str | None = None
    name: str = ""
    source: str | None = None
    target: str | None = None
    late: bool = False


class Told(NamedTuple):
    """`persons`: event → person (`anon:` and the device for nobody). `refused`: `$alias` events that were not followed.
    `ambiguous`: anonymous events given to an earlier user after the device had been silent. `how` an event came to its
    person: by its `own` user, the `earlier` or the `later` one, the `rule`, or not at all (`nobody`)."""

    persons: dict[int, str]
    refused: list[int]
    ambiguous: list[int]
    shared: list[str]
    how: dict[int, str]


class _Mark(NamedTuple):
    """A moment at which a device's user was known; for an alias there is no event."""

    t: int
    place: int
    user: str


class Clue(NamedTuple):
    """Something that happened between a device and users, at `t` (ms), told by the event `seq` (None: by an operator).

    `kind`: `seen` (the device, for the first time), `login` and `stranger` (a user named on it, the person's own or
    another one, for the first of `n` times), `reset`, `alias`, `alias_refused`, `merge`, and `apart` (undone).
    """

    t: int
    kind: Literal["seen", "login", "stranger", "reset", "alias", "alias_refused", "merge", "apart"]
    device: str | None = None
    user: str | None = None
    other: str | None = None
    seq: int | None = None
    n: int = 1


def resolve(
    signs: Sequence[Sign],
    rule: Rule = "epoch",
    silence: int = 1_800_000,
    shared: int = SHARED,
    apart: Set[Pair] = frozenset(),
) -> Told:
    """Give every event of `signs` (in order of time) its person. `silence` is the session timeout in ms.

    `apart`: a device and a user that say nothing of each other, as if the user had never been known there (events that
    name the user stay the user's), and pairs of users whose merge is not followed.
    """
    users = {sign.user for sign in signs if sign.user is not None and not sign.late}
    merged = _merged(signs, apart)
    aliases, refused = _aliases(signs, users, apart)
    devices: dict[str, list[Sign]] = defaultdict(list)
    for sign in signs:
        blind = sign.user is not None and (sign.late or (sign.device, sign.user) in apart)
        devices[sign.device].append(sign._replace(user=None) if blind else sign)
    told = Told({}, refused, [], [], {})
    if rule == "graph":
        told.persons.update(_fused(devices, aliases, merged))
        told.how.update(dict.fromkeys(told.persons, "rule"))
    else:
        _apply(told, devices, aliases, merged, rule, silence, shared)
    _own(told, signs, merged, rule, apart)
    return told


def root(signs: Iterable[Sign], user: str, apart: Set[Pair] = frozenset()) -> str:
    """The user that this one is since all `$merge`."""
    return _root(_merged(signs, apart), user)


def _apply(
    told: Told, devices: Mapping[str, list[Sign]], aliases: Mapping[str, list[_Mark]], merged: Mapping[str, str],
    rule: Rule, silence: int, shared: int,
) -> None:  # fmt: skip
    """One device after the other, each by itself."""
    for device, events in devices.items():
        marks = aliases.get(device, [])
        known = {event.user for event in events if event.user} | {mark.user for mark in marks}
        if rule == "epoch" and len(known) > shared:
            told.shared.append(device)
            given: Iterable[tuple[str | None, str]] = [(event.user, "nobody") for event in events]
        elif rule == "epoch":
            given = _epochs(events, marks, told, silence)
        else:
            given = [(user, "rule") for user in _mapped(events, marks, rule)]
        nobody = f"anon:{device}"  # one text for all of its events
        for event, (user, how) in zip(events, given, strict=True):
            told.persons[event.seq] = _root(merged, user) if user is not None else nobody
            told.how[event.seq] = how if user is not None else "nobody"


def _own(told: Told, signs: Iterable[Sign], merged: Mapping[str, str], rule: Rule, apart: Set[Pair]) -> None:
    """An event that names a user is that user's, but where the rule gives it to another."""
    guessed = set(told.ambiguous)
    for sign in signs:
        if sign.user is None:
            continue
        guessed.discard(sign.seq)
        if rule in ("epoch", "first_known") or (sign.device, sign.user) in apart:
            told.persons[sign.seq], told.how[sign.seq] = _root(merged, sign.user), "own"
    told.ambiguous[:] = [seq for seq in told.ambiguous if seq in guessed]


def _mapped(events: Sequence[Sign], marks: list[_Mark], rule: Rule) -> list[str | None]:
    """The user of each event of one device by `first_known` or `last_known`, before merges."""
    everyone = [
        mark.user for mark in sorted([*marks, *(_Mark(e.t, n, e.user) for n, e in enumerate(events) if e.user)])
    ]
    if rule == "last_known":
        return [everyone[-1] if everyone else None] * len(events)
    return [event.user or (everyone[0] if everyone else None) for event in events]


def _epochs(events: Sequence[Sign], marks: list[_Mark], told: Told, silence: int) -> Iterator[tuple[str | None, str]]:
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


def _room(events: Sequence[Sign], marks: list[_Mark], told: Told, silence: int) -> Iterator[tuple[str | None, str]]:
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
        later = points[at].user if at < len(points) else None
        yield event.user or user or later, "earlier" if user else "later"


def _aliases(signs: Iterable[Sign], users: set[str], apart: Set[Pair]) -> tuple[dict[str, list[_Mark]], list[int]]:
    """Devices tied to users by `$alias`, and the aliases that would have fused a known user."""
    found: dict[str, list[_Mark]] = defaultdict(list)
    refused = []
    for sign in signs:
        if sign.name != ALIAS or sign.source is None or sign.target is None or sign.source == sign.target:
            continue
        if sign.source in users:
            refused.append(sign.seq)
        elif (sign.source, sign.target) not in apart:
            found[sign.source].append(_Mark(sign.t, -1, sign.target))
    return found, refused


def clues(signs: Sequence[Sign], told: Told, person: str, apart: Mapping[Pair, int]) -> list[Clue]:
    """What links, or keeps apart, the devices and users of one person, in order of time.

    `signs` and `told` are those of `resolve`; `apart` says when an operator told two apart (ms UTC).
    """
    merged = _merged(signs, apart.keys())
    devices = {sign.device for sign in signs if told.persons[sign.seq] == person and sign.name not in (ALIAS, MERGE)}
    named = Counter((sign.device, sign.user) for sign in signs if sign.user is not None)
    ours = {user for _, user in named if user and _root(merged, user) in person.split("+")} | {person}
    close = ours | devices
    found = [Clue(at, "apart", user=one, other=other) for (one, other), at in apart.items() if {one, other} & close]
    seen: set[tuple[str, str | None]] = set()
    for sign in signs:
        for clue in _clues(sign, devices, ours, told.refused):
            once = (sign.device, clue.user)
            if clue.kind in ("seen", "login", "stranger") and once in seen:
                continue
            seen.add(once)
            found.append(clue._replace(n=named.get((sign.device, clue.user or ""), 1)))
    return sorted(found, key=lambda clue: clue.t)


def _clues(sign: Sign, devices: Set[str], ours: Set[str], refused: Sequence[int]) -> Iterator[Clue]:
    """What one event says."""
    if sign.name in (ALIAS, MERGE):
        if {sign.source, sign.target} & ours or (sign.name == ALIAS and sign.source in devices):
            kind: Literal["alias", "alias_refused", "merge"] = "merge" if sign.name == MERGE else "alias"
            kind = "alias_refused" if sign.seq in refused else kind
            yield Clue(sign.t, kind, user=sign.target, other=sign.source, seq=sign.seq)
        return
    if sign.device not in devices:
        return
    yield Clue(sign.t, "seen", sign.device, seq=sign.seq)
    if sign.user is not None:
        yield Clue(sign.t, "login" if sign.user in ours else "stranger", sign.device, sign.user, seq=sign.seq)
    if sign.name == RESET:
        yield Clue(sign.t, "reset", sign.device, seq=sign.seq)


def _merged(signs: Iterable[Sign], apart: Set[Pair]) -> dict[str, str]:
    """Users that `$merge` made one: each → the one it went into."""
    into: dict[str, str] = {}
    for sign in signs:
        if sign.name == MERGE and sign.source is not None and sign.target is not None:
            if {(sign.source, sign.target), (sign.target, sign.source)} & apart:
                continue
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
