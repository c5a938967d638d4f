"""The keywords of JSON Schema that apply other schemas, and the table of all keywords."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from lukhas_notion.manifests.json_schema import assertions
from lukhas_notion.manifests.json_schema.evaluation import (
    UNTRACKED,
    Errors,
    Node,
    Rules,
    Run,
    Seen,
    Table,
    add_error,
)
from lukhas_notion.manifests.json_values import quote
from lukhas_notion.util.text import counted

TABLE = Table(assertions.TABLE)
#: Steps for resolving a reference.
_LOOKUP = 10

Schema = Mapping[str, Any]


# --- in place ---------------------------------------------------------------------------------


@TABLE.keyword("$ref", "$dynamicRef")
def _ref(rules: Rules, reference: str, _: Schema) -> Run:
    if rules.targets is None:
        return _looked_up(rules, lambda resolver: resolver.lookup(reference))
    node = rules.node(rules.targets[reference])

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        inner = seen.new()
        node.check(value, resolver, inner, errors, entered=True)
        rules.merge(seen, inner)

    return run


@TABLE.keyword("$recursiveRef")
def _recursive_ref(rules: Rules, _reference: str, _: Schema) -> Run:
    from referencing.jsonschema import lookup_recursive_ref

    return _looked_up(rules, lookup_recursive_ref)


def _looked_up(rules: Rules, lookup: Callable[[Any], Any]) -> Run:
    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        rules.budget.spend(_LOOKUP)
        found = lookup(resolver)
        inner = seen.new()
        rules.node(found.contents).check(value, found.resolver, inner, errors, entered=True)
        rules.merge(seen, inner)

    return run


@TABLE.keyword("allOf")
def _all_of(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    nodes = [rules.node(schema) for schema in schemas]

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        for index, node in enumerate(nodes):
            node.check_in_place(value, resolver, seen, errors, index)

    return run


@TABLE.keyword("anyOf")
def _any_of(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    return _choice(rules, schemas, lambda valid: valid > 0)


@TABLE.keyword("oneOf")
def _one_of(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    return _choice(rules, schemas, lambda valid: valid == 1)


def _choice(rules: Rules, schemas: list[Any], accepts: Callable[[int], bool]) -> Run:
    """Return a check of how many of the schemas a value satisfies."""
    nodes = [rules.node(schema) for schema in schemas]

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        valid, context = 0, Errors()
        # All are evaluated, since each valid one may evaluate other keys.
        for index, node in enumerate(nodes):
            before, inner = len(context), seen.new()
            node.check_in_place(value, resolver, inner, context, index)
            if len(context) == before:
                valid += 1
                rules.merge(seen, inner)
        if not accepts(valid):
            add_error(errors, context=() if valid else context)

    return run


@TABLE.keyword("not")
def _not(rules: Rules, schema: Any, _: Schema) -> Run:
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        if node.is_valid(value, resolver, seen.new()):
            add_error(errors)

    return run


@TABLE.keyword("if")
def _if(rules: Rules, condition: Any, schema: Schema) -> Run:
    node = rules.node(condition)
    branches = {step: rules.node(schema.get(step, True)) for step in ("then", "else")}

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        inner = seen.new()
        step = "then" if node.is_valid(value, resolver, inner) else "else"
        if step == "then":
            rules.merge(seen, inner)
        branches[step].check_in_place(value, resolver, seen, errors, step)

    return run


@TABLE.keyword("dependencies", "dependentRequired", "dependentSchemas", of=(dict,))
def _dependencies(rules: Rules, needs: Mapping[str, Any], _: Schema) -> Run:
    # The older `dependencies` has lists of keys as well as schemas.
    lists = {name: needed for name, needed in needs.items() if isinstance(needed, list)}
    nodes = {name: rules.node(needs[name]) for name in needs.keys() - lists.keys()}

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        for name in _common(rules, value, needs):
            if name in nodes:
                nodes[name].check_in_place(value, resolver, seen, errors, name)
                continue
            rules.look_at(len(lists[name]))
            for other in lists[name]:
                if other not in value:
                    add_error(
                        errors, f"the key {quote(other)} is missing, which {quote(name)} needs"
                    )

    return run


# --- members of objects ------------------------------------------------------------------------


def _common(rules: Rules, value: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Return the keys that are in both, in time by the smaller one."""
    smaller, larger = (value, names) if len(value) < len(names) else (names, value)
    rules.look_at(len(smaller))
    return [name for name in smaller if name in larger]


@TABLE.keyword("properties", of=(dict,))
def _properties(rules: Rules, schemas: Mapping[str, Any], _: Schema) -> Run:
    nodes = {name: rules.node(schema) for name, schema in schemas.items()}

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        for name in _common(rules, value, nodes):
            seen.add_key(name)
            nodes[name].check_child(name, value[name], resolver, errors, name)

    return run


