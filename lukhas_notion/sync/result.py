"""The outcome of each change, and the result of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan, SafetyStop, written_names
from lukhas_notion.util.errors import LedgerError, LukhasNotionError
from lukhas_notion.util.text import counted


class Status(StrEnum):
    """The status of one change."""

    SUCCESS = "success"
    ERROR = "error"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change and its outcome.

    ``error`` says in one readable line why the change was not made, and ``remedy`` what to do about
    it; both are "" on success.
    """

    change: Change
    status: Status
    page_id: str = ""
    url: str = ""
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class OptionOutcome:
    """One property's options and their outcome; texts as in :class:`Outcome`."""

    change: OptionChange
    status: Status
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one plan.

    Args:
        options: the outcome of each property's options, in the plan's order.
        outcomes: the outcome of each page, in the plan's order. A page that only needed its record
            has none if Notion does not keep records.
        stopped: why applying ended early, or None.
        unrecorded: what was sent to Notion but could not be recorded in the ledger: modules, and
            ``options of PROPERTY``.
        notices: notices for the user.
        columns_added: whether the missing properties were added.
    """

    options: tuple[OptionOutcome, ...]
    outcomes: tuple[Outcome, ...]
    stopped: LukhasNotionError | None = None
    unrecorded: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    columns_added: bool = False

    @property
    def unapplied(self) -> tuple[Outcome, ...]:
        """The changes that are not in Notion, or may be missing there."""
        return tuple(o for o in self.outcomes if o.status is not Status.SUCCESS)


class Tone(StrEnum):
    """The tone of a verdict; a renderer gives it a sign or a colour."""

    GOOD = "good"
    CHANGES = "changes"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a command ended. It determines the exit code, the ``failure-reason`` and the headline.

    Args:
        headline: for the user, in plain text: a sentence without its full stop.
        tone: whether the result is good, has changes, is blocked or failed.
        reason: the Action's ``failure-reason``; "" if nothing failed.
        exit_code: 0 if and only if ``reason`` is "".
    """

    headline: str
    tone: Tone = Tone.GOOD
    reason: str = ""
    exit_code: int = 0

    @classmethod
    def failed(cls, reason: str, headline: str, exit_code: int = 1) -> Verdict:
        """Return the verdict of a failure."""
        return cls(headline, Tone.FAILED, reason, exit_code)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The complete result of one run.

    Args:
        generated: when it ended, UTC.
        dry_run: whether nothing was to be written.
        info: run id, version, commit.
        checked: the number of selected manifests.
        violations: all violations that the gates found.
        plan: the plan; None if the gates allowed none.
        result: the outcome of the plan; None for a dry run, or without a plan.
        refusal: why the plan must not be applied, or None.
        error: the error that ended the run before there was a plan, or None.
        holds_removals: whether pages that would be moved to the trash were only shown.
        notices: notices for the user.
        requests: the number of HTTP requests to Notion.
        seconds: how long the run took.
        needs_backfill: whether a dry run's plan uses options that a backfill must add first.
        fails_on_drift: whether an edit in Notion that is kept fails the run.
        ledger_problem: why the run's records could not be stored where the next run reads them.
    """

    generated: datetime
    dry_run: bool
    info: RunInfo
    checked: int = 0
    violations: Sequence[Violation] = ()
    plan: Plan | None = None
    result: Result | None = None
    refusal: SafetyStop | None = None
    error: LukhasNotionError | None = None
    holds_removals: bool = False
    notices: Sequence[str] = field(default_factory=tuple)
    requests: int = 0
    seconds: float = 0.0
    needs_backfill: bool = False
    fails_on_drift: bool = False
    ledger_problem: str = ""

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """Return the plan's changes of one kind."""
        return tuple(c for c in self.plan.changes if c.kind is kind) if self.plan else ()

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The planned pages that are not in Notion, or may be missing there."""
        return self.result.unapplied if self.result else ()

    @property
    def option_failures(self) -> tuple[OptionOutcome, ...]:
        """The properties with planned options that are not in Notion."""
        done = self.result.options if self.result else ()
        return tuple(o for o in done if o.status is not Status.SUCCESS)

    @property
    def applied_options(self) -> tuple[OptionChange, ...]:
        """The option changes that were made; in a dry run, would be made.

        Options that pages create are included if these pages were written.
        """
        if self.result is None:
            return self.plan.options if self.plan and self.dry_run else ()
        done = [o.change for o in self.result.outcomes if o.status is Status.SUCCESS]
        written = written_names(done)
        changes = [o.change for o in self.result.options if o.status is Status.SUCCESS]
        return tuple(
            replace(c, by_pages=tuple(n for n in c.by_pages if n in written[c.property_name]))
            for c in changes
        )

    @property
    def properties_added(self) -> int:
        """The number of properties added to the database; in a dry run, to be added."""
        planned = len(self.plan.columns) if self.plan else 0
        added = self.dry_run or (self.result is not None and self.result.columns_added)
        return planned if added else 0

    @property
    def options_added(self) -> int:
        """The number of options added, by a request or by a page; in a dry run, to be added."""
        return sum(len(o.add) + len(o.by_pages) for o in self.applied_options)

    @property
    def options_removed(self) -> int:
        """The number of options removed; in a dry run, to be removed."""
        return sum(len(o.remove) for o in self.applied_options)

    @property
    def planned(self) -> int:
        """The number of planned changes: pages, options of properties, and conflicts to solve."""
        if self.plan is None:
            return 0
        options = sum(option.sends for option in self.plan.options)
        pages = len(self.plan.writes) - len(self.held_removals)
        return pages + options + len(self.of(ChangeKind.CONFLICT))

    @property
    def held_removals(self) -> tuple[Change, ...]:
        """The pages that would be moved to the trash, but were only shown."""
        archives = self.of(ChangeKind.ARCHIVE) if self.holds_removals else ()
        return tuple(change for change in archives if change.removes_module)

    @property
    def unapplied(self) -> int:
        """The number of planned changes that are not in Notion, including conflicts."""
        if self.refusal is not None and not self.dry_run:
            return self.planned
        conflicts = len(self.of(ChangeKind.CONFLICT))
        return len(self.failures) + len(self.option_failures) + conflicts

    def done(self, kind: ChangeKind) -> int:
        """Return the number of changes of one kind that were made; in a dry run, to be made."""
        if self.result is None or not kind.writes:
            counts = self.result is not None or self.dry_run
            held = len(self.held_removals) if kind is ChangeKind.ARCHIVE else 0
            return self.plan.count(kind) - held if self.plan is not None and counts else 0
        return sum(
            o.change.kind is kind and o.status is Status.SUCCESS for o in self.result.outcomes
        )

    @property
    def stopped(self) -> LukhasNotionError | None:
        """Why applying ended early, or None."""
        return self.result.stopped if self.result else None

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """What was sent to Notion but could not be recorded in the ledger."""
        return self.result.unrecorded if self.result else ()

    @property
    def exit_code(self) -> int:
        """0 if everything planned is done and nothing failed, else 1 or the error's own code."""
        return self.verdict().exit_code

    def verdict(self, subject: str = "Applying") -> Verdict:
        """Return how the run ended: the most important failure, else what it did or would do.

        Args:
            subject: the subject of a preview's sentence, such as ``Merging``.
        """
        failure = next(_failures(self), None)
        return failure or (_previewed(self, subject) if self.dry_run else _applied(self))


