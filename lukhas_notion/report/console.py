"""The report for a terminal, and for whoever reads its output as plain lines.

Lines about modules go to stdout as they come. On a terminal a progress bar with rate and time
left runs on stderr, and a short table closes the run; ``NO_COLOR`` is respected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from threading import Lock
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self, cast

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.report.run_sections import ACTIONS, counts, waiting
from lukhas_notion.report.value_diff import Form, ValueDiff, diff, excerpt
from lukhas_notion.report.violations import violation_lines
from lukhas_notion.sync.outcome import Outcome, Status
from lukhas_notion.sync.run import RunObserver
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from lukhas_notion.sync.result import RunResult
    from lukhas_notion.util.streams import SafeStream


class Console(RunObserver):
    """Tells a run as it goes.

    Args:
        say: prints one line to where results go.
        stderr: where the progress bar runs, when it is a terminal.
        dry_run: whether changes are shown with their values.
    """

    def __init__(self, say: Callable[[str], None], stderr: SafeStream, *, dry_run: bool) -> None:
        self._say = say
        self._stderr = stderr
        self._dry_run = dry_run
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._advised: set[str] = set()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def planned(self, plan: Plan) -> None:
        """Say what the plan holds, and in a dry run every change with its values."""
        self._say(f"Plan {plan.digest[:12]}: {_totals(plan)}.")
        for column in plan.columns:
            self._say(terminal(f"column   {column.name} ({column.type}) to add"))
        for option in plan.options:
            for name, color in option.add:
                self._say(terminal(f"option   {option.property_name} + {name} ({color})"))
            for name in option.by_pages:
                self._say(terminal(f"option   {option.property_name} + {name} (by a page)"))
            if option.waiting:
                self._say(terminal(f"option   {option.property_name}: {waiting(option)}"))
            for removal in option.remove:
                self._say(
                    terminal(
                        f"option   {option.property_name} - {removal.name} "
                        f"(used by {counted(removal.pages, 'page')})"
                    )
                )
        adopted = plan.count(ChangeKind.ADOPT)
        if adopted and self._dry_run:
            self._say(f"adopt    {counted(adopted, 'page')} to get a record of the manifest")
        for change in plan.changes:
            for line in _told(change, dry_run=self._dry_run):
                self._say(line)
        if not self._dry_run and plan.writes and self._stderr.isatty():
            self._start_bar(len(plan.writes))

    def outcome(self, outcome: Outcome) -> None:
        """Say what became of one change."""
        mark = "✓" if outcome.status is Status.SUCCESS else f"✗ {outcome.status}"
        said = f"{outcome.change.kind:<8} {outcome.change.module}  {mark}"
        if outcome.error:
            said += f"  {outcome.error}"
        said = terminal(said) + self._advice(outcome.remedy)
        if self._progress is None or self._task is None:
            self._say(said)
            return
        speed = self._progress.tasks[0].speed
        self._progress.update(self._task, advance=1, rate=f"{speed:.1f}/s" if speed else "")
        if outcome.status is not Status.SUCCESS:
            self._progress.console.print(said, markup=False, style="red")

    def close_with(self, run: RunResult) -> None:
        """Say how it ended: violations, what was not applied, and the counts."""
        for line in violation_lines(run.violations):
            self._say(line)
        for notice in run.notices:
            self._say(terminal(f"note: {notice}"))
        if run.refusal is not None:
            self._say(terminal(f"REFUSED: {run.refusal.message}"))
            for line in run.refusal.details:
                self._say(terminal(f"    {line}"))
            self._say(terminal(f"    {run.refusal.remedy}"))
        for line in _held(run):
            self._say(line)
        for line in _ended_early(run):
            self._say(terminal(line))
        for option in run.option_failures:
            name = option.change.property_name
            said = terminal(f"options of {name} not applied: {option.error}")
            self._say(said + self._advice(option.remedy))
        if run.unapplied:
            self._say(f"NOT APPLIED: {run.unapplied} of {counted(run.planned, 'change')}.")
        if run.violations and run.plan is None:
            self._say(
                f"{counted(len(run.violations), 'violation')}: nothing was planned or written."
            )
        if self._stderr.isatty():
            self._table(run)
        else:
            self._say(_closing(run))

    def _advice(self, remedy: str) -> str:
        """Return a remedy as a line of its own, the first time that it is needed."""
        with self._lock:  # several threads report their outcomes
            if not remedy or remedy in self._advised:
                return ""
            self._advised.add(remedy)
        return f"\n    {terminal(remedy)}"

    def _start_bar(self, total: int) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            TextColumn("Writing"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=RichConsole(file=cast("IO[str]", self._stderr)),
        )
        self._task = self._progress.add_task("", total=total, rate="")
        self._progress.start()

    def _table(self, run: RunResult) -> None:
        from rich.console import Console as RichConsole
        from rich.table import Table

        table = Table(title=_title(run), show_header=False)
        table.add_column()
        table.add_column(justify="right")
        for each in counts(run):
            bad = each.label in ("Not applied", "Violations", "Conflicts")
            table.add_row(each.label, str(each.count), style="red" if bad else None)
        table.add_row("Requests", str(run.requests), style="dim")
        table.add_row("Seconds", f"{run.seconds:.1f}", style="dim")
        RichConsole(file=cast("IO[str]", self._stderr)).print(table)


def _held(run: RunResult) -> Iterator[str]:
    """Yield the pages that would be moved to the trash, and how to have it done."""
    for change in run.held:
        yield from _change_lines(change)
    if run.held:
        pages = counted(len(run.held), "page")
        yield f"PLANNED, NOT DONE: {pages} to move to the trash. Add --apply to move them."


def _ended_early(run: RunResult) -> Iterator[str]:
    """Yield why applying ended early, and what the ledger lacks."""
    if run.stopped is not None:
        yield f"ENDED EARLY: {run.stopped.message}"
        if run.stopped.remedy:
            yield f"    {run.stopped.remedy}"
    if run.unrecorded:
        yield f"In Notion, and not on the ledger: {', '.join(run.unrecorded)}"


def _title(run: RunResult) -> str:
    return "Dry run: nothing was written" if run.dry_run else "Sync"


def _totals(plan: Plan) -> str:
    said = [
        f"{plan.count(kind)} {word}"
        for kind, word in (
            (ChangeKind.CREATE, "to create"),
            (ChangeKind.UPDATE, "to update"),
            (ChangeKind.ADOPT, "to get a record"),
            (ChangeKind.RESTORE, "to restore from the trash"),
            (ChangeKind.ARCHIVE, "to move to the trash"),
            (ChangeKind.SKIP, "unchanged"),
            (ChangeKind.DRIFT, "edited in Notion"),
            (ChangeKind.ARCHIVED, "archived in Notion"),
            (ChangeKind.ORPHAN, "without manifest"),
            (ChangeKind.UNMANAGED, "unmanaged"),
            (ChangeKind.CONFLICT, "in conflict"),
        )
        if plan.count(kind)
    ]
    if plan.others:
        said.append(f"{plan.others} of other repositories")
    if plan.columns:
        said.append(f"{counted(len(plan.columns), 'column')} to add")
    added = sum(len(o.add) + len(o.by_pages) for o in plan.options)
    options = added, sum(len(o.remove) for o in plan.options)
    said.extend(
        f"{counted(n, 'option')} to {word}"
        for n, word in zip(options, ("add", "remove"), strict=True)
        if n
    )
    return ", ".join(said) or "nothing to do"


def _told(change: Change, *, dry_run: bool) -> Iterator[str]:
    """Yield what is told of a change before it is carried out: each value, in a dry run."""
    if change.kind.writes and not dry_run:
        if change.drift or change.overwrites:
            yield from _change_lines(replace(change, properties=()))
    elif change.kind not in (ChangeKind.SKIP, ChangeKind.ADOPT) or change.drift:
        yield from _change_lines(change)


def _change_lines(change: Change) -> Iterator[str]:
    """Yield a change, and each property's before and after."""
    head = f"{ACTIONS[change.kind]:<8} {change.module}"
    owner = f"; it is {change.owner}" if change.owner else ""
    yield terminal(f"{head}  ({change.reason}{owner})" if change.reason else head)
    yield from value_lines(change.properties)
    if change.drift and change.kind is not ChangeKind.DRIFT:
        yield "    edited in Notion, and left alone:"
    yield from value_lines(change.drift, empty=True)


