"""What a page shows of a terminal: commands and their output, and whether real output fits it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from support.docs import Block

ANY = "…"


class MismatchError(AssertionError):
    """What a page shows is not what happens."""


def matches(expected: Sequence[str], actual: Sequence[str]) -> bool:
    """Whether lines fit what a page shows: ``…`` stands for any text, alone for any lines."""
    parts = []
    for line in expected:
        if line.strip() == ANY:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.rstrip().split(ANY))) + r"\n")
    text = "".join(f"{line.rstrip()}\n" for line in actual)
    return re.fullmatch("".join(parts), text) is not None


def commands(block: Block) -> list[tuple[str, list[str] | None]]:
    """Return a block's commands with the output it shows; None where it shows none.

    In a ``console`` block a command stands after ``$`` and goes on after ``>``; a ``sh`` block
    is one command.
    """
    if block.language != "console":
        return [(block.text, None)]
    found: list[tuple[str, list[str] | None]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:] + "\n", []))
        elif not found:
            raise MismatchError(f"line {block.line}: a console block begins with a command")
        elif line.startswith("> ") and not found[-1][1]:
            found[-1] = (found[-1][0] + line[2:] + "\n", [])
        else:
            shown = found[-1][1]
            assert shown is not None
            shown.append(line)
    return found
