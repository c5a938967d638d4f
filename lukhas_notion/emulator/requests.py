"""The common parts of requests: bodies, query strings, parents and icons."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import regex

from lukhas_notion.emulator import richtext
from lukhas_notion.emulator.errors import (
    MISSING,
    PayloadTooLargeError,
    Problems,
    invalid_cursor,
    invalid_json,
    validation,
)
from lukhas_notion.emulator.ids import with_hyphens

MAX_BYTES = 512_000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# One grapheme of emoji, with the characters that join, colour and tag them.
_EMOJI = regex.compile(r"(?=\X\Z)\p{Emoji}[\p{Emoji}\u200d\ufe0f\u20e3\U000e0020-\U000e007f]*")
# Digits outside keycaps, joiners without an emoji on each side, doubled modifiers, tags after
# another emoji than the flag or without an end, and single regional indicators.
_NO_EMOJI = regex.compile(
    r"[0-9#*](?!\ufe0f?\u20e3)|[\u200d\ufe0f\p{Emoji_Modifier}]{2}(?<!\ufe0f\u200d)"
    r"(?<!\p{Emoji_Modifier}\u200d)|\u200d\Z|(?<![\U0001f3f4\U000e0020-\U000e007e])"
    r"[\U000e0020-\U000e007f]|[\U000e0020-\U000e007e]\Z|\A[\U0001f1e6-\U0001f1ff]\Z"
)
_NOTION_ICON = re.compile(r"https://www[.]notion[.]so/icons/([a-z0-9-]+)_([a-z]+)[.]svg")
_FILTER_PROPERTIES = re.compile(r"filter_properties(\[\d{0,2}\])?")


def read_json(raw: bytes) -> dict[str, Any]:
    """Return the body of a request; no body is an object without members.

    Raises:
        PayloadTooLargeError: it is over 512,000 bytes (measured).
        ApiError: it is not JSON, is not an object, or has text with U+0000 or lone surrogates.
    """
    if len(raw) > MAX_BYTES:
        raise PayloadTooLargeError
    if not raw:
        return {}
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant, parse_int=_integer)
        is_valid = _is_text(body)
    except (ValueError, RecursionError):
        raise invalid_json() from None
    if not isinstance(body, dict):
        # Notion's parser accepts only objects and arrays (measured).
        if not isinstance(body, list):
            raise invalid_json()
        problems = Problems()
        problems.is_object(body, "body")
        problems.raise_any()
    if not is_valid:
        raise validation(
            "body failed validation: body should not contain U+0000 or a lone half "
            "of a surrogate pair."
        )
    return dict(body)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _integer(text: str) -> int | float:
    """Return a whole number as JavaScript reads it: in double precision."""
    value = float(text)
    return int(value) if math.isfinite(value) else value


def _is_text(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not _LONE_SURROGATE.search(value)
    if isinstance(value, dict):
        return all(_is_text(key) and _is_text(member) for key, member in value.items())
    return not isinstance(value, list) or all(map(_is_text, value))


def filter_properties(query: Iterable[tuple[str, str]]) -> list[str] | None:
    """Return the values of ``filter_properties`` in any of its three spellings, None without it."""
    named = [value for key, value in query if _FILTER_PROPERTIES.fullmatch(key)]
    return named or None


def check_query(query: Iterable[tuple[str, str]], allowed: Collection[str] = ()) -> None:
    """Raise :class:`ApiError` for a member of the query string that the endpoint does not have."""
    problems = Problems("query")
    for key, value in query:
        if key not in allowed and not _FILTER_PROPERTIES.fullmatch(key):
            problems.add(f"query.{key}", "not present", value)
    problems.raise_any()


def paginated(
    kind: str, ids: list[str], parameters: Mapping[str, str], shown: Callable[[str], dict[str, Any]]
) -> dict[str, Any]:
    """Return one page of a list of objects.

    Args:
        kind: the kind of object, such as ``user``.
        ids: the ids of all objects, in order; a cursor is the id of the next one.
        parameters: the query string.
        shown: returns the object with an id, as answers have it.

    Raises:
        ApiError: the page size or the cursor is not valid.
    """
    size = page_size(parameters)
    cursor = parameters.get("start_cursor")
    if cursor and cursor not in ids:
        raise invalid_cursor(cursor)
    start = ids.index(cursor) if cursor else 0
    end = start + size
    following = ids[end] if end < len(ids) else None
    return {
        "object": "list",
        "results": [shown(object_id) for object_id in ids[start:end]],
        "next_cursor": following,
        "has_more": following is not None,
        "type": kind,
        kind: {},
    }


def page_size(query: Mapping[str, str]) -> int:
    """Return the page size of a query string: by default 100, which is also the largest."""
    text = query.get("page_size", "100")
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        problems = Problems("query")
        problems.add("query.page_size", "a number ≥ `1`", text)
        problems.raise_any()
    return min(int(text), 100)


def check_parent(
    value: Any, path: str, problems: Problems, kinds: tuple[str, ...]
) -> tuple[str, str]:
    """Return the kind of a parent, and its id with hyphens; ``("", "")`` if it has problems."""
    if not problems.is_object(value, path):
        return "", ""
    problems.only(value, ("type", *kinds), path)
    kind = problems.only_one(value, kinds, path)
    if not kind:
        return "", ""
    sent = value[kind]
    object_id = with_hyphens(sent) if isinstance(sent, str) else None
    if object_id is None:
        problems.add(f"{path}.{kind}", "a valid uuid", sent)
        return "", ""
    return kind, object_id


def check_rich_texts(body: dict[str, Any], problems: Problems, *keys: str) -> None:
    """Add the problems of those members of a body that are rich text."""
    for key in keys:
        if key in body:
            richtext.check(body[key], f"body.{key}", problems)


def check_booleans(body: dict[str, Any], problems: Problems, *keys: str) -> None:
    """Add the problems of those members of a body that are true or false."""
    for key in keys:
        if key in body:
            problems.is_boolean(body[key], f"body.{key}")


def icon(value: Any, path: str, problems: Problems) -> dict[str, Any] | None:
    """Return an icon or cover as answers have it.

    An address of an icon on Notion's site becomes an icon with a name and a colour (recorded);
    other addresses are unchanged.
    """
    if value is None or not problems.is_object(value, path):
        return None
    kinds = ("emoji", "external", "icon", "custom_emoji")
    problems.only(value, ("type", *kinds), path)
    kind = problems.only_one(value, kinds, path)
    if not kind:
        return None
    if kind == "emoji":
        _check_emoji(value[kind], f"{path}.emoji", problems)
    elif problems.is_object(value[kind], f"{path}.{kind}"):
        member = {"external": "url", "custom_emoji": "id"}.get(kind, "name")
        where = f"{path}.{kind}.{member}"
        sent = value[kind].get(member, MISSING)
        if kind != "external":
            problems.is_filled(sent, where, 2000)
        elif problems.is_web_address(sent, where, 2000) and path.endswith("icon"):
            own = _NOTION_ICON.fullmatch(sent)
            if own is not None:
                return {"type": "icon", "icon": {"name": own[1], "color": own[2]}}
    return {"type": kind, kind: value[kind]}


def _check_emoji(sent: Any, path: str, problems: Problems) -> None:
    """Add a problem for text that cannot be one emoji; Notion's list of emoji is not known."""
    if problems.is_filled(sent, path, 32):
        is_emoji = _EMOJI.fullmatch(sent) and not _NO_EMOJI.search(sent)
        if not is_emoji:
            problems.add(path, "an emoji", sent)
