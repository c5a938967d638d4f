"""Gathers what a verification compares: manifests, the database, its pages, and the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lukhas_notion.ledger.state import LedgerView
from lukhas_notion.manifests.discovery import is_wanted
from lukhas_notion.plan.finding import Finding, FindingKind, Side
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.sync.inquiry import read_editors
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.planner import Compared, backfill_names
from lukhas_notion.sync.prefetch import Prefetch, ReadResult, everything
from lukhas_notion.sync.run import Run
from lukhas_notion.validate.database_schema import left_out, schema_mismatches
from lukhas_notion.validate.select import Selection
from lukhas_notion.verify.compare import Facts, compare, option_findings, property_findings

NOT_COMPARED = "The pages were not compared: the database lacks the title or the provenance SHA."
UNMANAGED_UNKNOWN = "Unmanaged pages are not listed: a manifest could not be read."
#: So many of the ledger's pages are looked at before it is taken for another database's.
_SAMPLE = 5


@dataclass(slots=True)
class VerifyInputs:
    """One look at all three.

    Args:
        run: the run that it belongs to.
        written: ids of pages that were written just now, which a query may show as they were.

    Attributes:
        notes: what a person should know and no finding says.
        modules: how many manifests there are.
        compared: how many of them were compared.
        whole: whether pages could be compared at all.
        requests: how many HTTP requests were made to Notion.
        last_write: when the ledger knows a page to have been written last, "" for never.
    """

    run: Run
    written: Collection[str] = ()
    notes: list[str] = field(default_factory=list)
    modules: int = 0
    compared: int = 0
    whole: bool = True
    requests: int = 0
    last_write: str = ""

    def findings(self, options: SyncOptions) -> list[Finding]:
        """Read and compare; ``options`` select the manifests as a sync would.

        Raises:
            UsageError: it cannot be compared.
            NotionError: Notion could not be read.
        """
        run = self.run
        with run.prefetch(read_only=True) as prefetch:
            selection = run.select(options)
            self.modules = selection.checked
            self.notes += selection.warnings
            prefetch.ask(run.config.mapping, everything(len(selection.desired)))
            found = list(self._findings(prefetch, selection, bodies=options.bodies))
            self.requests = prefetch.connection.sent
        return found

    def _findings(
        self, prefetch: Prefetch, selection: Selection, *, bodies: bool
    ) -> Iterator[Finding]:
        config, schema = self.run.config, prefetch.schema()
        for v in selection.violations:
            yield Finding(FindingKind.MANIFEST_INVALID, v.path, v.message, v.path, v.line)
        problems = schema_mismatches(config.mapping, schema)
        yield from property_findings(problems)
        unfit = {problem.name for problem in problems}
        ledger = self.run.ledger_state.view(
            lambda path: is_wanted(path, config.include, config.exclude)
        )
        self.last_write = ledger.last_write
        if ledger.problem:
            yield _broken(ledger, config.display(config.ledger))
        if {config.mapping.title.name, config.mapping.sha.name} & unfit:
            self.notes.append(NOT_COMPARED)
            self.whole = False
            return
        optional = {each.name for each in left_out(config.mapping, schema) if each.found}
        self.notes += [f"Not compared: the property '{name}'." for name in sorted(unfit | optional)]
        held = prefetch.read(config.mapping.without(unfit), everything())
        found = self._compared(prefetch, held, selection, bodies=bodies)
        self.compared = found.modules
        names = backfill_names(config, config.backfilled).by_property
        there = {name: listed for name, listed in names.items() if name in held.mapping.types}
        yield from option_findings(schema, there, config.vocabularies, held.pages)
        if selection.others is None:
            self.notes.append(UNMANAGED_UNKNOWN)
        self.notes += found.notices
        if found.plan.others:
            self.notes.append(f"{found.plan.others} pages belong to other repositories.")
        if found.gap:
            self.notes.append(f"Which manifests are gone is not known: {found.gap}.")
        for v in found.refused:
            yield Finding(FindingKind.MANIFEST_INVALID, v.path, v.message, v.path, v.line)
        yield from self._judged(found, ledger, prefetch, found.mapping)

    def _compared(
        self, prefetch: Prefetch, held: ReadResult, selection: Selection, *, bodies: bool
    ) -> Compared:
        """Compare; pages that were written just now are read again where a query lags behind."""
        planner = self.run.planner(SyncOptions(bodies=bodies), {})
        found = planner.compare(prefetch, held, selection, selection.desired)
        stale = [
            change.page_id
            for change in found.plan.changes
            if change.page_id in self.written and change.kind is not ChangeKind.SKIP
        ]
        if not stale:
            return found
        current = prefetch.by_id(stale, held.mapping)
        pages = [page for page in held.pages if page.id not in current]
        pages += [page for page in current.values() if page is not None and not page.in_trash]
        again = replace(held, pages=pages)
        return planner.compare(prefetch, again, selection, selection.desired)

    def _judged(
        self, found: Compared, ledger: LedgerView, prefetch: Prefetch, mapping: PropertyMapping
    ) -> Iterator[Finding]:
        """Compare with the ledger, and ask for what that turns out to need; mostly nothing."""
        pages = {page.id: page for page in found.pages}
        elsewhere = self._elsewhere(found, ledger, pages, prefetch, mapping)
        if _is_another_databases(found, ledger, pages, elsewhere):
            said = "The pages that the ledger names are rows of another database."
            yield Finding(FindingKind.LEDGER_ELSEWHERE, "", said)
            ledger = LedgerView(problem="it is another database's")
        facts = Facts(found.plan, pages, ledger, elsewhere)
        findings = compare(facts, mapping)
        # Only now is it known whose names are told.
        told = {each.editor.id for each in findings if each.side is Side.NOTION} - {""}
        if told:
            editors = read_editors(prefetch, told)
            self.notes += editors.notices
            findings = compare(replace(facts, editors=editors), mapping)
        yield from findings

    def _elsewhere(
        self,
        found: Compared,
        ledger: LedgerView,
        pages: Mapping[str, Page],
        prefetch: Prefetch,
        mapping: PropertyMapping,
    ) -> dict[str, Page | None]:
        """Ask for the pages that the ledger names for modules without one."""
        named = [
            ledger.modules[change.module].page_id
            for change in found.plan.changes
            if change.kind is ChangeKind.CREATE and change.module in ledger.modules
        ]
        asked = [page_id for page_id in dict.fromkeys(named) if page_id not in pages]
        first = dict(prefetch.by_id(asked[:_SAMPLE], mapping)) if asked else {}
        if len(first) == len(asked) or _is_another_databases(found, ledger, pages, first):
            return first
        return first | dict(prefetch.by_id(asked[_SAMPLE:], mapping))


def _is_another_databases(
    found: Compared,
    ledger: LedgerView,
    pages: Mapping[str, Page],
    elsewhere: Mapping[str, Page | None],
) -> bool:
    """Whether no page of the ledger's is here, and several are in one other place."""
    if any(last.page_id in pages for last in ledger.modules.values()):
        return False
    sources = {page.source if page else "" for page in elsewhere.values()}
    here = found.plan.schema.data_source_id
    return len(elsewhere) > 1 and len(sources) == 1 and not sources & {"", here}


def _broken(ledger: LedgerView, file: str) -> Finding:
    at = f" in line {ledger.line}" if ledger.line else ""
    said = f"The ledger proves nothing{at}: {ledger.problem.rstrip('.')}."
    return Finding(FindingKind.LEDGER_BROKEN, "", said, file, ledger.line)
