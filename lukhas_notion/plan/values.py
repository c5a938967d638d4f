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
#: Bytes of a key's hash; a multiple of three, so that base64 has no padding.
KEY_BYTES = 12
#: A value in the form in which values are compared.
Comparable = list[str] | str | int | float | bool | None


class PropertyType(StrEnum):
    """The property types that this tool writes, by Notion's names, and the parts of a page."""

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
    #: Text with links; in Notion it is rich text.
    LINKED_TEXT = "linked_text"
    RELATION = "relation"
    PEOPLE = "people"
    #: The content below the properties, which has requests of its own.
    BODY = "body"
    #: Part of the page's object, next to its properties.
    ICON = "icon"

    @property
    def is_property(self) -> bool:
        """Whether the value is in a property, and not in another part of the page."""
        return self not in (PropertyType.BODY, PropertyType.ICON)

    @property
    def stored_as(self) -> PropertyType:
        """The type of the property in Notion."""
        return PropertyType.RICH_TEXT if self is PropertyType.LINKED_TEXT else self

    @property
    def is_text(self) -> bool:
        """Whether values are free text, for which a report shows a diff."""
        return self in (
            PropertyType.TITLE,
            PropertyType.RICH_TEXT,
            PropertyType.LINKED_TEXT,
            PropertyType.BODY,
        )

    @property
    def has_references(self) -> bool:
        """Whether manifests have names and Notion has ids: of pages, or people."""
        return self in (PropertyType.RELATION, PropertyType.PEOPLE)

    @property
    def has_options(self) -> bool:
        """Whether values are names from a list of options."""
        return self in (PropertyType.MULTI_SELECT, PropertyType.SELECT, PropertyType.STATUS)

    @property
    def can_be_cleared(self) -> bool:
        """Whether the property can be empty. Notion gives every page a status."""
        return self is not PropertyType.STATUS


def one_copy(value: Value) -> Value:
    """Return ``value`` with its texts interned.

    A page that is up to date and its manifest have the same texts: sharing them saves half the
    memory of thousands of pages.
    """
    if type(value) is str:
        return sys.intern(value)
    if isinstance(value, tuple):
        return tuple(sys.intern(name) for name in value)
    return value


_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-3]):?[0-5][0-9]|14:?00))?)?"  # the largest offsets in use
)


def moment(text: str) -> tuple[str, datetime | date]:
    """Parse an ISO 8601 date or date-time: ``("day", date)`` or ``("moment", datetime in UTC)``.

    A time without an offset is in UTC.

    Raises:
        ValueError: ``text`` is neither, or has a form that Notion does not take.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date")
    if match[1] is None:
        return ("day", date.fromisoformat(text))
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    try:
        return ("moment", when.astimezone(UTC))
    except OverflowError:  # 0001-01-01T00:00+01:00 is before year 1 in UTC
        raise ValueError(f"{text!r} is beyond the calendar") from None


def instant_text(part: str) -> str:
    """Return the instant of a date as text, to the minute; any other text unchanged.

    Notion cuts date-times to the minute: recorded answers do not have the seconds that were sent.
    """
    try:
        kind, when = moment(part)
    except ValueError:
        return part
    if isinstance(when, datetime):
        when = when.replace(second=0, microsecond=0)
    return f"{kind} {when.isoformat()}"


def is_finite(value: object) -> bool:
    """Return whether ``value`` is a number that JSON, and so Notion, can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond the range of a double
        return False


class PageName(str):
    """The name of a page in a relation.

    ``identity`` is what compares: it differs for two pages with one name, and is the same for two
    names of one page. It is the hash of the module's key if the page belongs to a module.
    """

    __slots__ = ("identity",)
    identity: str

    def __new__(cls, name: str, identity: str) -> PageName:
        """Create a name with an identity."""
        page_name = super().__new__(cls, name)
        page_name.identity = identity
        return page_name


def identity_of(name: str) -> str:
    """Return the identity of a name in a relation; for a name from a manifest its hash as a key."""
    return name.identity if isinstance(name, PageName) else key_hash(name)