@TABLE.keyword("patternProperties", of=(dict,))
def _pattern_properties(rules: Rules, schemas: Mapping[str, Any], _: Schema) -> Run:
    nodes = {expression: rules.node(schema) for expression, schema in schemas.items()}

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        known = rules.known(value)
        for expression, node in nodes.items():
            for name, item in value.items():
                if node.schema is False and name in known:
                    continue
                if rules.budget.search(expression, name):
                    seen.add_key(name)
                    node.check_child(name, item, resolver, errors, expression)

    return run


@TABLE.keyword("additionalProperties", of=(dict,))
def _additional_properties(rules: Rules, schema: Any, around: Schema) -> Run:
    declared = frozenset(around.get("properties", ()))
    expressions = tuple(around.get("patternProperties", ()))
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        rules.look_at(min(len(value), len(declared)))
        others = [name for name in value if name not in declared]
        for expression in expressions:
            others = [name for name in others if not rules.budget.search(expression, name)]
        _check_others(node, others, value, resolver, seen, errors)

    return run


@TABLE.keyword("unevaluatedProperties", of=(dict,))
def _unevaluated_properties(rules: Rules, schema: Any, _: Schema) -> Run:
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        others = [name for name in value if name not in seen.keys]
        _check_others(node, others, value, resolver, seen, errors)

    return run


def _check_others(
    node: Node, names: list[str], value: Any, resolver: Any, seen: Seen, errors: Errors
) -> None:
    """Check the keys that no other keyword has evaluated; each error is at its key."""
    node.rules.look_at(len(value))
    known = node.rules.known(value)
    for name in names:
        if name in known:
            continue
        seen.add_key(name)
        if node.schema is False:
            add_error(errors, f"the key {quote(name)} is not allowed here", path=(name,))
        else:
            node.check_child(name, value[name], resolver, errors)


@TABLE.keyword("propertyNames", of=(dict,))
def _property_names(rules: Rules, schema: Any, _: Schema) -> Run:
    node = rules.node(schema)

    def run(value: Any, resolver: Any, _seen: Seen, errors: Errors) -> None:
        known = rules.known(value)
        for name in value:
            if name not in known:
                node.check_child(name, name, resolver, errors)

    return run


# --- items of lists ----------------------------------------------------------------------------


@TABLE.keyword("items", of=(list,))
def _items(rules: Rules, schema: Any, around: Schema) -> Run:
    if isinstance(schema, list):  # before 2020-12
        return _prefix_items(rules, schema, around)
    before = len(around.get("prefixItems", ())) if rules.has_prefix else 0
    return _items_from(rules, schema, before)


@TABLE.keyword("additionalItems", of=(list,))
def _additional_items(rules: Rules, schema: Any, around: Schema) -> Run:
    before = around.get("items")
    if isinstance(before, list):
        return _items_from(rules, schema, len(before))
    return lambda *_: None


@TABLE.keyword("prefixItems", of=(list,))
def _prefix_items(rules: Rules, schemas: list[Any], _: Schema) -> Run:
    nodes = [rules.node(schema) for schema in schemas]

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        for index, (item, node) in enumerate(zip(value, nodes, strict=False)):
            seen.add_items(index, index + 1)
            node.check_child(index, item, resolver, errors, index)

    return run


def _items_from(rules: Rules, schema: Any, start: int) -> Run:
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        count = len(value)
        rules.look_at(count)
        seen.add_items(start, count)
        if schema is False and count > start:
            add_error(errors, f"{counted(count, 'item')} here; at most {start} are allowed")
        elif schema is not True:
            for index in range(start, count):
                node.check_child(index, value[index], resolver, errors)

    return run


@TABLE.keyword("unevaluatedItems", of=(list,))
def _unevaluated_items(rules: Rules, schema: Any, _: Schema) -> Run:
    node = rules.node(schema)

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        rules.look_at(len(value))
        for index, item in enumerate(value):
            if index not in seen.items:
                seen.add_items(index, index + 1)
                node.check_child(index, item, resolver, errors)

    return run


@TABLE.keyword("contains", of=(list,))
def _contains(rules: Rules, schema: Any, around: Schema) -> Run:
    node = rules.node(schema)
    least = around.get("minContains", 1) if rules.modern else 1
    most = around.get("maxContains") if rules.modern else None

    def run(value: Any, resolver: Any, seen: Seen, errors: Errors) -> None:
        matches = [n for n, item in enumerate(value) if node.is_valid(item, resolver, UNTRACKED)]
        if rules.has_prefix:
            for index in matches:
                seen.add_items(index, index + 1)
        actual = f"{len(matches)} items fit `contains`"
        if len(matches) < least:
            keyword = "minContains" if matches else ""
            add_error(errors, f"{actual}; at least {least} must", keyword=keyword)
        elif most is not None and len(matches) > most:
            add_error(errors, f"{actual}; at most {most} may", keyword="maxContains")

    return run
