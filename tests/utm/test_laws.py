"""Laws of link building, on addresses put together from the pieces that break other builders."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from collector.utm import Options, build, check, classify, corrected, parse, strip, tags
from collector.utm.registry import FIELDS
from collector.utm.sources import find

ORIGINS = st.sampled_from(
    [
        "https://ex.com",
        "HTTP://Ex.Com:8080",
        "https://bücher.example",
        "https://[2001:db8::1]:443",
        "https://user:pw@ex.com",
    ]
)
PATHS = st.lists(
    st.sampled_from(["/", "/a", "//", "/..", "/%2F", "/été", "/a;b=c", "/{{ad.id}}", "/100%", "/~x", "/a:b@c"]),
    max_size=4,
).map("".join)
PAIRS = st.lists(
    st.one_of(
        st.sampled_from(
            ["flag", "flag=", "=x", "a=1=2==", "f[]=1", "q=a+b", "q=a%20b", "q=%c3%a9", "q=%E9", "q=100%",
             "x=1;y=2", "u=https://a.example/?x=1", "t=aa%2Fbb",
             "m=*|EMAIL|*", "n={{ad.name}}", "gclid=Abc", "", "k=日本", "p=%zz", "utmost=1", "my_utm_source=1",
             "u=a?b=c/d"]
        ),
        st.text("abcXYZ019-._~%+=;:@!$'()*,/?", min_size=1, max_size=12).map("k" .__add__),
    ),
    max_size=5,
)  # fmt: skip
FRAGMENTS = st.sampled_from(
    ["", "#", "#part", "#/route", "#/route?x=1", "#:~:text=a%20b,c", "#a:~:text=b&text=c", "#?"]
)
VALUE = st.text("abcXYZ0-._~ éß&=+#%/?日👩", min_size=1, max_size=20).filter(str.strip)
CAMPAIGNS = st.fixed_dictionaries(
    {"source": VALUE, "medium": VALUE, "campaign": VALUE}, optional={"term": VALUE, "content": VALUE, "id": VALUE}
)


def _joined(origin: str, path: str, pairs: list[str]) -> str:
    return origin + (path or "/") + ("?" + "&".join(pairs) if pairs else "")


@given(ORIGINS, PATHS, PAIRS, FRAGMENTS, CAMPAIGNS)
def test_building_adds_our_parameters_and_changes_no_other_byte(
    origin: str, path: str, pairs: list[str], fragment: str, campaign: dict[str, str]
) -> None:
    before = _joined(origin, path, pairs)
    built = build(before + fragment, campaign).url
    # What was there is still there, in front and behind; a separator at the end is used, not doubled.
    assert built.endswith(fragment)
    body = built[: len(built) - len(fragment)]
    assert body.startswith(before)
    added = body[len(before) :]
    assert added.startswith("" if before.endswith(("?", "&")) else "&" if pairs else "?")
    ours = added.lstrip("?&").split("&")
    assert len(ours) == len(campaign)
    assert {key.removeprefix("utm_"): unquote(raw) for key, _, raw in (pair.partition("=") for pair in ours)} == {
        field: value.strip() for field, value in campaign.items()
    }


@given(ORIGINS, PATHS, PAIRS, FRAGMENTS, CAMPAIGNS)
def test_building_twice_changes_nothing_and_stripping_undoes_it(
    origin: str, path: str, pairs: list[str], fragment: str, campaign: dict[str, str]
) -> None:
    url = _joined(origin, path, pairs) + fragment
    built = build(url, campaign).url
    assert build(built, campaign).url == built
    used = _joined(origin, path, pairs).endswith(("?", "&"))  # a separator at the end cannot be told from ours
    assert used or strip(built) == url


@given(ORIGINS, PATHS, PAIRS, CAMPAIGNS, CAMPAIGNS, st.sampled_from(["replace", "keep", "fill"]))
def test_a_link_tagged_before_keeps_its_other_bytes_under_every_policy(
    origin: str, path: str, pairs: list[str], old: dict[str, str], new: dict[str, str], policy: str
) -> None:
    options = Options(existing=policy)  # type: ignore[arg-type]
    url = _joined(origin, path, pairs)
    tagged = build(url, old).url + "&last=1"
    again = build(tagged, new, options).url
    assert build(again, new, options).url == again
    assert strip(again) == strip(tagged)
    merged = {"replace": {**old, **new}, "keep": old, "fill": {**new, **old}}[policy]
    found = tags(again.partition("?")[2])
    assert {field: getattr(found, field) for field in merged} == {f: v.strip() for f, v in merged.items()}


@given(CAMPAIGNS)
def test_what_is_built_is_read_back(campaign: dict[str, str]) -> None:
    found = parse(build("https://ex.com/", campaign).url).tags
    assert {f: getattr(found, f) for f in FIELDS if getattr(found, f)} == {f: v.strip() for f, v in campaign.items()}


@given(st.text(max_size=80), st.text(max_size=40))
def test_no_text_makes_reading_checking_or_correcting_fail(url: str, referrer: str) -> None:
    assert parse(url, "https://" + referrer).touch.channel
    check(url)
    corrected("https://ex.com/?utm_source=" + url)
    strip(url, "all")


@given(
    st.sampled_from(["google", "facebook", "perplexity", "amazon", "chatgpt", "claude"]),
    st.from_regex(r"[a-z]{3,8}", fullmatch=True),
)
def test_a_known_name_under_a_strange_domain_is_never_known(name: str, strange: str) -> None:
    assert find(f"{name}.com.{strange}.example") is None
    assert find(f"x{name}.{strange}.example") is None
    assert classify(tags(""), f"{name}.ai.{strange}.example").channel == "Referral"