def value_lines(changes: Iterable[PropertyChange], *, empty: bool = False) -> Iterator[str]:
    """Yield each property's before and after; with ``empty``, also that there was nothing."""
    for item in changes:
        found = diff(item)
        apart = f" ({found.apart})" if found.apart else ""
        if found.form is not Form.WHOLE:
            yield terminal(f"    {item.name}:{apart}")
            for line in _lines_of(found):
                yield terminal(f"        {line}")
            continue
        before = excerpt(found.before) or ("(empty)" if empty else "")
        arrow = " → " if before else ""
        yield terminal(
            f"    {item.name}: {before}{arrow}{excerpt(found.after) or '(empty)'}{apart}"
        )


_WORDS = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}


def _lines_of(found: ValueDiff) -> list[str]:
    if found.form is Form.NAMES:
        return ["  ".join(sign + name for sign, name in found.pieces)]
    if found.form is Form.WORDS:
        return ["".join(_WORDS[sign].format(words) for sign, words in found.pieces)]
    return [f"{' ' if sign == '=' else sign}{line}" for sign, line in found.pieces]


def _closing(run: RunResult) -> str:
    said = [f"{each.label} {each.count}" for each in counts(run)]
    prefix = "Dry run, nothing written. " if run.dry_run else ""
    said += [counted(run.requests, "request"), f"{run.seconds:.1f} s"]
    return prefix + " · ".join(said)
