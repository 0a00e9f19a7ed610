from __future__ import annotations

import pytest

from collector.pages.listing import TEXTS
from collector.utm import RULE_SETS, Touch, classify, tags
from collector.utm.channel import Facts, channel, is_paid, is_shop

GA4 = [
    # query, referrer host, channel
    ("", None, "Direct"),
    ("utm_source=(direct)&utm_medium=(none)", None, "Direct"),
    ("utm_source=google&utm_medium=cpc&utm_campaign=x_Cross-Network_y", None, "Cross-network"),
    ("utm_source=amazon&utm_medium=cpc", None, "Paid Shopping"),
    ("utm_source=newsletter&utm_medium=cpc&utm_campaign=summer-shop", None, "Paid Shopping"),
    ("utm_source=google&utm_medium=cpc&utm_campaign=x", None, "Paid Search"),
    ("utm_source=Google&utm_medium=CPC", None, "Paid Search"),
    ("utm_source=google.com&utm_medium=ppc", None, "Paid Search"),
    ("utm_source=google&utm_medium=cpm", None, "Paid Search"),
    ("utm_source=facebook&utm_medium=paid_social", None, "Paid Social"),
    ("utm_source=fb&utm_medium=paidsocial", None, "Paid Social"),
    ("utm_source=facebook&utm_medium=social_paid", None, "Organic Social"),
    ("utm_source=meta&utm_medium=paid_social", None, "Paid Other"),
    ("utm_source=youtube&utm_medium=cpv", None, "Paid Video"),
    ("utm_source=lemonde&utm_medium=banner", None, "Display"),
    ("utm_source=lemonde&utm_medium=cpm", None, "Display"),
    ("utm_source=lemonde&utm_medium=retargeting", None, "Paid Other"),
    ("utm_source=mail&utm_medium=gcp-email", None, "Paid Other"),
    ("utm_source=partner&utm_medium=link&utm_campaign=eshop", None, "Organic Shopping"),
    ("utm_source=partner&utm_medium=link&utm_campaign=workshop", None, "Referral"),
    ("utm_source=partner&utm_medium=sm", None, "Organic Social"),
    ("utm_source=partner&utm_medium=social%20network", None, "Organic Social"),
    ("utm_source=partner&utm_medium=my-video", None, "Organic Video"),
    ("utm_source=vimeo&utm_medium=x", None, "Organic Video"),
    ("utm_source=partner&utm_medium=organic", None, "Organic Search"),
    ("utm_source=chatgpt.com&utm_medium=ai-assistant", None, "AI Assistant"),
    ("utm_source=chatgpt.com", None, "AI Assistant"),
    ("utm_source=chatgpt.com&utm_medium=referral", None, "Referral"),
    ("utm_source=chatgpt.com&utm_medium=cpc", None, "Paid Other"),
    ("utm_source=partner&utm_medium=app", None, "Referral"),
    ("utm_source=newsletter&utm_medium=email", None, "Email"),
    ("utm_source=e-mail&utm_medium=x", None, "Email"),
    ("utm_source=newsletter&utm_medium=emailing", None, "Unassigned"),
    ("utm_source=awin&utm_medium=affiliate", None, "Affiliates"),
    ("utm_source=awin&utm_medium=affiliates", None, "Unassigned"),
    ("utm_source=podcast&utm_medium=audio", None, "Audio"),
    ("utm_source=sms&utm_medium=x", None, "SMS"),
    ("utm_source=x&utm_medium=sms", None, "SMS"),
    ("utm_source=x&utm_medium=web-push", None, "Mobile Push Notifications"),
    ("utm_source=x&utm_medium=mobile-app", None, "Mobile Push Notifications"),
    ("utm_source=firebase&utm_medium=x", None, "Mobile Push Notifications"),
    ("utm_source=newsletter", None, "Unassigned"),
    ("utm_campaign=x", None, "Unassigned"),
    ("utm_id=x", None, "Unassigned"),
    ("gclid=1", None, "Paid Search"),
    ("msclkid=1", "www.bing.com", "Paid Search"),
    ("dclid=1", None, "Display"),
    ("srsltid=1", "www.google.com", "Organic Shopping"),
    ("ttclid=1", None, "Paid Social"),
    ("awc=1", None, "Affiliates"),
    ("fbclid=1", None, "Organic Social"),
    ("mc_eid=1", None, "Email"),
    ("", "www.google.fr", "Organic Search"),
    ("", "l.facebook.com", "Organic Social"),
    ("", "youtu.be", "Organic Video"),
    ("", "www.amazon.fr", "Organic Shopping"),
    ("", "mail.google.com", "Email"),
    ("", "com.google.android.gm", "Email"),
    ("", "chatgpt.com", "AI Assistant"),
    ("", "www.perplexity.ai", "AI Assistant"),
    ("", "blog.example.org", "Referral"),
    ("", "google.com.evil.tld", "Referral"),
    ("", "shop.example", "Direct"),
    ("", "checkout.stripe.com", "Direct"),
]


@pytest.mark.parametrize(("query", "host", "expected"), GA4)
def test_google_analytics_rules_in_their_order(query: str, host: str | None, expected: str) -> None:
    assert classify(tags(query), host, own_hosts=["shop.example"]).channel == expected


