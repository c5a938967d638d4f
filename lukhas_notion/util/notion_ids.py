"""Notion's ids, as far as a file may be believed to hold one."""

from __future__ import annotations

import re

_ID = re.compile(r"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
_ENDING = re.compile(rf"(?<![0-9A-Za-z]){_ID.pattern}\Z", re.IGNORECASE)


def is_notion_id(value: object) -> bool:
    """Whether this is an id by itself: 32 hexadecimal digits, with all hyphens or none.

    Nothing else out of a file may become part of an address.
    """
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def as_notion_writes_it(value: object) -> str:
    """Return an id with hyphens and in lower case, as answers have it; "" for what is none."""
    return with_hyphens(str(value).replace("-", "").lower()) if is_notion_id(value) else ""


def ending_id(text: str) -> str:
    """Return the id that a text ends with, as Notion writes it; "" where it ends with none.

    A title may stand before it, as in a URL's path, but no other letter or digit: of a number that
    has one digit too many the rest is no id.
    """
    found = _ENDING.search(text)
    return as_notion_writes_it(found[0]) if found else ""


def with_hyphens(h: str) -> str:
    """Return 32 hexadecimal digits as an id."""
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
