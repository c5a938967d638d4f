"""What becomes of pages that are no module's: gone, twins, copies, and people's own. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lukhas_notion.plan.identity import Lookups, Matches
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.plan.plan import MADE_TWICE, Change, ChangeKind
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.util.text import fold

#: Why a page has no manifest any more; its path follows.
GONE = "its manifest was"
#: Why a page belongs to nobody that is known.
NO_RECORD = "no manifest has this name, and it has no record of this repository"
#: Why a page with this repository's record is not touched.
COPY = "a copy that somebody made of this repository's page"


def without_modules(
    found: Matches,
    mapping: PropertyMapping,
    lookups: Lookups,
    other_modules: Collection[str] | None,
    *,
    whole: bool,
    archive: bool,
) -> Iterator[Change]:
    """Yield the changes of pages that are no module's.

    Args:
        found: what each page is.
        mapping: the names of the title and the provenance SHA.
        lookups: what is asked only where it is needed.
        other_modules: modules that have a manifest and are not planned; None where it cannot be
            known whose pages are left over.
        whole: whether every page was read, so that some can be called gone.
        archive: move the pages to the trash whose manifests are gone.
    """
    pages = _Pages(mapping, lookups)
    for page, stays in found.twins:
        yield pages.change(ChangeKind.ARCHIVE, page, f"{MADE_TWICE}; {stays.id} stays")
    if whole:
        yield from pages.gone(found.gone, archive=archive)
        for page in found.copies:
            yield pages.change(ChangeKind.UNMANAGED, page, COPY)
    if other_modules is not None:
        yield from pages.unmanaged(found.loose, other_modules)


@dataclass(frozen=True, slots=True)
class _Pages:
    mapping: PropertyMapping
    lookups: Lookups

    def gone(self, pages: Sequence[Page], *, archive: bool) -> Iterator[Change]:
        """Yield what becomes of this repository's pages that no module is left for."""
        paths = {page.id: path for page in pages if (path := self._gone_path(page))}
        missing = set(self.lookups.missing(set(paths.values()))) if paths else set()
        for page in (page for page in pages if page.id in paths):
            path = paths[page.id]
            kind = ChangeKind.ORPHAN
            if path not in missing:
                unknown = f"{path} is not known to be gone: commit its removal"
                reason = f"no manifest has its key, and {unknown}"
            else:
                kind = ChangeKind.ARCHIVE if archive else kind
                reason = f"{GONE} {path}"
            yield self.change(kind, page, reason)

    def _gone_path(self, page: Page) -> str:
        """Return where a page's manifest was, "" where it is there and not looked at."""
        record = read_record(page.link)
        others = self.lookups.other_paths() if record else ()
        if record is None or record.place.path in others or record.place.file.path in others:
            return ""
        return "" if record.key in self.lookups.other_keys() else record.place.path

    def unmanaged(self, pages: Iterable[Page], others: Collection[str]) -> Iterator[Change]:
        """Yield the pages that nothing tells the owner of."""
        looks = set(map(fold, others))
        for page in pages:
            if fold(self._title(page)) not in looks:
                yield self.change(ChangeKind.UNMANAGED, page, NO_RECORD)

    def change(self, kind: ChangeKind, page: Page, reason: str) -> Change:
        """Return the change of a page without a manifest."""
        sha = str(page.values.get(self.mapping.sha.name, ""))
        return Change(kind, self._title(page), "", sha, page.id, page.url, reason=reason)

    def _title(self, page: Page) -> str:
        return str(page.values.get(self.mapping.title.name, ""))
