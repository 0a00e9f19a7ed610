"""Addresses of pages: what is one, however odd, and what is none."""

from __future__ import annotations

from tests.web.corpus.case import Case, event

NONE = (
    "", " ", "x", "/", "/cart", "//shop.example/", "?utm_source=x", "#top", "shop.example", "shop.example/cart",
    "www.shop.example",
    "localhost:8080/x", "javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\tscript:alert(1)", "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd", "blob:https://shop.example/0b0b", "about:blank", "about:srcdoc",
    "chrome-extension://abcdef/page.html",
    "moz-extension://abc/x", "ftp://shop.example/", "ws://shop.example/", "mailto:a@b.example", "tel:+33123456789",
    "urn:isbn:1", "view-source:https://a.example/",
    "http:", "http:/", "http:/x", "http:x", "http://", "http:///", "http:///x", "https://", "https:///x", "https://?x",
    "https://#x", "https://:80/",
    "https://@/", "https://user@/", "https://user:p@:80/", "http://[::1", "http://::1]/", "http://[zz]/",
    "http://[1.2.3.4]/", "http://a:99999/", "http://a:65536/", "http://a:-1/", "http://a:b/",
    "http://a:8o/", "http://ex℀mple.com/", "https://" + "a" * 254 + "/", "https://" + "a." * 127 + "example/",
    "httpx://a.example/",
    "http s://a.example/", "https//a.example/", ":https://a.example/", "null", "undefined", "[object Object]", "NaN",
)  # fmt: skip

SOME = (
    "http://a", "https://a.example", "HTTPS://SHOP.EXAMPLE/", "https://shop.example?x=1", "https://shop.example#x",
    "https://shop.example:443/",
    "http://a:0/", "http://a:65535/", "http://a:/", "https://user:secret@shop.example/", "https://a@b@shop.example/",
    "http://127.0.0.1/",
    "http://[::1]/", "http://[2001:db8::1]:8080/x", "http://[fe80::1%25eth0]/", "http://localhost:3000/",
    "http://a_b.example/", "http://-.example/",
    "https://bücher.example/", "https://xn--bcher-kva.example/", "https://пример.example/", "https://例え.example/",
    "http://2130706433/",
    "http://0x7f.1/", "https://shop.example./", "https://shop.example//a//b", "https://shop.example/../../x",
    "https://shop.example/./a",
    "https://shop.example/%", "https://shop.example/%zz", "https://shop.example/%00", "https://shop.example/%2e%2e%2f",
    "https://shop.example/%E9",
    "https://shop.example/%C3%A9", "https://shop.example/é", "https://shop.example/a b", "https://shop.example/a\tb",
    "https://shop.example/\\x",
    "https://shop.example/;v=1", "https://shop.example/?", "https://shop.example/??", "https://shop.example/?&&&",
    "https://shop.example/?=",
    "https://shop.example/?=x", "https://shop.example/?utm_source", "https://shop.example/?utm_source=",
    "https://shop.example/?utm_source=a&utm_source=b",
    "https://shop.example/?UTM_SOURCE=A&Utm_Medium=B", "https://shop.example/?utm_source=a;utm_medium=b",
    "https://shop.example/?utm_source=a+b%20c",
    "https://shop.example/?utm_source=%E9", "https://shop.example/?utm_source=%",
    "https://shop.example/?utm_source=a%26utm_medium=b",
    "https://shop.example/?utm_source%3Da", "https://shop.example/?amp;utm_source=a",
    "https://shop.example/?utm_source=a?utm_medium=b",
    "https://shop.example/?utm_source=[]&utm_source[]=x&utm_source[a]=y", "https://shop.example/#?utm_source=a",
    "https://shop.example/#/route?x=1",
    "https://shop.example/?u=https%3A%2F%2Fa.example%2F%3Futm_source%3Db",
    "https://shop.example/?u=https://a.example/?x=1",
    "https://shop.example/?" + "&" * 16_000, "https://shop.example/?" + "a&" * 8_000,
    "https://shop.example/?keep=" + "1&keep=" * 2_000,
    "https://shop.example/?" + "utm_source=a&" * 1_200, "https://shop.example/" + "a/" * 8_000,
    "https://shop.example/" + "%25" * 5_000,
    "https://shop.example/?gclid=" + "a" * 16_000, "https://shop.example/" + "@" * 16_000,
    "https://shop.example/" + "1" * 16_000,
    "https://shop.example/" + "eyJ" * 5_000, "https://shop.example/" + "a.b@" * 4_000,
    "https://shop.example/" + ":" * 16_000,
    "https://shop.example/reset/3f2504e04f8941d39a0c0305e82c3301?email=a%40b.example", " https://shop.example/ ",
    "https://shop.example/\n",
)  # fmt: skip

REFERRERS = (
    *NONE, *SOME[:30], "android-app://com.google.android.gm/", "android-app://", "android-app:///",
    "android-app://com.example.app/https/x", "ios-app://1/x",
)  # fmt: skip

PATHS_NONE = ("", "cart", "?x", "#x", ".", "..", "https://shop.example/", "\\cart", " /cart", "*", "%2fcart")
PATHS = ("/", "//", "/cart", "/%", "/%00", "/é", "/../x", "/?x=1", "/#x", "/" + "a" * 5_000, "/\x00", "/<script>")


def classes() -> dict[str, list[Case]]:
    """The classes of this room."""
    return {
        "an address that is none": [event(f"{url[:60]!r}", "url", url=url) for url in NONE],
        "an address that is odd": [event(f"{url[:60]!r}", None, url=url) for url in SOME],
        "a referrer, whatever it is": [event(f"{url[:60]!r}", None, referrer=url) for url in REFERRERS],
        "a path": [
            *(event(f"{path[:60]!r}", "path", url=..., path=path) for path in PATHS_NONE),
            *(event(f"{path[:60]!r}", None, url=..., path=path) for path in PATHS),
        ],
    }
