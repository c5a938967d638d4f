"""Repository × Notion × ledger → findings: for each module, which of the three disagrees. Pure.

``R`` is what the manifest says, ``N`` what its page holds, ``L`` what the ledger recorded of it
last; each is known by its provenance SHA:

============= =====================================================================
R = N = L     in sync, unless a value of the page is another one all the same
R ≠ N, N = L  the repository moved on: the manifest has changed
R = L ≠ N     Notion moved on: somebody else wrote the page
R = N ≠ L     the ledger was left behind
all differ    both, the repository and Notion, moved on
============= =====================================================================

Where the ledger says nothing, git's history may: which names and SHAs earlier manifests had.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.finding import Finding, FindingKind
from lukhas_notion.ledger_view import LedgerView, Recorded
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.plan import PropertyChange, differences
from lukhas_notion.removed import Named
from lukhas_notion.snapshot import Page


@dataclass(frozen=True, slots=True)
class Facts:
    """What the three say.

    Args:
        desired: one entry for each valid manifest; names are unique.
        others: modules whose manifests are not valid; None when one could not even be read.
        pages: every page that Notion's query shows.
        source: the data source that all of it is about.
        ledger: what the ledger says.
        elsewhere: page id → the page, asked for by its id since no query shows it; None where it is
            not to be had.
        known: (name, SHA) of the manifests that git's history has.
        gap: why the history is not whole, "" when it is.
        me: the id that Notion puts on this integration's own edits, "" when it is not known.
    """

    desired: Sequence[Desired]
    others: frozenset[str] | None
    pages: Sequence[Page]
    source: str
    ledger: LedgerView
    elsewhere: Mapping[str, Page | None] = field(default_factory=dict)
    known: frozenset[Named] = frozenset()
    gap: str = ""
    me: str = ""


def by_title(pages: Iterable[Page], mapping: PropertyMapping) -> dict[str, list[Page]]:
    """Return the pages by their title, in the order they came in."""
    found: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        found[str(page.values.get(mapping.title.name, ""))].append(page)
    return found


def compare(facts: Facts, mapping: PropertyMapping) -> list[Finding]:
    """Return what disagrees, sorted by module."""
    return sorted(_Comparison(facts, mapping).findings(), key=lambda found: found.order)


class _Comparison:
    """Goes through the modules, then through the pages that are left."""

    def __init__(self, facts: Facts, mapping: PropertyMapping) -> None:
        self._facts = facts
        self._mapping = mapping
        self._titles = by_title(facts.pages, mapping)
        self._ids = {page.id: page for page in facts.pages}
        self._bearing: dict[str, list[Page]] = defaultdict(list)
        for page in facts.pages:
            self._bearing[self._sha(page)].append(page)
        self._named = {want.module for want in facts.desired} | (facts.others or set())
        self._recorded_pages = {
            last.page_id: (name, last) for name, last in facts.ledger.modules.items()
        }
        self._mapped_otherwise = self._certain()
        self._claimed: set[str] = set()

    def findings(self) -> Iterator[Finding]:
        if self._facts.ledger.is_missing and self._was_synced:
            said = "No ledger knows of a page, and Notion holds pages that this tool has written."
            yield Finding(FindingKind.LEDGER_MISSING, "", said)
        for want in self._facts.desired:
            yield from self._module(want)
        yield from self._left_over()

    @property
    def _was_synced(self) -> bool:
        """Whether some page bears a SHA."""
        return any(self._bearing.keys() - {""})

    def _sha(self, page: Page) -> str:
        return str(page.values.get(self._mapping.sha.name, ""))

    def _title(self, page: Page) -> str:
        return str(page.values.get(self._mapping.title.name, ""))

    def _recorded(self, want: Desired) -> Recorded | None:
        return self._facts.ledger.modules.get(want.module)

    def _certain(self) -> set[str]:
        """Return the properties that differ on a page which nobody else has edited since."""
        certain: set[str] = set()
        for want in self._facts.desired if self._facts.me else ():
            for page in self._titles.get(want.module, ()):
                if self._sha(page) == want.sha and page.editor == self._facts.me:
                    differ = differences(want, page.values, self._mapping)
                    certain.update(change.name for change in differ)
        return certain

    # --- one module -----------------------------------------------------------------------

    def _module(self, want: Desired) -> Iterator[Finding]:
        pages = self._titles.get(want.module, [])
        if len(pages) > 1:
            yield self._duplicate(want.module, pages, want.path)
        elif pages:
            yield from self._page(want, pages[0])
        else:
            yield from self._absent(want)

    def _page(self, want: Desired, page: Page) -> Iterator[Finding]:
        """Compare a module's page: its SHA first, then its values."""
        differ = differences(want, page.values, self._mapping)
        if self._sha(page) == want.sha:
            if differ:
                yield self._edited(want, page, differ)
            if self._is_behind(want, page):
                said = "The ledger has no record of this page as it is."
                yield _of(FindingKind.LEDGER_BEHIND, want, page, said)
            return
        yield from self._stale(want, page, differ)

    def _stale(
        self, want: Desired, page: Page, differ: tuple[PropertyChange, ...]
    ) -> Iterator[Finding]:
        """Say who moved on, of a page that bears another SHA than its manifest has."""
        held, last = self._sha(page), self._recorded(want)
        if not held:
            yield self._without_sha(want, page, differ)
            yield from self._changed_as_well(want, page)
            return
        ours = last is not None and (last.page_id, last.sha) == (page.id, held)
        # A SHA that the ledger's last record has overtaken is no proof that nobody set it back.
        overtaken = last is not None and last.sha == want.sha
        if ours or ((want.module, held) in self._facts.known and not overtaken):
            said = "The manifest has changed since the page was written."
            yield _of(FindingKind.MANIFEST_CHANGED, want, page, said, differ)
            return
        if last is None and self._facts.gap:
            said = f"It bears the SHA {held[:12]}, and nothing tells whose: {self._facts.gap}."
            yield _of(FindingKind.PAGE_STALE, want, page, said, differ)
            return
        yield _of(FindingKind.PAGE_FOREIGN, want, page, self._foreign(page, last), differ)
        yield from self._changed_as_well(want, page)

    def _changed_as_well(self, want: Desired, page: Page) -> Iterator[Finding]:
        """Tell of a manifest that changed while somebody did something to its page."""
        last = self._recorded(want)
        if last is not None and last.sha != want.sha:
            said = "The manifest has changed as well since the ledger's last record."
            yield _of(FindingKind.MANIFEST_CHANGED, want, page, said)

    def _without_sha(
        self, want: Desired, page: Page, differ: tuple[PropertyChange, ...]
    ) -> Finding:
        last = self._recorded(want)
        if last is not None and last.page_id == page.id:
            said = f"Its provenance SHA was cleared{self._who(page)}."
            return _of(FindingKind.PAGE_EDITED, want, page, said, differ)
        said = f"It bears no provenance SHA: it was made by hand{self._who(page)}."
        return _of(FindingKind.PAGE_FOREIGN, want, page, said, differ)

    def _foreign(self, page: Page, last: Recorded | None) -> str:
        held = f"It bears the SHA {self._sha(page)[:12]}"
        if last is not None:
            return f"{held}, and the ledger has {last.sha[:12]}{self._who(page)}."
        return f"{held}, which neither the ledger nor the history has{self._who(page)}."

    def _edited(self, want: Desired, page: Page, differ: tuple[PropertyChange, ...]) -> Finding:
        names = [change.name for change in differ]
        if self._facts.me and page.editor == self._facts.me:
            said = f"It was written by another mapping, or a property is new: {', '.join(names)}."
            return _of(FindingKind.MAPPING_CHANGED, want, page, said, differ)
        alike = self._mapped_otherwise.intersection(names)
        also = (
            f" Pages that nobody edited differ in {', '.join(sorted(alike))} too." if alike else ""
        )
        said = f"Edited in Notion{self._who(page)}: {', '.join(names)}.{also}"
        return _of(FindingKind.PAGE_EDITED, want, page, said, differ)

    def _who(self, page: Page) -> str:
        """Return who edited a page last, as far as Notion says."""
        if not page.editor:
            return ""
        if page.editor == self._facts.me:
            return "; last edited by this integration"
        return f"; last edited by user {page.editor[:8]}"

    def _is_behind(self, want: Desired, page: Page) -> bool:
        """Whether the ledger should know of a page that is up to date, and does not."""
        ledger, last = self._facts.ledger, self._recorded(want)
        if ledger.is_missing or ledger.problem:
            return False
        return last is None or (last.sha, last.page_id) != (want.sha, page.id)

    # --- a module without a page ----------------------------------------------------------

    def _absent(self, want: Desired) -> Iterator[Finding]:
        """Say what became of a module's page, by the ledger's id of it, or by its SHA."""
        last = self._recorded(want)
        if last is None:
            yield self._never_recorded(want)
            return
        page = self._ids.get(last.page_id) or self._facts.elsewhere.get(last.page_id)
        if page is None:
            said = f"The page {last.page_id} cannot be found."
            yield Finding(FindingKind.PAGE_GONE, want.module, said, want.path, page_id=last.page_id)
        elif page.in_trash:
            said = f"The page is in the trash{self._who(page)}."
            yield _of(FindingKind.PAGE_TRASHED, want, page, said)
        elif page.source != self._facts.source:
            said = f"The page is in another place of Notion{self._who(page)}."
            yield _of(FindingKind.PAGE_MOVED, want, page, said)
        elif self._title(page) == want.module:  # a query that lags behind
            yield from self._page(want, page)
        else:
            yield self._renamed(want, page, last)
            yield from self._changed_as_well(want, page)

    def _never_recorded(self, want: Desired) -> Finding:
        """Tell a manifest that is new from one whose page has another name."""
        if (page := self._page_by_path(want)) is not None:
            self._claimed.add(page.id)
            said = f"Its page is called {self._title(page)!r} still."
            return _of(FindingKind.MANIFEST_RENAMED, want, page, said)
        alike = self._bearing.get(want.sha, [])
        if len(alike) == 1 and self._title(alike[0]) not in self._named:
            self._claimed.add(alike[0].id)
            said = f"The page {self._title(alike[0])!r} bears its SHA{self._who(alike[0])}."
            return replace(_of(FindingKind.PAGE_ALIKE, want, alike[0], said), repairable=False)
        ledger = self._facts.ledger
        if ledger.problem or (ledger.is_missing and self._was_synced):
            said = "No page has its name, and no ledger tells whether one had."
            return _of(FindingKind.PAGE_MISSING, want, None, said)
        return _of(FindingKind.MANIFEST_NEW, want, None, "No page has its name.")

    def _page_by_path(self, want: Desired) -> Page | None:
        """Return the page that the ledger has of just this manifest under an earlier name."""
        found = []
        for page_id, (name, last) in self._recorded_pages.items():
            page = self._ids.get(page_id)
            if page is None or last.path != want.path or not want.path or name in self._named:
                continue
            if (self._title(page), self._sha(page)) == (name, last.sha):
                found.append(page)
        return found[0] if len(found) == 1 else None

    def _renamed(self, want: Desired, page: Page, last: Recorded) -> Finding:
        self._claimed.add(page.id)
        title = self._title(page)
        differ = differences(want, page.values, self._mapping)
        said = f"Its page is called {title!r} now{self._who(page)}."
        certain = self._sha(page) == last.sha
        alone = title not in self._named and len(self._titles[title]) == 1
        found = _of(FindingKind.PAGE_RENAMED, want, page, said, differ)
        return replace(found, repairable=certain and alone)

    # --- pages without a module -----------------------------------------------------------

    def _left_over(self) -> Iterator[Finding]:
        """Tell of the pages that no manifest has, where all manifests are known."""
        if self._facts.others is None:
            return
        for title, pages in self._titles.items():
            left = [page for page in pages if page.id not in self._claimed]
            if title in self._named:
                continue
            if len(left) > 1 and title:
                yield self._duplicate(title, left)
            for page in left:
                yield self._orphan(title, page)

    def _orphan(self, title: str, page: Page) -> Finding:
        sha, said = self._sha(page), f"No manifest has this name{self._who(page)}."
        kind = FindingKind.PAGE_WITHOUT_MANIFEST if sha else FindingKind.PAGE_BY_HAND
        _, last = self._recorded_pages.get(page.id, ("", None))
        recorded = last is not None and last.sha == sha
        if sha and (recorded or (title, sha) in self._facts.known):
            kind = FindingKind.MANIFEST_REMOVED
            source = (
                f"its manifest was {last.path}" if last and last.path else "its manifest is gone"
            )
            said = f"No manifest has this name; {source}."
        elif sha:
            said = f"No manifest has this name; it bears the SHA {sha[:12]}{self._who(page)}."
        return Finding(kind, title, said, page_id=page.id, url=page.url, editor=page.editor)

    def _duplicate(self, title: str, pages: Sequence[Page], path: str = "") -> Finding:
        ids = ", ".join(sorted(page.id for page in pages))
        said = f"{len(pages)} pages have this title: {ids}."
        return Finding(FindingKind.DUPLICATE_TITLE, title, said, path, url=pages[0].url)


def _of(
    kind: FindingKind,
    want: Desired,
    page: Page | None,
    message: str,
    properties: tuple[PropertyChange, ...] = (),
) -> Finding:
    """Return a finding about a module."""
    page_id, url, editor = (page.id, page.url, page.editor) if page else ("", "", "")
    return Finding(
        kind, want.module, message, want.path, 0, page_id, url, properties, editor=editor
    )
