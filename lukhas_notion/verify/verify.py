"""Verify that repository, Notion and ledger agree, and optionally repair Notion.

A verification only reads. A repair is an ordinary sync with the same gates, plan, guard and ledger.
Its result is verified again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.ledger.state import LedgerView
from lukhas_notion.manifests.discovery import is_wanted
from lukhas_notion.plan.database import Page
from lukhas_notion.plan.differences import Cause
from lukhas_notion.plan.finding import Finding, FindingKind, Side
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.sync.inquiry import read_editors
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.planner import Compared, backfill_names
from lukhas_notion.sync.preconditions import require_database
from lukhas_notion.sync.prefetch import Prefetch, ReadResult, everything
from lukhas_notion.sync.result import RunResult, Verdict
from lukhas_notion.sync.run import Run, RunObserver
from lukhas_notion.util.errors import LukhasNotionError, UsageError
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.text import counted
from lukhas_notion.validate.database_schema import left_out, schema_mismatches
from lukhas_notion.validate.select import Selection
from lukhas_notion.verify.compare import Facts, compare, option_findings, property_findings

#: When one of these is ignored, a repair skips the modules concerned.
_SKIPPED = frozenset({FindingKind.MANIFEST_INVALID, FindingKind.OPTION_MISSING})
#: Pages of the ledger that are read before it is taken for the ledger of another database.
_SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of one verification.

    Args:
        generated: when it ended, UTC.
        info: run id, version, commit.
        modules: the number of manifests.
        compared: how many of them were compared with Notion.
        findings: the differences, sorted by module.
        ignored: the differences of kinds that are ignored.
        notes: information for the user that no finding contains.
        whole: whether pages could be compared at all.
        requests: the number of HTTP requests to Notion, those of a repair included.
        seconds: how long it took.
        repair: the sync that repaired; None without a repair.
        before: the findings before the repair.
        failure: why a repair could not begin, or its result could not be verified. ``findings``
            are those of before in this case.
        ledger_problem: as in :class:`RunResult`.
        last_write: when a page was last written according to the ledger, UTC, ISO 8601, or "".
    """

    generated: datetime
    info: RunInfo
    modules: int
    compared: int
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    whole: bool = True
    requests: int = 0
    seconds: float = 0.0
    repair: RunResult | None = None
    before: tuple[Finding, ...] = ()
    failure: LukhasNotionError | None = None
    ledger_problem: str = ""
    last_write: str = ""

    @property
    def in_sync(self) -> bool:
        """Whether everything was compared, nothing differs, and a repair was complete."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0 when in sync, else 1; a repair that was stopped has its own code."""
        return self.verdict.exit_code

    @property
    def verdict(self) -> Verdict:
        """Whether all three agree and, if not, why."""
        more = [f"{counted(len(self.before), 'finding')} before the repair"] if self.repair else []
        more += [f"{counted(len(self.ignored), 'finding')} ignored"] if self.ignored else []
        reason, code, message = self._outcome()
        headline = ". ".join([message, *more])
        if self.ledger_problem:
            reason, code = "ledger", code or 1
            headline = f"The run's records could not be kept. {headline}"
        return Verdict.failed(reason, headline, code) if reason else Verdict(headline)

    def _outcome(self) -> tuple[str, int, str]:
        """Return the reason of failure, the exit code, and the message for the user."""
        left = counted(len(self.findings), "finding")
        why = " ".join(self.failure.message.rstrip(".").splitlines()) if self.failure else ""
        unverified = f"Repaired, but not verified again: {why}"
        done = self.repair
        # Skipped manifests whose findings are ignored are not a failure.
        if done and (done.plan is None or done.unapplied or done.refusal or done.stopped):
            verdict = done.verdict()
            message = unverified if self.failure else f"Not repaired: {left} left"
            return verdict.reason, verdict.exit_code, message
        if self.failure is not None:
            message = unverified if done else f"Not repaired, {left}: {why}"
            # The findings say what cannot be repaired: the command itself was used correctly.
            if isinstance(self.failure, UsageError):
                return "out-of-sync", 1, message
            return self.failure.reason, self.failure.exit_code, message
        if self.findings:
            sides = [f"{self.count(side):,} {side.where}" for side in Side if self.count(side)]
            where = f"in {counted(self.modules, 'module')} ({', '.join(sides)})"
            return "out-of-sync", 1, f"Out of sync: {left} {where}"
        if not self.whole:
            return "out-of-sync", 1, "Not compared"
        agree = f"repository, Notion and ledger agree on {counted(self.compared, 'module')}"
        since = f", last written {self.last_write[:16].replace('T', ' ')} UTC"
        return "", 0, f"In sync: {agree}{since if self.last_write else ''}"

    def count(self, side: Side) -> int:
        """Return the number of findings in which one side disagrees."""
        return sum(finding.side is side for finding in self.findings)


class DestructiveOptions(NamedTuple):
    """What a repair may remove, only on request; ``force`` as for a sync."""

    archive_removed: bool = False
    prune: bool = False
    force: int | None = None


