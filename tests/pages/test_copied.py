"""What a table hands out to be copied gives the table's figures: its call of the API, its command, its file."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from collector.cli import asking, balise
from collector.pages.registry import PAGES
from tests.pages.place import Place
from tests.pages.test_comparison import own
from tests.pages.test_funnels import panel
from tests.pages.test_pages import view

COMMANDS = (asking,)  # they register themselves with `balise`
LIKE_OTHERS = ("campaigns", "links", "settings", "live")  # or of this very moment
OWN = {"funnels": "&step=/*/cart&step=purchase&sample=1", "attribution": "&model=linear&model=markov"}
TOOLS = re.compile(r'<details class="tools"><summary>.*?</details>', re.DOTALL)


def told(place: Place, block: str) -> list[dict[str, Any]]:
    """The answers of a table's file, its call and its command."""
    link = re.search(r'href="([^"]+\.json[^"]*)"', block)
    call, line = (shlex.split(unescape(text)) for text in re.findall(r"<code>(.*?)</code>", block, re.DOTALL))
    assert link is not None
    assert call[:4] == ["curl", "-H", "Authorization: Bearer $BALISE_TOKEN", "-d"]
    sent = {"Authorization": f"Bearer {place.token}"}
    answer = httpx2.post(call[5], content=call[4], headers=sent, timeout=120)
    assert line[:4] == ["balise", "--data", str(place.server.data), "report"]
    known = {"BALISE_TOKEN": place.token, "LC_ALL": "C.UTF-8"}  # as in the shell that makes the call
    done = CliRunner().invoke(balise, [*line[1:], "--format", "json"], env=known)
    assert done.exit_code == 0, (line, done.output)
    return [place.get(unescape(link[1])).json(), answer.json(), json.loads(done.stdout)]


@pytest.mark.parametrize("page", [name for name in PAGES if name not in LIKE_OTHERS])
def test_a_table_s_call_and_command_give_its_figures(place: Place, page: str) -> None:
    query = place.days(20, until=30) + "&where=device:mobile" + OWN.get(page, "")
    blocks = {block for block in TOOLS.findall(place.get(f"/sites/shop/{page}?{query}").text) if "/api/" in block}
    asked = {tuple(re.findall(r"reports/(\w+)|type&#34;:&#34;(\w+)", block)): block for block in blocks}
    assert asked
    for block in asked.values():
        file, call, command = told(place, block)
        assert file["rows"] == call["rows"] == command["rows"]
        assert file["totals"] == call["totals"] == command["totals"]
        assert file["spec"] | {"now": 0} == call["spec"] | {"now": 0} == command["spec"] | {"now": 0}


def test_a_table_with_what_it_was_before_gives_those_figures_too(place: Place) -> None:
    query, _, earlier = own(place)
    html = place.get(f"/sites/shop/overview?{query}", accept_language="fr").text
    then = TOOLS.findall(panel(html, "devices"))[0].partition("<p>Période comparée")[2]
    file, call, command = told(place, then)
    assert file["rows"] == call["rows"] == command["rows"] != []
    assert file["spec"] | {"now": 0} == call["spec"] | {"now": 0} == command["spec"] | {"now": 0}
    assert file["spec"]["range"].items() >= view(place, earlier).spec()["range"].items()
