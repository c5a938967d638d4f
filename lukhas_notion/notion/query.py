"""One query of a data source: its filter, the properties that it asks for, and its answers.

No filter has more than 100 conditions, or more than two levels. Both are limits of Notion's: 400
``body.filter.or.length should be ≤ `100```; developers.notion.com, "Filter data source entries".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from lukhas_notion.notion import answers
from lukhas_notion.notion.answers import QueryAnswer
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.snapshot import Schema
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import InvalidRequest, Unavailable
from lukhas_notion.util.shape import Object

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
        *({"property": sha, "rich_text": {"equals": each}} for each in hashes),
    ]
    for start in range(0, len(conditions), MAX_CONDITIONS):
        batch = conditions[start : start + MAX_CONDITIONS]
        yield batch[0] if len(batch) == 1 else {"or": batch}


def created_between(start: datetime | None, end: datetime | None) -> Condition | None:
    """Return the filter for pages created from ``start`` until before ``end``; None is open."""
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
    """The properties of a mapping, as a query names them.

    Args:
        title: the title property's name.
        sha: the provenance SHA's, whose link holds the page's record.
        types: the properties to keep of each page, and their types.
        keys: what is asked for: their ids, or their names, which Notion takes as well, and
            refuses when there is no such property (400 ``validation_error``). Empty for all.
    """

    title: str
    sha: str
    types: Mapping[str, PropertyType]
    keys: tuple[str, ...]

    @classmethod
    def by_name(cls, mapping: PropertyMapping) -> Self:
        """Ask by name, as long as the schema is not known."""
        return cls(mapping.title.name, mapping.sha.name, mapping.types, tuple(_columns(mapping)))

    @classmethod
    def by_id(cls, mapping: PropertyMapping, schema: Schema) -> Self:
        """Ask by id for those that the database has; for all, should an id be another's name."""
        missing = {p.name for p in mapping.properties if p.name not in schema.properties}
        mapping = mapping.without(missing) if missing else mapping
        there = [schema.properties[name] for name in _columns(mapping)]
        keys = {unquote(p.id): p.name for p in there}
        ambiguous = any(key in schema.properties and key != name for key, name in keys.items())
        return cls(
            mapping.title.name, mapping.sha.name, mapping.types, () if ambiguous else tuple(keys)
        )

    def are_exact(self, schema: Schema) -> bool:
        """Whether asking by name asked for just these.

        All are there, each of its type, and no name is another one's id.
        """
        ids = {unquote(p.id): p.name for p in schema.properties.values()}
        there = {p.name: p.type for p in schema.properties.values()}
        types = {name: kind.stored_as for name, kind in self.types.items()}
        return all(
            there.get(key) == types.get(key) and ids.get(key, key) == key for key in self.keys
        )


def _columns(mapping: PropertyMapping) -> Iterator[str]:
    """Yield the names of what is compared and is a property."""
    return (name for name, kind in mapping.types.items() if kind.is_property)


PAGE_SIZE = 100
MINUTE = timedelta(minutes=1)
_RESTARTS = 3


Sort = Mapping[str, str]

OLDEST_FIRST: Sort = {"timestamp": "created_time", "direction": "ascending"}
NEWEST_FIRST: Sort = {"timestamp": "created_time", "direction": "descending"}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of which data source.

    Args:
        client: as :class:`lukhas_notion.notion.reader.Reader` has it.
        data_source_id: where to read.
        keys: the properties to ask for, by id or name; empty for all.
        archived: whether archived pages are asked for, and no others.
    """

    client: Client
    data_source_id: str
    keys: Sequence[str]
    archived: bool = False

    def rows(self, condition: Condition | None) -> Iterator[Object]:
        """Yield all rows of a query that fits into 10,000 rows.

        Raises:
            Unavailable: it does not.
        """
        for answer in self.answers(condition):
            yield from answer.rows
            if is_capped(answer):
                raise Unavailable(
                    "Notion gave an incomplete list of pages: more than 10,000 match one query.",
                    "Move a part of them to another database.",
                )

    def answers(
        self, condition: Condition | None, sort: Sort = OLDEST_FIRST
    ) -> Iterator[QueryAnswer]:
        """Yield every answer; the query starts again when Notion forgets the cursor."""
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
            # In a wiki, data sources would come among the pages.
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
        # The client's own method leaves `is_archived` out in silence.
        answer: Any = self.client.request(
            f"data_sources/{self.data_source_id}/query",
            "POST",
            query={"filter_properties": keys} if keys else {},
            body={**arguments, "is_archived": True},
        )
        return answers.query(answer)


def is_capped(answer: QueryAnswer) -> bool:
    """Whether a query ends here because it reached Notion's 10,000 rows.

    ``request_status`` says so (developers.notion.com, "Query a data source"), on every answer of
    such a query.
    """
    return answer.incomplete and not answer.next_cursor
