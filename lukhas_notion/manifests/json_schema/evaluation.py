"""Values checked against JSON Schema, within a budget and with the exact place of every error.

The drafts 4, 6, 7, 2019-09 and 2020-12. The ``jsonschema`` library has the types, the formats and
the errors. Its own keywords are not used: some take the square of a list, some write the whole
value into every message, and none can be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jsonschema import FormatChecker, ValidationError

from lukhas_notion.manifests.json_schema import applicators, assertions
from lukhas_notion.manifests.json_schema.budget import MAX_DEPTH, Budget, TooDeepError
from lukhas_notion.manifests.json_schema.location import (
    PENDING,
    At,
    Errors,
    Keyword,
    Rules,
    Seen,
    failure,
)

#: Steps for reporting an error.
_REPORT = 8


class Evaluation:
    """Checks values against schemas of one draft.

    Args:
        draft: the library's validator for the draft: its types and the keywords that it has.
        specification: how the draft identifies resources.
        budget: what the work is taken off.
        formats: what asserts ``format``.
        targets, known: see :class:`lukhas_notion.manifests.json_schema.location.Rules`.
    """

    def __init__(
        self,
        draft: Any,
        specification: Any,
        budget: Budget,
        formats: FormatChecker,
        targets: Mapping[str, Any] | None = None,
        known: Callable[[Any], frozenset[str]] = lambda _: frozenset(),
    ) -> None:
        self._specification = specification
        self._budget = budget
        self._id = "$id" if "$id" in draft.META_SCHEMA else "id"
        keywords: dict[str, Keyword] = {
            **applicators.TABLE,
            **assertions.TABLE,
            "enum": self._enum,
        }
        self._table = {name: keywords[name] for name in keywords if name in draft.VALIDATORS}
        self._rules = Rules(
            is_type=draft.TYPE_CHECKER.is_type,
            modern="dependentRequired" in draft.VALIDATORS,
            has_prefix="prefixItems" in draft.VALIDATORS,
            budget=budget,
            formats=formats,
            targets=targets,
            known=known,
            resolver_in=self._resolver_in,
            apply=self._apply,
        )
        self._depth = 0
        # By the id of a part of a schema, which is kept beside it, so that the id stays its own.
        self._plans: dict[int, tuple[Any, list[tuple[str, Keyword, Any]]]] = {}
        self._enums: dict[int, tuple[Any, frozenset[object]]] = {}

    def errors(self, value: Any, schema: Any, resolver: Any) -> Errors:
        """Yield every error of a value by a schema, whose references ``resolver`` looks up.

        Raises:
            ExhaustedError: it takes more work than it may.
            TooDeepError: schemas and references lead too deep.
        """
        return self._apply(value, schema, resolver, Seen())

    def _resolver_in(self, schema: Any, resolver: Any) -> Any:
        if isinstance(schema, bool) or self._id not in schema:
            return resolver
        return resolver.in_subresource(self._specification.create_resource(schema))

    def _apply(self, value: Any, schema: Any, resolver: Any, seen: Seen) -> Errors:
        self._budget.spend()
        if schema is False:
            yield ValidationError("", validator="false", instance=value, schema=False)
        if isinstance(schema, bool):
            return
        if self._depth == MAX_DEPTH:
            raise TooDeepError
        at = At(value, schema, resolver, seen, self._rules)
        self._depth += 1
        try:
            for name, keyword, argument in self._plan(schema):
                self._budget.spend()
                for error in keyword(at, argument):
                    if error.instance is PENDING:
                        self._budget.spend(_REPORT)
                        error.validator = error.validator or name
                        error.validator_value = argument
                        error.instance = value
                        error.schema = schema
                    error.schema_path.appendleft(name)
                    yield error
        finally:
            self._depth -= 1

    def _plan(self, schema: Mapping[str, Any]) -> list[tuple[str, Keyword, Any]]:
        """Return the keywords of a schema in the order in which they are evaluated."""
        known = self._plans.get(id(schema))
        if known is not None:
            return known[1]
        # Before 2019-09, nothing beside a $ref counts.
        names = ["$ref"] if "$ref" in schema and not self._rules.modern else list(schema)
        plan = [(name, self._table[name], schema[name]) for name in names if name in self._table]
        # What is unevaluated is known at the end.
        plan.sort(key=lambda each: each[0].startswith("unevaluated"))
        self._plans[id(schema)] = (schema, plan)
        return plan

    def _enum(self, at: At, values: list[Any]) -> Errors:
        """``enum``; its values are compared by a set that is made once."""
        known = self._enums.get(id(values))
        if known is None:
            known = self._enums[id(values)] = (values, frozenset(map(at.identity, values)))
        if at.identity(at.value) not in known[1]:
            yield failure()
