"""What Notion's JSON holds: checks of the values in an answer, and ids."""

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
    # Parsed JSON has no other mapping, and the general check takes several times longer.
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
    """Return the text of a list of rich text objects, or raise :class:`Unavailable`.

    Notion merges and splits these objects as it likes, so only the joined text has a meaning.
    """
    return "".join(
        require_text(
            require_object(part, (where, index)).get("plain_text"), ((where, index), "plain_text")
        )
        for index, part in enumerate(require_list(value, where))
    )


def optional_text(value: object, member: str) -> str:
    """Return a member of an object that is a text, "" where it is missing or something else."""
    value = value.get(member) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def misfit(where: Where, expected: str, value: object) -> NoReturn:
    """Raise :class:`Unavailable` for a value of another shape than ``expected``.

    The message has the kind of the value only: an answer may contain anything, at any length.
    """
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a flag"}
    kind = "missing" if value is None else kinds.get(type(value), "a number")
    raise Unavailable(
        f"Notion's response does not have the documented form: {_path(where)} is {kind} and "
        f"should be {expected}.",
        _REPORT,
    )


def _path(where: Where) -> str:
    if isinstance(where, str):
        return where
    around, inner = where
    return _path(around) + (f"[{inner}]" if isinstance(inner, int) else f".{inner}")


_ID = re.compile(r"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
_ENDING = re.compile(rf"(?<![0-9A-Za-z]){_ID.pattern}\Z", re.IGNORECASE)


def is_notion_id(value: object) -> bool:
    """Return whether a value is a Notion id: 32 hexadecimal digits, with all hyphens or none.

    Only an id from a file may become a part of an address.
    """
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def normalize_id(value: object) -> str:
    """Return an id in lower case with hyphens, as Notion's answers have it; "" without an id."""
    return str(UUID(str(value))) if is_notion_id(value) else ""


def ending_id(text: str) -> str:
    """Return the id at the end of a text, as answers have it; "" where there is none.

    A title and a hyphen may precede it, as in a URL, but no letter or digit: a number with one
    digit too many does not contain an id.
    """
    match = _ENDING.search(text)
    return normalize_id(match[0]) if match else ""
