"""JSON Schema's keywords that apply other schemas, to the same value or to what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import ValidationError
from referencing.jsonschema import lookup_recursive_ref

from lukhas_notion.manifests.json_schema.location import (
    At,
    Errors,
    Keyword,
    Seen,
    failure,
)
from lukhas_notion.manifests.wording import quote

#: Steps of the budget for looking a reference up.
_LOOKUP = 10


def ref(at: At, reference: str) -> Errors:
    """``$ref`` and ``$dynamicRef``."""
    if at.rules.targets is not None:
        yield from at.same(at.rules.targets[reference])
    else:
        at.rules.budget.spend(_LOOKUP)
        found = at.resolver.lookup(reference)
        yield from at.moved(found.contents, found.resolver)


def recursive_ref(at: At, _reference: str) -> Errors:
    """``$recursiveRef`` of 2019-09."""
    at.rules.budget.spend(_LOOKUP)
    found = lookup_recursive_ref(at.resolver)
    yield from at.moved(found.contents, found.resolver)


def all_of(at: At, schemas: list[Any]) -> Errors:
    """``allOf``."""
    for index, schema in enumerate(schemas):
        yield from at.same(schema, index)


def any_of(at: At, schemas: list[Any]) -> Errors:
    """``anyOf``; all are tried, since each that holds may evaluate other keys."""
    holding, context = _branches(at, schemas)
    if not holding:
        yield failure(context=context)


def one_of(at: At, schemas: list[Any]) -> Errors:
    """``oneOf``."""
    holding, context = _branches(at, schemas)
    if holding != 1:
        yield failure(context=() if holding else context)


def _branches(at: At, schemas: list[Any]) -> tuple[int, list[ValidationError]]:
    """Return how many schemas hold, and the errors of those that do not."""
    holding, context = 0, list[ValidationError]()
    for index, schema in enumerate(schemas):
        seen = Seen()
        errors = list(at.same(schema, index, seen))
        context += errors
        if not errors:
            holding += 1
            at.merge(seen)
    return holding, context


def not_(at: At, schema: Any) -> Errors:
    """``not``."""
    if at.holds(schema, Seen()):
        yield failure()


def if_(at: At, schema: Any) -> Errors:
    """``if``, with ``then`` and ``else``."""
    seen = Seen()
    if at.holds(schema, seen):
        at.merge(seen)
        yield from at.same(at.schema.get("then", True), "then")
    else:
        yield from at.same(at.schema.get("else", True), "else")


def dependencies(at: At, needs: Mapping[str, Any]) -> Errors:
    """``dependentRequired``, ``dependentSchemas``, and ``dependencies``, which was both."""
    if not isinstance(at.value, dict):
        return
    for name in at.common(needs):
        needed = needs[name]
        if not isinstance(needed, list):
            yield from at.same(needed, name)
            continue
        at.look_at(len(needed))
        for other in needed:
            if other not in at.value:
                yield failure(f"the key {quote(other)} is missing, beside {quote(name)}")


def properties(at: At, schemas: Mapping[str, Any]) -> Errors:
    """``properties``."""
    if isinstance(at.value, dict):
        for name in at.common(schemas):
            at.seen.keys.add(name)
            yield from at.inside(name, schemas[name], at.value[name], name)


def pattern_properties(at: At, schemas: Mapping[str, Any]) -> Errors:
    """``patternProperties``."""
    if isinstance(at.value, dict):
        known = at.rules.known(at.value)
        for pattern, schema in schemas.items():
            for name, item in at.value.items():
                if schema is False and name in known:
                    continue
                if at.rules.budget.search(pattern, name):
                    at.seen.keys.add(name)
                    yield from at.inside(name, schema, item, pattern)


def additional_properties(at: At, schema: Any) -> Errors:
    """``additionalProperties``: an error for every key, at the key."""
    if isinstance(at.value, dict):
        declared = set(at.common(at.schema.get("properties", {})))
        for pattern in at.schema.get("patternProperties", ()):
            others = at.value.keys() - declared
            declared |= {name for name in others if at.rules.budget.search(pattern, name)}
        yield from _extra_keys(at, schema, declared)


def unevaluated_properties(at: At, schema: Any) -> Errors:
    """``unevaluatedProperties``: an error for every key, at the key."""
    if isinstance(at.value, dict):
        yield from _extra_keys(at, schema, set(at.seen.keys))


def _extra_keys(at: At, schema: Any, known: set[str]) -> Errors:
    at.look_at(len(at.value))
    known |= at.rules.known(at.value)
    for name, item in at.value.items():
        if name in known:
            continue
        at.seen.keys.add(name)
        if schema is False:
            yield failure(f"the key {quote(name)} is not allowed here", path=(name,))
        else:
            yield from at.inside(name, schema, item)


def property_names(at: At, schema: Any) -> Errors:
    """``propertyNames``: its errors are at the key."""
    if isinstance(at.value, dict):
        known = at.rules.known(at.value)
        for name in at.value:
            if name not in known:
                yield from at.inside(name, schema, name)


def items(at: At, schema: Any) -> Errors:
    """``items``: one schema for all, those after ``prefixItems``; a list of them before 2020-12."""
    if isinstance(schema, list):
        yield from prefix_items(at, schema)
    else:
        before = len(at.schema.get("prefixItems", ())) if at.rules.has_prefix else 0
        yield from _items_from(at, schema, before)


def prefix_items(at: At, schemas: list[Any]) -> Errors:
    """``prefixItems``: a schema for each item."""
    if isinstance(at.value, list):
        for index, (item, schema) in enumerate(zip(at.value, schemas, strict=False)):
            at.seen.items.add(index)
            yield from at.inside(index, schema, item, index)


def additional_items(at: At, schema: Any) -> Errors:
    """``additionalItems``: those after a list in ``items``."""
    before = at.schema.get("items")
    if isinstance(before, list):
        yield from _items_from(at, schema, len(before))


def _items_from(at: At, schema: Any, start: int) -> Errors:
    if not isinstance(at.value, list):
        return
    at.look_at(len(at.value))
    at.seen.items.update(range(start, len(at.value)))
    if schema is False and len(at.value) > start:
        yield failure(f"{len(at.value)} items here; at most {start} are allowed")
    elif schema is not True:
        for index in range(start, len(at.value)):
            yield from at.inside(index, schema, at.value[index])


def unevaluated_items(at: At, schema: Any) -> Errors:
    """``unevaluatedItems``."""
    if isinstance(at.value, list):
        at.look_at(len(at.value))
        for index, item in enumerate(at.value):
            if index not in at.seen.items:
                at.seen.items.add(index)
                yield from at.inside(index, schema, item)


def contains(at: At, schema: Any) -> Errors:
    """``contains``, with ``minContains`` and ``maxContains``."""
    if not isinstance(at.value, list):
        return
    found = 0
    for index, item in enumerate(at.value):
        if next(at.inside(index, schema, item), None) is None:
            found += 1
            if at.rules.has_prefix:
                at.seen.items.add(index)
    least = at.schema.get("minContains", 1) if at.rules.modern else 1
    most = at.schema.get("maxContains", found) if at.rules.modern else found
    if found < least:
        message = f"{found} items fit `contains`; at least {least} must"
        yield failure(message, keyword="minContains" if found else "")
    elif found > most:
        yield failure(f"{found} items fit `contains`; at most {most} may", keyword="maxContains")


TABLE: dict[str, Keyword] = {
    "$ref": ref,
    "$dynamicRef": ref,
    "$recursiveRef": recursive_ref,
    "additionalItems": additional_items,
    "additionalProperties": additional_properties,
    "allOf": all_of,
    "anyOf": any_of,
    "contains": contains,
    "dependencies": dependencies,
    "dependentRequired": dependencies,
    "dependentSchemas": dependencies,
    "if": if_,
    "items": items,
    "not": not_,
    "oneOf": one_of,
    "patternProperties": pattern_properties,
    "prefixItems": prefix_items,
    "properties": properties,
    "propertyNames": property_names,
    "unevaluatedItems": unevaluated_items,
    "unevaluatedProperties": unevaluated_properties,
}