def verify(
    config: Config,
    runtime: Runtime,
    *,
    ignore: Set[FindingKind] = frozenset(),
    removals: DestructiveOptions | None = None,
    bodies: bool = False,
    written: Collection[str] = (),
) -> Verification:
    """Compare repository, Notion and ledger.

    Args:
        config: where they are.
        runtime: clock, transport, git and the like.
        ignore: the kinds of finding that do not count.
        removals: what a following repair may remove; decides whether zero manifests are accepted.
        bodies: read the bodies of all pages, too.
        written: ids of pages that were just written, of which a query may show an older state.

    Raises:
        UsageError: no manifest, no database, or an invalid token.
        NotionError: Notion could not be read.
    """
    removals = removals or DestructiveOptions()
    require_database(config)
    run = Run(config, runtime)
    options = SyncOptions(
        archive_removed=removals.archive_removed, force=removals.force, bodies=bodies
    )
    with run.prefetch(read_only=True) as prefetch:
        selection = run.select(options)
        prefetch.ask(config.mapping, everything(len(selection.desired)))
        verifier = _Verifier(run, prefetch, selection, written, bodies=bodies)
        findings = sorted(verifier.findings(), key=lambda finding: finding.order)
        requests = prefetch.connection.sent
    compared = verifier.compared
    return Verification(
        generated=runtime.clock.now(),
        info=run.info,
        modules=selection.checked,
        compared=compared.modules if compared else 0,
        findings=tuple(finding for finding in findings if finding.kind not in ignore),
        ignored=tuple(finding for finding in findings if finding.kind in ignore),
        notes=tuple(verifier.notes),
        whole=compared is not None,
        requests=requests,
        seconds=run.seconds,
        last_write=verifier.ledger.last_write,
    )


def repair(
    config: Config,
    runtime: Runtime,
    observer: RunObserver,
    removals: DestructiveOptions,
    *,
    ignore: Set[FindingKind] = frozenset(),
    bodies: bool = False,
) -> Verification:
    """Compare, bring Notion back by a sync where something differs, and compare again.

    What is ignored stays as it is. An error after the first comparison is returned together with
    the findings and with what the sync has done.

    Args:
        config: as for :func:`verify`.
        runtime: as for :func:`verify`.
        observer: receives the progress of the sync.
        removals: what may be removed.
        ignore: as for :func:`verify`.
        bodies: as for :func:`verify`.

    Raises:
        UsageError: as for :func:`verify`; or what would be removed is ignored.
        NotionError: Notion could not be read the first time.
    """
    _check(removals, ignore)
    before = verify(config, runtime, ignore=ignore, removals=removals, bodies=bodies)
    if not before.findings:
        return before
    if FindingKind.LEDGER_ELSEWHERE in {f.kind for f in (*before.findings, *before.ignored)}:
        failure = UsageError(
            "The ledger is another database's, and a repair would write into it.",
            "Name another file with --ledger.",
        )
        return replace(before, failure=failure, before=before.findings)
    try:
        options = replace(_repair_options(config, before, ignore, removals), bodies=bodies)
        result = Run(config, runtime, observer).sync(options)
    except LukhasNotionError as error:
        return replace(before, failure=error, before=before.findings)
    written = {o.page_id for o in result.result.outcomes} if result.result else set()
    try:
        after = verify(
            config, runtime, ignore=ignore, removals=removals, bodies=bodies, written=written
        )
    except LukhasNotionError as error:
        after = replace(before, requests=0, seconds=0.0, failure=error)
    return replace(
        after,
        repair=result,
        before=before.findings,
        requests=before.requests + result.requests + after.requests,
        seconds=before.seconds + result.seconds + after.seconds,
    )


def _check(removals: DestructiveOptions, ignore: Set[FindingKind]) -> None:
    for wanted, name, kind in (
        (removals.prune, "prune", FindingKind.OPTION_UNKNOWN),
        (removals.prune, "prune", FindingKind.PAGE_EDITED),
        (removals.archive_removed, "archive-removed", FindingKind.MANIFEST_REMOVED),
    ):
        if wanted and kind in ignore:
            raise UsageError(
                f"{name} removes what {kind} reports, and {kind} is ignored.",
                "Leave out one of the two.",
            )


def _repair_options(
    config: Config,
    before: Verification,
    ignore: Set[FindingKind],
    removals: DestructiveOptions,
) -> SyncOptions:
    """Return the options of a sync that restores everything except what is ignored."""
    left = [finding for finding in before.findings if not finding.repairable]
    drifted: list[Finding] = []
    for finding in before.ignored:
        if finding.side is Side.LEDGER:
            continue  # No page differs.
        # Drift can be kept by itself while other values of the same page are written.
        is_drift = finding.kind in (FindingKind.PAGE_EDITED, FindingKind.PAGE_RENAMED)
        alone = all(p.cause is Cause.NONE for p in finding.properties)
        (drifted if is_drift and alone else left).append(finding)
    return SyncOptions(
        skip_modules=frozenset(finding.subject for finding in left if finding.is_of_module),
        skip_pages=frozenset(finding.page_id for finding in left if finding.page_id),
        keep_drift=frozenset(finding.subject for finding in drifted),
        backfill=() if FindingKind.OPTION_MISSING in ignore else config.backfilled,
        skip_invalid=not ignore.isdisjoint(_SKIPPED),
        prune=removals.prune,
        repair_drift=True,
        archive_removed=removals.archive_removed,
        force=removals.force,
    )


