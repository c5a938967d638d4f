"""What one run reads of Notion: the schema and the pages that matter, at once where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.errors import Forbidden, InvalidRequest, InvalidToken, SetupError
from lukhas_notion.mapping import PropertyMapping
from lukhas_notion.preflight import fit
from lukhas_notion.snapshot import Page, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lukhas_notion.config import Config
    from lukhas_notion.notion.columns import Columns
    from lukhas_notion.notion.reader import Reader


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which pages are wanted: those with one of the titles, or all of them.

    With ``whole`` the titles are those that are expected; they change no result.
    """

    titles: Sequence[str] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Survey:
    """What was read: the mapping is without the optional properties that the database has not."""

    schema: Schema
    mapping: PropertyMapping
    pages: Sequence[Page]


def survey(
    reader: Reader, config: Config, wanted: PropertyMapping, query: PageQuery | None
) -> Survey:
    """Read the schema and, unless ``query`` is None, the pages.

    The first queries for pages travel with the request for the schema: they name the properties
    by their names. Should the schema then show that this asked for something else, they are asked
    again by id.

    Raises:
        SetupError: the token, the database or one of its properties is not as it has to be.
        NotionError: Notion could not be read.
    """
    from lukhas_notion.notion.columns import Columns

    early: Future[list[Page]] | None = None
    by_name = Columns.by_name(wanted)
    with _setup_errors(), ThreadPoolExecutor(1, thread_name_prefix="survey") as pool:
        source = reader.data_source_id(config.database, config.data_source)
        if query is not None and config.concurrency > 1:
            early = pool.submit(_pages, reader, source, by_name, query)
        schema = reader.schema(source)
        mapping = fit(wanted, schema)
    if query is None:
        return Survey(schema, mapping, ())
    pages = _unless_refused(early) if early and by_name.are_exact(schema) else None
    if pages is None:
        pages = _pages(reader, source, Columns.by_id(mapping, schema), query)
    return Survey(schema, mapping, pages)


@contextmanager
def _setup_errors() -> Iterator[None]:
    """Turn a refusal of the very first requests into an error of the set-up."""
    try:
        yield
    except (InvalidToken, Forbidden) as error:
        raise SetupError(error.message, error.remedy) from error


def _pages(reader: Reader, source: str, columns: Columns, query: PageQuery) -> list[Page]:
    if query.whole:
        return reader.all_pages(source, columns, known=query.titles)
    return reader.pages(source, columns, titles=query.titles)


def _unless_refused(early: Future[list[Page]]) -> list[Page] | None:
    try:
        return early.result()
    except InvalidRequest:
        return None
