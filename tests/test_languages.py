"""What a report says beside its figures is French for whoever reads French: by option, by the shell, by the header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

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
