"""Links in documents: which are found, where, and that nothing but them is changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.utm import Context
from collector.utm.documents import Kind, examined, links, mended

GOOD = "https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=spring"
AMP = GOOD.replace("&", "&amp;")

FOUND: list[tuple[Kind, str, list[str]]] = [
    ("html", f'<a href="{AMP}">x</a>', [GOOD]),
    ("html", f"<A HREF = '{AMP}'>x</A><form action={GOOD}>", [GOOD, GOOD]),
    ("html", '<a href="https://shop.example/">plain</a>', []),
    ("html", '<a href="/page?utm_source=x">relative</a>', ["/page?utm_source=x"]),
    ("html", '<a href="https://x.example/?utm_id={{ campaign.id }}">', ["https://x.example/?utm_id={{ campaign.id }}"]),
    ("html", f"<p>see {GOOD}.</p><script>const u = '{GOOD}'</script>", [GOOD, GOOD]),
    ("markdown", f"[x]({GOOD}) and <{GOOD}> and ({GOOD}).", [GOOD, GOOD, GOOD]),
    ("markdown", "[x](https://ex.com/a_(b)?gclid=1 \"title\")", ["https://ex.com/a_(b)?gclid=1"]),
    ("markdown", f"[ref]: {GOOD}\n", [GOOD]),
    ("xml", f"<urlset><url><loc>{AMP}</loc></url></urlset>", [GOOD]),
    ("text", f"{GOOD}\r\n  {GOOD};\n", [GOOD, GOOD]),
    ("text", "https://ex.com/?utm-source=x, https://ex.com/#utm_id=y",
     ["https://ex.com/?utm-source=x", "https://ex.com/#utm_id=y"]),
    ("text", "https://ex.com/ http:// utm_source=x", []),
    ("csv", f"name,url\na,{GOOD}\nb,https://ex.com/\n", [GOOD, "https://ex.com/"]),
    ("csv", f'a;"{GOOD}";"https://ex.com/?q=a;b,c"\n', [GOOD, "https://ex.com/?q=a;b,c"]),
    ("csv", f"\ufeff{GOOD}\tx\n", [GOOD]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "expected"), FOUND)
def test_the_links_of_a_document_are_found_where_they_stand(kind: Kind, text: str, expected: list[str]) -> None:
    found = list(links(text, kind))
    assert [link.url for link in found] == expected
    for link in found:
        assert text[link.start : link.end] == link.written(link.url)
        assert text.split("\n")[link.line - 1][link.column - 1 :].startswith(link.written(link.url))


def test_every_byte_outside_a_corrected_link_stays() -> None:
    shouting = GOOD.replace("letter", "Letter")
    for kind, text, expected in FOUND:
        if GOOD in expected and kind != "xml":  # a tag in a sitemap is taken away
            loud = text.replace("letter", "Letter")
            assert mended(loud, kind, Context()) == text
            assert mended(text, kind, Context()) == text
    assert mended(f"<p title='Letter'>{shouting}</p>", "html", Context()) == f"<p title='Letter'>{GOOD}</p>"


def test_a_line_can_be_spared_a_rule() -> None:
    loud = GOOD.replace("letter", "Letter")
    assert [fault.finding.rule for fault in examined(f"{loud}\n", "text", Context())] == ["L04"]
    assert examined(f"{loud} <!-- balise:ignore L05, L04 -->\n", "text", Context()) == []


def test_a_tag_in_a_sitemap_is_on_an_internal_link() -> None:
    (fault,) = examined(f"<loc>{AMP}</loc>", "xml", Context())
    assert (fault.finding.rule, fault.finding.fix) == ("L01", "https://shop.example/")
    assert mended(f"<loc>{AMP}</loc>", "xml", Context()) == "<loc>https://shop.example/</loc>"


PIECES = st.sampled_from(
    ["https://", "ex.com", "/?utm_source=", "A", "&amp;", "&", "<a href=", '"', "'", ">", "\n", "\r", ",", ";", "(",
     ")", "[", "]", "{{", "}}", "#", "utm_medium=x", "balise:ignore L04", "\0", "\ufeff", "\ud800", "é", " "]
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=30).map("".join), st.sampled_from(["html", "xml", "markdown", "csv", "text"]))
def test_no_document_makes_checking_fail_and_correcting_is_done_once(text: str, kind: Kind) -> None:
    examined(text, kind, Context())
    better = mended(text, kind, Context())
    assert mended(better, kind, Context()) == better
