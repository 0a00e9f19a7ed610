"""The words of the page Settings: what roles and tokens may do, what was done, and what is wrong with a form."""

from __future__ import annotations

from typing import Final, Literal

from collector.pages.words import Words, mark

Build = Literal["lite", "standard", "default", "full"]
PROFILES: Final = {
    "required": mark("nothing before a grant"),
    "exempt": mark("the reduced measure, without a grant"),
    "hybrid": mark("the reduced measure until a grant"),
    "off": mark("everything, without asking (intranets)"),
}
BUILDS: Final[dict[Build, str]] = {
    "lite": mark("page views and events of your own, after a grant"),
    "standard": mark("plus the other profiles, outbound links, downloads, time on page"),
    "default": mark("plus forms, Google Consent Mode and IAB TCF"),
    "full": mark("plus IAB GPP and consent by an event of the page"),
}
ROLES: Final = {
    "viewer": mark("viewer: reads"),
    "analyst": mark("analyst: also saves, shares, makes links"),
    "admin": mark("admin: does everything"),
}
TOKEN_ACTIONS: Final = {
    "read": mark("ask reports"), "collect": mark("send events"), "links": mark("create links"),
    "admin": mark("do everything"),
}  # fmt: skip
TERMS: Final = {"30": mark("30 days"), "90": mark("90 days"), "365": mark("a year"), "": mark("never")}
DONE: Final = {
    "changed": mark("Changed."),
    "profile": mark("Changed. The tag names the profile: paste the new one into your pages."),
    "password": mark("Your password has been changed. Your other sessions have ended."),
    "signed_out": mark("Your other sessions have ended."),
    "invited": mark("Send them this link. It creates one user, once, within a week, and is not shown again:"),
    "role": mark("The role has been changed, and the sessions have ended."),
    "user_signed_out": mark("The sessions have ended."),
    "removed": mark("Removed."),
    "token": mark("Copy the token now: it is not shown again."),
    "revoked": mark("Revoked: it no longer gives access."),
    "view": mark("Saved."),
    "view_gone": mark("Deleted."),
}
COMMANDED: Final = {"(command)": mark("a command"), "(folder)": mark("the folder’s token")}
DEEDS: Final = {
    "user_added": mark("added the user"), "user_changed": mark("changed role or password of"),
    "user_removed": mark("removed the user"), "user_signed_out": mark("ended the sessions of"),
    "user_invited": mark("invited"), "invitation_revoked": mark("withdrew the invitation of"),
    "user_joined": mark("accepted the invitation, as"), "token_added": mark("created the token"),
    "token_revoked": mark("revoked the token"), "share_added": mark("shared the page"),
    "share_revoked": mark("no longer shares the page"), "site_added": mark("added the site"),
    "site_changed": mark("changed settings of the site"), "site_removed": mark("removed the site"),
}  # fmt: skip
FIELDS: Final = {
    "origins": mark("Origins"), "profile": mark("Consent profile"), "timezone": mark("Time zone"),
    "session_timeout": mark("Session timeout"), "parameters": mark("Parameters kept beside the campaign’s"),
    "own_hosts": mark("Hosts that are never a source"), "policy": mark("Version of the notice in force"),
    "receipt_days": mark("A grant is good for"), "source": mark("Source"), "medium": mark("Medium"),
    "campaign": mark("Campaign"), "term": mark("Term"), "content": mark("Content"), "id": mark("Campaign id"),
}  # fmt: skip
FAULTS: Final = {  # by field; `taken` where there is one already, `full` where there are as many as may be
    "full": mark("There are %(most)s saved views already. Delete one first."),
    "taken": mark("This name is already taken: %(value)s"),
    "name": mark("1 to 64 letters, digits and . _ @ + -, without accents or spaces, not %(value)s"),
    "password": mark("10 to 200 characters"),
    "old": mark("This is not your password"),
    "wait": mark("Too many attempts. Wait a minute, then try again."),
    "role": mark("Choose one of the roles"),
    "own": mark("Nobody changes or removes their own account here: ask another admin."),
    "actions": mark("Choose at least one permission"),
    "sites": mark("Choose at least one site. Links belong to no single site: a token for them is for all sites."),
    "days": mark("A whole number of days from 1 to %(most)s, not %(value)s"),
    "view_name": mark("1 to 64 characters"),
    "note": mark("One line of 200 characters at most"),
    "origins": mark("An origin looks like https://shop.example, not %(value)s"),
    "profile": mark("Choose one of the profiles"),
    "timezone": mark("There is no time zone named %(value)s. One looks like Europe/Paris."),
    "minutes": mark("A whole number of minutes from 1 to 1440, not %(value)s"),
    "parameters": mark("Names of parameters separated by spaces, not %(value)s"),
    "own_hosts": mark("A host looks like pay.example, not %(value)s"),
    "gone": mark("It no longer exists: %(value)s"),
    "nothing": mark("This view shows nothing that could be shared. On the page Funnels, make or open a funnel first."),
    "do": mark("This form was not understood. Open the page again."),
    "storage": mark("It cannot be saved now. Try again in a moment."),
}


def signed(words: Words, name: str) -> str:
    """Whoever did something, as people are called."""
    if name in COMMANDED:
        return words(COMMANDED[name])
    kind, _, program = name.partition(" ")
    return words(mark("token %(name)s"), name=program) if kind == "token" and program else name
