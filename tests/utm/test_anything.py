"""Any text at any door of the toolkit: an answer, or the one documented error."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.utm import (
    RULE_SETS,
    BuildError,
    Context,
    Options,
    Tags,
    build,
    check,
    classify,
    corrected,
    parse,
    read_dictionary,
    strip,
    tags,
)
from collector.utm.documents import examined
from collector.utm.macros import platforms
from collector.utm.sarif import sarif
from collector.utm.template import compiled

EXAMPLE = (Path(__file__).parents[2] / "config" / "utm.toml").read_text("utf-8")
BOOK = read_dictionary(EXAMPLE)
PIECES = [
    "https://", "ex.com", "/", "?", "&", "=", "#", ":~:", "utm_source", "utm_medium=cpc", "gclid=1", "%", "%2", "%41",
    "+", "amp;", "{{", "}}", "{", "__A__", "[", "]", "@", "\\", ":", "xn--", "l.facebook.com/l.php?u=",
    "google.com/amp/s/",
    ".cdn.ampproject.org", "\0", "\u202e", "\ud800", "é", " ", "\n", "eyJ", "4111111111111111", "a@b.example", "shop",
]  # fmt: skip
TEXT = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
CALM = settings(max_examples=400, deadline=None, derandomize=True)
OPTIONS = st.builds(
    Options,
    existing=st.sampled_from(["replace", "keep", "error", "fill"]),
    platform=st.sampled_from([None, *platforms()]),
    encoded=st.sampled_from([True, False, "auto"]),
    in_fragment=st.booleans(),
    assume_https=st.booleans(),
    dictionary=st.sampled_from([None, BOOK]),
)


@CALM
@given(
    TEXT,
    st.dictionaries(st.one_of(st.sampled_from(["source", "utm_id", "mtm_campaign", "utm_x"]), TEXT), TEXT, max_size=4),
    OPTIONS,
)
def test_building(url: str, campaign: dict[str, str], options: Options) -> None:
    with suppress(BuildError):
        link = build(url, campaign, options)
        assert all(notice.say("en") and notice.say("fr") for notice in link.warnings)
        assert build(link.url, campaign, options._replace(existing="keep")).url == link.url or not campaign


@CALM
@given(TEXT, st.one_of(st.none(), TEXT), st.sampled_from([*RULE_SETS]), st.sampled_from([None, BOOK]))
def test_reading_and_classifying(url: str, referrer: str | None, rules: str, dictionary: object) -> None:
    for language in ("en", "fr"):
        found = parse(url, referrer, rules=rules, dictionary=dictionary, language=language)  # type: ignore[arg-type]
        assert found.touch.channel
        assert all(found.explain)
    assert classify(Tags(url, referrer, url, click_id=None), referrer, url, [url], rules).channel
    assert strip(strip(url)) == strip(url)
    tags(url)


@CALM
@given(TEXT, TEXT)
def test_checking_and_correcting(url: str, host: str) -> None:
    context = Context(
        [host], host, BOOK, {"source": [host]}, arrived=True, issued=[url, host], hops=(host,), status=500
    )
    for where in (Context(), context):
        assert all(finding.reason("fr") and finding.id for finding in check(url, where))
    corrected(url, Context(dictionary=BOOK))
    sarif([(host, fault) for fault in examined(url, "text", Context())], "1")


PLACE = st.integers(0, len(EXAMPLE))
CUT = PLACE.map(lambda at: EXAMPLE[:at])
PASTED = st.tuples(PLACE, TEXT).map(lambda cut: EXAMPLE[: cut[0]] + cut[1] + EXAMPLE[cut[0] :])


@CALM
@given(st.one_of(TEXT, CUT, PASTED))
def test_a_dictionary_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        read_dictionary(text).problems(Tags(text, text, text))


@CALM
@given(TEXT, TEXT, st.dictionaries(st.sampled_from(["a", "b", "c"]), TEXT, max_size=3))
def test_a_template_is_compiled_builds_and_reads_or_refuses(text: str, name: str, columns: dict[str, str]) -> None:
    for written in (text, "{a}" + text + "{b:ISO2}", "{a:%Y-%m}_{b}|{c:number}"):
        with suppress(ValueError):
            template = compiled(written, {})
            template.read(name)
            built = template.build(columns)
            assert template.read(built) == columns
