"""Whose a page is, by its record: managed, or of another configuration or repository. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum

from lukhas_notion.plan.page_record import PageRecord
from lukhas_notion.plan.source import WEAK_HOST, Source


class Standing(StrEnum):
    """Whose a page is, by its record."""

    LOOSE = "loose"
    OURS = "ours"
    ELSEWHERE = "elsewhere"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who this run is: a repository, and the paths of it that the configuration includes.

    Args:
        source: the repository.
        includes: whether the configuration includes a path relative to its root.
        former: repositories whose pages are taken over, as records name them.
        writes_records: whether pages get records.
        is_by_hand: whether a person runs it. The log of a workflow may be read by people who must
            not learn of other repositories, so conflicts do not name them there.
    """

    source: Source = field(default_factory=lambda: Source(f"https://{WEAK_HOST}/root"))
    includes: Callable[[str], bool] = lambda _: True
    former: frozenset[str] = frozenset()
    writes_records: bool = True
    is_by_hand: bool = True

    def is_included(self, path: str) -> bool:
        """Whether the configuration includes a path of the repository."""
        prefix = self.source.prefix
        return path.startswith(prefix) and self.includes(path.removeprefix(prefix))

    def is_former(self, repository: str) -> bool:
        """Whether pages of a repository are taken over, which is not this one itself."""
        return repository in self.former and repository != self.source.repository

    def standing(self, record: PageRecord | None, paths: Collection[str] = ()) -> Standing:
        """Return whose a page is; ``paths`` of the repository are known to be included."""
        if record is None or record.place.is_weak:
            return Standing.LOOSE
        if self.is_former(record.place.repository):
            return Standing.OURS
        if self.source.is_weak or record.place.repository != self.source.repository:
            return Standing.OTHERS
        path = record.place.path
        return Standing.OURS if path in paths or self.is_included(path) else Standing.ELSEWHERE
