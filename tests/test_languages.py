"""What a report says beside its figures is French for whoever reads French: by option, by the shell, by the header."""

from __future__ import annotations

import errno
import json
import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result

from collector.cli import balise, disk, language
from collector.journal import Folder
from collector.pages.words import words
from collector.reports.headings import heading
from collector.reports.spec import QUESTIONS
from collector.utm.sentences import typeset
from tests.conftest import Server, command

NARROW = "\N{NARROW NO-BREAK SPACE}"


def test_the_command_speaks_the_language_that_it_is_asked_in(data: Path) -> None:
    asked = ("report", "funnel", "--site", "shop", "--step", "a", "--step", "b")
    wrong = command(data, *asked, "--set", "order=up", "--lang", "fr", code=2)
    assert f"order{NARROW}: valeur inconnue 'up', attendu ordered, strict, unordered" in wrong
    assert "ordered, strict, unordered" in command(data, *asked, "--set", "order=up", code=2, LC_ALL="en_GB.UTF-8")
    consent = ("report", "consent", "--site", "shop")
    french = command(data, *consent, LC_ALL="fr_FR.UTF-8")
    assert "(aucune ligne)" in french
    assert f"ne laisse aucune trace ici{NARROW}: " in " ".join(french.split(" "))
    english = command(data, *consent, "--lang", "en", LC_ALL="fr_FR.UTF-8")
    assert "(no rows)" in english
    assert "leaves no trace here" in english


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_table_names_its_columns_and_totals_in_the_shells_language(data: Path, name: str) -> None:
    asked = ("report", name, "--site", "shop", *(["--step", "a", "--step", "b"] if name == "funnel" else []))
    found = json.loads(in_process(data, *asked, "--format", "json").output)
    assert [one for one in (*found["columns"], *found["totals"]) if not heading(name, one)] == []
    english, french = (in_process(data, *asked, LC_ALL=shell).output for shell in ("en_GB.UTF-8", "fr_FR.UTF-8"))
    totals = [one for one in found["totals"] if f"\n{one}: " in english]
    say = words("fr")
    assert [one for one in totals if f"\n{say(heading(name, one))}{say(':')} " not in french] == []
    assert say(heading("overview", "bounce_rate")) == "Taux de rebond"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("report overvew --site shop", "valeur incorrecte pour 'REPORT' : 'overvew' ne fait pas partie de 'overview',"),
        ("report overview", "Utilisation : balise report [OPTIONS] REPORT"),
        ("report overview", "Erreur : il manque l’option '--site'."),
        ("report overview --site shop --limit x", "pour '--limit' : 'x' n’est pas un nombre entier."),
        ("report overview --site shop --foo", "l’option '--foo' n’existe pas"),
        ("report overview --site shop more", "un argument de trop : more"),
        ("report overview --site", "l’option '--site' demande une valeur."),
        ("report overview --site shpo", "aucun site ne s’appelle shpo : vouliez-vous dire shop ?"),
        ("report overview --site shop --spec /none", "la question /none ne peut être lue : aucun fichier de ce nom"),
        ("share add overview --site shop --days 9999", "days : un nombre de 1 à 366, et non 9999"),
        ("share add overview --site shop --filters range=9d", "range : choisissez parmi today,"),
        ("share revoke 99", "il n’y a pas de partage 99 ; `balise share list` les montre tous"),
        ("links add", "il manque l’argument 'URL'."),
        ("links add https://shop.example --set foo", "--set : indiquez NOM=VALEUR, comme"),
        ("utm build https://shop.example --set x", "--set : indiquez NOM=VALEUR, et non 'x'"),
        ("links show nope", "aucun lien n’a le code 'nope' ;"),
        ("link", "la commande 'link' n’existe pas"),
    ],
)
def test_what_a_command_refuses_is_said_in_the_shells_language(data: Path, asked: str, said: str) -> None:
    french = in_process(data, *asked.split(), LC_ALL="", LC_MESSAGES="", LANG="fr_FR.UTF-8")
    assert french.exit_code == 2
    assert said in french.output.replace(NARROW, " ")
    english = in_process(data, *asked.split(), LC_ALL="en_GB.UTF-8").output
    assert said not in english.replace(NARROW, " ")


