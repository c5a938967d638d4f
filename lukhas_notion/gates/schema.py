"""The schema gate: JSON Schema, formats asserted, every violation with its place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.clock import Clock, SystemClock
from lukhas_notion.jsontext import join_pointer
from lukhas_notion.manifest import Manifest
from lukhas_notion.violation import Violation

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from lukhas_notion.gates.deadline import Deadline

#: What the text of every violation of a schema begins with.
FAILED = "Schema validation failed: "
_AT_THE_KEY = frozenset({"additionalProperties", "unevaluatedProperties"})


class SchemaGate:
    """One schema, compiled once. Checks one manifest at a time."""

    def __init__(self, validator: Any, deadline: Deadline) -> None:
        self._validator = validator
        self._deadline = deadline

    @classmethod
    def load(cls, path: Path | None, *, root: Path, clock: Clock | None = None) -> SchemaGate:
        """Load a schema file, or the packaged schema where ``path`` is None.

        Args:
            path: the file; it and all that it refers to are inside ``root``.
            root: the repository.
            clock: what the time limit is measured by.

        Raises:
            ConfigError: something of it cannot be read, is outside ``root`` or no JSON Schema.
        """
        # A fifth of a second to import, which a run without a schema gate need not pay.
        from lukhas_notion.gates import formats, schemafile
        from lukhas_notion.gates.deadline import Deadline
        from lukhas_notion.gates.keywords import bounded

        deadline = Deadline((clock or SystemClock()).monotonic)
        file = schemafile.load(path, root, deadline)
        validator = bounded(file.draft.validator, deadline, file.targets)
        checker = formats.checker(file.formats)
        made = validator(file.contents, registry=file.registry, format_checker=checker)
        return cls(made, deadline)

    def check(self, manifest: Manifest, *, time_limit: float = 1.0) -> list[Violation]:
        """Return every violation of the schema, in the order of the lines.

        Args:
            manifest: what to check.
            time_limit: seconds; what was found until then is returned with one violation more.
        """
        from lukhas_notion.gates.deadline import TimeUpError

        found: list[Violation] = []
        self._deadline.start(time_limit)
        try:
            for error in self._validator.iter_errors(manifest.value):
                found.append(_violation(manifest, error))  # noqa: PERF401 - it may end by an error
        except TimeUpError:
            message = f"checking it against the schema takes more than {time_limit:g} s"
            remedy = "Make the manifest smaller, or the schema's patterns and choices simpler."
            found.append(_whole(manifest, "schema.timeout", message, remedy))
        except RecursionError:
            message = "the schema refers to itself without end, or the manifest is too deep for it"
            remedy = "Look for a $ref that leads back to itself."
            found.append(_whole(manifest, "schema.recursion", message, remedy))
        return sorted(found, key=lambda each: (each.line, each.column, each.rule, each.message))


def _whole(manifest: Manifest, rule: str, message: str, remedy: str) -> Violation:
    line, column = manifest.place("")
    said = f"{FAILED}{message}"
    return Violation(manifest.path, line, column, "", rule, said, remedy)


def _violation(manifest: Manifest, error: ValidationError) -> Violation:
    from lukhas_notion.gates.explain import explain

    pointer = join_pointer(error.absolute_path)
    at_key = error.validator in _AT_THE_KEY or "propertyNames" in error.absolute_schema_path
    try:
        line, column = manifest.key_place(pointer) if at_key else manifest.place(pointer)
    except KeyError:
        line, column = manifest.place(pointer)
    message, remedy = explain(error)
    rule = f"schema.{error.validator or 'false'}"
    said = f"{FAILED}{message}"
    return Violation(manifest.path, line, column, pointer, rule, said, remedy)
