"""Property values: what a manifest wants, what Notion holds, and when the two are the same.

A value is plain Python, one shape a type:

============= ====================== ============
type          Python                 empty
============= ====================== ============
title         ``str``                ``""``
rich_text     ``str``                ``""``
number        ``int | float``        ``None``
multi_select  ``tuple[str, ...]``    ``()``
select        ``str``                ``None``
date          ``str`` (ISO 8601)     ``None``
checkbox      ``bool``               ``False``
url           ``str``                ``None``
============= ====================== ============

The JSON shapes are those of API version 2026-03-11 (developers.notion.com, "Page properties").
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from lukhas_notion.plan.notion_limits import chunk_text

Value = str | int | float | bool | tuple[str, ...] | None
ApiObject = dict[str, Any]
#: A value in the form in which values are compared.
Comparable = list[str] | str | int | float | bool | None


class PropertyType(StrEnum):
    """The types of Notion property that this tool writes, by Notion's own names."""

    TITLE = "title"
    RICH_TEXT = "rich_text"
    NUMBER = "number"
    MULTI_SELECT = "multi_select"
    SELECT = "select"
    DATE = "date"
    CHECKBOX = "checkbox"
    URL = "url"

    @property
    def is_text(self) -> bool:
        """Whether values are free text, held as rich text objects."""
        return self in (PropertyType.TITLE, PropertyType.RICH_TEXT)

    @property
    def has_options(self) -> bool:
        """Whether values are names out of a list of options."""
        return self in (PropertyType.MULTI_SELECT, PropertyType.SELECT)


_EMPTY: dict[PropertyType, Value] = {
    PropertyType.TITLE: "",
    PropertyType.RICH_TEXT: "",
    PropertyType.MULTI_SELECT: (),
    PropertyType.CHECKBOX: False,
}


def empty(kind: PropertyType) -> Value:
    """Return the value of a property of type ``kind`` that holds nothing."""
    return _EMPTY.get(kind)


def encode(kind: PropertyType, value: Value) -> ApiObject:
    """Return ``value`` as the API takes it in a page's ``properties``.

    Text beyond 2,000 characters becomes several text objects; an empty value clears.
    """
    if kind.is_text:
        return {kind: [{"type": "text", "text": {"content": c}} for c in chunk_text(str(value))]}
    if isinstance(value, tuple):
        return {kind: [{"name": name} for name in value]}
    if kind is PropertyType.SELECT:
        return {kind: None if value is None else {"name": value}}
    if kind is PropertyType.DATE:
        return {kind: None if value is None else {"start": value}}
    return {kind: value}


def decode(kind: PropertyType, payload: Mapping[str, Any]) -> Value:
    """Return the value in one entry of a page's ``properties``, as the API answers it.

    Text is the join of ``plain_text``: Notion merges and splits text objects as it likes. A date
    with an end, which only a person can have given it, is ``start/end``.
    """
    inner = payload.get(kind)
    if kind.is_text:
        return one_copy("".join(str(item.get("plain_text", "")) for item in inner or ()))
    if kind is PropertyType.MULTI_SELECT:
        return one_copy(tuple(str(option["name"]) for option in inner or ()))
    if kind is PropertyType.SELECT:
        return None if inner is None else str(inner["name"])
    if kind is PropertyType.DATE:
        return None if inner is None else "/".join(filter(None, (inner["start"], inner.get("end"))))
    if kind is PropertyType.CHECKBOX:
        return bool(inner)
    if isinstance(inner, str | int | float):
        return inner
    return None


def one_copy(value: Value) -> Value:
    """Return ``value`` with its text shared by all who hold the same.

    A page that is up to date holds what its manifest wants: with thousands, that is half the
    memory.
    """
    if type(value) is str:
        return sys.intern(value)
    if isinstance(value, tuple):
        return tuple(sys.intern(name) for name in value)
    return value


def equal(kind: PropertyType, left: Value, right: Value) -> bool:
    """Whether Notion would show the same for both values; see :func:`comparable`."""
    return comparable(kind, left) == comparable(kind, right)


def comparable(kind: PropertyType, value: Value) -> Comparable:
    """Return the form in which two values are compared: equal just where Notion shows the same.

    A multi-select is a set: the order of its options is Notion's affair. A date is the instant it
    names, however written. Numbers are IEEE doubles, so ``85`` and ``85.0`` are one. The result is
    made of lists, texts, numbers, booleans and None alone, so that it can be hashed as JSON.
    """
    if isinstance(value, tuple):
        return sorted(set(value))
    if kind is PropertyType.DATE and isinstance(value, str):
        return [_instant_text(part) for part in value.split("/")]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _double(value)
    return value


def _double(number: int | float) -> int | float:
    """Return a number as a double; an integer that no double can hold stands for itself."""
    try:
        return float(number) + 0.0  # -0.0 and 0.0 are one
    except OverflowError:
        return number


def _instant_text(part: str) -> str:
    """Return the instant that a date names, as text; what is no date stands for itself."""
    try:
        kind, found = instant(part)
    except ValueError:
        return part
    return f"{kind} {found.isoformat()}"


_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def instant(text: str) -> tuple[str, datetime | date]:
    """Return what an ISO 8601 date or date-time names: a whole day, or a moment in UTC.

    Notion keeps date-times to the minute: recorded answers have lost the seconds that were sent.
    Without an offset a time is in UTC.

    Raises:
        ValueError: ``text`` is neither, or not written as Notion takes it.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no date")
    if found[1] is None:
        return ("day", date.fromisoformat(text))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return ("moment", moment.astimezone(UTC).replace(second=0, microsecond=0))
    except OverflowError:  # 0001-01-01T00:00+01:00 is no moment of this calendar in UTC
        raise ValueError(f"{text!r} is beyond the calendar") from None


def is_finite(value: object) -> bool:
    """Whether ``value`` is a number that JSON, and so Notion, can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond the range of a double
        return False


def shown(kind: PropertyType, value: Value) -> str:
    """Return ``value`` as one line of plain text, for a report; "" when it holds nothing."""
    if value is None or value in ("", ()):
        return ""
    if isinstance(value, tuple):
        return ", ".join(value)
    if kind is PropertyType.CHECKBOX:
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def names_of(value: Value | None) -> tuple[str, ...]:
    """Return the options that a value names: none, one, or several."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
