from __future__ import annotations

import pytest

from collector.utm import BuildError, Options, build, strip

MAIL = {"source": "letter", "medium": "email", "campaign": "spring"}
TAIL = "utm_source=letter&utm_medium=email&utm_campaign=spring"

# Before and after the place where the parameters belong: every byte of both must stay.
UNTOUCHED = [
    ("https://ex.com", ""),
    ("https://ex.com/", ""),
    ("https://ex.com/a/", ""),
    ("https://ex.com/a?x=1", ""),
    ("https://ex.com/a?b=2&a=1&b=1", ""),
    ("https://ex.com/a?flag", ""),
    ("https://ex.com/a?flag=", ""),
    ("https://ex.com/a?a=1=2==", ""),
    ("https://ex.com/a?=v", ""),
    ("https://ex.com/a?x=1&&y=2", ""),
    ("https://ex.com/a", "#section"),
    ("https://ex.com/a?x=1", "#"),
    ("https://ex.com/", "#/route"),
    ("https://ex.com/", "#/route?x=1"),
    ("https://ex.com/", "#!/route"),
    ("https://ex.com/a", "#:~:text=the%20end,-fin"),
    ("https://ex.com/a", "#s:~:text=a&text=b"),
    ("https://ex.com/a?q=a+b", ""),
    ("https://ex.com/a?q=a%20b", ""),
    ("https://ex.com/a?q=%c3%a9", ""),
    ("https://ex.com/a?q=%7Euser~", ""),
    ("https://ex.com/a?q=%E9", ""),
    ("https://ex.com/a?q=100%", ""),
    ("https://ex.com/a?q=%zz", ""),
    ("https://ex.com/a?x=1;y=2", ""),
    ("https://ex.com/a;jsessionid=0A1B?x=1", ""),
    ("https://ex.com/a?f[]=1&f[]=2&g[a][b]=3", ""),
    ("https://ex.com/a?u=https://other.example/?x=1", ""),
    ("https://ex.com/a?u=https%3A%2F%2Fother.example%2F%3Fx%3D1", ""),
    ("https://ex.com/a?token=aa%2Fbb%2Bcc%3D%3D", ""),
    ("https://bücher.example/été", ""),
    ("https://xn--bcher-kva.example/", ""),
    ("https://ex.com:443/", ""),
    ("http://ex.com:8080/a", ""),
    ("https://[2001:db8::1]:8443/a", ""),
    ("https://user:pw@ex.com/", ""),
    ("HTTPS://Ex.COM/A", ""),
    ("https://ex.com/a/../b/./c//d", ""),
    ("https://ex.com/a?name={{ad.name}}", ""),
    ("https://ex.com/a?m=*|EMAIL|*&n=%%first%%", ""),
    ("https://ex.com/a?x={{ contact.id }}&y={% if a %}b{% endif %}", ""),
    ("https://ex.com/a?q='()!*,\"", ""),
    ("https://ex.com/?#", "#"),
    ("https://ex.com/a?gclid=Abc&ref=x", ""),
    ("https://ex.com/日本語?q=日本", "#章"),
]


@pytest.mark.parametrize(("before", "after"), UNTOUCHED)
def test_every_byte_that_is_not_ours_stays(before: str, after: str) -> None:
    before = before.removesuffix("#").removesuffix("?") if before.endswith("?#") else before
    mark = "&" if "?" in before else "?"
    built = build(before + after, MAIL).url
    assert built == before + mark + TAIL + after
    assert build(built, MAIL).url == built
    assert strip(built) == before + after


@pytest.mark.parametrize("end", ["?", "?x=1&", "?&", "?x&&"])
def test_a_separator_that_is_already_there_is_used(end: str) -> None:
    assert build("https://ex.com/a" + end, MAIL).url == "https://ex.com/a" + end + TAIL


VALUES = [
    ("a b", "a%20b"),
    ("a+b", "a%2Bb"),
    ("a&b=c", "a%26b%3Dc"),
    ("a#b", "a%23b"),
    ("50%", "50%25"),
    ("été", "%C3%A9t%C3%A9"),
    ("日本", "%E6%97%A5%E6%9C%AC"),
    ("a/b?c", "a%2Fb%3Fc"),
    ("👩‍🚀", "%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80"),
    ("a-b_c.d~e", "a-b_c.d~e"),
    ("  trimmed  ", "trimmed"),
]


@pytest.mark.parametrize(("value", "written"), VALUES)
def test_a_value_is_percent_encoded_so_that_every_decoder_agrees(value: str, written: str) -> None:
    assert build("https://ex.com/", {**MAIL, "term": value}).url == f"https://ex.com/?{TAIL}&utm_term={written}"


