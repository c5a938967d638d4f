"""One run: configuration → gates → snapshot → plan → apply → result.

The command line, the demo and the Action all come through here. Everything outside the package
is in :class:`Outside`, built in one place and handed in.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lukhas_notion import __version__
from lukhas_notion.clock import Clock, SystemClock
from lukhas_notion.config import Config
from lukhas_notion.errors import LedgerError, UsageError
from lukhas_notion.ledger import Ledger, RunInfo
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.plan import (
    ChangeKind,
    OptionChange,
    Plan,
    make_plan,
    missing_options,
    plan_options,
)
from lukhas_notion.preflight import missing_option
from lukhas_notion.snapshot import Schema, Snapshot
from lukhas_notion.survey import PageQuery, Surveyor
from lukhas_notion.violation import Violation

if TYPE_CHECKING:
    import httpx

    from lukhas_notion.apply import Outcome, Result
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.result import Refusal, RunResult
    from lukhas_notion.review import Reviewed
    from lukhas_notion.selection import Selection


@dataclass(slots=True)
class Outside:
    """What a run uses of the world.

    Args:
        environ: the environment.
        clock: what time it is.
        stop: set when the run is to end.
        random: jitter and run ids.
        transport: what carries requests to Notion; None for real HTTP.
        commit: returns the git commit of a folder, or "".
        stop_code: what a set ``stop`` makes the exit code (130 for Ctrl-C, 143 for SIGTERM).
    """

    environ: Mapping[str, str]
    clock: Clock = field(default_factory=SystemClock)
    stop: threading.Event = field(default_factory=threading.Event)
    random: random.Random = field(default_factory=random.SystemRandom)
    transport: Callable[[], httpx.BaseTransport] | None = None
    commit: Callable[[str], str] = lambda _: ""
    stop_code: int = 1


@dataclass(slots=True)
class Listener:
    """Who is told how the run goes; every method may be left as it is."""

    def planned(self, plan: Plan) -> None:
        """Say that the plan is made."""

    def outcome(self, outcome: Outcome) -> None:
        """Say what became of one change."""


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What one sync is to do.

    Args:
        modules: the selected modules; None for all.
        paths: the selected manifests instead, by path; None for all.
        dry_run: plan and write nothing.
        backfill: properties whose missing options are added first.
        prune: also remove their options outside the vocabulary.
        repair_drift: write over what was edited in Notion.
        skip_invalid: sync the valid manifests although others have violations.
        pages: whether pages are synced at all; False is a backfill alone.
        reviewed: the plan that may be applied, and no other; None for any.
    """

    modules: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    dry_run: bool = False
    backfill: tuple[str, ...] = ()
    prune: bool = False
    repair_drift: bool = False
    skip_invalid: bool = False
    pages: bool = True
    reviewed: Reviewed | None = None


