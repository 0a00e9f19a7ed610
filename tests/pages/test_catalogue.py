"""Every sentence of the pages is there in French, and none is kept that nobody says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from collector.pages.notes import NOTES, THINGS, WHAT
from collector.pages.words import words
from collector.reports.remark import SENTENCES, Remark, remark

ROOT = Path(__file__).parent.parent.parent / "collector"
SPOKEN = {"_": None, "mark": None, "said": None, "words": None, "many": (1, 2)}
PYTHON = sorted([*(ROOT / "pages").rglob("*.py"), *(ROOT / "web").glob("pages*.py")])
QUESTIONS = {"SpecError": (2,), "mark": None}  # what reports, and whoever asks them, say of a question
ASKING = sorted(path for room in ("reports", "engines", "cli", "web") for path in (ROOT / room).rglob("*.py"))
FRENCH = sorted((ROOT / "pages" / "fr").glob("*.po"))


def said() -> Iterator[str]:
    """Every sentence that is marked in the code or stands in a template."""
    for file in PYTHON:
        with file.open("rb") as code:
            for _, message, _, _ in extract("python", code, keywords=SPOKEN, options={}):
                yield message if isinstance(message, str) else message[0]
    for file in [*ASKING, *PYTHON, ROOT / "saved.py"]:
        with file.open("rb") as code:
            for _, message, _, _ in extract("python", code, keywords=QUESTIONS, options={}):
                yield str(message)
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


def test_no_sentence_is_kept_that_nobody_says_and_none_is_in_doubt() -> None:
    files = [*PYTHON, *ASKING, *sorted((ROOT / "pages" / "templates").glob("*.html"))]
    text = "".join(file.read_text("utf-8") for file in files)  # what stands inside a macro or an f-string
    for file in FRENCH:
        for message in written(file):
            first = message.id if isinstance(message.id, str) else message.id[0]
            assert first in SAID or f'"{first}"' in text or f"'{first}'" in text, (file.name, first)
            assert not message.fuzzy, (file.name, first)
        assert not read_po(BytesIO(file.read_bytes()), locale="fr").obsolete, file.name


def test_what_figures_are_too_few_of_is_said_in_french() -> None:
    rooms = [path for name in ("engines", "reports") for path in (ROOT / name).rglob("*.py")]
    counted = {
        found for path in rooms for found in re.findall(r'\b(few|thin)\(.*?, "([a-z ]+)"\)', path.read_text("utf-8"))
    }
    assert len(counted) >= 5
    assert {what for how, what in counted if how == "few"} <= set(WHAT)
    assert {what for how, what in counted if how == "thin"} <= set(THINGS)


def test_every_remark_of_a_report_is_a_sentence_with_the_values_it_has() -> None:
    assert set(NOTES) == set(SENTENCES)
    for code, said_of_it in NOTES.items():
        english = SENTENCES[code]
        sentences = [english] if isinstance(english, str) else english
        assert len(sentences) == len([said_of_it] if isinstance(said_of_it, str) else said_of_it), code
        known = {name for one in sentences for _, name, _, _ in Formatter().parse(one) if name}
        known |= {"n", "step", "label", "why"}
        for sentence in [said_of_it] if isinstance(said_of_it, str) else said_of_it:
            assert set(re.findall(r"%\((\w+)\)s", sentence)) <= known, code


def test_what_is_wrong_with_a_question_is_never_a_sentence_that_no_catalogue_can_know() -> None:
    for file in [*ASKING, ROOT / "saved.py", *PYTHON]:
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "SpecError":
                assert not isinstance(call.args[1], ast.JoinedStr | ast.BinOp), f"{file.name}:{call.lineno}"


NARROW = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("note", "french"),
    [
        (remark("few", n=1, what="closed carts"), f"Seulement 1 panier clos{NARROW}: trop peu pour comparer des taux."),
        (remark("few", n=2, what="entered"), "Seulement 2 entrées dans l’entonnoir"),
        (remark("nameless", n=1), "1 événement est venu sans consentement"),
        (remark("nameless", n=1_200), f"1{NARROW}200 événements sont venus sans consentement"),
        (remark("model", model="linear", days=1), "selon le modèle linear, sur 1 jour."),
        (remark("stopped", code="window", says="", step=2, label="/cart"), "L’étape 2 (/cart) n’a pas été atteinte. "),
        (remark("thin", n=3, all=9, least=30, what="checkouts"), f"moins de 30 commandes commencées{NARROW}: 3 sur 9."),
    ],
)
def test_a_remark_is_said_in_french_with_its_numbers(note: Remark, french: str) -> None:
    assert french in words("fr").note(note)
    assert "%(" not in words("en").note(note)


def test_french_keeps_its_signs_with_their_words() -> None:
    """Where a catalogue writes a blank before a sign, `words` makes it a narrow one that does not break."""
    texts = [text for file in FRENCH for message in written(file)
             for text in ([message.string] if isinstance(message.string, str) else message.string)]  # fmt: skip
    assert [text for text in texts if re.search(r"[^\W\d_)][;!?»]|«\w", text)] == []
    assert f"{NARROW}:" in words("fr")("This cannot be answered:")
