"""One verification: gather what repository, Notion and ledger say, compare, and perhaps repair.

It only reads, but for a repair, which is a sync like any other: the same gates, plan, guard and
ledger. What it came to is verified again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from lukhas_notion.config import Config
from lukhas_notion.discovery import is_wanted
from lukhas_notion.errors import InvalidRequest, NotFound
from lukhas_notion.finding import Finding, FindingKind, Side
from lukhas_notion.ledger import RunInfo
from lukhas_notion.ledger_view import view
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.notion.reader import Reader
from lukhas_notion.ownership import known_manifests
from lukhas_notion.plan import differences
from lukhas_notion.planning import SyncOptions, backfill_names
from lukhas_notion.preflight import misfits
from lukhas_notion.result import RunResult
from lukhas_notion.run import Listener, Outside, Run
from lukhas_notion.selection import Selection
from lukhas_notion.snapshot import Page
from lukhas_notion.survey import PageQuery, Surveyor
from lukhas_notion.threeway import Facts, by_title, compare
from lukhas_notion.verify_schema import option_findings, property_findings

NOT_COMPARED = "The pages were not compared: the database lacks the title or the provenance SHA."
ORPHANS_UNKNOWN = "Pages without a manifest are not listed: a manifest could not be read."


@dataclass(frozen=True, slots=True)
class Verification:
    """What one verification came to.

    Args:
        generated: when it ended, UTC.
        info: run id, version, commit.
        modules: how many manifests there are.
        findings: what disagrees, sorted by module.
        ignored: what disagrees and was said not to count.
        notes: what a person should know and nothing else says.
        requests: how many HTTP requests were made to Notion, a repair's among them.
        seconds: how long it took.
        repair: the sync that repaired; None where there was none.
        before: what disagreed before the repair.
    """

    generated: datetime
    info: RunInfo
    modules: int
    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    repair: RunResult | None = None
    before: tuple[Finding, ...] = ()

    @property
    def in_sync(self) -> bool:
        """Whether nothing disagrees, and a repair did all that it planned."""
        return not self.findings and (self.repair is None or self.repair.exit_code == 0)

    @property
    def exit_code(self) -> int:
        """0 in sync, 1 not; a repair that was stopped has its own."""
        if self.repair is not None and self.repair.exit_code:
            return self.repair.exit_code
        return 1 if self.findings else 0

    def count(self, side: Side) -> int:
        """How many findings say that one side disagrees."""
        return sum(found.side is side for found in self.findings)


def repair_options(
    config: Config, *, archive_removed: bool = False, prune: bool = False, force: int | None = None
) -> SyncOptions:
    """Return what a repair does: all that a sync can bring back, and takes away on demand alone."""
    return SyncOptions(
        backfill=config.backfilled,
        prune=prune,
        repair_drift=True,
        archive_removed=archive_removed,
        keep_renamed=True,
        force=force,
    )


def verify(
    config: Config,
    outside: Outside,
    *,
    ignore: Collection[FindingKind] = (),
    options: SyncOptions | None = None,
) -> Verification:
    """Compare repository, Notion and ledger.

    Args:
        config: where they are.
        outside: what a run uses of the world.
        ignore: the kinds of finding that do not count.
        options: of the repair that may follow: they say whether there may be no manifest at all.

    Raises:
        UsageError: it cannot be compared: no manifest, no database, a token that is none.
        NotionError: Notion could not be read.
    """
    return _Verifier(Run(config, outside), ignore).run(options or SyncOptions())


def repair(
    config: Config,
    outside: Outside,
    listener: Listener,
    options: SyncOptions,
    *,
    ignore: Collection[FindingKind] = (),
) -> Verification:
    """Compare; where something disagrees bring Notion back by a sync, and compare again.

    Args:
        config: as for :func:`verify`.
        outside: as for :func:`verify`.
        listener: who is told how the sync goes.
        options: what the sync may do.
        ignore: as for :func:`verify`.

    Raises:
        UsageError: as for :func:`verify`.
        LedgerError: the ledger cannot be written; nothing was sent.
    """
    before = verify(config, outside, ignore=ignore, options=options)
    if before.in_sync:
        return before
    result = Run(config, outside, listener).sync(options)
    written = {o.page_id for o in result.result.outcomes} if result.result else set()
    after = _Verifier(Run(config, outside), ignore, written).run(options)
    return replace(
        after,
        repair=result,
        before=before.findings,
        requests=before.requests + result.requests + after.requests,
        seconds=before.seconds + result.seconds + after.seconds,
    )


@dataclass(slots=True)
class _Verifier:
    """Reads what is to be compared.

    Args:
        run: the run that it belongs to.
        ignore: the kinds of finding that do not count.
        written: ids of pages that were written just now, which a query may show as they were.
    """

    run_of: Run
    ignore: Collection[FindingKind]
    written: Collection[str] = ()
    notes: list[str] = field(default_factory=list)

    def run(self, options: SyncOptions) -> Verification:
        """Read all three and compare them."""
        run, config = self.run_of, self.run_of.config
        config.require_notion()
        # What the ledger names and no query shows is asked for in any case, and judged.
        with run.surveyor(read_only=True, unlisted=False) as surveyor:
            selection = run.select(options)
            names = [want.module for want in selection.desired]
            surveyor.expect(config.mapping, PageQuery(names))
            found = sorted(self._findings(surveyor, selection), key=lambda each: each.order)
            requests = surveyor.connection.sent
        kept = tuple(each for each in found if each.kind not in self.ignore)
        return Verification(
            run.outside.clock.now(),
            run.info,
            selection.checked,
            kept,
            tuple(each for each in found if each.kind in self.ignore),
            tuple(self.notes),
            requests,
            run.seconds,
        )

    def _findings(self, surveyor: Surveyor, selection: Selection) -> Iterator[Finding]:
        config, schema = self.run_of.config, surveyor.schema()
        ledger = view(config.ledger, lambda path: is_wanted(path, config.include, config.exclude))
        if ledger.problem:
            at = f" in line {ledger.line}" if ledger.line else ""
            said = f"The ledger proves nothing{at}: {ledger.problem}"
            file = config.display(config.ledger)
            yield Finding(FindingKind.LEDGER_BROKEN, "", f"{said.rstrip('.')}.", file, ledger.line)
        for v in selection.violations:
            yield Finding(FindingKind.MANIFEST_INVALID, v.path, v.message, v.path, v.line)
        problems = misfits(config.mapping, schema)
        yield from property_findings(problems)
        unfit = {problem.name for problem in problems}
        if {config.mapping.title.name, config.mapping.sha.name} & unfit:
            self.notes.append(NOT_COMPARED)
            return
        survey = surveyor.survey(
            config.mapping.without(unfit), PageQuery([d.module for d in selection.desired])
        )
        pages = self._as_they_are(surveyor, survey.pages, selection.desired, survey.mapping)
        names, _ = backfill_names(config, config.backfilled)
        there = {name: listed for name, listed in names.items() if name in survey.mapping.types}
        yield from option_findings(schema, there, config.vocabularies, pages)
        if selection.others is None:
            self.notes.append(ORPHANS_UNKNOWN)
        facts = Facts(selection.desired, selection.others, pages, schema.data_source_id, ledger)
        yield from compare(self._completed(facts, surveyor, survey.mapping), survey.mapping)

    def _as_they_are(
        self,
        surveyor: Surveyor,
        pages: Sequence[Page],
        desired: Iterable[Desired],
        mapping: PropertyMapping,
    ) -> list[Page]:
        """Return the pages, those that were written just now as they are and not as they were."""
        wants = {want.module: want for want in desired}
        reader = surveyor.connection.reader
        found = []
        for page in pages:
            want = wants.get(str(page.values.get(mapping.title.name, "")))
            settled = want is not None and not differences(want, page.values, mapping)
            if page.id in self.written and not settled:
                current = _page(reader, mapping, page.id)
                if current is None or current.in_trash:
                    continue
                page = current  # noqa: PLW2901 - the same page, read again
            found.append(page)
        return found

    def _completed(self, facts: Facts, surveyor: Surveyor, mapping: PropertyMapping) -> Facts:
        """Ask for what a comparison needs beside the query: it costs nothing where all is well."""
        facts = replace(facts, elsewhere=self._elsewhere(facts, surveyor, mapping))
        titles = by_title(facts.pages, mapping)
        sha = mapping.sha.name
        unlike, unknown = False, set()
        for want in facts.desired:
            pages = titles.get(want.module, [])
            if len(pages) != 1 or not differences(want, pages[0].values, mapping):
                continue
            unlike = True
            held, last = pages[0].values.get(sha), facts.ledger.modules.get(want.module)
            if held and held != want.sha and (last is None or last.sha != held):
                unknown.add(want.module)
        if unlike or facts.elsewhere:
            facts = replace(facts, me=surveyor.connection.reader.me())
        if unknown:
            run = self.run_of
            known, gap = known_manifests(run.config, run.outside.history(run.config), unknown)
            facts = replace(facts, known=known, gap=gap)
        return facts

    def _elsewhere(
        self, facts: Facts, surveyor: Surveyor, mapping: PropertyMapping
    ) -> dict[str, Page | None]:
        """Ask for the pages that the ledger names and the query does not show."""
        titles, ids = by_title(facts.pages, mapping), {page.id for page in facts.pages}
        absent = [
            facts.ledger.modules[want.module].page_id
            for want in facts.desired
            if want.module not in titles and want.module in facts.ledger.modules
        ]
        asked = [page_id for page_id in dict.fromkeys(absent) if page_id not in ids]
        look = partial(_page, surveyor.connection.reader, mapping)
        with ThreadPoolExecutor(self.run_of.config.concurrency, thread_name_prefix="look") as pool:
            return dict(zip(asked, pool.map(look, asked), strict=True))


def _page(reader: Reader, mapping: PropertyMapping, page_id: str) -> Page | None:
    """Return a page by its id, None where it is not to be had."""
    try:
        return reader.page(page_id, mapping.types)
    except (NotFound, InvalidRequest):
        return None
