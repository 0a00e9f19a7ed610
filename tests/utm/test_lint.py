from __future__ import annotations

import pytest

from collector.utm import Context, check, corrected, read_dictionary
from collector.utm.lint import RULES, catalogue
from collector.utm.sentences import typeset

GOOD = "https://shop.example/?utm_source=letter&utm_medium=email&utm_campaign=spring"
BOOK = read_dictionary(
    'version = "1.0.0"\n[source]\nvalues = ["facebook"]\ncase = "lower"\naliases = { fb = "facebook" }'
)
ARRIVED = Context(arrived=True)


def _with(extra: str = "", **values: str) -> str:
    """The good link with other source, medium or campaign, and `extra` behind."""
    fields = {"source": "letter", "medium": "email", "campaign": "spring", **values}
    query = "&".join(f"utm_{field}={value}" for field, value in fields.items())
    return f"https://shop.example/?{query}{extra}"


# Rule, link, context, the parameter, what was found, the correction.
FAULTS: list[tuple[str, str, Context | None, str, str, str | None]] = [
    ("L01", GOOD, Context(["shop.example"], "www.shop.example"), "url", "shop.example", "https://shop.example/"),
    ("L01", "/a?x=1&utm_source=home", Context(["shop.example"], "shop.example"), "url", "shop.example", "/a?x=1"),
    ("L02", _with("&x=jean@mail.example"), None, "x", "an e-mail address", None),
    ("L02", _with("&EMAIL=1"), None, "email", "email", None),
    ("L02", _with("&password=hunter"), None, "password", "password", None),
    ("L03", "https://shop.example/?utm_source=a&utm_medium=email", None, "utm_campaign", "", None),
    ("L04", _with(source="Letter"), None, "utm_source", "Letter", _with(source="letter")),
    ("L05", _with(campaign="big+sale"), None, "utm_campaign", "big sale", _with(campaign="big-sale")),
    ("L05", _with(campaign="big%20sale"), None, "utm_campaign", "big sale", _with(campaign="big-sale")),
    ("L06", GOOD + "&utm_source=letter", None, "utm_source", "letter", GOOD),
    ("L06", GOOD + "&utm_source=other", None, "utm_source", "letter | other", None),
    ("L07", _with(medium="emial"), None, "utm_medium", "emial", GOOD),
    ("L07", _with(medium="affiliates"), None, "utm_medium", "affiliates", _with(medium="affiliate")),
    ("L07", _with(medium="zzz"), None, "utm_medium", "zzz", None),
    ("L08", _with(source="google", medium="social"), None, "utm_medium", "google + social", None),
    ("L08", _with(source="facebook", medium="organic"), None, "utm_medium", "facebook + organic", None),
    ("L09", _with(medium="social_paid"), None, "utm_medium", "social_paid", _with(medium="paid_social")),
    ("L09", _with(medium="sponsored"), None, "utm_medium", "sponsored", None),
    ("L09", _with(medium="remarketing"), None, "utm_medium", "remarketing", None),
    ("L09", _with(medium="pmax"), None, "utm_medium", "pmax", None),
    ("L10", _with(medium="gcp-email"), None, "utm_medium", "gcp-email", None),
    ("L10", _with(medium="tcpa"), None, "utm_medium", "tcpa", None),
    ("L11", _with(campaign="coffeeshop"), None, "utm_campaign", "coffeeshop", None),
    ("L12", _with(source="fb", medium="social"), None, "utm_source", "fb", _with(source="facebook", medium="social")),
    ("L12", _with(source="meta", medium="cpc"), None, "utm_source", "meta", _with(source="facebook", medium="cpc")),
    ("L13", _with(source="FB"), Context(dictionary=BOOK), "utm_source",
     "'FB'", _with(source="facebook")),
    ("L13", _with(source="facebok"), Context(dictionary=BOOK), "utm_source",
     "'facebok'", None),
    ("L14", _with(campaign="(not%20set)"), None, "utm_campaign", "(not set)", None),
    ("L14", _with(campaign="undefined"), None, "utm_campaign", "undefined", None),
    ("L15", _with(campaign="{{campaign.nmae}}"), None, "utm_campaign", "{{campaign.nmae}} ({{campaign.name}}?)", None),
    ("L15", _with(campaign="{{campaign.name}}"), ARRIVED, "utm_campaign", "{{campaign.name}}", None),
    ("L15", _with(campaign="%7Bcampaignid%7D"), ARRIVED, "utm_campaign", "{campaignid}", None),
    ("L16", _with(campaign="a%2520b"), None, "utm_campaign", "a%2520b", _with(campaign="a%20b")),
    ("L17", GOOD.replace("&", "&amp;", 1), None, "utm_medium", "amp;utm_medium=email", GOOD),
    ("L17", "https://shop.example/?a=1?" + GOOD[22:], None, "a", "a=1?utm_source=letter",
     "https://shop.example/?a=1&" + GOOD[22:]),
    ("L17", GOOD + "&utm_term", None, "utm_term", "utm_term", GOOD),
    ("L18", "https://shop.example/#" + GOOD[22:], None, "#", GOOD[22:], GOOD),
    ("L18", "https://shop.example/#/r?utm_id=1", None, "#", "utm_id=1", None),
    ("L19", _with(campaign="x" * 101), None, "utm_campaign", "101", None),
    ("L19", GOOD.replace("/?", "/" + "a" * 1000 + "?"), None, "url", str(len(GOOD) + 1000), None),
    ("L20", GOOD + "&gclid=EAIa", None, "gclid", "Google Ads", GOOD),
    ("L20", GOOD + "&mc_eid=person", None, "mc_eid", "Mailchimp", GOOD),
    ("L21", _with("&gclid=x", source="sea"), ARRIVED, "utm_source", "gclid + sea / email", None),
    ("L22", "https://shop.example/?fbclid=x", ARRIVED, "fbclid", "Meta", None),
    ("L23", GOOD, Context(hops=(GOOD.replace("&utm_medium=email", ""),)), "utm_medium", "", None),
    ("L23", GOOD, Context(hops=(GOOD, GOOD.replace("spring", "spr"))), "utm_campaign", "spr", None),
    ("L24", GOOD.replace("https", "http"), None, "url", "http://", None),
    ("L25", GOOD, Context(status=404), "url", "404", None),
    ("L26", GOOD.replace("shop.example", "bit.ly"), None, "url", "bit.ly", None),
    ("L26", "https://l.facebook.com/l.php?u=https%3A%2F%2Fex.com%2F", None, "url", "https://ex.com/", None),
    ("L27", _with(campaign="spring_sale"), Context(used={"campaign": ["spring-sale"]}), "utm_campaign",
     "spring_sale (spring-sale?)", None),
    ("L27", _with(source="leter"), Context(used={"source": ["letter"]}), "utm_source", "leter (letter?)", None),
    ("L28", GOOD.replace("utm_source", "utm_soruce"), None, "utm_soruce", "utm_soruce", GOOD),
    ("L28", GOOD.replace("utm_source", "utm-source"), None, "utm-source", "utm-source", GOOD),
    ("L28", GOOD.replace("utm_source", "utmsource"), None, "utmsource", "utmsource", GOOD),
    ("L28", GOOD.replace("utm_source", "UTM_Source"), None, "utm_source", "UTM_Source", GOOD),
    ("L28", GOOD + "&utm_sorce=b", None, "utm_sorce", "utm_sorce", None),
    ("L28", GOOD + "&utm_whatever=b", None, "utm_whatever", "utm_whatever", None),
    ("L29", GOOD.replace("shop.", "me:pw@shop."), None, "url", "@", None),
    ("L29", GOOD + "&X-Amz-Signature=x", None, "x-amz-signature", "x-amz-signature", None),
    ("L30", GOOD, Context(arrived=True, issued=[_with(source="other")]), "url", "letter / email / spring", None),
    ("L31", GOOD, Context(clicks=0, hours=50), "url", "50 h", None),
    ("L32", GOOD + "&utm_id=7", Context(names_by_id={"7": ["autumn", "spring"]}), "utm_id", "7: spring / autumn", None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "url", "context", "field", "found", "fix"), FAULTS)