@dataclass
class _Verifier:
    """Reads what one verification compares, and compares it.

    ``compared`` stays None when the pages cannot be compared.
    """

    run: Run
    prefetch: Prefetch
    selection: Selection
    written: Collection[str]
    bodies: bool = field(kw_only=True)
    notes: list[str] = field(init=False)
    compared: Compared | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.notes = list(self.selection.warnings)

    @cached_property
    def ledger(self) -> LedgerView:
        config = self.run.config
        return self.run.ledger_state.view(
            lambda path: is_wanted(path, config.include, config.exclude)
        )

    def findings(self) -> Iterator[Finding]:
        config, schema, ledger = self.run.config, self.prefetch.schema(), self.ledger
        for v in self.selection.violations:
            yield Finding(FindingKind.MANIFEST_INVALID, v.path, v.message, v.path, v.line)
        problems = schema_mismatches(config.mapping, schema)
        yield from property_findings(problems)
        unfit = {problem.name for problem in problems}
        if ledger.problem:
            at = f" in line {ledger.line}" if ledger.line else ""
            message = f"The ledger proves nothing{at}: {ledger.problem.rstrip('.')}."
            file = config.display(config.ledger)
            yield Finding(FindingKind.LEDGER_BROKEN, "", message, file, ledger.line)
        if {config.mapping.title.name, config.mapping.sha.name} & unfit:
            self.notes.append(
                "The pages were not compared: the database lacks the title or the provenance SHA."
            )
            return
        optional = {left.name for left in left_out(config.mapping, schema) if left.found}
        self.notes += [f"Not compared: the property '{name}'." for name in sorted(unfit | optional)]
        held = self.prefetch.read(config.mapping.without(unfit), everything())
        self.compared = compared = self._compare(held)
        names = backfill_names(config, config.backfilled).by_property
        present = {name: listed for name, listed in names.items() if name in held.mapping.types}
        yield from option_findings(schema, present, config.vocabularies, held.pages)
        if self.selection.others is None:
            self.notes.append("Unmanaged pages are not listed: a manifest could not be read.")
        self.notes += compared.notices
        if compared.plan.others:
            self.notes.append(f"{compared.plan.others} pages belong to other repositories.")
        if compared.gap:
            self.notes.append(f"It is not known which manifests are gone: {compared.gap}.")
        for v in compared.refused:
            yield Finding(FindingKind.MANIFEST_INVALID, v.path, v.message, v.path, v.line)
        yield from self._judge(compared)

    def _compare(self, held: ReadResult) -> Compared:
        """Plan; read pages again that were just written, where the query shows an older state."""
        planner = self.run.planner(SyncOptions(bodies=self.bodies), {}, self.prefetch)
        desired = self.selection.desired
        compared = planner.compare(held, self.selection, desired)
        stale = [
            change.page_id
            for change in compared.plan.changes
            if change.page_id in self.written and change.kind is not ChangeKind.SKIP
        ]
        if not stale:
            return compared
        current = self.prefetch.reader.pages_by_id(stale, held.mapping)
        pages = [page for page in held.pages if page.id not in current]
        pages += [page for page in current.values() if page is not None and not page.in_trash]
        return planner.compare(replace(held, pages=pages), self.selection, desired)

    def _judge(self, compared: Compared) -> Iterator[Finding]:
        """Compare the plan with the ledger; further pages and editors are read where needed."""
        pages = {page.id: page for page in compared.pages}
        facts = Facts(compared.plan, pages, self.ledger, self._elsewhere(compared, pages))
        findings = compare(facts, compared.mapping)
        # Only now is it known which editors are named.
        users = {f.editor.id for f in findings if f.side is Side.NOTION} - {""}
        if users:
            editors = read_editors(self.prefetch, users)
            self.notes += editors.notices
            findings = compare(replace(facts, editors=editors), compared.mapping)
        yield from findings

    def _elsewhere(self, compared: Compared, pages: Mapping[str, Page]) -> dict[str, Page | None]:
        """Read the pages that the ledger names for modules without a page."""
        known = self.ledger.modules
        named = [
            known[change.module].page_id
            for change in compared.plan.changes
            if change.kind is ChangeKind.CREATE and change.module in known
        ]
        asked = [page_id for page_id in dict.fromkeys(named) if page_id not in pages]
        if not asked:
            return {}
        first = dict(self.prefetch.reader.pages_by_id(asked[:_SAMPLE], compared.mapping))
        facts = Facts(compared.plan, pages, self.ledger, first)
        if len(first) == len(asked) or facts.is_ledger_elsewhere:
            return first
        return first | dict(self.prefetch.reader.pages_by_id(asked[_SAMPLE:], compared.mapping))
