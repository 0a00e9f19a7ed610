"""Pages as text: the templates, with everything that is put in escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from collector.access.share import LEAST
from collector.pages.comparison import BEFORE
from collector.pages.filters import COMPARES, DIMENSIONS, OFFERED, Fault, Filters
from collector.pages.labels import DONE, signed
from collector.pages.panel import Page, Panel
from collector.pages.period import PRESETS, day_of
from collector.pages.provenance import provenance
from collector.pages.question import as_call, as_command
from collector.pages.registry import PAGES, PAGES_SHARED
from collector.pages.sight import Facts, Sight
from collector.pages.values import Offer, spelt
from collector.pages.views import address, as_commands, described
from collector.pages.words import LANGUAGES, UNKNOWN, Words, mark
from collector.reports.answer import Answer

Leads = Sequence[tuple[str, str]]  # links: what they say, where they lead
_WEEK: Final = 7  # days
_NAMES: Final = {
    "PAGES": PAGES, "PRESETS": PRESETS, "COMPARES": COMPARES, "DIMENSIONS": DIMENSIONS, "LANGUAGES": LANGUAGES,
    "OFFERED": OFFERED,
    "as_call": as_call, "as_command": as_command, "VIEW_ADDRESS": address, "VIEW_SAID": described,
    "as_commands": as_commands,
    "PAGES_SHARED": PAGES_SHARED, "DONE": DONE,
    "BEFORE": BEFORE, "LEAST": LEAST, "UNKNOWN": UNKNOWN, "signed": signed, "SPELT": spelt,
}  # fmt: skip


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates; a name that nobody gave is an error, not nothing."""
    made = Environment(
        loader=PackageLoader("collector.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.globals.update(_NAMES)
    return made


def draw(template: str, words: Words, /, **values: Any) -> Markup:
    """A template in a language."""
    return Markup(environment().get_template(f"{template}.html").render(_=words, words=words, **values))  # noqa: S704


def head(words: Words, page: Page, filters: Filters, facts: Facts, faults: Sequence[Fault] = ()) -> Markup:
    """A page down to where its panels begin: navigation, filters, what is wrong with them."""
    return draw("head", words, page=page, filters=filters, facts=facts, faults=faults)


def panel(sight: Sight, drawn: Panel, answers: Mapping[str, Answer]) -> Markup:
    """One panel."""
    shown = drawn.show(sight, answers)
    inside = draw(drawn.template, sight.words, sight=sight, filters=sight.filters, **shown)
    if warning := _lacking(sight, drawn, answers):
        inside = Markup("<p>{}</p>\n").format(warning) + inside
    if drawn.rests and (told := provenance(sight, answers)):
        title, lead = sight.words(drawn.title), _behind(sight)
        inside += draw("provenance", sight.words, told=told, title=title, lead=lead)
    return draw("panel", sight.words, panel=drawn, inside=inside)


def _lacking(sight: Sight, drawn: Panel, answers: Mapping[str, Answer]) -> str:
    """That the time compared with has no data, or none of its first days, said by the page's first panel that compares;
    empty where it has."""
    was, earlier = [one for name, one in answers.items() if name.startswith(BEFORE)], sight.filters.earlier()
    first = next((one.name for one in PAGES[sight.page].panels if any(
        name.startswith(BEFORE) for name in one.ask(sight.filters))), "")  # fmt: skip
    if earlier is None or not was or drawn.name != first:
        return ""
    days, begun = earlier.told(sight.words), min((one.data.start for one in was if one.data.start), default=None)
    if begun is None:
        said = mark("No event was kept in the time compared with (%(days)s): “new” and “from 0” say no more than that.")
        return sight.words(said, days=days)
    day, since = day_of(begun, earlier.zone), earlier.span.first
    if since is None or day <= since:
        return ""
    said = mark("The time compared with (%(days)s) has events since %(day)s only: changes are against a part of it.")
    return sight.words(said, days=days, day=sight.words.day(day))


def _behind(sight: Sight) -> bool:
    """Whether the page has a panel that tells what its figures leave out."""
    return not sight.facts.printed and any(panel.name == "behind" for panel in PAGES[sight.page].panels)


def failed(
    words: Words, drawn: Panel, sentence: str, detail: str = "", leads: Leads = (), said: bool = False
) -> Markup:
    """One panel that could not be answered: what is said of it, the server's own words (`said`: in the page's
    language, else in English), and links to try instead."""
    inside = draw("failed", words, sentence=sentence, detail=detail, leads=leads, said=said)
    return draw("panel", words, panel=drawn, inside=inside)


def offers(words: Words, filters: Filters, offers: Sequence[Offer]) -> Markup:
    """Below the filters: values that there are, for one that is not or that is still to be chosen."""
    return draw("offers", words, filters=filters, offers=offers)


def choices(words: Words, offer: Offer) -> Markup:
    """The same to be chosen from while one types."""
    return draw("choices", words, offer=offer)


def overdue(words: Words, drawn: Panel, filters: Filters, printed: bool = False) -> Markup:
    """One panel that took too long: once more, or a shorter period if there is one that helps; a file has no links."""
    sentence = words(mark("This took too long. A shorter period may help."))
    leads = [(words(mark("Try again")), f"{filters.again()}#{drawn.name}")]
    first, last = filters.span
    if first is None or last is None or (last - first).days >= _WEEK:
        leads.append((words(mark("Look at the last 7 days")), filters.ranged("7d")))
    return failed(words, drawn, sentence, leads=() if printed else leads)


def working(words: Words, n: int, every: int) -> Markup:
    """That the nth panel is being counted: it is seen until the panel stands behind it."""
    return draw("working", words, n=n, all=every)


def foot(words: Words) -> Markup:
    """The end of a page."""
    return draw("foot", words)


def plain(words: Words, title: str, sentence: str, facts: Facts, code: str = "") -> Markup:
    """A page with nothing but a sentence."""
    return draw("plain", words, title=title, sentence=sentence, facts=facts, code=code)
