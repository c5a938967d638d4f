"""Compare plan, pages and ledger, and report what they disagree about. Pure.

The plan of a sync without repairs contains, for each module, what the manifest wants, what was last
applied and what the page holds, so it shows whether the repository or Notion has changed. The
ledger is compared with both. Where pages have no records, the ledger shows which side has changed
(R repository, N Notion, L ledger):

============= =====================================================================
R ≠ N, N = L  the manifest has changed
R = L ≠ N     the page was edited
R = N ≠ L     the ledger is behind
no L          it is unknown which of the two has changed
============= =====================================================================
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.ledger.state import LedgerView, PageState
from lukhas_notion.plan.database import NOBODY, Editor, Editors, Page, Schema, plan_options
from lukhas_notion.plan.differences import Cause, PropertyChange
from lukhas_notion.plan.finding import Finding, FindingKind
from lukhas_notion.plan.make_plan import COPY, GONE
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.plan.plan import MADE_TWICE, Change, ChangeKind, Plan
from lukhas_notion.plan.property_spec import BODY
from lukhas_notion.util.text import difference, fold
from lukhas_notion.validate.database_schema import SchemaMismatch


@dataclass(frozen=True, slots=True)
class Facts:
    """The input of a comparison.

    Args:
        plan: what a sync without repairs would do.
        pages: the pages that were read, by id.
        ledger: the ledger's state.
        elsewhere: page id → the page, read by its id because no query shows it; None where it could
            not be read.
        editors: who edited the pages.
    """

    plan: Plan
    pages: Mapping[str, Page]
    ledger: LedgerView
    elsewhere: Mapping[str, Page | None] = field(default_factory=dict)
    editors: Editors = field(default_factory=Editors)

    @property
    def is_ledger_elsewhere(self) -> bool:
        """Whether no page of the ledger was read here, and several are in one other data source."""
        if any(last.page_id in self.pages for last in self.ledger.modules.values()):
            return False
        sources = {page.source if page else "" for page in self.elsewhere.values()}
        here = self.plan.schema.data_source_id
        return len(self.elsewhere) > 1 and len(sources) == 1 and not sources & {"", here}


def compare(facts: Facts, mapping: PropertyMapping) -> list[Finding]:
    """Return the findings, sorted by module."""
    return sorted(_Comparison(facts, mapping).findings(), key=lambda finding: finding.order)


class _Comparison:
    """Compares each change of a plan."""

    def __init__(self, facts: Facts, mapping: PropertyMapping) -> None:
        self._facts = facts
        self._mapping = mapping
        self._alike: dict[str, list[Change]] = defaultdict(list)
        for change in facts.plan.changes:
            if change.kind is ChangeKind.UNMANAGED and change.sha:
                self._alike[change.sha].append(change)

    def findings(self) -> Iterator[Finding]:
        """Yield the findings."""
        if self._facts.is_ledger_elsewhere:
            message = "The pages that the ledger names are rows of another database."
            yield Finding(FindingKind.LEDGER_ELSEWHERE, "", message)
            ledger = LedgerView(problem="it is another database's")
            self._facts = replace(self._facts, ledger=ledger)
        if self._facts.ledger.is_missing and self._was_synced:
            message = "No ledger records a page, but Notion has pages that this tool has written."
            yield Finding(FindingKind.LEDGER_MISSING, "", message)
        for change in self._facts.plan.changes:
            yield from self._one(change)

    @property
    def _was_synced(self) -> bool:
        """Whether a page has a SHA that no other repository wrote."""
        sha, facts = self._mapping.sha.name, self._facts
        return sum(bool(page.values.get(sha)) for page in facts.pages.values()) > facts.plan.others

    def _one(self, change: Change) -> Iterator[Finding]:
        kind = change.kind
        if kind is ChangeKind.CREATE:
            yield self._absent(change)
        elif kind is ChangeKind.RESTORE:
            message = f"The page is in the trash{self._who(change)}."
            yield self._of(FindingKind.PAGE_TRASHED, change, message)
        elif kind is ChangeKind.ARCHIVED:
            message = f"The page is archived{self._who(change)}."
            yield self._of(FindingKind.PAGE_ARCHIVED, change, message)
        elif kind is ChangeKind.CONFLICT:
            conflict = FindingKind.PAGE_FOREIGN if change.owner else FindingKind.DUPLICATE_TITLE
            pages = change.page_id.replace(",", ", ")
            message = _sentence(f"{change.reason}: {pages}")
            yield replace(self._of(conflict, change, message), repairable=False, page_id="")
        elif change.path:
            yield from self._page(change)
        else:
            yield self._without_manifest(change)

    # --- a module's page ------------------------------------------------------------------

    def _page(self, change: Change) -> Iterator[Finding]:
        causes: dict[Cause, list[PropertyChange]] = defaultdict(list)
        for p in change.properties:
            causes[p.cause].append(p)
        is_new = any(p.name in (self._mapping.sha.name, BODY) for p in change.properties)
        if is_new and not self._has_record(change):
            yield from self._without_record(change)
            is_new, causes = False, defaultdict(list)
        yield from self._edited(change, [*change.drift, *causes[Cause.OVERWRITE]])
        if is_new:
            yield self._changed(change, causes[Cause.MANIFEST])
        for differ, fact in (
            (
                [*causes[Cause.MAPPING], *causes[Cause.UNKNOWN]],
                "The page was written with another mapping, or a property is new",
            ),
            (
                causes[Cause.TARGETS],
                "Pages that the module names came later than its page, or were in the trash",
            ),
            (
                causes[Cause.LEFT_OUT],
                "The page holds what the manifest names and what no longer exists",
            ),
        ):
            if differ:
                message = f"{fact}: {_names(differ)}."
                yield self._of(FindingKind.MAPPING_CHANGED, change, message, differ)
        if change.kind is ChangeKind.ADOPT:
            yield self._of(FindingKind.RECORD_MISSING, change, _sentence(change.reason))
        elif change.kind is ChangeKind.UPDATE and not change.properties:
            yield self._of(FindingKind.MANIFEST_RENAMED, change, _sentence(change.reason))
        if change.kind in (ChangeKind.SKIP, ChangeKind.DRIFT) and self._is_behind(change):
            message = "The ledger has no record of the page in its current state."
            yield self._of(FindingKind.LEDGER_BEHIND, change, message)

    def _changed(self, change: Change, differ: Sequence[PropertyChange]) -> Finding:
        renamed = next((p for p in differ if p.name == self._mapping.title.name), None)
        if renamed is not None:
            message = f"Its page still has the title {renamed.before!r}."
            return self._of(FindingKind.MANIFEST_RENAMED, change, message, differ)
        what = "file of its body" if all(p.name == BODY for p in differ) else "manifest"
        message = f"The {what} has changed since its page was written."
        return self._of(FindingKind.MANIFEST_CHANGED, change, message, differ)

    def _edited(self, change: Change, differ: Sequence[PropertyChange]) -> Iterator[Finding]:
        title = [p for p in differ if p.name == self._mapping.title.name]
        others = [p for p in differ if p.name != self._mapping.title.name]
        if title:
            message = f"Its page now has the title {title[0].before!r}{self._who(change)}."
            yield self._of(FindingKind.PAGE_RENAMED, change, message, title)
        if others:
            message = f"Edited in Notion{self._who(change)}: {_names(others)}."
            yield self._of(FindingKind.PAGE_EDITED, change, message, others)

    def _has_record(self, change: Change) -> bool:
        page = self._facts.pages.get(change.page_id)
        return page is not None and read_record(page.link) is not None

    def _without_record(self, change: Change) -> Iterator[Finding]:
        """Yield which side has changed, for a page without a record and with another SHA."""
        page, last = self._facts.pages[change.page_id], self._recorded(change)
        held = str(page.values.get(self._mapping.sha.name, ""))
        differ = change.properties
        if not held:
            cleared = last is not None and last.page_id == page.id
            fact = "was cleared" if cleared else "is missing"
            message = f"The provenance SHA of its page {fact}{self._who(change)}."
            kind = FindingKind.PAGE_EDITED if cleared else FindingKind.PAGE_FOREIGN
            yield self._of(kind, change, message, differ)
        elif last is None:
            message = (
                f"The SHA of its page is {held[:12]}; it is unknown whether the manifest or the "
                "page has changed."
            )
            yield self._of(FindingKind.PAGE_STALE, change, message, differ)
            return
        elif (last.page_id, last.sha) == (page.id, held):
            yield self._changed(change, differ)
            return
        else:
            message = (
                f"The SHA of its page is {held[:12]}, but the ledger has "
                f"{last.sha[:12]}{self._who(change)}."
            )
            yield self._of(FindingKind.PAGE_FOREIGN, change, message, differ)
        if last is not None and last.sha != change.sha:
            message = "The manifest has changed as well since the ledger's last record."
            yield self._of(FindingKind.MANIFEST_CHANGED, change, message)

    def _recorded(self, change: Change) -> PageState | None:
        return self._facts.ledger.modules.get(change.module)

    def _who(self, change: Change) -> str:
        """Return a clause on who edited a page last, as far as Notion says."""
        editor = self._editor(change).phrase
        return f"; {editor}" if editor else ""

    def _editor(self, change: Change) -> Editor:
        page = self._page_of(change)
        return self._facts.editors.of(page.editor) if page else NOBODY

    def _page_of(self, change: Change) -> Page | None:
        return self._facts.pages.get(change.page_id) or self._facts.elsewhere.get(change.page_id)

    def _is_behind(self, change: Change) -> bool:
        """Return whether the ledger lacks the record of a page that is up to date."""
        ledger, last = self._facts.ledger, self._recorded(change)
        if ledger.is_missing or ledger.problem:
            return False
        return last is None or (last.sha, last.page_id) != (change.sha, change.page_id)

    # --- a module without a page ----------------------------------------------------------

    def _absent(self, change: Change) -> Finding:
        """Find a module's page by the id in the ledger, or by its SHA."""
        last, ledger = self._recorded(change), self._facts.ledger
        if last is None:
            alike = self._alike.get(change.sha, [])
            if len(alike) == 1:
                message = f"The page {alike[0].module!r} has its SHA{self._who(alike[0])}."
                found = self._of(FindingKind.PAGE_ALIKE, replace(change, url=alike[0].url), message)
                return replace(found, page_id=alike[0].page_id, repairable=False)
            if ledger.problem or (ledger.is_missing and self._was_synced):
                message = "It has no page, and no ledger shows whether it had one."
                return self._of(FindingKind.PAGE_MISSING, change, message)
            return self._of(FindingKind.MANIFEST_NEW, change, "Not in Notion yet.")
        gone = replace(change, page_id=last.page_id)
        page = self._page_of(gone)
        if page is None:
            return self._of(FindingKind.PAGE_GONE, gone, f"The page {gone.page_id} was not found.")
        moved = replace(change, page_id=page.id, url=page.url)
        if page.source != self._facts.plan.schema.data_source_id:
            message = f"The page is in another place in Notion{self._who(moved)}."
            return self._of(FindingKind.PAGE_MOVED, moved, message)
        message = (
            "Nothing on the page that the ledger names shows that it belongs to this module"
            f"{self._who(moved)}."
        )
        return replace(self._of(FindingKind.PAGE_ALIKE, moved, message), repairable=False)

    # --- pages without a module -----------------------------------------------------------

    def _without_manifest(self, change: Change) -> Finding:
        kind, who = FindingKind.PAGE_BY_HAND, self._who(change)
        message = _sentence(f"{change.reason}{who}")
        if change.reason.startswith(MADE_TWICE):
            kind = FindingKind.PAGE_TWIN
        elif change.reason.startswith(GONE):
            kind = FindingKind.MANIFEST_REMOVED
        elif change.reason == COPY:
            kind = FindingKind.PAGE_COPY
        elif change.sha:
            kind = FindingKind.PAGE_WITHOUT_MANIFEST
            message = f"Its SHA is {change.sha[:12]}, but it has no valid record{who}."
            if change.kind is ChangeKind.ORPHAN:
                message = _sentence(change.reason)
        return self._of(kind, change, message)

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


