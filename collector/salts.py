"""Who it is for a day: the visitor of the reduced measure is a hash of the sender's network and user agent under a
random salt of the site's own day. With the salt gone, nobody can tell whose hash it was.

Salts live in memory and in one file in a folder that is memory itself (`/dev/shm`), readable by the owner only: never
in the data folder, its database or a backup of either. Yesterday's salt is kept for the session timeout, overwritten
then, and no longer read. A visit that runs on over midnight keeps the hash it began with for as long as it runs, so
that it stays one visit; what the same person does later that day has the new hash, and nothing stored joins the two.

What a restart costs: nothing, but for visits that are just crossing midnight; without such a folder, everybody's hash.
Not promised: that a stopped server forgets. Its file goes when it starts again on another day, or with the machine.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import stat
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from collector.event import Daily, Site
from collector.intake.exempt import coarse
from collector.intake.minimise import pseudonym

SIZE: Final = 32  # bytes of a salt
_OPEN: Final = 100_000  # visits that may be crossing midnight at once; the least recent go first
_LONGEST: Final = 1_048_576

log = logging.getLogger("balise")


class Salt(Struct):
    """A site's salts: of its own day from `midnight` to `tomorrow`, and of the day before `until`; times are ms UTC."""

    midnight: int
    tomorrow: int
    now: bytes
    before: bytes | None = None
    until: int = 0


class Running(NamedTuple):
    """A visit under way: the hash it goes by, and when it was last seen (ms UTC)."""

    visitor: str
    seen: int


class Salts:
    """The salts of all sites of one server. `draw` gives random bytes, `file` is None where they stay in memory."""

    def __init__(self, file: Path | None = None, draw: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._file, self._draw = file, draw
        self._salts: dict[int, Salt] = _read(file) if file else {}
        self._visits: dict[int, Visits] = {}

    def daily(self, site: Site, address: str, agent: str, now: int) -> Daily:
        """Who sends, at `now` (ms UTC). The address goes no further than this call."""
        salt = self._salt(site, now)
        sender = f"{coarse(address)}\n{agent}"
        today = pseudonym(sender, salt.now)
        before = pseudonym(sender, salt.before) if salt.before is not None else None
        visits = self._visits.setdefault(site.number, Visits())
        visitor = visits.visitor(today, before, now, site.session_timeout)
        if now >= salt.tomorrow - site.session_timeout:
            visits.note(today, visitor, now)
        return Daily(visitor, before, salt.midnight)

    def expire(self, sites: Iterable[Site], now: int) -> None:
        """Destroy what has had its day, also of sites that nobody visits, and of those that are gone."""
        here = {site.number: site for site in sites}
        gone = [number for number in self._salts if number not in here]
        for number in gone:
            del self._salts[number]
            self._visits.pop(number, None)
        changed = bool(gone)
        for number in list(self._salts):
            changed |= self._turned(here[number], now)
        if changed:
            self._write()

    def _salt(self, site: Site, now: int) -> Salt:
        known = site.number in self._salts
        if not known:
            self._salts[site.number] = self._fresh(site, now)
        if self._turned(site, now) or not known:
            self._write()
        return self._salts[site.number]

    def _fresh(self, site: Site, now: int) -> Salt:
        zone = ZoneInfo(site.timezone)
        day = datetime.fromtimestamp(now / 1000, zone).date()
        return Salt(_midnight(day, zone), _midnight(day + timedelta(days=1), zone), self._draw(SIZE))

    def _turned(self, site: Site, now: int) -> bool:
        """Whether time took something away. A clock that was put back takes nothing and brings nothing back."""
        salt = self._salts[site.number]
        turned = now >= salt.tomorrow
        if turned:
            fresh = self._salts[site.number] = self._fresh(site, now)
            if fresh.midnight == salt.tomorrow:
                fresh.before, fresh.until = salt.now, fresh.midnight + site.session_timeout
            salt = fresh
            self._visits.setdefault(site.number, Visits()).night()
        if salt.before is not None and now >= salt.until:
            salt.before, turned = None, True
            self._visits.setdefault(site.number, Visits()).morning()
        return turned

    def _write(self) -> None:
        """In place, so that what was there is overwritten."""
        if self._file is None:
            return
        text = msgspec.json.encode({str(number): salt for number, salt in self._salts.items()})
        try:
            descriptor = _opened(self._file, os.O_CREAT)
            try:
                rest = max(0, os.fstat(descriptor).st_size - len(text))
                os.pwrite(descriptor, text + bytes(rest), 0)
                os.ftruncate(descriptor, len(text))
            finally:
                os.close(descriptor)
        except OSError as error:
            log.warning("the salts stay in memory alone: %s", error.strerror)
            self._file = None


class Visits:
    """The visits of one site that may be, or are, crossing midnight. In memory only."""

    def __init__(self) -> None:
        self._evening: OrderedDict[str, Running] = OrderedDict()  # hash of the day → its visit, in the last minutes
        self._late: OrderedDict[str, Running] = OrderedDict()  # the same of the day before
        self._carried: OrderedDict[str, Running] = OrderedDict()  # hash of today → the visit it goes on with

    def visitor(self, today: str, before: str | None, now: int, timeout: int) -> str:
        """The hash that the sender's running visit goes by; today's where none runs."""
        running = self._carried.pop(today, None) or (self._late.get(before) if before is not None else None)
        if running is None or now - running.seen >= timeout:
            return today
        _keep(self._carried, today, Running(running.visitor, now))
        return running.visitor

    def note(self, today: str, visitor: str, now: int) -> None:
        """Remember a visit that may run on over midnight."""
        _keep(self._evening, today, Running(visitor, now))

    def night(self) -> None:
        """A new day begins."""
        self._late, self._evening = self._evening, OrderedDict()
        self._carried.clear()

    def morning(self) -> None:
        """The salt of the day before is gone: only visits that already run on still do."""
        self._late.clear()


def place(folder: str, data: Path) -> Path | None:
    """The file of a data folder's salts, in a folder that is memory; None, with a line in the log, where there is none.

    Raises `ValueError` for a folder inside the data folder, whose backups would hold it.
    """
    if not folder:
        return None
    inside = Path(folder).resolve()
    if inside.is_relative_to(data.resolve()):
        raise ValueError(f"server.salt_folder: expected a folder outside of the data folder, not {folder}")
    if not inside.is_dir():
        log.info("there is no folder %s: the salts of exempt sites stay in memory alone", folder)
        return None
    return inside / f"balise-{hashlib.sha256(bytes(data.resolve())).hexdigest()[:16]}.salts"


def _opened(file: Path, flags: int = 0) -> int:
    """Only a plain file of our own that nobody else may read."""
    descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077 or found.st_nlink != 1:
        os.close(descriptor)
        raise PermissionError(1, f"{file} is not a file that only this user can read")
    return descriptor


def _read(file: Path) -> dict[int, Salt]:
    """What a run before left; nothing if it is torn, missing or not ours."""
    try:
        descriptor = _opened(file)
    except OSError:
        return {}
    try:
        found = msgspec.json.decode(os.pread(descriptor, _LONGEST, 0), type=dict[str, Salt])
        return {int(number): salt for number, salt in found.items()}
    except (msgspec.DecodeError, ValueError):
        return {}
    finally:
        os.close(descriptor)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def _keep(visits: OrderedDict[str, Running], key: str, running: Running) -> None:
    visits[key] = running
    visits.move_to_end(key)
    if len(visits) > _OPEN:
        visits.popitem(last=False)
