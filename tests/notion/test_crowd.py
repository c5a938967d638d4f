"""A minute with more pages than one query gives is found without reading them all."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from notion.test_scan import BEGIN, Notion

from lukhas_notion.notion.crowd import MAX_QUERIES, crowded_minutes
from lukhas_notion.notion.query import Query


def found(minutes: list[int], cap: int = 10, most: int = MAX_QUERIES) -> tuple[list[int], int]:
    """Return the crowded minutes, and how many queries it took to find them."""
    notion = Notion(minutes, cap)
    query = Query(cast("object", notion), "source", (), "Module")  # type: ignore[arg-type]
    crowded = [(m - BEGIN) // timedelta(minutes=1) for m in crowded_minutes(query, most)]
    return sorted(crowded), len(notion.requests)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ([], []),
        ([0] * 10, []),
        ([0] * 11, [0]),
        ([0, *[7] * 11, 99], [7]),
        ([*[0] * 11, *[99] * 12], [0, 99]),
        (list(range(100)), []),
    ],
)
def test_crowded_minutes(minutes: list[int], expected: list[int]) -> None:
    """Those with more pages than a query gives, and no others."""
    assert found(minutes)[0] == expected


def test_an_ordinary_database_takes_one_query() -> None:
    """Only a query that is capped is a reason to look further."""
    assert found([1, 2, 3])[1] == 1


def test_a_minute_within_years_takes_few_queries() -> None:
    """Spans are halved, so their length hardly matters."""
    year = 365 * 24 * 60
    crowded, queries = found([0, *[10 * year] * 11, 20 * year])
    assert crowded == [10 * year]
    assert queries < 60


def test_the_search_ends() -> None:
    """However many spans are full, no more queries are asked than are allowed."""
    minutes = [m for m in range(64) for _ in range(11)]
    crowded, queries = found(minutes, most=20)
    assert queries <= 22
    assert set(crowded) < set(range(64))
