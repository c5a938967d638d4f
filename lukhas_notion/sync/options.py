"""What one sync is to do, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.sync.prefetch import PageQuery, everything

if TYPE_CHECKING:
    from lukhas_notion.manifests.discovery import Discovery
    from lukhas_notion.sync.expected_plan import Reviewed


@dataclass(frozen=True, slots=True)
class Base:
    """The manifests that a pull request touches, as they are on the base branch.

    Args:
        titles: their modules' names.
        shas: their provenance SHAs.
        paths: where they are there, relative to the root.
        complete: whether all of them are here; if not, every page is read.
    """

    titles: frozenset[str] = frozenset()
    shas: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What one sync is to do.

    Args:
        modules: the selected modules; None for all.
        paths: the selected manifests instead, by path; None for all.
        present: every manifest of the repository, where somebody has looked already.
        base: the same manifests on the base branch; None where there is none to compare with.
        dry_run: plan and write nothing.
        backfill: properties whose missing options are added first.
        prune: also remove their options outside the vocabulary.
        add_properties: add the mapped properties that the database lacks.
        repair_drift: write over what was edited in Notion.
        bodies: read the bodies of all pages, also where their sources have not changed.
        skip_invalid: sync the valid manifests although others have violations.
        pages: whether pages are synced at all; False is a backfill alone.
        reviewed: the plan that may be applied, and no other; None for any.
        archive_removed: move this repository's pages to the trash whose manifests are gone.
        skip_modules: modules whose pages are left as they are.
        skip_pages: pages that are left as they are, by their ids.
        keep_drift: modules whose pages keep what was edited in Notion although others do not.
        hold_removals: show which pages would be moved to the trash, and move none.
        force: how many pages and options may go where so many are refused; None for none.
    """

    modules: Sequence[str] | None = None
    paths: Sequence[str] | None = None
    present: Discovery | None = None
    base: Base | None = None
    dry_run: bool = False
    backfill: tuple[str, ...] = ()
    prune: bool = False
    add_properties: bool = False
    repair_drift: bool = False
    bodies: bool = False
    skip_invalid: bool = False
    pages: bool = True
    reviewed: Reviewed | None = None
    archive_removed: bool = False
    skip_modules: frozenset[str] = frozenset()
    skip_pages: frozenset[str] = frozenset()
    keep_drift: frozenset[str] = frozenset()
    hold_removals: bool = False
    force: int | None = None

    def query(self, modules: Sequence[str], *, whole: bool) -> PageQuery:
        """Return which pages a run over these modules reads first."""
        if whole or (self.base is not None and not self.base.complete):
            return everything(len(modules))
        base = self.base or Base()
        # Sorted, so that the same modules are the same question in whatever order they were named.
        return PageQuery(tuple(sorted({*modules, *base.titles})), tuple(sorted(base.shas)))
