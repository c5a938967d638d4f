"""Sections as lines for a terminal, and the progress of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice
from threading import Lock
from typing import Self

from lukhas_notion.config.gates import headlines
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.run_sections import counts, ending, planned, totals
from lukhas_notion.report.screen import Line, Screen, Style
from lukhas_notion.report.sections import (
    SOME,
    Accent,
    Form,
    Name,
    Option,
    Row,
    Section,
    Topic,
    counts_of,
    diff,
    excerpt,
)
from lukhas_notion.report.violations import FEW, Group, group_violations, without_values
from lukhas_notion.sync.result import Outcome, RunResult, Status, Tone, Verdict
from lukhas_notion.sync.run import RunObserver
from lukhas_notion.util.text import counted, first_of

STYLES = {
    Accent.PLAIN: Style.PLAIN,
    Accent.CREATE: Style.CREATE,
    Accent.UPDATE: Style.UPDATE,
    Accent.ARCHIVE: Style.ARCHIVE,
    Accent.DRIFT: Style.DRIFT,
    Accent.QUIET: Style.QUIET,
    Accent.BLOCKED: Style.ERROR,
    Accent.ERROR: Style.ERROR,
}
_SIGNS = {Tone.GOOD: "✓ ", Tone.CHANGES: "", Tone.BLOCKED: "✗ ", Tone.FAILED: "✗ "}
#: The maximum number of lines of a list, unless ``--verbose`` is given.
SCREEN = 30
#: The minimum number of pages for a progress bar while reading.
_WORTH_A_BAR = 200
#: The number of values named for one kind of violation.
_NAMED = 5
#: The number of pages named for a group.
_FIRST = 3


def plain(spans: Iterable[str | Name | Option]) -> str:
    """Return a text without markup, with its colour after each option."""
    return "".join(
        f"{span.text} ({span.color})"
        if isinstance(span, Option)
        else span.text
        if isinstance(span, Name)
        else span
        for span in spans
    )


def verdict_line(verdict: Verdict, dry_run: str = "") -> Line:
    """Return a verdict as a line, after ``dry_run``."""
    failed = verdict.tone in (Tone.BLOCKED, Tone.FAILED)
    style = Style.ERROR if failed else Style.GOOD if verdict.tone is Tone.GOOD else Style.STRONG
    return Line.of((f"{_SIGNS[verdict.tone]}{dry_run}{verdict.headline}.", style))


def row_lines(row: Row) -> Iterator[Line]:
    """Yield a row: a word for its kind, its text with the reason, and below it each value."""
    style = STYLES[row.accent]
    word = (f"{row.word:<8} ", style) if row.word else ""
    why = ""
    if row.change is not None and row.word == row.change.kind:
        owner = f"; it is {row.change.owner}" if row.change.owner else ""
        why = f"  ({row.change.reason}{owner})" if row.change.reason else ""
    who = f"; {row.change.editor.phrase}" if row.change and row.change.editor.id else ""
    if who and row.word == ChangeKind.DRIFT:
        why = ""  # the editor replaces the reason, which only says that there was an edit
    yield Line.of(word, f"{plain(row.text)}{who}{why}", indent=9)
    is_new = row.change is not None and row.change.kind is ChangeKind.CREATE
    for value in row.values:
        yield from value_lines(value, empty=not is_new)
    if row.remedy:
        yield Line.of(f"    {row.remedy}")


# --- as many as a screen shows --------------------------------------------------------------------


def screenful(
    groups: Iterable[tuple[int, Sequence[Line]]], what: str = "", last: Iterable[Line] = ()
) -> Iterator[Line]:
    """Yield the lines of as many groups as a screen shows, and the number of the others.

    Args:
        groups: of each group the number of its items, and its lines.
        what: the noun for one item.
        last: lines that follow in any case.
    """
    room, left = SCREEN, list[int]()
    for count, lines in groups:
        if left or len(lines) > room:
            left.append(count)
            continue
        room -= len(lines)
        yield from lines
    if left:
        rest = counted(sum(left), what) if what else f"{sum(left):,} more"
        yield Line.of(f"… and {rest} of {counted(len(left), 'other kind')}")
    yield from last
    yield Line.of("List all with --verbose or --json.", indent=0)


def rows_lines(rows: Sequence[Row], *, verbose: bool = False) -> Iterator[Line]:
    """Yield rows singly with ``verbose`` or where all fit on a screen, and else in groups.

    A group has one kind, reason, list of properties, and editor. Remedies follow the groups.
    """
    lines = chain.from_iterable(map(row_lines, rows))
    begin = list(islice(lines, SCREEN + 1))
    if verbose or len(begin) <= SCREEN:
        yield from chain(begin, lines)
        return
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(_kind(row), []).append(row)
    remedies = [Line.of(f"{row.word}: {row.remedy}") for row in rows if row.remedy]
    listed = ((len(found), list(_row_group(found))) for found in groups.values())
    yield from screenful(listed, last=remedies)


def _kind(row: Row) -> tuple[object, ...]:
    """Return the fields that all rows of a group share."""
    change = row.change
    if change is None:
        names = plain([span if isinstance(span, str) else "…" for span in row.text])
        return row.word, re.sub("…(, …)+", "…", names)
    return row.word, row.mark, without_values(change.reason), change.editor, _properties(row)


def _properties(row: Row) -> str:
    """Return the names of the changed properties, "" for a new page."""
    is_new = row.change is not None and row.change.kind is ChangeKind.CREATE
    return "" if is_new else ", ".join(value.name for value in row.values)


def _row_group(rows: Sequence[Row]) -> Iterator[Line]:
    """Yield the fields shared by all rows, and the first names."""
    first = replace(rows[0], remedy="")
    lines = list(row_lines(first))
    if len(rows) == 1:
        yield from lines[:FEW]
        if more := lines[FEW:]:
            yield Line.of((f"    … and {counted(len(more), 'more line')}", Style.QUIET))
        return
    names = [next((s.text for s in row.text if not isinstance(s, str)), "") for row in rows]
    if first.change is None:
        yield lines[0]
        yield Line.of((f"    likewise {first_of(names[1:], _FIRST)}", Style.QUIET))
        return
    reasons = {row.change.reason for row in rows if row.change}
    reason = first.change.reason if len(reasons) == 1 else without_values(first.change.reason)
    about = f": {_properties(first)}" if _properties(first) else ""
    shared = replace(first.change, reason=reason, owner="")
    text = (f"{counted(len(rows), 'page')}{about}",)
    yield from row_lines(replace(first, text=text, values=(), change=shared))
    yield Line.of((f"    {first_of(names, _FIRST)}", Style.QUIET))


# --- values ---------------------------------------------------------------------------------------


def value_lines(change: PropertyChange, *, empty: bool = True) -> Iterator[Line]:
    """Yield a property's values before and after; ``empty`` also shows that there was none."""
    difference = diff(change)
    name = (f"    {change.name}: ", Style.STRONG)
    apart = f" ({difference.apart})" if difference.apart else ""
    if change.type is PropertyType.BODY:
        yield Line.of(name, counts_of(difference) or difference.pieces[0].text)
    elif difference.form is Form.WHOLE:
        before = excerpt(difference.before) or ("(empty)" if empty else "")
        arrow = " → " if before else ""
        yield Line.of(
            name, f"{before}{arrow}{excerpt(difference.after) or '(empty)'}{apart}", indent=8
        )
    elif difference.form is Form.LINES:
        yield Line.of(name, apart)
        for sign, line in difference.pieces:
            yield Line.of((f"        {' ' if sign == '=' else sign}{line}", _PIECES[sign]))
    elif difference.form is Form.NAMES:
        names = [(f"{sign}{text}", _PIECES[sign]) for sign, text in difference.pieces]
        more = len(names) - SOME
        counts = f"{counts_of(difference)}: " if more > 0 else ""
        apart = f" and {more:,} more" if more > 0 else apart
        yield Line.of(name, counts, *_joined(names[:SOME]), apart, indent=8)
    else:
        words = [(_WORDS[sign].format(text), _PIECES[sign]) for sign, text in difference.pieces]
        yield Line.of(name, *words, indent=8)


