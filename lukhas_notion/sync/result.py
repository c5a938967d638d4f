"""What a run came to: one object that every report is written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import (
    Change,
    ChangeKind,
    Plan,
    written_names,
)
from lukhas_notion.plan.refusal import SafetyStop
from lukhas_notion.sync.outcome import (
    OptionOutcome,
    Outcome,
    Result,
    Status,
)
from lukhas_notion.util.errors import LedgerError, LukhasNotionError


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run, told whole.

    Args:
        generated: when it ended, UTC.
        dry_run: whether it was to write nothing.
        info: run id, version, commit.
        checked: how many manifests were selected.
        violations: everything the gates found.
        plan: what there is to do; None when the gates allowed none.
        result: what became of it; None for a dry run, or when there was no plan.
        refusal: why the plan may not be applied, or None.
        error: why the run ended before there was a plan, or None.
        holds_removals: whether pages that would be moved to the trash were only shown.
        notices: what a person should know and nothing else says.
        requests: how many HTTP requests were made to Notion.
        seconds: how long it took.
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

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """Return the plan's changes of one kind."""
        return tuple(c for c in self.plan.changes if c.kind is kind) if self.plan else ()

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The pages that were planned and are not, or may not be, in Notion."""
        return self.result.unapplied if self.result else ()

    @property
    def option_failures(self) -> tuple[OptionOutcome, ...]:
        """The properties whose options were planned and are not in Notion."""
        done = self.result.options if self.result else ()
        return tuple(o for o in done if o.status is not Status.SUCCESS)

    @property
    def applied_options(self) -> tuple[OptionChange, ...]:
        """The option changes that were carried out; in a dry run, would be.

        What pages bring is among them as far as the pages were written.
        """
        if self.result is not None:
            done = [o.change for o in self.result.outcomes if o.status is Status.SUCCESS]
            written = written_names(done)
            return tuple(
                replace(
                    o.change,
                    by_pages=tuple(
                        name
                        for name in o.change.by_pages
                        if name in written[o.change.property_name]
                    ),
                )
                for o in self.result.options
                if o.status is Status.SUCCESS
            )
        return self.plan.options if self.plan and self.dry_run else ()

    @property
    def properties_added(self) -> int:
        """How many properties were added to the database; in a dry run, would be."""
        planned = len(self.plan.columns) if self.plan else 0
        added = self.dry_run or (self.result is not None and self.result.columns_added)
        return planned if added else 0

    @property
    def options_added(self) -> int:
        """How many options were added, by a request or by a page; in a dry run, would be."""
        return sum(len(o.add) + len(o.by_pages) for o in self.applied_options)

    @property
    def options_removed(self) -> int:
        """How many options were removed; in a dry run, would be."""
        return sum(len(o.remove) for o in self.applied_options)

    @property
    def planned(self) -> int:
        """How many things are to be done: pages, properties' options, and conflicts to solve."""
        if self.plan is None:
            return 0
        options = sum(option.sends for option in self.plan.options)
        pages = len(self.plan.writes) - len(self.held)
        return pages + options + len(self.of(ChangeKind.CONFLICT))

    @property
    def held(self) -> tuple[Change, ...]:
        """The pages that would be moved to the trash, and were only shown."""
        archives = self.of(ChangeKind.ARCHIVE) if self.holds_removals else ()
        return tuple(change for change in archives if change.removes_module)

    @property
    def unapplied(self) -> int:
        """How many of the planned things are not in Notion, conflicts included."""
        if self.refusal is not None and not self.dry_run:
            return self.planned
        conflicts = len(self.of(ChangeKind.CONFLICT))
        return len(self.failures) + len(self.option_failures) + conflicts

    def done(self, kind: ChangeKind) -> int:
        """How many changes of one kind were carried out; in a dry run, would be."""
        if self.result is None or not kind.writes:
            told = self.result is not None or self.dry_run
            return self.plan.count(kind) if self.plan is not None and told else 0
        return sum(
            o.change.kind is kind and o.status is Status.SUCCESS for o in self.result.outcomes
        )

    @property
    def stopped(self) -> LukhasNotionError | None:
        """Why applying ended early, or None."""
        return self.result.stopped if self.result else None

    @property
    def unrecorded(self) -> tuple[str, ...]:
        """What was sent to Notion and is not on the ledger, which could not be written."""
        return self.result.unrecorded if self.result else ()

    @property
    def exit_code(self) -> int:
        """0 when all is well and everything planned is done, else 1 (or the error's own code)."""
        ended = self.error or self.stopped
        if ended is not None:
            return ended.exit_code
        return 1 if self.violations or self.unapplied or self.refusal else 0

    @property
    def reason(self) -> str:
        """Why the exit code is not 0, as a word for a machine: the first that applies."""
        if self.error is not None:
            return self.error.reason
        if self.refusal is not None:
            return self.refusal.reason
        if self.stopped is not None:
            return "ledger" if isinstance(self.stopped, LedgerError) else "stopped"
        if self.violations:
            return "violations"
        if self.failures or self.option_failures:
            return "unapplied"
        return "conflict" if self.unapplied else ""
