"""Read the database, its schema and its pages for one run.

Independent requests are sent at the same time: the schema and the pages are requested as soon as
the data source is known. So pages are requested by the names of the properties; if one of them does
not exist, they are requested again by id. A preview sends the first requests while the gates are
running. A run that writes begins to read when it holds the ledger, so that no other run with this
ledger changes pages between reading and writing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from lukhas_notion.notion.query import Columns
from lukhas_notion.plan.database import Page, Schema
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.reference_kinds import Directory
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    NotionError,
    SetupError,
)
from lukhas_notion.validate.database_schema import Fit, fit

if TYPE_CHECKING:
    from lukhas_notion.config.config import Config
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.notion.reader import Reader


_T = TypeVar("_T")
log = logging.getLogger("lukhas_notion")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A query of pages: those with a title or a provenance SHA, or all of them.

    ``expected`` is the probable number of pages; it does not change the result.
    """

    titles: tuple[str, ...] = ()
    shas: tuple[str, ...] = ()
    whole: bool = False
    expected: int = field(default=0, compare=False)


def everything(expected: int = 0) -> PageQuery:
    """Return the query of all pages of the database, about ``expected`` in number."""
    return PageQuery(whole=True, expected=expected)


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The schema and pages that were read.

    Args:
        schema: the schema of the database.
        fit: the mapping that the database can hold, and the properties that it lacks.
        pages: the queried pages.
    """

    schema: Schema
    fit: Fit
    pages: Sequence[Page]

    @property
    def mapping(self) -> PropertyMapping:
        """The mapping without the optional properties that the database lacks."""
        return self.fit.mapping


class Prefetch:
    """Opens the connection and begins to read in threads.

    Errors are raised when a result is requested. Use it as a context manager, which closes the
    connection.

    Args:
        config: the database.
        connect: opens the connection.
        on_reading: called with the expected number of pages before all pages are read.
        on_page: called for each page that is read, from several threads.
    """

    def __init__(
        self,
        config: Config,
        connect: Callable[[], Connection],
        on_reading: Callable[[int], None] = lambda _: None,
        on_page: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_reading = on_reading
        self._on_page = on_page
        self._at_once = config.concurrency > 1
        self._works: list[_Pending[Any]] = []
        self._sources: dict[str, str] = {}
        self._directory: Directory | None = None
        # Not in a thread: this takes a quarter of a second of imports, and does not wait for I/O.
        self._connection = _Pending("connection", connect)
        self._connection.run()
        self._source = self._begin(
            "database",
            lambda: self.reader.data_source_id(config.database, config.data_source),
        )
        self._schema = self._begin("schema", lambda: self.reader.schema(self._source.result()))
        self._asked: tuple[PageQuery, Columns, _Pending[list[Page]]] | None = None
        self._archived: _Pending[list[Page]] | None = None

    @property
    def connection(self) -> Connection:
        """The open connection."""
        return self._connection.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection.succeeded:
            # Closing it during a request would send the request a second time.
            _after(self._works, self.connection.client.close)

    def _begin(self, name: str, work: Callable[[], _T]) -> _Pending[_T]:
        """Begin work in a thread, or defer it until its result is requested."""
        pending = _Pending(name, work)
        self._works.append(pending)
        if self._at_once:
            pending.begin()
        return pending

    @property
    def reader(self) -> Reader:
        """What reads Notion without changing it."""
        return self.connection.reader

    def ask(self, wanted: PropertyMapping, query: PageQuery) -> None:
        """Request pages as soon as the data source is known.

        The archived pages are needed only for modules without a page. Among a few selected modules
        one is likely to be new, so they are requested immediately; among all modules usually none
        is.
        """
        columns = Columns.by_name(wanted)
        self._asked = query, columns, self._begin("pages", lambda: self._pages(columns, query))
        if self._archived is None and not query.whole:
            self._archived = self._begin(
                "archived", lambda: self.reader.archived(self._source.result(), columns)
            )

    def read(
        self, wanted: PropertyMapping, query: PageQuery | None, *, may_add: bool = False
    ) -> ReadResult:
        """Return the schema and, unless ``query`` is None, the pages.

        Args:
            wanted: the properties that are compared.
            query: the pages that are compared.
            may_add: whether properties that the database lacks will be added.

        Raises:
            SetupError: the token, the database or one of its properties is not set up as required.
            NotionError: Notion could not be read.
        """
        with _set_up():
            self._source.result()
        if query is not None and (self._asked is None or self._asked[0] != query):
            self.ask(wanted, query)
        schema = self.schema()
        fitted = fit(wanted, schema, may_add=may_add)
        pages = () if query is None else self._answered(fitted.mapping, schema)
        return ReadResult(schema, fitted, pages)

    def schema(self) -> Schema:
        """Return the database's schema, which is not checked.

        Raises:
            SetupError: the token or the database is not set up as required.
            NotionError: Notion could not be read.
        """
        with _set_up():
            return self._schema.result()

    def every_page(self, mapping: PropertyMapping) -> list[Page]:
        """Return every page of the database."""
        return self._pages(Columns.by_id(mapping, self.schema()), everything())

    def by_title(self, titles: Sequence[str], mapping: PropertyMapping) -> list[Page]:
        """Return the pages of the database that have one of these titles."""
        columns = Columns.by_id(mapping, self.schema())
        return self.reader.pages(self._source.result(), columns, titles=titles)

    def source_of(self, database_id: str) -> str:
        """Return the data source of another database.

        Raises:
            SetupError: the database does not exist, is not shared, or has several data sources.
        """
        if database_id not in self._sources:
            self._sources[database_id] = self.reader.data_source_id(database_id)
        return self._sources[database_id]

    def directory(self) -> Directory:
        """Return the users of the workspace, which are read once.

        Raises:
            Forbidden: the integration is not allowed to read users.
        """
        if self._directory is None:
            self._directory = Directory.of(self.reader.users())
        return self._directory

    def me(self) -> str:
        """Return the id of the integration's own user, "" where Notion does not say."""
        try:
            return self.reader.me()
        except NotionError:
            return ""

    def _answered(self, mapping: PropertyMapping, schema: Schema) -> list[Page]:
        """Return the requested pages; request them again by id if a name meant another property."""
        if self._asked is None:
            raise RuntimeError("no pages were requested")
        query, columns, pages = self._asked
        if columns.are_exact(schema):
            try:
                return pages.result()
            except InvalidRequest as error:
                log.debug("requesting the pages again, by id: %s", error)
        return self._pages(Columns.by_id(mapping, schema), query)

    def archived(self, mapping: PropertyMapping) -> list[Page]:
        """Return the archived pages; none if Notion does not support the query."""
        if self._archived is not None:
            try:
                return self._archived.result()
            except InvalidRequest as error:
                log.debug("requesting the archived pages again, by id: %s", error)
        try:
            columns = Columns.by_id(mapping, self.schema())
            return self.reader.archived(self._source.result(), columns)
        except InvalidRequest as error:
            log.debug("no archived pages: %s", error)
            return []

    def _pages(self, columns: Columns, query: PageQuery) -> list[Page]:
        source = self._source.result()
        if query.whole:
            self._on_reading(query.expected)
            return self.reader.all_pages(
                source, columns, expected=query.expected, on_page=self._on_page
            )
        return self.reader.pages(source, columns, titles=query.titles, shas=query.shas)


