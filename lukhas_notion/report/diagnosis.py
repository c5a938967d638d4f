"""A diagnosis for a terminal, for a machine and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lukhas_notion.report import json as report_json
from lukhas_notion.setup.doctor.diagnosis import Check, Diagnosis, Level
from lukhas_notion.util.sanitize import markdown_message, terminal

_MARKS = {Level.PASS: "✅", Level.WARNING: "⚠️", Level.FAILURE: "❌"}
#: Columns of the result and, at most, of what was checked.
_RESULT, _SUBJECT = 9, 40


def lines(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield a table of the checks, each with its fix below the finding, and then the verdict."""
    width = max((len(terminal(check.subject)) for check in diagnosis.checks), default=0)
    width = min(width, _SUBJECT) + 2
    for check in diagnosis.checks:
        first, *more = [*check.found.split("\n"), *filter(None, [check.fix])]
        yield f"{check.level:<{_RESULT}}{terminal(check.subject):<{width}}{terminal(first)}"
        for line in more:
            yield f"{'':{_RESULT + width}}{terminal(line)}"
    yield f"{diagnosis.verdict.headline}."


def document(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return the diagnosis as JSON-ready data."""
    return {
        **report_json.verdict(diagnosis.verdict),
        "requests": diagnosis.requests,
        "failures": len(diagnosis.of(Level.FAILURE)),
        "warnings": len(diagnosis.of(Level.WARNING)),
        "checks": [asdict(check) for check in diagnosis.checks],
    }


def markdown(diagnosis: Diagnosis) -> str:
    """Return the diagnosis as a Markdown section, failures first."""
    order = (Level.FAILURE, Level.WARNING, Level.PASS)
    rows = [_row(check) for level in order for check in diagnosis.of(level)]
    head = ["| Result | Checked | Finding | What to do |", "| --- | --- | --- | --- |"]
    return "\n".join(
        ["## Notion set-up", "", f"{diagnosis.verdict.headline}.", "", *head, *rows, ""]
    )


def _row(check: Check) -> str:
    cells = (check.subject, check.found, check.fix)
    shown = " | ".join(markdown_message(cell.replace("\n", " ")) for cell in cells)
    return f"| {_MARKS[check.level]} {check.level} | {shown} |"
