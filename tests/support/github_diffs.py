"""What GitHub shows of a changed file: git's own hunks, and where a line has moved to since."""

from __future__ import annotations

import difflib
import re
import subprocess
import tempfile
from pathlib import Path

from support.git import ENVIRON

_HEAD = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def patch(before: bytes, after: bytes) -> str:
    """Return the hunks that lead from one content to another, as git writes them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("before", before), ("after", after)):
            Path(folder, name).write_bytes(content)
        command = ["git", "diff", "--no-index", "--no-color", "--unified=3", "before", "after"]
        done = subprocess.run(command, cwd=folder, env=ENVIRON, capture_output=True, check=False)
    _, at, hunks = done.stdout.decode().partition("@@ ")
    return (at + hunks).removesuffix("\n")


def right_side(hunks: str) -> list[range]:
    """Return the lines of the new file that each hunk shows."""
    heads = [match for line in hunks.split("\n") if (match := _HEAD.match(line))]
    return [range(int(h[1]), int(h[1]) + int(h[2] or 1)) for h in heads]


def moved(before: bytes, after: bytes, first: int, last: int) -> int | None:
    """Return by how many lines some lines have moved, None where they are not the same any more."""
    old, new = before.split(b"\n"), after.split(b"\n")
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.a <= first - 1 and last <= block.a + block.size:
            return block.b - block.a
    return None
