"""JSON Schema's keywords that look at a value alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any

from lukhas_notion.manifests.json_schema.draft import Errors
from lukhas_notion.manifests.json_schema.evaluation import Rules, Run, Seen, Table, failure
from lukhas_notion.manifests.json_schema.formats import LONGEST
from lukhas_notion.manifests.wording import quote, show

TABLE = Table()
#: Characters of a text that one step holds to a format.
_CHARACTERS = 4
_NUMBERS = (int, float)

Schema = Mapping[str, Any]
Holds = Callable[[Any], bool]
"""Whether a value is as a keyword asks."""


def _asserts(name: str, *kinds: type) -> Callable[[Callable[[Rules, Any, Schema], Holds]], None]:
    """Add a keyword whose error has nothing to say beside the keyword and its argument."""

    def add(make: Callable[[Rules, Any, Schema], Holds]) -> None:
        def compiled(rules: Rules, argument: Any, schema: Schema) -> Run:
            holds = make(rules, argument, schema)

            def run(value: Any, _resolver: Any, _seen: Seen, errors: Errors) -> None:
                if not holds(value):
                    failure(errors)

            return run

        TABLE.keyword(name, of=kinds)(compiled)

    return add


@_asserts("type")
def _type(rules: Rules, wanted: str | list[str], _: Schema) -> Holds:
    names = [wanted] if isinstance(wanted, str) else wanted
    return lambda value: any(rules.is_type(value, name) for name in names)


@_asserts("const")
def _const(rules: Rules, wanted: Any, _: Schema) -> Holds:
    return lambda value: bool(rules.identity(value) == rules.identity(wanted))


@_asserts("enum")
def _enum(rules: Rules, values: list[Any], _: Schema) -> Holds:
    allowed = frozenset(map(rules.identity, values))
    return lambda value: rules.identity(value) in allowed


@_asserts("format", str)
def _format(rules: Rules, name: str, _: Schema) -> Holds:
    check: Holds = rules.formats.get(name) or (lambda _: True)

    def holds(value: str) -> bool:
        rules.budget.spend(min(len(value), LONGEST) // _CHARACTERS)
        return check(value)

    return holds


@_asserts("pattern", str)
def _pattern(rules: Rules, expression: str, _: Schema) -> Holds:
    return lambda value: rules.budget.search(expression, value)


@_asserts("multipleOf", *_NUMBERS)
def _multiple_of(_rules: Rules, unit: float, _: Schema) -> Holds:
    # Of the decimals as they are written: 0.3 is a multiple of 0.1.
    divisor = Fraction(str(unit))
    return lambda value: (Fraction(str(value)) / divisor).denominator == 1


def _limit(name: str, compare: Callable[[Any, Any], bool], exclusive: str = "") -> None:
    """Add a keyword that compares numbers.

    Draft 4 has ``exclusiveMinimum`` and ``exclusiveMaximum`` as true beside the limit.
    """

    @_asserts(name, *_NUMBERS)
    def _(_rules: Rules, limit: Any, schema: Schema) -> Holds:
        if isinstance(limit, bool):
            return lambda _: True
        excludes = schema.get(exclusive) is True
        return lambda value: compare(value, limit) and not (excludes and value == limit)


def _size(name: str, kind: type, compare: Callable[[int, int], bool]) -> None:
    """Add a keyword that compares the length of one kind of value."""

    @_asserts(name, kind)
    def _(_rules: Rules, limit: int, _schema: Schema) -> Holds:
        return lambda value: compare(len(value), limit)


_limit("minimum", ge, "exclusiveMinimum")
_limit("maximum", le, "exclusiveMaximum")
_limit("exclusiveMinimum", gt)
_limit("exclusiveMaximum", lt)
for _kind, _sized in ((str, "Length"), (list, "Items"), (dict, "Properties")):
    _size(f"min{_sized}", _kind, ge)
    _size(f"max{_sized}", _kind, le)


@TABLE.keyword("required", of=(dict,))
def _required(rules: Rules, names: list[str], _: Schema) -> Run:
    def run(value: Any, _resolver: Any, _seen: Seen, errors: Errors) -> None:
        rules.look_at(len(names))
        for name in names:
            if name not in value:
                failure(errors, f"the key {quote(name)} is missing")

    return run


@TABLE.keyword("uniqueItems", of=(list,))
def _unique_items(rules: Rules, wanted: bool, _: Schema) -> Run:
    def run(value: Any, _resolver: Any, _seen: Seen, errors: Errors) -> None:
        if not wanted:
            return
        rules.look_at(len(value))
        first: dict[object, int] = {}
        for index, item in enumerate(value):
            if first.setdefault(rules.identity(item), index) != index:
                # At the first item that was there before.
                failure(errors, f"{show(item)} is in the list twice", path=(index,))
                return

    return run
