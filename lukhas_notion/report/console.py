"""Sections as lines for a terminal, and a run told as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from threading import Lock
from typing import Self

from lukhas_notion.config.gates import headlines
from lukhas_notion.manifests.document import Violation
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.run_sections import counts, ending, planned, totals
from lukhas_notion.report.screen import Line, Screen, Style
from lukhas_notion.report.sections import (
    FEW,
    Accent,
    Group,
    Name,
    Option,
    Row,
    Section,
    Text,
    Topic,
    group,
)
from lukhas_notion.report.value_diff import Form, diff, excerpt, line_counts
from lukhas_notion.sync.result import Outcome, RunResult, Status, Tone, Verdict
from lukhas_notion.sync.run import RunObserver
from lukhas_notion.util.text import counted

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
#: Violations take so many lines at most, which is what a screen shows.
SCREEN = 30
#: Fewer pages are read before anybody has seen a bar.
_WORTH_A_BAR = 200
#: So many of the values that differ are named, of one kind of violation.
_NAMED = 5


def plain(spans: Text) -> str:
    """Return a text as it is, an option with its colour behind it."""
    return "".join(
        f"{span.text} ({span.color})"
        if isinstance(span, Option)
        else span.text
        if isinstance(span, Name)
        else span
        for span in spans
    )


def verdict_line(verdict: Verdict, dry_run: str = "") -> Line:
    """Return how something ended."""
    failed = verdict.tone in (Tone.BLOCKED, Tone.FAILED)
    style = Style.ERROR if failed else Style.GOOD if verdict.tone is Tone.GOOD else Style.STRONG
    return Line.of((f"{_SIGNS[verdict.tone]}{dry_run}{verdict.headline}.", style))


def row_lines(row: Row, *, empty: bool = True) -> Iterator[Line]:
    """Yield a row: a word for what it is, what it is about, and below it why and each value.

    With ``empty`` it is also said that a property held nothing before.
    """
    style = STYLES[row.accent]
    word = (f"{row.word:<8} ", style) if row.word else ""
    why = ""
    if row.change is not None and row.word == row.change.kind:
        owner = f"; it is {row.change.owner}" if row.change.owner else ""
        why = f"  ({row.change.reason}{owner})" if row.change.reason else ""
    who = f"; {row.change.editor.told}" if row.change and row.change.editor.id else ""
    if who and row.word == ChangeKind.DRIFT:
        why = ""  # that it was edited is said with who did
    yield Line.of(word, f"{plain(row.text)}{who}{why}", indent=9)
    for each in row.values:
        yield from value_lines(each, empty=empty)
    if row.remedy:
        yield Line.of(f"    {row.remedy}")


# --- values ---------------------------------------------------------------------------------------


def value_lines(change: PropertyChange, *, empty: bool = True) -> Iterator[Line]:
    """Yield a property's before and after; with ``empty``, also that there was nothing."""
    found = diff(change)
    name = (f"    {change.name}: ", Style.STRONG)
    apart = f" ({found.apart})" if found.apart else ""
    if change.type is PropertyType.BODY:
        yield Line.of(name, line_counts(found))
    elif found.form is Form.WHOLE:
        before = excerpt(found.before) or ("(empty)" if empty else "")
        arrow = " → " if before else ""
        yield Line.of(name, f"{before}{arrow}{excerpt(found.after) or '(empty)'}{apart}", indent=8)
    elif found.form is Form.LINES:
        yield Line.of(name, apart)
        for sign, line in found.pieces:
            yield Line.of((f"        {' ' if sign == '=' else sign}{line}", _PIECES[sign]))
    elif found.form is Form.NAMES:
        names = [(f"{sign}{text}", _PIECES[sign]) for sign, text in found.pieces]
        yield Line.of(name, *_joined(names), apart, indent=8)
    else:
        words = [(_WORDS[sign].format(text), _PIECES[sign]) for sign, text in found.pieces]
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
    """Yield the gates that are missing, then violations: a few one by one, many by their kind.

    Args:
        found: the violations.
        verbose: whether each is listed, however many there are.
    """
    violations = list(found)
    for said in headlines(violations):
        yield Line.of((f"GATE MISSING: {said}", Style.ERROR))
    if verbose or len(violations) <= FEW:
        for violation in violations:
            yield from _violation(violation)
        return
    groups, used = group(violations), 0
    for number, each in enumerate(groups):
        lines = list(_group(each))
        if used + len(lines) > SCREEN:
            left = groups[number:]
            count = counted(sum(len(each.violations) for each in left), "violation")
            yield Line.of(f"… and {count} of {counted(len(left), 'other kind')}")
            break
        used += len(lines)
        yield from lines
    yield Line.of("Every one: --verbose, or --json.", indent=0)


