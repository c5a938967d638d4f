"""Explain the errors of a schema to an author who has not read the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lukhas_notion.manifests.json_schema.evaluation import SchemaError
from lukhas_notion.manifests.json_values import (
    TYPES,
    any_of,
    describe_type,
    join_pointer,
    quote,
    show,
)
from lukhas_notion.util.text import NameIndex, counted, difference, shortened

#: Levels of choices within choices that are explained.
_DEEPEST = 3

Words = tuple[str, str]
"""What is wrong, and what to do about it, which may be empty. Both are short."""


class Explainer:
    """Explains the errors of one schema.

    Args:
        is_read: returns whether the configuration reads the value at a pointer, which is then not
            removed but allowed.
    """

    def __init__(self, is_read: Callable[[str], bool] = lambda _: False) -> None:
        self._is_read = is_read
        #: By the id of an ``enum``, which is kept next to the index so that the id stays unique.
        self._enums: dict[int, tuple[Any, NameIndex]] = {}

    def explain(self, error: SchemaError, depth: int = 0) -> Words:
        """Return what is wrong, and what to do about it."""
        message, remedy = self._words(error, depth)
        if remedy.startswith("Remove it") and self._is_read(join_pointer(error.absolute_path)):
            remedy = "Allow it in the schema, because a property is read from it."
        return message, remedy

    def _words(self, error: SchemaError, depth: int) -> Words:
        keyword = str(error.keyword)
        if error.schema is False and not error.absolute_path:
            return "the schema is false here, which allows no manifest", "Change the schema."
        if error.schema is False:
            return "this is not allowed here", "Remove it."
        if keyword in ("oneOf", "anyOf"):
            return self._choice(error, depth)
        if keyword == "enum":
            return self._enum(error.instance, error.argument)
        words = _WORDS.get(keyword)
        if words is not None:
            return words(error.instance, error.argument)
        return shortened(str(error.message), 200), _REMEDIES.get(keyword, "")

    def _enum(self, instance: Any, allowed: Any) -> Words:
        message = f"{show(instance)} is not one of {any_of(allowed, show)}"
        if not isinstance(instance, str):
            return message, ""
        if id(allowed) not in self._enums:
            texts = (value for value in allowed if isinstance(value, str))
            self._enums[id(allowed)] = (allowed, NameIndex(texts))
        close = self._enums[id(allowed)][1].nearest(instance, limit=1)
        if not close:
            return message, ""
        remedy = f"Did you mean {quote(close[0])}?"
        if apart := difference(instance, close[0]):
            remedy += f" The two look the same: {apart}."
        return message, remedy

    def _choice(self, error: SchemaError, depth: int) -> Words:
        """Explain ``oneOf`` and ``anyOf`` by the alternatives and the closest of them."""
        branches: Any = error.argument
        names = any_of(branches, _name)
        if not error.context:
            message = f"{show(error.instance)} matches more than one of these: {names}"
            return message, "Correct the schema, or write a value that fits one of them only."
        message = f"{show(error.instance)} must be one of these: {names}"
        closest = _closest(error.context)
        if closest is None or depth == _DEEPEST:
            return message, ""
        index, failures = closest
        reason, remedy = self.explain(failures[0], depth + 1)
        where = "/".join(str(token) for token in failures[0].path)
        place = f"at {quote(where)} " if where else ""
        name = _name(branches[index])
        return f"{message}; the closest is {name}, which fails because {place}{reason}", remedy


_REMEDIES = {
    "required": "Add it.",
    "dependentRequired": "Add it.",
    "additionalProperties": "Remove it, or correct its spelling.",
    "unevaluatedProperties": "Remove it, or correct its spelling.",
    "uniqueItems": "Keep one of the two.",
}


def _type(instance: Any, allowed: Any) -> Words:
    names = any_of([allowed] if isinstance(allowed, str) else allowed, _type_name)
    value = "this" if isinstance(instance, list | dict | bool | None) else show(instance)
    return f"{value} is {describe_type(instance)}; it must be {names}", ""


def _format(instance: Any, name: Any) -> Words:
    words, example = _FORMATS.get(name, (f"of the format {quote(str(name))}", ""))
    return f"{show(instance)} is not {words}", f"Write it like {example}." if example else ""


def _bound(relation: str) -> Callable[[Any, Any], Words]:
    return lambda instance, limit: (f"{show(instance)} must be {relation} {show(limit)}", "")


def _size(measure: str, relation: str, verb: str) -> Callable[[Any, Any], Words]:
    def words(instance: Any, limit: Any) -> Words:
        if relation == "at least" and limit == 1:
            return f"{describe_type(instance)} that is empty; at least 1 {measure} is needed", ""
        return f"{counted(len(instance), measure)} here; {relation} {limit} are {verb}", ""

    return words


_WORDS: dict[str, Callable[[Any, Any], Words]] = {
    "type": _type,
    "const": lambda instance, constant: (f"{show(instance)} must be {show(constant)}", ""),
    "format": _format,
    "pattern": lambda instance, pattern: (
        f"{show(instance)} does not match the pattern {quote(str(pattern), 200)}",
        "",
    ),
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "multipleOf": _bound("a multiple of"),
    "minLength": _size("character", "at least", "needed"),
    "maxLength": _size("character", "at most", "allowed"),
    "minItems": _size("item", "at least", "needed"),
    "maxItems": _size("item", "at most", "allowed"),
    "minProperties": _size("key", "at least", "needed"),
    "maxProperties": _size("key", "at most", "allowed"),
    "not": lambda instance, schema: (f"{show(instance)} must not be {_name(schema)}", ""),
    "contains": lambda _, schema: (f"the list must have an item that is {_name(schema)}", ""),
}

_FORMATS = {
    "date": ("a date", "2026-01-31"),
    "date-time": ("a date and time with its time zone", "2026-01-31T12:00:00Z"),
    "time": ("a time with its time zone", "12:00:00Z"),
    "duration": ("a duration", "P3DT4H"),
    "uri": ("an absolute URL", "https://example.org/path"),
    "uri-reference": ("a URL or a relative path", "docs/README.md"),
    "iri": ("an absolute URL", "https://example.org/path"),
    "iri-reference": ("a URL or a relative path", "docs/README.md"),
    "uri-template": ("a URL template", "https://example.org/{name}"),
    "email": ("an e-mail address", "name@example.org"),
    "idn-email": ("an e-mail address", "name@example.org"),
    "hostname": ("a host name", "www.example.org"),
    "idn-hostname": ("a host name", "www.example.org"),
    "ipv4": ("an IPv4 address", "192.0.2.1"),
    "ipv6": ("an IPv6 address", "2001:db8::1"),
    "uuid": ("a UUID", "123e4567-e89b-12d3-a456-426614174000"),
    "json-pointer": ("a JSON pointer", "/a/b"),
    "relative-json-pointer": ("a relative JSON pointer", "1/b"),
    "regex": ("a regular expression", "^[a-z]+$"),
    "color": ("a colour", "#336699"),
}


def _closest(context: Iterable[SchemaError]) -> tuple[int, list[SchemaError]] | None:
    """Return the alternative that was most likely meant, by its index, and its errors.

    One that fails inside the value precedes one that fails at its top, and one of another type is
    the last.
    """
    failures: dict[int, list[SchemaError]] = {}
    for error in context:
        # The schema false is close to nothing.
        if error.schema is not False or error.path:
            failures.setdefault(int(error.schema_path[0]), []).append(error)

    def rank(item: tuple[int, list[SchemaError]]) -> tuple[bool, bool, int]:
        _, errors = item
        at_top = [error for error in errors if not error.path]
        return any(error.keyword == "type" for error in at_top), bool(at_top), len(errors)

    return min(failures.items(), key=rank, default=None)


def _name(schema: Any) -> str:
    """Describe the values that a schema allows, in a few words."""
    if not isinstance(schema, dict):
        return "anything" if schema else "nothing"
    for keyword, words in _NAMES.items():
        if keyword in schema:
            return words(schema[keyword])
    types = schema.get("type", "object")
    names = any_of([types] if isinstance(types, str) else types, _type_name)
    required = schema.get("required", ())
    if not required:
        return names
    return f"{names} with {any_of(required, lambda name: quote(name, 40), 120)}"


def _type_name(name: Any) -> str:
    return TYPES.get(name, str(name))


#: The first of these keywords that a schema has describes it best.
_NAMES: dict[str, Callable[[Any], str]] = {
    "title": lambda title: shortened(title, 60),
    "const": show,
    "enum": lambda allowed: any_of(allowed, show, 80),
    "$ref": lambda reference: quote(reference.rpartition("/")[2].lstrip("#")),
    "format": lambda name: _FORMATS.get(name, (f"of the format {quote(name)}", ""))[0],
    "pattern": lambda pattern: f"text that matches {quote(pattern)}",
}
