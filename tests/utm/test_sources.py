from __future__ import annotations

import pytest

from collector.utm import sources

ASSISTANTS = [
    "chatgpt.com", "chat.openai.com", "perplexity.ai", "www.perplexity.ai", "claude.ai",
    "gemini.google.com", "copilot.microsoft.com", "copilot.com", "www.copilot.com",
    "copilot.cloud.microsoft", "m365.cloud.microsoft", "meta.ai", "www.meta.ai", "chat.mistral.ai",
    "chat.deepseek.com", "grok.com", "you.com", "www.you.com", "phind.com", "www.phind.com",
    "bard.google.com", "notebooklm.google.com", "poe.com", "duck.ai", "chat.qwen.ai",
]  # fmt: skip
NOT_ASSISTANTS = [
    "google.com", "www.google.com", "bing.com", "www.bing.com", "openai.com", "platform.openai.com",
    "community.openai.com", "help.openai.com", "gemini.com", "bombardier.com", "bard.edu",
    "gptzero.me", "copilot.money", "github.com", "loopcraft.ai", "jasper.ai", "character.ai",
    "mistral.ai", "notperplexity.ai", "perplexity.ai.example.com", "claude.ai.example.com",
    "chatgpt.com.example.net", "thankyou.com", "l.facebook.com", "lm.facebook.com", "t.co", "x.com",
    "mail.google.com", "outlook.live.com", "duckduckgo.com", "deepseek.com", "(direct)",
    "(not set)", "",
]  # fmt: skip


@pytest.mark.parametrize("host", ASSISTANTS)
def test_an_assistant_is_known_by_its_host(host: str) -> None:
    found = sources.find(host)
    assert found is not None
    assert found.category == "ai-assistant"
    assert found.medium == "ai-assistant"


@pytest.mark.parametrize("host", NOT_ASSISTANTS)
def test_a_host_that_only_resembles_an_assistant_is_not_one(host: str) -> None:
    found = sources.find(host)
    assert found is None or found.category != "ai-assistant"


KNOWN = [
    ("www.google.com", "/", "google", "organic"),
    ("google.fr", "/search", "google", "organic"),
    ("www.google.co.uk", None, "google", "organic"),
    ("www.google.com.br", None, "google", "organic"),
    ("WWW.Google.DE:443", None, "google", "organic"),
    ("www.bing.com", "/search", "bing", "organic"),
    ("www.bing.com", "/chat", "copilot", "ai-assistant"),
    ("www.bing.com", "/chatter", "bing", "organic"),
    ("fr.search.yahoo.com", "/", "yahoo", "organic"),
    ("search.yahoo.co.jp", "/", "yahoo", "organic"),
    ("de.yahoo.com", "/", "yahoo", "organic"),
    ("groups.yahoo.com", "/", None, None),
    ("yahoo.fr", "/", "yahoo", "organic"),
    ("ya.ru", "/", "yandex", "organic"),
    ("search.brave.com", "/", "brave", "organic"),
    ("x.com", "/i/grok", "grok", "ai-assistant"),
    ("x.com", "/i/grok/share/1", "grok", "ai-assistant"),
    ("x.com", "/i/grokking", "twitter", "social"),
    ("x.com", "/someone", "twitter", "social"),
    ("t.co", "/abc", "twitter", "social"),
    ("l.facebook.com", "/l.php", "facebook", "social"),
    ("m.facebook.com", "/", "facebook", "social"),
    ("l.instagram.com", "/", "instagram", "social"),
    ("out.reddit.com", "/", "reddit", "social"),
    ("fr.pinterest.com", "/", "pinterest", "social"),
    ("www.pinterest.co.uk", "/", "pinterest", "social"),
    ("bsky.app", "/", "bluesky", "social"),
    ("www.threads.net", "/", "threads", "social"),
    ("wa.me", "/", "whatsapp", "social"),
    ("m.youtube.com", "/", "youtube", "referral"),
    ("youtu.be", "/", "youtube", "referral"),
    ("www.amazon.de", "/", "amazon", "referral"),
    ("www.amazon.com.au", "/", "amazon", "referral"),
    ("shopping.google.com", "/", "google-shopping", "referral"),
    ("mail.google.com", "/mail/u/0", "gmail", "email"),
    ("outlook.live.com", "/", "outlook", "email"),
    ("eur01.safelinks.protection.outlook.com", "/", "outlook", "email"),
    ("fr.mail.yahoo.com", "/", "yahoo-mail", "email"),
    ("webmail.free.fr", "/", "free-mail", "email"),
    ("www.icloud.com", "/mail", "icloud-mail", "email"),
    ("www.icloud.com", "/photos", None, None),
    ("googleads.g.doubleclick.net", "/", "doubleclick", "cpc"),
    ("abc.safeframe.googlesyndication.com", "/", "google-ads", "cpc"),
    ("com.google.android.gm", "", "gmail", "email"),
    ("com.reddit.frontpage", "", "reddit", "social"),
    ("com.linkedin.android", "", "linkedin", "social"),
    ("com.google.android.googlequicksearchbox", "/", "google", "organic"),
]


