"""Notes have codes: pages and programs need not read English."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

from collector.reports.remark import SENTENCES, remark
from tests.cases.store import store

ROOMS = Path(__file__).parents[2] / "collector"
_T0 = 1_772_409_600_000


def test_every_code_is_said_by_some_report_and_none_without_a_sentence() -> None:
    text = "\n".join(
        path.read_text("utf-8") for room in ("reports", "engines") for path in (ROOMS / room).rglob("*.py")
    )
    said = set(re.findall(r'remark\(\s*"(\w+)"', text)) | set(re.findall(r'"(\w+)" if \w+\.\w+ else "\w+"', text))
    assert set(SENTENCES) - {"rule"} <= said
    assert set(re.findall(r'remark\(\s*"(\w+)"', text)) <= set(SENTENCES)


async def test_a_report_gives_each_note_its_code_and_values(tmp_path: Path) -> None:
    rows = [{"id": f"e{n}", "t": _T0, "name": "A", "visitor": f"v{n}"} for n in range(3)]
    async with store(tmp_path / "data") as opened:
        site = await opened.site("shop")
        await opened.take_at_once(site, rows)
        spec = {"steps": [{"name": "A"}, {"name": "B"}], "window": "1h"}
        answer = opened.ask(site, "funnel", spec, _T0 + 60_000)
    assert answer["remarks"] == [
        {"code": "few", "values": {"n": 3, "what": "entered"}},
        {"code": "pending", "values": {"n": 3}},
    ]
    assert answer["notes"] == [remark(one["code"], **one["values"]) for one in answer["remarks"]]
    assert answer["notes"][0] == "only 3 entered: too few to compare rates"


def test_the_values_of_a_sentence_have_plain_names() -> None:
    texts = [text for said in SENTENCES.values() for text in ([said] if isinstance(said, str) else said)]
    names = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    assert all(name.isidentifier() for name in names)
