"""One workspace: its objects, and its integration with capabilities and a rate limit."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from lukhas_notion.emulator import richtext
from lukhas_notion.emulator.dates import Clock, to_millisecond, to_minute
from lukhas_notion.emulator.errors import ApiError, not_found, rate_limited, restricted_resource
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.model import TITLE_ID, Database, DataSource, Page, User
from lukhas_notion.emulator.store import Store

READ, INSERT, UPDATE = "read", "insert", "update"
USERS, EMAILS = "users", "emails"
ALL = frozenset({READ, INSERT, UPDATE, USERS, EMAILS})

NEEDS: dict[str, tuple[str, ...]] = {
    "users.me": (),
    "users.list": (USERS,),
    # Without the capability it finds no user, instead of being refused (recorded).
    "users.retrieve": (),
    "databases.retrieve": (READ,),
    "databases.create": (READ, INSERT),
    "databases.update": (READ, UPDATE),
    "data_sources.retrieve": (READ,),
    # It adds something new to something that exists.
    "data_sources.create": (READ, INSERT, UPDATE),
    "data_sources.update": (READ, UPDATE),
    "data_sources.query": (READ,),
    "views.list": (READ,),
    "views.create": (READ, INSERT, UPDATE),
    "views.retrieve": (READ,),
    "pages.create": (READ, INSERT),
    "pages.retrieve": (READ,),
    "pages.update": (READ, UPDATE),
    "pages.property": (READ,),
    "pages.retrieve_markdown": (READ,),
    # Replacing a body creates blocks.
    "pages.update_markdown": (READ, INSERT, UPDATE),
}
"""The capabilities that each kind of request requires."""


def named_capabilities(named: Iterable[str]) -> frozenset[str]:
    """Return the capabilities of these names.

    Raises:
        ValueError: a name is unknown.
    """
    capabilities = frozenset(named)
    if unknown := sorted(capabilities - ALL):
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(sorted(ALL))}")
    return capabilities


WINDOW = 60.0
JITTER = 0.5
"""How much closer together two requests can arrive than they were sent, in seconds."""


class RateLimit:
    """The rate limit of one token.

    Notion counts in fixed windows with an unknown start. Here the limit holds for any 60 seconds,
    which is stricter than every fixed window: a client that keeps the limit in any 60 seconds is
    never refused, and one that relies on the start of a window is. Refused requests do not count.

    Args:
        per_minute: the number of requests in 60 seconds; None for no limit.
    """

    def __init__(self, per_minute: int | None) -> None:
        if per_minute is not None and per_minute < 1:
            raise ValueError("requests_per_minute must be at least 1, or None")
        self._limit = per_minute
        self._accepted: deque[float] = deque()
        self._opened = -math.inf

    def refusal(self, now: float) -> ApiError | None:
        """Count a request at ``now`` (monotonic seconds), or return the error that refuses it."""
        if self._limit is None:
            return None
        while self._accepted and now - self._accepted[0] >= WINDOW - JITTER:
            self._accepted.popleft()
        if len(self._accepted) < self._limit:
            self._accepted.append(now)
            if now - self._opened >= WINDOW:
                self._opened = now
            return None
        # After the window has ended, the oldest request that still counts decides.
        resets = max(self._opened, self._accepted[0]) + WINDOW
        return rate_limited(max(1, math.ceil(resets - now)))


INTEGRATION = "Local emulator"
PERSON = "Local person"
PERSON_EMAIL = "person@example.com"
WORKSPACE = "Local workspace"
ROOT_TITLE = "Home"


@dataclass
class Assumed:
    """Assumptions about behaviour of Notion that is not recorded; tests can change them.

    Args:
        links: what happens to links in text: one of :data:`richtext.LINKS`.
        two_way_self: whether a data source can have a two-way relation with itself.
    """

    links: str = richtext.KEEP
    two_way_self: bool = True


@dataclass(frozen=True)
class Workspace:
    """The context of every operation.

    Args:
        store: the objects.
        ids: makes new ids.
        clock: the clock.
        query_cap: the largest number of results of a query; 10,000 in Notion.
        schema_limit_bytes: the largest size of a data source's schema, in bytes of JSON.
        capabilities: the integration's capabilities.
        assumed: assumptions about behaviour of Notion that is not recorded.
        lock: locked during every operation, so that one runs at a time.
    """

    store: Store
    ids: Ids
    clock: Clock
    query_cap: int = 10_000
    schema_limit_bytes: int = 1_500_000
    capabilities: frozenset[str] = ALL
    assumed: Assumed = field(default_factory=Assumed)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def bot_id(self) -> str:
        """The id of the integration as a user."""
        return self.ids.named("integration")

    @property
    def person_id(self) -> str:
        """The id of the person who edits by hand."""
        return self.ids.named("person")

    @property
    def root_page_id(self) -> str:
        """The id of the page below which databases can be created."""
        return self.ids.named("root page")

    def minute(self) -> str:
        """Return the time in the format of pages and data sources."""
        return to_minute(self.clock.now())

    def millisecond(self) -> str:
        """Return the time in the format of databases."""
        return to_millisecond(self.clock.now())

    def ensure_root(self) -> None:
        """Create the root page and the person who edits by hand, unless they are stored."""
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

    def require_capabilities(self, kind: str) -> None:
        """Raise :class:`ApiError` (403) if the integration lacks a capability for a request."""
        if not self.capabilities.issuperset(NEEDS[kind]):
            raise restricted_resource()

    def new_page(
        self,
        parent_type: Literal["data_source_id", "page_id"],
        parent_id: str,
        values: dict[str, Any],
        author: str,
        **members: Any,
    ) -> Page:
        """Return a new page, without storing it."""
        now = self.minute()
        return Page(
            id=self.ids.new(),
            parent_type=parent_type,
            parent_id=parent_id,
            values=values,
            created_time=now,
            last_edited_time=now,
            author=author,
            editor=author,
            **members,
        )

    def page(self, page_id: str) -> Page:
        """Return a page, or raise :class:`ApiError` (404)."""
        page = self.store.pages.get(page_id)
        if page is None or not self.is_shared(page):
            raise self.not_found("page", page_id)
        return page

    def is_shared(self, page: Page) -> bool:
        """Return whether the integration has access to a page and to its database."""
        source = self.store.data_sources.get(page.parent_id)
        above = source is None or self.store.databases[source.database_id].is_shared
        return page.is_shared and above

    def database(self, database_id: str) -> Database:
        """Return a database, or raise :class:`ApiError` (404)."""
        database = self.store.databases.get(database_id)
        if database is None or not database.is_shared:
            raise self.not_found("database", database_id)
        return database

    def data_source(self, source_id: str) -> DataSource:
        """Return a data source, or raise :class:`ApiError` (404: a database, as recorded)."""
        source = self.store.data_sources.get(source_id)
        if source is None or not self.store.databases[source.database_id].is_shared:
            raise self.not_found("database", source_id)
        return source

    def in_trash(self, source: DataSource) -> bool:
        """Return whether a data source or its database is in the trash."""
        return source.in_trash or self.store.databases[source.database_id].in_trash

    def not_found(self, what: str, object_id: str) -> ApiError:
        """Return the error 404, which names the integration."""
        return not_found(what, object_id, INTEGRATION, self.bot_id)
