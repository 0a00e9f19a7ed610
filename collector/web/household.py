"""What the page Settings shows of who may ask, what is shared and agreed on, and who changed that, as rows say it."""

from __future__ import annotations

from collections import Counter

from collector.access import Desk
from collector.access.desk import IDLE, LONGEST
from collector.control import Office
from collector.dictionary import DictionaryError, dictionary
from collector.dictionary import Options as NameOptions
from collector.event import Site
from collector.journal import Folder, snapshot
from collector.pages.household import Agreed, Deed, Guest, Household, Share, Token, User

_DEEDS = 50


class Registry:
    """Looks everything up anew for every page."""

    def __init__(self, desk: Desk, office: Office, folder: Folder, names: NameOptions) -> None:
        self._desk, self._office, self._folder, self._names = desk, office, folder, names

    def of(self, site: Site, role: str, now: int) -> Household:
        """As far as somebody of this role may see it; `now` in ms UTC."""
        rows = self._desk.rows
        shares = [
            Share(one.number, one.page, one.filters, one.note, one.author, one.least, one.expires, one.seen)
            for one in rows.shares
            if one.site == site.number and one.expires > now
        ]
        with snapshot(self._folder) as view:
            agreed = self._agreed(view.meant_since())
            deeds = [Deed(*deed) for deed in view.deeds(_DEEDS)] if role == "admin" else []
        if role != "admin":
            return Household(shares=shares if role == "analyst" else [], agreed=agreed)
        open_ = Counter(
            login.account for login in rows.logins if now - login.created <= LONGEST and now - login.seen <= IDLE
        )
        users = [User(one.name, one.role, one.created, open_[one.number]) for one in rows.accounts]
        guests = [Guest(one.name, one.role, one.expires) for one in rows.invitations if one.expires > now]
        return Household(users, guests, self._tokens(), shares, deeds, agreed)

    def _tokens(self) -> list[Token]:
        names = {site.number: site.name for site in self._office.sites.values()}
        return [
            Token(
                one.name,
                sorted(one.actions),
                None if one.sites is None else [names[n] for n in sorted(one.sites) if n in names],
                one.created,
                one.expires,
            )
            for one in self._desk.rows.tokens
        ]

    def _agreed(self, since: int | None) -> Agreed:
        file, rules = self._names.dictionary, self._names.rules
        try:
            book = dictionary(self._names)
        except DictionaryError as fault:
            return Agreed(file, rules, since, fault=str(fault))
        names = {name: len(field.values) for name, field in book.fields.items()} if book else {}
        return Agreed(file, rules, since, names)
