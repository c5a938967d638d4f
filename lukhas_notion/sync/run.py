"""Run one sync: configuration → gates → snapshot → plan → apply → result.

The command line, the demo and the Action use this module.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from lukhas_notion import __version__
from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import blocks
from lukhas_notion.ledger.file import Ledger, RunInfo, chain_notice, read_state
from lukhas_notion.ledger.state import LedgerState
from lukhas_notion.manifests.discovery import is_wanted
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import Owner
from lukhas_notion.plan.plan import Plan, SafetyStop, too_much, unlisted
from lukhas_notion.plan.source import Source, find_source, former_repository
from lukhas_notion.sync.options import SyncOptions, already_applied, not_reviewed
from lukhas_notion.sync.planner import Planner, PlanningResult, backfill_names
from lukhas_notion.sync.preconditions import require_database
from lukhas_notion.sync.prefetch import Prefetch
from lukhas_notion.sync.result import Outcome, Result, RunResult
from lukhas_notion.sync.run_record import end, left_out
from lukhas_notion.util.errors import LedgerError, LukhasNotionError, UsageError
from lukhas_notion.util.git import prefix_of
from lukhas_notion.util.runtime import Runtime

if TYPE_CHECKING:
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.validate.select import Selection


log = logging.getLogger("lukhas_notion")


@dataclass(slots=True)
class RunObserver:
    """Receives the progress of a run; subclasses override the methods that they need."""

    def reading(self, expected: int) -> None:
        """Report that all pages are being read, about ``expected`` of them."""

    def read(self) -> None:
        """Report one more page as read; called from several threads."""

    def planned(self, preview: RunResult) -> None:
        """Report the plan; ``preview`` is the result of a dry run with it."""

    def outcome(self, outcome: Outcome) -> None:
        """Report the outcome of one change."""


def new_info(config: Config, runtime: Runtime) -> RunInfo:
    """Return the fields shared by all records of a new run."""
    return RunInfo(
        run=f"{runtime.random.getrandbits(64):016x}",
        tool=__version__,
        commit=runtime.commit(config.root),
    )


class Run:
    """One run over one configuration.

    Args:
        config: what is synced.
        runtime: clock, transport, git and the like.
        observer: receives the progress.
        base_has: returns whether the base branch of a pull request has a file, by its path below
            the root.
    """

    def __init__(
        self,
        config: Config,
        runtime: Runtime,
        observer: RunObserver | None = None,
        *,
        base_has: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.config = config
        self._earlier = runtime.earlier(config.root, base_has)
        self.runtime = runtime
        self.observer = observer or RunObserver()
        self.notices: list[str] = []
        self.info = new_info(config, runtime)
        self._begun = runtime.clock.monotonic()
        self._early: Prefetch | None = None
        self._selection: Selection | None = None
        self._state: LedgerState | None = None

    @contextmanager
    def early_requests(self) -> Iterator[None]:
        """Send the first requests of a dry run while the caller selects the manifests."""
        with self.prefetch(read_only=True) if self.config.knows_notion else nullcontext() as early:
            self._early = early
            yield

    def sync(self, options: SyncOptions) -> RunResult:
        """Validate, plan and, unless it is a dry run, apply.

        A run that is not a dry run leaves one record of itself in the ledger, however it ends.

        Raises:
            UsageError: the run is not possible as requested; nothing was written.
            LedgerError: the ledger cannot be written; nothing was sent.
            NotionError: Notion could not be read; nothing was written.
        """
        with self.recorded(options):
            return self._sync(options)

    @contextmanager
    def recorded(self, options: SyncOptions) -> Iterator[None]:
        """Record a run that an error ends within the block, unless it is a dry run."""
        try:
            yield
        except LukhasNotionError as error:
            # A command line with a mistake is not an attempt.
            if type(error) is not UsageError:
                self._ended(options, self.failed(options, error))
            raise

    def failed(self, options: SyncOptions, error: LukhasNotionError) -> RunResult:
        """Return the result of a run that an error ended before there was a plan."""
        return replace(self._result(options), error=error)

    def _sync(self, options: SyncOptions) -> RunResult:
        with ExitStack() as stack:
            prefetch = self._early if options.dry_run else None
            if prefetch is None and options.dry_run and self.config.knows_notion:
                prefetch = stack.enter_context(self.prefetch(read_only=True))
            selection = self.select(options, prefetch) if options.pages else None
            names = backfill_names(self.config, options.backfill)
            bad = list((names if selection is None else selection).violations)
            if selection is None:
                self.notices.extend(names.warnings)
            skips = options.skip_invalid and selection is not None and not blocks(bad)
            if bad and not skips:
                return self._ended(options, self._result(options, bad))
            require_database(self.config)
            ledger = None
            if not options.dry_run:
                ledger = stack.enter_context(self._ledger())
                self._state = ledger.state
            if prefetch is None:
                prefetch = stack.enter_context(self.prefetch(read_only=options.dry_run))
            planned = self.planner(options, names.by_property, prefetch).plan(selection)
            self.notices.extend(planned.notices)
            bad.extend(planned.refused)
            refusal = result = None
            if planned.plan is not None:
                refusal, result = self._carry_out(options, planned, prefetch.connection, ledger)
            ended = replace(
                self._result(options, bad),
                plan=planned.plan,
                result=result,
                requests=prefetch.connection.sent,
                refusal=refusal,
                needs_backfill=planned.needs_backfill,
            )
            return self._ended(options, ended, ledger)

    def _carry_out(
        self,
        options: SyncOptions,
        planned: PlanningResult,
        connection: Connection,
        ledger: Ledger | None,
    ) -> tuple[SafetyStop | None, Result | None]:
        """Apply the plan if that is allowed; return why it is refused, or its outcome."""
        plan = planned.plan
        if plan is None:
            raise RuntimeError("there is no plan")
        preview = replace(self._result(options), dry_run=True, plan=plan)
        self.observer.planned(preview)
        todo = plan.without_removals() if options.hold_removals else plan
        refusal, result = self._refusal(options, plan, todo), None
        if ledger is None:
            # A run that applies gets this notice from the ledger that it opens.
            notice = chain_notice(self.config.ledger.name, self.ledger_state.chain.broken)
            self.notices.extend([notice] if notice else [])
            return refusal, None
        if refusal is None:
            if self._selection is not None:
                ledger.record(*left_out(self._selection, planned.refused))
            result = self._apply(connection, todo, planned.mapping, ledger)
            self.notices.extend(result.notices)
        self.notices.extend(ledger.notices)
        return refusal, result

    def check(self, options: SyncOptions) -> RunResult:
        """Run only the gates, without Notion."""
        selection = self.select(options)
        return self._result(replace(options, dry_run=True), selection.violations)

    def compare(self, options: SyncOptions, plan: Callable[[Selection], Plan]) -> RunResult:
        """Run the gates, then plan against something other than Notion; nothing is written."""
        options = replace(options, dry_run=True)
        selection = self.select(options)
        result = self._result(options, selection.violations)
        return result if selection.violations else replace(result, plan=plan(selection))

    def select(self, options: SyncOptions, prefetch: Prefetch | None = None) -> Selection:
        """Read, check and map; the pages are requested as soon as the modules' names are known."""
        from lukhas_notion.validate.gates import Gates
        from lukhas_notion.validate.select import select

        def ask(names: Sequence[str]) -> None:
            if prefetch is not None:
                prefetch.ask(self.config.mapping, options.query(names, whole=False))

        gates = replace(Gates.load(self.config, self._earlier), mapping=self.mapping)
        self._selection = select(
            self.config,
            gates,
            modules=options.modules,
            paths=options.paths,
            present=options.present,
            required=not (options.archive_removed and options.force is not None),
            on_names=ask,
        )
        self.notices.extend(self._selection.warnings)
        return self._selection

    def _ended(
        self, options: SyncOptions, result: RunResult, ledger: Ledger | None = None
    ) -> RunResult:
        """Record how a run ended, unless it is a dry run, and return its result."""
        entry = None if options.dry_run else end(options, result)
        if entry is None:
            return result
        try:
            with nullcontext(ledger) if ledger else self._ledger() as opened:
                opened.record(entry)
        except (LedgerError, UsageError) as error:
            log.warning("This run is not in the ledger. %s", error.message)
        return result

    def _ledger(self) -> Ledger:
        config = self.config
        return Ledger(config.ledger, self.runtime.clock, self.info, within=config.ledger_within)

    @property
    def ledger_state(self) -> LedgerState:
        """The state of the ledger before this run, which is read once."""
        if self._state is None:
            self._state = read_state(self.config.ledger, self.config.ledger_within)
        return self._state

    @property
    def seconds(self) -> float:
        """The duration of the run so far."""
        return self.runtime.clock.monotonic() - self._begun

    def prefetch(self, *, read_only: bool) -> Prefetch:
        """Return the reader of Notion; with ``read_only`` its connection refuses all writes."""

        def connect() -> Connection:
            from lukhas_notion.notion.connection import Connection

            return Connection.open(self.config, self.runtime, read_only=read_only)

        return Prefetch(self.config, connect, self.observer.reading, self.observer.read)

    def planner(
        self, options: SyncOptions, names: Mapping[str, Sequence[str]], prefetch: Prefetch
    ) -> Planner:
        """Return the planner; ``names`` has the options that each property must have."""
        root = self.config.root
        return Planner(
            self.config,
            options,
            names,
            self.owner,
            lambda paths: self.runtime.absent(root, paths),
            lambda: self.ledger_state.pages,
            prefetch,
        )

    @cached_property
    def source(self) -> Source:
        """The repository that the manifests come from."""
        return find_source(
            named=self.config.source,
            origin="" if self.config.source else self.runtime.origin(self.config.root),
            environ=self.runtime.environ,
            folder=self.config.root.name,
            prefix=prefix_of(self.config.root),
            commit=self.info.commit,
            form=self.config.source_form,
        )

    @property
    def mapping(self) -> PropertyMapping:
        """The mapping of this repository's manifests.

        Raises:
            ConfigError: a property holds the address of a manifest, but the address is unknown.
        """
        mapping = self.config.mapping
        return mapping.of(self.source) if mapping.names_source else mapping

    @cached_property
    def owner(self) -> Owner:
        """The identity of this run, as the records of pages contain it."""
        config = self.config
        environ = self.runtime.environ
        server = environ.get("GITHUB_SERVER_URL", "").strip()
        return Owner(
            self.source,
            lambda path: is_wanted(path, config.include, config.exclude),
            frozenset(former_repository(each, server) for each in config.adopt_from),
            config.records,
            is_by_hand=environ.get("CI", "").strip().lower() in ("", "0", "false"),
        )

    def _refusal(self, options: SyncOptions, plan: Plan, todo: Plan) -> SafetyStop | None:
        """Return why ``todo`` must not be applied, or None.

        ``plan`` also contains the removals that are only shown.
        """
        manifests = self._selection.checked if self._selection else None

        def excess(plan: Plan) -> SafetyStop | None:
            return too_much(plan, manifests=manifests, force=options.force)

        if todo is not plan and (later := excess(plan)):
            self.notices.append(f"With --apply this is refused: {later.message} {later.remedy}")
        refused = None
        if options.reviewed and already_applied(options.reviewed, plan):
            self.notices.append("The reviewed plan is already applied: nothing is left to do.")
        elif options.reviewed:
            refused = not_reviewed(options.reviewed, plan)
        return refused or unlisted(plan.options) or excess(todo)

    def _apply(
        self, connection: Connection, plan: Plan, mapping: PropertyMapping, ledger: Ledger
    ) -> Result:
        from lukhas_notion.notion.writer import Links, SchemaWriter, Writer
        from lukhas_notion.sync.apply import Applier
        from lukhas_notion.sync.page_writes import Task, record_links

        absent = partial(self.runtime.absent, self.config.root)
        link = record_links(self.owner, plan, absent)
        task = Task(
            plan,
            mapping,
            connection.reader,
            Writer(connection.client, plan, mapping, Links(link)),
            SchemaWriter(connection.client, plan),
            self.runtime.clock,
            self.runtime.stop,
        )
        applier = Applier(
            task,
            ledger,
            workers=self.config.concurrency,
            recorded=ledger.state,
            on_outcome=self.observer.outcome,
        )
        return applier.run()

    def _result(self, options: SyncOptions, violations: Sequence[Violation] = ()) -> RunResult:
        """Return the result of the run without its plan."""
        return RunResult(
            generated=self.runtime.clock.now(),
            dry_run=options.dry_run,
            info=self.info,
            checked=self._selection.checked if self._selection else 0,
            violations=tuple(violations),
            holds_removals=options.hold_removals and not options.dry_run,
            notices=tuple(self.notices),
            seconds=self.seconds,
        )