_PIECES = {"=": Style.PLAIN, "…": Style.QUIET, "-": Style.GONE, "+": Style.NEW}
_WORDS = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}


def _joined(names: Sequence[tuple[str, str]]) -> Iterator[str | tuple[str, str]]:
    for number, name in enumerate(names):
        if number:
            yield "  "
        yield name


# --- violations -----------------------------------------------------------------------------------


def violation_lines(found: Iterable[Violation], *, verbose: bool = False) -> Iterator[Line]:
    """Yield missing gates, then violations: a few singly, many in groups.

    Args:
        found: the violations.
        verbose: whether each is listed singly.
    """
    violations = list(found)
    for headline in headlines(violations):
        yield Line.of((f"GATE MISSING: {headline}", Style.ERROR))
    if verbose or len(violations) <= FEW:
        for _, alike in groupby(violations, key=lambda violation: violation.advice):
            *others, last = alike
            for violation in others:
                yield from _violation(replace(violation, remedy="", fix=""))
            yield from _violation(last)
        return
    groups = group_violations(violations)
    yield from screenful(
        ((len(group.violations), list(_group(group))) for group in groups), "violation"
    )


def _violation(v: Violation) -> Iterator[Line]:
    pointer = f" (at {v.pointer})" if v.pointer else ""
    yield Line.of((f"{v.path}:{v.line}", Style.STRONG), f": {v.message}{pointer}")
    if v.advice:
        yield Line.of(f"    {v.advice}")