def _violation(v: Violation) -> Iterator[Line]:
    pointer = f" (at {v.pointer})" if v.pointer else ""
    yield Line.of((f"{v.path}:{v.line}", Style.STRONG), f": {v.message}{pointer}")
    if v.advice:
        yield Line.of(f"    {v.advice}")


def _group(found: Group) -> Iterator[Line]:
    """Yield one kind of violation: where, what, the values that differ, what to do, what first."""
    if len(found.violations) == 1:
        yield from _violation(found.violations[0])
        return
    pointer = f" (at {found.pointer})" if found.pointer else ""
    named, more = found.values[:_NAMED], len(found.values) - _NAMED
    values = f": {', '.join(named)}" if named else ""
    values += f" and {more:,} more" if more > 0 else ""
    yield Line.of((found.size, Style.STRONG), f": {found.message}{pointer}{values}")
    if found.advice:
        yield Line.of(f"    {found.advice}")
    first = found.violations[0]
    yield Line.of((f"    first in {first.path}:{first.line}", Style.QUIET))


# --- a run ----------------------------------------------------------------------------------------


class Console(RunObserver):
    """Tells a run as it goes.

    Args:
        screen: where it is told.
        values: whether every change is shown with its values.
        verbose: whether every violation is listed.
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
        """Say that pages are read, where that takes a while."""
        if expected >= _WORTH_A_BAR:
            self._screen.begin("Reading", expected)

    def read(self) -> None:
        """Say that one more page is read."""
        self._screen.advance()

    def planned(self, preview: RunResult) -> None:
        """Say what the plan holds, and in a dry run every change with its values."""
        self._screen.end()
        plan = preview.plan
        if plan is None:
            return
        self._screen.say(Line.of(f"Plan {plan.digest[:12]}: {totals(preview)}."))
        for section in planned(preview):
            for line in self._section(section):
                self._screen.say(line)
        self._to_write = len(plan.writes)

    def _section(self, section: Section) -> Iterator[Line]:
        """Yield a section of the plan; what is written is told when it is, but for the values."""
        if section.topic is Topic.UNCHANGED:
            return
        if section.topic in (Topic.HIDDEN_CHANGES, Topic.RECORDS):
            if self._values:
                yield Line.of((f"{section.rows[0].word:<8} ", Style.QUIET), section.title)
            return
        for row in section.rows:
            change = row.change
            if change is not None and row.word == change.kind and change.kind.writes:
                is_new = change.kind is ChangeKind.CREATE
                if self._values:
                    yield from row_lines(row, empty=not is_new)
                elif change.overwrites:
                    yield from row_lines(replace(row, values=()))
            else:
                yield from row_lines(row)
        if section.topic is Topic.DRIFT:
            yield from (Line.of(f"    {said}") for said in section.intro)

    def outcome(self, outcome: Outcome) -> None:
        """Say what became of one change."""
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
        """Say how it ended: what is wrong and what to do first, then the verdict and the counts."""
        self._screen.end()
        for section in ending(run):
            for line in self._ending(section, run):
                self._screen.say(line)
        dry = "Dry run, nothing written. " if run.dry_run else ""
        self._screen.say(verdict_line(run.verdict(), dry))
        said = [f"{each.count:,} {each.words}" for each in counts(run) if each.count]
        said += [counted(run.requests, "request"), f"{run.seconds:.1f} s"]
        self._screen.say(Line.of(" · ".join(said), indent=0))
        if run.plan is not None and run.plan.schema.url:
            self._screen.say(Line.of((run.plan.schema.url, Style.QUIET), indent=0))

    def _ending(self, section: Section, run: RunResult) -> Iterator[Line]:
        if section.topic is Topic.ERROR:
            return  # told where the error is
        if section.topic is Topic.VIOLATIONS:
            yield from violation_lines(run.violations, verbose=self._verbose)
            return
        if section.topic is Topic.NOTICES:
            for row in section.rows:
                yield Line.of(f"note: {plain(row.text)}", indent=6)
            return
        head, *more = section.intro if section.topic is Topic.STOP else ["", *section.intro]
        yield Line.of((f"{section.title.upper()}: {head}".rstrip(), STYLES[section.accent]))
        for said in more:
            yield Line.of(f"    {said}")
        for row in section.rows:
            yield from (replace(line, parts=(("    ", ""), *line.parts)) for line in row_lines(row))
