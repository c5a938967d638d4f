"""Gathers what a verification compares: manifests, the database, its pages, ledger and history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from lukhas_notion.discovery import is_wanted
from lukhas_notion.errors import InvalidRequest, NotFound
from lukhas_notion.finding import Finding, FindingKind
from lukhas_notion.ledger_view import LedgerView, view
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.notion.reader import Reader
from lukhas_notion.ownership import known_manifests
from lukhas_notion.plan import differences
from lukhas_notion.planning import SyncOptions, backfill_names
from lukhas_notion.preflight import left_out, misfits
from lukhas_notion.run import Run
from lukhas_notion.selection import Selection
from lukhas_notion.snapshot import Page
from lukhas_notion.survey import PageQuery, Surveyor
from lukhas_notion.threeway import Facts, by_title, compare
from lukhas_notion.verify_schema import option_findings, property_findings

NOT_COMPARED = "The pages were not compared: the database lacks the title or the provenance SHA."
ORPHANS_UNKNOWN = "Pages without a manifest are not listed: a manifest could not be read."
#: So many of the ledger's pages are looked at before it is taken for another database's.
_SAMPLE = 5


@dataclass(slots=True)
class Look:
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
    """

    run: Run
    written: Collection[str] = ()
    notes: list[str] = field(default_factory=list)
    modules: int = 0
    compared: int = 0
    whole: bool = True
    requests: int = 0

    def findings(self, options: SyncOptions) -> list[Finding]:
        """Read and compare; ``options`` select the manifests as a sync would.

        Raises:
            UsageError: it cannot be compared.
            NotionError: Notion could not be read.
        """
        run = self.run
        # What the ledger names and no query shows is asked for in any case, and judged.
        with run.surveyor(read_only=True, unlisted=False) as surveyor:
            selection = run.select(options)
            self.modules = selection.checked
            names = [want.module for want in selection.desired]
            surveyor.expect(run.config.mapping, PageQuery(names))
            found = list(self._findings(surveyor, selection))
            self.requests = surveyor.connection.sent
        return found

    def _findings(self, surveyor: Surveyor, selection: Selection) -> Iterator[Finding]:
        config, schema = self.run.config, surveyor.schema()
        for v in selection.violations:
            yield Finding(FindingKind.MANIFEST_INVALID, v.path, v.message, v.path, v.line)
        problems = misfits(config.mapping, schema)
        yield from property_findings(problems)
        unfit = {problem.name for problem in problems}
        ledger = self._ledger()
        if ledger.problem:
            yield _broken(ledger, config.display(config.ledger))
        if {config.mapping.title.name, config.mapping.sha.name} & unfit:
            self.notes.append(NOT_COMPARED)
            self.whole = False
            return
        optional = {each.name for each in left_out(config.mapping, schema) if each.found}
        self.notes += [f"Not compared: the property '{name}'." for name in sorted(unfit | optional)]
        survey = surveyor.survey(
            config.mapping.without(unfit), PageQuery([d.module for d in selection.desired])
        )
        pages = self._as_they_are(surveyor, survey.pages, selection.desired, survey.mapping)
        self.compared = len(selection.desired)
        names = backfill_names(config, config.backfilled).by_property
        there = {name: listed for name, listed in names.items() if name in survey.mapping.types}
        yield from option_findings(schema, there, config.vocabularies, pages)
        if selection.others is None:
            self.notes.append(ORPHANS_UNKNOWN)
        facts = Facts(selection.desired, selection.others, pages, schema.data_source_id, ledger)
        yield from self._compared(facts, surveyor.connection.reader, survey.mapping)

    def _ledger(self) -> LedgerView:
        config = self.run.config
        return view(
            config.ledger,
            lambda path: is_wanted(path, config.include, config.exclude),
            config.ledger_within,
        )

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

    # --- what a query does not show -------------------------------------------------------

    def _compared(
        self, facts: Facts, reader: Reader, mapping: PropertyMapping
    ) -> Iterator[Finding]:
        """Compare, and ask for what that turns out to need: where all is well, nothing."""
        facts = replace(facts, elsewhere=self._elsewhere(facts, reader, mapping))
        if self._is_another_databases(facts):
            said = "The pages that the ledger names are rows of another database."
            yield Finding(FindingKind.LEDGER_ELSEWHERE, "", said)
            facts = replace(facts, ledger=LedgerView(problem="it is another database's"))
        if unproven := _unproven(facts, mapping):
            run = self.run
            known, gap = known_manifests(run.config, run.outside.history(run.config), unproven)
            facts = replace(facts, known=known, gap=gap)
        found = compare(facts, mapping)
        if any(each.editor for each in found):
            # Only now is it known that somebody's name will be told, and so who "we" are.
            found = compare(replace(facts, me=reader.me()), mapping)
        yield from found

    def _elsewhere(
        self, facts: Facts, reader: Reader, mapping: PropertyMapping
    ) -> dict[str, Page | None]:
        """Ask for the pages that the ledger names and the query does not show."""
        titles, ids = by_title(facts.pages, mapping), {page.id for page in facts.pages}
        absent = [
            facts.ledger.modules[want.module].page_id
            for want in facts.desired
            if want.module not in titles and want.module in facts.ledger.modules
        ]
        asked = [page_id for page_id in dict.fromkeys(absent) if page_id not in ids]
        look = partial(_page, reader, mapping)
        found = {page_id: look(page_id) for page_id in asked[:_SAMPLE]}
        if self._is_another_databases(replace(facts, elsewhere=found)):
            return found
        with ThreadPoolExecutor(self.run.config.concurrency, thread_name_prefix="look") as pool:
            rest = asked[_SAMPLE:]
            return found | dict(zip(rest, pool.map(look, rest), strict=True))

    def _is_another_databases(self, facts: Facts) -> bool:
        """Whether no page of the ledger's is here, and several are in one other place."""
        ids = {page.id for page in facts.pages}
        if any(last.page_id in ids for last in facts.ledger.modules.values()):
            return False
        sources = {page.source if page else "" for page in facts.elsewhere.values()}
        return len(facts.elsewhere) > 1 and len(sources) == 1 and not sources & {"", facts.source}


def _broken(ledger: LedgerView, file: str) -> Finding:
    at = f" in line {ledger.line}" if ledger.line else ""
    said = f"The ledger proves nothing{at}: {ledger.problem.rstrip('.')}."
    return Finding(FindingKind.LEDGER_BROKEN, "", said, file, ledger.line)


def _unproven(facts: Facts, mapping: PropertyMapping) -> set[str]:
    """Return the names of pages whose SHA the ledger does not prove and no manifest has."""
    wants = {want.module: want.sha for want in facts.desired}
    names = set()
    for page in facts.pages:
        title, held = (str(page.values.get(p.name, "")) for p in (mapping.title, mapping.sha))
        last = facts.ledger.modules.get(title)
        proven = last is not None and last.sha in (held, wants.get(title))
        if held and held != wants.get(title) and not proven:
            names.add(title)
    return names


def _page(reader: Reader, mapping: PropertyMapping, page_id: str) -> Page | None:
    """Return a page by its id, None where it is not to be had."""
    try:
        return reader.page(page_id, mapping.types)
    except (NotFound, InvalidRequest):
        return None
