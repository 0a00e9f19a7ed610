"""Who may ask: accounts and their roles, sessions of the pages, tokens of programs, shared pages.

role      what a role or a token may do
secret    random secrets, and what is kept of them; passwords
granting  tokens and invitations, told once
share     a page as it may be shared
desk      who is behind a session's id, a token or a shared address, and what changes that
"""

from __future__ import annotations

from collector.access.desk import Desk
from collector.access.role import ROLES, Caller

__all__ = ["ROLES", "Caller", "Desk"]
