"""The jobs on which the tools are compared."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.rows import THREE

OURS = "lukhas-notion"


@dataclass(frozen=True)
class Job:
    """One row of the comparison: what Notion holds before, and what the repository says.

    Args:
        name: for the command line.
        title: for a person.
        modules: how many manifests the repository has.
        pages: whether Notion has their pages already.
        changed: which of them were changed since.
    """

    name: str
    title: str
    modules: int
    pages: bool = True
    changed: tuple[int, ...] = ()


JOBS = (
    Job("first-140", "first sync of 140", 140, pages=False),
    Job("same-140", "nothing changed, 140", 140),
    Job("three-140", "3 of 140 changed", 140, changed=THREE),
    Job("same-2000", "nothing changed, 2,000", 2_000),
)
