"""The keywords of JSON Schema, each compiled into what checks a value by it.

A value is only given to a keyword that looks at its type.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any

from referencing.jsonschema import lookup_recursive_ref

from lukhas_notion.manifests.json_schema.evaluation import (
    Errors,
    Keyword,
    Node,
    Rules,
    Run,
    Seen,
    failure,
)
from lukhas_notion.manifests.json_schema.formats import LONGEST
from lukhas_notion.manifests.wording import quote, show

#: Steps of the budget for looking a reference up.
_LOOKUP = 10
#: Characters of a text that one step holds to a format.
_CHARACTERS = 4

Schema = Mapping[str, Any]


# Keywords that look at the value alone.


def type_(rules: Rules, wanted: str | list[str], _: Schema) -> Run:
    """``type``."""
    names = [wanted] if isinstance(wanted, str) else wanted

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        if not any(rules.is_type(value, name) for name in names):
            failure(errors)

    return run


def const(rules: Rules, wanted: Any, _: Schema) -> Run:
    """``const``."""

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        if rules.identity(value) != rules.identity(wanted):
            failure(errors)

    return run


def enum(rules: Rules, values: list[Any], _: Schema) -> Run:
    """``enum``; its values are compared by a set that is made once."""
    allowed = frozenset(map(rules.identity, values))

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        if rules.identity(value) not in allowed:
            failure(errors)

    return run


def format_(rules: Rules, name: str, _: Schema) -> Run:
    """``format``, as an assertion; every format is one of texts."""
    holds = rules.formats.get(name)
    if holds is None:
        return _nothing

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        rules.budget.spend(min(len(value), LONGEST) // _CHARACTERS)
        if not holds(value):
            failure(errors)

    return run


def pattern(rules: Rules, expression: str, _: Schema) -> Run:
    """``pattern``."""

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        if not rules.budget.search(expression, value):
            failure(errors)

    return run


def multiple_of(_rules: Rules, unit: float, _: Schema) -> Run:
    """``multipleOf``, of the decimals as written: 0.3 is a multiple of 0.1."""
    divisor = Fraction(str(unit))

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        if (Fraction(str(value)) / divisor).denominator != 1:
            failure(errors)

    return run


def required(rules: Rules, names: list[str], _: Schema) -> Run:
    """Compile ``required``: an error for every key, at the object."""

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        rules.look_at(len(names))
        for name in names:
            if name not in value:
                failure(errors, f"the key {quote(name)} is missing")

    return run


def unique_items(rules: Rules, wanted: bool, _: Schema) -> Run:
    """``uniqueItems``: the error is at the first item that was there before."""

    def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        if not wanted:
            return
        rules.look_at(len(value))
        first: dict[object, int] = {}
        for index, item in enumerate(value):
            if first.setdefault(rules.identity(item), index) != index:
                failure(errors, f"{show(item)} is in the list twice", path=(index,))
                return

    return run


def _bound(holds: Callable[[Any, Any], bool], exclusive: str = "") -> Keyword:
    """Return a keyword that compares numbers.

    Draft 4 has ``exclusiveMinimum`` and ``exclusiveMaximum`` as true beside the limit.
    """

    def make(_rules: Rules, limit: Any, schema: Schema) -> Run:
        excludes = schema.get(exclusive) is True

        def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
            if isinstance(limit, bool):
                return
            if not holds(value, limit) or (excludes and value == limit):
                failure(errors)

        return run

    return Keyword((int, float), make)


def _size(kind: type, holds: Callable[[int, int], bool]) -> Keyword:
    """Return a keyword that compares the length of one kind of value."""

    def make(_rules: Rules, limit: int, _: Schema) -> Run:
        def run(value: Any, _resolver: Any, _seen: Seen | None, errors: Errors) -> None:
            if not holds(len(value), limit):
                failure(errors)

        return run

    return Keyword((kind,), make)


# Keywords that apply other schemas to the same value.


def ref(rules: Rules, reference: str, _: Schema) -> Run:
    """``$ref`` and ``$dynamicRef``."""
    targets = rules.targets
    if targets is not None:
        node = rules.node(targets[reference])

        def plain(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
            if seen is None:
                node.check(value, resolver, None, errors, entered=True)
            else:
                _moved(rules, node, value, resolver, seen, errors)

        return plain

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        rules.budget.spend(_LOOKUP)
        found = resolver.lookup(reference)
        _moved(rules, rules.node(found.contents), value, found.resolver, seen, errors)

    return run


def recursive_ref(rules: Rules, _reference: str, _: Schema) -> Run:
    """``$recursiveRef`` of 2019-09."""

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        rules.budget.spend(_LOOKUP)
        found = lookup_recursive_ref(resolver)
        _moved(rules, rules.node(found.contents), value, found.resolver, seen, errors)

    return run


def _moved(
    rules: Rules, node: Node, value: Any, resolver: Any, seen: Seen | None, errors: Errors
) -> None:
    inner = None if seen is None else Seen()
    node.check(value, resolver, inner, errors, entered=True)
    rules.merge(seen, inner)


def all_of(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    """``allOf``."""
    nodes = [rules.node(schema) for schema in schemas]

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        for index, node in enumerate(nodes):
            node.same(value, resolver, seen, errors, index)

    return run


def any_of(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    """``anyOf``; all are tried, since each that holds may evaluate other keys."""
    nodes = [rules.node(schema) for schema in schemas]

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        holding, context = _branches(nodes, value, resolver, seen)
        if not holding:
            failure(errors, context=context)

    return run


def one_of(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    """``oneOf``."""
    nodes = [rules.node(schema) for schema in schemas]

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        holding, context = _branches(nodes, value, resolver, seen)
        if holding != 1:
            failure(errors, context=() if holding else context)

    return run


def _branches(
    nodes: list[Node], value: Any, resolver: Any, seen: Seen | None
) -> tuple[int, Errors]:
    """Return how many schemas hold, and the errors of those that do not."""
    holding, context = 0, Errors()
    for index, node in enumerate(nodes):
        before = len(context)
        inner = None if seen is None else Seen()
        node.same(value, resolver, inner, context, index)
        if len(context) == before:
            holding += 1
            node.rules.merge(seen, inner)
    return holding, context


def not_(rules: Rules, schema: Any, _: Schema) -> Run:
    """``not``."""
    node = rules.node(schema)

    def run(value: Any, resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        if node.holds(value, resolver, None):
            failure(errors)

    return run


def if_(rules: Rules, condition: Any, schema: Schema) -> Run:
    """``if``, with ``then`` and ``else``."""
    node = rules.node(condition)
    ways = {step: rules.node(schema.get(step, True)) for step in ("then", "else")}

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        inner = None if seen is None else Seen()
        step = "then" if node.holds(value, resolver, inner) else "else"
        if step == "then":
            rules.merge(seen, inner)
        ways[step].same(value, resolver, seen, errors, step)

    return run


def dependencies(rules: Rules, needs: Mapping[str, Any], _: Schema) -> Run:
    """``dependentRequired``, ``dependentSchemas``, and ``dependencies``, which was both."""
    lists = {name: needed for name, needed in needs.items() if isinstance(needed, list)}
    nodes = {name: rules.node(needs[name]) for name in needs.keys() - lists.keys()}

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        for name in _common(rules, value, needs):
            if name in nodes:
                nodes[name].same(value, resolver, seen, errors, name)
                continue
            rules.look_at(len(lists[name]))
            for other in lists[name]:
                if other not in value:
                    failure(errors, f"the key {quote(other)} is missing, beside {quote(name)}")

    return run


# Keywords that apply other schemas to what is in an object.


def _common(rules: Rules, value: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Return the keys that an object has too, in the time that the smaller one takes."""
    smaller, larger = (value, names) if len(value) < len(names) else (names, value)
    rules.look_at(len(smaller))
    return [name for name in smaller if name in larger]