def _failures(run: RunResult) -> Iterator[Verdict]:
    """Yield all failures of a run, the most important first."""
    if run.ledger_problem:
        lost = "the run's records could not be kept"
        yield Verdict.failed("ledger", f"{_ended(run)}, and {lost}")
    if run.error is not None:
        headline = "The run ended early: nothing is written to Notion"
        yield Verdict.failed(run.error.reason, headline, run.error.exit_code)
    if run.refusal is not None:
        yield Verdict.failed(run.refusal.reason, "Refused: nothing is written to Notion")
    if run.stopped is not None:
        reason = "ledger" if isinstance(run.stopped, LedgerError) else "stopped"
        done = _ended(run) if run.unapplied else "everything planned is in Notion"
        yield Verdict.failed(reason, f"The run ended early: {done}", run.stopped.exit_code)
    if run.violations:
        count = counted(len(run.violations), "violation")
        yield Verdict.failed("violations", f"{count}: {_despite_violations(run)}")
    if run.failures or run.option_failures:
        yield Verdict.failed("unapplied", _ended(run))
    if run.unapplied:
        blocked = f"{counted(run.unapplied, 'module')} cannot be written to Notion"
        tone, headline = (Tone.BLOCKED, blocked) if run.dry_run else (Tone.FAILED, _ended(run))
        yield Verdict(headline, tone, "conflict", 1)
    if run.fails_on_drift and (drift := run.done(ChangeKind.DRIFT)):
        were = "was" if drift == 1 else "were"
        yield Verdict.failed("drift", f"{counted(drift, 'page')} {were} edited in Notion")