@contextmanager
def _set_up() -> Iterator[None]:
    """Turn errors of access into errors of the set-up."""
    try:
        yield
    except (InvalidToken, Forbidden) as error:
        raise SetupError(error.message, error.remedy) from error


def _after(works: Sequence[_Pending[Any]], act: Callable[[], None]) -> None:
    """Call ``act`` when the last of these is done; immediately if none is running."""
    for number, work in enumerate(works):
        if work.is_running:
            work.then(partial(_after, works[number + 1 :], act))
            return
    act()


class _Pending(Generic[_T]):
    """Work that is done once, and whose result is requested later."""

    def __init__(self, name: str, work: Callable[[], _T]) -> None:
        self._name = name
        self._work = work
        self._future: Future[_T] = Future()
        self._lock = threading.Lock()
        self._begun = False
        self._is_started = False

    def begin(self) -> None:
        """Begin in a thread."""
        self._is_started = True
        # A daemon: an unanswered request must not delay the end of the run.
        threading.Thread(target=self.run, name=self._name, daemon=True).start()

    def run(self) -> None:
        """Do the work, unless it was begun already."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
        try:
            self._future.set_result(self._work())
        except BaseException as error:
            self._future.set_exception(error)

    @property
    def is_running(self) -> bool:
        """Whether a thread is doing the work, or will."""
        return self._is_started and not self._future.done()

    def then(self, act: Callable[[], None]) -> None:
        """Call ``act`` when the work is done, whatever its result."""
        self._future.add_done_callback(lambda _: act())

    @property
    def succeeded(self) -> bool:
        """Whether the work is done and raised nothing."""
        return self._future.done() and self._future.exception() is None

    def result(self) -> _T:
        """Return the result of the work, or raise its exception."""
        self.run()
        return self._future.result()
