"""What is kept of a hit."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from collector.event import Event, Revenue
from collector.intake import admit
from tests.intake.made import KEY, NOW, a_hit, a_site, admitted

SHOP = "https://shop.example"
# A page's URL → host, path, and the campaign.
PAGES: dict[str, dict[str, Any]] = {
    "https://shop.example": {"host": "shop.example", "path": "/"},
    "HTTPS://SHOP.Example/Cart": {"host": "shop.example", "path": "/Cart"},
    "https://user:secret@shop.example:8443/a?b=c#d": {"host": "shop.example", "path": "/a", "query": None},
    " https://shop.example/a ": {"path": "/a"},
    "https://shop.example/caf%C3%A9": {"path": "/café"},
    "https://shop.example/a%20b": {"path": "/a b"},
    "https://shop.example/%00%0a%1b[31m": {"path": "/[31m"},
    "https://shop.example/%E2%80%AEevil": {"path": "/evil"},
    "https://shop.example/user/jane%40a.example": {"path": "/user/[email]"},
    "https://shop.example/user/jane%2540a.example/x": {"path": "/user/[email]/x"},
    "https://shop.example/tel/0612345678": {"path": "/tel/[number]"},
    "https://shop.example/reset/3f2504e04f8941d39a0c0305e82c3301": {"path": "/reset/[key]"},
    "https://shop.example/?email=jane@a.example&token=abc": {"path": "/", "query": None},
    "https://shop.example/#/route": {"path": "/"},
    "https://10.0.0.1/x": {"path": "/x"},
    "https://shop.example/?utm_source=News&utm_medium=email&utm_campaign=Été&utm_term=shoes&utm_content=a&utm_id=42": {
        "source": "News", "medium": "email", "campaign": "Été", "term": "shoes", "content": "a", "campaign_id": "42",
    },
    "https://shop.example/?UTM_Source=a&utm_source=b": {"source": "a"},
    "https://shop.example/?utm_source=jane@a.example&utm_campaign=0612345678": {"source": "[email]",
    "campaign": "[number]"},
    "https://shop.example/?utm_source=" + "a" * 500: {"source": "a" * 128},
    "https://shop.example/?gclid=Cj0KCQiA-secret": {"click_id": "gclid", "source": None},
    "https://shop.example/?fbclid=IwAR0secret&utm_source=fb": {"click_id": "fbclid", "source": "fb"},
    "https://shop.example/?msclkid=0123456789abcdef0123456789abcdef": {"click_id": "msclkid"},
}  # fmt: skip
REFERRERS: dict[str, tuple[str | None, str | None]] = {
    "https://www.google.com/search?q=my+disease": ("www.google.com", "/search"),
    "https://a.example": ("a.example", "/"),
    "https://A.Example:8080/x/y?z#w": ("a.example", "/x/y"),
    "https://mail.example/u/jane@a.example/inbox": ("mail.example", "/u/[email]/inbox"),
    "https://user:pass@a.example/": ("a.example", "/"),
    "android-app://com.google.android.gm/x?y": ("com.google.android.gm", None),
    "javascript:alert(1)": (None, None),
    "about:blank": (None, None),
    "x": (None, None),
    "": (None, None),
}
SECRETS = ("jane", "10.0.0.1", "secret", "IwAR0", "0123456789abcdef", "my+disease", "my disease", "pass")


@pytest.mark.parametrize("url", PAGES)
def test_a_page_is_its_host_and_path_and_campaign(url: str) -> None:
    event = admitted(url=url)
    assert {key: getattr(event, key) for key in PAGES[url]} == PAGES[url]


@pytest.mark.parametrize("url", REFERRERS)
def test_a_referrer_is_its_host_and_path(url: str) -> None:
    event = admitted(referrer=url)
    assert (event.referrer_host, event.referrer_path) == REFERRERS[url]


@pytest.mark.parametrize("url", [*PAGES, *REFERRERS])
def test_no_secret_of_an_address_is_anywhere_in_the_event(url: str) -> None:
    kept = admitted(url=url if url in PAGES else SHOP, referrer=url)
    assert not [secret for secret in SECRETS if secret in msgspec.json.encode(kept).decode()]


def test_a_long_path_is_cut_and_says_so() -> None:
    event = admitted(url=f"{SHOP}/{'ab-' * 1_000}")
    assert event.path is not None
    assert len(event.path) == 1_024
    assert event.flags == ["truncated"]


def test_a_long_referrer_is_cut_and_says_so() -> None:
    event = admitted(referrer=f"https://www.news.example/{'ab-' * 1_000}")
    assert event.referrer_path is not None
    assert len(event.referrer_path) == 2_048
    assert event.flags == ["truncated"]


def test_a_long_path_of_a_row_is_cut_and_says_so() -> None:
    event = admitted(url=None, path=f"/{'ab-' * 1_000}")
    assert (len(event.path or ""), event.flags) == (1_024, ["truncated"])


def test_a_row_without_a_url_has_its_path() -> None:
    event = admitted(url=None, path="/cart/jane@a.example")
    assert (event.host, event.path) == (None, "/cart/[email]")


def test_parameters_are_kept_only_if_the_site_asked() -> None:
    url = f"{SHOP}/?q=red+shoes&page=2&email=jane@a.example&q=again&Page=3"
    assert admitted(url=url).query is None
    assert admitted(a_site(parameters=("page", "q")), url=url).query == "q=red+shoes&page=2&q=again"
    assert admitted(a_site(parameters=("email",)), url=url).query == "email=%5Bemail%5D"


@pytest.mark.parametrize("pairs", [999, 1_000, 1_001, 8_000])
def test_any_number_of_parameters_can_be_read(pairs: int) -> None:
    event = admitted(a_site(parameters=("keep",)), url=f"{SHOP}/?keep=1&" + "&".join(["a"] * pairs))
    assert event.query is None or event.query.startswith("keep=1")


ROUTES = {
    "#/cart": "/#/cart",
    "#!/cart": "/#!/cart",
    "#/cart?email=jane@a.example": "/#/cart",
    "#/u/jane@a.example": "/#/u/[email]",
    "#top": "/",
    "#": "/",
    "": "/",
}


@pytest.mark.parametrize("fragment", ROUTES)
def test_a_hash_route_belongs_to_the_path_of_a_site_that_has_them(fragment: str) -> None:
    assert admitted(a_site(hash_routes=True), url=f"{SHOP}/{fragment}").path == ROUTES[fragment]
    assert admitted(url=f"{SHOP}/{fragment}").path == "/"


PROPS: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]] = {
    "none": (None, None),
    "empty": ({}, None),
    "kinds": ({"a": "x", "b": 1, "c": 1.5, "d": True, "e": False}, {"a": "x", "b": 1, "c": 1.5, "d": True, "e": False}),
    "null": ({"a": None, "b": 1}, {"b": 1}),
    "only null": ({"a": None}, None),
    "mail in a value": ({"a": "jane@a.example"}, {"a": "[email]"}),
    "mail in a key": ({"jane@a.example": 1}, {"[email]": 1}),
    "a phone as a number": ({"a": 612345678}, {"a": "[number]"}),
    "a card as a number": ({"a": 4111111111111111}, {"a": "[number]"}),
    "control characters": ({"a\x00b": "\x1b[31mred\x07\u202e"}, {"ab": "[31mred"}),
    "spaces around": ({" a ": " b "}, {"a": "b"}),
}


@pytest.mark.parametrize("which", PROPS)
def test_properties_are_kept_masked(which: str) -> None:
    given, kept = PROPS[which]
    assert admitted(props=given).props == kept


def test_a_customer_is_a_keyed_hash() -> None:
    first, again = admitted(user="customer-7"), admitted(user=" customer-7 ")
    other, elsewhere = admitted(user="customer-8"), admitted(a_site(key=KEY[::-1]), user="customer-7")
    assert first.user == again.user
    assert first.user is not None
    assert len(first.user) == 32
    assert len({first.user, other.user, elsewhere.user}) == 3
    assert "customer-7" not in msgspec.json.encode(first).decode()


@pytest.mark.parametrize(
    "user",
    [None, "", " ", "0", "000", "-1", "null", "NULL", "undefined", "None", "nil", "NaN", "n/a", "false", "true",
        "anonymous", "Guest", "unknown", "user", "test",
     "00000000-0000-0000-0000-000000000000", "[object Object]", "(not set)", "---", " null "],
)  # fmt: skip
def test_an_id_that_everybody_has_is_nobodys(user: str | None) -> None:
    assert admitted(user=user).user is None


# An id → whether it stays as it is; None: lower case.
IDS = {
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301": True, "3F2504E0-4F89-41D3-9A0C-0305E82C3301": None, "event-1": True,
    "a.b:c_d-e": True, "42": True,
    "jane@a.example": False, "0612345678": False, "jane doe": False, "é": False, "a" * 65: False, "<b>": False,
    "a\x00b": False, "192.168.0.1": False,
}  # fmt: skip


@pytest.mark.parametrize("text", IDS)
@pytest.mark.parametrize("field", ["id", "visitor", "page"])
def test_an_id_that_may_be_personal_is_hashed(field: str, text: str) -> None:
    kept = getattr(admitted(**{field: text}), field)
    if IDS[text] is False:
        assert len(kept) == 32
        assert kept == getattr(admitted(**{field: text}), field)
        assert kept != getattr(admitted(a_site(key=KEY[::-1]), **{field: text}), field)
    else:
        assert kept == (text if IDS[text] else text.lower())


def test_the_rest_is_kept_as_it_is_and_nothing_else() -> None:
    event = admitted(name=" add to cart\x07 ", seq=3, revenue=Revenue("12.50", "EUR"), zone="Europe/Paris")
    assert (event.name, event.seq, event.amount, event.currency, event.country) == (
        "add to cart",
        3,
        "12.50",
        "EUR",
        "FR",
    )
    assert (event.state, event.consent_source, event.consented_at, event.received) == (
        "granted",
        "api",
        NOW - 1_000,
        NOW,
    )
    assert (event.browser, event.system, event.device, event.bot) == ("Chrome", "Windows", "desktop", None)


def test_an_event_has_no_field_for_an_address_or_a_user_agent() -> None:
    """A new field is looked at here before it is kept."""
    assert set(Event.__struct_fields__) == {
        "id", "t", "name", "received", "visitor", "user", "page", "seq", "host", "path", "query", "referrer_host",
        "referrer_path", "source", "medium", "campaign",
        "term", "content", "campaign_id", "extra", "click_id", "browser", "system", "device", "bot", "country",
        "props", "amount", "currency", "state",
        "consent_source", "policy", "consented_at", "flags",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["\u200b", "\x00\x01", " ", "\u202e\ufeff"])
def test_a_name_of_which_nothing_can_be_seen_is_no_name(name: str) -> None:
    """An event is kept under a name, or dropped for it."""
    found = admit(a_hit(name=name), a_site())
    assert not isinstance(found, Event) or found.name


@pytest.mark.parametrize("key", ["order_id", "transaction_id", "order"])
def test_orders_stay_apart_and_their_long_numbers_out(key: str) -> None:
    """Masked by shape, all long order numbers would be one order."""
    ids: list[Any] = ["4711", "4539578763621486", "4539578763621487", 4539578763621486, "jane@a.example"]
    kept = [(admitted(props={key: value}).props or {})[key] for value in ids]
    assert kept[0] == "4711"
    assert len(set(map(str, kept))) == 4  # a number and the same as a text are one order
    assert all("[" not in str(one) and "@" not in str(one) and "45395" not in str(one) for one in kept)