def properties(rules: Rules, schemas: Mapping[str, Any], _: Schema) -> Run:
    """``properties``."""
    nodes = {name: rules.node(schema) for name, schema in schemas.items()}

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        for name in _common(rules, value, nodes):
            if seen is not None:
                seen.keys.add(name)
            nodes[name].inside(name, value[name], resolver, errors, name)

    return run


def pattern_properties(rules: Rules, schemas: Mapping[str, Any], _: Schema) -> Run:
    """``patternProperties``."""
    nodes = {expression: rules.node(schema) for expression, schema in schemas.items()}

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        known = rules.known(value)
        for expression, node in nodes.items():
            for name, item in value.items():
                if node.schema is False and name in known:
                    continue
                if rules.budget.search(expression, name):
                    if seen is not None:
                        seen.keys.add(name)
                    node.inside(name, item, resolver, errors, expression)

    return run


def additional_properties(rules: Rules, schema: Any, around: Schema) -> Run:
    """``additionalProperties``: an error for every key, at the key."""
    declared = frozenset(around.get("properties", ()))
    expressions = tuple(around.get("patternProperties", ()))
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        rules.look_at(min(len(value), len(declared)))
        others = [name for name in value if name not in declared]
        for expression in expressions:
            others = [name for name in others if not rules.budget.search(expression, name)]
        _others(node, others, value, resolver, seen, errors)

    return run


def unevaluated_properties(rules: Rules, schema: Any, _: Schema) -> Run:
    """``unevaluatedProperties``: an error for every key, at the key."""
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        others = [name for name in value if seen is None or name not in seen.keys]
        _others(node, others, value, resolver, seen, errors)

    return run


def _others(
    node: Node, names: list[str], value: Any, resolver: Any, seen: Seen | None, errors: Errors
) -> None:
    """Check the keys that no other keyword speaks of."""
    node.rules.look_at(len(value))
    known = node.rules.known(value)
    for name in names:
        if name in known:
            continue
        if seen is not None:
            seen.keys.add(name)
        if node.schema is False:
            failure(errors, f"the key {quote(name)} is not allowed here", path=(name,))
        else:
            node.inside(name, value[name], resolver, errors, None)


