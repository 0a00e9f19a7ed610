"""The address a link leads to: what is refused, what is worth a warning, what hides behind a redirection.

Nothing here changes an address; it is judged as it is typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qs, unquote

from . import macros, sources
from .query import decode
from .sentences import BuildError, Notice

_EDGES: Final = " \t\r\n\f\v\ufeff\u200b\u200c\u200d\u2060\u00a0"
_INVISIBLE: Final = frozenset({"Cf", "Zl", "Zp"})
# Joiners shape letters (Persian, Hindi) and emoji: harmless in a value, not in an address.
_JOINERS: Final = "\u200c\u200d"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_AUTHORITY: Final = re.compile(
    r"(?:(?P<user>.*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@]*)(?::(?P<port>.*))?", re.DOTALL
)
_PLAIN: Final = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:[/?#][!-;=?-\[\]^-~]*)?")
_HOST: Final = re.compile(r"[^\s\"'<>^`{|}%*&=,;()+!$~]+")

# Host → the parameter behind which a redirector or an affiliate network keeps the real page.
_WRAPPERS: Final = {
    "l.facebook.com": "u",
    "lm.facebook.com": "u",
    "l.instagram.com": "u",
    "l.messenger.com": "u",
    "l.threads.net": "u",
    "www.google.com/url": "q url",
    "google.com/url": "q url",
    "www.youtube.com/redirect": "q",
    "out.reddit.com": "url",
    "t.umblr.com/redirect": "z",
    "away.vk.com": "to",
    "vk.com/away.php": "to",
    "slack-redir.net": "url",
    "steamcommunity.com/linkfilter": "url u",
    "www.linkedin.com/redir": "url",
    "duckduckgo.com/l": "uddg",
    "safelinks.protection.outlook.com": "url",
    "urldefense.proofpoint.com": "u",
    "www.awin1.com/cread.php": "ued p",
    "www.awin1.com/awclick.php": "ued p",
    "click.linksynergy.com": "murl",
    "www.anrdoezrs.net": "url",
    "www.dpbolvw.net": "url",
    "www.jdoqocy.com": "url",
    "www.kqzyfj.com": "url",
    "www.tkqlhce.com": "url",
    "clk.tradedoubler.com": "url",
    "clkuk.tradedoubler.com": "url",
    "shareasale.com/r.cfm": "urllink",
    "www.shareasale.com/r.cfm": "urllink",
    "go.skimresources.com": "url",
    "redirect.viglink.com": "u",
}
_SHORTENERS: Final = frozenset(
    [
        "bit.ly",
        "j.mp",
        "t.co",
        "tinyurl.com",
        "goo.gl",
        "ow.ly",
        "is.gd",
        "v.gd",
        "buff.ly",
        "rebrand.ly",
        "cutt.ly",
        "lnkd.in",
        "fb.me",
        "youtu.be",
        "amzn.to",
        "amzn.eu",
        "ebay.us",
        "dlvr.it",
        "trib.al",
        "shorturl.at",
        "rb.gy",
        "t.ly",
        "tiny.cc",
        "urlz.fr",
        "urlr.me",
        "bl.ink",
        "dub.sh",
    ]
)
_NOTABLE: Final = _SHORTENERS.union(
    (place.partition("/")[0] for place in _WRAPPERS),
    ("www." + host for host in _SHORTENERS),
    ["urldefense.com"],
)
_SAFELINKS: Final = "safelinks.protection.outlook.com"
_SIGNATURES: Final = (
    {"x-amz-signature"},
    {"x-goog-signature"},
    {"signature", "key-pair-id"},
    {"signature", "awsaccesskeyid"},
    {"sig", "se"},
)
_MAYBE_SIGNED: Final = frozenset({"sig", "signature", "hmac", "x-signature", "verify"})
_MARKS: Final = _MAYBE_SIGNED.union(*_SIGNATURES)
# A host of the usual kind: no port, no user, no other alphabet, not under Microsoft's mail filter.
_ORDINARY: Final = re.compile(r"(?!.*(?:xn--|outlook\.com$|ampproject\.org$))[a-z0-9.-]+")
_LONGEST: Final = 253  # letters of a host (RFC 1035)
_PLACE: Final = re.compile(r"[^:/?#]+://([^/?#]*)")


def cleaned(url: str, schemes: Collection[str], assume_https: bool) -> str:
    """`url` without blanks at its ends, ready to be tagged. Raises BuildError when it must not be."""
    if not isinstance(url, str):
        raise BuildError("value_type", "url", found=type(url).__name__)
    url = url.strip(_EDGES)
    if not url:
        raise BuildError("url_empty", "url")
    if _PLAIN.fullmatch(url) and url.partition(":")[0] in schemes:  # nearly every link: nothing below can object
        return url
    url = _with_scheme(url, schemes, assume_https)
    _refuse_inside(url)
    _refuse_authority(url)
    return url


def judged(url: str, names: frozenset[str]) -> list[Notice]:
    """What is worth knowing about the address `url`, whose query has parameters of these lower-case `names`.

    Raises BuildError when a parameter added to it would be lost or would break it.
    """
    host = url.partition("://")[2].partition("/")[0]  # with what a link without a path has behind it
    if _MARKS.isdisjoint(names) and len(host) <= _LONGEST and _unremarkable(host):
        return []
    place = authority(url).lower()
    if mark := signed(names):
        raise BuildError("url_signed", "url", name=mark)
    if inner := unwrap(url):
        raise BuildError("url_wrapped", "url", host=place, inner=inner)
    return list(_warnings(place, names))


@lru_cache(maxsize=512)
def _unremarkable(place: str) -> bool:
    """Whether nothing is to be said of a host; links of one campaign lead to few."""
    place = place.lower()
    return bool(_ORDINARY.fullmatch(place)) and place not in _NOTABLE


def shortener(url: str) -> str:
    """The host of `url` when it is a known link shortener, or ""."""
    host = host_of(url).removeprefix("www.")
    return host if host in _SHORTENERS else ""


def signed(names: frozenset[str]) -> str:
    """The parameters among `names` that sign an address, or ""."""
    return next((", ".join(sorted(marks)) for marks in _SIGNATURES if marks <= names), "")


def unwrap(url: str) -> str | None:
    """The page behind a known redirector, mail filter, affiliate link or AMP cache; None when `url` is none of them."""
    host = authority(url).lower()
    path, question, query = url.partition("://")[2].partition("#")[0].partition("?")
    path = path.partition("/")[2]
    if page := sources.amp_page(sources.bare_host(host), "/" + path):
        return "https://" + "".join(page) + question + query
    if host.endswith("." + _SAFELINKS):
        host = _SAFELINKS
    elif host not in _NOTABLE:
        return None
    if host == "urldefense.com":
        return _urldefense(path)
    names = _WRAPPERS.get(host) or _WRAPPERS.get(f"{host}/{path.rstrip('/')}")
    if not names:
        return None
    fields = parse_qs(query)
    inner = next((fields[name][0] for name in names.split() if name in fields), "")
    if host.startswith("urldefense.") and not inner.startswith(("http:", "https:")):
        inner = unquote(inner.replace("-", "%").replace("_", "/"))
    return inner if inner.lower().startswith(("http://", "https://")) else None


def authority(url: str) -> str:
    """The part of `url` between :// and the path: user, host and port as typed."""
    found = _PLACE.match(url)
    return found.group(1) if found else ""


