"""The questions, with every default."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

from collector.reports.parts import (
    DAY,
    MAX_STEPS,
    Breakdown,
    Comparison,
    Condition,
    Erasure,
    Exclusion,
    Listing,
    Matcher,
    Millis,
    Name,
    Part,
    Range,
    SessionRule,
    Span,
    Traced,
    Trend,
    Who,
)

Label = Literal[
    "source", "medium", "campaign", "channel", "device", "browser", "country", "entry", "exit", "referrer",
    "utm.source", "utm.medium", "utm.campaign",
]  # fmt: skip


class Question(Part, frozen=True):
    """What every question has. `tz` null takes the site's; `now` null takes the moment of asking.

    `bots`: `declared` leaves out programs that say they are crawlers, `exclude` also what only looks automated
    (headless browsers, HTTP libraries), `include` nothing, `only` everything but bots.
    """

    range: Range = Range()
    tz: str | None = None
    now: Millis | None = None
    bots: Literal["declared", "exclude", "include", "only"] = "declared"


class Table(Question, frozen=True):
    """A question answered by a table of limited length. `session_where` asks about some of the sessions only, and about
    the events in them."""

    session_where: tuple[Condition, ...] = ()
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 100
    session: SessionRule = SessionRule()


class Stitched(Question, frozen=True):
    """A question about persons. `identity` is the rule that makes persons of devices (see `collector.identity`);
    `erase` leaves persons' events out; `frozen` follows only links that were known at the end of the range.
    `session_where`: only what happened in such sessions; of carts those that such a session opened."""

    identity: Literal["epoch", "first_known", "last_known", "graph"] = "epoch"
    erase: tuple[Erasure, ...] = ()
    frozen: bool = False
    session: SessionRule = SessionRule()
    session_where: tuple[Condition, ...] = ()


class Overview(Table, frozen=True):
    """Visitors, sessions, views, bounces, durations and revenue, in all and by day."""


class Sessions(Table, frozen=True):
    """One row per session, by start."""


class Pages(Table, frozen=True):
    """Views, visitors, entrances, exits and bounces by page; with `times` the mean time to the next view of the session
    and how many views have one (the last of a session has none)."""

    times: bool = True


class Campaigns(Table, frozen=True):
    """Sessions and what they brought, by source, medium and campaign, or by other labels of theirs. `conversion` names
    the event that counts; `utm.…` is what the link said, the others what the dictionary makes of it. `visitors`: tell
    them apart too, which takes longer than all the rest."""

    conversion: Name = "purchase"
    visitors: bool = True
    by: Annotated[tuple[Label, ...], Meta(min_length=1, max_length=4)] = ("source", "medium", "campaign")


class Channels(Table, frozen=True):
    """The same by channel."""

    conversion: Name = "purchase"


class Events(Question, frozen=True):
    """How often each event came, by name, and when it came last."""

    limit: Annotated[int, Meta(ge=1, le=100_000)] = 100


class Realtime(Question, frozen=True):
    """The last half hour."""

    minutes: Annotated[int, Meta(ge=1, le=1_440)] = 30


class Quality(Question, frozen=True):
    """What arrived, what became of it, and what was mended."""


class UtmAudit(Table, frozen=True):
    """Names in arriving links held against the dictionary; issued links against their visits; a score per campaign."""

    conversion: Name = "purchase"
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1_000


class Consent(Question, frozen=True):
    """Who granted and who took it back, by day, source and policy; which events were kept under what; what was dropped.

    `session_rate` is the share of sessions with a grant, where sessions without one are measured (`hybrid`)."""

    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1_000


class Persons(Question, frozen=True):
    """One row per person: devices, events, first and last. `events` adds the events' ids, in order of time.

    `rule`, `erase` and `frozen` are those of every question about persons. `explain` answers about one person instead:
    what made these browsers and customers one, in order of time.
    """

    rule: Literal["epoch", "first_known", "last_known", "graph"] = "epoch"
    erase: tuple[Erasure, ...] = ()
    frozen: bool = False
    events: bool = False
    explain: Who | None = None
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 100


class Funnel(Stitched, frozen=True, kw_only=True):
    """How far people get. See the module `chains` for what an attempt is.

    `count`: units (`unique`) or their attempts that do not overlap (`totals`). `open` counts everyone who did a step,
    wherever they entered: it has no rate. `units` adds how far each unit got. `explain` answers about one unit
    instead: which events filled its steps, and why it came no further; `members` lists units, one a row.
    """

    steps: Annotated[list[Matcher], Meta(min_length=1, max_length=MAX_STEPS)]
    order: Literal["ordered", "strict", "unordered"] = "ordered"
    window: Span | None = 7 * DAY
    window_from: Literal["first", "previous"] = "first"
    ties: Literal["any", "strict", "arrival"] = "any"
    entry: Literal["best", "first"] = "best"
    scope: Literal["person", "session", "same_session"] = "person"
    count: Literal["unique", "totals"] = "unique"
    exclusions: Annotated[tuple[Exclusion, ...], Meta(max_length=8)] = ()
    exclusion_mode: Literal["cut", "drop"] = "cut"
    exclusion_bounds: Literal["open", "closed"] = "open"
    hold: Annotated[tuple[Name, ...], Meta(max_length=3)] = ()
    entry_where: tuple[Condition, ...] = ()
    event_where: tuple[Condition, ...] = ()
    strict_ignores: tuple[str, ...] = ()
    anchor_first: bool = False
    breakdown: Breakdown | None = None
    trend: Trend | None = None
    compare: Comparison | None = None
    open: bool = False
    times: bool = True
    pending: bool = True
    units: bool = False
    explain: Traced | None = None
    members: Listing | None = None
    like: Literal["posthog", "mixpanel", "ga4", "matomo", "umami"] | None = None


class Abandonment(Stitched, frozen=True):
    """Where people give up: carts, checkouts, forms or pages. See the module `abandonment` for the states.

    `idle`: how long after the last sign somebody has left (carts: an hour, else half an hour); `recover`: how long a
    cart can still be bought. `idle_from`: the person's last activity, or the last event of the cart. `method`:
    `person` follows a cart from session to session; `session` judges each visit alone and `ratio` is 1 − orders /
    carts, as other programs do. `group_by`: a label of the session, for carts of the one that opened them. `steps` and
    `complete` are a checkout's (no steps: the pages whose paths say cart or checkout, those of most sessions first),
    `form` a form's (null: each form by itself), `path` a page's. `trend` adds the figures by interval: carts by their
    opening, all else by the session's beginning.
    """

    type: Literal["cart", "checkout", "form", "page"] = "cart"
    add: tuple[str, ...] = ("add_to_cart",)
    remove: tuple[str, ...] = ("remove_from_cart",)
    touch: tuple[str, ...] = ("begin_checkout",)
    purchase: tuple[str, ...] = ("purchase",)
    idle: Span | None = None
    recover: Span = 7 * DAY
    idle_from: Literal["activity", "cart"] = "activity"
    method: Literal["person", "session", "ratio"] = "person"
    group_by: Literal["source", "medium", "campaign", "channel", "device", "browser", "country"] | None = None
    steps: Annotated[tuple[Matcher, ...], Meta(max_length=MAX_STEPS)] = ()
    complete: Matcher = Matcher(name="purchase")
    form: str | None = None
    path: str | None = None
    trend: Trend | None = None
    own_hosts: tuple[str, ...] = ()
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 100


class Path(Part, frozen=True):
    """A path of channels with how often it converted and how often it did not."""

    path: list[str] | str
    conversions: Annotated[float, Meta(ge=0)] = 0
    nulls: Annotated[float, Meta(ge=0)] = 0
    value: float = 0


class Attribution(Stitched, frozen=True):
    """Which channels conversions are owed to. See the module `attribution` for the models.

    `conversion` names the event, `conversion_where` says which of them count (test orders do not); `refund` names the
    event that takes its worth back from the order of the same id. `lookback` is how far back touches count, `touch`
    whether each session or each event with a source is one. `collapse` makes repeats one touch, `path_reset` begins
    anew after each conversion, `direct` leaves direct touches out. `by`: `source` (source/medium as the link says,
    ref:host, direct), `source_medium` (google / organic: what the report `campaigns` counts it under; direct) or
    `channel`. `cost` by channel; `margin` is the share of the value that counts for ROI. `paths` are given to the model
    instead of the site's own. `rows`: one per channel, or one per path of touches.
    """

    conversion: Name = "purchase"
    conversion_where: tuple[Condition, ...] = ()
    refund: Name = "refund"
    model: Literal["first", "last", "last_non_direct", "linear", "position", "time_decay", "w", "markov", "shapley"] = (
        "last_non_direct"
    )
    lookback: Span = 90 * DAY
    half_life: Span = 7 * DAY
    touch: Literal["session", "event"] = "session"
    by: Literal["source", "source_medium", "channel"] = "source"
    direct: Literal["keep", "exclude"] = "keep"
    collapse: bool = False
    path_reset: bool = False
    own_hosts: tuple[str, ...] = ()
    lead: Name | None = None
    cost: dict[str, Annotated[float, Meta(ge=0)]] | None = None
    margin: float = 1.0
    currency: str | None = None
    paths: list[Path] | None = None
    rows: Literal["channels", "paths"] = "channels"
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 100


class Journeys(Table, frozen=True):
    """The pages of sessions one after the other, `length` of them: the first ones, or those from a page (`through`, a
    path glob) or an `event` on; with `direction` before, the last ones that led there. Repeats of a page in a row are
    one. `ended`: went no further (began there). `conversion` names the event that makes a journey a success."""

    length: Annotated[int, Meta(ge=1, le=10)] = 3
    through: Annotated[str, Meta(min_length=1, max_length=1_024)] | None = None
    event: Name | None = None
    direction: Literal["after", "before"] = "after"
    conversion: Name = "purchase"


QUESTIONS: Final[dict[str, type[Question]]] = {
    "overview": Overview,
    "sessions": Sessions,
    "pages": Pages,
    "campaigns": Campaigns,
    "channels": Channels,
    "funnel": Funnel,
    "abandonment": Abandonment,
    "attribution": Attribution,
    "journeys": Journeys,
    "persons": Persons,
    "events": Events,
    "realtime": Realtime,
    "quality": Quality,
    "consent": Consent,
    "utm_audit": UtmAudit,
}
