"""Plan × pages × ledger → findings: what repository, Notion and ledger disagree about. Pure.

A plan that repairs nothing says of each module what the manifest wants, what was last applied and
what the page holds. What the plan would write is the repository's doing, or Notion's; the ledger is
compared with both. Where pages have no records, the ledger tells who moved on:

============= =====================================================================
R ≠ N, N = L  the repository moved on: the manifest has changed
R = L ≠ N     Notion moved on: somebody else wrote the page
R = N ≠ L     the ledger was left behind
no L          nothing tells which of the two has changed
============= =====================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.ledger.state import LedgerView, PageState
from lukhas_notion.plan.differences import Cause, PropertyChange
from lukhas_notion.plan.editors import NOBODY, Editor, Editors
from lukhas_notion.plan.finding import Finding, FindingKind
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.options import plan_options
from lukhas_notion.plan.page_record import BODY, read_record
from lukhas_notion.plan.plan import MADE_TWICE, Change, ChangeKind, Plan
from lukhas_notion.plan.removals import COPY, GONE
from lukhas_notion.plan.snapshot import Page, Schema
from lukhas_notion.util.text import difference, fold
from lukhas_notion.validate.database_schema import SchemaMismatch


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared.

    Args:
        plan: what a sync without repairs would do.
        pages: the pages that were read, by id.
        ledger: what the ledger says.
        elsewhere: page id → the page, asked for by its id since no query shows it; None where it is
            not to be had.
        editors: who edited the pages.
    """

    plan: Plan
    pages: Mapping[str, Page]
    ledger: LedgerView
    elsewhere: Mapping[str, Page | None] = field(default_factory=dict)
    editors: Editors = field(default_factory=Editors)


def compare(facts: Facts, mapping: PropertyMapping) -> list[Finding]:
    """Return what disagrees, sorted by module."""
    return sorted(_Comparison(facts, mapping).findings(), key=lambda found: found.order)


