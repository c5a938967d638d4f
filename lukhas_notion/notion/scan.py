"""One query of a data source, to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lukhas_notion.errors import InvalidRequest, Unavailable
from lukhas_notion.notion import answers
from lukhas_notion.notion.answers import Object, QueryAnswer
from lukhas_notion.notion.conditions import Condition, since

if TYPE_CHECKING:
    from notion_client import Client

PAGE_SIZE = 100
_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Scan:
    """What is asked of which data source.

    Args:
        client: as :class:`lukhas_notion.notion.reader.Reader` has it.
        data_source_id: where to read.
        keys: the properties to ask for, by id or name; empty for all.
    """

    client: Client
    data_source_id: str
    keys: Sequence[str]

    def rows(self, condition: Condition | None) -> Iterator[Object]:
        """Yield all rows; past Notion's 10,000 a query it goes on in windows of creation time.

        Raises:
            Unavailable: Notion did not give the whole answer.
        """
        begin = ""
        while True:
            last, complete = "", True
            for answer in self._answers(since(condition, begin)):
                yield from answer.rows
                if answer.rows:
                    last = answers.created_time(answer.rows[-1])
                complete = not answer.incomplete
            if complete:
                return
            if not last or last == begin:
                raise Unavailable(
                    f"Notion gave an incomplete list of pages, and no way past {begin or 'it'}.",
                    "More than 10,000 pages were created within one minute; split the database.",
                )
            begin = last

    def _answers(self, condition: Condition | None) -> Iterator[QueryAnswer]:
        """Yield every answer of one query, starting again when Notion forgets the cursor."""
        for restart in range(_RESTARTS + 1):
            cursor: str | None = None
            try:
                while True:
                    answer = self._query(condition, cursor)
                    yield answer
                    cursor = answer.next_cursor
                    if not cursor:
                        return
            except InvalidRequest as error:
                if cursor is None or "start_cursor" not in error.message or restart == _RESTARTS:
                    raise

    def _query(self, condition: Condition | None, cursor: str | None) -> QueryAnswer:
        arguments: dict[str, Any] = {
            "page_size": PAGE_SIZE,
            # In a wiki, data sources would come among the pages.
            "result_type": "page",
            "sorts": [{"timestamp": "created_time", "direction": "ascending"}],
        }
        if self.keys:
            arguments["filter_properties"] = list(self.keys)
        if condition:
            arguments["filter"] = condition
        if cursor:
            arguments["start_cursor"] = cursor
        return answers.query(self.client.data_sources.query(self.data_source_id, **arguments))
