r"""Edits of a text as whole lines: what a diff shows and what a reviewer can accept.

A line ends at ``\n`` alone, as it does for git; the ``\r`` of a file from Windows is part of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lukhas_notion.manifests.json_edit import Edit, applied


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that become other lines, and depend on no line outside.

    Args:
        first: the number of the first line, from 1, in the text as it was.
        old: the lines, without their ends.
        new: what becomes of them; never without any line.
        edits: which edits these are.
    """

    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    edits: tuple[Edit, ...]

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + len(self.old) - 1


def blocks(text: str, edits: Sequence[Edit]) -> list[Block]:
    """Return the blocks that edits of a text make, from its beginning to its end.

    Args:
        text: as it was.
        edits: in order, none over another.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return [
        _trimmed(_block(lines, starts, first, last, made))
        for first, last, made in _ranges(starts, edits)
    ]


def _ranges(
    starts: Sequence[int], edits: Sequence[Edit]
) -> Iterator[tuple[int, int, tuple[Edit, ...]]]:
    """Yield the first and the last line, from 0, that edits reach together, with those edits."""
    reach = [(_line(starts, e.since), _line(starts, e.end), e) for e in edits]
    # Ordered by where they begin: one that depends on an item further up begins there.
    reach.sort(key=lambda each: each[:2])
    held: list[Edit] = []
    first = last = -1
    for start, end, edit in reach:
        if held and start > last:
            yield first, last, _in_order(held)
            held, last = [], -1
        if not held:
            first = start
        last = max(last, end)
        held.append(edit)
    if held:
        yield first, last, _in_order(held)


def _line(starts: Sequence[int], offset: int) -> int:
    return bisect_right(starts, offset) - 1


def _in_order(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda edit: edit.start))


def _block(
    lines: Sequence[str], starts: Sequence[int], first: int, last: int, edits: tuple[Edit, ...]
) -> Block:
    old = tuple(lines[first : last + 1])
    new = applied("\n".join(old), edits, offset=starts[first])
    return Block(first + 1, old, tuple(new.split("\n")), edits)


def _trimmed(block: Block) -> Block:
    """Return a block without the lines at its ends that stay as they are.

    One new line is always left: how an empty suggestion is understood is nowhere written down.
    """
    old, new, first = list(block.old), list(block.new), block.first
    while min(len(old), len(new)) > 1 and old[0] == new[0]:
        del old[0], new[0]
        first += 1
    while min(len(old), len(new)) > 1 and old[-1] == new[-1]:
        del old[-1], new[-1]
    return Block(first, tuple(old), tuple(new), block.edits)
