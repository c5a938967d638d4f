"""What one run reads of Notion: the database, its schema and the pages that matter.

Requests that do not wait for each other travel together. A preview sends the first of them while
the gates are still at work; a run that writes begins when the ledger is its own, so that what it
compares with is not older than that.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from lukhas_notion.errors import Forbidden, InvalidRequest, InvalidToken, SetupError
from lukhas_notion.mapping import PropertyMapping
from lukhas_notion.preflight import fit
from lukhas_notion.snapshot import Page, Schema

if TYPE_CHECKING:
    from lukhas_notion.config import Config
    from lukhas_notion.notion.columns import Columns
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.notion.reader import Reader

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which pages are wanted: those with one of the titles, or all of them.

    With ``whole`` the titles are those that are expected; they change no result.
    """

    titles: Sequence[str] = ()
    whole: bool = True

    @property
    def wants(self) -> frozenset[str] | None:
        """The titles that decide the result; None for all pages."""
        return None if self.whole else frozenset(self.titles)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was read: the mapping is without the optional properties that the database has not."""

    schema: Schema
    mapping: PropertyMapping
    pages: Sequence[Page]


@dataclass(frozen=True, slots=True)
class _Early:
    """Pages that were asked for before anybody knew the schema."""

    query: PageQuery
    columns: Columns
    pages: Future[list[Page]] = field(default_factory=Future)


class Surveyor:
    """Opens the connection, and finds the database in a thread of its own, from the beginning.

    Whatever goes wrong is raised where its result is asked for, and nowhere if it never is. Use it
    as a context manager, which closes the connection.

    Args:
        config: which database.
        connect: opens the connection.
        lately: returns pages that were created moments ago: title → id.
    """

    def __init__(
        self,
        config: Config,
        connect: Callable[[], Connection],
        lately: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._config = config
        self._lately = lately
        self._connection: Future[Connection] = Future()
        self._source: Future[str] = Future()
        self._schema: Future[Schema] = Future()
        # Not in the thread: it is a quarter of a second of imports, and no waiting for anyone.
        _settle(self._connection, connect)
        self._early: _Early | None = None
        _in_background("survey", self._begin)

    @property
    def connection(self) -> Connection:
        """The open connection."""
        return self._connection.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._connection.exception() is None:
            self.connection.client.close()

    def _begin(self) -> None:
        _settle(self._source, self._find_source)
        _settle(self._schema, lambda: self._reader.schema(self._source.result()))

    @property
    def _reader(self) -> Reader:
        return self.connection.reader

    def _find_source(self) -> str:
        return self._reader.data_source_id(self._config.database, self._config.data_source)

    def survey(self, wanted: PropertyMapping, query: PageQuery | None) -> Survey:
        """Return the schema and, unless ``query`` is None, the pages.

        While the schema is not there, pages are asked for by the properties' names. Should it turn
        out that this asked for something else, they are asked for again by id.

        Raises:
            SetupError: the token, the database or one of its properties is not as it has to be.
            NotionError: Notion could not be read.
        """
        from lukhas_notion.notion.columns import Columns

        with _set_up():
            source = self._source.result()
        if query and not self._schema.done() and not self._is_early(query):
            self.expect(wanted, query)
        schema = self.schema()
        mapping = fit(wanted, schema)
        if query is None:
            return Survey(schema, mapping, ())
        pages = None
        if self._early and self._is_early(query) and self._early.columns.are_exact(schema):
            pages = _unless_refused(self._early.pages)
        if pages is None:
            pages = self._pages(source, Columns.by_id(mapping, schema), query)
        pages.extend(self._unlisted(source, mapping, query, pages))
        return Survey(schema, mapping, pages)

    def schema(self) -> Schema:
        """Return the database's schema, whatever is in it.

        Raises:
            SetupError: the token or the database is not as it has to be.
            NotionError: Notion could not be read.
        """
        with _set_up():
            return self._schema.result()

    def expect(self, wanted: PropertyMapping, query: PageQuery) -> None:
        """Ask for pages that :meth:`survey` will want, as soon as the database is found."""
        from lukhas_notion.notion.columns import Columns

        if self._config.concurrency < 2:
            return
        early = self._early = _Early(query, Columns.by_name(wanted))
        _in_background(
            "pages",
            lambda: _settle(
                early.pages, lambda: self._pages(self._source.result(), early.columns, query)
            ),
        )

    def _unlisted(
        self, source: str, mapping: PropertyMapping, query: PageQuery, pages: Sequence[Page]
    ) -> Iterator[Page]:
        """Yield the wanted pages that exist and that the query does not show yet."""
        title = mapping.title.name
        missing = set(query.titles) - {str(page.values.get(title, "")) for page in pages}
        lately = self._lately() if missing else {}
        for name in sorted(missing & lately.keys()):
            page = self._reader.row(source, lately[name], mapping.types)
            if page is not None and page.values.get(title) == name:
                yield page

    def _is_early(self, query: PageQuery) -> bool:
        """Whether the same pages have been asked for already."""
        return self._early is not None and self._early.query.wants == query.wants

    def _pages(self, source: str, columns: Columns, query: PageQuery) -> list[Page]:
        if query.whole:
            return self._reader.all_pages(source, columns, expected=len(query.titles))
        return self._reader.pages(source, columns, titles=query.titles)


@contextmanager
def _set_up() -> Iterator[None]:
    """Tell what is not set up from what went wrong on the way."""
    try:
        yield
    except (InvalidToken, Forbidden) as error:
        raise SetupError(error.message, error.remedy) from error


def _settle(future: Future[_T], work: Callable[[], _T]) -> None:
    """Give a future what ``work`` returns or raises."""
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


def _in_background(name: str, work: Callable[[], None]) -> None:
    # A daemon: a request that Notion leaves unanswered must not keep an ended run waiting.
    threading.Thread(target=work, name=name, daemon=True).start()


def _unless_refused(early: Future[list[Page]]) -> list[Page] | None:
    try:
        return early.result()
    except InvalidRequest:
        return None
