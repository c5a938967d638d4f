"""One query of a data source and its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lukhas_notion.notion import answers
from lukhas_notion.notion.answers import QueryAnswer
from lukhas_notion.notion.conditions import Condition
from lukhas_notion.util.errors import InvalidRequest, Unavailable
from lukhas_notion.util.shape import Object

if TYPE_CHECKING:
    from notion_client import Client

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
        title: the title property's name.
        archived: whether archived pages are asked for, and no others.
    """

    client: Client
    data_source_id: str
    keys: Sequence[str]
    title: str
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

    def by_title(self, direction: str) -> Sort:
        """Return the order of titles, ``ascending`` or ``descending``; empty titles come last."""
        return {"property": self.title, "direction": direction}

    def title_of(self, row: Object) -> str:
        """Return a row's title, regardless of case."""
        title = (row.get("properties") or {}).get(self.title) or {}
        return "".join(str(p.get("plain_text", "")) for p in title.get("title") or ()).casefold()

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
