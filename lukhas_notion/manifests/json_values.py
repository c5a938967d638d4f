"""JSON values: pointers into them (RFC 6901), and how messages name them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from lukhas_notion.util.text import difference

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
JsonObject: TypeAlias = dict[str, JsonValue]

ANY = "*"
Found = tuple[str, Any]
"""A pointer without ``*``, and the value that it leads to."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
Tokens = tuple[str, ...]


@lru_cache(maxsize=1 << 12)
def split_pointer(pointer: str) -> Tokens:
    """Return the reference tokens of a pointer, unescaped.

    Raises:
        ValueError: it is neither empty nor begins with a slash.
    """
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"not a JSON pointer: {pointer!r}")
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:])


def join_pointer(tokens: Iterable[str | int]) -> str:
    """Return the pointer made of these reference tokens."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def has_any(pointer: str) -> bool:
    """Whether a pointer has a ``*``, and so may lead to several values."""
    return ANY in split_pointer(pointer)


def resolve(value: object, pointer: str) -> Any:
    """Return the first value that a pointer leads to, None where there is none."""
    tokens = split_pointer(pointer)
    if ANY in tokens:
        return next((got for _, got in find(value, pointer)), None)
    for token in tokens:
        value = _child(value, token)
    return value


def find(value: object, pointer: str) -> list[Found]:
    """Return every value that a pointer leads to, in the order of the document."""
    tokens = split_pointer(pointer)
    if ANY not in tokens:
        got = resolve(value, pointer)
        return [] if got is None else [(pointer, got)]
    found: list[tuple[str, Any]] = [("", value)]
    for token in tokens:
        found = [
            (at + join_pointer([key]), inner)
            for at, outer in found
            for key, inner in (members(outer) if token == ANY else [(token, _child(outer, token))])
            if inner is not None
        ]
    return found


def members(value: object) -> Iterable[tuple[str | int, Any]]:
    """Return what is in an object or a list, by key or index."""
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
    """Whether a place is meant by a pattern, is inside what it means, or around it."""
    return bool(pointer) and _fits(pointer, pattern)


def is_meant(pointer: str, pattern: str) -> bool:
    """Whether a pattern leads to a place."""
    return pointer.count("/") == pattern.count("/") and _fits(pointer, pattern)


def _fits(pointer: str, pattern: str) -> bool:
    pairs = zip(split_pointer(pointer), split_pointer(pattern), strict=False)
    return all(wanted in (ANY, token) for token, wanted in pairs)


def without(value: Any, patterns: Sequence[Tokens]) -> Any:
    """Return a value less what the patterns, as tokens, mean; the rest is not copied."""
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
    return [pattern[1:] for pattern in patterns if pattern[0] in (ANY, token)]


def pointers_in(value: object, most: int) -> Iterator[str]:
    """Yield the pointers of what is in a value, those of its top first; ``most`` at most.

    The items of a list have one pointer, with a ``*``.
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
                step = join_pointer([key if isinstance(key, str) else ANY])
                if len(waiting) < most:
                    waiting.setdefault(pointer + step, []).append(inner)


LONGEST = 80
Value = TypeVar("Value")


def quote(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` in double quotes, its end left out where it is long."""
    shown = text if len(text) <= longest else text[: longest - 1] + "…"
    return json.dumps(shown, ensure_ascii=False)


def why_one(name: str, other: str) -> str:
    """Return why two names are taken for one: a verb phrase, with what cannot be seen."""
    said = difference(name, other)
    return f"look the same: {said}" if said else "differ only by case"


def show(value: object) -> str:
    """Return a scalar as JSON, or the kind and size of a list or an object."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    return json.dumps(value)


def kind(value: object) -> str:
    """Return what kind of JSON value this is, with its article."""
    if isinstance(value, bool):
        return TYPES["boolean"]
    if isinstance(value, int | float):
        return TYPES["number"]
    if isinstance(value, str):
        return TYPES["string"]
    if isinstance(value, list):
        return TYPES["array"]
    return TYPES["null"] if value is None else TYPES["object"]


TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
"""JSON Schema's names for types → words."""


def any_of(
    values: Collection[Value], name: Callable[[Value], str] = str, longest: int = 400
) -> str:
    """Return ``a, b or c``; of a long list, its beginning and how many more there are.

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
