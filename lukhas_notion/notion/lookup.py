"""What an id names: a database, a data source or a page. Links of all three look alike.

Notion answers the wrong kind of id like one that is not shared (404 ``object_not_found``), so the
other kinds are tried before anybody is told to share something.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lukhas_notion.notion import answers
from lukhas_notion.plan.snapshot import Page, Schema
from lukhas_notion.util.errors import InvalidRequest, NotFound, NotionError, SetupError

if TYPE_CHECKING:
    from notion_client import Client


_T = TypeVar("_T")

_CONNECT = "In Notion, open {}, choose ··· > Connections, and add the integration."
_SHARE_DATABASE = (
    f"Check the id: in a link, the one after ?v= is a view's. {_CONNECT.format('the database')}"
)
_ORIGINAL = (
    "Name the original database instead: open it in Notion as a full page, copy its link, and add "
    "the integration there under ··· > Connections."
)
_IF_LINKED = f"If it is a linked view of a database: {_ORIGINAL}"
_RESTORE = "Restore it in Notion, then run again."
_COPY_LINK = "Open the database in Notion as a full page, copy its link, and name that."


def data_source_of(client: Client, database_id: str, wanted: str = "") -> str:
    """Return a database's only data source, or the wanted one of its own.

    The id of a data source is taken for itself.

    Raises:
        SetupError: it is neither, the database has several data sources or none, or the wanted
            one is another database's.
    """
    try:
        found = answers.database(client.databases.retrieve(database_id))
    except (NotFound, InvalidRequest) as error:
        if data_source := _try(lambda: answers.schema(client.data_sources.retrieve(database_id))):
            if wanted not in ("", data_source.data_source_id):
                raise _another(wanted, f"the data source {data_source.data_source_id}") from error
            return data_source.data_source_id
        raise _no_database(client, database_id, error) from error
    if found.in_trash:
        raise SetupError(f"Database {database_id} is in the trash.", _RESTORE)
    ids = [source for source, _ in found.sources]
    if wanted in ids:
        return wanted
    if not found.sources:
        raise SetupError(
            f"Database {database_id} shows no data source: it is a linked view of another "
            "database, or its data source is not shared with the integration.",
            _ORIGINAL,
        )
    listed = "; ".join(f"{source} ({name or 'untitled'})" for source, name in found.sources)
    if wanted == database_id:
        raise _is_database(wanted)
    if wanted:
        raise _another(wanted, f"database {database_id}, which has {listed}")
    if len(ids) == 1:
        return ids[0]
    raise SetupError(
        f"Database {database_id} has {len(found.sources)} data sources: {listed}.",
        "Name the one to write in NOTION_DATA_SOURCE_ID (or --data-source).",
    )


def _another(wanted: str, named: str) -> SetupError:
    return SetupError(
        f"Data source {wanted} is not a part of {named}.",
        "Take `data_source` out of the configuration, or name the right one in "
        "NOTION_DATA_SOURCE_ID (or --data-source).",
    )


def _is_database(data_source_id: str) -> SetupError:
    return SetupError(
        f"{data_source_id} is a database, not a data source.",
        "Name it in NOTION_DATABASE_ID (or --database), and no data source.",
    )


def schema_of(client: Client, data_source_id: str) -> Schema:
    """Return a data source.

    Raises:
        SetupError: there is none of this id, or it is in the trash.
    """
    try:
        answer = client.data_sources.retrieve(data_source_id)
    except (NotFound, InvalidRequest) as error:
        if _try(lambda: answers.database(client.databases.retrieve(data_source_id))):
            raise _is_database(data_source_id) from error
        if page := _page(client, data_source_id):
            raise _is_page(page, data_source_id, "a data source") from error
        raise _unusable("data source", data_source_id, error, _SHARE_DATABASE) from error
    if answers.in_trash(answer):
        raise SetupError(f"Data source {data_source_id} is in the trash.", _RESTORE)
    return answers.schema(answer)


def parent_page(client: Client, page_id: str) -> Page:
    """Return the page that a database is to be made under.

    Raises:
        SetupError: there is no page of this id.
    """
    try:
        return answers.page(client.pages.retrieve(page_id), {})
    except (NotFound, InvalidRequest) as error:
        kinds: dict[str, Callable[[], object]] = {
            "database": lambda: client.databases.retrieve(page_id),
            "data source": lambda: client.data_sources.retrieve(page_id),
        }
        for kind, ask in kinds.items():
            if _try(ask):
                raise SetupError(
                    f"{page_id} is a {kind}, not a page.",
                    "To complete it, name it with --database. To make another one, name a page.",
                ) from error
        remedy = f"Check the id. {_CONNECT.format('the page')}"
        raise _unusable("page", page_id, error, remedy) from error


def _no_database(client: Client, database_id: str, error: NotFound | InvalidRequest) -> SetupError:
    """Return the error for what is neither a database nor a data source."""
    if page := _page(client, database_id):
        return _is_page(page, database_id, "a database")
    remedy = _SHARE_DATABASE if isinstance(error, NotFound) else f"{_SHARE_DATABASE} {_IF_LINKED}"
    return _unusable("database", database_id, error, remedy)


def _unusable(
    wanted: str, object_id: str, error: NotFound | InvalidRequest, remedy: str
) -> SetupError:
    """Return the error for an id that names nothing which the integration may see."""
    if isinstance(error, InvalidRequest):
        return SetupError(f"{object_id} is not a {wanted}: {error.message}", remedy)
    named = f"{wanted.capitalize()} {object_id}"
    return SetupError(f"{named} was not found, or is not shared with the integration.", remedy)


def _is_page(page: Page, object_id: str, wanted: str) -> SetupError:
    if page.source:
        return SetupError(
            f"{object_id} is a page in the data source {page.source}, not {wanted}.",
            f"To write into that one, name {page.source} instead. {_COPY_LINK}",
        )
    return SetupError(f"{object_id} is a page, not {wanted}.", _COPY_LINK)


def _page(client: Client, object_id: str) -> Page | None:
    return _try(lambda: answers.page(client.pages.retrieve(object_id), {}))


def _try(ask: Callable[[], _T]) -> _T | None:
    """Return an answer, or None: what a wrong id is, is told only where it is certain."""
    try:
        return ask()
    except NotionError:
        return None