class _Comparison:
    """Goes through the plan's changes."""

    def __init__(self, facts: Facts, mapping: PropertyMapping) -> None:
        self._facts = facts
        self._mapping = mapping
        self._alike: dict[str, list[Change]] = defaultdict(list)
        for change in facts.plan.changes:
            if change.kind is ChangeKind.UNMANAGED and change.sha:
                self._alike[change.sha].append(change)

    def findings(self) -> Iterator[Finding]:
        """Yield what disagrees."""
        if self._facts.ledger.is_missing and self._was_synced:
            said = "No ledger knows of a page, and Notion holds pages that this tool has written."
            yield Finding(FindingKind.LEDGER_MISSING, "", said)
        for change in self._facts.plan.changes:
            yield from self._one(change)

    @property
    def _was_synced(self) -> bool:
        """Whether some page bears a SHA."""
        return any(page.values.get(self._mapping.sha.name) for page in self._facts.pages.values())

    def _one(self, change: Change) -> Iterator[Finding]:
        kind = change.kind
        if kind is ChangeKind.CREATE:
            yield self._absent(change)
        elif kind is ChangeKind.RESTORE:
            said = f"The page is in the trash{self._who(change)}."
            yield self._of(FindingKind.PAGE_TRASHED, change, said)
        elif kind is ChangeKind.ARCHIVED:
            said = f"The page is archived{self._who(change)}."
            yield self._of(FindingKind.PAGE_ARCHIVED, change, said)
        elif kind is ChangeKind.CONFLICT:
            found = FindingKind.PAGE_FOREIGN if change.owner else FindingKind.DUPLICATE_TITLE
            said = change.reason[:1].upper() + change.reason[1:] + f": {change.page_id}."
            yield replace(self._of(found, change, said), repairable=False, page_id="")
        elif change.path:
            yield from self._page(change)
        else:
            yield self._without_manifest(change)

    # --- a module's page ------------------------------------------------------------------

    def _page(self, change: Change) -> Iterator[Finding]:
        causes: dict[Cause, list[PropertyChange]] = defaultdict(list)
        for each in change.properties:
            causes[each.cause].append(each)
        is_new = any(p.name in (self._mapping.sha.name, BODY) for p in change.properties)
        if is_new and not self._has_record(change):
            yield from self._without_record(change)
            is_new, causes = False, defaultdict(list)
        yield from self._edited(change, [*change.drift, *causes[Cause.OVERWRITE]])
        if is_new:
            yield self._changed(change, causes[Cause.MANIFEST])
        if mapped := [*causes[Cause.MAPPING], *causes[Cause.UNKNOWN]]:
            names = ", ".join(each.name for each in mapped)
            said = f"It was written by another mapping, or a property is new: {names}."
            yield self._of(FindingKind.MAPPING_CHANGED, change, said, mapped)
        if completed := causes[Cause.TARGETS]:
            names = ", ".join(each.name for each in completed)
            said = f"Pages that it names were missing when it was written: {names}."
            yield self._of(FindingKind.MAPPING_CHANGED, change, said, completed)
        if gone := causes[Cause.LEFT_OUT]:
            names = ", ".join(each.name for each in gone)
            said = f"It holds what the manifest names and is no longer there: {names}."
            yield self._of(FindingKind.MAPPING_CHANGED, change, said, gone)
        if change.kind is ChangeKind.ADOPT:
            yield self._of(FindingKind.RECORD_MISSING, change, _sentence(change.reason))
        elif change.kind is ChangeKind.UPDATE and not change.properties:
            yield self._of(FindingKind.MANIFEST_RENAMED, change, _sentence(change.reason))
        if change.kind in (ChangeKind.SKIP, ChangeKind.DRIFT) and self._is_behind(change):
            said = "The ledger has no record of this page as it is."
            yield self._of(FindingKind.LEDGER_BEHIND, change, said)

    def _changed(self, change: Change, differ: Sequence[PropertyChange]) -> Finding:
        renamed = next((p for p in differ if p.name == self._mapping.title.name), None)
        if renamed is not None:
            said = f"Its page is called {renamed.before!r} still."
            return self._of(FindingKind.MANIFEST_RENAMED, change, said, differ)
        what = "file of its body" if all(p.name == BODY for p in differ) else "manifest"
        said = f"The {what} has changed since the page was written."
        return self._of(FindingKind.MANIFEST_CHANGED, change, said, differ)

    def _edited(self, change: Change, differ: Sequence[PropertyChange]) -> Iterator[Finding]:
        title = [each for each in differ if each.name == self._mapping.title.name]
        others = [each for each in differ if each.name != self._mapping.title.name]
        if title:
            said = f"Its page is called {title[0].before!r} now{self._who(change)}."
            yield self._of(FindingKind.PAGE_RENAMED, change, said, title)
        if others:
            names = ", ".join(each.name for each in others)
            said = f"Edited in Notion{self._who(change)}: {names}."
            yield self._of(FindingKind.PAGE_EDITED, change, said, others)

    def _has_record(self, change: Change) -> bool:
        page = self._facts.pages.get(change.page_id)
        return page is not None and read_record(page.link) is not None

    def _without_record(self, change: Change) -> Iterator[Finding]:
        """Say who moved on, of a page without a record and with another SHA than its manifest."""
        page, last = self._facts.pages[change.page_id], self._recorded(change)
        held = str(page.values.get(self._mapping.sha.name, ""))
        differ = change.properties
        if not held:
            cleared = last is not None and last.page_id == page.id
            said = "Its provenance SHA was cleared" if cleared else "It bears no provenance SHA"
            kind = FindingKind.PAGE_EDITED if cleared else FindingKind.PAGE_FOREIGN
            yield self._of(kind, change, f"{said}{self._who(change)}.", differ)
        elif last is None:
            said = f"Its SHA is {held[:12]}, and nothing tells who has changed."
            yield self._of(FindingKind.PAGE_STALE, change, said, differ)
            return
        elif (last.page_id, last.sha) == (page.id, held):
            yield self._changed(change, differ)
            return
        else:
            said = f"Its SHA is {held[:12]}, and the ledger has {last.sha[:12]}"
            yield self._of(FindingKind.PAGE_FOREIGN, change, f"{said}{self._who(change)}.", differ)
        if last is not None and last.sha != change.sha:
            said = "The manifest has changed as well since the ledger's last record."
            yield self._of(FindingKind.MANIFEST_CHANGED, change, said)

    def _recorded(self, change: Change) -> PageState | None:
        return self._facts.ledger.modules.get(change.module)

    def _who(self, change: Change) -> str:
        """Return who edited a page last, as far as Notion says."""
        told = self._editor(change).told
        return f"; {told}" if told else ""

    def _editor(self, change: Change) -> Editor:
        page = self._page_of(change)
        return self._facts.editors.of(page.editor) if page else NOBODY

    def _page_of(self, change: Change) -> Page | None:
        return self._facts.pages.get(change.page_id) or self._facts.elsewhere.get(change.page_id)

    def _is_behind(self, change: Change) -> bool:
        """Whether the ledger should know of a page that is up to date, and does not."""
        ledger, last = self._facts.ledger, self._recorded(change)
        if ledger.is_missing or ledger.problem:
            return False
        return last is None or (last.sha, last.page_id) != (change.sha, change.page_id)

    # --- a module without a page ----------------------------------------------------------

    def _absent(self, change: Change) -> Finding:
        """Say what became of a module's page, by the ledger's id of it, or by its SHA."""
        last, ledger = self._recorded(change), self._facts.ledger
        if last is None:
            alike = self._alike.get(change.sha, [])
            if len(alike) == 1:
                said = f"The page {alike[0].module!r} bears its SHA{self._who(alike[0])}."
                found = self._of(FindingKind.PAGE_ALIKE, replace(change, url=alike[0].url), said)
                return replace(found, page_id=alike[0].page_id, repairable=False)
            if ledger.problem or (ledger.is_missing and self._was_synced):
                said = "It has no page, and no ledger tells whether it had one."
                return self._of(FindingKind.PAGE_MISSING, change, said)
            return self._of(FindingKind.MANIFEST_NEW, change, "It has no page.")
        page = self._facts.pages.get(last.page_id) or self._facts.elsewhere.get(last.page_id)
        if page is None:
            gone = replace(change, page_id=last.page_id)
            return self._of(FindingKind.PAGE_GONE, gone, f"The page {gone.page_id} is not found.")
        moved = replace(change, page_id=page.id, url=page.url)
        if page.source != self._facts.plan.schema.data_source_id:
            said = f"The page is in another place of Notion{self._who(moved)}."
            return self._of(FindingKind.PAGE_MOVED, moved, said)
        said = f"The page that the ledger names does not say that it is its own{self._who(moved)}."
        return replace(self._of(FindingKind.PAGE_ALIKE, moved, said), repairable=False)

    # --- pages without a module -----------------------------------------------------------

    def _without_manifest(self, change: Change) -> Finding:
        kind, said = FindingKind.PAGE_BY_HAND, _sentence(f"{change.reason}{self._who(change)}")
        if change.reason.startswith(MADE_TWICE):
            kind = FindingKind.PAGE_TWIN
        elif change.reason.startswith(GONE):
            kind = FindingKind.MANIFEST_REMOVED
        elif change.reason == COPY:
            kind = FindingKind.PAGE_COPY
        elif change.sha:
            kind = FindingKind.PAGE_WITHOUT_MANIFEST
            said = f"Its SHA is {change.sha[:12]}, and it has no valid record{self._who(change)}."
            if change.kind is ChangeKind.ORPHAN:
                said = _sentence(change.reason)
        return self._of(kind, change, said)

    def _of(
        self,
        kind: FindingKind,
        change: Change,
        message: str,
        properties: Sequence[PropertyChange] = (),
    ) -> Finding:
        return Finding(
            kind,
            change.module,
            message,
            change.path,
            page_id=change.page_id,
            url=change.url,
            properties=tuple(properties),
            sha=change.sha if change.path else "",
            editor=self._editor(change),
        )


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


