"""Values checked against JSON Schema, within a budget and with the exact place of every error.

Each schema is compiled once, into the few keywords that matter for each type of value
(:class:`Node`). The keywords of the ``jsonschema`` library are not used: they are several times
slower, some take the square of a list's length, and none can be stopped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lukhas_notion.manifests.json_schema.budget import MAX_DEPTH, Budget, TooDeepError


@dataclass(slots=True, eq=False)
class SchemaError:
    """One error of a value by a schema.

    Args:
        message: what is wrong, where the keyword has to say more than its name.
        keyword: the keyword that fails; "false" where the schema is false.
        argument: what the keyword is given in the schema.
        instance: the value that fails.
        schema: the schema that has the keyword.
        path: the keys and indices that lead to the value, from where the check, or the choice
            around it, began.
        schema_path: those that lead to the keyword, likewise.
        context: of a choice, the errors of what could be chosen.
        around: the error of the choice that has this in its context.
    """

    message: str = ""
    keyword: str = ""
    argument: Any = None
    instance: Any = None
    schema: Any = None
    path: deque[str | int] = field(default_factory=deque)
    schema_path: deque[str | int] = field(default_factory=deque)
    context: list[SchemaError] = field(default_factory=list)
    around: SchemaError | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for error in self.context:
            error.around = self

    @property
    def absolute_path(self) -> tuple[str | int, ...]:
        """The way to the value from the document's top."""
        return (*(self.around.absolute_path if self.around else ()), *self.path)

    @property
    def absolute_schema_path(self) -> tuple[str | int, ...]:
        """The way to the keyword from the schema's top."""
        return (*(self.around.absolute_schema_path if self.around else ()), *self.schema_path)


