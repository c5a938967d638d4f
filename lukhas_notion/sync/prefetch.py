"""What one run reads of Notion: the database, its schema and its pages.

Requests that do not wait for each other travel together: the schema and the pages are asked for at
once, as soon as the data source is known. So pages are asked for by the names of the properties;
should one of them not be there, they are asked for again by id. A preview sends the first requests
while the gates are still at work; a run that writes begins when the ledger is its own, so that
what it compares with is not older than that.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.people import Directory, User
from lukhas_notion.plan.snapshot import Page, Schema
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
    from lukhas_notion.notion.answers import TitledPage
    from lukhas_notion.notion.connection import Connection
    from lukhas_notion.notion.query import Columns
    from lukhas_notion.notion.reader import Reader


_T = TypeVar("_T")
log = logging.getLogger("lukhas_notion")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which pages are wanted: those with a title or a provenance SHA, or all of them.

    ``expected`` is how many there probably are; it changes no result.
    """

    titles: tuple[str, ...] = ()
    shas: tuple[str, ...] = ()
    whole: bool = False
    expected: int = field(default=0, compare=False)


def everything(expected: int = 0) -> PageQuery:
    """Return the query of every page of the database, of which there are about ``expected``."""
    return PageQuery(whole=True, expected=expected)


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What was read.

    Args:
        schema: the database as it is.
        fit: the mapping that the database can hold, and the properties that it lacks.
        pages: the pages that were asked for.
    """

    schema: Schema
    fit: Fit
    pages: Sequence[Page]

    @property
    def mapping(self) -> PropertyMapping:
        """The mapping without the optional properties that the database has not."""
        return self.fit.mapping


class Prefetch:
    """Opens the connection, and finds the database in a thread of its own, from the beginning.

    Errors are raised when a result is asked for. Use it as a context manager, which closes the
    connection.

    Args:
        config: which database.
        connect: opens the connection.
        on_reading: told that all pages are read now, about so many.
        on_page: told of each page that is read, by several threads.
    """

    def __init__(
        self,
        config: Config,
        connect: Callable[[], Connection],
        on_reading: Callable[[int], None] = lambda _: None,
        on_page: Callable[[], None] = lambda: None,
    ) -> None:
        self._config = config
        self._on_reading = on_reading
        self._on_page = on_page
        self._at_once = config.concurrency > 1
        self._works: list[_Pending[Any]] = []
        self._sources: dict[str, str] = {}
        self._directory: Directory | None = None
        # Not in a thread: it is a quarter of a second of imports, and no waiting for anyone.
        self._connection = _Pending("connection", connect)
        self._connection.run()
        self._source = self._begin("database", self._find_source)
        self._schema = self._begin("schema", lambda: self._reader.schema(self._source.result()))
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
            # Not under a request that nobody waits for any more: it would be sent a second time.
            _after(self._works, self.connection.client.close)

    def _begin(self, name: str, work: Callable[[], _T]) -> _Pending[_T]:
        """Begin work in a thread of its own, or leave it until its result is asked for."""
        pending = _Pending(name, work)
        self._works.append(pending)
        if self._at_once:
            pending.begin()
        return pending

    @property
    def _reader(self) -> Reader:
        return self.connection.reader

    def _find_source(self) -> str:
        return self._reader.data_source_id(self._config.database, self._config.data_source)

    def ask(self, wanted: PropertyMapping, query: PageQuery) -> None:
        """Ask for pages as soon as the data source is known.

        The archived pages matter only to modules without a page. Of a few modules one is likely to
        be new, so they are asked for at once; of all modules mostly none is.
        """
        from lukhas_notion.notion.query import Columns

        columns = Columns.by_name(wanted)
        found = self._begin("pages", lambda: self._pages(columns, query))
        self._asked = query, columns, found
        if self._archived is None and not query.whole:
            self._archived = self._begin(
                "archived", lambda: self._reader.archived(self._source.result(), columns)
            )

    def read(
        self, wanted: PropertyMapping, query: PageQuery | None, *, may_add: bool = False
    ) -> ReadResult:
        """Return the schema and, unless ``query`` is None, the pages.

        Args:
            wanted: the properties that are compared.
            query: the pages that are wanted.
            may_add: whether properties that the database lacks are to be added.

        Raises:
            SetupError: the token, the database or one of its properties is not as it has to be.
            NotionError: Notion could not be read.
        """
        with _set_up():
            self._source.result()
        if query is not None and (self._asked is None or self._asked[0] != query):
            self.ask(wanted, query)
        schema = self.schema()
        found = fit(wanted, schema, may_add=may_add)
        if query is None:
            return ReadResult(schema, found, ())
        return ReadResult(schema, found, self._answered(found.mapping, schema))

    def schema(self) -> Schema:
        """Return the database's schema, whatever is in it.

        Raises:
            SetupError: the token or the database is not as it has to be.
            NotionError: Notion could not be read.
        """
        with _set_up():
            return self._schema.result()

    def every_page(self, mapping: PropertyMapping) -> list[Page]:
        """Return every page of the database."""
        from lukhas_notion.notion.query import Columns

        return self._pages(Columns.by_id(mapping, self.schema()), everything())

    def by_id(self, page_ids: Sequence[str], mapping: PropertyMapping) -> Mapping[str, Page | None]:
        """Return pages by their ids, in the trash or not; None for those that are not to be had."""
        return self._reader.each(page_ids, mapping)

    def bodies(self, page_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the bodies of pages in Notion's Markdown."""
        return self._reader.bodies(page_ids)

    def by_title(self, titles: Sequence[str], mapping: PropertyMapping) -> list[Page]:
        """Return the pages of the database that have one of these titles."""
        from lukhas_notion.notion.query import Columns

        columns = Columns.by_id(mapping, self.schema())
        return self._reader.pages(self._source.result(), columns, titles=titles)

    def completed(self, pages: Sequence[Page]) -> list[Page]:
        """Return pages with their relations whole."""
        return self._reader.completed(pages)

    def source_of(self, database_id: str) -> str:
        """Return the data source of another database.

        Raises:
            SetupError: it is not there or not shared, or has several.
        """
        if database_id not in self._sources:
            self._sources[database_id] = self._reader.data_source_id(database_id)
        return self._sources[database_id]

    def titled(self, source: str, titles: Sequence[str]) -> list[TitledPage]:
        """Return another data source's pages that have one of these titles.

        Raises:
            NotFound: the data source is not shared.
        """
        return self._reader.titled(source, titles)

    def titles_of(self, page_ids: Sequence[str]) -> dict[str, str]:
        """Return the titles of pages of any data source, of those that can be read."""
        return self._reader.titles_of(page_ids)

    def directory(self) -> Directory:
        """Return the users of the workspace, which are read once.

        Raises:
            Forbidden: the integration may not read users.
        """
        if self._directory is None:
            self._directory = Directory.of(self._reader.users())
        return self._directory

    def users_by_id(self, user_ids: Sequence[str]) -> dict[str, User]:
        """Return users by their ids, of those that Notion shows."""
        return self._reader.users_by_id(user_ids)

    def me(self) -> str:
        """Return the id of the integration's own user, "" where Notion does not say."""
        try:
            return self._reader.me()
        except NotionError:
            return ""

    def _answered(self, mapping: PropertyMapping, schema: Schema) -> list[Page]:
        """Return the pages that were asked for; by id, where the names asked for others."""
        from lukhas_notion.notion.query import Columns

        if self._asked is None:
            raise RuntimeError("no pages were asked for")
        query, columns, found = self._asked
        if columns.are_exact(schema):
            try:
                return found.result()
            except InvalidRequest as error:
                log.debug("asking for the pages again, by id: %s", error)
        return self._pages(Columns.by_id(mapping, schema), query)

    def archived(self, mapping: PropertyMapping) -> list[Page]:
        """Return the archived pages; none where Notion does not know of such a query."""
        from lukhas_notion.notion.query import Columns

        if self._archived is not None:
            try:
                return self._archived.result()
            except InvalidRequest as error:
                log.debug("asking for the archived pages again, by id: %s", error)
        try:
            columns = Columns.by_id(mapping, self.schema())
            return self._reader.archived(self._source.result(), columns)
        except InvalidRequest as error:
            log.debug("no archived pages: %s", error)
            return []

    def _pages(self, columns: Columns, query: PageQuery) -> list[Page]:
        source = self._source.result()
        if query.whole:
            self._on_reading(query.expected)
            return self._reader.all_pages(
                source, columns, expected=query.expected, on_page=self._on_page
            )
        return self._reader.pages(source, columns, titles=query.titles, shas=query.shas)


