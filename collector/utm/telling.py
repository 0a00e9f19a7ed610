"""What the toolkit found, as objects of plain values: one shape for the command line, the API and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .channel import RULE_SETS, RuleSet
from .dictionary import Dictionary
from .landing import Parsed, parse
from .lint import Finding
from .sentences import Language, Notice


def facts(found: Parsed) -> dict[str, Any]:
    """A landing read: canonical tags, source, medium, channel, referrer, click id and reasons; every key is always
    there."""
    tags, touch = found.canonical, found.touch
    return {
        "source": touch.source,
        "medium": touch.medium,
        "campaign": tags.campaign,
        "term": tags.term,
        "content": tags.content,
        "id": tags.id,
        "channel": touch.channel,
        "referrer": found.referrer._asdict(),
        "click_id": tags.click_id,
        "explain": found.explain,
    }


def preview(url: str, warnings: Sequence[Notice], dictionary: Dictionary | None, language: Language) -> dict[str, Any]:
    """A built link: where it will land under every rule set, and what is worth knowing."""
    channels = previewed(url, dictionary)
    return {"url": url, "channel": channels["ga4"], "channels": channels, "warnings": said(warnings, language)}


def previewed(url: str, dictionary: Dictionary | None) -> dict[str, str]:
    """Rule set → the channel that a visit through `url` lands in."""
    sets: list[str | RuleSet] = [*RULE_SETS]
    if dictionary and dictionary.channels:
        sets.append(dictionary.channels)
    return {
        rules if isinstance(rules, str) else rules.name: parse(url, rules=rules, dictionary=dictionary).touch.channel
        for rules in sets
    }


def said(notices: Sequence[Notice], language: Language) -> list[dict[str, str]]:
    """Each notice with its code, its field and its sentence."""
    return [{"code": n.code, "field": n.field, "message": n.say(language)} for n in notices]


def as_object(found: Finding, language: Language) -> dict[str, str | None]:
    """A checker's finding."""
    return {
        "rule": found.id,
        "severity": found.severity,
        "field": found.field,
        "found": found.found,
        "reason": found.reason(language),
        "fix": found.fix,
    }
