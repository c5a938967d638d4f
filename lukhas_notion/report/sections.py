"""What there is to say, made once: sections of rows, which every renderer shows in its own way.

A text is a tuple of spans. A plain string is a sentence of this tool, in which commands stand in
backticks; a name that somebody else chose, and that a reader copies, is a :class:`Name`. Renderers
escape both for the place that they go to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change
from lukhas_notion.report.violations import Group


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
