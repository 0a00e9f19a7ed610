from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.utm import BuildError
from collector.utm.template import compiled

CODES = {"goal": {"acq": "acquisition", "ret": "retention"}}
NAMES = compiled("{date:%Y-%m}_{geo:ISO2}_{brand}_{goal}", CODES)


@given(
    st.dates(),
    st.sampled_from(["fr", "DE"]),
    st.text("abcé0+. ", min_size=1, max_size=9),
    st.sampled_from(["acquisition", "retention"]),
)
def test_what_is_built_is_read_back_into_the_same_columns(day: object, geo: str, brand: str, goal: str) -> None:
    columns = {"date": f"{day}"[:7], "geo": geo, "brand": brand, "goal": goal}
    name = NAMES.build(columns)
    assert NAMES.read(name) == columns
    assert NAMES.build(NAMES.read(name) or {}) == name


def test_a_label_is_written_short_and_a_code_is_accepted() -> None:
    columns = {"date": "2026-01", "geo": "fr", "brand": "rouge", "goal": "acquisition"}
    assert NAMES.build(columns) == "2026-01_fr_rouge_acq"
    assert NAMES.build({**columns, "goal": "acq"}) == "2026-01_fr_rouge_acq"


@pytest.mark.parametrize(
    "name",
    ["", "spring", "2026-13_fr_rouge_acq", "2026-01_fra_rouge_acq", "2026-01_fr__acq", "2026-01_fr_rouge_zzz",
     "2026-01_fr_rouge_acq_more", "x2026-01_fr_rouge_acq"],
)  # fmt: skip
def test_another_shape_is_not_read(name: str) -> None:
    assert NAMES.read(name) is None


REFUSED = [
    ({"goal": ""}, "token_missing", "goal"),
    ({"brand": "a_b"}, "token_shape", "brand"),
    ({"geo": "fra"}, "token_shape", "geo"),
    ({"date": "2026-00"}, "token_shape", "date"),
    ({"goal": "acquisitoin"}, "token_unknown", "goal"),
    ({"color": "red"}, "token_extra", "color"),
]


@pytest.mark.parametrize(("change", "code", "field"), REFUSED)
def test_a_column_that_would_not_come_back_is_refused(change: dict[str, str], code: str, field: str) -> None:
    columns = {"date": "2026-01", "geo": "fr", "brand": "rouge", "goal": "acq", **change}
    with pytest.raises(BuildError) as refused:
        NAMES.build(columns)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_refusal_shows_a_value_of_the_right_shape() -> None:
    columns = {"date": "2026", "geo": "fr", "brand": "rouge", "goal": "acq"}
    with pytest.raises(BuildError, match="date must have the shape of 2026-01, not '2026'"):
        NAMES.build(columns)


BAD = [
    ("spring", "has no column"),
    ("{a}{b}", "needs a separator before {b}"),
    ("{a}_{a}", "uses the column a twice"),
    ("{a:colour}", "has the kind 'colour'"),
    ("{a:%Q}", "has the kind '%Q'"),
    ("{a}_{", "has a brace"),
    ("{A}_{b}", "has a brace"),
]


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_a_template_that_cannot_be_read_back_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        compiled(text, {})
    assert sentence in str(refused.value)
