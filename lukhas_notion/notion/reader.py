"""Reading Notion: the data source's schema, and its pages in bulk. It has no method that writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lukhas_notion.errors import InvalidRequest, NotFound, SetupError, Unavailable
from lukhas_notion.snapshot import Page, PropertySchema, Schema
from lukhas_notion.values import PropertyType

if TYPE_CHECKING:
    from notion_client import Client

PAGE_SIZE = 100
#: A compound filter takes at most 100 conditions (400 ``body.filter.or.length should be ≤ `100```).
NAMES_PER_QUERY = 100
_RESTARTS = 3

_SHARE = (
    "Check the id; then open the database in Notion, choose ··· > Connections, and add the "
    "integration."
)


class Reader:
    """Everything this tool asks of Notion without changing it.

    Args:
        client: a Notion client whose transport paces, repeats and raises
            :class:`lukhas_notion.errors.NotionError`.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def schema(self, database_id: str, data_source_id: str = "") -> Schema:
        """Resolve a database to its data source and read that one's properties.

        Two requests, or one when the data source is named.

        Raises:
            SetupError: there is no such database, or it has several data sources and none is named.
        """
        if not data_source_id:
            data_source_id = self._only_data_source(database_id)
        try:
            found = self._client.data_sources.retrieve(data_source_id)
        except NotFound as error:
            raise SetupError(f"Data source {data_source_id} was not found.", _SHARE) from error
        return schema_from_api(found)

    def _only_data_source(self, database_id: str) -> str:
        try:
            database: Any = self._client.databases.retrieve(database_id)
        except NotFound as error:
            raise SetupError(
                f"Database {database_id} was not found, or is not shared with the integration.",
                _SHARE,
            ) from error
        except InvalidRequest as error:
            raise SetupError(f"{database_id} is not a database: {error.message}", _SHARE) from error
        if database.get("in_trash"):
            raise SetupError(f"Database {database_id} is in the trash.", "Restore it in Notion.")
        sources = database.get("data_sources") or []
        if len(sources) == 1:
            return str(sources[0]["id"])
        if not sources:
            raise SetupError(
                f"Database {database_id} shows no data source to the integration.", _SHARE
            )
        listed = "; ".join(f"{s['id']} ({s.get('name') or 'untitled'})" for s in sources)
        raise SetupError(
            f"Database {database_id} has {len(sources)} data sources: {listed}.",
            "Name the one to write in NOTION_DATA_SOURCE_ID (or --data-source).",
        )

    def pages(
        self,
        schema: Schema,
        types: Mapping[str, PropertyType],
        *,
        title: str,
        titles: Sequence[str] | None = None,
    ) -> Iterator[Page]:
        """Read pages in bulk, reduced to the properties in ``types``, each once.

        Args:
            schema: where to read.
            types: the properties to ask for, and their types.
            title: the title property's name.
            titles: only pages with one of these titles, 100 to a query; None for all pages.

        Raises:
            Unavailable: Notion did not give the whole answer; it is never taken for an absence.
        """
        ids = [unquote(schema.properties[name].id) for name in types if name in schema.properties]
        if titles is None:
            filters: list[dict[str, Any] | None] = [None]
        else:
            filters = [
                _titled(title, titles[start : start + NAMES_PER_QUERY])
                for start in range(0, len(titles), NAMES_PER_QUERY)
            ]
        wanted = None if titles is None else set(titles)
        seen: set[str] = set()
        for condition in filters:
            for found in self._scan(schema.data_source_id, ids, condition):
                page = Page.from_api(found, types)
                # Whether `equals` minds case is not documented, so it is checked again here.
                if page.id not in seen and (wanted is None or page.values.get(title) in wanted):
                    seen.add(page.id)
                    yield page

    def _scan(
        self, data_source_id: str, ids: Sequence[str], condition: dict[str, Any] | None
    ) -> Iterator[dict[str, Any]]:
        """Yield all rows; past Notion's 10,000 a query it goes on in windows of creation time."""
        since = ""
        while True:
            last, complete = "", True
            for answer in self._answers(data_source_id, ids, _since(condition, since)):
                yield from answer["results"]
                if answer["results"]:
                    last = str(answer["results"][-1]["created_time"])
                complete = (answer.get("request_status") or {}).get("type") != "incomplete"
            if complete:
                return
            if not last or last == since:
                raise Unavailable(
                    f"Notion gave an incomplete list of pages, and no way past {since or 'it'}.",
                    "More than 10,000 pages were created within one minute; split the database.",
                )
            since = last

    def _answers(
        self, data_source_id: str, ids: Sequence[str], condition: dict[str, Any] | None
    ) -> Iterator[dict[str, Any]]:
        """Yield every answer of one query, starting again when Notion forgets the cursor."""
        for restart in range(_RESTARTS + 1):
            cursor: str | None = None
            try:
                while True:
                    answer = self._query(data_source_id, ids, condition, cursor)
                    yield answer
                    cursor = answer.get("next_cursor")
                    if not answer.get("has_more") or not cursor:
                        return
            except InvalidRequest as error:
                if cursor is None or "start_cursor" not in error.message or restart == _RESTARTS:
                    raise

    def _query(
        self,
        data_source_id: str,
        ids: Sequence[str],
        condition: dict[str, Any] | None,
        cursor: str | None,
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "page_size": PAGE_SIZE,
            "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
            "filter_properties": list(ids),
        }
        if condition:
            arguments["filter"] = condition
        if cursor:
            arguments["start_cursor"] = cursor
        answer: Any = self._client.data_sources.query(data_source_id, **arguments)
        return dict(answer)

    def me(self) -> str:
        """Return the id of the integration's own user, which is what Notion puts on its edits."""
        found: Any = self._client.users.me()
        return str(found["id"])

    def page(self, page_id: str, types: Mapping[str, PropertyType]) -> Page:
        """Read one page by its id.

        Raises:
            NotFound: there is none.
        """
        found: Any = self._client.pages.retrieve(page_id)
        return Page.from_api(found, types)


def schema_from_api(found: Any) -> Schema:
    """Read a data source's answer."""
    properties = [PropertySchema.from_api(p) for p in found["properties"].values()]
    title = "".join(str(part.get("plain_text", "")) for part in found.get("title") or ())
    parent = found.get("parent") or {}
    return Schema(
        database_id=str(parent.get("database_id") or ""),
        data_source_id=str(found["id"]),
        title=title,
        url=str(found.get("url") or ""),
        properties={p.name: p for p in properties},
    )


def _titled(title: str, names: Sequence[str]) -> dict[str, Any]:
    conditions = [{"property": title, "title": {"equals": name}} for name in names]
    return conditions[0] if len(conditions) == 1 else {"or": conditions}


def _since(condition: dict[str, Any] | None, since: str) -> dict[str, Any] | None:
    if not since:
        return condition
    window = {"timestamp": "created_time", "created_time": {"on_or_after": since}}
    if condition is None:
        return window
    return {"and": [window, condition]}
