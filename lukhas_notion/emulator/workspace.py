"""One workspace: its objects, its integration, and the limits it keeps."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from lukhas_notion.emulator import richtext
from lukhas_notion.emulator.clock import Clock, to_millisecond, to_minute
from lukhas_notion.emulator.errors import ApiError, not_found
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.limits import ALL
from lukhas_notion.emulator.model import (
    TITLE_ID,
    Database,
    DataSource,
    Page,
    User,
)
from lukhas_notion.emulator.store import Store

INTEGRATION = "Local emulator"
PERSON = "Local person"
PERSON_EMAIL = "person@example.com"
WORKSPACE = "Local workspace"
ROOT_TITLE = "Home"


@dataclass
class Assumed:
    """What nobody recorded, and what is assumed of it, so that a test can assume otherwise.

    Args:
        links: what becomes of links in text: one of :data:`richtext.LINKS`.
        two_way_self: whether a data source may have a two-way relation with itself.
    """

    links: str = richtext.KEEP
    two_way_self: bool = True


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
        assumed: what is assumed of Notion where nothing is recorded.
    """

    store: Store
    ids: Ids
    clock: Clock
    query_cap: int = 10_000
    schema_limit_bytes: int = 1_500_000
    capabilities: frozenset[str] = ALL
    assumed: Assumed = field(default_factory=Assumed)
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
        """Make the root page and the person who edits by hand, unless the state file had them."""
        if self.person_id not in self.store.users:
            self.store.commit(User(self.person_id, PERSON, email=PERSON_EMAIL))
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
        page = self.store.pages.get(page_id)
        if page is None or not self.is_shared(page):
            raise self.not_found("page", page_id)
        return page

    def is_shared(self, page: Page) -> bool:
        """Say whether the integration has access to a page: by itself, and to its database."""
        source = self.store.data_sources.get(page.parent_id)
        above = source is None or self.store.databases[source.database_id].is_shared
        return page.is_shared and above

    def database(self, database_id: str) -> Database:
        """Return a database, or refuse with 404."""
        database = self.store.databases.get(database_id)
        if database is None or not database.is_shared:
            raise self.not_found("database", database_id)
        return database

    def data_source(self, source_id: str) -> DataSource:
        """Return a data source, or refuse with 404, which calls it a database (recorded)."""
        source = self.store.data_sources.get(source_id)
        if source is None or not self.store.databases[source.database_id].is_shared:
            raise self.not_found("database", source_id)
        return source

    def in_trash(self, source: DataSource) -> bool:
        """Say whether a data source is in the trash, by itself or with its database."""
        return source.in_trash or self.store.databases[source.database_id].in_trash

    def not_found(self, what: str, object_id: str) -> ApiError:
        """Return the 404 of this workspace's integration."""
        return not_found(what, object_id, INTEGRATION, self.bot_id)
