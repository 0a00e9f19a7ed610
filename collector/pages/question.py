"""A report that a page asks; and the same question as an API call and as a command, to be copied."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson


class Question(NamedTuple):
    """A report and its spec."""

    report: str
    spec: dict[str, Any]


def as_call(question: Question, site: str, origin: str) -> str:
    """The question for a shell with curl; the token is that of an account, never the page's."""
    return as_request(f"{origin}/api/sites/{site}/reports/{question.report}", question.spec)


def as_request(url: str, body: Mapping[str, Any], method: str = "POST") -> str:
    """Anything of the API for a shell with curl."""
    said = orjson.dumps(body).decode()
    how = "" if method == "POST" else f" -X {method}"
    return f'curl{how} -H "Authorization: Bearer $BALISE_TOKEN" -d {shlex.quote(said)} {shlex.quote(url)}'


def as_command(question: Question, site: str, program: str = "balise") -> str:
    """The question for a shell with `balise`."""
    said = ["report", question.report, "--site", site]
    for key, value in question.spec.items():
        if key == "range":
            for end in ("from", "to"):
                said += [f"--{end}", str(value[end])] if end in value else []
        else:
            text = value if isinstance(value, str) and not _json(value) else orjson.dumps(value).decode()
            said += ["--set", f"{key}={text}"]
    return f"{program} {shlex.join(said)}"


def _json(text: str) -> bool:
    """Whether the command would read a text as something else."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
