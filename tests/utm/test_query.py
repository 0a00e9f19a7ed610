from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.utm import EMPTY_TAGS, Tags, reader, registry, tags

READS = [
    ("utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e&utm_id=f", Tags(*"abcdef")),
    ("UTM_Source=Google&uTm_MEDIUM=CPC", Tags("Google", "CPC")),
    ("utm_source=%C3%A9t%C3%A9+chaud%20!", Tags("été chaud !")),
    ("utm_source=%E9t%E9", Tags("été")),
    ("utm_source=100%&utm_medium=%zz", Tags("100%", "%zz")),
    ("utm_source=&utm_source=%20&utm_source=x&utm_source=y", Tags("x")),
    ("a=1&amp;utm_source=x&amp;amp;utm_medium=y", Tags("x", "y")),
    ("?utm_source=x", Tags("x")),
    ("a=1?utm_source=x&utm_medium=y", Tags("x", "y")),
    ("utm_source=x?utm_medium=y", Tags("x", "y")),
    ("a=1?utm_source=old&utm_source=new", Tags("new")),
    ("utm_source=what?", Tags("what?")),
    ("to=https://a.example/?utm_source=inner", EMPTY_TAGS),
    ("utm%5Fsource=x", Tags("x")),
    ("utm_source=a=b==", Tags("a=b==")),
    ("utm_source", EMPTY_TAGS),
    ("utm_source=a%00b%0Ac", Tags("a b c")),
    ("utm_source=\ud800x", Tags("\ufffdx")),
    ("utm_soruce=x&utmsource=y&xutm_source=z", EMPTY_TAGS),
    ("utm_source=a;utm_medium=b", Tags("a;utm_medium=b")),
    ("", EMPTY_TAGS),
    ("&&==&", EMPTY_TAGS),
]


@pytest.mark.parametrize(("query", "expected"), READS)
def test_a_query_is_read_as_it_was_meant(query: str, expected: Tags) -> None:
    assert tags(query) == expected


FAMILIES = [
    ("mtm_campaign=A&mtm_source=B&mtm_medium=C&mtm_kwd=D&mtm_content=E&mtm_cid=F", Tags(*"BCADEF")),
    ("pk_campaign=A&pk_kwd=D", Tags(campaign="A", term="D")),
    ("piwik_campaign=A&piwik_keyword=D", Tags(campaign="A", term="D")),
    ("matomo_campaign=A&matomo_cid=F", Tags(campaign="A", id="F")),
    ("at_medium=email&at_campaign=A", Tags(medium="email", campaign="A")),
    ("wt_mc=A", Tags(campaign="A")),
]


@pytest.mark.parametrize(("query", "expected"), FAMILIES)
def test_the_other_families_fill_the_same_fields(query: str, expected: Tags) -> None:
    assert tags(query) == expected


def test_utm_wins_over_the_other_families_field_by_field() -> None:
    assert tags("pk_campaign=old&utm_campaign=new&pk_source=here") == Tags(source="here", campaign="new")


def test_an_empty_utm_leaves_the_field_to_the_other_families() -> None:
    assert tags("utm_campaign=&mtm_campaign=A").campaign == "A"


def test_other_campaign_parameters_are_kept_under_their_lower_case_name() -> None:
    found = tags("hsa_CAM=12&utm_source_platform=DV360&itm_source=home&hsa_cam=13")
    assert found.extra == (("hsa_cam", "12"), ("utm_source_platform", "DV360"), ("itm_source", "home"))
    assert found.source is None


CLICKS = [
    ("gclid=EAIa", "gclid", ()),
    ("ScCid=x", "sccid", ()),
    ("SCCID=x", "sccid", ()),
    ("irclid=x", "irclickid", ()),
    ("gclid=", None, ()),
    ("fbclid=x&gclid=y", "fbclid", ()),
    ("gad_source=1&gad_campaignid=77&gclid=x", "gclid", (("gad_source", "1"), ("gad_campaignid", "77"))),
    ("gad_source=1", "gad_source", (("gad_source", "1"),)),
    ("mc_cid=77&mc_eid=person", "mc_cid", (("mc_cid", "77"),)),
    ("mc_eid=person", "mc_eid", ()),
    ("mkt_tok=person", "mkt_tok", ()),
    ("_ga=person&_gl=person&utm_userid=person", None, ()),
    ("igsh=x&si=y", None, ()),
]


@pytest.mark.parametrize(("query", "name", "extra"), CLICKS)
def test_of_a_click_id_only_the_name_is_read(query: str, name: str | None, extra: tuple[tuple[str, str], ...]) -> None:
    assert tags(query) == Tags(click_id=name, extra=extra)


def test_no_value_of_an_identifying_parameter_ever_comes_out() -> None:
    for name in registry.IDENTIFYING_NAMES:
        found = tags(f"utm_source=x&{name}=secret&{name.upper()}=secret")
        assert "secret" not in repr(found), name


def test_values_never_change_case() -> None:
    assert tags("utm_id=AbC&utm_campaign=Ete") == Tags(campaign="Ete", id="AbC")


def test_a_short_name_is_only_read_where_a_site_asks_for_it() -> None:
    assert tags("ref=partner&cid=7") == EMPTY_TAGS
    assert reader("ref")("ref=partner&utm_medium=x&cid=7") == Tags("partner", "x")
    assert reader("adobe")("cid=7") == Tags(id="7")
    with pytest.raises(ValueError, match="family must be one of adobe, ref, not 'rfe'"):
        reader("rfe")


@given(st.text())
def test_no_text_makes_the_reader_fail(query: str) -> None:
    found = tags(query)
    assert all(value is None or value == value.strip() for value in found[:6])


@given(st.dictionaries(st.sampled_from(registry.FIELDS), st.text("aéZ %&=+?#;日", min_size=1), min_size=1))
def test_what_was_percent_encoded_is_read_back(values: dict[str, str]) -> None:
    found = tags("&".join(f"utm_{field}={quote(value, safe='')}" for field, value in values.items()))
    assert {f: getattr(found, f) for f in values} == {f: v.strip() or None for f, v in values.items()}
