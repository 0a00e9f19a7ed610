"""/api/utm/…: the campaign links' toolkit for whoever has the token. Decides nothing, keeps nothing."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from collector import utm
from collector.dictionary import DictionaryError, dictionary
from collector.dictionary import Options as NameOptions
from collector.links import qr
from collector.utm.destination import host_of
from collector.utm.landing import verdict
from collector.utm.lint import RULES
from collector.utm.registry import FIELDS, click_id
from collector.utm.sentences import Language
from collector.utm.telling import as_object, facts, preview
from collector.web.ask import error, json_response
from collector.web.asked import AskedError, Campaign, Drawn, Examined, Landed, Tagged, asked, language

MAX_URLS = 1_000
_IMAGES = {"svg": "image/svg+xml", "png": "image/png"}


class Toolkit:
    """The toolkit under today's dictionary."""

    def __init__(self, names: NameOptions) -> None:
        self._options = names

    def names(self) -> utm.Dictionary | None:
        """Today's dictionary. Raises `AskedError` when its file cannot be used."""
        try:
            return dictionary(self._options)
        except DictionaryError as fault:
            raise AskedError(503, "dictionary", str(fault), None) from None

    async def build(self, request: Request) -> Response:
        """POST /api/utm/build."""
        wanted, speech = await asked(request, Campaign), language(request)
        try:
            link = utm.build(wanted.url, wanted.values(), building(wanted, self.names()))
        except utm.BuildError as fault:
            return error(400, fault.code, fault.say(speech), fault.field)
        return json_response(preview(link.url, link.warnings, self.names(), speech))

    async def parse(self, request: Request) -> Response:
        """POST /api/utm/parse."""
        landed = await asked(request, Landed)
        hosts = [host for host in (host_of(landed.url), *landed.own_hosts) if host]
        names = self.names()
        found = utm.parse(
            landed.url, landed.referrer, own_hosts=hosts, rules=self._rules(landed.rules, names), dictionary=names,
            language=language(request),
        )  # fmt: skip
        return json_response(facts(found))

    async def channel(self, request: Request) -> Response:
        """POST /api/utm/channel."""
        tagged, names = await asked(request, Tagged), self.names()
        click = click_id(tagged.click_id) if tagged.click_id else None
        if tagged.click_id and click is None:
            sentence = f"click_id: expected a known name, such as gclid, not {tagged.click_id[:64]!r}"
            raise AskedError(400, "click_id", sentence, "click_id")
        texts = (tagged.source.strip() or None, tagged.medium.strip() or None, tagged.campaign.strip() or None)
        said = utm.Tags(*texts, click_id=click.name if click else None)
        meant = names.apply(said) if names else said
        rules = self._rules(tagged.rules, names)
        touch = utm.classify(meant, None, rules=rules)
        told = (verdict(touch, rules).say(language(request)),)
        return json_response(facts(utm.Parsed(said, meant, touch, utm.Referrer(), told)))

    async def check(self, request: Request) -> Response:
        """POST /api/utm/check."""
        examined, speech = await asked(request, Examined), language(request)
        if len(examined.urls) > MAX_URLS:
            raise AskedError(400, "too_many", f"urls: expected at most {MAX_URLS} at once", "urls")
        if unknown := next((rule for rule in examined.ignore if rule not in RULES), None):
            raise AskedError(400, "rule", f"ignore: expected rules such as L05, not {unknown!r}", "ignore")
        context = utm.Context(examined.own_hosts, dictionary=self.names())
        found = {url: utm.check(url, context, examined.ignore) for url in examined.urls}
        links = [{"url": url, "findings": [as_object(one, speech) for one in found[url]]} for url in examined.urls]
        errors = sum(one.severity == "error" for url in examined.urls for one in found[url])
        return json_response({"links": links, "errors": errors})

    async def dictionary(self, request: Request) -> Response:
        """GET /api/utm/dictionary."""
        names = self.names()
        return json_response({"version": names.version if names else None, "fields": agreed(names)})

    async def qr(self, request: Request) -> Response:
        """POST /api/utm/qr."""
        drawn = await asked(request, Drawn)
        if not 1 <= drawn.scale <= 40:
            raise AskedError(400, "scale", f"scale: expected 1 to 40, not {drawn.scale}", "scale")
        return image(drawn, language(request))

    def _rules(self, name: str | None, names: utm.Dictionary | None) -> str | utm.RuleSet:
        chosen = name or self._options.rules
        if chosen != "own":
            return chosen
        if names is None or not names.channels:
            raise AskedError(400, "rules", 'rules: "own" needs a dictionary with [channels]', "rules")
        return names.channels


def building(wanted: Campaign, names: utm.Dictionary | None = None) -> utm.Options:
    """How a link is to be built."""
    return utm.Options(
        wanted.policy, wanted.platform, wanted.encoded, wanted.in_fragment, assume_https=wanted.assume_https,
        dictionary=names,
    )  # fmt: skip


def image(drawn: Drawn, speech: Language) -> Response:
    """A QR code as an answer that nobody keeps."""
    try:
        body = qr.drawn(drawn.text, drawn.format, drawn.scale)
    except qr.QRError as fault:
        status = 501 if fault.remark.code == "qr_extra" else 400
        raise AskedError(status, fault.remark.code, fault.remark.say(speech), "text") from None
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'"}
    return Response(body, headers={**headers, "Cache-Control": "no-store"}, media_type=_IMAGES[drawn.format])


def agreed(names: utm.Dictionary | None) -> dict[str, dict[str, Any]]:
    """What a dictionary says of each field; nothing without one."""
    return {name: _agreed(names.fields.get(name)) for name in FIELDS} if names else {}


def _agreed(field: Any) -> dict[str, Any]:
    """What the dictionary says of a field."""
    if field is None:
        return {"required": False, "open": True, "values": [], "aliases": {}, "template": None}
    return {
        "required": field.required,
        "open": field.open or not field.values,
        "values": sorted(field.values),
        "aliases": dict(field.aliases),
        "template": field.template.text if field.template else None,
    }