def _ended(run: RunResult) -> str:
    """Return how much of a plan was applied."""
    if not run.unapplied:
        return _applied(run).headline
    planned = counted(run.planned, "change")
    were = "was" if run.unapplied == 1 else "were"
    return f"{run.unapplied:,} of {planned} {were} not applied to Notion"


def _despite_violations(run: RunResult) -> str:
    """Return what happens to the valid manifests."""
    if run.plan is None:
        return "nothing is written to Notion"
    without = {manifest for violation in run.violations for manifest in violation.manifests}
    left = counted(len(without), "manifest")
    if run.dry_run:
        what = " and ".join(_changes(run)) or "change nothing in Notion"
        return f"applying would {what}, and leave out {left}"
    if run.unapplied:
        return _ended(run)
    return f"{_written(run)}; {left} left out"


def _previewed(run: RunResult, subject: str) -> Verdict:
    if run.plan is None:
        return Verdict(f"{counted(run.checked, 'manifest')} valid")
    does = [f"{verb}s {what}" for verb, _, what in (c.partition(" ") for c in _changes(run))]
    if not does:
        return Verdict(f"{subject} changes nothing in Notion")
    if run.needs_backfill:
        subject = f"After a backfill, {subject[0].lower()}{subject[1:]}"
    return Verdict(f"{subject} {', and '.join(does)}", Tone.CHANGES)


def _changes(run: RunResult) -> Iterator[str]:
    """Yield what applying the plan does, as verb and object: "change 2 pages"."""
    plan = run.plan
    if plan is None:
        return
    archived, adopted = plan.count(ChangeKind.ARCHIVE), plan.count(ChangeKind.ADOPT)
    options = run.options_added + run.options_removed
    parts = ((len(plan.writes) - archived - adopted, "page"), (len(plan.columns), "column"))
    what = [counted(count, word) for count, word in (*parts, (options, "option")) if count]
    if what:
        yield f"change {' and '.join(what)} in Notion"
    if adopted:
        yield f"give {counted(adopted, 'page')} a record of the manifest"
    if archived:
        yield f"move {counted(archived, 'page')} to Notion's trash"


def _applied(run: RunResult) -> Verdict:
    return Verdict(f"Applied: {_written(run)}")


def _written(run: RunResult) -> str:
    """Return what was written, if everything was."""
    archived = run.done(ChangeKind.ARCHIVE)
    written = sum(run.done(kind) for kind in ChangeKind if kind.writes) - archived
    parts = ((written, "page"), (run.properties_added, "column"))
    options = run.options_added + run.options_removed
    what = [counted(count, word) for count, word in (*parts, (options, "option")) if count]
    done = [f"{' and '.join(what)} written to Notion"] if what else []
    done += [f"{counted(archived, 'page')} moved to Notion's trash"] if archived else []
    return ", ".join(done) or _unwritten(run)


def _unwritten(run: RunResult) -> str:
    """Return why nothing was written: Notion was up to date, or something was kept."""
    left = []
    if drift := run.done(ChangeKind.DRIFT):
        keep = "keeps" if drift == 1 else "keep"
        left.append(f"{counted(drift, 'page')} {keep} what was edited in Notion")
    if run.holds_removals and run.plan and (held := run.plan.count(ChangeKind.ARCHIVE)):
        left.append(f"{counted(held, 'page')} not moved to the trash without --apply")
    return f"nothing to write, and {', '.join(left)}" if left else "Notion was already up to date"