def test_every_sentence_of_an_error_finds_itself_and_no_other() -> None:
    known = tomllib.loads((Path(language.__file__).parent / "sentences.toml").read_text("utf-8"))["said"]
    for entry in known:
        french = language.said(re.sub(r"\{\w+\}", "§", entry["en"]), "fr")
        assert french == typeset(re.sub(r"\{\w+\}", "§", entry["fr"])), entry["en"]
    assert language.said("a sentence that nobody translated", "fr") == "a sentence that nobody translated"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_start_on_a_full_disk_says_so_in_both_languages(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "address").symlink_to("/dev/full")
    told = command(data, "serve", "--port", "0", code=1, LC_ALL="fr_FR.UTF-8").replace(NARROW, " ")
    assert f"balise: plus rien ne peut être écrit dans {data} : le disque est plein (" in told
    assert "libres) ; faites de la place, puis réessayez" in told
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert disk.full(failed, Folder(data)) is None  # there is room: something else is wrong
    monkeypatch.setattr(disk, "_LEAST", 1 << 62)
    said = str(disk.full(failed, Folder(data)))
    assert said.startswith(f"nothing more can be written to {data}: the disk is full (")
    assert disk.full(OSError("no space there"), Folder(data)) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
def test_a_full_file_or_output_is_named_and_not_the_data_folder(data: Path) -> None:
    line, told = '{"id":"1","t":"2026-03-02T12:00:00Z","name":"page_view"}', ("export", "--site", "shop")
    command(data, "import", "-", "--site", "shop", "--quiet", stdin=line.encode())
    written = in_process(data, *told, "--output", "/dev/full", LC_ALL="en_GB.UTF-8")
    assert (written.exit_code, written.output) == (
        1, "balise: /dev/full cannot be written: there is no room left there\n",
    )  # fmt: skip
    asked = [sys.executable, "-m", "collector", "--data", str(data), *told]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            asked, check=False, stdout=full, stderr=subprocess.PIPE, text=True, env=os.environ | {"LC_ALL": "fr"}
        )
    said = "balise: la sortie standard ne peut pas être écrite : il n’y a plus de place\n"
    assert (done.returncode, done.stderr.replace(NARROW, " ")) == (1, said)


def test_asking_whether_output_is_full_leaves_it_open(data: Path) -> None:
    before = os.fstat(1)
    lacking = OSError(errno.ENOSPC, "No space left on device", disk.OUTPUT)
    assert str(disk.full(lacking, Folder(data))).startswith("standard output cannot be written")
    after = os.fstat(1)
    assert (after.st_dev, after.st_ino) == (before.st_dev, before.st_ino)


def in_process(data: Path, *arguments: str, **environment: str) -> Result:
    """A command on a thread without an event loop, in this process, where it starts at once."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(CliRunner().invoke, balise, ["--data", str(data), *arguments], env=environment).result()


def test_the_api_speaks_the_language_that_the_header_asks_for(data: Path, start: Callable[..., Server]) -> None:
    server = start()
    token = {"Authorization": f"Bearer {command(data, 'token').strip()}"}

    def ask(name: str, spec: dict[str, Any], language: str) -> dict[str, Any]:
        url = f"{server.url}/api/sites/shop/reports/{name}"
        answer = httpx2.post(url, json=spec, headers=token | {"Accept-Language": language}, timeout=120)
        return dict(answer.json())

    english, french = (ask("consent", {}, language) for language in ("en", "fr-CH, fr;q=0.9, en;q=0.5"))
    assert english["remarks"] == french["remarks"] == [{"code": "unseen", "values": {}}]
    assert english["notes"][0].startswith("who refuses or does not answer leaves no trace here")
    assert french["notes"][0].startswith("Qui refuse ou ne répond pas ne laisse aucune trace ici")
    wrong = ask("consent", {"limits": 1}, "fr")["error"]
    assert (wrong["code"], wrong["field"]) == ("spec", "limits")
    assert wrong["message"] == f"clé inconnue 'limits'{NARROW}; la plus proche est limit"
