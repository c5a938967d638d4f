"""A diagnosis for a terminal, for a machine and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lukhas_notion.report import json as report_json
from lukhas_notion.setup.doctor.diagnosis import Check, Diagnosis, Level
from lukhas_notion.util.sanitize import markdown_message, terminal

_SIGNS = {Level.OK: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.PROBLEM: "✗"}
_MARKS = {Level.OK: "✅", Level.NOTE: "ℹ️", Level.WARNING: "⚠️", Level.PROBLEM: "❌"}


def lines(diagnosis: Diagnosis) -> Iterator[str]:
    """Yield a line for each check, and below it what to do; how it came out comes last."""
    for check in diagnosis.checks:
        # A message of several sentences may be of several lines.
        first, *more = check.found.split("\n")
        yield terminal(f"{_SIGNS[check.level]} {check.subject}: {first}")
        for line in more:
            yield terminal(f"    {line}")
        if check.fix:
            yield terminal(f"    {check.fix}")
    yield f"{diagnosis.verdict.headline}."


def document(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return the diagnosis as JSON-ready data."""
    return {
        **report_json.verdict(diagnosis.verdict),
        "requests": diagnosis.requests,
        "problems": len(diagnosis.of(Level.PROBLEM)),
        "warnings": len(diagnosis.of(Level.WARNING)),
        "checks": [asdict(check) for check in diagnosis.checks],
    }


def markdown(diagnosis: Diagnosis) -> str:
    """Return the diagnosis as a Markdown section, the worst first."""
    order = (Level.PROBLEM, Level.WARNING, Level.NOTE, Level.OK)
    rows = [_row(check) for level in order for check in diagnosis.of(level)]
    head = ["| | What | Found | What to do |", "| --- | --- | --- | --- |"]
    return "\n".join(
        ["## Notion set-up", "", f"{diagnosis.verdict.headline}.", "", *head, *rows, ""]
    )


def _row(check: Check) -> str:
    cells = (check.subject, check.found, check.fix)
    shown = " | ".join(markdown_message(cell.replace("\n", " ")) for cell in cells)
    return f"| {_MARKS[check.level]} | {shown} |"
