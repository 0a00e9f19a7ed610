"""What the pages say of visitors who are known for a day."""

from __future__ import annotations

import time
from pathlib import Path

from collector.pages.registry import PAGES
from tests.conftest import ORIGIN, Server, command
from tests.make import an_event
from tests.pages.place import Place
from tests.pages.test_pages import cells, sections, shown


def test_a_number_that_cannot_be_known_is_a_dash_and_the_reason_is_told_in_french(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command(data, "site", "add", "calm", "--origin", ORIGIN, "--profile", "exempt")
    server = Server(data, environment={"BALISE_SERVER_SALT_FOLDER": ""})
    try:
        assert server.post({"v": 1, "site": "calm", "events": [an_event()]}).json()["accepted"] == 1
        place = Place(server, command(data, "token").strip(), int(time.time() * 1000))
        html = place.text("/sites/calm/overview", accept_language="fr")
        assert shown(html, "visitors") == ["–"]
        assert html.count('–<span class="unseen"> non disponible</span>') >= 1, "a dash is read out"
        assert '<bdi>–</bdi><span class="unseen"> non disponible</span></td>' in html
        assert shown(html, "page_views") == ["1"]
        assert (
            "1 événement est venu sans consentement\N{NARROW NO-BREAK SPACE}: son visiteur est connu pour un jour"
            in html
        )
        told = place.get("/sites/calm/consent?lang=fr").text
        assert ["exempté", "1"] in cells(told, "bases")
        assert "<dt>sessions avec accord</dt>" in told
        funnel = place.text("/sites/calm/funnels?step=page_view&step=purchase", accept_language="fr")
        assert "Sans consentement, un visiteur n’est connu qu’un jour" in funnel
        assert sections(funnel) == [panel.name for panel in PAGES["funnels"].panels]
    finally:
        server.stop()
