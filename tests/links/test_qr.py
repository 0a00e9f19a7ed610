"""QR codes, read back by a reader that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.links.qr import MAX_TEXT, QRError, drawn
from tests.links.images import of_png, of_svg, read
from tests.links.run import PAGE, run

SHORT = "https://go.shop.example/l/n8j6cm7"


TEXTS = (SHORT, f"{PAGE}?utm_source=été&utm_campaign={{{{x}}}}#à", PAGE.ljust(MAX_TEXT, "a"))


@pytest.mark.parametrize("text", TEXTS)
def test_both_kinds_hold_the_text_and_a_quiet_zone_of_four_modules(text: str) -> None:
    svg, png = of_svg(drawn(text, "svg", 1)), of_png(drawn(text, "png", 4))
    assert read(svg) == read(png) == text
    assert (svg == png).all()
    assert all((edge == 255).all() for edge in (png[:16], png[-16:], png[:, :16], png[:, -16:]))


def test_a_code_still_reads_when_a_corner_of_it_is_dirty() -> None:
    pixels = of_png(drawn(SHORT, "png", 8))
    pixels[-90:-60, -90:-50] = 0
    assert read(pixels) == SHORT


def test_an_svg_runs_nothing_and_needs_no_style() -> None:
    text = drawn(SHORT, "svg").decode()
    assert all(word not in text for word in ("<script", "style=", "href", " on", "<!", "<?"))


def test_a_text_too_long_to_be_read_well_is_refused() -> None:
    with pytest.raises(QRError, match="at most 512"):
        drawn("x" * (MAX_TEXT + 1), "svg")


def test_the_command_draws_the_short_address_or_the_whole_link(data: Path, tmp_path: Path) -> None:
    short, target = run(data, "links", "add", PAGE, "--source", "a", "--code", "spring").stdout.splitlines()
    png, svg = tmp_path / "spring.png", tmp_path / "spring.svg"
    run(data, "links", "qr", "Spring", "--output", str(png))
    run(data, "links", "qr", "spring", "--output", str(svg), "--long")
    assert (read(of_png(png.read_bytes())), read(of_svg(svg.read_bytes()))) == (short, target)
    assert ".svg or .png" in run(data, "links", "qr", "spring", "--output", "x.gif", code=2).stderr
