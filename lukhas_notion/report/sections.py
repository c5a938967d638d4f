"""What a run reports: sections with rows, and violations in groups."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change
from lukhas_notion.util.text import counted

#: So many violations are listed one by one; more are grouped.
FEW = 10
#: So many messages that differ in a value alone are told one by one; more are one kind.
_FEW_VALUES = 3
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\w.-])\d[\d.,]*(?![\w-])')
_INDEX = re.compile(r"(?<=/)\d+(?=/|$)")
_ANY = "…"


@dataclass(frozen=True, slots=True)
class Group:
    """Violations of one kind.

    Args:
        violations: all of them, in the order in which they were found.
        message: what is wrong; ``…`` stands for a value that is not the same in all.
        pointer: where in a file; ``…`` stands for a number.
        advice: what to do, as ``message``.
        values: the values that differ, the most frequent first.
    """

    violations: Sequence[Violation]
    message: str
    pointer: str
    advice: str
    values: Sequence[str] = ()

    @property
    def first_places(self) -> dict[str, Violation]:
        """The first violation of each file, by its path."""
        places: dict[str, Violation] = {}
        for violation in self.violations:
            places.setdefault(violation.path, violation)
        return places

    @property
    def size(self) -> str:
        """How many files and places it is in: ``159 files, 412 places``."""
        files = len({path for violation in self.violations for path in violation.files})
        places = len(self.violations)
        more = f", {counted(places, 'place')}" if places > files else ""
        return f"{counted(files, 'file')}{more}"


def is_few(groups: Sequence[Group]) -> bool:
    """Return whether there are so few violations that each is listed by itself."""
    return sum(len(each.violations) for each in groups) <= FEW


def group(found: Iterable[Violation]) -> list[Group]:
    """Return the kinds of violation, the one that is in most files first.

    Two violations are of one kind when rule, pointer, message and remedy are the same but for
    places in a list and, where more than three would say the same of other values, for these.
    """
    kinds: dict[tuple[str, ...], dict[tuple[str, ...], list[Violation]]] = defaultdict(dict)
    for v in found:
        said = (v.message, v.advice)
        kind = (v.rule, _INDEX.sub(_ANY, v.pointer), *map(without_values, said))
        kinds[kind].setdefault(said, []).append(v)
    groups: list[Group] = []
    for kind, alike in kinds.items():
        if len(alike) > _FEW_VALUES:
            groups.append(_merged(kind[1], alike))
        else:
            groups += [Group(each, *_said(each)) for each in alike.values()]
    return sorted(groups, key=lambda each: -len(each.first_places))


def without_values(text: str) -> str:
    """Return a message with ``…`` for each value in it."""
    return _VALUE.sub(_ANY, text)


def _said(found: Sequence[Violation]) -> tuple[str, str, str]:
    """Return message, pointer and advice of violations that differ in nothing but the place."""
    pointers = {violation.pointer for violation in found}
    pointer = found[0].pointer if len(pointers) == 1 else _INDEX.sub(_ANY, found[0].pointer)
    return found[0].message, pointer, found[0].advice


def _merged(pointer: str, alike: dict[tuple[str, ...], list[Violation]]) -> Group:
    """Return one group of violations whose messages differ in values."""
    counts = Counter[str]()
    message, advice = (_shared([said[n] for said in alike]) for n in (0, 1))
    differs = next(iter(_differing([said[0] for said in alike])), None)
    for said, found in alike.items():
        if differs is not None:
            counts[_VALUE.findall(said[0])[differs]] += len(found)
    violations = [violation for found in alike.values() for violation in found]
    return Group(
        sorted(violations), message, pointer, advice, [value for value, _ in counts.most_common()]
    )


def _differing(texts: Sequence[str]) -> Iterator[int]:
    """Yield which values are not the same in all texts."""
    for index, values in enumerate(zip(*map(_VALUE.findall, texts), strict=True)):
        if len(set(values)) > 1:
            yield index


def _shared(texts: Sequence[str]) -> str:
    """Return what all texts say, with ``…`` for a value that is not the same in all."""
    differing = set(_differing(texts))
    numbers = iter(range(len(_VALUE.findall(texts[0]))))
    return _VALUE.sub(lambda value: _ANY if next(numbers) in differing else value[0], texts[0])


class Name(NamedTuple):
    """A name, a path or an id; ``url`` is where it leads, "" for nowhere."""

    text: str
    url: str = ""


class Option(NamedTuple):
    """An option's name, and its colour by Notion's word for it."""

    text: str
    color: str


Text = tuple["str | Name | Option", ...]


class Accent(StrEnum):
    """What a row or a section means to the eye: a sign in Markdown, a colour on a terminal."""

    PLAIN = ""
    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    DRIFT = "drift"
    QUIET = "quiet"
    BLOCKED = "blocked"
    ERROR = "error"


class Topic(StrEnum):
    """What a section is about; they are told in this order."""

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
    REMEDIES = "remedies"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing in a section.

    Args:
        text: what it is.
        word: what a terminal calls it, in its first column.
        accent: what it means.
        remedy: what to do about it, "" where that is said once for all or there is nothing.
        values: the properties that differ, each before and after.
        change: the page's change that the row is, None for any other row.
        mark: what became of the change where that is not what was planned.
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
        topic: what it is about.
        title: the heading, "" for none.
        rows: what stands below it.
        accent: what it means.
        intro: paragraphs above the rows.
        groups: violations, which every renderer lists in its own way.
        folded: whether it is for who wants to know, and no more than a line for all others.
    """

    topic: Topic
    title: str = ""
    rows: Sequence[Row] = ()
    accent: Accent = Accent.PLAIN
    intro: Sequence[str] = ()
    groups: Sequence[Group] = ()
    folded: bool = False