def test_a_fault_is_found_and_corrected_where_that_is_safe(
    rule: str, url: str, context: Context | None, field: str, found: str, fix: str | None
) -> None:
    findings = [finding for finding in check(url, context) if finding.rule == rule]
    assert [(f.field, f.found, f.fix) for f in findings] == [(field, found, fix)]


def test_every_rule_has_a_case_a_severity_and_a_reason_in_both_languages() -> None:
    assert list(RULES) == [f"L{number:02}" for number in range(1, 33)] == list(catalogue())
    assert {case[0] for case in FAULTS} == set(RULES)
    for row in catalogue().values():
        assert row["severity"] in ("error", "warning", "info")
        assert row["en"].endswith(".")
        assert row["fr"].endswith(".")


SILENT: list[tuple[str, Context | None]] = [
    (GOOD, None),
    (GOOD, Context(own_hosts=["shop.example"], page_host="partner.example")),
    (GOOD, Context(own_hosts=["shop.example"])),
    (GOOD + "&utm_id=AbC&utm_term=red+dress", None),
    (_with(source="google", medium="cpc"), None),
    (_with(source="facebook", medium="cpm"), None),
    (_with(campaign="workshop"), None),
    (_with(campaign="{{campaign.name}}"), None),
    (_with(campaign="*|CAMPAIGN_UID|*"), None),
    (_with(campaign="spring-2"), Context(used={"campaign": ["spring-1"]})),
    (GOOD, Context(used={"campaign": ["spring"]})),
    (GOOD + "&fbclid=x", Context(arrived=True, issued=[GOOD + "#elsewhere"])),
    ("https://shop.example/?page=2", ARRIVED),
    (GOOD, Context(hops=("https://m.shop.example/x?a=1&" + GOOD[22:],), status=200, clicks=0, hours=3)),
    (GOOD + "&utm_id=7", Context(names_by_id={"7": ["spring"]})),
    (_with("&gclid=x", source="google", medium="cpc"), ARRIVED),
    (_with(source="facebook", medium="social"), Context(dictionary=BOOK)),
    ("http://localhost:8787/?" + GOOD[22:], None),
]