def test_parameters_come_in_one_order_whatever_the_order_given() -> None:
    given = {
        "marketing_tactic": "9", "creative_format": "8", "source_platform": "7", "content": "6", "term": "5",
        "id": "4", "campaign": "3", "medium": "2", "source": "1",
    }  # fmt: skip
    assert build("https://ex.com/", given).url == (
        "https://ex.com/?utm_source=1&utm_medium=2&utm_campaign=3&utm_id=4&utm_term=5&utm_content=6"
        "&utm_source_platform=7&utm_creative_format=8&utm_marketing_tactic=9"
    )


def test_empty_values_are_left_out() -> None:
    assert build("https://ex.com/", {**MAIL, "term": "", "content": None, "id": "  "}).url.endswith(TAIL)


def test_the_parameters_of_another_family_can_be_built_by_name() -> None:
    assert build("https://ex.com/", {"mtm_campaign": "x"}).url == "https://ex.com/?mtm_campaign=x"


TAGGED = "https://ex.com/?UTM_Source=old&x=1&utm_source=older&amp;utm_medium=old&utm_term=kept"
EXISTING = [
    ("replace", "https://ex.com/?utm_source=letter&x=1&utm_medium=email&utm_term=kept&utm_campaign=spring"),
    ("keep", TAGGED),
    ("fill", TAGGED + "&utm_campaign=spring"),
]


@pytest.mark.parametrize(("policy", "expected"), EXISTING)
def test_what_is_already_there_is_dealt_with_as_asked(policy: str, expected: str) -> None:
    options = Options(existing=policy)  # type: ignore[arg-type]
    assert build(TAGGED, MAIL, options).url == expected
    assert build(expected, MAIL, options).url == expected


def test_error_refuses_another_value_and_accepts_the_same() -> None:
    strict = Options(existing="error")
    with pytest.raises(BuildError, match="utm_source is already 'old' in the link") as refused:
        build(TAGGED, MAIL, strict)
    assert refused.value.field == "utm_source"
    built = build("https://ex.com/", MAIL, strict).url
    assert build(built, MAIL, strict).url == built


def test_keep_adds_to_a_link_that_has_no_tag() -> None:
    assert build("https://ex.com/?x=1", MAIL, Options(existing="keep")).url == f"https://ex.com/?x=1&{TAIL}"


FRAGMENTS = [
    ("https://ex.com/#/page", f"https://ex.com/#/page?{TAIL}"),
    ("https://ex.com/?a=1#/page?x=1", f"https://ex.com/?a=1#/page?x=1&{TAIL}"),
    ("https://ex.com/#!/page", f"https://ex.com/#!/page?{TAIL}"),
    ("https://ex.com/#/page:~:text=a", f"https://ex.com/#/page?{TAIL}:~:text=a"),
]


@pytest.mark.parametrize(("url", "expected"), FRAGMENTS)
def test_parameters_can_go_into_the_route_after_the_hash(url: str, expected: str) -> None:
    inside = Options(in_fragment=True)
    assert build(url, MAIL, inside).url == expected
    assert build(expected, MAIL, inside).url == expected
    assert strip(expected) == url


BAD_VALUES = [
    ({"campaign": "a\nb"}, "value_inside", "utm_campaign"),
    ({"campaign": "a\0b"}, "value_inside", "utm_campaign"),
    ({"campaign": "a\u202eb"}, "value_inside", "utm_campaign"),
    ({"campaign": "a\u200bb"}, "value_inside", "utm_campaign"),
    ({"campaign": "\ud800"}, "value_inside", "utm_campaign"),
    ({"campaign": "x" * 421}, "value_too_long", "utm_campaign"),
    ({"content": "jean.dupont@mail.example"}, "value_personal", "utm_content"),
    ({"content": "+33 6 12 34 56 78"}, "value_personal", "utm_content"),
    ({"content": "0612345678"}, "value_personal", "utm_content"),
    ({"content": "tel-06-12-34-56-78"}, "value_personal", "utm_content"),
    ({"content": "4111-1111-1111-1111"}, "value_personal", "utm_content"),
    ({"content": "eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln"}, "value_personal", "utm_content"),
    ({"content": "4111 1111 1111 1111"}, "value_personal", "utm_content"),
    ({"campaing": "x"}, "field_unknown", "campaing"),
    ({"campaign": 3}, "value_type", "utm_campaign"),
    ({"campaign": "{{campaign.name}}"}, "macro_platform", "utm_campaign"),
    ({"campaign": "__CAMPAIGN_NAME__"}, "macro_platform", "utm_campaign"),
]


@pytest.mark.parametrize(("values", "code", "field"), BAD_VALUES)
def test_a_value_that_must_not_go_out_is_refused(values: dict[str, str], code: str, field: str) -> None:
    with pytest.raises(BuildError) as refused:
        build("https://ex.com/", {**MAIL, **values})
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_campaign_id_may_be_a_long_number() -> None:
    assert build("https://ex.com/", {**MAIL, "id": "4111111111111111"}).url.endswith("utm_id=4111111111111111")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BuildError, match=r"campaing is not a campaign parameter: did you mean utm_campaign\?"):
        build("https://ex.com/", {"campaing": "x"})


