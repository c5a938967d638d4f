"""Minutes in which more pages were created than one query gives.

A scan divides what is too much for one query by creation time, which Notion rounds to the minute.
A minute of more than 10,000 pages cannot be divided further; from both ends 20,000 can be read.
Nobody need read all pages to find such a minute: the first answer to a query says whether it is
capped, so capped spans are halved until one minute is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lukhas_notion.notion.answers import created_time
from lukhas_notion.notion.conditions import created_between
from lukhas_notion.notion.query import (
    MINUTE,
    NEWEST_FIRST,
    OLDEST_FIRST,
    Query,
)

MAX_QUERIES = 100
"""How many queries are asked at most; a minute within fifty years takes about fifty."""


def crowded_minutes(query: Query, most: int = MAX_QUERIES) -> Iterator[datetime]:
    """Yield the minutes in which more pages were created than one query gives.

    Args:
        query: the data source.
        most: after how many queries the search ends, with what was found until then.

    Raises:
        NotionError: Notion could not be read.
    """
    first = next(query.answers(None, OLDEST_FIRST))
    if not (first.incomplete and first.rows):
        return
    last = next(query.answers(None, NEWEST_FIRST))
    spans = [(created_time(first.rows[0]), created_time(last.rows[0]) + MINUTE)]
    for _ in range(most):
        if not spans:
            return
        start, end = spans.pop()
        if not next(query.answers(created_between(start, end))).incomplete:
            continue
        minutes = int((end - start) / MINUTE)
        if minutes <= 1:
            yield start
        else:
            middle = start + minutes // 2 * MINUTE
            spans += [(start, middle), (middle, end)]
