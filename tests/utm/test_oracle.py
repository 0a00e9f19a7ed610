"""Ten thousand links, held against how browsers read an address (ada, an implementation of the URL standard that shares
nothing with ours): every component but our parameters is what it was."""

from __future__ import annotations

import random
from functools import cache
from urllib.parse import unquote

import can_ada
import pytest

from collector.utm import BuildError, Options, build, parse, strip, tags
from collector.utm.registry import FIELDS
from collector.utm.template import compiled

MANY = 12_000
ORIGINS = (
    "https://ex.com", "http://ex.com:8080", "HTTPS://Ex.Com", "https://bücher.example", "https://xn--bcher-kva.example",
    "https://[2001:db8::1]:8443", "https://user:pw@ex.com", "https://ex.com:443", "http://127.0.0.1:5000",
    "https://a.b.c.d.example", "https://日本.example", "https://ex.com.", "https://EX.com:0443",
)  # fmt: skip
PATHS = ("", "/", "/a", "//", "/..", "/./b", "/%2F", "/été", "/a;b=c", "/{{ad.id}}", "/100%", "/~x", "/a:b@c",
         "/%7euser", "/*|X|*", "/a'b", "/a!$&'()*+,=", "/日本")  # fmt: skip
PAIRS = ("flag", "flag=", "=x", "a=1=2==", "f[]=1", "f[a][b]=2", "q=a+b", "q=a%20b", "q=%c3%a9", "q=%C3%A9", "q=%E9",
         "q=100%", "q=%zz", "x=1;y=2", "u=https://a.example/?x=1", "u=https%3A%2F%2Fa.example%3Fx%3D1", "t=aa%2Fbb%3D",
         "m=*|EMAIL|*", "n={{ad.name}}", "n=%%first%%", "gclid=AbC", "", "k=日本", "k='x'", "utmost=1",
         "my_utm_source=1", "sid=A%26B", "a", "b", "a", "z=~", "z=%7E", "j={\"a\":1}", "e=@:/", "cid=7")  # fmt: skip
FRAGMENTS = ("", "", "", "#", "#part", "#/route", "#/route?x=1", "#!/r", "#:~:text=a%20b,c", "#a:~:text=b&text=c", "#?")
LETTERS = "abcXYZ019-._~ éß&=+#%/?日👩'\"<>{}|^`;:@!$()*,[]\\"


def an_address(dice: random.Random) -> str:
    pairs = "&".join(dice.choices(PAIRS, k=dice.randrange(6)))
    path = "".join(dice.choices(PATHS, k=dice.randrange(4)))
    if path and not path.startswith("/"):
        path = "/" + path
    return dice.choice(ORIGINS) + path + ("?" + pairs if pairs else "") + dice.choice(FRAGMENTS)


def a_campaign(dice: random.Random) -> dict[str, str]:
    fields = ["source", "medium", "campaign", *dice.sample(["term", "content", "id"], dice.randrange(4))]
    values = ("".join(dice.choices(LETTERS, k=dice.randrange(1, 16))).strip() for _ in fields)
    return {field: value or "x" for field, value in zip(fields, values, strict=True)}


@cache
def made() -> list[tuple[str, dict[str, str], str]]:
    """Addresses, campaigns, and the links built of them; those that must not be built are left out."""
    dice, found = random.Random(20260301), []
    while len(found) < MANY:
        url, campaign = an_address(dice), a_campaign(dice)
        try:
            found.append((url, campaign, build(url, campaign).url))
        except BuildError as error:
            if error.code not in ("macro_platform", "value_personal"):
                raise
    return found


def test_a_browser_finds_every_component_but_ours_as_it_was() -> None:
    for url, campaign, built in made():
        before, after = can_ada.parse(url), can_ada.parse(built)
        for part in ("protocol", "username", "password", "host", "port", "pathname", "hash"):
            assert getattr(after, part) == getattr(before, part), (part, url, built)
        there = before.search.removeprefix("?")
        assert after.search.removeprefix("?").startswith(there), (url, built)
        ours = after.search.removeprefix("?")[len(there) :].lstrip("&").split("&")
        read = {key: unquote(value, errors="strict") for key, _, value in (pair.partition("=") for pair in ours)}
        assert read == {f"utm_{field}": value for field, value in campaign.items()}, (url, built)


def test_building_twice_changes_nothing() -> None:
    for _, campaign, built in made():
        assert build(built, campaign).url == built


