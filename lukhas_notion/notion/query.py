"""Query a data source, and find databases, data sources and pages by their ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import unquote

from lukhas_notion.notion import answers
from lukhas_notion.notion.answers import QueryAnswer
from lukhas_notion.plan.database import Page, Schema
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.notion_json import Object
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import InvalidRequest, NotFound, NotionError, SetupError, Unavailable

if TYPE_CHECKING:
    from notion_client import Client


Condition = dict[str, Any]

MAX_CONDITIONS = 100


def any_of(
    title: str, names: Sequence[str], sha: str = "", hashes: Sequence[str] = ()
) -> Iterator[Condition]:
    """Yield filters for pages with one of some titles, or one of some provenance SHAs.

    Args:
        title: the title property's name.
        names: the titles.
        sha: the name of the property that holds the provenance SHA.
        hashes: the SHAs.
    """
    conditions: list[Condition] = [
        *({"property": title, "title": {"equals": name}} for name in names),
        *({"property": sha, "rich_text": {"equals": value}} for value in hashes),
    ]
    for start in range(0, len(conditions), MAX_CONDITIONS):
        batch = conditions[start : start + MAX_CONDITIONS]
        yield batch[0] if len(batch) == 1 else {"or": batch}


def created_between(start: datetime | None, end: datetime | None) -> Condition | None:
    """Return the filter for pages created from ``start`` until before ``end``.

    None means no limit; the filter is None without any limit.
    """
    edges = [("on_or_after", start), ("before", end)]
    conditions = [
        {"timestamp": "created_time", "created_time": {operator: _instant(moment)}}
        for operator, moment in edges
        if moment is not None
    ]
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    return {"and": conditions}


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Columns:
    """The properties that a query requests and returns.

    Args:
        title: the name of the title property.
        sha: the name of the provenance SHA's property, whose link holds the page's record.
        types: the properties to keep of each page, and their types.
        keys: the requested properties, by id or name; empty for all. Notion refuses an unknown key
            (400 ``validation_error``).
    """

    title: str
    sha: str
    types: Mapping[str, PropertyType]
    keys: tuple[str, ...]

    @classmethod
    def by_name(cls, mapping: PropertyMapping) -> Self:
        """Return the columns by name, for when the schema is not known yet."""
        return cls(mapping.title.name, mapping.sha.name, mapping.types, tuple(_names(mapping)))

    @classmethod
    def by_id(cls, mapping: PropertyMapping, schema: Schema) -> Self:
        """Return those that the database has, by id; all where an id is also another's name."""
        missing = {p.name for p in mapping.properties if p.name not in schema.properties}
        mapping = mapping.without(missing) if missing else mapping
        keys = {unquote(schema.properties[name].id): name for name in _names(mapping)}
        ambiguous = any(key in schema.properties and key != name for key, name in keys.items())
        return cls(
            mapping.title.name, mapping.sha.name, mapping.types, () if ambiguous else tuple(keys)
        )

    def are_exact(self, schema: Schema) -> bool:
        """Return whether keys that are names requested exactly these properties.

        Each exists with its type, and no name is the id of another property.
        """
        ids = {unquote(p.id): p.name for p in schema.properties.values()}
        existing = {p.name: p.type for p in schema.properties.values()}
        types = {name: kind.stored_as for name, kind in self.types.items()}
        return all(
            existing.get(key) == types.get(key) and ids.get(key, key) == key for key in self.keys
        )


def _names(mapping: PropertyMapping) -> Iterator[str]:
    """Yield the names of the compared properties: not of the body or the icon."""
    return (name for name, kind in mapping.types.items() if kind.is_property)


PAGE_SIZE = 100
MINUTE = timedelta(minutes=1)
_RESTARTS = 3


Sort = Mapping[str, str]

OLDEST_FIRST: Sort = {"timestamp": "created_time", "direction": "ascending"}
NEWEST_FIRST: Sort = {"timestamp": "created_time", "direction": "descending"}