PLAUSIBLE = [
    ("utm_source=yt-ads", None, "Paid Video"),
    ("utm_source=adwords&utm_medium=x", None, "Paid Search"),
    ("utm_source=other-ads", None, "Paid Other"),
    ("utm_source=fbad", None, "Paid Social"),
    ("utm_source=linktree", None, "Referral"),
    ("utm_source=Newsletter-UK", None, "Email"),
    ("utm_source=downloads", None, "Referral"),
    ("utm_source=google&utm_medium=x&gclid=1", None, "Paid Search"),
    ("utm_source=bing&utm_medium=x&msclkid=1", None, "Paid Search"),
    ("utm_source=newsletter", None, "Email"),
    ("utm_source=chatgpt.com&utm_medium=referral", None, "AI Assistants"),
    ("", "mail.google.com", "Email"),
    ("", "blog.example.org", "Referral"),
    ("utm_campaign=x", None, "Direct"),
    ("", None, "Direct"),
]


@pytest.mark.parametrize(("query", "host", "expected"), PLAUSIBLE)
def test_plausible_rules(query: str, host: str | None, expected: str) -> None:
    assert classify(tags(query), host, rules="plausible").channel == expected


MATOMO = [
    ("utm_campaign=x", "www.google.com", "Campaigns"),
    ("pk_campaign=x", None, "Campaigns"),
    ("", "www.google.com", "Search Engines"),
    ("", "t.co", "Social Networks"),
    ("", "claude.ai", "AI Assistants"),
    ("", "blog.example.org", "Websites"),
    ("", None, "Direct Entry"),
]


@pytest.mark.parametrize(("query", "host", "expected"), MATOMO)
def test_matomo_types_of_referrer(query: str, host: str | None, expected: str) -> None:
    assert classify(tags(query), host, rules="matomo").channel == expected


@pytest.mark.parametrize("medium", ["cpc", "ppc", "retargeting", "paid", "paid_social", "cpm", "gcp-email", "mcphee"])
def test_what_google_takes_for_paid(medium: str) -> None:
    assert is_paid(medium)


@pytest.mark.parametrize("medium", ["social_paid", "sponsored", "remarketing", "pmax", "ppc2", "email", ""])
def test_what_google_does_not_take_for_paid(medium: str) -> None:
    assert not is_paid(medium)


def test_what_google_reads_shopping_into() -> None:
    seen = {name for name in SHOPS if is_shop(name)}
    assert seen == {"shop", "coffeeshop", "eshop", "photo_shop", "summer-shop", "windowshopping"}


SHOPS = [
    "shop", "coffeeshop", "eshop", "photo_shop", "summer-shop", "windowshopping",
    "workshop", "webshop", "barbershop", "bishop", "SHOP", "",
]  # fmt: skip


def test_the_reason_names_the_rule_that_fired() -> None:
    assert channel(Facts("google", "cpc", category="search")) == ("Paid Search", "search source, paid medium", 4)
    assert channel(Facts("x", "y")) == ("Unassigned", "no rule matched", 0)


def test_an_unknown_rule_set_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="rules must be one of ga4, plausible, matomo, not 'ga5'"):
        classify(tags(""), None, rules="ga5")


@pytest.mark.parametrize("rules", RULE_SETS)
def test_every_channel_of_a_set_is_reached_by_one_of_its_rules(rules: str) -> None:
    cases = [*GA4, *PLAUSIBLE, *MATOMO]
    reached = {classify(tags(query), host, rules=rules).channel for query, host, _ in cases}
    assert reached - {"Unassigned"} == {rule.channel for rule in RULE_SETS[rules].rules}


TOUCHES = [
    ("utm_source=News&utm_medium=Email&utm_campaign=Ete", None, ("news", "email", "Ete")),
    ("utm_source=x&utm_medium=y&utm_id=AbC", None, ("x", "y", "AbC")),
    ("utm_source=x&gclid=1", None, ("x", "cpc", None)),
    ("utm_medium=cpc&gclid=1", None, ("google", "cpc", None)),
    ("utm_campaign=Soldes", "www.google.com", ("(not set)", "(not set)", "Soldes")),
    ("utm_source=a&utm_medium=b&gclid=1", "www.google.com", ("a", "b", None)),
    ("utm_content=x", "www.google.com", ("google", "organic", None)),
    ("gclid=1", "www.facebook.com", ("google", "cpc", None)),
    ("fbclid=1", "l.instagram.com", ("instagram", "social", None)),
    ("fbclid=1", "blog.example.org", ("facebook", "social", None)),
    ("mtm_campaign=A&mtm_source=b", None, ("b", "(not set)", "A")),
    ("", "WWW.Blog.Example.org:8080", ("blog.example.org", "referral", None)),
    ("", "www.shop.example", ("(direct)", "(none)", None)),
    ("", "cart.shop.example", ("(direct)", "(none)", None)),
    ("", "notshop.example", ("notshop.example", "referral", None)),
    ("", "", ("(direct)", "(none)", None)),
    ("utm_source=a&utm_medium=b", "shop.example", ("a", "b", None)),
]


@pytest.mark.parametrize(("query", "host", "expected"), TOUCHES)
def test_tags_then_click_id_then_referrer_then_direct(
    query: str, host: str | None, expected: tuple[str, str, str | None]
) -> None:
    assert classify(tags(query), host, own_hosts=["www.shop.example"])[:3] == expected


def test_the_reason_says_when_the_referrer_was_the_site_itself_or_a_payment() -> None:
    own = classify(tags(""), "shop.example", "/cart", ["shop.example"])
    assert own == Touch("(direct)", "(none)", None, "Direct", "referrer: own host")
    assert classify(tags(""), "www.paypal.com").rule == "referrer: payment return"


def test_every_channel_of_every_set_has_a_name_on_the_pages() -> None:
    channels = {rule.channel for rules in RULE_SETS.values() for rule in rules.rules} | {"Unassigned"}
    assert sorted(channels - set(TEXTS)) == []
