"""Read from Notion: schemas, pages in bulk, bodies, and users. It has no method that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lukhas_notion.notion import answers
from lukhas_notion.notion import query as lookup
from lukhas_notion.notion.query import PAGE_SIZE, Columns, Condition, Query, any_of
from lukhas_notion.notion.scan import Scan
from lukhas_notion.plan.database import Page, Schema
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.reference_kinds import User
from lukhas_notion.util.errors import Forbidden, InvalidRequest, NotFound, Object
from lukhas_notion.util.runtime import DaemonPool
from lukhas_notion.util.text import fold, normalized

if TYPE_CHECKING:
    from notion_client import Client


class Reader:
    """Reads from Notion; a lookup by several ids sends several requests at once.

    Args:
        client: a Notion client whose transport paces, repeats and raises
            :class:`lukhas_notion.util.errors.NotionError`.
        workers: how many requests are sent at once.
    """

    def __init__(self, client: Client, workers: int = 1) -> None:
        self._client = client
        self._workers = workers

    def data_source_id(self, database_id: str, data_source_id: str = "") -> str:
        """Return the data source to read: the named one of a database, or its only one.

        Without a database nothing is requested, and the named one need not exist.

        Raises:
            SetupError: there is no such database, it has several data sources and none is named,
                or it does not have the named one.
        """
        if not database_id:
            return data_source_id
        return lookup.data_source_of(self._client, database_id, data_source_id)

    def schema(self, data_source_id: str) -> Schema:
        """Read a data source's properties.

        Raises:
            SetupError: there is no such data source.
        """
        return lookup.schema_of(self._client, data_source_id)

    def parent_page(self, page_id: str) -> Page:
        """Read the page that a database will be created under.

        Raises:
            SetupError: there is no such page.
        """
        return lookup.parent_page(self._client, page_id)

    def pages(
        self, source: str, columns: Columns, *, titles: Sequence[str], shas: Sequence[str] = ()
    ) -> list[Page]:
        """Read the pages that have one of ``titles``, or one of ``shas`` as provenance SHA.

        The composed and the decomposed Unicode form of a title are requested too, because they
        look the same. One query names 100 titles and SHAs.

        Raises:
            Unavailable: Notion's answer is not complete.
        """
        query = self._query(source, columns)

        def read(condition: Condition) -> list[Page]:
            return [_row(row, columns) for row in query.rows(condition)]

        conditions = any_of(columns.title, _forms(titles), columns.sha, shas)
        found = DaemonPool(self._workers, "read").map(read, conditions)
        # It is not documented whether `equals` ignores case, so titles are compared again.
        names, hashes = set(map(fold, titles)), set(shas)
        unique = {page.id: page for pages in found for page in pages}
        return [
            page
            for page in unique.values()
            if fold(str(page.values.get(columns.title, ""))) in names
            or page.values.get(columns.sha) in hashes
        ]

    def archived(self, source: str, columns: Columns) -> list[Page]:
        """Read the archived pages, which no other query returns.

        Raises:
            Unavailable: Notion's answer is not complete.
        """
        query = replace(self._query(source, columns), archived=True)
        return [_row(row, columns) for row in query.rows(None)]

    def all_pages(
        self,
        source: str,
        columns: Columns,
        *,
        expected: int = 0,
        on_page: Callable[[], None] = lambda: None,
    ) -> list[Page]:
        """Read every page once, sorted by id.

        ``expected`` is the probable number of pages, which only changes the speed. ``on_page`` is
        called for each row that was read, by several threads.

        Raises:
            Unavailable: Notion's answer is not complete.
        """
        query = self._query(source, columns)

        def parse(row: Object) -> Page:
            on_page()
            return _row(row, columns)

        return Scan(query, parse, self._workers, expected).run()

    def _query(self, source: str, columns: Columns) -> Query:
        return Query(self._client, source, columns.keys)

    def me(self) -> str:
        """Return the id of the integration's own user, which Notion names as editor.

        It is "" where the integration may not read users.
        """
        try:
            return answers.bot(self._client.users.me()).id
        except Forbidden:
            return ""

    def users(self) -> list[User]:
        """Read the users of the workspace, 100 a request.

        Raises:
            Forbidden: the integration may not read users, which is a capability of its own.
        """
        found: list[User] = []
        cursor: str | None = ""
        while cursor is not None:
            start = {"start_cursor": cursor} if cursor else {}
            listed, cursor = answers.users(self._client.users.list(page_size=PAGE_SIZE, **start))
            found += listed
        return found

    def users_by_id(self, user_ids: Sequence[str]) -> dict[str, User]:
        """Read users by their ids, without those that Notion does not show."""

        def read(user_id: str) -> User | None:
            try:
                return answers.user(self._client.users.retrieve(user_id))
            except (NotFound, Forbidden, InvalidRequest):
                return None

        found = DaemonPool(self._workers, "look").map(read, user_ids)
        return {user.id: user for user in found if user is not None}

    def identity(self) -> tuple[str, str]:
        """Return the names of the integration and its workspace; "" where Notion gives none.

        Raises:
            Forbidden: the integration may not read users, which is a capability of its own.
        """
        bot = answers.bot(self._client.users.me())
        return bot.name, bot.workspace

    def page(self, page_id: str, mapping: PropertyMapping) -> Page:
        """Read one page by its id.

        Raises:
            NotFound: the page does not exist, or is not shared.
        """
        return answers.page(self._client.pages.retrieve(page_id), mapping.types, mapping.sha.name)

    def body(self, page_id: str) -> str:
        """Read the body of a page in Notion's Markdown."""
        return answers.body(self._client.pages.retrieve_markdown(page_id))

    def bodies(self, page_ids: Sequence[str]) -> dict[str, str]:
        """Read the bodies of pages by the pages' ids."""
        found = DaemonPool(self._workers, "body").map(self.body, page_ids)
        return dict(zip(page_ids, found, strict=True))

    def page_or_none(self, page_id: str, mapping: PropertyMapping) -> Page | None:
        """Read one page by its id; None where it cannot be read."""
        try:
            return self.page(page_id, mapping)
        except (NotFound, InvalidRequest):
            return None

    def each(self, page_ids: Sequence[str], mapping: PropertyMapping) -> dict[str, Page | None]:
        """Read pages by their ids; None for those that cannot be read."""
        found = DaemonPool(self._workers, "look").map(
            lambda page_id: self.page_or_none(page_id, mapping), page_ids
        )
        return dict(zip(page_ids, found, strict=True))

    def titled(self, source: str, titles: Sequence[str]) -> list[answers.TitledPage]:
        """Return the pages of any data source that have one of these titles.

        The title is requested by its id, which is the same in every data source.

        Raises:
            NotFound: the data source is not shared.
        """
        query = Query(self._client, source, (_TITLE,))

        def read(condition: Condition) -> list[answers.TitledPage]:
            return [answers.titled(row) for row in query.rows(condition)]

        found = DaemonPool(self._workers, "read").map(read, any_of(_TITLE, _forms(titles)))
        wanted = set(titles)
        unique = {row.id: row for rows in found for row in rows}
        return [row for row in unique.values() if row.title in wanted]

    def titles_of(self, page_ids: Sequence[str]) -> dict[str, str]:
        """Return the titles of pages by their ids, without those that cannot be read."""

        def read(page_id: str) -> tuple[str, str] | None:
            try:
                return answers.titled(self._client.pages.retrieve(page_id))[:2]
            except (NotFound, InvalidRequest):
                return None

        found = DaemonPool(self._workers, "look").map(read, page_ids)
        return dict(filter(None, found))

    def completed(self, pages: Sequence[Page]) -> list[Page]:
        """Return pages with complete relations; an answer may have only a part of a relation."""
        return DaemonPool(self._workers, "look").map(self._completed, pages)

    def _completed(self, page: Page) -> Page:
        complete = {
            name: tuple(self._related(page.id, property_id))
            for name, property_id in page.shortened.items()
        }
        return replace(page, values={**page.values, **complete}, shortened={})

    def _related(self, page_id: str, property_id: str) -> Iterator[str]:
        cursor: str | None = ""
        while cursor is not None:
            more = {"start_cursor": cursor} if cursor else {}
            answer = self._client.pages.properties.retrieve(
                page_id, property_id, page_size=PAGE_SIZE, **more
            )
            ids, cursor = answers.related(answer)
            yield from ids


#: The id of the title, in every data source.
_TITLE = "title"


def _forms(titles: Sequence[str]) -> list[str]:
    """Return titles as they are, and in their other Unicode forms."""
    forms = [normalized(form, t) for t in titles for form in ("NFC", "NFD")]
    return list(dict.fromkeys([*titles, *forms]))


def _row(row: Object, columns: Columns) -> Page:
    return answers.row(row, columns.types, columns.sha)
