"""How messages name JSON values: short, whatever a stranger wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import TypeVar

from lukhas_notion.util.text import difference

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
