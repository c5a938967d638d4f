"""How one value became another, as pieces that every renderer can show in its own way."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.property_types import shown
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.text import counted, difference, fold

#: Longer values are shown as a diff, shorter ones whole.
SHORT = 100
#: Characters of unchanged text left standing on each side of a change.
_CONTEXT = 60
#: More changed pieces than this are not compared: the time taken can grow with their cube.
_MOST_PIECES = 1_000
#: Text is compared by words, or by sentences where that would be too many pieces.
#: A link whose text is its address.
_OWN_TEXT = re.compile(r"\[(https?://[^\]\s]+)\]\(\1\)")
_WORD = re.compile(r"\w")
_GRAINS = (re.compile(r"\s+|\w+|[^\w\s]"), re.compile(r"[^.!?]*[.!?]+\s*|[^.!?]+"))


class Form(Enum):
    """What the pieces of a difference are."""

    WHOLE = auto()
    NAMES = auto()
    WORDS = auto()
    LINES = auto()


class Piece(NamedTuple):
    """A name, some words or a line: ``=`` is in both values, ``-`` went, ``+`` is new.

    Between two lines that do not follow each other is ``…``, without a text.
    """

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class ValueDiff:
    """A change of one value.

    Args:
        form: what ``pieces`` are; of whole values there are none.
        before: the whole value that is replaced, "" for none.
        after: the whole value that replaces it, "" for none.
        pieces: what went, what is new, and of a text what stands around it.
        apart: how two values that look the same differ; "" for any others.
    """

    form: Form
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()
    apart: str = ""


def diff(change: PropertyChange) -> ValueDiff:
    """Return the difference between a property's two values."""
    before = shown(change.type, change.before, change.scale)
    after = shown(change.type, change.after, change.scale)
    if change.type is PropertyType.BODY:
        # Notion indents as it likes, and gives a link that is its own text without brackets.
        before, after = _plain_lines(before), _plain_lines(after)
    if isinstance(change.after, tuple) and isinstance(change.before, tuple) and change.before:
        lost = [name for name in change.before if name not in change.after]
        new = [name for name in change.after if name not in change.before]
        pieces = [*(Piece("-", name) for name in lost), *(Piece("+", name) for name in new)]
        return ValueDiff(Form.NAMES, before, after, tuple(pieces), _names_apart(lost, new))
    if not (change.type.is_text and before and after) or (is_short(before) and is_short(after)):
        return ValueDiff(Form.WHOLE, before, after, apart=difference(before, after))
    if "\n" in before or "\n" in after:
        return ValueDiff(Form.LINES, before, after, tuple(_lines(before, after)))
    return ValueDiff(Form.WORDS, before, after, tuple(_words(before, after)))


def _plain_lines(body: str) -> str:
    lines = (_OWN_TEXT.sub(r"\1", line.strip()) for line in body.split("\n"))
    return "\n".join(lines)


def _names_apart(lost: list[str], new: list[str]) -> str:
    """Return how the first name that is lost differs from a new one that looks the same."""
    by_look = {fold(name): name for name in new}
    found = (difference(name, by_look.get(fold(name), name)) for name in lost)
    return next(filter(None, found), "")


def is_short(text: str) -> bool:
    """Return whether a value can stand within a line."""
    return len(text) <= SHORT and "\n" not in text


def excerpt(text: str) -> str:
    """Return the beginning of a long text, and how long it is: nothing is cut in silence."""
    first = text.split("\n", 1)[0]
    if len(first) > SHORT:
        first = first[:SHORT].rsplit(" ", 1)[0]
    return text if first == text else f"{first} … ({len(text):,} characters)"


def line_counts(found: ValueDiff) -> str:
    """Return how many lines of a long text are new, and how many went."""
    if found.form is Form.LINES:
        signs = [sign for sign, _ in found.pieces]
        new, gone = signs.count("+"), signs.count("-")
    else:
        new, gone = (len(text.splitlines()) for text in (found.after, found.before))
    said = [f"{counted(new, 'line')} added"] if new else []
    said += [f"{gone:,} removed" if said else f"{counted(gone, 'line')} removed"] if gone else []
    return ", ".join(said)


