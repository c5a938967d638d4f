"""A verification for a terminal and for a machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lukhas_notion.plan.finding import Finding, Side
from lukhas_notion.report import json as report_json
from lukhas_notion.report.console import value_lines
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted
from lukhas_notion.verify.verify import Verification


def lines(v: Verification) -> Iterator[str]:
    """Yield every finding, what to do about each kind, and the verdict."""
    for found in v.findings:
        yield from finding_lines(found)
    kinds = sorted({found.kind for found in v.findings})
    if kinds:
        yield "What to do:"
    for kind in kinds:
        yield f"    {kind}: {kind.spec.remedy}"
    for note in v.notes:
        yield terminal(f"note: {note}")
    if v.failure is not None and v.failure.remedy:
        yield terminal(f"note: {v.failure.remedy}")
    said = terminal(f"{v.verdict.headline}.")
    yield f"{said} {counted(v.requests, 'request')} · {v.seconds:.1f} s"


def finding_lines(found: Finding) -> Iterator[str]:
    """Yield who disagrees about what, and below it the values."""
    place = f"{found.path}:{found.line}" if found.line else subject(found)
    said = f"{found.side:<10}  {place}: {found.message}  ({found.kind})"
    yield terminal(said)
    yield from value_lines(found.properties)


def subject(found: Finding) -> str:
    """Return what a finding is about, in plain text."""
    return found.subject or ("a page without a title" if found.page_id else "ledger")


def document(v: Verification) -> dict[str, Any]:
    """Return it as JSON-ready data; ``format`` rises when a reader would have to change."""
    return {
        **report_json.head(v.generated, v.info),
        **report_json.verdict(v.verdict),
        "in_sync": v.in_sync,
        "modules": v.modules,
        "compared": v.compared,
        "requests": v.requests,
        "seconds": round(v.seconds, 3),
        "summary": {side.value: v.count(side) for side in Side},
        "findings": _findings(v.findings),
        "ignored": _findings(v.ignored),
        "notes": list(v.notes),
        "failure": v.failure.message if v.failure else None,
        "before_repair": _findings(v.before),
        "repair": report_json.document(v.repair) if v.repair else None,
    }


def _findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "kind": found.kind.value,
            "disagrees": found.side.value,
            "subject": found.subject,
            "message": found.message,
            "remedy": found.kind.spec.remedy,
            "path": found.path,
            "line": found.line,
            "page_id": found.page_id,
            "url": found.url,
            "pages": found.pages,
            "editor": found.editor,
            "properties": report_json.properties(found.properties),
        }
        for found in findings
    ]