def host_of(url: str) -> str:
    """The host of `url`, lower-case, without user and port; "" when it has none."""
    return _host(authority(url))


def _host(place: str) -> str:
    found = _AUTHORITY.fullmatch(place)
    return found["host"].lower() if found else ""


def intruder(text: str, allowed: str = "") -> tuple[str, int] | None:
    """The first character of `text` that has no business in a link, in words, with its position; or None."""
    if text.isprintable() and " " not in text:
        return None
    for at, char in enumerate(text):
        what = None if char in allowed else _unwanted(char)
        if what:
            return what, at
    return None


def _unwanted(char: str) -> str | None:
    category = unicodedata.category(char)
    if char in "\t\r\n\v\f\x85\u2028\u2029":
        return "a line break or tab"
    if category == "Zs":
        return "a space"
    if category == "Cc":
        return "a control character"
    if category in _INVISIBLE:
        return "an invisible character"
    return "half a character" if category == "Cs" else None


def value_intruder(text: str) -> str | None:
    """Like `intruder`, for a parameter's value: spaces and joiners are welcome there."""
    found = intruder(text, " \u00a0\u202f\u2009\u3000" + _JOINERS)
    return found[0] if found else None


def _with_scheme(url: str, schemes: Collection[str], assume_https: bool) -> str:
    found = _SCHEME.match(url)
    scheme = found.group()[:-1].lower() if found else ""
    if scheme in schemes and url[len(scheme) :].startswith("://"):
        return url
    schemeless = not found or "." in scheme or scheme == "localhost"
    if assume_https and schemeless and not url.startswith(("/", "?", "#")):
        return "https://" + url
    if assume_https and url.startswith("//"):
        return "https:" + url
    allowed = ", ".join(f"{name}://" for name in schemes)
    raise BuildError("url_scheme", "url", allowed=allowed, found=repr(url[:24]))


