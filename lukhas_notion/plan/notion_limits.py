"""What Notion can hold, as numbers and pure functions.

What every text has to satisfy is :func:`text_problem`, which is asked for the value of each
property, whatever its type; what an address has to satisfy is :func:`address_problem`.

The numbers are those of developers.notion.com, "Request limits": Notion counts text as JavaScript
does, in UTF-16 code units, so that a character outside the basic plane counts twice.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from lukhas_notion.util.text import code_points, is_unseen, name_problem

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
