"""What is wrong with a question that a form makes, by field."""

from __future__ import annotations

from typing import Any

from collector.pages.filters import Fault
from collector.reports.spec import SpecError, question


def faults(report: str, spec: dict[str, Any]) -> dict[str, Fault]:
    """The report's own complaint under its field's name; empty if the question can be asked."""
    try:
        question(report, spec)
    except SpecError as error:
        field = error.field.partition(".")[0].partition("[")[0]
        return {field: Fault(field, error.sentence, error.values)}
    return {}
