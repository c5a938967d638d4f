"""The schema gate: JSON Schema, formats asserted, every violation with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.manifests.document import Violation
from lukhas_notion.manifests.manifest import Manifest
from lukhas_notion.manifests.pointers import join_pointer, overlap, split_pointer
from lukhas_notion.util.runtime import SystemClock

if TYPE_CHECKING:
    from lukhas_notion.manifests.json_schema.budget import Budget
    from lukhas_notion.manifests.json_schema.draft import SchemaError

#: What the text of every violation of a schema begins with.
FAILED = "Schema validation failed: "
_AT_THE_KEY = frozenset({"additionalProperties", "unevaluatedProperties"})


_NO_KEYS: frozenset[str] = frozenset()


class Reads:
    """The places of one manifest that this tool reads, which a schema may not know.

    Manifests are enriched: other tools add keys that the repository's schema does not list, and
    the mapping reads them. So a key at the top that is read is always known, and nobody is told to
    remove what is read.

    Args:
        pointers: JSON pointers; ``*`` stands for any key or index.
    """

    def __init__(self, pointers: Iterable[str] = ()) -> None:
        self._pointers = frozenset(filter(None, pointers))
        self._keys = frozenset(split_pointer(pointer)[0] for pointer in self._pointers)
        self._root: object = None

    def begin(self, root: object) -> None:
        """Take note of the manifest that is checked next."""
        self._root = root

    def known(self, value: object) -> frozenset[str]:
        """Return the keys of a value that are known whatever the schema says of others."""
        return self._keys if value is self._root else _NO_KEYS

    def has(self, pointer: str) -> bool:
        """Return whether a place, something in it or something around it is read."""
        return any(overlap(pointer, read) for read in self._pointers)


class SchemaGate:
    """One schema, compiled once. Checks one manifest at a time.

    Args:
        errors: adds the errors of a value to a list.
        explain: returns what an error is and what to do about it.
        budget: the work that all manifests together may take.
        reads: what is read of a manifest, so that it is known whatever the schema says.
    """

    def __init__(
        self,
        errors: Callable[[Any, list[SchemaError]], None],
        explain: Callable[[SchemaError], tuple[str, str]],
        budget: Budget,
        reads: Reads,
    ) -> None:
        self._errors = errors
        self._explain = explain
        self.budget = budget
        self._reads = reads

    @classmethod
    def load(
        cls,
        path: Path | None,
        *,
        root: Path,
        reads: Iterable[str] = (),
        budget: Budget | None = None,
    ) -> SchemaGate:
        """Load a schema file, or the packaged schema where ``path`` is None.

        Args:
            path: the file; it and all that it refers to are inside ``root``.
            root: the repository.
            reads: JSON pointers to what is read of a manifest.
            budget: the work that all manifests together may take; None for the usual.

        Raises:
            ConfigError: something of it cannot be read, is outside ``root`` or no JSON Schema.
        """
        # A fifth of a second to import, which a run without a schema gate need not pay.
        from lukhas_notion.manifests.json_schema import assertions as formats
        from lukhas_notion.manifests.json_schema import schema_file as schemafile
        from lukhas_notion.manifests.json_schema.budget import SCHEMA_STEPS, Budget
        from lukhas_notion.manifests.json_schema.evaluation import Rules
        from lukhas_notion.manifests.json_schema.explain import Explainer
        from lukhas_notion.manifests.json_schema.keywords import TABLE

        monotonic = SystemClock().monotonic
        loading = Budget(monotonic, steps=SCHEMA_STEPS)
        file = schemafile.load(path, root, loading)
        places = Reads(reads)
        budget, draft = budget or Budget(monotonic), file.draft
        budget.share_patterns(loading)
        rules = Rules(
            TABLE,
            draft,
            budget,
            formats.checks(file.formats, budget.compile),
            file.targets,
            places.known,
        )
        resource = draft.create_resource(file.contents)
        resolver = file.registry.resolver_with_root(resource)
        return cls(
            lambda value, errors: rules.errors(value, file.contents, resolver, errors),
            Explainer(places.has).explain,
            budget,
            places,
        )

    def check(self, manifest: Manifest) -> list[Violation]:
        """Return every violation of the schema, in the order of the lines.

        Where checking takes too much work, what was found until then is returned with one
        violation more.
        """
        from lukhas_notion.manifests.json_schema.budget import ExhaustedError, TooDeepError

        errors: list[SchemaError] = []
        found: list[Violation] = []
        self.budget.start(manifest.size)
        try:
            self._errors(manifest.value, errors)
            errors = self._inexcusable(manifest.value, errors)
        except ExhaustedError as error:
            message = f"checking it against the schema {error}"
            remedy = "Make the manifest smaller, or the schema's patterns and choices simpler."
            found.append(_whole(manifest, "schema.timeout", message, remedy))
        except (TooDeepError, RecursionError):
            message = "the schema refers to itself without end, or the manifest is too deep for it"
            remedy = "Look for a $ref that leads back to itself."
            found.append(_whole(manifest, "schema.recursion", message, remedy))
        # A schema that reaches one keyword by several ways says the same several times.
        once = {
            (tuple(error.absolute_path), error.keyword, id(error.schema), error.message): error
            for error in errors
        }
        found += dict.fromkeys(self._violation(manifest, error) for error in once.values())
        return sorted(found, key=lambda each: (each.line, each.column, each.rule, each.message))

    def _inexcusable(self, value: object, errors: Sequence[SchemaError]) -> list[SchemaError]:
        """Return the errors that stay when every key that is read is known.

        Only errors that are there without this too: a value must not come to match two schemas of
        a ``oneOf`` because both know its keys now.
        """
        if not errors:
            return []
        left: list[SchemaError] = []
        self._reads.begin(value)
        try:
            self._errors(value, left)
        finally:
            self._reads.begin(None)
        places = {_place(error) for error in errors}
        return [error for error in left if _place(error) in places]

    def _violation(self, manifest: Manifest, error: SchemaError) -> Violation:
        pointer = join_pointer(error.absolute_path)
        at_key = error.keyword in _AT_THE_KEY or "propertyNames" in error.absolute_schema_path
        try:
            line, column = manifest.key_place(pointer) if at_key else manifest.place(pointer)
        except KeyError:
            line, column = manifest.place(pointer)
        message, remedy = self._explain(error)
        rule = f"schema.{error.keyword}"
        said = f"{FAILED}{message}"
        return Violation(manifest.path, line, column, pointer, rule, said, remedy)


def _place(error: SchemaError) -> tuple[tuple[str | int, ...], tuple[str | int, ...]]:
    return tuple(error.absolute_path), tuple(error.absolute_schema_path)


def _whole(manifest: Manifest, rule: str, message: str, remedy: str) -> Violation:
    line, column = manifest.place("")
    said = f"{FAILED}{message}"
    return Violation(manifest.path, line, column, "", rule, said, remedy)