def test_stripping_gives_the_address_back_byte_for_byte() -> None:
    """But where a separator at the end was used: that one cannot be told from ours."""
    given_back = 0
    for url, _, built in made():
        if not url.partition("#")[0].endswith(("?", "&")):
            assert strip(built) == url
            given_back += 1
    assert given_back >= 10_000


def test_what_was_built_is_read_back() -> None:
    for _, campaign, built in made():
        found = tags(built.partition("#")[0].partition("?")[2])
        assert {field: getattr(found, field) for field in FIELDS if getattr(found, field)} == campaign


@pytest.mark.parametrize("policy", ["replace", "keep", "fill"])
def test_a_tagged_link_keeps_every_component_under_every_policy(policy: str) -> None:
    dice = random.Random(7)
    for url, _, built in made()[::6]:
        again = build(built, {**a_campaign(dice), "source": "other", "medium": "m", "campaign": "c", "term": "t",
                              "content": "o", "id": "1"}, Options(existing=policy)).url  # type: ignore[arg-type]  # fmt: skip
        before, after = can_ada.parse(url), can_ada.parse(again)
        assert (before.host, before.pathname, before.hash) == (after.host, after.pathname, after.hash)
        assert strip(again) == strip(built), (policy, url)


def test_a_name_made_of_columns_is_read_back_into_them_over_generated_dictionaries() -> None:
    """And the name made of what was read is the same name."""
    dice, done = random.Random(11), 0
    kinds = {
        "date:%Y-%m": "2026-0%d",
        "geo:ISO2": "F%c",
        "lang:ISO3": "fr%c",
        "n:number": "%d",
        "brand": "b%c",
        "goal": "g%c",
    }
    while done < 3_000:
        chosen = dice.sample(sorted(kinds), dice.randrange(1, 6))
        mark = dice.choice("_|~./:")
        text = mark.join(f"{{{column}}}" for column in chosen)
        codes = {"goal": {f"g{letter}": f"goal {letter}" for letter in "abcdefghij"}} if dice.random() < 0.5 else {}
        template = compiled(text, codes)
        columns = {}
        for column in chosen:
            name, digit = column.partition(":")[0], dice.randrange(1, 10)
            columns[name] = kinds[column] % (digit if "%d" in kinds[column] else "abcdefghij"[digit])
            if name == "goal" and codes:
                columns[name] = codes["goal"][columns[name]]
        built = template.build(columns)
        assert template.read(built) == columns, text
        assert template.build(template.read(built) or {}) == built
        done += 1


def adversaries() -> list[str]:
    """Addresses of 100 kB, each made to cost a reader more than their length."""
    size = 100_000
    return [
        "https://ex.com/?" + "&" * size,
        "https://ex.com/?" + "utm_source=a&" * (size // 13),
        "https://ex.com/?" + "?utm_source=a" * (size // 13),
        "https://ex.com/?utm_source=" + "%41" * (size // 3),
        "https://ex.com/?utm_source=" + "%25" * (size // 3),
        "https://ex.com/?" + "amp;" * (size // 4) + "utm_source=x",
        "https://ex.com/?utm_campaign=" + "shop" * (size // 4),
        "https://ex.com/?utm_medium=" + "cp" * (size // 2),
        "https://ex.com/?utm_medium=" + "pai" * (size // 3),
        "https://ex.com/?utm_source=" + "a." * (size // 2),
        "https://ex.com/?utm_source=" + "ads" * (size // 3),
        "https://ex.com/#" + "utm_source=x&" * (size // 13),
        "https://" + "a." * (size // 2) + "com/?utm_source=x",
        "https://l.facebook.com/l.php?u=" + "https%3A%2F%2Fl.facebook.com%2Fl.php%3Fu%3D" * (size // 43),
        "https://ex.com/?x=" + "{{" * (size // 2),
        "https://ex.com/?x=" + "1" * size,
        "https://ex.com/?x=" + "a@" * (size // 2),
        "x" * size,
        "https:" * (size // 6),
    ]


@pytest.mark.parametrize("number", range(len(adversaries())))
def test_an_address_of_a_hundred_kilobytes_is_read(number: int) -> None:
    """What its time grows with is measured by the bench; here it must come to an end."""
    url = adversaries()[number]
    assert parse(url, url).touch.channel
    assert parse(url, url, rules="plausible").touch.channel
    strip(url, "all")