Errors = list[SchemaError]


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of JSON Schema.

    Args:
        keywords: the names of those that it has.
        is_type: whether a value is of a type, by the type's name.
        create_resource: makes of a schema what references are looked up in.
        id_keyword: what names a schema.
        meta_schema: the schema of its schemas.
    """

    keywords: Collection[str]
    is_type: Callable[[Any, str], bool]
    create_resource: Callable[[Any], Any]
    id_keyword: str = "$id"
    meta_schema: Any = True


def is_json_type(value: Any, name: str) -> bool:
    """Whether a value is of a type, as drafts from 6 on have them: 1.0 is an integer."""
    if isinstance(value, bool) or value is None:
        return name == ("null" if value is None else "boolean")
    if isinstance(value, int | float):
        return name == "number" or (name == "integer" and value == value // 1)
    return isinstance(value, {"string": str, "array": list, "object": dict}.get(name, ()))


#: Entries of a list or an object that one step of the budget looks at.
ENTRIES = 16
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
#: Steps for reporting an error.
_REPORT = 8
#: Stands for the value of an error until the schema around the keyword fills it in.
_PENDING = object()
#: A value of each type of which it is the type alone that decides whether `type` holds.
_SAMPLES: dict[type, Any] = {dict: {}, list: [], str: "", int: 0, bool: True, type(None): None}


class Seen:
    """Keys and items of one value that some keyword has evaluated (JSON Schema, section 11)."""

    __slots__ = ("items", "keys")

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.items: set[int] = set()

    def begin(self) -> Seen:
        """Return what is evaluated within a schema: it does not see what is beside it."""
        return Seen()

    def add_key(self, key: str) -> None:
        """Take note of a key."""
        self.keys.add(key)

    def add_items(self, start: int, end: int) -> None:
        """Take note of the items from ``start`` until before ``end``."""
        self.items.update(range(start, end))


class _Unasked(Seen):
    """Where no ``unevaluated…`` asks, nothing is noted."""

    __slots__ = ()

    def begin(self) -> Seen:
        return self

    def add_key(self, key: str) -> None:
        pass

    def add_items(self, start: int, end: int) -> None:
        pass


UNASKED = _Unasked()

Run = Callable[[Any, Any, Seen, Errors], object]
"""Checks one value: the value, what references are looked up with, what has been evaluated of the
value, and the list to which errors are added."""
Make = Callable[["Rules", Any, Mapping[str, Any]], Run]
"""Compiles a keyword: the rules, its argument, and the schema in which it stands."""


Keyword = tuple[tuple[type, ...], Make]
"""The types of values that a keyword looks at, () for all; and what compiles it."""


class Table(dict[str, Keyword]):
    """Keywords by their names."""

    def keyword(self, *names: str, of: tuple[type, ...] = ()) -> Callable[[Make], Make]:
        """Add what compiles a keyword; ``of`` are the types of values that it looks at."""

        def add(make: Make) -> Make:
            self.update((name, (of, make)) for name in names)
            return make

        return add


def failure(
    errors: Errors,
    message: str = "",
    *,
    keyword: str = "",
    path: Iterable[str | int] = (),
    context: Iterable[SchemaError] = (),
) -> None:
    """Add an error of the present keyword, or of the related one that is named."""
    error = SchemaError(message, keyword, path=deque(path), context=list(context))
    error.instance = _PENDING
    errors.append(error)


class Rules:
    """Checks values against schemas of one draft.

    Args:
        table: the keywords.
        draft: the version of JSON Schema.
        budget: what the work is taken off.
        formats: what checks a text by each format; a format that is not there is not asserted.
        targets: ``$ref`` → schema, where all references are within the one document and mean the
            same from everywhere; None where each is looked up every time.
        known: returns the keys of a value that are known whatever the schema says of others.
    """

    def __init__(
        self,
        table: Mapping[str, Keyword],
        draft: Draft,
        budget: Budget,
        formats: Mapping[str, Callable[[str], bool]],
        targets: Mapping[str, Any] | None = None,
        known: Callable[[Any], frozenset[str]] = lambda _: frozenset(),
    ) -> None:
        self.table = {name: table[name] for name in table if name in draft.keywords}
        self.modern = "dependentRequired" in draft.keywords
        self.has_prefix = "prefixItems" in draft.keywords
        self.is_type = draft.is_type
        self.budget = budget
        self.formats = formats
        self.targets = targets
        self.known = known
        self.resource = draft.create_resource
        self.id_keyword = draft.id_keyword
        self.depth = 0
        self._nodes: dict[int, Node] = {}

    def errors(self, value: Any, schema: Any, resolver: Any, errors: Errors) -> None:
        """Add every error of a value by a schema, whose references ``resolver`` looks up.

        Raises:
            ExhaustedError: it takes more work than it may.
            TooDeepError: schemas and references lead too deep.
        """
        self.node(schema).check(value, resolver, UNASKED, errors, entered=True)

    def node(self, schema: Any) -> Node:
        """Return a schema as it is checked; each is compiled once, when it is first needed."""
        node = self._nodes.get(id(schema))
        if node is None:
            node = self._nodes[id(schema)] = Node(schema, self)
        return node

    def look_at(self, entries: int) -> None:
        """Take the look at so many entries off the budget."""
        if entries >= ENTRIES:
            self.budget.spend(entries // ENTRIES)

    def merge(self, seen: Seen, inner: Seen) -> None:
        """Take what another schema has evaluated of the same value for evaluated."""
        if inner is not seen:
            self.look_at(len(inner.keys) + len(inner.items))
            seen.keys.update(inner.keys)
            seen.items.update(inner.items)

    def identity(self, value: Any) -> object:
        """Return what two values share exactly when JSON Schema holds them equal."""
        if isinstance(value, bool):
            return ("boolean", value)
        if isinstance(value, list | dict):
            self.budget.spend(1 + len(value) // ENTRIES)
        if isinstance(value, list):
            return tuple(map(self.identity, value))
        if isinstance(value, dict):
            return frozenset((name, self.identity(item)) for name, item in value.items())
        return value


class Node:
    """One schema, compiled: for each type of value, the keywords that look at it."""

    __slots__ = (
        *("_allows", "_cost", "_has_id", "_names", "_plans", "_runs", "_sees"),
        *("rules", "schema"),
    )

    def __init__(self, schema: Any, rules: Rules) -> None:
        # It is kept, so that its id in the table of nodes stays its own.
        self.schema = schema
        self.rules = rules
        self._names: list[str] = []
        self._has_id = False
        if isinstance(schema, dict):
            # Before 2019-09, nothing beside a $ref counts.
            alone = "$ref" in schema and not rules.modern
            names = [n for n in (["$ref"] if alone else schema) if n in rules.table]
            # What is unevaluated is known at the end.
            self._names = sorted(names, key=_UNEVALUATED.__contains__)
            self._has_id = rules.id_keyword in schema
        self._sees = not _UNEVALUATED.isdisjoint(self._names)
        self._cost = 1 + len(self._names)
        #: The types of which every value is valid.
        self._allows: set[type] = set()
        self._runs: dict[str, Run] = {}
        self._plans: dict[type, list[tuple[str, Run]]] = {}

    def check(
        self, value: Any, resolver: Any, seen: Seen, errors: Errors, *, entered: bool = False
    ) -> None:
        """Add the errors of a value to a list.

        ``resolver`` looks up references around this schema, or, where the schema has been
        ``entered``, within it. ``seen`` is what has been evaluated of the value.
        """
        rules = self.rules
        rules.budget.spend(self._cost)
        if self.schema is False:
            errors.append(SchemaError(keyword="false", instance=value, schema=False))
            return
        plan = self._plans.get(type(value))
        if plan is None:
            plan = self._plan(type(value))
        if not plan:
            return
        if rules.depth == MAX_DEPTH:
            raise TooDeepError
        if self._has_id and not entered:
            resolver = resolver.in_subresource(rules.resource(self.schema))
        if self._sees and seen is UNASKED:
            seen = Seen()
        rules.depth += 1
        start = len(errors)
        name = ""
        try:
            for name, run in plan:
                run(value, resolver, seen, errors)
                if len(errors) > start:
                    own = self._complete(value, errors, start, name)
                    start = len(errors)
                    rules.budget.spend(_REPORT * own)
        finally:
            rules.depth -= 1
            if len(errors) > start:
                # What was found before the work ran out is reported too.
                self._complete(value, errors, start, name)

    def inside(
        self,
        key: str | int,
        value: Any,
        resolver: Any,
        errors: Errors,
        step: str | int | None = None,
    ) -> None:
        """Add the errors of the value at ``key``; the schema is at ``step`` of the keyword."""
        if type(value) in self._allows:
            # Most values: no keyword looks at them.
            self.rules.budget.spend(self._cost)
            return
        start = len(errors)
        try:
            self.check(value, resolver, UNASKED, errors)
        finally:
            for error in islice(errors, start, None):
                error.path.appendleft(key)
                if step is not None:
                    error.schema_path.appendleft(step)

    def same(self, value: Any, resolver: Any, seen: Seen, errors: Errors, step: str | int) -> None:
        """Add the errors of the same value by this schema, at ``step`` of the keyword."""
        start, inner = len(errors), seen.begin()
        try:
            self.check(value, resolver, inner, errors)
        finally:
            for error in islice(errors, start, None):
                error.schema_path.appendleft(step)
        self.rules.merge(seen, inner)

    def holds(self, value: Any, resolver: Any, seen: Seen) -> bool:
        """Whether the same value, or one inside it, has no error."""
        errors: Errors = []
        self.check(value, resolver, seen, errors)
        return not errors

    def _complete(self, value: Any, errors: Errors, start: int, name: str) -> int:
        """Say of new errors where they are from; return how many are the keyword's own."""
        own = 0
        for error in islice(errors, start, None):
            if error.instance is _PENDING:
                own += 1
                error.keyword = error.keyword or name
                error.argument = self.schema[name]
                error.instance = value
                error.schema = self.schema
            error.schema_path.appendleft(name)
        return own

    def _plan(self, kind: type) -> list[tuple[str, Run]]:
        """Return the keywords that look at values of a type, compiled when they are first needed.

        ``type`` is left out where it holds for every value of that type.
        """
        plan = []
        for name in self._names:
            kinds, make = self.rules.table[name]
            if kinds and kind not in kinds:
                continue
            run = self._runs.get(name)
            if run is None:
                run = self._runs[name] = make(self.rules, self.schema[name], self.schema)
            if name == "type" and kind in _SAMPLES:
                errors: Errors = []
                run(_SAMPLES[kind], None, UNASKED, errors)
                if not errors:
                    continue
            plan.append((name, run))
        self._plans[kind] = plan
        if not plan and self.schema is not False:
            self._allows.add(kind)
        return plan
