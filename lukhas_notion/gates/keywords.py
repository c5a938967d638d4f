"""JSON Schema keywords that are bounded in time, fast, and say where exactly.

They replace the ``jsonschema`` library's own where those backtrack without a limit (``pattern``
and its kin), take the square of a list (``uniqueItems``), speak of several keys at once
(``additionalProperties``), or resolve and evolve again for every value what stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import ValidationError
from jsonschema.validators import extend

from lukhas_notion.gates.deadline import Deadline
from lukhas_notion.gates.words import quote, show

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]
Errors = Iterator[ValidationError]


class Keywords:
    """The keywords for one schema.

    Args:
        theirs: the library's keywords for the schema's draft.
        deadline: what bounds the time.
        targets: ``$ref`` → schema, where all that the schema refers to is within the one document
            and has one meaning; None where it is not, and the library resolves each time.
    """

    def __init__(
        self,
        theirs: Mapping[str, Keyword],
        deadline: Deadline,
        targets: Mapping[str, Any] | None,
    ) -> None:
        self._theirs = theirs
        self._deadline = deadline
        self._targets = targets
        self._children: dict[int, Any] = {}

    def table(self) -> dict[str, Keyword]:
        """Return the keywords that replace the library's, of those that the draft has."""
        ours: dict[str, Keyword] = {
            "type": self.type,
            "properties": self.properties,
            "patternProperties": self.pattern_properties,
            "additionalProperties": self.additional_properties,
            "propertyNames": self.property_names,
            "items": self.items,
            "pattern": self.pattern,
            "uniqueItems": self.unique_items,
            "required": self.required,
            "$ref": self.ref,
        }
        if self._targets is not None:
            ours["unevaluatedProperties"] = self.unevaluated_properties
        return {name: keyword for name, keyword in ours.items() if name in self._theirs}

    def descend(
        self,
        validator: Any,
        instance: Any,
        schema: Any,
        *,
        path: str | int | None = None,
        schema_path: str | int | None = None,
    ) -> Errors:
        """Yield the errors of a value inside the one that ``validator`` is at."""
        self._deadline.check()
        if self._targets is None:
            yield from validator.descend(instance, schema, path=path, schema_path=schema_path)
            return
        for error in self._child(validator, schema).iter_errors(instance):
            if path is not None:
                error.path.appendleft(path)
            if schema_path is not None:
                error.schema_path.appendleft(schema_path)
            yield error

    def _child(self, validator: Any, schema: Any) -> Any:
        # The schema's own objects live as long as this one, so their ids are theirs alone.
        child = self._children.get(id(schema))
        if child is None:
            child = self._children[id(schema)] = validator.evolve(schema=schema)
        return child

    def type(self, validator: Any, value: Any, instance: Any, _schema: Any) -> Errors:
        """Check ``type``; the words come from :mod:`lukhas_notion.gates.explain`."""
        is_type = validator.TYPE_CHECKER.is_type
        if isinstance(value, str):
            wrong = not is_type(instance, value)
        else:
            wrong = not any(is_type(instance, name) for name in value)
        if wrong:
            yield ValidationError(f"{show(instance)} has the wrong type")

    def properties(self, validator: Any, value: Any, instance: Any, _schema: Any) -> Errors:
        """Check ``properties``."""
        if isinstance(instance, dict):
            for name, schema in value.items():
                if name in instance:
                    yield from self.descend(
                        validator, instance[name], schema, path=name, schema_path=name
                    )

    def pattern_properties(self, validator: Any, value: Any, instance: Any, _schema: Any) -> Errors:
        """Check ``patternProperties``."""
        if isinstance(instance, dict):
            for pattern, schema in value.items():
                for name, item in instance.items():
                    if self._deadline.search(pattern, name):
                        yield from self.descend(
                            validator, item, schema, path=name, schema_path=pattern
                        )

    def additional_properties(
        self, validator: Any, value: Any, instance: Any, schema: Any
    ) -> Errors:
        """Check ``additionalProperties``: an error for every key, at the key."""
        if isinstance(instance, dict) and value is not True:
            for name in instance.keys() - self._declared(instance, schema):
                yield from self._extra(validator, value, instance, name)

    def unevaluated_properties(
        self, validator: Any, value: Any, instance: Any, schema: Any
    ) -> Errors:
        """Check ``unevaluatedProperties``: an error for every key, at the key."""
        if isinstance(instance, dict) and value is not True:
            others = {k: v for k, v in schema.items() if k != "unevaluatedProperties"}
            for name in instance.keys() - self._evaluated(validator, instance, others):
                yield from self._extra(validator, value, instance, name)

    def _extra(self, validator: Any, schema: Any, instance: Any, name: str) -> Errors:
        if schema is False:
            yield ValidationError(f"the key {quote(name)} is not allowed here", path=(name,))
        else:
            yield from self.descend(validator, instance[name], schema, path=name)

    def _declared(self, instance: Any, schema: Any) -> set[str]:
        """Return the keys that ``properties`` and ``patternProperties`` speak of."""
        declared: set[str] = instance.keys() & schema.get("properties", {}).keys()
        for pattern in schema.get("patternProperties", ()):
            rest = instance.keys() - declared
            declared |= {name for name in rest if self._deadline.search(pattern, name)}
        return declared

    def _evaluated(self, validator: Any, instance: Any, schema: Any) -> set[str]:
        """Return the keys that ``schema`` has evaluated (JSON Schema 2020-12, section 11.3)."""
        self._deadline.check()
        if not isinstance(schema, dict):
            return set()
        if "additionalProperties" in schema or "unevaluatedProperties" in schema:
            return set(instance)
        found = self._declared(instance, schema)
        for applied in self._applied(validator, instance, schema):
            found |= self._evaluated(validator, instance, applied)
        return found

    def _applied(self, validator: Any, instance: Any, schema: Any) -> Iterator[Any]:
        """Yield the schemas that ``schema`` applies to the same value, and that it satisfies."""

        def holds(candidate: Any) -> Any:
            return self._child(validator, candidate).is_valid(instance)

        if "$ref" in schema and self._targets is not None:
            yield self._targets[schema["$ref"]]
        for keyword in ("allOf", "anyOf", "oneOf"):
            yield from filter(holds, schema.get(keyword, ()))
        for name, dependent in schema.get("dependentSchemas", {}).items():
            if name in instance:
                yield dependent
        if "if" in schema:
            held = holds(schema["if"])
            if held:
                yield schema["if"]
            yield schema.get("then" if held else "else", True)

    def property_names(self, validator: Any, value: Any, instance: Any, _schema: Any) -> Errors:
        """Check ``propertyNames``: its errors are at the key."""
        if isinstance(instance, dict):
            for name in instance:
                yield from self.descend(validator, name, value, path=name)

    def items(self, validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
        """Check ``items`` with one schema for all; the library has the other forms."""
        if not isinstance(value, dict) or "prefixItems" in schema:
            yield from self._theirs["items"](validator, value, instance, schema)
        elif isinstance(instance, list):
            for index, item in enumerate(instance):
                yield from self.descend(validator, item, value, path=index)

    def required(self, _validator: Any, value: Any, instance: Any, _schema: Any) -> Errors:
        """Check ``required``."""
        if isinstance(instance, dict):
            for name in value:
                if name not in instance:
                    yield ValidationError(f"the key {quote(name)} is missing")

    def pattern(self, _validator: Any, value: Any, instance: Any, _schema: Any) -> Errors:
        """Check ``pattern``."""
        if isinstance(instance, str) and not self._deadline.search(value, instance):
            yield ValidationError(f"{quote(instance)} does not match the pattern {quote(value)}")

    def unique_items(self, _validator: Any, value: Any, instance: Any, _schema: Any) -> Errors:
        """Check ``uniqueItems``: the error is at the first item that was there before."""
        if not value or not isinstance(instance, list):
            return
        first: dict[object, int] = {}
        for index, item in enumerate(instance):
            if first.setdefault(_identity(item), index) != index:
                message = f"{show(item)} is in the list twice"
                yield ValidationError(message, path=(index,))
                return

    def ref(self, validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
        """Check ``$ref``."""
        if self._targets is not None:
            yield from self.descend(validator, instance, self._targets[value])
        else:
            self._deadline.check()
            yield from self._theirs["$ref"](validator, value, instance, schema)


def _identity(value: Any) -> object:
    """Return what two values share exactly when JSON Schema holds them equal."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, list):
        return tuple(_identity(item) for item in value)
    if isinstance(value, dict):
        return frozenset((name, _identity(item)) for name, item in value.items())
    return value


def bounded(draft: Any, deadline: Deadline, targets: Mapping[str, Any] | None = None) -> Any:
    """Return a validator class of the library's for ``draft``, with the keywords of this module."""
    return extend(  # type: ignore[no-untyped-call]
        draft, Keywords(draft.VALIDATORS, deadline, targets).table()
    )