def _names(properties: Iterable[PropertyChange]) -> str:
    return ", ".join(p.name for p in properties)


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


_LISTED = 10


def property_findings(problems: Iterable[SchemaMismatch]) -> Iterator[Finding]:
    """Yield the properties that are missing in the database or have another type."""
    for problem in problems:
        kind = FindingKind.PROPERTY_TYPE if problem.found else FindingKind.PROPERTY_MISSING
        yield Finding(kind, problem.name, problem.message)


def option_findings(
    schema: Schema,
    names: Mapping[str, Sequence[str]],
    vocabularies: Collection[str],
    pages: Sequence[Page],
) -> Iterator[Finding]:
    """Yield the options that are missing, and those that are not in the vocabulary.

    Args:
        schema: the database.
        names: property → the names that its options must have.
        vocabularies: the properties with a vocabulary, which may have no other options. The
            property of a constant may.
        pages: the pages among which the uses of an option are counted.
    """
    for change in plan_options(schema, names):
        # Options that do not fit into a request are added by the first page that uses them.
        if missing := [name for name, _ in change.add]:
            listed = ", ".join(missing[:_LISTED]) + (", …" if len(missing) > _LISTED else "")
            many = "1 name has" if len(missing) == 1 else f"{len(missing)} names have"
            message = f"{many} no option: {listed}."
            yield Finding(FindingKind.OPTION_MISSING, change.property_name, message)
    controlled = {name: listed for name, listed in names.items() if name in vocabularies}
    for change in plan_options(schema, controlled, pages=pages, prune=True):
        for gone in change.remove:
            used = "1 page uses" if gone.pages == 1 else f"{gone.pages:,} pages use"
            other = _similar_name(gone.name, controlled[change.property_name])
            yield Finding(
                FindingKind.OPTION_UNKNOWN,
                f"{change.property_name}: {gone.name}",
                f"The vocabulary has no such name{other}; {used} it.",
                pages=gone.pages,
            )


def _similar_name(name: str, names: Sequence[str]) -> str:
    """Return a clause on the name of a vocabulary that Notion or people take for ``name``."""
    folded = fold(name, case=True)
    near = next((similar for similar in names if fold(similar, case=True) == folded), "")

    apart = difference(name, near)
    return f", but {near!r}{f' ({apart})' if apart else ''}" if near else ""
