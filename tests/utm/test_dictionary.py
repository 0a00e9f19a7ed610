from __future__ import annotations

from pathlib import Path

import pytest

from collector.utm import Dictionary, Tags, read_dictionary, tags

EXAMPLE = Path(__file__).parents[2] / "config" / "utm.toml"


@pytest.fixture(name="book", scope="module")
def _book() -> Dictionary:
    return read_dictionary(EXAMPLE.read_text("utf-8"))


MEANT = [
    ("source", "FB", "facebook"),
    ("source", " facebook.com ", "facebook"),
    ("source", "News Letter", "newsletter"),
    ("source", "infolettre", "newsletter"),
    ("source", "Télé 7", "tele-7"),
    ("medium", "Paid Social", "paid_social"),
    ("medium", "social-paid", "paid_social"),
    ("medium", "E-mail", "email"),
    ("campaign", "202601_FR_Été+rouge_acq", "202601_fr_ete-rouge_acq"),
    ("content", "Hero_Image 2", "hero-image-2"),
    ("id", "AbC_1", "AbC_1"),
    ("term", "Red Dress", "Red Dress"),
]


@pytest.mark.parametrize(("field", "value", "canonical"), MEANT)
def test_a_value_is_read_as_it_was_meant(book: Dictionary, field: str, value: str, canonical: str) -> None:
    assert book.canonical(field, value) == canonical
    assert book.canonical(field, canonical) == canonical


def test_tags_are_corrected_field_by_field_and_the_rest_is_kept(book: Dictionary) -> None:
    found = tags("utm_source=FB&utm_medium=Social+Paid&utm_id=AbC&hsa_cam=7&fbclid=x")
    assert book.apply(found) == Tags("facebook", "paid_social", id="AbC", extra=(("hsa_cam", "7"),), click_id="fbclid")


def test_a_macro_that_nobody_filled_in_keeps_its_spelling_and_is_no_fault_of_the_dictionary(book: Dictionary) -> None:
    found = Tags("{{site_source_name}}", "email", "{Campaign}")
    assert book.apply(found) == found
    assert not [notice for notice in book.problems(found) if notice.field in ("source", "campaign")]


def test_a_name_is_read_back_into_its_columns(book: Dictionary) -> None:
    expected = {"date": "202601", "geo": "fr", "brand": "rouge", "objective": "acquisition"}
    assert book.columns("campaign", "202601_FR_Rouge_acq") == expected
    assert book.columns("campaign", "spring") == {}
    assert book.columns("source", "facebook") == {}


PROBLEMS = [
    ("utm_medium=email&utm_campaign=202601_fr_rouge_acq", ["source is required by the dictionary."]),
    (
        "utm_source=newsletter&utm_medium=emial&utm_campaign=202601_fr_rouge_acq",
        ["medium is 'emial', which the dictionary does not list: did you mean email?"],
    ),
    (
        "utm_source=newsletter&utm_medium=email&utm_campaign=spring",
        ["campaign is 'spring': expected the shape {date:%Y%m}_{geo:ISO2}_{brand}_{objective}."],
    ),
    (
        "utm_source=bing&utm_medium=cpc&utm_campaign=202601_fr_rouge_acq",
        ["id is required when medium = cpc | paid_social | paid_video."],
    ),
    (
        "utm_source=google&utm_medium=cpc&utm_campaign=202601_fr_rouge_acq&utm_id=7",
        ["source: Google tags its adverts by itself (gclid): set parameters by hand only where auto-tagging is off."],
    ),
    (
        "utm_source=newsletter&utm_medium=E-Mail&utm_campaign=202601_fr_rouge_acq",
        ["medium is 'E-Mail': the dictionary writes it 'email'."],
    ),
    (
        "utm_source=undefined&utm_medium=email&utm_campaign=202601_fr_rouge_acq",
        ["source is 'undefined', a reserved word."],
    ),
    (
        "utm_source=" + "x" * 51 + "&utm_medium=email&utm_campaign=202601_fr_rouge_acq",
        ["source has 51 characters: at most 50 are allowed."],
    ),
    ("utm_source=newsletter&utm_medium=email&utm_campaign=202601_fr_rouge_acq", []),
]


@pytest.mark.parametrize(("query", "sentences"), PROBLEMS)
def test_what_the_dictionary_does_not_allow_is_said(book: Dictionary, query: str, sentences: list[str]) -> None:
    problems = book.problems(tags(query))
    assert [problem.say() for problem in problems] == sentences
    assert all(problem.say("fr") != problem.say("en") for problem in problems)


BAD = [
    ("", "version must be text such as"),
    ('version = "1"', "version must be text such as"),
    ('version = "1.0.0"\neffective = "soon"', "effective must be a date"),
    ('version = "1.0.0"\n[sourc]\n', "the dictionary has the unknown key 'sourc': did you mean source?"),
    ('version = "1.0.0"\n[source]\nalias = {}', "source has the unknown key 'alias': did you mean aliases?"),
    ('version = "1.0.0"\n[source]\nrequired = "yes"', "source.required must be of type bool"),
    (
        'version = "1.0.0"\n[source]\nvalues = ["A"]\ncase = "lower"',
        "source lists 'A', which its own spelling writes 'a'",
    ),
    ('version = "1.0.0"\n[source]\nvalues = ["a"]\naliases = { b = "c" }', "source.aliases.b leads to 'c'"),
    ('version = "1.0.0"\n[source]\ncase = "upper"', 'source.case must be "keep" or "lower"'),
    ('version = "1.0.0"\n[id]\ncase = "lower"', 'id.case must be "keep"'),
    ('version = "1.0.0"\n[source]\npattern = "("', "source: "),
    ('version = "1.0.0"\n[campaign]\ntemplate = "{a}{b}"', "campaign: template '{a}{b}' needs a separator"),
    ('version = "1.0.0"\n[[when]]\nmedium = "cpc"', "when needs a field to look at"),
    ('version = "1.0.0"\n[[when]]\nmedium = "cpc"\nrequire = ["campain"]', "when.require must name one of"),
    ('version = "1.0.0"\nsource = "x"', "source must be a table"),
    ('version = "1.0.0"\nwhen = 3', "when must be a list of tables"),
    ('version = "1.0.0"\n[source]\nvalues = [3]', "source.values must hold text only, not 3"),
    ('version = "1.0.0"\n[source]\naliases = { a = 3 }', "source.aliases must hold text only, not 3"),
    ('version = "1.0.0"\ncodes = 3', "codes must be a table of tables"),
    ("version = ", "Invalid value"),
]


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_a_bad_dictionary_is_refused_with_the_key_and_what_was_expected(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_dictionary(text)
    assert sentence in str(refused.value)


def test_a_closed_list_lets_nothing_else_through_and_an_open_one_suggests() -> None:
    closed = read_dictionary('version = "1.0.0"\n[source]\nvalues = ["a"]')
    opened = read_dictionary('version = "1.0.0"\n[source]\nvalues = ["a"]\nopen = true')
    assert [problem.code for problem in closed.problems(Tags("b"))] == ["not_a_value"]
    assert opened.problems(Tags("b")) == []
