"""Where a workspace's objects are kept: in memory, and in a journal when a path is given."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

from lukhas_notion.emulator.clock import Clock
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.journal import Journal
from lukhas_notion.emulator.model import (
    Database,
    DataSource,
    Page,
    Stored,
    User,
    View,
    from_json,
    to_json,
)


class Store:
    """All objects by id, each in its newest version.

    Args:
        ids: where ids come from; its count is kept in the journal, so that none is made twice.
        clock: tells when a version was written, for queries that lag behind.
        path: the state file, or None to keep everything in memory.
        query_lag: for how many seconds a query goes on seeing the version before the newest.
    """

    def __init__(self, ids: Ids, clock: Clock, path: Path | None, query_lag: float) -> None:
        self._ids = ids
        self._clock = clock
        self._lag = query_lag
        self.databases: dict[str, Database] = {}
        self.data_sources: dict[str, DataSource] = {}
        self.pages: dict[str, Page] = {}
        self.users: dict[str, User] = {}
        self.views: dict[str, View] = {}
        self._rows: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._versions: dict[str, list[tuple[float, Page]]] = {}
        self._journal = Journal(path) if path is not None else None
        if self._journal is not None:
            try:
                self._load(self._journal)
            except BaseException:
                self._journal.close()
                raise

    def commit(self, *changed: Stored) -> None:
        """Make these versions the newest, all or none; durable when this returns."""
        if self._journal is not None:
            objects = [to_json(each) for each in changed]
            self._journal.append({"made": self._ids.made, "objects": objects})
        for each in changed:
            if self._lag and isinstance(each, Page):
                self._remember(each)
            self._put(each)

    def forget(self, object_id: str) -> None:
        """Let a page or a user be gone for good; durable when this returns."""
        if self._journal is not None:
            self._journal.append({"made": self._ids.made, "objects": [], "gone": object_id})
        self._drop(object_id)

    def rows(self, data_source_id: str) -> list[Page]:
        """Return the newest version of each page of a data source, oldest page first."""
        return [self.pages[page_id] for page_id in self._rows[data_source_id]]

    def rows_as_queried(self, data_source_id: str) -> list[Page]:
        """Return the pages as a query sees them, which may lag behind the newest versions."""
        if not self._lag:
            return self.rows(data_source_id)
        seen = (self._lagging(page) for page in self.rows(data_source_id))
        return [page for page in seen if page is not None]

    def sources_of(self, database_id: str) -> list[DataSource]:
        """Return a database's data sources in the order they were made."""
        return [each for each in self.data_sources.values() if each.database_id == database_id]

    def views_of(self, database_id: str) -> list[View]:
        """Return the views that were made of a database, in the order they were made."""
        return [each for each in self.views.values() if each.database_id == database_id]

    def sources_in(self, wiki_id: str) -> list[DataSource]:
        """Return the data sources that a wiki's data source lists among its rows."""
        return [each for each in self.data_sources.values() if each.row_of == wiki_id]

    def below(self, page_id: str) -> list[Page | Database]:
        """Return the pages and databases below a page that are not in the trash."""
        found: list[Page | Database] = [self.pages[each] for each in self._rows[page_id]]
        found += [each for each in self.databases.values() if each.parent_page_id == page_id]
        return [each for each in found if not each.in_trash]

    def close(self) -> None:
        """Close the journal, if there is one."""
        if self._journal is not None:
            self._journal.close()

    def _load(self, journal: Journal) -> None:
        for number, entry in journal.read():
            try:
                self._ids.made = int(entry["made"])
                for data in entry["objects"]:
                    self._put(from_json(data))
                if gone := entry.get("gone"):
                    self._drop(gone)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise journal.misread(number) from error
        everything: list[Stored] = [
            *self.users.values(),
            *self.databases.values(),
            *self.data_sources.values(),
            *self.pages.values(),
            *self.views.values(),
        ]
        journal.rewrite({"made": self._ids.made, "objects": [to_json(each)]} for each in everything)

    def _put(self, stored: Stored) -> None:
        if isinstance(stored, Database):
            self.databases[stored.id] = stored
        elif isinstance(stored, DataSource):
            self.data_sources[stored.id] = stored
        elif isinstance(stored, User):
            self.users[stored.id] = stored
        elif isinstance(stored, View):
            self.views[stored.id] = stored
        else:
            before = self.pages.get(stored.id)
            if before is not None and before.parent_id != stored.parent_id:
                self._rows[before.parent_id].pop(stored.id, None)
            self.pages[stored.id] = stored
            self._rows[stored.parent_id][stored.id] = None

    def _drop(self, object_id: str) -> None:
        if self.users.pop(object_id, None) is None:
            self._drop_page(object_id)

    def _drop_page(self, page_id: str) -> None:
        page = self.pages.pop(page_id)
        self._rows[page.parent_id].pop(page_id, None)
        self._versions.pop(page_id, None)

    def _remember(self, page: Page) -> None:
        now = self._clock.monotonic()
        before = self.pages.get(page.id)
        known = [] if before is None else [(-math.inf, before)]
        versions = self._versions.setdefault(page.id, known)
        versions.append((now, page))
        # Only the newest of the versions that are old enough can still be seen.
        settled = sum(1 for written, _ in versions if now - written >= self._lag)
        del versions[: max(0, settled - 1)]

    def _lagging(self, page: Page) -> Page | None:
        versions = self._versions.get(page.id)
        if versions is None:  # it was in the state file: written long ago
            return page
        now = self._clock.monotonic()
        settled = [each for written, each in versions if now - written >= self._lag]
        return settled[-1] if settled else None
