"""What ``validate --fix`` did or would do, and the suggestions that offer it on a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lukhas_notion.manifests.edits import Block, Edit, blocks
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.util.sanitize import (
    markdown_code,
    markdown_suggestion,
    terminal,
    terminal_block,
    visible_block,
)
from lukhas_notion.util.text import difference
from lukhas_notion.validate.vocabulary_gate import FixedFile, FixResult

#: Lines around a change in a diff.
_CONTEXT = 3
#: Characters of a suggestion, and names that it lists, at most.
_LONGEST_SUGGESTION = 8_000
_NAMED_EDITS = 10
_NO_NEWLINE = "\\ No newline at end of file"


def fixed_lines(fixes: FixResult) -> Iterator[str]:
    """Yield a line for each text that was replaced or removed."""
    for fixed in fixes.fixed:
        for edit in fixed.edits:
            place = f"{fixed.path}:{edit.line}"
            yield terminal(f"{place}: {_said(edit)} (at {edit.pointer})")


def not_fixed_lines(fixes: FixResult) -> Iterator[str]:
    """Yield a line for each file that could not be fixed, and below it what to do."""
    for left in fixes.not_fixed:
        yield terminal(f"{left.path}: not fixed: {left.message}")
        if left.remedy:
            yield terminal(f"    {left.remedy}")


def _said(edit: Edit) -> str:
    apart = difference(edit.before, edit.after)
    seen = f": {apart}" if apart else ""
    if not edit.removes:
        return f"{quote(edit.before)} is now {quote(edit.after)}{seen}"
    return f"{quote(edit.before)} is removed, {quote(edit.after)} is there already{seen}"


def unified_diff(fixed: FixedFile) -> Iterator[str]:
    """Yield a unified diff's lines, without their ends, as they are: not for a terminal.

    It is made from the edits and not by comparing, which on a hostile file takes for ever.
    """
    lines = fixed.before.split("\n")
    ends = lines[-1] == ""
    if ends:
        lines.pop()
    yield f"--- a/{fixed.path}"
    yield f"+++ b/{fixed.path}"
    grown = 0
    # Each edit by itself: that one depends on another is for who accepts them one by one.
    edits = [replace(edit, since=edit.start) for edit in fixed.edits]
    for hunk in _hunks(blocks(fixed.before, edits)):
        first = max(hunk[0].first - _CONTEXT, 1)
        last = min(hunk[-1].last + _CONTEXT, len(lines))
        more = sum(len(block.new) - len(block.old) for block in hunk)
        size = last - first + 1
        yield f"@@ -{first},{size} +{first + grown},{size + more} @@"
        yield from _body(hunk, lines, first, last, ends=ends)
        grown += more


def terminal_diff(fixed: FixedFile) -> Iterator[str]:
    r"""Yield the same for a terminal, escaped; the ``\r`` at the end of a line is not shown."""
    for line in unified_diff(fixed):
        # A file's name may have a line end in it, which no line of a file has.
        yield terminal_block(line.removesuffix("\r")).replace("\n", "\\u{a}")


def _hunks(found: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield the blocks whose contexts touch together."""
    held: list[Block] = []
    for block in found:
        if held and block.first - held[-1].last > 2 * _CONTEXT + 1:
            yield held
            held = []
        held.append(block)
    if held:
        yield held


def _body(
    hunk: Sequence[Block], lines: Sequence[str], first: int, last: int, *, ends: bool
) -> Iterator[str]:
    """Yield a hunk's lines; ``ends`` is whether the file's last line has an end."""
    done = first
    for block in hunk:
        before, old, new, after = _apart(block)
        yield from (f" {line}" for line in (*lines[done - 1 : block.first - 1], *before))
        cut = not ends and block.last == len(lines) and not after
        yield from (f"-{line}" for line in old)
        if cut:
            yield _NO_NEWLINE
        yield from (f"+{line}" for line in new)
        if cut:
            yield _NO_NEWLINE
        yield from (f" {line}" for line in after)
        done = block.last + 1
    if done <= last:
        yield from (f" {line}" for line in lines[done - 1 : last])
    if not ends and last == len(lines) and not cut:
        yield _NO_NEWLINE


def _apart(block: Block) -> tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]]:
    """Return the lines that stay at a block's beginning, the old, the new, those at its end."""
    old, new = block.old, block.new
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    cut = len(old) - tail
    return old[:head], old[head:cut], new[head : len(new) - tail], old[cut:]


def suggestion(block: Block) -> str | None:
    """Return the comment's text; None where no suggestion can say what is to be done.

    That is where the lines have, or had, a character that would not be seen, or are longer than
    anybody reads in a comment: a file that is all one line.
    """
    if any(visible_block(line) != line for line in block.old):
        return None
    offered = markdown_suggestion("\n".join(block.new))
    if offered is None or len(offered) > _LONGEST_SUGGESTION:
        return None
    said = [f"- {_offered(edit)}" for edit in block.edits[:_NAMED_EDITS]]
    if len(block.edits) > _NAMED_EDITS:
        said.append(f"- … and {len(block.edits) - _NAMED_EDITS} more")
    return "\n".join([*said, "", offered])


def _offered(edit: Edit) -> str:
    name = markdown_code(edit.after)
    if not edit.asked:
        return f"{name} is there already."
    there = ", which is there already" if edit.removes else ""
    return f"{markdown_code(edit.before)} is {name} in the vocabulary{there}."