def _lines(before: str, after: str) -> Iterator[Piece]:
    old, new = before.split("\n"), after.split("\n")
    start, end = _common_ends(old, new)
    core_old, core_new = old[start : len(old) - end], new[start : len(new) - end]
    if len(core_old) + len(core_new) > _MOST_PIECES:
        yield from (Piece("-", f"{len(core_old):,} lines"), Piece("+", f"{len(core_new):,} lines"))
        return
    first, last = max(start - 1, 0), max(end - 1, 0)
    old, new = old[first : len(old) - last], new[first : len(new) - last]
    matcher = difflib.SequenceMatcher(a=old, b=new)
    for number, group in enumerate(matcher.get_grouped_opcodes(1)):
        if number:
            yield Piece("…", "")
        for tag, a, next_a, b, next_b in group:
            if tag == "equal":
                yield from (Piece("=", line) for line in old[a:next_a])
                continue
            yield from (Piece("-", line) for line in old[a:next_a])
            yield from (Piece("+", line) for line in new[b:next_b])


def _words(before: str, after: str) -> list[Piece]:
    middle: list[Piece] = []
    for grain in _GRAINS:
        old, new = grain.findall(before), grain.findall(after)
        start, end = _common_ends(old, new)
        core_old, core_new = old[start : len(old) - end], new[start : len(new) - end]
        if len(core_old) + len(core_new) <= _MOST_PIECES:
            middle = _marked(core_old, core_new)
            break
    else:
        lost, won = len("".join(core_old)), len("".join(core_new))
        middle = [Piece("-", f"{lost:,} characters"), Piece("+", f"{won:,} characters")]
    head, tail = _end_of("".join(old[:start])), _start_of("".join(old[len(old) - end :]))
    return [piece for piece in (Piece("=", head), *middle, Piece("=", tail)) if piece.text]


def _common_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """Return how many pieces both begin with, and how many of the rest both end with."""
    start = _common(old, new)
    return start, _common(old[start:][::-1], new[start:][::-1])


def _common(left: list[str], right: list[str]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(left), len(right)))


def _marked(old: list[str], new: list[str]) -> list[Piece]:
    """Return what differs; changes with less between them than they are long are one."""
    parts: list[tuple[bool, str, str]] = []  # whether it changes, the old text, the new one
    for tag, a, next_a, b, next_b in difflib.SequenceMatcher(a=old, b=new).get_opcodes():
        changes, before, after = tag != "equal", "".join(old[a:next_a]), "".join(new[b:next_b])
        if changes and len(parts) > 1 and _is_lost(parts[-2], parts[-1][1], before, after):
            between, change = parts.pop(), parts.pop()
            before = change[1] + between[1] + before
            after = change[2] + between[2] + after
        parts.append((changes, before, after))
    return list(_pieces(parts))


def _is_lost(change: tuple[bool, str, str], between: str, before: str, after: str) -> bool:
    """Whether what two changes have between them tells a reader nothing."""
    shorter = min(max(map(len, change[1:])), max(len(before), len(after)))
    return len(between) <= shorter or not _WORD.search(between)


def _pieces(parts: list[tuple[bool, str, str]]) -> Iterator[Piece]:
    for changes, before, after in parts:
        if changes:
            yield from (Piece("-", before), Piece("+", after))
        elif len(before) > 2 * SHORT:
            yield Piece("=", _start_of(before) + _end_of(before).removeprefix("…"))
        else:
            yield Piece("=", before)


def _end_of(text: str) -> str:
    """Return the last words of a text, after a sign that there are more."""
    near = text[-_CONTEXT:]
    return text if len(text) <= SHORT else "…" + (near.partition(" ")[2] or near)


def _start_of(text: str) -> str:
    """Return the first words of a text, before a sign that there are more."""
    near = text[:_CONTEXT]
    return text if len(text) <= SHORT else (near.rpartition(" ")[0] or near) + "…"
