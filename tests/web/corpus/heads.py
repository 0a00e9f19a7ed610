"""Methods, content types, encodings, origins and paths."""

from __future__ import annotations

import gzip
import json
import zlib

from tests.make import a_batch, a_receipt, now
from tests.web.corpus.case import Case
from tests.web.wire import request

TYPES = ("text/plain", "Text/Plain", "text/plain;charset=UTF-8", "text/plain; charset=utf-8",
    'text/plain; charset="utf-8"', "application/json",
         "APPLICATION/JSON; charset=UTF-8", "application/json;", "text/plain;a=b", " text/plain ", "")  # fmt: skip
NO_TYPES = ("text", "plain", "text/html", "text/plain-x", "text/plainx", "text/xml", "text/csv", "application/xml",
    "application/jsonx", "application/json+x",
            "application/ld+json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "multipart/mixed", "image/gif", "*/*",
            "application/octet-stream", "application/x-ndjson", "application/reports+json", "application/csp-report",
            "text/plain, application/json",
            "application/json/x", "/", "\x80/plain")  # fmt: skip
CHARSETS = (
    "latin-1",
    "iso-8859-1",
    "windows-1252",
    "utf-16",
    "utf-16le",
    "utf-32",
    "utf-7",
    "us-ascii",
    "shift_jis",
    "gbk",
    "x",
    "",
)
ENCODINGS = (
    "gzip",
    "GZIP",
    "x-gzip",
    "deflate",
    "br",
    "zstd",
    "compress",
    "gzip, gzip",
    "identity, gzip",
    "aws-chunked",
    "x",
    "*",
)
METHODS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "SEARCH", "REPORT")
ORIGINS = (None, "", "null", "NULL", "*", "https://evil.example", "http://shop.example", "https://shop.example/",
    "https://shop.example:443", "https://shop.example:8443",
           "https://SHOP.example", "https://shop.example.evil.example", "https://evil.example/https://shop.example",
           "https://shop.exampl", "https://www.shop.example",
           "shop.example", "//shop.example", "https://shop.example, https://evil.example",
           "https://shop.example https://evil.example", "https://user@shop.example",
           "https://shop.example#", "https://shop.example?", "file://", "chrome-extension://abc",
           "https://shop。example", "https://xn--shop.example", "a" * 4_000)  # fmt: skip
SITES = (
    "nobody",
    "Shop",
    "SHOP",
    " shop",
    "shop ",
    "shop\x00",
    "shop\n",
    "../shop",
    "1",
    "0",
    "constructor",
    "__proto__",
    "sh*p",
    "%",
    "shop'--",
    "ѕhop",
)


def classes() -> dict[str, list[Case]]:
    """The classes of this room."""
    return {
        "content types": _types(),
        "encodings": _encodings(),
        "methods": [
            *(
                Case(method, request(_body(), method), 405, "method_not_allowed" if method != "HEAD" else None)
                for method in METHODS
            ),
            Case("OPTIONS", request(b"", "OPTIONS"), 204),
        ],
        "origins": [_origin(origin) for origin in ORIGINS],
        "sites that are none": [_site(name) for name in SITES],
        "paths": _paths(),
        "withdrawals": _withdrawals(),
    }


def _body(**changes: object) -> bytes:
    return json.dumps(a_batch(**changes)).encode()


def _types() -> list[Case]:
    kept = [Case(f"{kind!r}", request(_body(), headers={"Content-Type": kind}), accepted=1) for kind in TYPES]
    kept.append(Case("none", request(_body(), headers={"Content-Type": None}), accepted=1))
    wrong = [
        Case(f"{kind!r}", request(_body(), headers={"Content-Type": kind}), 415, "content_type", "content-type")
        for kind in NO_TYPES
    ]
    charsets = [
        Case(
            f"{kind};charset={name}",
            request(_body(), headers={"Content-Type": f"{kind};charset={name}"}),
            415,
            "charset",
            "content-type",
        )
        for kind in ("text/plain", "application/json")
        for name in CHARSETS
    ]
    return [*kept, *wrong, *charsets]


def _encodings() -> list[Case]:
    bomb = gzip.compress(bytes(1_000_000))
    cases = [
        Case(
            repr(name),
            request(_body(), headers={"Content-Encoding": name}),
            415,
            "content_encoding",
            "content-encoding",
        )
        for name in ENCODINGS
    ]
    for name, body in {
        "gzip": gzip.compress(_body()),
        "deflate": zlib.compress(_body()),
        "a bomb": bomb,
        "half of gzip": gzip.compress(_body())[:40],
    }.items():
        cases.append(
            Case(
                f"{name}, said",
                request(body, headers={"Content-Encoding": "gzip"}),
                415,
                "content_encoding",
                "content-encoding",
            )
        )
        cases.append(Case(f"{name}, not said", request(body), 400, "malformed", "body"))
    return [*cases, Case("identity", request(_body(), headers={"Content-Encoding": "identity"}), accepted=1)]


def _origin(origin: str | None) -> Case:
    sent = origin.encode("utf-8").decode("latin-1") if origin is not None else None
    return Case(repr(origin)[:60], request(_body(), headers={"Origin": sent}), 403, "origin_not_allowed", "site")


def _site(name: str) -> Case:
    return Case(repr(name), request(_body(site=name)), 403, "origin_not_allowed", "site")


def _paths() -> list[Case]:
    hot = ("/m/e", "/m/e?", "/m/e?x=1", "/m/%65", "/m/e#x")
    cold = ("/m/e/", "//m/e", "/m//e", "/M/E", "/m/e.php", "/m/e%00", "/m/..%2fe", "/e", "/m/", "/m", "/api", "/api/",
        "/api/sites/", "/.env", "/wp-login.php",
            "/static/../token", "/static/%2e%2e/token", "/static/..%2f..%2ftoken", "/static/%00", "/static/token",
            "/m/s.%00.js", "/m/../../token",
            "/docs", "/debug", "/redoc", "/openapi.json", "/admin", "/server-status", "/.git/config", "/actuator",
            "/\\", "/%ff", "/%")  # fmt: skip
    cases = [Case(path, request(_body(), path=path), accepted=1) for path in hot]
    cases += [
        Case(f"GET {path}", request(b"", "GET", path.encode().decode("latin-1")), 404, "not_found") for path in cold
    ]
    return cases


def _withdrawals() -> list[Case]:
    bodies = {
        "": ("malformed", "body"), "x": ("malformed", "body"), "[]": ("invalid", "body"), "null": ("invalid", "body"),
        "{}": ("invalid", "site"),
        '{"v":1}': ("invalid", "site"), '{"v":1,"site":1}': ("invalid", "site"), '{"v":1,"site":""}': ("invalid",
        "site"), '{"v":1,"site":null}': ("invalid", "site"),
        '{"v":"1","site":"shop"}': ("invalid", "v"), '{"v":1,"site":"shop"': ("malformed", "body"),
        '{"v":1,"site":"%s"}' % ("s" * 65): ("invalid", "site"), "[" * 30_000: ("invalid", "body"),
        '{"v":1,"site":"shop",}': ("malformed", "body"),
    }  # fmt: skip
    cases = [
        Case(f"{body[:40]!r}", request(body.encode(), path="/m/forget"), 400, code, field)
        for body, (code, field) in bodies.items()
    ]
    plain = b'{"v":1,"site":"shop"}'
    cases.append(Case("plain", request(plain, path="/m/forget"), 204))
    cases.append(Case("with more", request(_body(), path="/m/forget"), 204))
    cases.append(Case("GET", request(plain, "GET", "/m/forget"), 405, "method_not_allowed"))
    cases.append(
        Case("another site", request(b'{"v":1,"site":"nobody"}', path="/m/forget"), 403, "origin_not_allowed", "site")
    )
    cases.append(
        Case(
            "another origin",
            request(plain, path="/m/forget", headers={"Origin": "https://evil.example"}),
            403,
            "origin_not_allowed",
            "site",
        )
    )
    cases.append(Case("too large", request(plain.ljust(65_537), path="/m/forget"), 413, "too_large", "body"))
    return [
        *cases,
        _denied("denied"),
        _denied("withdrawn"),
        _denied("objected", "opt_out"),
        _denied("pending", "no_consent"),
    ]


def _denied(state: str, reason: str | None = None) -> Case:
    body = _body(consent={**a_receipt(), "state": state, "at": now()})
    return Case(f"a batch {state}", request(body), dropped={reason or state: 1})
