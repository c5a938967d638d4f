"""Read from Notion: schemas, pages in bulk, bodies, and users. It has no method that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from lukhas_notion.notion import answers
from lukhas_notion.notion.query import (
    PAGE_SIZE,
    Columns,
    Condition,
    Query,
    any_of,
    data_source_of,
    parent_page,
    schema_of,
)
from lukhas_notion.notion.scan import Scan
from lukhas_notion.plan.database import Page, Schema
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.notion_json import Object
from lukhas_notion.plan.reference_kinds import User
from lukhas_notion.util.errors import Forbidden, InvalidRequest, NotFound, NotionError
from lukhas_notion.util.runtime import DaemonPool
from lukhas_notion.util.text import fold, normalized

if TYPE_CHECKING:
    from notion_client import Client


_T = TypeVar("_T")


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
        return data_source_of(self._client, database_id, data_source_id)

    def schema(self, data_source_id: str) -> Schema:
        """Read a data source's properties.

        Raises:
            SetupError: there is no such data source.
        """
        return schema_of(self._client, data_source_id)

    def parent_page(self, page_id: str) -> Page:
        """Read the page that a database will be created under.

        Raises:
            SetupError: there is no such page.
        """
        return parent_page(self._client, page_id)

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
        ask = self._client.users.list
        return list(_paged(lambda start: answers.users(ask(page_size=PAGE_SIZE, **start))))

    def users_by_id(self, user_ids: Sequence[str]) -> dict[str, User]:
        """Read users by their ids, without those that Notion does not show."""

        def read(user_id: str) -> User:
            return answers.user(self._client.users.retrieve(user_id))

        users = self._read_each(user_ids, read, NotFound, Forbidden, InvalidRequest)
        return {user.id: user for user in users if user is not None}

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

    def pages_by_id(
        self, page_ids: Sequence[str], mapping: PropertyMapping
    ) -> dict[str, Page | None]:
        """Read pages by their ids; None for those that Notion does not show."""

        def read(page_id: str) -> Page:
            return self.page(page_id, mapping)

        pages = self._read_each(page_ids, read, NotFound, InvalidRequest)
        return dict(zip(page_ids, pages, strict=True))

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
        """Read the titles of pages by their ids, without those that Notion does not show."""

        def read(page_id: str) -> answers.TitledPage:
            return answers.titled(self._client.pages.retrieve(page_id))

        pages = self._read_each(page_ids, read, NotFound, InvalidRequest)
        return {page.id: page.title for page in pages if page is not None}

    def _read_each(
        self, ids: Sequence[str], read: Callable[[str], _T], *absent: type[NotionError]
    ) -> list[_T | None]:
        """Read objects by their ids at once; None where an exception of ``absent`` is raised."""

        def read_or_none(object_id: str) -> _T | None:
            try:
                return read(object_id)
            except absent:
                return None

        return DaemonPool(self._workers, "look").map(read_or_none, ids)

    def completed(self, pages: Sequence[Page]) -> list[Page]:
        """Return pages with complete relations; an answer may have only a part of a relation."""
        return DaemonPool(self._workers, "look").map(self._completed, pages)

    def _completed(self, page: Page) -> Page:
        def related(property_id: str) -> tuple[str, ...]:
            ask = partial(self._client.pages.properties.retrieve, page.id, property_id)
            return tuple(_paged(lambda start: answers.related(ask(page_size=PAGE_SIZE, **start))))

        complete = {name: related(property_id) for name, property_id in page.shortened.items()}
        return replace(page, values={**page.values, **complete}, shortened={})


def _paged(ask: Callable[[Mapping[str, str]], tuple[list[_T], str | None]]) -> Iterator[_T]:
    """Yield the items of a list, by requests with the arguments that ``ask`` gets."""
    start: Mapping[str, str] = {}
    while True:
        items, cursor = ask(start)
        yield from items
        if cursor is None:
            return
        start = {"start_cursor": cursor}


#: The id of the title, in every data source.
_TITLE = "title"


def _forms(titles: Sequence[str]) -> list[str]:
    """Return titles as they are, and in their other Unicode forms."""
    forms = [normalized(form, t) for t in titles for form in ("NFC", "NFD")]
    return list(dict.fromkeys([*titles, *forms]))


def _row(row: Object, columns: Columns) -> Page:
    return answers.row(row, columns.types, columns.sha)