def property_names(rules: Rules, schema: Any, _: Schema) -> Run:
    """``propertyNames``: its errors are at the key."""
    node = rules.node(schema)

    def run(value: Any, resolver: Any, _seen: Seen | None, errors: Errors) -> None:
        known = rules.known(value)
        for name in value:
            if name not in known:
                node.inside(name, name, resolver, errors, None)

    return run


# Keywords that apply other schemas to the items of a list.


def items(rules: Rules, schema: Any, around: Schema) -> Run:
    """``items``: one schema for all, those after ``prefixItems``; a list of them before 2020-12."""
    if isinstance(schema, list):
        return prefix_items(rules, schema, around)
    before = len(around.get("prefixItems", ())) if rules.has_prefix else 0
    return _items_from(rules, schema, before)


def additional_items(rules: Rules, schema: Any, around: Schema) -> Run:
    """``additionalItems``: those after a list in ``items``."""
    before = around.get("items")
    return _items_from(rules, schema, len(before)) if isinstance(before, list) else _nothing


def _nothing(_value: Any, _resolver: Any, _seen: Seen | None, _errors: Errors) -> None:
    pass


def prefix_items(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    """``prefixItems``: a schema for each item."""
    nodes = [rules.node(schema) for schema in schemas]

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        for index, (item, node) in enumerate(zip(value, nodes, strict=False)):
            if seen is not None:
                seen.items.add(index)
            node.inside(index, item, resolver, errors, index)

    return run


def _items_from(rules: Rules, schema: Any, start: int) -> Run:
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        count = len(value)
        rules.look_at(count)
        if seen is not None:
            seen.items.update(range(start, count))
        if schema is False and count > start:
            failure(errors, f"{count} items here; at most {start} are allowed")
        elif schema is not True:
            for index in range(start, count):
                node.inside(index, value[index], resolver, errors, None)

    return run


def unevaluated_items(rules: Rules, schema: Any, _: Schema) -> Run:
    """``unevaluatedItems``."""
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        rules.look_at(len(value))
        done = frozenset[int]() if seen is None else seen.items
        for index, item in enumerate(value):
            if index not in done:
                if seen is not None:
                    seen.items.add(index)
                node.inside(index, item, resolver, errors, None)

    return run


def contains(rules: Rules, schema: Any, around: Schema) -> Run:
    """``contains``, with ``minContains`` and ``maxContains``."""
    node = rules.node(schema)
    least = around.get("minContains", 1) if rules.modern else 1
    most = around.get("maxContains") if rules.modern else None

    def run(value: Any, resolver: Any, seen: Seen | None, errors: Errors) -> None:
        found = 0
        for index, item in enumerate(value):
            if node.holds(item, resolver, None):
                found += 1
                if seen is not None and rules.has_prefix:
                    seen.items.add(index)
        if found < least:
            message = f"{found} items fit `contains`; at least {least} must"
            failure(errors, message, keyword="minContains" if found else "")
        elif most is not None and found > most:
            message = f"{found} items fit `contains`; at most {most} may"
            failure(errors, message, keyword="maxContains")

    return run


TABLE: dict[str, Keyword] = {
    "$dynamicRef": Keyword((), ref),
    "$recursiveRef": Keyword((), recursive_ref),
    "$ref": Keyword((), ref),
    "additionalItems": Keyword((list,), additional_items),
    "additionalProperties": Keyword((dict,), additional_properties),
    "allOf": Keyword((), all_of),
    "anyOf": Keyword((), any_of),
    "const": Keyword((), const),
    "contains": Keyword((list,), contains),
    "dependencies": Keyword((dict,), dependencies),
    "dependentRequired": Keyword((dict,), dependencies),
    "dependentSchemas": Keyword((dict,), dependencies),
    "enum": Keyword((), enum),
    "exclusiveMaximum": _bound(lt),
    "exclusiveMinimum": _bound(gt),
    "format": Keyword((str,), format_),
    "if": Keyword((), if_),
    "items": Keyword((list,), items),
    "maxItems": _size(list, le),
    "maxLength": _size(str, le),
    "maxProperties": _size(dict, le),
    "maximum": _bound(le, "exclusiveMaximum"),
    "minItems": _size(list, ge),
    "minLength": _size(str, ge),
    "minProperties": _size(dict, ge),
    "minimum": _bound(ge, "exclusiveMinimum"),
    "multipleOf": Keyword((int, float), multiple_of),
    "not": Keyword((), not_),
    "oneOf": Keyword((), one_of),
    "pattern": Keyword((str,), pattern),
    "patternProperties": Keyword((dict,), pattern_properties),
    "prefixItems": Keyword((list,), prefix_items),
    "properties": Keyword((dict,), properties),
    "propertyNames": Keyword((dict,), property_names),
    "required": Keyword((dict,), required),
    "type": Keyword((), type_),
    "unevaluatedItems": Keyword((list,), unevaluated_items),
    "unevaluatedProperties": Keyword((dict,), unevaluated_properties),
    "uniqueItems": Keyword((list,), unique_items),
}