def key_hash(key: str) -> str:
    """Return the hash of a module's key for a page's record: 96 bits in base64url."""
    return base64.urlsafe_b64encode(sha256(key)[:KEY_BYTES]).decode("ascii")


def sha256(text: str) -> bytes:
    """Return the SHA-256 of a text, which may have lone surrogates."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def names_of(value: Value | None) -> tuple[str, ...]:
    """Return the names or the text of a value as a tuple; empty for a value of another type."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


MAX_TEXT_UNITS = 2_000
"""UTF-16 units in one text object."""

MAX_TEXT_OBJECTS = 100
"""Text objects in one rich-text or title value."""

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
"""People in one value. Notion accepts 100, and may leave those after the 25th out of an answer."""

MAX_FILES = 100
"""Files in one value."""

MAX_FILE_NAME = 100
"""UTF-16 units in the name of a file."""

MAX_PAYLOAD_BYTES = 512_000
"""Bytes in the body of one request (500 KB)."""

# Longer runs of combining marks are split: no writing system has them.
_LONGEST_CLUSTER = 32
_ZERO_WIDTH_JOINER = "\u200d"


#: A web address without characters that end it in a report, or that no database of text holds.
#: Whether it has a host is checked by :func:`address_problem`.
WEB_ADDRESS = re.compile(
    r"https?://(?:(?!%00)[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\"])+", re.IGNORECASE
)
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_NO_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def text_problem(text: str, *, is_line: bool) -> str:
    """Return why Notion cannot hold a text, or "".

    Notion accepts no NUL character and no lone surrogate. A text of one line must not have control
    characters or line breaks either.
    """
    match = (_NO_LINE if is_line else _NO_TEXT).search(text)
    return f"has a character that Notion does not take: {code_points(match[0])}" if match else ""


def address_problem(address: str) -> str:
    """Return why Notion cannot hold the address of a link or a file, or ""."""
    try:
        parts = urlsplit(address)
        # It is not known whether Notion accepts https://[::1].
        is_host = parts.hostname and "[" not in parts.netloc and parts.port != 0
        is_address = bool(WEB_ADDRESS.fullmatch(address) and is_host)
    except ValueError:  # https://[x, https://x:port
        is_address = False
    if not is_address:
        return "is not a web address"
    return f"is longer than {MAX_URL:,} characters" if text_units(address) > MAX_URL else ""


def text_units(text: str) -> int:
    """Return the length of ``text`` in UTF-16 code units, as Notion counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def file_name_problem(name: str) -> str:
    """Return why Notion cannot hold a file with this name, or ""."""
    if text_units(name) > MAX_FILE_NAME:
        return f"is longer than the {MAX_FILE_NAME} characters Notion accepts in a file's name"
    return "cannot be seen" if is_unseen(name) else text_problem(name, is_line=True)


def option_problem(name: str) -> str:
    """Return why Notion cannot hold an option with this name, or why it is unreadable, or ""."""
    if text_units(name) > MAX_OPTION_NAME:
        return f"is longer than the {MAX_OPTION_NAME} characters Notion accepts in an option"
    if "," in name:
        return "has a comma, which Notion does not take in an option"
    return name_problem(name)


def chunk_text(text: str, limit: int = MAX_TEXT_UNITS) -> list[str]:
    """Split ``text`` into pieces of at most ``limit`` UTF-16 units that join to ``text``.

    A character is never split, and a letter stays with its combining marks if that shortens a piece
    by at most 32 characters. Empty text has no pieces. ``limit`` is at least 2.
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
        # A character is one or two units, so at least this many have to go.
        end -= (excess + 1) // 2
    return end


def _whole_cluster(text: str, start: int, end: int) -> int:
    """Return the last place at or before ``end`` that does not split a letter from its marks."""
    for cut in range(end, max(start, end - _LONGEST_CLUSTER), -1):
        if cut == len(text) or not _joins(text[cut - 1], text[cut]):
            return cut
    return end


def _joins(left: str, right: str) -> bool:
    if _ZERO_WIDTH_JOINER in (left, right):
        return True
    return unicodedata.category(right).startswith("M")
