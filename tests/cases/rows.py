"""A case's event as a row of an import file, and the way back from a report's ids to the case's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from collector.event import Site
from collector.intake.minimise import kept_id, keyed
from collector.intake.validate import usable

_HOST = "case.example"
_CLICKS = ("gclid", "fbclid", "msclkid", "ttclid")
_AGENTS = {
    "mobile": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1",
    "tablet": "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1",
    "desktop": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
}


def row(event: dict[str, Any]) -> dict[str, Any]:
    """The row. Without `sent` a client's clock says nothing: the receipt is the time."""
    recv = event.get("recv", event.get("ts"))
    t = event["ts"] if "client_ts" not in event else event["client_ts"] if "sent" in event else recv
    read = {"id": event["id"], "name": named(event["name"]), "t": t, "received": recv, "sent": event.get("sent")}
    visitor = event.get("visitor", event.get("person"))
    user = event.get("user_id")
    if user is None and "visitor" in event and event.get("person") not in (None, event["visitor"]):
        user = event["person"]
    said = {key: value for key, value in (event.get("props") or {}).items() if value is not None}
    props = said | ({"$prev": event["prev"]} if event.get("prev") else {})
    read |= {"visitor": visitor, "user": user, "props": props or None, **_place(event)}
    if event.get("ref"):
        read["referrer"] = event["ref"] if "://" in event["ref"] else f"https://{event['ref']}/"
    if event.get("device") in _AGENTS:
        read["ua"] = _AGENTS[event["device"]]
    return {key: value for key, value in read.items() if value is not None}


def named(name: str) -> str:
    """A case's name of an event as ours."""
    return "page_view" if name == "pageview" else name


def _place(event: dict[str, Any]) -> dict[str, str]:
    path, utm = event.get("path"), event.get("utm") or {}
    query = {f"utm_{key}": value for key, value in utm.items() if value is not None}
    query |= {key: str(event[key]) for key in _CLICKS if event.get(key)}
    if not (query or event.get("host") or (path and "?" in path)):
        return {"path": path} if path else {}
    url = f"https://{event.get('host') or _HOST}{path or '/'}"
    return {"url": url + (("&" if "?" in url else "?") + urlencode(query) if query else "")}


class Names:
    """What reports call the visitors, users and events of a case on one site."""

    def __init__(self, events: Iterable[dict[str, Any]], site: Site) -> None:
        self._known: dict[str, str] = {}
        for event in events:
            props = event.get("props") or {}
            for key in ("visitor", "person", "id", "prev"):
                if event.get(key):
                    self._known[kept_id(event[key], site)] = event[key]
            for user in (event.get("user_id"), event.get("person"), props.get("from"), props.get("to")):
                if isinstance(user, str) and usable(user):
                    self._known[keyed(usable(user) or "", site.key)] = user.strip()

    def original(self, name: str) -> str:
        """The case's own name; a visitor who stayed anonymous keeps the mark `anon:`, a fused person its `+`."""
        if name in self._known:
            return self._known[name]
        if name.startswith("anon:"):
            return "anon:" + self.original(name.removeprefix("anon:"))
        return "+".join(sorted(map(self.original, name.split("+")))) if "+" in name else name