class Run:
    """One run over one configuration."""

    def __init__(self, config: Config, outside: Outside, listener: Listener | None = None) -> None:
        self.config = config
        self.outside = outside
        self.listener = listener or Listener()
        self.notices: list[str] = []
        self.info = RunInfo(
            run=f"{outside.random.getrandbits(64):016x}",
            tool=__version__,
            commit=outside.commit(str(config.root)),
        )
        self._begun = outside.clock.monotonic()

    def sync(self, options: SyncOptions) -> RunResult:
        """Validate, plan and, unless it is a dry run, apply.

        Raises:
            UsageError: it cannot be done as asked; nothing was written.
            LedgerError: the ledger cannot be written; nothing was sent.
        """
        with ExitStack() as stack:
            surveyor = None
            if options.dry_run and self.config.knows_notion:
                surveyor = stack.enter_context(self._surveyor(read_only=True))
            selection = self._select(options) if options.pages else None
            names, bad = self._names(options)
            if selection is not None:
                bad = list(selection.violations)
            if bad and not (options.skip_invalid and selection is not None):
                return self._result(options, selection, bad)
            self.config.require_notion()
            ledger = None
            if not options.dry_run:
                ledger = stack.enter_context(self._ledger())
            if surveyor is None:
                surveyor = stack.enter_context(self._surveyor(read_only=options.dry_run))
            plan, mapping, refused = self._plan(surveyor, options, selection, names)
            connection = surveyor.connection
            if plan is None:
                return self._result(options, selection, [*bad, *refused], requests=connection.sent)
            bad.extend(refused)
            self.listener.planned(plan)
            refusal = self._refusal(options, plan)
            result = None
            if ledger is not None:
                self.notices.extend(ledger.notices)
                if refusal is None:
                    result = self._apply(connection, plan, mapping, ledger)
            else:
                self._preview(plan)
            return self._result(
                options, selection, bad, plan, result, connection.sent, refusal=refusal
            )

    def check(self, options: SyncOptions) -> RunResult:
        """Run the gates alone; Notion is not asked."""
        selection = self._select(options)
        return self._result(replace(options, dry_run=True), selection, selection.violations)

    def compare(self, options: SyncOptions, plan: Callable[[Selection], Plan]) -> RunResult:
        """Run the gates, then plan against something other than Notion; nothing is written."""
        options = replace(options, dry_run=True)
        selection = self._select(options)
        if selection.violations:
            return self._result(options, selection, selection.violations)
        return self._result(options, selection, (), plan(selection))

    def _select(self, options: SyncOptions) -> Selection:
        from lukhas_notion.manifest import find_manifests
        from lukhas_notion.selection import Gates, select

        gates = Gates.load(self.config)
        if options.paths is None:
            return select(self.config, gates, modules=options.modules)
        everything = find_manifests(self.config.root, self.config.include, self.config.exclude)
        return select(self.config, gates, paths=options.paths, among=everything)

    def _names(self, options: SyncOptions) -> tuple[dict[str, Sequence[str]], list[Violation]]:
        """Return the names that each backfilled property is to have, and what is wrong in them."""
        from lukhas_notion.selection import load_vocabularies

        constants = self.config.mapping.constant_options()
        names: dict[str, Sequence[str]] = {
            name: constants[name] for name in options.backfill if name in constants
        }
        rest = [name for name in options.backfill if name not in constants]
        loaded = load_vocabularies(self.config, rest)
        names.update({name: vocabulary.names for name, vocabulary in loaded.items()})
        return names, [v for vocabulary in loaded.values() for v in vocabulary.violations]

    def _ledger(self) -> Ledger:
        return Ledger(self.config.ledger, self.outside.clock, self.info)

    def _surveyor(self, *, read_only: bool) -> Surveyor:
        def connect() -> Connection:
            from lukhas_notion.notion.connection import Connection

            return Connection.open(self.config, self.outside, read_only=read_only)

        return Surveyor(self.config, connect)

    def _plan(
        self,
        surveyor: Surveyor,
        options: SyncOptions,
        selection: Selection | None,
        wanted: Mapping[str, Sequence[str]],
    ) -> tuple[Plan | None, PropertyMapping, list[Violation]]:
        """Read Notion once and compare; a plan is None when options are missing."""
        query = self._query(options, selection)
        survey = surveyor.survey(self._wanted(options), query)
        schema, mapping, pages = survey.schema, survey.mapping, survey.pages
        written = {p.name for p in mapping.properties}
        for spec in self._wanted(options).properties:
            if spec.name not in written and spec.name not in wanted:
                self.notices.append(
                    f"The database has no property '{spec.name}'; it is optional, and not written."
                )
        for name in wanted:
            if name not in schema.properties:
                self.notices.append(f"The database has no property '{name}': no options added.")
        names = {name: listed for name, listed in wanted.items() if name in mapping.types}
        changes = plan_options(schema, names, pages=pages, prune=options.prune)
        if selection is None:
            return Plan(schema, changes, (), orphans_known=False), mapping, []
        desired, refused = self._refuse(selection.desired, schema, mapping, changes)
        if refused and not options.skip_invalid:
            return None, mapping, refused
        whole = selection.whole
        plan = make_plan(
            desired,
            Snapshot(schema, pages, complete=whole),
            mapping,
            options=changes,
            repair_drift=options.repair_drift,
            other_modules=_others(selection, desired),
        )
        if whole and selection.others is None:
            self.notices.append("Orphans are not listed: a manifest could not be read.")
        return plan, mapping, refused

    def _refusal(self, options: SyncOptions, plan: Plan) -> Refusal | None:
        """Return why the plan may not be applied, None when it may."""
        from lukhas_notion.review import refusal

        return refusal(options.reviewed, plan) if options.reviewed else None

    def _wanted(self, options: SyncOptions) -> PropertyMapping:
        """Return what the database must have: a backfill alone needs its own properties only."""
        if options.pages:
            return self.config.mapping
        every = {p.name for p in self.config.mapping.properties}
        keep = {*options.backfill, self.config.mapping.title.name, self.config.mapping.sha.name}
        return self.config.mapping.without(every - keep)

    def _query(self, options: SyncOptions, selection: Selection | None) -> PageQuery | None:
        """Return which pages are to be read; a backfill that removes nothing needs none."""
        if selection is None:
            return PageQuery() if options.prune else None
        return PageQuery([d.module for d in selection.desired], whole=selection.whole)

    def _refuse(
        self,
        desired: Sequence[Desired],
        schema: Schema,
        mapping: PropertyMapping,
        changes: Sequence[OptionChange],
    ) -> tuple[list[Desired], list[Violation]]:
        """Split off the modules that need an option Notion would have to make up."""
        missing = missing_options(desired, schema, mapping, changes)
        modules = {m.module for m in missing}
        kept = [d for d in desired if d.module not in modules]
        return kept, sorted(missing_option(self.config, m, mapping) for m in missing)

    def _apply(
        self, connection: Connection, plan: Plan, mapping: PropertyMapping, ledger: Ledger
    ) -> Result:
        from lukhas_notion.apply import Applier
        from lukhas_notion.notion.writer import Writer

        applier = Applier(
            plan,
            reader=connection.reader,
            writer=Writer(connection.client, plan, mapping),
            ledger=ledger,
            mapping=mapping,
            clock=self.outside.clock,
            stop=self.outside.stop,
            workers=self.config.concurrency,
            on_outcome=self.listener.outcome,
        )
        return applier.run()

    def _preview(self, plan: Plan) -> None:
        """Put a dry run on the ledger; it is no attempt, so a ledger that cannot be is no error."""
        from lukhas_notion.apply import preview_entries

        try:
            with self._ledger() as ledger:
                ledger.record(*preview_entries(plan))
                self.notices.extend(ledger.notices)
        except LedgerError as error:
            self.notices.append(f"{error.message} The preview is not on it.")

    def _result(
        self,
        options: SyncOptions,
        selection: Selection | None,
        violations: Sequence[Violation],
        plan: Plan | None = None,
        result: Result | None = None,
        requests: int = 0,
        *,
        refusal: Refusal | None = None,
    ) -> RunResult:
        from lukhas_notion.result import RunResult

        clock = self.outside.clock
        return RunResult(
            generated=clock.now(),
            dry_run=options.dry_run,
            info=self.info,
            checked=selection.checked if selection else 0,
            violations=tuple(violations),
            plan=plan,
            result=result,
            refusal=refusal,
            notices=tuple(self.notices),
            requests=requests,
            seconds=clock.monotonic() - self._begun,
        )


def _others(selection: Selection, desired: Sequence[Desired]) -> frozenset[str] | None:
    """Return the modules that have a manifest and are not in the plan."""
    if selection.others is None:
        return None
    return selection.others | ({d.module for d in selection.desired} - {d.module for d in desired})


__all__ = ["ChangeKind", "Listener", "Outside", "Run", "SyncOptions", "UsageError"]
