"""What events say, and what they never say."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.browser.conftest import GRANT, Site, calm

SHADOW = """
<span id="host"></span>
<script>
  const root = document.querySelector('#host').attachShadow({mode: 'open'});
  root.innerHTML = `<p data-event="outer">
    <b data-event="sign-up" data-event-plan="pro" data-event-plan-term="year"><i id="deep">Go</i></b></p>`;
</script>
"""

FIELDS = ("text", "password", "email", "tel", "search", "url", "hidden", "number", "date", "checkbox", "radio", "color")
# What is typed where a word cannot be: none of it comes about in ids and times.
TYPED = {"number": "8675309.125", "date": "1987-06-05", "time": "03:57:41.125", "month": "1987-06", "week": "1987-W23",
         "datetime-local": "1987-06-05T03:57", "color": "#c0ffee", "range": "86753.0625"}  # fmt: skip
LIMITS = {"range": ' max="99999"'}
WORDS = ("text", "password", "email", "tel", "search", "url")


def granted(site: Site, tab: Page, path: str = "/") -> None:
    tab.goto(site.shop.url + path)
    tab.evaluate(GRANT)
    site.wire.arrived(1)


def test_a_conversion_keeps_its_amount_and_its_id(site: Site, tab: Page) -> None:
    granted(site, tab, "/thanks")
    more = "{revenue: {amount: '129.90', currency: 'EUR'}, id: 'order-1'}"
    call = f"balise('track', 'purchase', {{items: 2, gift: true, code: 'A'}}, {more})"
    tab.evaluate(f"{call}; {call}")
    site.wire.until(lambda: len(site.wire.sent()) >= 3, "the conversion, twice")
    purchases = [row for row in site.rows() if row["name"] == "purchase"]
    assert len(purchases) == 1
    assert purchases[0]["id"] == "order-1"
    assert purchases[0]["props"] == {"items": 2, "gift": True, "code": "A"}
    assert (purchases[0]["amount"], purchases[0]["currency"]) == ("129.90", "EUR")


def test_the_reports_count_what_the_pages_sent(site: Site, tab: Page) -> None:
    granted(site, tab, "/?utm_source=news&utm_medium=email&utm_campaign=spring")
    tab.evaluate("balise('track', 'purchase', {}, {revenue: {amount: '10.00', currency: 'EUR'}})")
    site.wire.arrived(2)
    report = site.collector.run("report", "campaigns", "--site", site.name, "--format", "json")
    assert '"spring"' in report


def test_a_user_is_named_on_later_events_until_reset_and_kept_as_a_hash(site: Site, tab: Page) -> None:
    tab.goto(site.shop.url + "/")
    tab.evaluate("balise('identify', 'customer-7')")  # said before the grant, sent only after it
    tab.evaluate(GRANT)
    tab.evaluate("balise('track', 'known'); balise('identify', null); balise('track', 'unknown')")
    assert [event.get("user") for event in site.wire.arrived(3)] == ["customer-7", "customer-7", None]
    rows = site.rows()
    assert rows[0]["user"] == rows[1]["user"] != "customer-7"
    assert "user" not in rows[2]


def test_a_click_on_a_named_element_is_an_event_with_its_properties(site: Site, tab: Page) -> None:
    icon = '<svg id="icon" width="9" height="9"></svg>'
    site.shop.place("/", f'<button data-event="add" data-event-sku="T-1" data-test="x">{icon}</button>')
    granted(site, tab)
    tab.click("#icon")
    (event,) = site.wire.arrived(1, "add")
    assert event["props"] == {"sku": "T-1"}


def test_clicks_are_seen_inside_open_shadow_roots(site: Site, tab: Page) -> None:
    site.shop.place("/", SHADOW)
    granted(site, tab)
    tab.click("#deep")
    (_, event) = site.wire.arrived(2)
    assert (event["name"], event["props"]) == ("sign-up", {"plan": "pro", "plan-term": "year"})


def test_a_click_is_seen_even_if_the_page_swallows_it_and_removes_the_element(site: Site, tab: Page) -> None:
    swallow = "(click) => { click.stopImmediatePropagation(); click.target.remove() }"
    script = f"<script>document.addEventListener('click', {swallow}, true)</script>"
    site.shop.place("/", f'<button id="go" data-event="go">Go</button>{script}')
    granted(site, tab)
    tab.click("#go")
    site.wire.arrived(1, "go")


def test_a_link_that_leaves_at_once_is_not_delayed_and_its_click_arrives(site: Site, tab: Page) -> None:
    site.shop.place("/", '<a id="out" data-event="out" href="/away">Away</a>')
    site.shop.place("/away", "", head="")
    granted(site, tab)
    tab.click("#out")
    tab.wait_for_url("**/away")
    site.wire.arrived(1, "out")
    assert [row["name"] for row in site.rows()] == ["page_view", "out"]


def test_only_campaign_tags_click_id_names_and_named_parameters_leave_the_page(site: Site, tab: Page) -> None:
    site.attributes(params="page,size")
    query = "utm_source=a&UTM_Medium=b&mtm_cid=c&pk_kwd=d&at_format=e&itm_x=f&gad_source=1&size=M&page=2"
    ids = "gclid=g&fbclid=h&msclkid=i&wbraid=j&irclickid=k&rb_clickid=l&li_fat_id=m&rdt_cid=n&srsltid=o&epik=p&ttclid=q"
    other = "q=secret&email=ada@example.org&doc_id=9&token=at_s3cret&sized=1&format=x"
    granted(site, tab, f"/list?{other}&{query}&{ids}#utm_term=r&token=s3cret")
    (view,) = site.wire.arrived(1)
    names = "&".join(f"{piece.partition('=')[0]}=1" for piece in ids.split("&"))
    assert view["url"] == f"{site.shop.url}/list?{query}&{names}&utm_term=r"
    (row,) = site.rows()
    assert (row["source"], row["query"], row["click_id"]) == ("a", "size=M", "gclid")


def test_a_query_without_names_stays_on_the_page(site: Site, tab: Page) -> None:
    granted(site, tab, "/list?=s3cret&&utm_source=a&s3cret")
    (view,) = site.wire.arrived(1)
    assert view["url"] == f"{site.shop.url}/list?utm_source=a"


def test_event_ids_are_ordered_in_time(site: Site, tab: Page) -> None:
    granted(site, tab)
    for number in range(3):
        tab.evaluate(f"balise('track', 'step', {{number: {number}}}); new Promise((done) => setTimeout(done, 5))")
    ids = [event["id"] for event in site.wire.arrived(4)]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one) for one in ids)


def test_what_is_typed_into_forms_never_reaches_the_collector(site: Site, tab: Page) -> None:
    """Every kind of field, as the page brought it and as somebody fills it in."""
    fields = "".join(f'<input type="{kind}" name="f-{kind}" value="canary">' for kind in FIELDS)
    fields += "".join(f'<input type="{kind}" name="g-{kind}" step="any"{LIMITS.get(kind, "")}>' for kind in TYPED)
    more = '<input type="file" name="up"><textarea name="t">canary</textarea>'
    more += '<select name="s"><option>none</option><option value="canary">canary</option></select>'
    more += '<p contenteditable>canary</p><button id="send" data-event="send" value="canary">Send</button>'
    site.shop.place("/form", f'<form action="/sent" novalidate><h1>canary</h1>{fields}{more}</form>')
    granted(site, tab, "/form")
    for kind in WORDS:
        tab.fill(f"[type={kind}]", "canary")
    for kind, value in TYPED.items():
        tab.fill(f"[name=g-{kind}]", value)
    for kind in ("checkbox", "radio"):
        tab.check(f"[type={kind}]")
    tab.select_option("select", "canary")
    tab.set_input_files("[type=file]", {"name": "canary.txt", "mimeType": "text/plain", "buffer": b"canary"})
    for element in ("textarea", "[contenteditable]"):
        tab.fill(element, "canary typed")
    tab.click("#send")
    tab.wait_for_url(re.compile("/sent.*canary"))
    tab.evaluate(GRANT)
    site.wire.arrived(2, "page_view")
    calm(tab)
    seen = "".join(one.body + "".join(one.headers.values()) + one.path for one in site.wire.exchanges)
    assert ("canary" in tab.url, '"f-text"' in seen) == (True, True)
    assert [word for word in ("canary", *TYPED.values()) if word in seen] == []
