"""JSON values: pointers into them (RFC 6901), and how messages name them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from lukhas_notion.util.text import difference, shortened

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
JsonObject: TypeAlias = dict[str, JsonValue]

WILDCARD = "*"
"""The token of a pattern that matches any one key or index."""
Tokens = tuple[str, ...]
PointedValue = tuple[str, Any]
"""A pointer without wildcards, and the value that it leads to."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


@lru_cache(maxsize=1 << 12)
def split_pointer(pointer: str) -> Tokens:
    """Return the reference tokens of a pointer, unescaped.

    Raises:
        ValueError: the pointer is neither empty nor begins with a slash.
    """
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"not a JSON pointer: {pointer!r}")
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:])


def join_pointer(tokens: Iterable[str | int]) -> str:
    """Return the pointer made of reference tokens."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def has_wildcard(pointer: str) -> bool:
    """Return whether a pointer has a wildcard, and so may lead to several values."""
    return WILDCARD in split_pointer(pointer)


def resolve(value: object, pointer: str) -> Any:
    """Return the first value that a pointer leads to, None where there is none."""
    tokens = split_pointer(pointer)
    if WILDCARD in tokens:
        return next((inner for _, inner in find(value, pointer)), None)
    for token in tokens:
        value = _child(value, token)
    return value


def find(value: object, pointer: str) -> list[PointedValue]:
    """Return every value that a pointer leads to, in the order of the document, without nulls."""
    tokens = split_pointer(pointer)
    if WILDCARD not in tokens:
        inner = resolve(value, pointer)
        return [] if inner is None else [(pointer, inner)]
    matches: list[PointedValue] = [("", value)]
    for token in tokens:
        matches = [
            (place + join_pointer([key]), inner)
            for place, outer in matches
            for key, inner in (
                members(outer) if token == WILDCARD else [(token, _child(outer, token))]
            )
            if inner is not None
        ]
    return matches


def members(value: object) -> Iterable[tuple[str | int, Any]]:
    """Return the content of an object by key, of a list by index; nothing of a scalar."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _child(value: object, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
        return value[int(token)]
    return None


def overlap(pointer: str, pattern: str) -> bool:
    """Return whether a place matches a pattern, or is inside or around a place that does.

    The whole document, "", overlaps nothing.
    """
    return bool(pointer) and _agree(pointer, pattern)


def is_match(pointer: str, pattern: str) -> bool:
    """Return whether a place matches a pattern."""
    return pointer.count("/") == pattern.count("/") and _agree(pointer, pattern)


def _agree(pointer: str, pattern: str) -> bool:
    """Return whether two pointers agree, as far as the shorter one goes."""
    pairs = zip(split_pointer(pointer), split_pointer(pattern), strict=False)
    return all(expected in (WILDCARD, token) for token, expected in pairs)


def without(value: Any, patterns: Sequence[Tokens]) -> Any:
    """Return a value without what matches the patterns; unchanged parts are not copied."""
    if not patterns:
        return value
    if isinstance(value, dict):
        pruned = ((key, item, _below(key, patterns)) for key, item in value.items())
        return {key: without(item, inner) for key, item, inner in pruned if () not in inner}
    if isinstance(value, list):
        numbered = ((item, _below(str(i), patterns)) for i, item in enumerate(value))
        return [without(item, inner) for item, inner in numbered if () not in inner]
    return value


def _below(token: str, patterns: Sequence[Tokens]) -> list[Tokens]:
    return [pattern[1:] for pattern in patterns if pattern[0] in (WILDCARD, token)]


def pointers_in(value: object, most: int) -> Iterator[str]:
    """Yield the pointers of all that a value contains, outer ones first, at most ``most``.

    The items of a list share one pointer, with a wildcard.
    """
    waiting: dict[str, list[object]] = {"": [value]}
    while waiting and most > 0:
        pointer, values = next(iter(waiting.items()))
        del waiting[pointer]
        if pointer:
            yield pointer
            most -= 1
        for outer in values[:most]:
            for key, inner in members(outer):
                step = join_pointer([key if isinstance(key, str) else WILDCARD])
                if len(waiting) < most:
                    waiting.setdefault(pointer + step, []).append(inner)


# --- in messages -----------------------------------------------------------------------------

Value = TypeVar("Value")

#: Characters of a quotation.
_LONGEST = 80

TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
"""JSON Schema's names of types, as messages name them."""


def quote(text: str, longest: int = _LONGEST) -> str:
    """Return a text in double quotes, shortened to ``longest`` characters."""
    return json.dumps(shortened(text, longest), ensure_ascii=False)


def show(value: object) -> str:
    """Return a scalar as JSON, or the type and size of a list or an object."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list | dict):
        return f"{describe_type(value)} of {len(value)}"
    return json.dumps(value)


def describe_type(value: object) -> str:
    """Return the type of a JSON value, with its article."""
    if isinstance(value, bool):
        return TYPES["boolean"]
    if isinstance(value, int | float):
        return TYPES["number"]
    if isinstance(value, str):
        return TYPES["string"]
    if isinstance(value, list):
        return TYPES["array"]
    return TYPES["null"] if value is None else TYPES["object"]


def why_same(name: str, other: str) -> str:
    """Return why two names count as one, as a verb phrase that spells out hidden characters."""
    hidden = difference(name, other)
    return f"look the same: {hidden}" if hidden else "differ only by case"


def any_of(
    values: Collection[Value], name: Callable[[Value], str] = str, longest: int = 400
) -> str:
    """Return ``a, b or c``; of a long list, its beginning and the number of the others.

    Only values that are shown are named, so that a list of thousands takes no longer.
    """
    shown: list[str] = []
    length = 0
    for value in values:
        word = name(value)
        if length + len(word) > longest:
            break
        shown.append(word)
        length += len(word) + 2
    rest = len(values) - len(shown)
    if rest:
        return f"{', '.join(shown)} or one of {rest} more" if shown else f"one of {rest}"
    return " or ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:])))
