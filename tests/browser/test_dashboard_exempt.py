"""What the dashboard shows of visitors who are known for a day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_dashboard import Place, Sight, figure
from tests.conftest import ORIGIN, Server, command
from tests.make import an_event


@pytest.fixture
def calm(tmp_path: Path) -> Iterator[Place]:
    """An exempt site with one visit."""
    data = tmp_path / "data"
    command(data, "site", "add", "calm", "--origin", ORIGIN, "--profile", "exempt")
    server = Server(data, environment={"BALISE_SERVER_SALT_FOLDER": ""})
    assert server.post({"v": 1, "site": "calm", "events": [an_event()]}).json()["accepted"] == 1
    yield Place(data, server.url, command(data, "token").strip())
    server.stop()


def test_a_number_that_cannot_be_known_is_a_dash_and_the_reason_is_told_in_french(
    browser: Browser, calm: Place
) -> None:
    sight = Sight(browser, calm, "fr-FR")
    tab = sight.open("site=calm&range=30d")
    assert figure(tab, "visitors") == "–"
    assert figure(tab, "page_views") == "1"
    expect(tab.locator("#overview")).to_contain_text("1 événement est venu sans consentement.")
    expect(tab.locator("#consent")).to_contain_text("exempté")
    expect(tab.locator("#funnel .failed p")).to_have_text(
        "Sans consentement, un visiteur n’est connu qu’un jour : "
        "choisissez une période d’un jour et une fenêtre d’un jour au plus."
    )
    assert sight.faults == [] or all("400" in fault for fault in sight.faults), "the funnel's refusal is told, no more"
    sight.context.close()
