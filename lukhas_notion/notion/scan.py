"""Read every page of a data source, in windows of creation time that are read at once.

The answers of one query come one after the other, because each has the cursor of the next one. So
a scan first requests the oldest and the newest pages, and reads the pages in between in several
windows::

    oldest ──► │ window │ window │ window ──►
               8:00     8:04     8:08

Windows begin and end on whole minutes, because Notion rounds ``created_time`` to the minute. The
first and the last window are open, so a page that is created during the scan is in the last one. A
page that is read twice counts once.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Generic, TypeVar

from lukhas_notion.notion.answers import QueryAnswer, created_time, id_of
from lukhas_notion.notion.query import (
    MINUTE,
    NEWEST_FIRST,
    PAGE_SIZE,
    Query,
    created_between,
    is_capped,
)
from lukhas_notion.plan.notion_json import Object
from lukhas_notion.util.errors import Unavailable
from lukhas_notion.util.runtime import DaemonPool

_T = TypeVar("_T")

MAX_WINDOWS = 8
"""Windows that are read at once; each may cost one request more than a single query would."""
_ROWS = 150
"""How many pages a window should have, by the density of the first answers."""
_DENSE = 5_000
"""A window with more pages than this is divided again."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of creation time in whole minutes: from ``start`` until before ``end``.

    None means no limit.
    """

    start: datetime | None = None
    end: datetime | None = None


def boundaries(start: datetime, end: datetime, before: float, after: float) -> list[datetime]:
    """Return where to divide a span of time, so that the parts have about equally many pages.

    Args:
        start: the first minute.
        end: the minute after the last one.
        before: pages per minute at the start.
        after: pages per minute at the end.

    Returns:
        Whole minutes after ``start`` and before ``end``, ascending; at most 7. They are evenly
        spaced. Where one end is very dense, they halve the span repeatedly towards that end
        instead: for an import of minutes, followed by a few pages over years.
    """
    minutes = int((end - start) / MINUTE)
    expected = max(before, after) * minutes
    parts = min(MAX_WINDOWS, minutes, math.ceil(expected / _ROWS))
    if expected <= MAX_WINDOWS * _DENSE:
        places = {minutes * part // parts for part in range(1, parts)}
    else:
        halves = {minutes >> part for part in range(1, MAX_WINDOWS)}
        places = halves if before >= after else {minutes - place for place in halves}
    return [start + place * MINUTE for place in sorted(places) if 0 < place < minutes]


class Scan(Generic[_T]):
    """Reads every page of a data source.

    Args:
        query: the query of the data source.
        parse: makes the result for a row.
        workers: how many queries are sent at once.
        expected: the probable number of pages, which only changes the speed: where two answers are
            not enough, the newest pages are requested together with the oldest.
    """

    def __init__(
        self, query: Query, parse: Callable[[Object], _T], workers: int, expected: int = 0
    ) -> None:
        self._query = query
        self._parse = parse
        self._pool = DaemonPool(workers, "scan")
        self._alone = workers < 2
        self._is_large = expected > 2 * PAGE_SIZE
        # Rows are parsed in their own thread, so that the next answer is requested meanwhile.
        self._parser = DaemonPool(1, "parse")
        self._parsed: list[Future[None]] = []
        self._found: dict[str, _T] = {}
        self._windows: list[Future[None]] = []
        self._failed = threading.Event()

    def run(self) -> list[_T]:
        """Return every page once, sorted by id.

        Raises:
            Unavailable: Notion's answer is not complete.
        """
        try:
            self._begin()
            # The list grows meanwhile: a divided window adds its parts before it ends.
            for window in self._windows:
                window.result()
            for parsed in self._parsed:
                parsed.result()
        finally:
            self._failed.set()
            self._pool.end()
        return [self._found[page_id] for page_id in sorted(self._found)]

    def _begin(self) -> None:
        """Read both ends, and divide the time between them into windows."""
        oldest = self._query.answers(None)
        newest = self._query.answers(None, NEWEST_FIRST)
        if self._alone:
            self._submit(Window(), oldest)
            return
        last = self._pool.submit(lambda: next(newest)) if self._is_large else None
        first = [next(oldest)]
        if last is None and first[0].next_cursor:
            first.append(next(oldest))
        rows = [row for answer in first for row in answer.rows]
        self._keep(rows)
        if not first[-1].next_cursor:
            self._submit(Window(), first[-1:])
            return
        late = (last.result() if last else next(newest)).rows
        self._keep(late)
        edges: list[datetime] = []
        if rows and late:
            start, end = created_time(rows[-1]), created_time(late[-1])
            if start > end:
                return  # both answers together have all pages
            edges = boundaries(start, end + MINUTE, _density(rows), _density(late))
        self._submit(Window(None, edges[0] if edges else None), oldest)
        for window in pairwise([*edges, None]):
            self._add(Window(*window), created_time(late[0]) + MINUTE)

    def _add(self, window: Window, expected_end: datetime | None = None) -> None:
        """Read a window in a thread of its own."""
        condition = created_between(window.start, window.end)
        self._submit(window, self._query.answers(condition), expected_end)

    def _submit(
        self,
        window: Window,
        pending: Iterable[QueryAnswer],
        expected_end: datetime | None = None,
    ) -> None:
        self._windows.append(self._pool.submit(self._read, window, pending, expected_end))

    def _read(
        self, window: Window, pending: Iterable[QueryAnswer], expected_end: datetime | None
    ) -> None:
        """Read a window's answers; divide the window when it has far more pages than expected."""
        last, first = None, True
        for answer in pending:
            if self._failed.is_set():
                return
            self._keep(answer.rows)
            last = created_time(answer.rows[-1]) if answer.rows else last
            if last is None:
                continue
            if window.end is not None and last >= window.end:
                return
            if is_capped(answer):
                self._continue(window, last)
            elif first:
                window = self._divide(window, answer.rows, window.end or expected_end)
            first = False

    def _divide(self, window: Window, rows: Sequence[Object], end: datetime | None) -> Window:
        """Give the later parts of a dense window to other threads; return the rest of it."""
        last, density = created_time(rows[-1]), _density(rows)
        if self._alone or end is None or density * ((end - last) / MINUTE) <= _DENSE:
            return window
        edges = boundaries(last, end, density, 0.0)
        for start, until in pairwise([*edges, window.end]):
            if start is not None:
                self._add(Window(start, until), end)
        return Window(window.start, edges[0]) if edges else window

    def _continue(self, window: Window, last: datetime) -> None:
        """Continue after the 10,000 rows of one query, from the minute of the last one.

        Raises:
            Unavailable: that minute alone has more, and no smaller window can be queried.
        """
        if window.start is None or last > window.start:
            self._add(Window(last, window.end))
            return
        raise Unavailable(
            "Notion returned an incomplete list of pages: more than 10,000 were created within the "
            f"minute {last:%Y-%m-%d %H:%M} UTC.",
            "Move a part of them to another database.",
        )

    def _keep(self, rows: Sequence[Object]) -> None:
        self._parsed.append(self._parser.submit(self._parse_all, rows))

    def _parse_all(self, rows: Sequence[Object]) -> None:
        self._found.update((id_of(row), self._parse(row)) for row in rows)


def _density(rows: Sequence[Object]) -> float:
    """Return how many pages were created per minute."""
    span = abs(created_time(rows[-1]) - created_time(rows[0])) / MINUTE
    return len(rows) / (span + 1)
