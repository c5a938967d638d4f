"""Sections that fit a size: whole rows are left out, never half of one, and it is said how many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document.

    Args:
        head: what stands above the rows, always kept.
        rows: what may be left out, from the end.
        tail: what stands below the rows (a closing tag), always kept.
        more: says how many rows were left out.
    """

    head: str
    rows: Sequence[str] = field(default_factory=tuple)
    tail: str = ""
    more: Callable[[int], str] = lambda n: f"_… and {n} more._"


def fit(sections: Sequence[Section], limit: int, measure: Callable[[str], int]) -> str:
    """Return the sections as one text of at most ``limit``, as ``measure`` counts.

    Earlier sections are filled first. What every section needs for its head, its tail and the
    note on what is missing is set aside before any row is taken.

    Raises:
        ValueError: the heads alone are too large.
    """
    kept = [0] * len(sections)
    used = sum(measure(_text(s, 0)) + 2 for s in sections)
    if used > limit:
        raise ValueError(f"{used} is more than {limit} although every row was left out")
    for index, section in enumerate(sections):
        for row in section.rows:
            used += measure(row) + 1
            if used > limit:
                return _join(sections, kept)
            kept[index] += 1
    return _join(sections, kept)


def _join(sections: Sequence[Section], kept: Sequence[int]) -> str:
    return "\n\n".join(_text(s, k) for s, k in zip(sections, kept, strict=True))


def _text(section: Section, kept: int) -> str:
    left_out = len(section.rows) - kept
    rows = list(section.rows[:kept])
    parts = [section.head, *rows, section.tail]
    body = "\n".join(part for part in parts if part)
    # The note stands after the tail: inside a table it would be a row of it.
    return f"{body}\n\n{section.more(left_out)}" if left_out else body