def _group(group: Group) -> Iterator[Line]:
    """Yield a group of violations: message, place, differing values, remedy, first file."""
    if len(group.violations) == 1:
        yield from _violation(group.violations[0])
        return
    pointer = f" (at {group.pointer})" if group.pointer else ""
    values = f": {first_of(group.values, _NAMED)}" if group.values else ""
    yield Line.of((group.size, Style.STRONG), f": {group.message}{pointer}{values}")
    if group.advice:
        yield Line.of(f"    {group.advice}")
    first = group.violations[0]
    yield Line.of((f"    first in {first.path}:{first.line}", Style.QUIET))


# --- a run ----------------------------------------------------------------------------------------


class Console(RunObserver):
    """Prints the progress and the result of a run.

    Args:
        screen: where lines are printed.
        values: whether changes are shown with their values.
        verbose: whether pages and violations are listed singly, however many there are.
    """

    def __init__(self, screen: Screen, *, values: bool, verbose: bool = False) -> None:
        self._screen = screen
        self._values = values
        self._to_write = 0
        self._verbose = verbose
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._screen.end()

    def reading(self, expected: int) -> None:
        """Begin a progress bar where reading takes a while."""
        if expected >= _WORTH_A_BAR:
            self._screen.begin("Reading", expected)

    def read(self) -> None:
        """Count one more page."""
        self._screen.advance()

    def planned(self, preview: RunResult) -> None:
        """Print the plan, in a dry run with its values."""
        self._screen.end()
        plan = preview.plan
        if plan is None:
            return
        self._screen.say(Line.of(f"Plan {plan.digest[:12]}: {totals(preview)}."))
        rows = [row for section in planned(preview) for row in self._rows(section)]
        self._list(rows_lines(rows, verbose=self._verbose))
        self._to_write = len(plan.writes) - len(preview.held_removals)

    def _list(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._screen.say(line)

    def _rows(self, section: Section) -> Iterator[Row]:
        """Yield a section's rows without pages that are printed when they are written."""
        if section.topic is Topic.UNCHANGED:
            return
        if section.topic in (Topic.HIDDEN_CHANGES, Topic.RECORDS):
            if self._values:
                yield Row((section.title,), section.rows[0].word, Accent.QUIET)
            return
        *rows, last = section.rows
        if section.topic in (Topic.DRIFT, Topic.LEFT_ALONE):
            last = replace(last, remedy=" ".join(section.intro))
        for row in (*rows, last):
            change = row.change
            if self._values or change is None or row.word != change.kind or not change.kind.writes:
                yield row
            elif change.overwrites:
                yield replace(row, values=())

    def outcome(self, outcome: Outcome) -> None:
        """Print the outcome of one change."""
        done = outcome.status is Status.SUCCESS
        mark = ("✓", Style.GOOD) if done else (f"✗ {outcome.status}", Style.ERROR)
        error = f"  {outcome.error}" if outcome.error else ""
        change = outcome.change
        with self._lock:  # several threads report their outcomes
            if self._to_write:
                self._screen.begin("Writing", self._to_write)
                self._to_write = 0
        self._screen.say(Line.of(f"{change.kind:<8} {change.module}  ", mark, error, indent=9))
        self._screen.advance()

    def close_with(self, run: RunResult) -> None:
        """Print the result: errors and remedies first, then the verdict and the counts."""
        self._screen.end()
        for section in ending(run):
            self._list(self._ending(section, run))
        dry = "Dry run, nothing written. " if run.plan else "Dry run. "
        dry = dry if run.dry_run else ""
        self._screen.say(verdict_line(run.verdict(), dry))
        parts = [f"{count.count:,} {count.words}" for count in counts(run) if count.count]
        parts += [counted(run.requests, "request"), f"{run.seconds:.1f} s"]
        self._screen.say(Line.of(" · ".join(parts), indent=0))
        if run.plan is not None and run.plan.schema.url:
            self._screen.say(Line.of((run.plan.schema.url, Style.QUIET), indent=0))

    def _ending(self, section: Section, run: RunResult) -> Iterator[Line]:
        if section.topic is Topic.ERROR:
            return  # the command prints it
        if section.topic is Topic.VIOLATIONS:
            yield from violation_lines(run.violations, verbose=self._verbose)
            return
        if section.topic is Topic.NOTICES:
            for row in section.rows:
                yield Line.of(f"note: {plain(row.text)}", indent=6)
            return
        head, *more = section.intro if section.topic is Topic.STOP else ["", *section.intro]
        yield Line.of((f"{section.title.upper()}: {head}".rstrip(), STYLES[section.accent]))
        for paragraph in more:
            yield Line.of(f"    {paragraph}")
        for line in rows_lines(section.rows, verbose=self._verbose):
            yield replace(line, parts=(("    ", ""), *line.parts))
