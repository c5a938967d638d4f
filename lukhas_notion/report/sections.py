"""The content of a report: sections with rows, and differences of values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from itertools import takewhile
from operator import eq
from typing import NamedTuple

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change
from lukhas_notion.plan.property_types import shown
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.violations import Group
from lukhas_notion.util.text import counted, difference, fold


class Name(NamedTuple):
    """A name, a path or an id; ``url`` is its address, "" for none."""

    text: str
    url: str = ""


class Option(NamedTuple):
    """An option's name, and Notion's word for its colour."""

    text: str
    color: str


Text = tuple["str | Name | Option", ...]


class Accent(StrEnum):
    """The meaning of a row or a section: a sign in Markdown, a colour on a terminal."""

    PLAIN = ""
    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    DRIFT = "drift"
    QUIET = "quiet"
    BLOCKED = "blocked"
    ERROR = "error"


class Topic(StrEnum):
    """The subject of a section, in the order of a report."""

    ERROR = "error"
    NOTICES = "notices"
    STOP = "stop"
    FAILURES = "failures"
    HELD = "held"
    VIOLATIONS = "violations"
    COLUMNS = "columns"
    OPTIONS = "options"
    TRASH = "trash"
    PAGES = "pages"
    OTHER_PAGES = "other pages"
    HIDDEN_CHANGES = "hidden changes"
    RECORDS = "records"
    DRIFT = "drift"
    ARCHIVED = "archived"
    MOVED = "moved"
    LEFT_ALONE = "left alone"
    UNCHANGED = "unchanged"
    FINDINGS = "findings"


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a section.

    Args:
        word: the first column on a terminal.
        remedy: what to do about it and the rows before it, on a terminal; "" for nothing.
        values: the properties that differ, each with the value before and after.
        change: the change of the page that the row shows, None for any other row.
        mark: the outcome of the change where it is not the planned one.
    """

    text: Text
    word: str = ""
    accent: Accent = Accent.PLAIN
    remedy: str = ""
    values: Sequence[PropertyChange] = ()
    change: Change | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading.

    Args:
        title: the heading, "" for none.
        intro: paragraphs above the rows.
        groups: violations, which every renderer lists in its own way.
        legend: what is left and right of an arrow.
        folded: whether the rows are details behind the heading.
    """

    topic: Topic
    title: str = ""
    rows: Sequence[Row] = ()
    accent: Accent = Accent.PLAIN
    intro: Sequence[str] = ()
    groups: Sequence[Group] = ()
    legend: str = ""
    folded: bool = False


# --- values ---------------------------------------------------------------------------------------

#: Longer values are shown as a difference, shorter ones whole.
SHORT = 100
#: The maximum number of names that are listed without their number.
SOME = 20
#: Characters of unchanged text on each side of a change.
_CONTEXT = 60
#: The maximum number of changed pieces that are compared: the time can grow with their cube.
_MOST_PIECES = 1_000
_SAME_TEXT = "the same text in another form"
#: A link with its address as text.
_OWN_TEXT = re.compile(r"\[(https?://[^\]\s]+)\]\(\1\)")
#: Text is compared by words, or by sentences where words are too many.
_GRAINS = (re.compile(r"\s+|\w+|[^\w\s]"), re.compile(r"[^.!?]*[.!?]+\s*|[^.!?]+"))


class Form(Enum):
    """What the pieces of a difference are."""

    WHOLE = auto()
    NAMES = auto()
    WORDS = auto()
    LINES = auto()


class Piece(NamedTuple):
    """A name, some words or a line: ``=`` is in both values, ``-`` was removed, ``+`` was added.

    ``…``, with no text, is between two lines that do not follow each other.
    """

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class ValueDiff:
    """The difference between two values.

    Args:
        form: what ``pieces`` are; there are none for whole values.
        before: the whole old value, "" for none.
        after: the whole new value, "" for none.
        pieces: what was removed and added, with the text around it.
        apart: how two values that look the same differ; "" for any others.
    """

    form: Form
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()
    apart: str = ""


def diff(change: PropertyChange) -> ValueDiff:
    """Return the difference between a property's two values."""
    before, after = (shown(change.type, v, change.scale) for v in (change.before, change.after))
    if change.type is PropertyType.BODY:
        # Notion changes indents, and removes the brackets of a link with its address as text.
        before, after = (
            "\n".join(_OWN_TEXT.sub(r"\1", line.strip()) for line in text.split("\n"))
            for text in (before, after)
        )
        if before == after:
            return ValueDiff(Form.LINES, before, after, (Piece("=", _SAME_TEXT),))
    old, wanted = change.before, change.after
    if isinstance(old, tuple) and isinstance(wanted, tuple) and (old or not is_short(after)):
        lost = [name for name in old if name not in wanted]
        new = [name for name in wanted if name not in old]
        pieces = [*(Piece("-", name) for name in lost), *(Piece("+", name) for name in new)]
        return ValueDiff(Form.NAMES, before, after, tuple(pieces), _names_apart(lost, new))
    if not (change.type.is_text and before and after) or (is_short(before) and is_short(after)):
        return ValueDiff(Form.WHOLE, before, after, apart=difference(before, after))
    if "\n" in before or "\n" in after:
        return ValueDiff(Form.LINES, before, after, tuple(_line_pieces(before, after)))
    return ValueDiff(Form.WORDS, before, after, tuple(_words(before, after)))