_LISTED = 10


def property_findings(problems: Iterable[SchemaMismatch]) -> Iterator[Finding]:
    """Yield what is wrong with the database's properties."""
    for problem in problems:
        kind = FindingKind.PROPERTY_TYPE if problem.found else FindingKind.PROPERTY_MISSING
        yield Finding(kind, problem.name, problem.message)


def option_findings(
    schema: Schema,
    names: Mapping[str, Sequence[str]],
    vocabularies: Collection[str],
    pages: Sequence[Page],
) -> Iterator[Finding]:
    """Yield the options that are missing, and those that no vocabulary has.

    Args:
        schema: what the database has.
        names: property → the names that its options are to have.
        vocabularies: the properties whose names are all that there may be; a constant's property
            may have others.
        pages: where the uses of an option are counted.
    """
    for change in plan_options(schema, names):
        # Those for which no request has room come with the first page that uses them.
        if missing := [name for name, _ in change.add]:
            listed = ", ".join(missing[:_LISTED]) + (", …" if len(missing) > _LISTED else "")
            many = "1 name has" if len(missing) == 1 else f"{len(missing)} names have"
            said = f"{many} no option: {listed}."
            yield Finding(FindingKind.OPTION_MISSING, change.property_name, said)
    controlled = {name: listed for name, listed in names.items() if name in vocabularies}
    for change in plan_options(schema, controlled, pages=pages, prune=True):
        for gone in change.remove:
            used = "1 page uses" if gone.pages == 1 else f"{gone.pages:,} pages use"
            other = _one_that_looks_like(gone.name, controlled[change.property_name])
            yield Finding(
                FindingKind.OPTION_UNKNOWN,
                f"{change.property_name}: {gone.name}",
                f"The vocabulary has no such name{other}; {used} it.",
                pages=gone.pages,
            )


def _one_that_looks_like(name: str, names: Sequence[str]) -> str:
    """Return a clause on the name of a vocabulary that Notion or people take for ``name``."""
    folded = fold(name, case=True)
    near = next((each for each in names if fold(each, case=True) == folded), "")
    apart = difference(name, near)
    return f", but {near!r}{f' ({apart})' if apart else ''}" if near else ""
