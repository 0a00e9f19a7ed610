"""Pages are given from memory what the site means now: whatever is decided about it ends what was remembered."""

from __future__ import annotations

from pathlib import Path

from collector.control import opened
from collector.dictionary import Options as NameOptions
from collector.journal import Folder
from collector.settings import load
from collector.web.ask import Reports
from collector.web.recent import Recent
from tests.conftest import ORIGIN, command

ASKED = ("shop", "campaigns", {"range": {"from": "2026-03-01", "to": "2026-03-08"}, "tz": "UTC"})
FIRST, LINEAR = (
    ("shop", "attribution", ASKED[2] | {"conversion": "page_view", "model": model}) for model in ("first", "linear")
)
DICTIONARY = 'version = "1.0.{}"\n[source]\naliases = {{ {} }}\n'
ROW = '{"id":"%d","t":"2026-03-02T12:%02d:00Z","name":"page_view","visitor":"v1","user":"c1","url":"%s/?utm_source=fb"}'


async def test_another_option_a_new_name_and_an_unlink_are_seen_at_once(data: Path, tmp_path: Path) -> None:
    lines = "\n".join(ROW % (number, number * 20, ORIGIN) for number in range(2))
    command(data, "import", "-", "--site", "shop", "--quiet", stdin=lines.encode())
    settings, folder, file = load(None, {}), Folder(data), tmp_path / "utm.toml"
    file.write_text(DICTIONARY.format(0, ""))
    opening = (settings.log, settings.segments, settings.reports, NameOptions(dictionary=str(file)))
    with folder.held():
        async with opened(folder, *opening) as (journal, follower, office):
            reports = Reports(folder, settings.reports, office)
            recent = Recent(reports, lambda: (journal.last_seq, journal.decisions), 3600)

            async def told() -> tuple[int, str]:
                (row,) = (await recent.answer(*ASKED)).rows
                return row["sessions"], row["source"]

            await follower.adopt()
            assert await told() == (1, "fb")
            await office.change_site("shop", session_timeout=600_000)
            assert await told() == (2, "fb")
            file.write_text(DICTIONARY.format(1, 'fb = "facebook"'))
            await follower.adopt()
            assert await told() == (2, "facebook")
            assert recent.remembered(*ASKED) is not None
            page = recent.since()
            before = await recent.answer(*FIRST, page)
            assert recent.remembered(*FIRST) is before
            await office.change_site("shop", session_timeout=7_200_000)
            assert (await recent.answer(*LINEAR, page)).totals["touches"] == before.totals["touches"] == 1.5
            assert (await recent.answer(*LINEAR)).totals["touches"] == 1, "not what a page read before that"
            assert await told() == (1, "facebook")
            await office.unlink("shop", "v1", "c1", undo=False)
            assert recent.remembered(*ASKED) is None