def _names_apart(lost: list[str], new: list[str]) -> str:
    """Return how the first lost name differs from a new one that looks the same, "" for none."""
    alike = {fold(name): name for name in new}
    return next(filter(None, (difference(n, alike.get(fold(n), n)) for n in lost)), "")


def is_short(text: str) -> bool:
    """Return whether a value fits within a line."""
    return len(text) <= SHORT and "\n" not in text


def excerpt(text: str) -> str:
    """Return the beginning of a long text with its length, or a short text as it is."""
    line = text.split("\n", 1)[0]
    first = line if len(line) <= SHORT else line[:SHORT].rsplit(" ", 1)[0]
    return text if first == text else f"{first} … ({len(text):,} characters)"


def counts_of(value: ValueDiff) -> str:
    """Return how many lines of a long text, or how many names, were added and removed."""
    what = "name" if value.form is Form.NAMES else "line"
    new, gone = (sum(piece.sign == sign for piece in value.pieces) for sign in "+-")
    if value.form not in (Form.LINES, Form.NAMES):
        new, gone = (len(text.splitlines()) for text in (value.after, value.before))
    added = [f"{counted(new, what)} added"] if new else []
    removed = f"{gone:,} removed" if added else f"{counted(gone, what)} removed"
    return ", ".join([*added, removed] if gone else added)


def _line_pieces(before: str, after: str) -> Iterator[Piece]:
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
            yield from (Piece("=" if tag == "equal" else "-", line) for line in old[a:next_a])
            if tag != "equal":
                yield from (Piece("+", line) for line in new[b:next_b])


def _words(before: str, after: str) -> list[Piece]:
    for grain in _GRAINS:
        old, new = grain.findall(before), grain.findall(after)
        start, end = _common_ends(old, new)
        core_old, core_new = old[start : len(old) - end], new[start : len(new) - end]
        if len(core_old) + len(core_new) <= _MOST_PIECES:
            middle = list(_marked(core_old, core_new))
            break
    else:
        lost, won = len("".join(core_old)), len("".join(core_new))
        middle = [Piece("-", f"{lost:,} characters"), Piece("+", f"{won:,} characters")]
    head, tail = _end_of("".join(old[:start])), _start_of("".join(old[len(old) - end :]))
    return [piece for piece in (Piece("=", head), *middle, Piece("=", tail)) if piece.text]


def _common_ends(old: list[str], new: list[str]) -> tuple[int, int]:
    """Return the number of common first pieces, and of common last pieces of the rest."""

    def common(*pieces: list[str]) -> int:
        return sum(1 for _ in takewhile(lambda pair: eq(*pair), zip(*pieces, strict=False)))

    start = common(old, new)
    return start, common(old[start:][::-1], new[start:][::-1])


def _marked(old: list[str], new: list[str]) -> Iterator[Piece]:
    """Return the changes; two with less text between them than they have are one."""
    parts: list[tuple[bool, str, str]] = []  # whether it changes, the old text, the new text
    for tag, a, next_a, b, next_b in difflib.SequenceMatcher(a=old, b=new).get_opcodes():
        changes, before, after = tag != "equal", "".join(old[a:next_a]), "".join(new[b:next_b])
        if changes and len(parts) > 1 and _is_lost(parts[-2], parts[-1][1], before, after):
            between, change = parts.pop(), parts.pop()
            before = change[1] + between[1] + before
            after = change[2] + between[2] + after
        parts.append((changes, before, after))
    for changes, before, after in parts:
        if changes:
            yield from (Piece("-", before), Piece("+", after))
        elif len(before) > 2 * SHORT:
            yield Piece("=", _start_of(before) + _end_of(before).removeprefix("…"))
        else:
            yield Piece("=", before)


def _is_lost(change: tuple[bool, str, str], between: str, before: str, after: str) -> bool:
    """Return whether the text between two changes is too short to help a reader."""
    shorter = min(max(map(len, change[1:])), max(len(before), len(after)))
    return len(between) <= shorter or not any(map(str.isalnum, between))


def _end_of(text: str) -> str:
    """Return the last words of a text, after ``…`` where it has more."""
    near = text[-_CONTEXT:]
    return text if len(text) <= SHORT else "…" + (near.partition(" ")[2] or near)


def _start_of(text: str) -> str:
    """Return the first words of a text, before ``…`` where it has more."""
    near = text[:_CONTEXT]
    return text if len(text) <= SHORT else (near.rpartition(" ")[0] or near) + "…"
