"""Results: JSON that runs add to, and the Markdown that is made from it."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Sample
from benchmarks.notion import Service
from benchmarks.rows import Row

Results = dict[str, Any]

_PART = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end: (?P=name) -->)",
    re.DOTALL,
)


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError, AttributeError):
        memory = 0.0
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def of_row(row: Row, samples: Sequence[Sample]) -> dict[str, Any]:
    """Return a row's samples, their medians, and what of its target they miss."""
    missed = row.target.missed(list(samples))
    return {
        "name": row.name,
        "title": row.title,
        "floor": row.floor,
        "target": {k: v for k, v in vars(row.target).items() if v is not None},
        "missed": missed,
        **summary(samples),
    }


def summary(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return the medians of some samples, with the least and the most, and the samples."""
    seconds = [each.seconds for each in samples]
    memory = [each.mib for each in samples]
    uses = [each.window_use for each in samples if each.window_use]
    return {
        "requests": median(each.asked for each in samples),
        "seconds": [median(seconds), min(seconds), max(seconds)],
        "mib": [median(memory), min(memory), max(memory)],
        "refused": max(each.statuses.get("429", 0) for each in samples),
        "conflicts": max(each.statuses.get("409", 0) for each in samples),
        "window_use": median(each[0] for each in uses) if uses else None,
        "samples": [each.as_json() for each in samples],
    }


def merged(path: Path, section: str, made: Sequence[Mapping[str, Any]]) -> Results:
    """Return the results in a file with new ones of a section in the place of older ones.

    Args:
        path: the file; a missing one has no results yet.
        section: ``rows`` or ``peers``.
        made: the new results, each with its ``name``.
    """
    known: Results = {}
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
    before = {each["name"]: each for each in known.get(section, [])}
    before |= {each["name"]: dict(each) for each in made}
    return {**known, section: list(before.values())}


def about(service: Service, command: str) -> dict[str, Any]:
    """Return what has to be known beside figures to judge them."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "service": vars(service),
        "command": command,
    }


def update_document(path: Path, parts: Mapping[str, str]) -> None:
    """Put each part between its two markers in a Markdown file; other text stays."""

    def replaced(found: re.Match[str]) -> str:
        part = parts.get(found["name"])
        return found[0] if part is None else f"{found['begin']}{part.rstrip()}\n{found['end']}"

    text = _PART.sub(replaced, path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, results: Results) -> None:
    """Write the results."""
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8", newline="\n")