@contextmanager
def _set_up() -> Iterator[None]:
    """Tell what is not set up from what went wrong on the way."""
    try:
        yield
    except (InvalidToken, Forbidden) as error:
        raise SetupError(error.message, error.remedy) from error


def _after(works: Sequence[_Pending[Any]], act: Callable[[], None]) -> None:
    """Act when the last of these is done; at once, where none is at work."""
    for number, work in enumerate(works):
        if work.is_at_work:
            work.then(partial(_after, works[number + 1 :], act))
            return
    act()


class _Pending(Generic[_T]):
    """Work whose result is asked for later; it is done once."""

    def __init__(self, name: str, work: Callable[[], _T]) -> None:
        self._name = name
        self._work = work
        self._future: Future[_T] = Future()
        self._lock = threading.Lock()
        self._begun = False
        self._is_started = False

    def begin(self) -> None:
        """Begin in a thread of its own."""
        self._is_started = True
        # A daemon: a request that Notion leaves unanswered must not keep an ended run waiting.
        threading.Thread(target=self.run, name=self._name, daemon=True).start()

    def run(self) -> None:
        """Do the work, unless it is being done."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
        try:
            self._future.set_result(self._work())
        except BaseException as error:
            self._future.set_exception(error)

    @property
    def is_at_work(self) -> bool:
        """Whether a thread does it, or is about to."""
        return self._is_started and not self._future.done()

    def then(self, act: Callable[[], None]) -> None:
        """Do something else when it is done, whatever came of it."""
        self._future.add_done_callback(lambda _: act())

    @property
    def succeeded(self) -> bool:
        """Whether it is done, and raised nothing."""
        return self._future.done() and self._future.exception() is None

    def result(self) -> _T:
        """Return what the work returns, or raise what it raises."""
        self.run()
        return self._future.result()
