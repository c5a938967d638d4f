"""The clock, timestamps, and dates as Notion accepts and returns them.

A date without a time is returned unchanged. A time is truncated to the minute and keeps its offset;
one without an offset is in UTC (recorded: a page's ``18:01:15.377824+01:00`` reads back as
``18:01:00.000+01:00``).
"""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from lukhas_notion.emulator.errors import MISSING, Problems


class Clock(Protocol):
    """The time of day, and a monotonic time."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go backwards."""
        ...

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start that never go backwards."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the wall-clock time, aware, in UTC."""
        return datetime.now(UTC)


def to_minute(moment: datetime) -> str:
    """Write a page's or data source's timestamp as Notion does: UTC, rounded down to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def to_millisecond(moment: datetime) -> str:
    """Write a database's timestamp as Notion does: UTC with an offset, in milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?(Z|[+-]\d{2}:?[0-5]\d)?", re.ASCII
)
FURTHEST = timedelta(hours=14)
"""The largest offset from UTC of any place."""


def parse(text: str) -> datetime | None:
    """Return the start of an ISO 8601 date or date-time, timezone-aware; None if it is neither."""
    if not (_DAY.fullmatch(text) or _TIME.fullmatch(text)):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if abs(moment.utcoffset() or timedelta()) > FURTHEST:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_day(text: str) -> bool:
    """Return whether the text is a date without a time."""
    return _DAY.fullmatch(text) is not None


def check(value: Any, path: str, problems: Problems) -> None:
    """Add the problems of a date property's value; None is valid and clears the property."""
    if value is None or not problems.is_object(value, path):
        return
    problems.only(value, ("start", "end", "time_zone"), path)
    start, end = value.get("start", MISSING), value.get("end")
    if not _check_moment(start, f"{path}.start", problems):
        return
    zone = value.get("time_zone")
    if zone is not None and not _fits(zone, [start, *([] if end is None else [end])]):
        problems.add(f"{path}.time_zone", "the zone of times without an offset", zone)
        return
    if end is None or not _check_moment(end, f"{path}.end", problems):
        return
    if is_day(start) != is_day(end):
        problems.add(f"{path}.end", "a date with a time exactly when the start is one", end)
    elif _moment(end) < _moment(start):
        problems.add(f"{path}.end", "on or after the start", end)


def normalise(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a checked value as it is read back."""
    if value is None:
        return None
    end, zone = value.get("end"), value.get("time_zone")
    return {
        "start": _written(value["start"], zone),
        "end": None if end is None else _written(end, zone),
        "time_zone": None,
    }


def span(name: str, today: date) -> tuple[date, date] | None:
    """Return the first and last day of a relative range of a filter, such as ``past_week``."""
    monday = today - timedelta(days=today.weekday())
    ranges = {
        "this_week": (monday, monday + timedelta(days=6)),
        "past_week": (today - timedelta(days=7), today),
        "past_month": (today - timedelta(days=30), today),
        "past_year": (today - timedelta(days=365), today),
        "next_week": (today, today + timedelta(days=7)),
        "next_month": (today, today + timedelta(days=30)),
        "next_year": (today, today + timedelta(days=365)),
    }
    return ranges.get(name)


def _check_moment(text: Any, path: str, problems: Problems) -> bool:
    if isinstance(text, str) and parse(text) is not None:
        return True
    problems.add(path, "defined" if text is MISSING else "a valid ISO 8601 date string", text)
    return False


def _moment(text: str) -> datetime:
    moment = parse(text)
    assert moment is not None  # noqa: S101 - checked before
    return moment


def _fits(zone: Any, texts: list[Any]) -> bool:
    """Return whether a zone fits the times: UTC fits all (recorded), others need no offset."""
    if any(is_day(str(text)) for text in texts):
        return False
    if zone == "UTC":
        return True
    try:
        return bool(ZoneInfo(zone)) and not any(_OFFSET.search(str(text)) for text in texts)
    except (KeyError, ValueError, TypeError, OSError):
        return False


def _written(text: str, zone: str | None = None) -> str:
    if is_day(text):
        return text
    moment = _moment(text)
    if zone is not None and zone != "UTC":
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return moment.replace(second=0, microsecond=0).isoformat(timespec="milliseconds")
