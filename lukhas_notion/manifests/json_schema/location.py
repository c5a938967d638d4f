"""One value at one schema: what a keyword of JSON Schema is given, and what it can ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import FormatChecker, ValidationError

from lukhas_notion.manifests.json_schema.budget import Budget

Errors = Iterator[ValidationError]
#: Entries of a list or an object that one step of the budget looks at.
ENTRIES = 16
#: Stands for the value of an error until the keyword's caller fills it in.
PENDING = object()


def failure(message: str = "", *, keyword: str = "", **places: Any) -> ValidationError:
    """Return an error of the present keyword, or of the one beside it that is named."""
    return ValidationError(message, validator=keyword, instance=PENDING, **places)


@dataclass(slots=True)
class Seen:
    """Keys and items of one value that some keyword has evaluated (JSON Schema, section 11)."""

    keys: set[str] = field(default_factory=set)
    items: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the same at every place.

    Args:
        is_type: whether a value is of a JSON type, by name, as the draft has it.
        modern: whether the draft is 2019-09 or later.
        has_prefix: whether the draft has ``prefixItems`` (2020-12).
        budget: what the work is taken off.
        formats: what asserts ``format``.
        targets: ``$ref`` → schema, where all references are within the one document and mean the
            same from everywhere; None where each is looked up every time.
        known: returns the keys of a value that are known whatever the schema says of others.
        resolver_in: returns the resolver within a schema, from the one around it.
        apply: yields the errors of a value by a schema; see :class:`At` for its arguments.
    """

    is_type: Callable[[Any, str], bool]
    modern: bool
    has_prefix: bool
    budget: Budget
    formats: FormatChecker
    targets: Mapping[str, Any] | None
    known: Callable[[Any], frozenset[str]]
    resolver_in: Callable[[Any, Any], Any]
    apply: Callable[[Any, Any, Any, Seen], Errors]


@dataclass(frozen=True, slots=True)
class At:
    """One schema at one value.

    Args:
        value: what is checked.
        schema: what it is checked against.
        resolver: what references of the schema are looked up with.
        seen: what has been evaluated of the value, for ``unevaluated…``.
        rules: what is the same everywhere.
    """

    value: Any
    schema: Mapping[str, Any]
    resolver: Any
    seen: Seen
    rules: Rules

    def inside(
        self, key: str | int, schema: Any, value: Any, step: str | int | None = None
    ) -> Errors:
        """Yield the errors of the value at ``key``, by the schema at ``step`` of the keyword."""
        resolver = self.rules.resolver_in(schema, self.resolver)
        for error in self.rules.apply(value, schema, resolver, Seen()):
            error.path.appendleft(key)
            if step is not None:
                error.schema_path.appendleft(step)
            yield error

    def same(self, schema: Any, step: str | int | None = None, seen: Seen | None = None) -> Errors:
        """Yield the errors of the same value by another schema.

        What that schema evaluates goes into ``seen``, or into this place's own.
        """
        resolver = self.rules.resolver_in(schema, self.resolver)
        for error in self.moved(schema, resolver, seen):
            if step is not None:
                error.schema_path.appendleft(step)
            yield error

    def moved(self, schema: Any, resolver: Any, seen: Seen | None = None) -> Errors:
        """Yield the errors of the same value by a schema whose own resolver is known."""
        # A schema sees what is evaluated within it, and not what is beside it.
        inner = Seen() if seen is None else seen
        yield from self.rules.apply(self.value, schema, resolver, inner)
        if seen is None:
            self.merge(inner)

    def holds(self, schema: Any, seen: Seen) -> bool:
        """Whether another schema holds for the same value."""
        return next(self.same(schema, seen=seen), None) is None

    def merge(self, seen: Seen) -> None:
        """Take what another schema has evaluated for evaluated."""
        self.look_at(len(seen.keys) + len(seen.items))
        self.seen.keys.update(seen.keys)
        self.seen.items.update(seen.items)

    def look_at(self, entries: int) -> None:
        """Take the look at so many entries off the budget."""
        self.rules.budget.spend(entries // ENTRIES)

    def common(self, names: Mapping[str, Any]) -> list[str]:
        """Return the keys that the value has too, in the time that the smaller one takes."""
        smaller, larger = (
            (self.value, names) if len(self.value) < len(names) else (names, self.value)
        )
        self.look_at(len(smaller))
        return [name for name in smaller if name in larger]

    def identity(self, value: Any) -> object:
        """Return what two values share exactly when JSON Schema holds them equal."""
        if isinstance(value, bool):
            return ("boolean", value)
        if isinstance(value, list | dict):
            self.rules.budget.spend(1 + len(value) // ENTRIES)
        if isinstance(value, list):
            return tuple(self.identity(item) for item in value)
        if isinstance(value, dict):
            return frozenset((name, self.identity(item)) for name, item in value.items())
        return value


Keyword = Callable[[At, Any], Iterable[ValidationError]]
