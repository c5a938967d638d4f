"""Pages that two runs have made at once for one module, and which of them stays. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import read_record
from lukhas_notion.plan.snapshot import Page
from lukhas_notion.sync.outcome import Outcome


def twins(
    made: Mapping[str, Outcome], pages: Iterable[Page], mapping: PropertyMapping
) -> dict[str, Page]:
    """Return the pages of this run that are there twice: page id → the page that stays.

    Of several pages of one module the oldest stays, by its creation and then its id, so that two
    runs which see the same pages agree.

    Args:
        made: this run's creates by the ids of their pages.
        pages: what a query shows under the titles that were created.
        mapping: the names of the title and the provenance SHA.
    """
    titled: dict[object, list[Page]] = defaultdict(list)
    for page in pages:
        titled[page.values.get(mapping.title.name)].append(page)
    lost: dict[str, Page] = {}
    for page_id, outcome in made.items():
        alike = titled[outcome.change.module]
        mine = next((page for page in alike if page.id == page_id), None)
        if mine is None:
            continue
        stays = min(
            (page for page in alike if page is mine or _same(page, mine, mapping)),
            key=lambda page: (page.created, page.id),
        )
        if stays is not mine:
            lost[page_id] = stays
    return lost


def _same(page: Page, mine: Page, mapping: PropertyMapping) -> bool:
    """Whether a page is another run's of the same module: a copy that a person made is not.

    Without records it has to bear the same provenance SHA.
    """
    if not page.author or page.author != mine.author:
        return False
    record, own = read_record(page.link), read_record(mine.link)
    if record is not None and own is not None:
        return (record.place, record.key) == (own.place, own.key)
    sha = mapping.sha.name
    return record is own is None and page.values.get(sha) == mine.values.get(sha)
