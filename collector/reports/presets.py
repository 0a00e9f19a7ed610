"""How other programs count, as bundles of a funnel's options, so that people who migrate can reconcile their numbers.

A preset fills in what the question leaves out. It stands for the program's defaults as they are published; what a
program cannot be asked for (its sampling, its own delays) is not imitated. Where each comes from:

posthog   window of 14 days: `funnelWindowInterval` in its public query schema; best attempt, an exclusion removes the
          person, every event inside the range: its public source
mixpanel  7 days, from the first entry, never reset: docs.mixpanel.com, "Funnels: advanced" (its older help pages said
          30 days); its later option of optimised re-entry is `entry` best
ga4       closed or open (`open`), a breakdown and times: public guides. That no window but the range holds is not
          confirmed by a page of Google's own
matomo    counted by visit: matomo.org, "How is funnel data archived?"; midnight and a new campaign end a visit: its
          public source
umami     each step within the window of the one before: its public source. That an hour is what its form begins with is
          not confirmed
"""

from __future__ import annotations

from typing import Any, Final

_CLIPPED: Final = {"end": "all"}
_WEEK: Final = 7 * 86_400_000
_PRESETS: Final[dict[str, dict[str, Any]]] = {
    # best attempt; an exclusion removes the person; every event inside the range; a campaign does not cut a session
    "posthog": {"window": 14 * 86_400_000, "exclusion_mode": "drop", "range": _CLIPPED,
                "session": {"split_on_utm": False}},
    # the window starts at the first entry and is never reset
    "mixpanel": {"window": _WEEK, "entry": "first"},
    # the range is all there is to the window
    "ga4": {"window": None, "range": _CLIPPED, "session": {"split_on_utm": False}},
    # steps of one visit; a visit ends at midnight and at a new campaign
    "matomo": {"window": None, "scope": "session", "range": _CLIPPED, "session": {"split_at_midnight": True}},
    # each step within the window of the one before, every event inside the range, a gap longer than the timeout cuts
    "umami": {"window": 60 * 60_000, "window_from": "previous", "range": _CLIPPED,
              "session": {"split_on_utm": False, "boundary": "gt"}},
}  # fmt: skip


def with_preset(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec over its preset's options; objects are merged key by key. An unknown preset is left to the reader."""
    like = spec.get("like")
    preset = _PRESETS.get(like, {}) if isinstance(like, str) else {}
    merged = dict(preset) | spec
    for key, value in preset.items():
        if isinstance(value, dict) and isinstance(spec.get(key), dict):
            merged[key] = value | spec[key]
    return merged
