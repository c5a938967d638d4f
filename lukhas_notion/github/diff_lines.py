"""The lines of a pull request's diff on which GitHub takes a comment: its right side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of the file as the pull request has it, one after the other.

    Args:
        first: the number of the first one, from 1.
        lines: without their ends.
    """

    first: int
    lines: tuple[str, ...]

    def holds(self, first: int, lines: Sequence[str]) -> bool:
        """Whether these very lines stand here at this place."""
        start = first - self.first
        return start >= 0 and self.lines[start : start + len(lines)] == tuple(lines)


def hunks(patch: str | None) -> tuple[Hunk, ...]:
    """Return the right side of a ``patch`` of GitHub's list of changed files.

    Args:
        patch: hunks without the two lines that name files; None, or "", where GitHub leaves it
            out: a file that is large, binary, or only renamed.
    """
    found: list[tuple[int, list[str]]] = []
    for line in (patch or "").split("\n"):
        if head := _HEAD.match(line):
            found.append((int(head[1]), []))
        elif found and line[:1] in (" ", "+"):
            found[-1][1].append(line[1:])
    return tuple(Hunk(first, tuple(lines)) for first, lines in found)
