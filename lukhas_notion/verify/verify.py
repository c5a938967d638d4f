"""One verification: gather what repository, Notion and ledger say, compare, and perhaps repair.

It only reads, but for a repair, which is a sync like any other: the same gates, plan, guard and
ledger. What it came to is verified again.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from lukhas_notion.config.config import Config
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.plan.differences import Cause
from lukhas_notion.plan.finding import Finding, FindingKind, Side
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.preconditions import require_database
from lukhas_notion.sync.result import RunResult, Verdict
from lukhas_notion.sync.run import Run, RunObserver
from lukhas_notion.util.errors import LukhasNotionError, UsageError
from lukhas_notion.util.runtime import Runtime
from lukhas_notion.util.text import counted
from lukhas_notion.verify.gather import VerifyInputs

#: Whoever ignores these has the modules that they are about passed over by a repair.
_PASSED_OVER = frozenset({FindingKind.MANIFEST_INVALID, FindingKind.OPTION_MISSING})


@dataclass(frozen=True, slots=True)
class Verification:
    """What one verification came to.

    Args:
        generated: when it ended, UTC.
        info: run id, version, commit.
        modules: how many manifests there are.
        compared: how many of them were compared with Notion.
        findings: what disagrees, sorted by module.
        ignored: what disagrees and was said not to count.
        notes: what a person should know and nothing else says.
        whole: whether pages could be compared at all.
        requests: how many HTTP requests were made to Notion, a repair's among them.
        seconds: how long it took.
        repair: the sync that repaired; None where there was none.
        before: what disagreed before the repair.
        failure: why a repair could not begin, or what it came to could not be looked at. Then
            ``findings`` are those of before.
        ledger_problem: as of a :class:`RunResult`.
        last_write: when a page was last written by what the ledger says, UTC, ISO 8601, or "".
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
        """Whether all was compared, nothing disagrees, and a repair did all that it planned."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """0 in sync, 1 not; a repair that was stopped has its own."""
        return self.verdict.exit_code

    @property
    def verdict(self) -> Verdict:
        """Whether all three agree; where they do not, or are not known to, why."""
        more = [f"{counted(len(self.before), 'finding')} before the repair"] if self.repair else []
        more += [f"{counted(len(self.ignored), 'finding')} ignored"] if self.ignored else []
        reason, code, said = self._outcome()
        headline = ". ".join([said, *more])
        if self.ledger_problem:
            reason, code = "ledger", code or 1
            headline = f"The run's records could not be kept. {headline}"
        return Verdict.failed(reason, headline, code) if reason else Verdict(headline)

    def _outcome(self) -> tuple[str, int, str]:
        """Return the reason of failure, the exit code, and what a person is told."""
        left = counted(len(self.findings), "finding")
        failure = self.failure
        why = failure.message.rstrip(".") if failure else ""
        why = " ".join(why.splitlines())
        if self.repair is not None and self.repair_failed:
            ended = self.repair.verdict()
            said = (
                f"Repaired, and not looked at again: {why}"
                if failure
                else (f"Not repaired: {left} left")
            )
            return ended.reason, ended.exit_code, said
        if failure is not None:
            done = "Repaired, and not looked at again" if self.repair else f"Not repaired, {left}"
            # What cannot be repaired is named by the findings: that is no misuse.
            misuse = isinstance(failure, UsageError)
            reason, code = ("out-of-sync", 1) if misuse else (failure.reason, failure.exit_code)
            return reason, code, f"{done}: {why}"
        if self.findings:
            sides = [f"{side} {self.count(side)}" for side in Side if self.count(side)]
            where = f"({', '.join(sides)}) in {counted(self.modules, 'module')}"
            return "out-of-sync", 1, f"Out of sync: {left} {where}"
        if not self.whole:
            return "out-of-sync", 1, "Not compared"
        agree = f"repository, Notion and ledger agree on {counted(self.compared, 'module')}"
        since = f", last written {self.last_write[:16].replace('T', ' ')} UTC"
        return "", 0, f"In sync: {agree}{since if self.last_write else ''}"

    @property
    def repair_failed(self) -> bool:
        """Whether the repair planned nothing, or did not do all that it planned.

        That it passed over manifests which do not count is no failure.
        """
        done = self.repair
        if done is None:
            return False
        stopped = done.result is not None and done.result.stopped is not None
        return done.plan is None or bool(done.unapplied) or done.refusal is not None or stopped

    def count(self, side: Side) -> int:
        """How many findings say that one side disagrees."""
        return sum(found.side is side for found in self.findings)


class DestructiveOptions(NamedTuple):
    """What a repair may take away, on demand alone; ``force`` as for a sync."""

    archive_removed: bool = False
    prune: bool = False
    force: int | None = None


def verify(
    config: Config,
    runtime: Runtime,
    *,
    ignore: Set[FindingKind] = frozenset(),
    takes: DestructiveOptions | None = None,
    bodies: bool = False,
) -> Verification:
    """Compare repository, Notion and ledger.

    Args:
        config: where they are.
        runtime: what a run uses of the world.
        ignore: the kinds of finding that do not count.
        takes: of the repair that may follow: it says whether there may be no manifest at all.
        bodies: read the bodies of all pages, too.

    Raises:
        UsageError: it cannot be compared: no manifest, no database, a token that is none.
        NotionError: Notion could not be read.
    """
    takes = takes or DestructiveOptions()
    return _look(config, runtime, ignore, takes, written=(), bodies=bodies)


def repair(
    config: Config,
    runtime: Runtime,
    observer: RunObserver,
    takes: DestructiveOptions,
    *,
    ignore: Set[FindingKind] = frozenset(),
    bodies: bool = False,
) -> Verification:
    """Compare; where something disagrees bring Notion back by a sync, and compare again.

    What does not count is left as it is. Whatever goes wrong once something was found is told with
    what was found, and with what the sync has done.

    Args:
        config: as for :func:`verify`.
        runtime: as for :func:`verify`.
        observer: who is told how the sync goes.
        takes: what may be taken away.
        ignore: as for :func:`verify`.
        bodies: as for :func:`verify`.

    Raises:
        UsageError: as for :func:`verify`; or what is to be taken away is ignored.
        NotionError: Notion could not be read the first time.
    """
    _check(takes, ignore)
    before = verify(config, runtime, ignore=ignore, takes=takes, bodies=bodies)
    if not before.findings:
        return before
    found = {each.kind for each in (*before.findings, *before.ignored)}
    if FindingKind.LEDGER_ELSEWHERE in found:
        failure = UsageError(
            "The ledger is another database's, and a repair would write into it.",
            "Name another file with --ledger.",
        )
        return replace(before, failure=failure, before=before.findings)
    run = Run(config, runtime, observer)
    try:
        result = run.sync(replace(_options(config, before, ignore, takes), bodies=bodies))
    except LukhasNotionError as error:
        return replace(before, failure=error, before=before.findings)
    written = {o.page_id for o in result.result.outcomes} if result.result else set()
    try:
        after = _look(config, runtime, ignore, takes, written, bodies=bodies)
    except LukhasNotionError as error:
        after = replace(before, requests=0, seconds=0.0, failure=error)
    return replace(
        after,
        repair=result,
        before=before.findings,
        requests=before.requests + result.requests + after.requests,
        seconds=before.seconds + result.seconds + after.seconds,
    )


def _check(takes: DestructiveOptions, ignore: Set[FindingKind]) -> None:
    for wanted, name, kind in (
        (takes.prune, "prune", FindingKind.OPTION_UNKNOWN),
        (takes.prune, "prune", FindingKind.PAGE_EDITED),
        (takes.archive_removed, "archive-removed", FindingKind.MANIFEST_REMOVED),
    ):
        if wanted and kind in ignore:
            raise UsageError(
                f"{name} takes away what {kind} tells, and {kind} is ignored.",
                "Leave out one of the two.",
            )


def _options(
    config: Config,
    before: Verification,
    ignore: Set[FindingKind],
    takes: DestructiveOptions,
) -> SyncOptions:
    """Return what a repair does: all that a sync can bring back, but for what does not count."""
    left = [found for found in before.findings if not found.repairable]
    drifted: list[Finding] = []
    for found in before.ignored:
        if found.side is Side.LEDGER:
            continue  # no page is otherwise than it should be
        # Drift can be left by itself, beside what is written to the same page.
        is_drift = found.kind in (FindingKind.PAGE_EDITED, FindingKind.PAGE_RENAMED)
        alone = all(p.cause is Cause.NONE for p in found.properties)
        (drifted if is_drift and alone else left).append(found)
    return SyncOptions(
        skip_modules=frozenset(found.subject for found in left if found.is_of_module),
        skip_pages=frozenset(found.page_id for found in left if found.page_id),
        keep_drift=frozenset(found.subject for found in drifted),
        backfill=() if FindingKind.OPTION_MISSING in ignore else config.backfilled,
        skip_invalid=not ignore.isdisjoint(_PASSED_OVER),
        prune=takes.prune,
        repair_drift=True,
        archive_removed=takes.archive_removed,
        force=takes.force,
    )


def _look(
    config: Config,
    runtime: Runtime,
    ignore: Set[FindingKind],
    takes: DestructiveOptions,
    written: Collection[str],
    *,
    bodies: bool,
) -> Verification:
    """Read all three and compare them."""
    require_database(config)
    run = Run(config, runtime)
    look = VerifyInputs(run, written)
    options = SyncOptions(archive_removed=takes.archive_removed, force=takes.force, bodies=bodies)
    found = sorted(look.findings(options), key=lambda each: each.order)
    return Verification(
        generated=runtime.clock.now(),
        info=run.info,
        modules=look.modules,
        compared=look.compared,
        findings=tuple(each for each in found if each.kind not in ignore),
        ignored=tuple(each for each in found if each.kind in ignore),
        notes=tuple(look.notes),
        whole=look.whole,
        requests=look.requests,
        seconds=run.seconds,
        last_write=look.last_write,
    )
