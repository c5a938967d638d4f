"""The JSON file that stores results, and the document that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import plot, results, tables
from benchmarks.jobs import JOBS, OURS
from benchmarks.rows import rows


def keep(
    json_file: Path | None,
    markdown: Path | None,
    section: str,
    made: Sequence[Mapping[str, Any]],
) -> None:
    """Add results to the JSON file, and bring the document up to date with all there are."""
    if json_file is None and markdown is not None:
        json_file = markdown.with_suffix(".json")
    if json_file is None:
        return
    known = results.merged(json_file, section, made)
    results.write_json(json_file, known)
    if markdown is not None:
        results.update_document(markdown, parts(known))
        if peers(known):
            picture = markdown.parent / "images" / f"{markdown.stem}.svg"
            picture.parent.mkdir(exist_ok=True)
            picture.write_text(plot.plot(peers(known)), encoding="utf-8", newline="\n")


def parts(known: results.Results) -> dict[str, str]:
    """Return the parts of the document that there are results for."""
    made: dict[str, str] = {}
    order = [row.name for row in rows()]
    measured = [each for each in known.get("rows", []) if each["name"] in order]
    measured.sort(key=lambda each: order.index(each["name"]))
    plain = [each for each in measured if not each["name"].startswith("sweep-")]
    sweep = [each for each in measured if each["name"].startswith("sweep-")]
    if plain:
        made["rows"] = f"{tables.about_lines(plain)}\n{tables.row_table(plain)}"
    if sweep:
        made["sweep"] = f"{tables.about_lines(sweep)}\n{tables.sweep_table(sweep)}"
    if peers(known):
        shown = peers(known)
        made["peers"] = f"{tables.about_lines(shown)}\n{tables.peer_table(shown)}"
    return made


def peers(known: results.Results) -> list[dict[str, Any]]:
    """Return the results of the tools side by side, job by job, ours first."""
    order = [job.name for job in JOBS]
    measured = [each for each in known.get("peers", []) if each["job"] in order]
    return sorted(measured, key=lambda each: (order.index(each["job"]), each["tool"] != OURS))