def test_an_encoded_value_is_never_guessed_in_silence() -> None:
    value = {**MAIL, "term": "a%20b"}
    as_typed = build("https://ex.com/", value)
    assert as_typed.url.endswith("utm_term=a%2520b")
    assert [notice.code for notice in as_typed.warnings] == ["encoded_value"]
    decoded = build("https://ex.com/", value, Options(encoded=True))
    assert decoded.url.endswith("utm_term=a%20b")
    assert decoded.warnings == ()
    guessed = build("https://ex.com/", value, Options(encoded="auto"))
    assert guessed.url == decoded.url
    assert [notice.code for notice in guessed.warnings] == ["decoded_value"]
    with pytest.raises(BuildError, match="not a valid %XX sequence"):
        build("https://ex.com/", {**MAIL, "term": "%E9"}, Options(encoded=True))


MACROS = [
    ("meta", "{{campaign.name}}"),
    ("snapchat", "{{adSet.name}}"),
    ("google", "{campaignid}"),
    ("google", "{ifmobile:m}"),
    ("google", "{_mine}"),
    ("microsoft", "{CampaignId}"),
    ("microsoft", "{keyword:none}"),
    ("tiktok", "__CAMPAIGN_NAME__"),
    ("yandex", "{campaign_id}"),
    ("taboola", "{site}"),
    ("mailchimp", "*|CAMPAIGN_UID|*"),
    ("liquid", "{{ campaign.name }}"),
    ("salesforce", "%%emailname_%%"),
    ("mailjet", "[[data:name]]"),
]


@pytest.mark.parametrize(("platform", "macro"), MACROS)
def test_a_macro_of_its_platform_passes_as_it_is(platform: str, macro: str) -> None:
    built = build("https://ex.com/", {**MAIL, "term": f"a b {macro}!"}, Options(platform=platform))
    assert built.url.endswith(f"utm_term=a%20b%20{macro}%21")


MISSPELT = [
    ("meta", "{{campaign.nmae}}", "did you mean {{campaign.name}}?"),
    ("google", "{campaign_id}", "did you mean {campaignid}?"),
    ("google", "{CampaignId}", "did you mean {campaignid}?"),
    ("tiktok", "__CAMPAIGN_NAM__", "did you mean __CAMPAIGN_NAME__?"),
    ("tiktok", "{{campaign.name}}", "tiktok would leave as it is"),
    ("meta", "{campaignid}", "meta would leave as it is"),
]


@pytest.mark.parametrize(("platform", "macro", "sentence"), MISSPELT)
def test_a_macro_the_platform_would_not_fill_in_is_refused(platform: str, macro: str, sentence: str) -> None:
    with pytest.raises(BuildError) as refused:
        build("https://ex.com/", {**MAIL, "term": macro}, Options(platform=platform))
    assert sentence in str(refused.value)
    assert refused.value.code == "macro_unknown"


def test_options_are_checked() -> None:
    with pytest.raises(BuildError, match=r"existing must be one of replace, keep, error, fill, not 'overwrite'"):
        build("https://ex.com/", MAIL, Options(existing="overwrite"))  # type: ignore[arg-type]
    with pytest.raises(BuildError, match=r"platform must be one of meta, .*, not 'mta'"):
        build("https://ex.com/", {**MAIL, "term": "{{ad.id}}"}, Options(platform="mta"))
    with pytest.raises(BuildError, match="no route after #"):
        build("https://ex.com/#part", MAIL, Options(in_fragment=True))


STRIPPED = [
    ("utm", "https://ex.com/?utm_source=a&x=1&UTM_x=2#f", "https://ex.com/?x=1#f"),
    ("utm", "https://ex.com/?utm_source=a", "https://ex.com/"),
    ("utm", "https://ex.com/?gclid=1&pk_campaign=2", "https://ex.com/?gclid=1&pk_campaign=2"),
    ("campaign", "https://ex.com/?gclid=1&pk_campaign=2&utm_id=3", "https://ex.com/?gclid=1"),
    ("clicks", "https://ex.com/?GCLID=1&mc_eid=4&utm_id=3", "https://ex.com/?utm_id=3"),
    ("all", "https://ex.com/?gclid=1&utm_id=3&x", "https://ex.com/?x"),
    ("utm", "https://ex.com/#utm_source=a", "https://ex.com/"),
    ("utm", "https://ex.com/#/r?utm_source=a&x=1", "https://ex.com/#/r?x=1"),
    ("utm", "https://ex.com/?#", "https://ex.com/?#"),
    ("utm", "https://ex.com/?a&&b#", "https://ex.com/?a&&b#"),
    ("utm", "not a url", "not a url"),
]


@pytest.mark.parametrize(("what", "url", "expected"), STRIPPED)
def test_stripping_takes_what_was_asked_and_nothing_else(what: str, url: str, expected: str) -> None:
    assert strip(url, what) == expected  # type: ignore[arg-type]
