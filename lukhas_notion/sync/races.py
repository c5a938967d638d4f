"""Find the pages that two runs created at the same time for one module. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from lukhas_notion.plan.database import Page, oldest
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.sync.result import Outcome


def twins(
    created: Mapping[str, Outcome], pages: Iterable[Page], mapping: PropertyMapping
) -> dict[str, Page]:
    """Return the pages of this run that another run created, too: page id → the page that stays.

    Of several pages of one module the oldest stays, by creation time and then by id, so that two
    runs which see the same pages agree.

    Args:
        created: this run's creates by the ids of their pages.
        pages: the pages that a query shows under the created titles.
        mapping: the names of the title and the provenance SHA.
    """
    titled: dict[object, list[Page]] = defaultdict(list)
    for page in pages:
        titled[page.values.get(mapping.title.name)].append(page)
    doubles: dict[str, Page] = {}
    for page_id, outcome in created.items():
        alike = titled[outcome.change.module]
        mine = next((page for page in alike if page.id == page_id), None)
        if mine is None:
            continue
        stays = oldest(page for page in alike if page is mine or _same(page, mine, mapping))
        if stays is not mine:
            doubles[page_id] = stays
    return doubles


def _same(page: Page, mine: Page, mapping: PropertyMapping) -> bool:
    """Return whether another run created a page for the same module; a user's copy does not count.

    Without records the page must have the same provenance SHA.
    """
    if not page.author or page.author != mine.author:
        return False
    record, own = read_record(page.link), read_record(mine.link)
    if record is not None and own is not None:
        return (record.place, record.key) == (own.place, own.key)
    sha = mapping.sha.name
    return record is own is None and page.values.get(sha) == mine.values.get(sha)
