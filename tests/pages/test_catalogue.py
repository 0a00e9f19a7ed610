"""Every sentence of the pages is there in French, and none is kept that nobody says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parent.parent.parent / "collector"
SPOKEN = {"_": None, "mark": None, "said": None, "words": None, "many": (1, 2)}
PYTHON = sorted([*(ROOT / "pages").rglob("*.py"), *(ROOT / "web").glob("pages*.py")])
FRENCH = sorted((ROOT / "pages" / "fr").glob("*.po"))


def said() -> Iterator[str]:
    """Every sentence that is marked in the code or stands in a template."""
    for file in PYTHON:
        with file.open("rb") as code:
            for _, message, _, _ in extract("python", code, keywords=SPOKEN, options={}):
                yield message if isinstance(message, str) else message[0]
    for file in sorted((ROOT / "pages" / "templates").glob("*.html")):
        with file.open("rb") as template:
            for _, keyword, message, _ in babel_extract(template, list(SPOKEN), [], {}):
                first = message if isinstance(message, str) else next((part for part in message or () if part), "")
                if keyword in SPOKEN and first:
                    yield first


def written(file: Path) -> list[Message]:
    """The sentences of a catalogue."""
    return [message for message in read_po(BytesIO(file.read_bytes()), locale="fr") if message.id]


SAID = {sentence for sentence in said() if sentence not in {"", "en"}}


@pytest.mark.parametrize("file", FRENCH, ids=lambda file: file.stem)
def test_a_translation_puts_in_what_its_sentence_does(file: Path) -> None:
    for message in written(file):
        ids, texts = ((part if isinstance(part, tuple) else (part,)) for part in (message.id, message.string))
        wanted = set(re.findall(r"%\(\w+\)s", " ".join(ids)))
        for text in texts:
            assert text, message.id
            assert set(re.findall(r"%\(\w+\)s", text)) == wanted, message.id
            assert "'" not in text, "an apostrophe is ’"


def test_everything_is_said_in_french_in_one_way() -> None:
    told: dict[str, set[object]] = {}
    for message in (message for file in FRENCH for message in written(file)):
        told.setdefault(message.id if isinstance(message.id, str) else message.id[0], set()).add(str(message.string))
    assert {key: ways for key, ways in told.items() if len(ways) > 1} == {}
    assert len(told) > 100
    assert sorted(SAID - set(told)) == []


def test_what_figures_are_too_few_of_is_said_in_french() -> None:
    told = {message.id for file in FRENCH for message in written(file)}
    rooms = [path for name in ("engines", "reports") for path in (ROOT / name).rglob("*.py")]
    counted = {
        name for path in rooms for name in re.findall(r'\b(?:few|thin)\(.*?, "([a-z ]+)"\)', path.read_text("utf-8"))
    }
    assert len(counted) >= 5
    assert sorted(counted - told) == []
