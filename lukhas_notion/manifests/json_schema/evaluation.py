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
        message: what is wrong; "" where keyword, argument and value say it.
        keyword: the keyword that fails; "false" where the schema is false.
        argument: the value of the keyword in the schema.
        instance: the value that fails.
        schema: the schema of the keyword.
        path: the keys and indices that lead to the value, from the start of the check, or of the
            choice around it.
        schema_path: those that lead to the keyword, likewise.
        context: the errors of the alternatives of a choice.
        around: the error of the choice whose context contains this one.
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
        """The path of the value from the top of the document."""
        return (*(self.around.absolute_path if self.around else ()), *self.path)

    @property
    def absolute_schema_path(self) -> tuple[str | int, ...]:
        """The path of the keyword from the top of the schema."""
        return (*(self.around.absolute_schema_path if self.around else ()), *self.schema_path)


Errors = list[SchemaError]


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of JSON Schema.

    Args:
        keywords: their names.
        is_type: returns whether a value has a type, by the type's name.
        create_resource: returns the resource of a schema, in which references are looked up.
        id_keyword: the keyword that identifies a schema.
        meta_schema: the schema of schemas.
    """

    keywords: Collection[str]
    is_type: Callable[[Any, str], bool]
    create_resource: Callable[[Any], Any]
    id_keyword: str = "$id"
    meta_schema: Any = True


def is_json_type(value: Any, name: str) -> bool:
    """Return whether a value has a type, as from draft 6 on: 1.0 is an integer."""
    if isinstance(value, bool) or value is None:
        return name == ("null" if value is None else "boolean")
    if isinstance(value, int | float):
        return name == "number" or (name == "integer" and value == value // 1)
    return isinstance(value, {"string": str, "array": list, "object": dict}.get(name, ()))


#: Entries of a list or an object for each step of the budget.
ENTRIES = 16
_UNEVALUATED = frozenset({"unevaluatedItems", "unevaluatedProperties"})
#: Steps for reporting an error.
_REPORT = 8
#: Marks an error that :meth:`Node._complete` has not completed yet.
_PENDING = object()
#: One value for each type that decides alone whether `type` holds; a float may be an integer.
_SAMPLES: dict[type, Any] = {dict: {}, list: [], str: "", int: 0, bool: True, type(None): None}


class Seen:
    """The keys and items of one value that keywords have evaluated (JSON Schema, section 11)."""

    __slots__ = ("items", "keys")

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.items: set[int] = set()

    def new(self) -> Seen:
        """Return an empty record for a subschema, which does not see those of its siblings."""
        return Seen()

    def add_key(self, key: str) -> None:
        """Record a key."""
        self.keys.add(key)

    def add_items(self, start: int, end: int) -> None:
        """Record the items from ``start`` to before ``end``."""
        self.items.update(range(start, end))


class _Untracked(Seen):
    """Records nothing: no ``unevaluated…`` keyword asks."""

    __slots__ = ()

    def new(self) -> Seen:
        return self

    def add_key(self, key: str) -> None:
        pass

    def add_items(self, start: int, end: int) -> None:
        pass


UNTRACKED = _Untracked()

Run = Callable[[Any, Any, Seen, Errors], object]
"""Checks one value: the value, the resolver of references, the record of what has been evaluated of
the value, and the list to which errors are added."""
Compile = Callable[["Rules", Any, Mapping[str, Any]], Run]
"""Compiles a keyword: the rules, its argument, and its schema."""
Keyword = tuple[tuple[type, ...], Compile]
"""The types of values that a keyword checks, () for all; and its compiler."""


class Table(dict[str, Keyword]):
    """Keywords by their names."""

    def keyword(self, *names: str, of: tuple[type, ...] = ()) -> Callable[[Compile], Compile]:
        """Register the compiler of keywords that check values ``of`` some types, by default all."""

        def add(compile_keyword: Compile) -> Compile:
            self.update((name, (of, compile_keyword)) for name in names)
            return compile_keyword

        return add


def add_error(
    errors: Errors,
    message: str = "",
    *,
    keyword: str = "",
    path: Iterable[str | int] = (),
    context: Iterable[SchemaError] = (),
) -> None:
    """Add an error of the present keyword, or of a related ``keyword`` of the same schema."""
    error = SchemaError(message, keyword, path=deque(path), context=list(context))
    error.instance = _PENDING
    errors.append(error)


class Rules:
    """Checks values against schemas of one draft.

    Args:
        table: the keywords.
        draft: the version of JSON Schema.
        budget: the work that is left.
        formats: a check of texts for each format; other formats are not asserted.
        targets: ``$ref`` → schema, where all references are within one document and mean the same
            everywhere in it; None where each is resolved every time.
        known: returns the keys of a value that are allowed whatever the schema says.
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
            ExhaustedError: the budget is spent.
            TooDeepError: schemas and references lead too deep.
        """
        self.node(schema).check(value, resolver, UNTRACKED, errors, entered=True)

    def node(self, schema: Any) -> Node:
        """Return a compiled schema; each is compiled once, on first use."""
        node = self._nodes.get(id(schema))
        if node is None:
            node = self._nodes[id(schema)] = Node(schema, self)
        return node

    def look_at(self, entries: int) -> None:
        """Subtract the steps for so many entries from the budget."""
        if entries >= ENTRIES:
            self.budget.spend(entries // ENTRIES)

    def merge(self, seen: Seen, inner: Seen) -> None:
        """Record what a subschema has evaluated of the same value."""
        if inner is not seen:
            self.look_at(len(inner.keys) + len(inner.items))
            seen.keys.update(inner.keys)
            seen.items.update(inner.items)

    def identity(self, value: Any) -> object:
        """Return a key that two values share exactly when JSON Schema says that they are equal."""
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
    """One compiled schema: for each type of value, the keywords that check it."""

    __slots__ = (
        *("_allows", "_cost", "_has_id", "_names", "_plans", "_runs", "_sees"),
        *("rules", "schema"),
    )

    def __init__(self, schema: Any, rules: Rules) -> None:
        # The table of nodes has it by its id, which stays unique while the schema is kept.
        self.schema = schema
        self.rules = rules
        self._names: list[str] = []
        self._has_id = False
        if isinstance(schema, dict):
            # Before 2019-09, a $ref overrides all other keywords.
            overrides = "$ref" in schema and not rules.modern
            names = [n for n in (["$ref"] if overrides else schema) if n in rules.table]
            # They need the result of all others.
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

        ``resolver`` resolves references around this schema, or, where the schema has been
        ``entered``, within it.
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
        if self._sees and seen is UNTRACKED:
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
                # Errors from before the budget was spent are reported, too.
                self._complete(value, errors, start, name)

    def check_child(
        self,
        key: str | int,
        value: Any,
        resolver: Any,
        errors: Errors,
        step: str | int | None = None,
    ) -> None:
        """Add the errors of the child at ``key``; the schema is at ``step`` of the keyword."""
        if type(value) in self._allows:
            # Most values: no keyword checks them.
            self.rules.budget.spend(self._cost)
            return
        start = len(errors)
        try:
            self.check(value, resolver, UNTRACKED, errors)
        finally:
            for error in islice(errors, start, None):
                error.path.appendleft(key)
                if step is not None:
                    error.schema_path.appendleft(step)

    def check_in_place(
        self, value: Any, resolver: Any, seen: Seen, errors: Errors, step: str | int
    ) -> None:
        """Add the errors of the same value; the schema is at ``step`` of the keyword."""
        start, inner = len(errors), seen.new()
        try:
            self.check(value, resolver, inner, errors)
        finally:
            for error in islice(errors, start, None):
                error.schema_path.appendleft(step)
        self.rules.merge(seen, inner)

    def is_valid(self, value: Any, resolver: Any, seen: Seen) -> bool:
        """Return whether a value has no error."""
        errors: Errors = []
        self.check(value, resolver, seen, errors)
        return not errors

    def _complete(self, value: Any, errors: Errors, start: int, name: str) -> int:
        """Add the origin to new errors; return how many are the keyword's own."""
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

    def _plan(self, value_type: type) -> list[tuple[str, Run]]:
        """Return the keywords that check values of a type, compiled on first use.

        ``type`` is left out where every value of that type satisfies it.
        """
        plan = []
        for name in self._names:
            types, compile_keyword = self.rules.table[name]
            if types and value_type not in types:
                continue
            run = self._runs.get(name)
            if run is None:
                run = compile_keyword(self.rules, self.schema[name], self.schema)
                self._runs[name] = run
            if name == "type" and value_type in _SAMPLES:
                errors: Errors = []
                run(_SAMPLES[value_type], None, UNTRACKED, errors)
                if not errors:
                    continue
            plan.append((name, run))
        self._plans[value_type] = plan
        if not plan and self.schema is not False:
            self._allows.add(value_type)
        return plan
