"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines they are about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from .documents import Fault
from .lint import catalogue
from .sentences import Language

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}


def sarif(faults: Iterable[tuple[str, Fault]], version: str, language: Language = "en") -> dict[str, Any]:
    """One run over the `faults`, each with the file or address it was found in."""
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "balise", "version": version, "rules": _rules(language)}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(where, fault, language) for where, fault in faults],
            }
        ],
    }


def _rules(language: Language) -> list[dict[str, Any]]:
    return [
        {
            "id": rule,
            "shortDescription": {"text": row[language]},
            "defaultConfiguration": {"level": _LEVELS[row["severity"]]},
        }
        for rule, row in catalogue().items()
    ]


def _result(where: str, fault: Fault, language: Language) -> dict[str, Any]:
    link, finding = fault
    artefact = {"uri": where if "://" in where else quote(PurePath(where).as_posix())}
    region = {
        "startLine": link.line,
        "startColumn": link.column,
        "endLine": link.line,
        "endColumn": link.column + link.end - link.start,
    }
    found = f" ({finding.found})" if finding.found else ""
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.field}: {finding.reason(language)}{found}"},
        "locations": [{"physicalLocation": {"artifactLocation": artefact, "region": region}}],
    }
    if finding.fix and link.end > link.start:  # elsewhere there is nothing to put it in the place of
        replacement = {"deletedRegion": region, "insertedContent": {"text": link.written(finding.fix)}}
        result["fixes"] = [{"artifactChanges": [{"artifactLocation": artefact, "replacements": [replacement]}]}]
    return result
