"""Violations alone, as lines for a terminal and as data: what a run without a plan reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from lukhas_notion.config.gates import headlines
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.util.sanitize import terminal


def violation_lines(violations: Iterable[Violation]) -> Iterator[str]:
    """Yield the gates that are missing, then ``file:line: message (at pointer)`` with remedies."""
    violations = list(violations)
    for said in headlines(violations):
        yield terminal(f"GATE MISSING: {said}")
    for v in violations:
        pointer = f" (at {v.pointer})" if v.pointer else ""
        yield terminal(f"{v.path}:{v.line}: {v.message}{pointer}")
        if v.advice:
            yield terminal(f"    {v.advice}")


def violations_data(found: Sequence[Violation]) -> list[dict[str, Any]]:
    """Return violations as JSON-ready data."""
    return [asdict(violation) for violation in found]