@pytest.mark.parametrize(("host", "path", "name", "medium"), KNOWN)
def test_a_referrer_is_known_by_host_and_path(host: str, path: str, name: str | None, medium: str | None) -> None:
    found = sources.find(host, path)
    assert (found.name, found.medium) == (name, medium) if found else (name, medium) == (None, None)


LOOK_ALIKES = [
    "google.com.evil.tld", "google.evil.tld", "notgoogle.com", "google.com-login.example",
    "googlefr.com", "mydocs.google.com", "sites.google.com.example", "facebook.com.example.org",
    "myfacebook.com", "facebook.example", "amazon.example", "amazon.co.evil.example",
    "t.co.example", "mail.google.com.example", "yahoo.example.fr", "search.yahoo.evil.example",
    "ogle.fr", "com", "localhost", "127.0.0.1", "[::1]", "google..com",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOK_ALIKES)
def test_a_look_alike_is_nobody(host: str) -> None:
    assert sources.find(host) is None


def test_the_search_term_is_read_where_the_engine_tells_it() -> None:
    found = sources.find("www.google.fr", "/search", "hl=fr&q=robe+rouge")
    assert found is not None
    assert found.term == "robe rouge"
    silent = sources.find("www.google.fr", "/", "q=")
    assert silent is not None
    assert silent.term is None


def test_every_engine_tells_its_term_by_each_of_its_parameters() -> None:
    table = sources._table()
    homes = {entry.source.name: (host, entry.path) for host, entries in table.hosts.items() for entry in entries}
    for name, parameters in table.terms.items():
        host, path = homes[name]
        for parameter in parameters:
            found = sources.find(host.replace(".*", ".com"), path, f"x=1&{parameter}=robe+%C3%A9t%C3%A9")
            assert found is not None, name
            assert (found.name, found.term) == (name, "robe été"), (name, parameter)
            assert sources.find(host.replace(".*", ".com"), path, f"{parameter}=").term is None  # type: ignore[union-attr]


def test_the_target_of_a_redirection_is_not_what_was_searched_for() -> None:
    found = sources.find("www.google.com", "/url", "sa=t&q=https%3A%2F%2Fshop.example%2F")
    assert found is not None
    assert found.term is None


ODD = ["WWW.GOOGLE.COM", "www.google.com.", "www.google.com:443", " www.google.com ", "Google.Fr", "m.google.com",
       "www.google.co.nz", "www.google.com.mx", "encrypted.google.com", "GOOGLE.CAT"]  # fmt: skip


@pytest.mark.parametrize("host", ODD)
def test_a_host_is_known_however_it_is_written(host: str) -> None:
    found = sources.find(host)
    assert found is not None
    assert found.name == "google"


NAMED = [
    ("fb", "facebook"),
    ("Facebook", "facebook"),
    ("facebook.com", "facebook"),
    ("l.facebook.com", "facebook"),
    ("https://www.facebook.com/page", "facebook"),
    ("chatgpt.com", "chatgpt"),
    ("youtube", "youtube"),
    ("meta", None),
    ("newsletter", None),
    ("facebook.example", None),
]


@pytest.mark.parametrize(("source", "name"), NAMED)
def test_a_source_is_known_by_name_alias_or_host(source: str, name: str | None) -> None:
    found = sources.named(source)
    assert (found.name if found else None) == name


def test_no_host_stands_twice_in_the_table() -> None:
    table = sources._table()
    for host, entries in table.hosts.items():
        paths = [entry.path for entry in entries]
        assert len(paths) == len(set(paths)), host
        assert host == host.lower(), host


def test_every_alias_and_term_belongs_to_a_known_source() -> None:
    table = sources._table()
    assert set(table.aliases.values()) <= table.names.keys()
    assert table.terms.keys() <= table.names.keys()
