"""Property types and values as plain Python, and what Notion can hold of them. Pure.

A text is a ``str``, several names a tuple of them, a number an ``int`` or a ``float``, a date ISO
8601. ``None`` is an empty value, unless the type's class names another one.

The limits are those of developers.notion.com, "Request limits". Notion counts text as JavaScript
does, in UTF-16 code units, so a character outside the basic plane counts twice.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import sys
import unicodedata
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from lukhas_notion.util.text import code_points, is_unseen, name_problem

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


MAX_TEXT_UNITS = 2_000
"""UTF-16 units in one text object."""

MAX_TEXT_OBJECTS = 100
"""Text objects in one rich text or title value."""

MAX_OPTIONS = 100
"""Options of one multi-select value, and of one property in one request."""

MAX_RELATED = 100
"""Pages that one request names in a relation."""

MAX_OPTION_NAME = 100
"""UTF-16 units in the name of an option."""

MAX_URL = 2_000
"""UTF-16 units in a URL."""

MAX_EMAIL = MAX_PHONE = 200
"""UTF-16 units in an e-mail address, and in a phone number."""

MAX_PEOPLE = 25
"""People of one value. Notion takes 100, and may leave those beyond 25 out of an answer."""

MAX_FILES = 100
"""Files of one value."""

MAX_FILE_NAME = 100
"""UTF-16 units in the name of a file."""

MAX_PAYLOAD_BYTES = 512_000
"""Bytes in the body of one request (500 KB)."""

# Longer runs of combining marks are cut: no writing system has them.
_LONGEST_CLUSTER = 32
_ZERO_WIDTH_JOINER = "\u200d"


#: A web address without what would end it, or look like its end, in a report, and without what
#: no database of text holds. Whether it names a host is not asked.
WEB = re.compile(r"https?://(?:(?!%00)[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\"])+", re.IGNORECASE)
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_NO_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def text_problem(text: str, *, is_line: bool) -> str:
    """Return why Notion cannot hold a text, or "".

    No text has a NUL character or half of a surrogate pair; a text of one line has no control
    character and no line break either.
    """
    found = (_NO_LINE if is_line else _NO_TEXT).search(text)
    return f"has a character that Notion does not take: {code_points(found[0])}" if found else ""


def address_problem(address: str) -> str:
    """Return why nothing on a page can link to an address, or "": it is none, or too long."""
    try:
        is_address = bool(WEB.fullmatch(address) and urlsplit(address).hostname)
    except ValueError:  # https://[x
        is_address = False
    if not is_address:
        return "is no web address"
    return f"is longer than {MAX_URL:,} characters" if text_units(address) > MAX_URL else ""


def text_units(text: str) -> int:
    """Return the length of ``text`` as Notion counts it, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def file_name_problem(name: str) -> str:
    """Return why Notion cannot hold a file of that name, or ""."""
    if text_units(name) > MAX_FILE_NAME:
        return f"is longer than the {MAX_FILE_NAME} characters Notion takes in a file's name"
    return "cannot be seen" if is_unseen(name) else text_problem(name, is_line=True)


def option_problem(name: str) -> str:
    """Return why Notion cannot hold an option of that name, or people cannot read it, or ""."""
    if text_units(name) > MAX_OPTION_NAME:
        return f"is longer than the {MAX_OPTION_NAME} characters Notion takes in an option"
    if "," in name:
        return "has a comma, which Notion does not take in an option"
    return name_problem(name)


def chunk_text(text: str, limit: int = MAX_TEXT_UNITS) -> list[str]:
    """Split ``text`` into pieces of at most ``limit`` UTF-16 units that join to ``text``.

    A character is never split, and a letter stays with its combining marks where that costs at
    most 32 characters of a piece. Empty text has no pieces. ``limit`` is at least 2.
    """
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = _whole_cluster(text, start, _last_that_fits(text, start, limit))
        pieces.append(text[start:end])
        start = end
    return pieces


def _last_that_fits(text: str, start: int, limit: int) -> int:
    end = min(start + limit, len(text))
    while (excess := text_units(text[start:end]) - limit) > 0:
        # A character is one or two units: this many go at least, and never one too many.
        end -= (excess + 1) // 2
    return end


def _whole_cluster(text: str, start: int, end: int) -> int:
    """Return where to cut at or before ``end`` so that no mark is parted from its letter."""
    for cut in range(end, max(start, end - _LONGEST_CLUSTER), -1):
        if cut == len(text) or not _joins(text[cut - 1], text[cut]):
            return cut
    return end


def _joins(left: str, right: str) -> bool:
    if _ZERO_WIDTH_JOINER in (left, right):
        return True
    return unicodedata.category(right).startswith("M")
