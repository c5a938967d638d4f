"""Property values, as plain Python; :mod:`lukhas_notion.plan.property_types` knows what they mean.

A text is a ``str``, several names a tuple of them, a number an ``int`` or a ``float``, a date ISO
8601. ``None`` is nothing, except where the type's class says what is empty.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

Value = str | int | float | bool | tuple[str, ...] | None
ApiObject = dict[str, Any]
#: Bytes of the hash of a key; a multiple of three, so that base64 has no padding.
KEY_BYTES = 12
#: A value in the form in which values are compared.
Comparable = list[str] | str | int | float | bool | None


class PropertyType(StrEnum):
    """The types of property that this tool writes, by Notion's own names."""

    TITLE = "title"
    RICH_TEXT = "rich_text"
    NUMBER = "number"
    MULTI_SELECT = "multi_select"
    SELECT = "select"
    STATUS = "status"
    DATE = "date"
    CHECKBOX = "checkbox"
    URL = "url"
    EMAIL = "email"
    PHONE_NUMBER = "phone_number"
    FILES = "files"
    #: Text whose links count as well; Notion knows it as rich text.
    LINKED_TEXT = "linked_text"
    RELATION = "relation"
    PEOPLE = "people"
    #: No property: what stands below them, written by requests of its own.
    BODY = "body"
    #: No property either: it is written and answered beside them.
    ICON = "icon"

    @property
    def is_property(self) -> bool:
        """Whether it is a type of property, and no other part of a page."""
        return self not in (PropertyType.BODY, PropertyType.ICON)

    @property
    def stored_as(self) -> PropertyType:
        """The type of the property in Notion."""
        return PropertyType.RICH_TEXT if self is PropertyType.LINKED_TEXT else self

    @property
    def is_text(self) -> bool:
        """Whether values are free text, of which a report shows what differs."""
        return self in (
            PropertyType.TITLE,
            PropertyType.RICH_TEXT,
            PropertyType.LINKED_TEXT,
            PropertyType.BODY,
        )

    @property
    def has_references(self) -> bool:
        """Whether manifests name what Notion knows by ids: pages, or people."""
        return self in (PropertyType.RELATION, PropertyType.PEOPLE)

    @property
    def has_options(self) -> bool:
        """Whether values are names out of a list of options."""
        return self in (PropertyType.MULTI_SELECT, PropertyType.SELECT, PropertyType.STATUS)

    @property
    def can_be_cleared(self) -> bool:
        """Whether a page can hold nothing there. Notion gives every page a status."""
        return self is not PropertyType.STATUS


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


_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-3]):?[0-5][0-9]|14:?00))?)?"  # no place is further from UTC
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


def instant_text(part: str) -> str:
    """Return the instant that a date names, as text; what is no date stands for itself."""
    try:
        kind, found = instant(part)
    except ValueError:
        return part
    return f"{kind} {found.isoformat()}"


def is_finite(value: object) -> bool:
    """Whether ``value`` is a number that JSON, and so Notion, can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond the range of a double
        return False


class PageName(str):
    """The name of a page that a relation names.

    ``identity`` tells two pages with one name apart, and one page by two names together: the hash
    of its module's key, where the page has one.
    """

    __slots__ = ("identity",)
    identity: str

    def __new__(cls, name: str, identity: str) -> PageName:
        """Make a name that knows what it stands for."""
        made = super().__new__(cls, name)
        made.identity = identity
        return made


def identity_of(name: str) -> str:
    """Return what a name in a relation stands for; of one out of a manifest, its hash as a key."""
    return name.identity if isinstance(name, PageName) else key_hash(name)


def key_hash(key: str) -> str:
    """Return the hash of a module's key, 96 bits in base64url, as a page's record has it."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest[:KEY_BYTES]).decode("ascii")


def names_of(value: Value | None) -> tuple[str, ...]:
    """Return the options that a value names: none, one, or several."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
