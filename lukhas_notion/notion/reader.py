"""Reading Notion: the data source's schema, and its pages in bulk. It has no method that writes."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from lukhas_notion.errors import Forbidden, InvalidRequest, NotFound, Unavailable
from lukhas_notion.notion import answers, lookup
from lukhas_notion.notion.columns import Columns
from lukhas_notion.notion.conditions import Condition, any_of, batches, shared_out
from lukhas_notion.notion.scan import Scan
from lukhas_notion.snapshot import Page, Schema
from lukhas_notion.values import PropertyType

if TYPE_CHECKING:
    from notion_client import Client

log = logging.getLogger("lukhas_notion.notion")


class Reader:
    """Everything this tool asks of Notion without changing it.

    Args:
        client: a Notion client whose transport paces, repeats and raises
            :class:`lukhas_notion.errors.NotionError`.
        workers: how many queries travel at once.
    """

    def __init__(self, client: Client, workers: int = 1) -> None:
        self._client = client
        self._workers = workers

    def data_source_id(self, database_id: str, data_source_id: str = "") -> str:
        """Return the data source to read: the named one, or the only one of a database.

        Raises:
            SetupError: there is no such database, or it has several data sources and none is named.
                Whether the named one exists is not asked.
        """
        return data_source_id or lookup.data_source_of(self._client, database_id)

    def schema(self, data_source_id: str) -> Schema:
        """Read a data source's properties.

        Raises:
            SetupError: there is no such data source.
        """
        return lookup.schema_of(self._client, data_source_id)

    def parent_page(self, page_id: str) -> Page:
        """Read the page that a database is to be made under.

        Raises:
            SetupError: there is no such page.
        """
        return lookup.parent_page(self._client, page_id)

    def pages(self, source: str, columns: Columns, *, titles: Sequence[str]) -> list[Page]:
        """Read the pages that have one of ``titles``, 100 to a query; queries travel at once.

        Raises:
            Unavailable: Notion did not give the whole answer; it is never taken for an absence.
        """
        wanted = set(titles)
        conditions = [any_of(columns.title, batch) for batch in batches(titles)]
        found = self._read(source, columns, conditions)
        # Whether `equals` minds case is not documented, so it is checked again here.
        return [page for page in found if page.values.get(columns.title) in wanted]

    def all_pages(
        self, source: str, columns: Columns, *, known: Collection[str] = ()
    ) -> list[Page]:
        """Read every page, each once.

        An answer names where the next one begins, so that the answers of one query come one after
        the other. Where titles are expected, several queries that share them out, and one for all
        other pages, travel at once instead; they take no more answers than the one.

        Args:
            source: the data source's id.
            columns: what to read of each page.
            known: titles that are likely to be there. It changes no result.

        Raises:
            Unavailable: Notion did not give the whole answer; it is never taken for an absence.
        """
        shared = shared_out(columns.title, known)
        if shared:
            try:
                return self._read(source, columns, shared)
            except (InvalidRequest, Unavailable) as error:
                log.debug("reading the pages in one query instead: %s", error)
        return self._read(source, columns, [None])

    def _read(
        self, source: str, columns: Columns, conditions: Sequence[Condition | None]
    ) -> list[Page]:
        """Run queries at once and return their pages, each once."""
        scan = Scan(self._client, source, columns.keys)

        def read(condition: Condition | None) -> list[Page]:
            return [answers.row(row, columns.types) for row in scan.rows(condition)]

        if len(conditions) == 1:
            found = [read(conditions[0])]
        else:
            with ThreadPoolExecutor(self._workers, thread_name_prefix="read") as pool:
                found = list(pool.map(read, conditions))
        return list({page.id: page for pages in found for page in pages}.values())

    def me(self) -> str:
        """Return the id of the integration's own user, which is what Notion puts on its edits.

        It is "" where the integration may not read users.
        """
        try:
            return answers.bot(self._client.users.me()).id
        except Forbidden:
            return ""

    def identity(self) -> tuple[str, str]:
        """Return what the integration and its workspace are called; "" where Notion does not say.

        Raises:
            Forbidden: the integration has no user information, which is a capability of its own.
        """
        found = answers.bot(self._client.users.me())
        return found.name, found.workspace

    def page(self, page_id: str, types: Mapping[str, PropertyType]) -> Page:
        """Read one page by its id.

        Raises:
            NotFound: there is none.
        """
        return answers.page(self._client.pages.retrieve(page_id), types)

    def row(self, source: str, page_id: str, types: Mapping[str, PropertyType]) -> Page | None:
        """Read one page by its id; None when it is no row of this data source, or in the trash."""
        try:
            page = self.page(page_id, types)
        except (NotFound, InvalidRequest):
            return None
        return None if page.in_trash or page.source != source else page
