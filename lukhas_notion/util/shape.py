"""What Notion's answers look like: the shape of a value, and ids.

A value is what it should be, or an error names its place. ``where`` is the place of a value in an
answer, such as ``page p: properties.Tags``. It is a text, or a place and the member or item in it,
which is spelled only for an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from uuid import UUID

from lukhas_notion.util.errors import Unavailable

Object = Mapping[str, Any]
Where = str | tuple["Where", str | int]

_REPORT = (
    "Run again. If it happens again, report it together with this message: "
    "https://status.notion.com shows whether Notion has an incident."
)


def require_object(value: object, where: Where) -> Object:
    """Return an object, or raise :class:`Unavailable`."""
    # Parsed JSON has no other mapping, and to ask for any takes several times longer.
    if type(value) is not dict and not isinstance(value, Mapping):
        misfit(where, "an object", value)
    return value


def require_list(value: object, where: Where) -> Sequence[Any]:
    """Return a list, or raise :class:`Unavailable`."""
    if not isinstance(value, list):
        misfit(where, "a list", value)
    return value


def require_text(value: object, where: Where) -> str:
    """Return a text, or raise :class:`Unavailable`."""
    if not isinstance(value, str):
        misfit(where, "a text", value)
    return value


def require_flag(value: object, where: Where) -> bool:
    """Return true or false, or raise :class:`Unavailable`."""
    if not isinstance(value, bool):
        misfit(where, "true or false", value)
    return value


def plain_text(value: object, where: Where) -> str:
    """Return a list of rich text objects as text, or raise :class:`Unavailable`.

    Notion merges and splits text objects as it likes, so only their join means something.
    """
    return "".join(
        require_text(
            require_object(part, (where, index)).get("plain_text"), ((where, index), "plain_text")
        )
        for index, part in enumerate(require_list(value, where))
    )


def optional_text(found: object, member: str) -> str:
    """Return a member that is a text, "" where it is anything else or missing."""
    value = found.get(member) if isinstance(found, Mapping) else None
    return value if isinstance(value, str) else ""


def misfit(where: Where, expected: str, value: object) -> NoReturn:
    """Raise :class:`Unavailable` for a value that is not what it should be.

    What it is instead is named by its kind alone: an answer may hold anything, at any length.
    """
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a flag"}
    held = "missing" if value is None else kinds.get(type(value), "a number")
    raise Unavailable(
        f"Notion's answer has another form than its API promises: {_spelled(where)} is {held} and "
        f"should be {expected}.",
        _REPORT,
    )


def _spelled(where: Where) -> str:
    if isinstance(where, str):
        return where
    around, inner = where
    return _spelled(around) + (f"[{inner}]" if isinstance(inner, int) else f".{inner}")


_ID = re.compile(r"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
_ENDING = re.compile(rf"(?<![0-9A-Za-z]){_ID.pattern}\Z", re.IGNORECASE)


def is_notion_id(value: object) -> bool:
    """Whether this is an id by itself: 32 hexadecimal digits, with all hyphens or none.

    Nothing else out of a file may become part of an address.
    """
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def normalize_id(value: object) -> str:
    """Return an id with hyphens and in lower case, as answers have it; "" for what is not an id."""
    if not is_notion_id(value):
        return ""
    return str(UUID(str(value)))


def ending_id(text: str) -> str:
    """Return the id that a text ends with, as Notion writes it; "" where it ends with none.

    A title may stand before it, as in a URL's path, but no other letter or digit: of a number that
    has one digit too many the rest is no id.
    """
    found = _ENDING.search(text)
    return normalize_id(found[0]) if found else ""
