"""JSON Schema's keywords that look at one value alone."""

from __future__ import annotations

from collections.abc import Callable, Sized
from fractions import Fraction
from typing import Any

from lukhas_notion.manifests.json_schema.formats import LONGEST
from lukhas_notion.manifests.json_schema.location import (
    At,
    Errors,
    Keyword,
    failure,
)
from lukhas_notion.manifests.wording import quote, show

#: Characters of a text that one step holds to a format.
_CHARACTERS = 4


def type_(at: At, wanted: str | list[str]) -> Errors:
    """``type``."""
    names = [wanted] if isinstance(wanted, str) else wanted
    if not any(at.rules.is_type(at.value, name) for name in names):
        yield failure()


def const(at: At, value: Any) -> Errors:
    """``const``."""
    if at.identity(at.value) != at.identity(value):
        yield failure()


def format_(at: At, name: str) -> Errors:
    """``format``, as an assertion."""
    if isinstance(at.value, str):
        at.rules.budget.spend(len(at.value[:LONGEST]) // _CHARACTERS)
    if not at.rules.formats.conforms(at.value, name):
        yield failure()


def pattern(at: At, expression: str) -> Errors:
    """``pattern``."""
    if isinstance(at.value, str) and not at.rules.budget.search(expression, at.value):
        yield failure()


def multiple_of(at: At, unit: float) -> Errors:
    """``multipleOf``, of the decimals as written: 0.3 is a multiple of 0.1."""
    if _is_number(at.value):
        quotient = Fraction(str(at.value)) / Fraction(str(unit))
        if quotient.denominator != 1:
            yield failure()


def required(at: At, names: list[str]) -> Errors:
    """Check ``required``: an error for every key, at the object."""
    if isinstance(at.value, dict):
        at.look_at(len(names))
        for name in names:
            if name not in at.value:
                yield failure(f"the key {quote(name)} is missing")


def unique_items(at: At, wanted: bool) -> Errors:
    """``uniqueItems``: the error is at the first item that was there before."""
    if not wanted or not isinstance(at.value, list):
        return
    at.look_at(len(at.value))
    first: dict[object, int] = {}
    for index, item in enumerate(at.value):
        if first.setdefault(at.identity(item), index) != index:
            yield failure(f"{show(item)} is in the list twice", path=(index,))
            return


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bound(wrong: Callable[[Any, Any], bool], exclusive: str = "") -> Keyword:
    """Return a keyword that compares numbers.

    Draft 4 has ``exclusiveMinimum`` and ``exclusiveMaximum`` as true beside the limit.
    """

    def keyword(at: At, limit: Any) -> Errors:
        if _is_number(at.value) and _is_number(limit):
            at_limit = at.schema.get(exclusive) is True and at.value == limit
            if at_limit or wrong(at.value, limit):
                yield failure()

    return keyword


def _size(kind: type[Sized], wrong: Callable[[int, int], bool]) -> Keyword:
    """Return a keyword that compares the length of one kind of value."""

    def keyword(at: At, limit: int) -> Errors:
        if isinstance(at.value, kind) and wrong(len(at.value), limit):
            yield failure()

    return keyword


def _less(value: float, limit: float) -> bool:
    return value < limit


def _more(value: float, limit: float) -> bool:
    return value > limit


TABLE: dict[str, Keyword] = {
    "const": const,
    "exclusiveMaximum": _bound(lambda value, limit: not _less(value, limit)),
    "exclusiveMinimum": _bound(lambda value, limit: not _more(value, limit)),
    "format": format_,
    "maxItems": _size(list, _more),
    "maxLength": _size(str, _more),
    "maxProperties": _size(dict, _more),
    "maximum": _bound(_more, "exclusiveMaximum"),
    "minItems": _size(list, _less),
    "minLength": _size(str, _less),
    "minProperties": _size(dict, _less),
    "minimum": _bound(_less, "exclusiveMinimum"),
    "multipleOf": multiple_of,
    "pattern": pattern,
    "required": required,
    "type": type_,
    "uniqueItems": unique_items,
}