def _refuse_inside(url: str) -> None:
    # Templates of mail tools hold spaces: what they expand to is not ours to judge.
    bare = url
    for macro in macros.found(url):
        bare = bare.replace(macro, "_" * len(macro))
    if found := intruder(bare):
        raise BuildError("url_inside", "url", what=found[0], at=found[1] + 1)
    if "\\" in bare.partition("?")[0].partition("#")[0]:
        raise BuildError("url_backslash", "url")


def _refuse_authority(url: str) -> None:
    place = authority(url)
    found = _AUTHORITY.fullmatch(place)
    host = found["host"] if found else ""
    web = url[:4].lower() == "http"
    if not found or (web and not _is_host(host)):
        raise BuildError("url_host", "url", found=repr(place))
    port = found["port"] or "0"
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise BuildError("url_port", "url", found=repr(port))
    user = found["user"]
    if user is not None and ("@" in user or "%40" in user or ("." in user and ":" not in user)):
        raise BuildError("url_disguise", "url", shown=repr(user), host=host)


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return True
    return bool(_HOST.fullmatch(host)) and ".." not in host and not host.startswith(".")


def _warnings(place: str, names: frozenset[str]) -> Iterator[Notice]:
    if "@" in place:
        yield Notice("credentials", "url")
    if not place.isascii() or "xn--" in place:
        yield from _international(_host(place))
    if place.removeprefix("www.") in _SHORTENERS:
        yield Notice("short_link", "url", {"host": place})
    for name in sorted(_MAYBE_SIGNED & names):
        yield Notice("maybe_signed", "url", {"name": name})


def _international(host: str) -> Iterator[Notice]:
    labels = [_display(label) for label in host.split(".")]
    shown = ".".join(labels)
    ascii_host = ".".join(_ascii(label) for label in labels)
    code = "mixed_script" if any(len(_scripts(label)) > 1 for label in labels) else "international_host"
    yield Notice(code, "url", {"host": shown, "ascii": ascii_host})


def _display(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _scripts(label: str) -> set[str]:
    """Alphabets of the letters; the three Japanese ones go together and count as one."""
    names = {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}
    return {"CJK" if name in ("HIRAGANA", "KATAKANA", "CJK", "KATAKANA-HIRAGANA") else name for name in names}


def _urldefense(path: str) -> str | None:
    found = re.fullmatch(r"v3/__(https?:/.+?)__;.*", path)
    inner = decode(found.group(1)) if found else ""
    return re.sub(r"^(https?:/)(?!/)", r"\1/", inner) or None
