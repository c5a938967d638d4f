"""The content of a report: sections with rows, groups of violations, and differences of values."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from itertools import count, takewhile
from operator import eq
from typing import NamedTuple

from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change
from lukhas_notion.plan.property_types import shown
from lukhas_notion.plan.values import PropertyType
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


# --- violations -----------------------------------------------------------------------------------

#: The maximum number of violations that are listed singly; more are grouped.
FEW = 10
#: The maximum number of messages that differ in a value and are still listed singly.
_FEW_VALUES = 3
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\w.-])\d[\d.,]*(?![\w-])')
_INDEX = re.compile(r"(?<=/)\d+(?=/|$)")
_ANY = "…"


@dataclass(frozen=True, slots=True)
class Group:
    """Violations of one kind.

    Args:
        violations: all of them, in the order in which they were found.
        message: what is wrong; ``…`` replaces a value that differs.
        pointer: the place in a file; ``…`` replaces an index.
        advice: what to do, with ``…`` as in ``message``.
        values: the values that differ, the most frequent first.
    """

    violations: Sequence[Violation]
    message: str
    pointer: str
    advice: str
    values: Sequence[str] = ()

    @property
    def first_places(self) -> dict[str, Violation]:
        """The first violation of each file, by the file's path."""
        places: dict[str, Violation] = {}
        for violation in self.violations:
            places.setdefault(violation.path, violation)
        return places

    @property
    def size(self) -> str:
        """The number of files and places: ``159 files, 412 places``."""
        files = len({path for violation in self.violations for path in violation.files})
        places = counted(len(self.violations), "place")
        return counted(files, "file") + (f", {places}" if len(self.violations) > files else "")


def group_violations(violations: Iterable[Violation]) -> list[Group]:
    """Return violations in groups, the group in most files first.

    A group has one rule, pointer, message and remedy, apart from indexes. Messages and remedies
    that differ in a value are one group where there are more than three of them.
    """
    kinds: dict[tuple[str, ...], dict[tuple[str, ...], list[Violation]]] = defaultdict(dict)
    for v in violations:
        texts = (v.message, v.advice)
        kind = (v.rule, _INDEX.sub(_ANY, v.pointer), *map(without_values, texts))
        kinds[kind].setdefault(texts, []).append(v)
    groups: list[Group] = []
    for (_, pointer, *_), alike in kinds.items():
        if len(alike) > _FEW_VALUES:
            groups.append(_merged(pointer, alike))
            continue
        for (message, advice), found in alike.items():
            same = len({violation.pointer for violation in found}) == 1
            groups.append(Group(found, message, found[0].pointer if same else pointer, advice))
    return sorted(groups, key=lambda group: -len(group.first_places))


def without_values(text: str) -> str:
    """Return a message with ``…`` in the place of each value."""
    return _VALUE.sub(_ANY, text)


def _merged(pointer: str, alike: dict[tuple[str, ...], list[Violation]]) -> Group:
    """Return one group of violations with messages that differ in values."""
    messages, advices = zip(*alike, strict=True)
    counts = Counter[str]()
    for position in _differing(messages)[:1]:
        for (message, _), found in alike.items():
            counts[_VALUE.findall(message)[position]] += len(found)
    violations = sorted(violation for found in alike.values() for violation in found)
    values = [value for value, _ in counts.most_common()]
    return Group(violations, _shared(messages), pointer, _shared(advices), values)


def _differing(texts: Sequence[str]) -> list[int]:
    """Return the positions of the values that differ between texts."""
    values = enumerate(zip(*map(_VALUE.findall, texts), strict=True))
    return [position for position, each in values if len(set(each)) > 1]


def _shared(texts: Sequence[str]) -> str:
    """Return the first text with ``…`` in the place of values that differ."""
    differing = _differing(texts)
    numbers = count()
    return _VALUE.sub(lambda value: _ANY if next(numbers) in differing else value[0], texts[0])


# --- values ---------------------------------------------------------------------------------------

#: Longer values are shown as a difference, shorter ones whole.
SHORT = 100
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
    if isinstance(change.after, tuple) and isinstance(change.before, tuple) and change.before:
        lost = [name for name in change.before if name not in change.after]
        new = [name for name in change.after if name not in change.before]
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


def line_counts(value: ValueDiff) -> str:
    """Return how many lines of a long text were added and removed."""
    signs = [sign for sign, _ in value.pieces]
    new, gone = signs.count("+"), signs.count("-")
    if value.form is not Form.LINES:
        new, gone = (len(text.splitlines()) for text in (value.after, value.before))
    added = [f"{counted(new, 'line')} added"] if new else []
    removed = f"{gone:,} removed" if added else f"{counted(gone, 'line')} removed"
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
