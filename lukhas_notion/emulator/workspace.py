"""One workspace: its objects, its integration, and the limits it keeps."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from lukhas_notion.emulator import richtext
from lukhas_notion.emulator.capabilities import ALL
from lukhas_notion.emulator.clock import Clock, to_millisecond, to_minute
from lukhas_notion.emulator.errors import ApiError, not_found
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.model import (
    TITLE_ID,
    Database,
    DataSource,
    Page,
)
from lukhas_notion.emulator.store import Store

INTEGRATION = "Local emulator"
WORKSPACE = "Local workspace"
ROOT_TITLE = "Home"


@dataclass
class Links:
    """What becomes of links in text: one of :data:`richtext.LINKS`."""

    rule: str = richtext.KEEP


@dataclass(frozen=True)
class Workspace:
    """What every operation is given.

    Args:
        store: the objects.
        ids: where new ids come from.
        clock: what time it is.
        query_cap: how many results a query gives in all; 10,000 in Notion.
        schema_limit_bytes: how large a data source's schema may grow.
        capabilities: what the integration may do.
        links: what becomes of links in text.
    """

    store: Store
    ids: Ids
    clock: Clock
    query_cap: int = 10_000
    schema_limit_bytes: int = 1_500_000
    capabilities: frozenset[str] = ALL
    links: Links = field(default_factory=Links)
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held through every operation: one at a time, whichever thread it comes from."""

    @property
    def bot_id(self) -> str:
        """The integration's id, as a user."""
        return self.ids.named("integration")

    @property
    def person_id(self) -> str:
        """The id of the person who edits by hand."""
        return self.ids.named("person")

    @property
    def root_page_id(self) -> str:
        """The page below which databases may be made."""
        return self.ids.named("root page")

    def minute(self) -> str:
        """Return the time for a page or data source."""
        return to_minute(self.clock.now())

    def millisecond(self) -> str:
        """Return the time for a database."""
        return to_millisecond(self.clock.now())

    def ensure_root(self) -> None:
        """Make the root page, unless the state file had it."""
        if self.root_page_id not in self.store.pages:
            now = self.minute()
            root = Page(
                id=self.root_page_id,
                parent_type="workspace",
                parent_id="",
                values={TITLE_ID: richtext.of(ROOT_TITLE)},
                created_time=now,
                last_edited_time=now,
                author=self.person_id,
                editor=self.person_id,
            )
            self.store.commit(root)

    def page(self, page_id: str) -> Page:
        """Return a page, or refuse with 404."""
        if page_id not in self.store.pages:
            raise self.not_found("page", page_id)
        return self.store.pages[page_id]

    def database(self, database_id: str) -> Database:
        """Return a database, or refuse with 404."""
        if database_id not in self.store.databases:
            raise self.not_found("database", database_id)
        return self.store.databases[database_id]

    def data_source(self, source_id: str) -> DataSource:
        """Return a data source, or refuse with 404, which calls it a database (recorded)."""
        if source_id not in self.store.data_sources:
            raise self.not_found("database", source_id)
        return self.store.data_sources[source_id]

    def in_trash(self, source: DataSource) -> bool:
        """Say whether a data source is in the trash, by itself or with its database."""
        return source.in_trash or self.store.databases[source.database_id].in_trash

    def not_found(self, what: str, object_id: str) -> ApiError:
        """Return the 404 of this workspace's integration."""
        return not_found(what, object_id, INTEGRATION, self.bot_id)
