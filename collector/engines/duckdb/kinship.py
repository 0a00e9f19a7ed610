"""Why one person is one: what linked browsers and customers, in order of time, and how events came to the person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from collector.engines.duckdb.view import View
from collector.event import Site
from collector.identity import Clue, Sign, Told, clues, root
from collector.intake.minimise import keyed
from collector.intake.validate import usable
from collector.reports.answer import Answer
from collector.reports.parts import SpecError, Who
from collector.reports.questions import Persons
from collector.reports.remark import remark
from collector.reports.spec import filled

_SAYS: Final = {
    "seen": "the browser {device} was seen for the first time",
    "login": "customer {user} was named on the browser {device}: {events} in all",
    "stranger": "another customer, {user}, was named on the browser {device}: {events} in all",
    "reset": "logout on the browser {device}: nothing is carried across",
    "alias": "$alias ties the browser {other} to customer {user}",
    "alias_refused": "$alias from {other} to customer {user} was refused: {other} is a known customer",
    "merge": "$merge makes customer {other} and customer {user} one",
    "apart": "an operator told {user} and {other} apart",
}
_COLUMNS: Final = ("at", "what", "device", "user", "other", "event", "n", "says")


def explained(view: View, asked: Persons, signs: Sequence[Sign], told: Told) -> Answer:
    """One row per clue. Totals tell the person's browsers and customers, and how events came to it.

    Raises `SpecError` for somebody who is in no event.
    """
    assert asked.explain is not None
    person = who(view, asked.explain, signs, told)
    found = clues(signs, told, person, view.apart) or _alone(view, person)
    ids = _ids(view, found)
    rows = [_row(clue, ids) for clue in found]
    totals = _totals(view, signs, told, person)
    return Answer(
        "persons", filled(asked), list(_COLUMNS), rows, totals, [remark("rule", rule=asked.rule)], view.data()
    )


def who(view: View, asked: Who, signs: Sequence[Sign], told: Told, where: str = "explain") -> str:
    """The person of a browser (the one of most of its events) or of a customer; raises `SpecError`."""
    if asked.user is not None:
        hashed = known(asked.user, {sign.user for sign in signs}, view.site)
        if hashed is None:
            raise SpecError(f"{where}.user", "%(field)s: no event names the customer %(user)s", user=repr(asked.user))
        return root(signs, hashed, view.apart.keys())
    device = asked.visitor or ""
    persons = Counter(told.persons[sign.seq] for sign in signs if sign.device == device)
    if persons:
        return min(persons, key=lambda name: (name.startswith("anon:"), -persons[name], name))
    if not view.rows("SELECT 1 FROM events WHERE visitor = $device LIMIT 1", device=device):
        raise SpecError(f"{where}.visitor", "%(field)s: no event is of the browser %(device)s", device=repr(device))
    return f"anon:{device}"


def known(user: str, users: set[str | None], site: Site) -> str | None:
    """A customer's hash, from the id or from the hash itself; None if no event names them."""
    hashed = keyed(usable(user) or "", site.key)
    return hashed if hashed in users else user if user in users else None


def _alone(view: View, person: str) -> list[Clue]:
    """A browser on which nobody was ever known."""
    device = person.removeprefix("anon:")
    row = view.rows("SELECT min(t) AS t, arg_min(seq, t) AS seq FROM events WHERE visitor = $device", device=device)[0]
    return [Clue(row["t"], "seen", device, seq=row["seq"])]


def _ids(view: View, found: Sequence[Clue]) -> dict[int, str]:
    seqs = [clue.seq for clue in found if clue.seq is not None]
    view.see("asked")
    rows = view.rows("SELECT seq, id FROM asked WHERE seq IN (SELECT unnest($seqs::BIGINT[]))", seqs=seqs)
    return {row["seq"]: row["id"] for row in rows}


def _row(clue: Clue, ids: Mapping[int, str]) -> dict[str, Any]:
    said = clue._asdict() | {"events": f"{clue.n} event{'s' * (clue.n != 1)}"}
    event = None if clue.seq is None else ids.get(clue.seq)
    values = (clue.t, clue.kind, clue.device, clue.user, clue.other, event, clue.n, _SAYS[clue.kind].format(**said))
    return dict(zip(_COLUMNS, values, strict=True))


def _totals(view: View, signs: Sequence[Sign], told: Told, person: str) -> dict[str, Any]:
    """The person, and their events by browser and by how they came to the person."""
    devices: dict[str, Counter[str]] = {}
    ambiguous = set(told.ambiguous)
    for sign in signs:
        if told.persons[sign.seq] == person and not sign.name.startswith("$"):
            device = devices.setdefault(sign.device, Counter())
            device.update([told.how[sign.seq], *["ambiguous"] * (sign.seq in ambiguous)])
    if not devices and person.startswith("anon:"):
        device_id = person.removeprefix("anon:")
        row = view.rows("SELECT count(*) AS n FROM events WHERE visitor = $device", device=device_id)[0]
        devices[device_id] = Counter(nobody=row["n"])
    ways = ("own", "earlier", "later", "rule", "nobody", "ambiguous")
    users = {sign.user for sign in signs if sign.user and told.persons[sign.seq] == person}
    return {
        "person": person,
        "customers": sorted(users),
        "browsers": {device: {way: n[way] for way in ways if n[way]} for device, n in sorted(devices.items())},
        "events": sum(sum(n.values()) - n["ambiguous"] for n in devices.values()),
        "ambiguous": sum(n["ambiguous"] for n in devices.values()),
        "shared_devices": sorted(set(told.shared) & set(devices)),
    }