@dataclass(frozen=True, slots=True)
class Query:
    """Queries of one data source.

    Args:
        client: as :class:`lukhas_notion.notion.reader.Reader` has it.
        data_source_id: the data source.
        keys: the requested properties, by id or name; empty for all.
        archived: whether archived pages are requested, instead of all others.
    """

    client: Client
    data_source_id: str
    keys: Sequence[str]
    archived: bool = False

    def rows(self, condition: Condition | None) -> Iterator[Object]:
        """Yield all rows of a query that has at most 10,000.

        Raises:
            Unavailable: it has more.
        """
        for answer in self.answers(condition):
            yield from answer.rows
            if is_capped(answer):
                raise Unavailable(
                    "Notion returned an incomplete list of pages: over 10,000 match one query.",
                    "Move a part of them to another database.",
                )

    def answers(
        self, condition: Condition | None, sort: Sort = OLDEST_FIRST
    ) -> Iterator[QueryAnswer]:
        """Yield every answer; the query starts again when Notion no longer knows the cursor."""
        for restart in range(_RESTARTS + 1):
            cursor: str | None = None
            try:
                while True:
                    answer = self._ask(condition, cursor, sort)
                    yield answer
                    cursor = answer.next_cursor
                    if not cursor:
                        return
            except InvalidRequest as error:
                if cursor is None or "start_cursor" not in error.message or restart == _RESTARTS:
                    raise

    def _ask(self, condition: Condition | None, cursor: str | None, sort: Sort) -> QueryAnswer:
        arguments: dict[str, Any] = {
            "page_size": PAGE_SIZE,
            # In a wiki, the results would include data sources.
            "result_type": "page",
            "sorts": [dict(sort)],
        }
        if self.keys:
            arguments["filter_properties"] = list(self.keys)
        if condition:
            arguments["filter"] = condition
        if cursor:
            arguments["start_cursor"] = cursor
        if not self.archived:
            return answers.query(self.client.data_sources.query(self.data_source_id, **arguments))
        keys = arguments.pop("filter_properties", None)
        # The client's own method omits `is_archived` without an error.
        answer: Any = self.client.request(
            f"data_sources/{self.data_source_id}/query",
            "POST",
            query={"filter_properties": keys} if keys else {},
            body={**arguments, "is_archived": True},
        )
        return answers.query(answer)


def is_capped(answer: QueryAnswer) -> bool:
    """Return whether a query ends here because it reached Notion's 10,000 rows.

    Every answer of such a query has this ``request_status`` (developers.notion.com, "Query a data
    source").
    """
    return answer.incomplete and not answer.next_cursor


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
    """Return the id of a database's only data source, or the wanted one if the database has it.

    ``database_id`` may also be the id of a data source.

    Raises:
        SetupError: the id is neither, the database has several data sources or none, or it does
            not have the wanted one.
    """
    try:
        database = answers.database(client.databases.retrieve(database_id))
    except (NotFound, InvalidRequest) as error:
        if data_source := _try(lambda: answers.schema(client.data_sources.retrieve(database_id))):
            if wanted not in ("", data_source.data_source_id):
                raise _another(wanted, f"the data source {data_source.data_source_id}") from error
            return data_source.data_source_id
        raise _no_database(client, database_id, error) from error
    if database.in_trash:
        raise SetupError(f"Database {database_id} is in the trash.", _RESTORE)
    ids = [source for source, _ in database.sources]
    if wanted in ids:
        return wanted
    if not ids:
        raise SetupError(
            f"Database {database_id} shows no data source: it is a linked view of another "
            "database, or its data source is not shared with the integration.",
            _ORIGINAL,
        )
    listed = "; ".join(f"{source} ({name or 'untitled'})" for source, name in database.sources)
    if wanted == database_id:
        raise _is_database(wanted)
    if wanted:
        raise _another(wanted, f"database {database_id}, which has {listed}")
    if len(ids) == 1:
        return ids[0]
    raise SetupError(
        f"Database {database_id} has {len(ids)} data sources: {listed}.",
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
    """Return the schema of a data source.

    Raises:
        SetupError: there is no data source with this id, or it is in the trash.
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
    """Return the page that a database will be created under.

    Raises:
        SetupError: there is no page with this id.
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
    """Return the error for an id of neither a database nor a data source."""
    if page := _page(client, database_id):
        return _is_page(page, database_id, "a database")
    remedy = _SHARE_DATABASE if isinstance(error, NotFound) else f"{_SHARE_DATABASE} {_IF_LINKED}"
    return _unusable("database", database_id, error, remedy)


def _unusable(
    wanted: str, object_id: str, error: NotFound | InvalidRequest, remedy: str
) -> SetupError:
    """Return the error for an id without an object that the integration can see."""
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
    """Return an answer, or None: only what is certain is said about a wrong id."""
    try:
        return ask()
    except NotionError:
        return None
