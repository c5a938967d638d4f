"""A scan reads every page once, in few requests, however the pages were created."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lukhas_notion.notion.query import Query
from lukhas_notion.notion.scan import MAX_WINDOWS, Scan, boundaries
from lukhas_notion.util.errors import InvalidRequest, Unavailable

BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)


class Notion:
    """A data source that answers queries as Notion documents them: sorted, filtered, capped.

    Args:
        minutes: when each page was created, in minutes after ``BEGIN``.
        cap: how many rows one query gives.
    """

    def __init__(self, minutes: Sequence[int], cap: int = 10_000) -> None:
        self.cap = cap
        self.requests: list[dict[str, Any]] = []
        self.on_query: Any = lambda _: None
        self._lock = threading.Lock()
        self.rows = [self._row(number, minute) for number, minute in enumerate(minutes)]

    @property
    def data_sources(self) -> Notion:
        """The endpoint, as notion-client names it."""
        return self

    def add(self, minute: int) -> str:
        """Create one more page and return its id."""
        self.rows.append(self._row(len(self.rows), minute))
        return str(self.rows[-1]["id"])

    def query(self, source: str, **body: Any) -> dict[str, Any]:
        """Answer one request."""
        with self._lock:
            self.requests.append(body)
            self.on_query(len(self.requests))
            rows = [row for row in self.rows if passes(row, body.get("filter"))]
        (sort,) = body["sorts"]
        descending = sort["direction"] == "descending"
        # In a minute, whatever order: nobody promises one.
        rows.sort(key=lambda row: row["created_time"], reverse=descending)
        start = int(body.get("start_cursor", 0))
        end = start + body["page_size"]
        more = end < min(len(rows), self.cap)
        answer: dict[str, Any] = {
            "results": rows[: self.cap][start:end],
            "has_more": more,
            "next_cursor": str(end) if more else None,
        }
        if len(rows) > self.cap:
            answer["request_status"] = {"type": "incomplete"}
        return answer

    def _row(self, number: int, minute: int) -> dict[str, Any]:
        moment = BEGIN + timedelta(minutes=minute)
        return {
            "object": "page",
            "id": f"id-{number:06}",
            "created_time": moment.strftime("%Y-%m-%dT%H:%M:00.000Z"),
        }


def passes(row: dict[str, Any], condition: Any) -> bool:
    """Whether a page passes a filter of windows on whole minutes."""
    edges = (condition or {}).get("and", [condition] if condition else [])
    assert len(edges) <= 2
    for edge in edges:
        ((operator, moment),) = edge["created_time"].items()
        assert moment.endswith(":00.000Z")
        later = row["created_time"] >= moment
        held = later if operator == "on_or_after" else not later
        if not held:
            return False
    return True


def scan(notion: Notion, workers: int = 10) -> list[str]:
    """Return the ids that a scan finds."""
    query = Query(cast("Any", notion), "source", ("title",))
    return Scan(query, lambda row: str(row["id"]), workers, len(notion.rows)).run()


def everything(notion: Notion) -> list[str]:
    """Return the ids of all pages."""
    return sorted(row["id"] for row in notion.rows)


def at_180_a_minute(count: int) -> Notion:
    """Return a data source of pages that were imported at Notion's rate limit."""
    return Notion([number // 180 for number in range(count)])


@pytest.mark.parametrize(
    ("count", "queries"),
    [(0, 1), (1, 1), (100, 1), (140, 2), (200, 2), (2_000, 26), (10_000, 110)],
)
def test_pages_that_were_imported_take_few_queries(count: int, queries: int) -> None:
    """A scan costs one query per hundred pages and at most one more per window."""
    notion = at_180_a_minute(count)
    assert scan(notion) == everything(notion)
    assert len(notion.requests) <= queries


@pytest.mark.parametrize("expected", [0, 1, 150, 10_000])
def test_an_expectation_changes_no_result(expected: int) -> None:
    """Every page is found, and few queries are made, whatever number was expected."""
    notion = at_180_a_minute(150)
    query = Query(cast("Any", notion), "source", ("title",))
    assert Scan(query, lambda row: str(row["id"]), 10, expected).run() == everything(notion)
    assert len(notion.requests) <= 3


@pytest.mark.parametrize(("count", "queries"), [(140, 2), (2_000, 21), (9_999, 101)])
def test_pages_of_one_minute_are_one_query(count: int, queries: int) -> None:
    """Within one minute nothing is divided: at most one request more than a single query takes."""
    notion = Notion([0] * count)
    assert scan(notion) == everything(notion)
    assert len(notion.requests) <= queries
    assert not any("filter" in request for request in notion.requests)


def test_an_import_and_years_of_single_pages_are_read_in_windows() -> None:
    """An import of minutes is divided although the pages after it are spread over a year."""
    late = [1_000 * number for number in range(1, 500)]
    notion = Notion([number // 180 for number in range(5_000)] + late)
    assert scan(notion) == everything(notion)
    assert len(notion.requests) <= 55 + 4 * MAX_WINDOWS
    windows = {str(request.get("filter")) for request in notion.requests}
    assert len(windows) > MAX_WINDOWS


def test_pages_that_are_created_during_a_scan_are_found() -> None:
    """The last window is open, so what is created after the first query is in it."""
    notion = at_180_a_minute(2_000)
    made: list[str] = []
    notion.on_query = lambda count: made.append(notion.add(500)) if count == 2 else None
    assert set(made) <= set(scan(notion))
    assert len(made) == 1


@pytest.mark.parametrize("workers", [1, 2, 10])
@pytest.mark.parametrize(("pages", "cap"), [(1_200, 300), (450, 100), (150, 100), (450, 200)])
def test_more_than_10_000_pages_are_read_past_the_cap(workers: int, pages: int, cap: int) -> None:
    """A query that Notion cuts off continues at the minute of its last row."""
    for expected in (0, pages):
        notion = Notion([number // 50 for number in range(pages)], cap)
        query = Query(cast("Any", notion), "source", ("title",))
        found = Scan(query, lambda row: str(row["id"]), workers, expected).run()
        assert found == everything(notion)


def test_a_minute_that_no_query_can_show_whole_is_an_error() -> None:
    """A minute with more pages than a query returns is an error."""
    notion = Notion([0] * 310, cap=300)
    with pytest.raises(Unavailable, match="more than 10,000 were created within the minute"):
        scan(notion)


def test_a_cursor_that_notion_forgets_starts_the_query_again() -> None:
    """A query with an expired cursor starts again, and no page is missing."""
    notion = at_180_a_minute(1_000)

    forgotten: list[int] = []

    def forget(count: int) -> None:
        # A window's first request has no cursor that could be forgotten.
        if "start_cursor" in notion.requests[-1] and not forgotten:
            forgotten.append(count)
            raise InvalidRequest("The start_cursor provided is invalid: 1")

    notion.on_query = forget
    assert scan(notion) == everything(notion)
    assert forgotten


def test_a_query_that_fails_ends_the_scan() -> None:
    """A failed window fails the scan, and the other windows send no more requests."""
    notion = at_180_a_minute(5_000)

    def fail(count: int) -> None:
        if count >= 5:
            raise Unavailable("Notion is unavailable.", "Try again later.")

    notion.on_query = fail
    with pytest.raises(Unavailable):
        scan(notion)
    assert len(notion.requests) <= 5 + 2 * MAX_WINDOWS


@settings(max_examples=60)
@given(
    minutes=st.lists(
        st.one_of(st.integers(0, 5), st.integers(0, 3_000)).flatmap(
            lambda minute: st.integers(1, 260).map(lambda count: (minute, count))
        ),
        max_size=8,
    ),
    workers=st.integers(1, 10),
    cap=st.sampled_from([100, 500, 10_000]),
)
def test_every_page_is_read_once(minutes: list[tuple[int, int]], workers: int, cap: int) -> None:
    """A scan returns each page once or raises, for any times of creation."""
    notion = Notion([minute for minute, count in minutes for _ in range(count)], cap)
    try:
        assert scan(notion, workers) == everything(notion)
    except Unavailable:
        crowded = {m: sum(c for n, c in minutes if n == m) for m, _ in minutes}
        assert max(crowded.values()) > cap


@given(
    minutes=st.integers(1, 10**7),
    before=st.floats(0.001, 200),
    after=st.floats(0.001, 200),
)
def test_boundaries_are_whole_minutes_within_the_span(
    minutes: int, before: float, after: float
) -> None:
    """At most seven boundaries lie strictly within a span, ascending, on whole minutes."""
    end = BEGIN + timedelta(minutes=minutes)
    found = boundaries(BEGIN, end, before, after)
    assert found == sorted(set(found))
    assert len(found) < MAX_WINDOWS
    assert all(BEGIN < edge < end and edge.second == 0 for edge in found)