@pytest.mark.parametrize(("url", "context"), SILENT)
def test_a_good_link_is_left_in_peace(url: str, context: Context | None) -> None:
    assert check(url, context) == []


def test_corrections_are_made_one_after_the_other_until_nothing_safe_is_left() -> None:
    bad = "https://shop.example/?UTM_Source=FB&amp;utm_medium=social_paid&utm_campaign=Big%2520Sale&gclid=x#part"
    assert corrected(bad) == (
        "https://shop.example/?utm_source=facebook&utm_medium=paid_social&utm_campaign=big-sale#part"
    )


def test_a_rule_can_be_left_out() -> None:
    assert check(_with(source="Letter"), ignore=["L04"]) == []


def test_the_reason_comes_in_both_languages_and_never_repeats_personal_data() -> None:
    (finding,) = check(_with("&x=jean@mail.example"))
    assert finding.reason("en").startswith("Personal data")
    assert finding.reason("fr").startswith("Donnée personnelle")
    assert "jean" not in repr(finding)


def test_the_dictionary_says_in_both_languages_what_it_expected() -> None:
    (finding,) = check(_with(source="facebok"), Context(dictionary=BOOK))
    assert finding.reason("en") == "source is 'facebok', which the dictionary does not list: did you mean facebook?"
    assert finding.reason("fr") == typeset(
        "source vaut 'facebok', absent du dictionnaire : vouliez-vous dire facebook ?"
    )
