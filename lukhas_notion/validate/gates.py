"""The gates: every check that a manifest must pass before anything is planned."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import no_earlier_files, removed
from lukhas_notion.manifests.json_values import join_pointer, overlap, split_pointer
from lukhas_notion.manifests.manifest import Manifest, Violation, read_manifest
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.util.runtime import EarlierFiles
from lukhas_notion.validate.bodies import Bodies
from lukhas_notion.validate.vocabulary import Vocabulary, load_vocabularies
from lukhas_notion.validate.vocabulary_gate import name_violations, ungated_names

if TYPE_CHECKING:
    from lukhas_notion.manifests.json_schema.budget import Budget
    from lukhas_notion.manifests.json_schema.evaluation import SchemaError

#: Begins the message of every schema violation.
FAILED = "Schema validation failed: "
_AT_THE_KEY = frozenset({"additionalProperties", "unevaluatedProperties"})
_NO_KEYS: frozenset[str] = frozenset()


class Reads:
    """The places that the mapping reads in a manifest.

    Other tools add keys that the repository's schema does not list, and the mapping reads them.
    The schema gate therefore accepts every top-level key that is read.

    Args:
        pointers: JSON pointers; ``*`` stands for any key or index.
    """

    def __init__(self, pointers: Iterable[str] = ()) -> None:
        self._pointers = frozenset(filter(None, pointers))
        self._keys = frozenset(split_pointer(pointer)[0] for pointer in self._pointers)
        self._root: object = None

    def begin(self, root: object) -> None:
        """Set the manifest to be checked; None for no manifest."""
        self._root = root

    def known(self, value: object) -> frozenset[str]:
        """Return the keys of a value that are accepted although the schema does not list them."""
        return self._keys if value is self._root else _NO_KEYS

    def has(self, pointer: str) -> bool:
        """Return whether the place, something inside it or something around it is read."""
        return any(overlap(pointer, read) for read in self._pointers)


class SchemaGate:
    """Checks manifests against one JSON Schema; formats are asserted.

    Args:
        errors: appends the errors of a value to a list.
        explain: returns the message and the remedy of an error.
        budget: limits the work on all manifests together.
        reads: the places that the mapping reads.
        files: the schema, and every file that it refers to.
    """

    def __init__(
        self,
        errors: Callable[[Any, list[SchemaError]], None],
        explain: Callable[[SchemaError], tuple[str, str]],
        budget: Budget,
        reads: Reads,
        files: Collection[Path] = (),
    ) -> None:
        self._errors = errors
        self._explain = explain
        self.budget = budget
        self._reads = reads
        self.files = files

    @classmethod
    def load(
        cls,
        path: Path | None,
        *,
        root: Path,
        reads: Iterable[str] = (),
        budget: Budget | None = None,
    ) -> SchemaGate:
        """Load a schema file.

        Args:
            path: the file; None for the packaged schema.
            root: the folder that the file and everything it refers to must be in.
            reads: JSON pointers to the places that the mapping reads.
            budget: limits the work on all manifests together; None for the default.

        Raises:
            ConfigError: a file cannot be read, is outside ``root`` or is not a JSON Schema.
        """
        # These imports take 0.2 seconds; a run without a schema gate does not need them.
        from lukhas_notion.manifests.json_schema.assertions import format_checks
        from lukhas_notion.manifests.json_schema.budget import SCHEMA_STEPS, Budget
        from lukhas_notion.manifests.json_schema.evaluation import Rules
        from lukhas_notion.manifests.json_schema.explain import Explainer
        from lukhas_notion.manifests.json_schema.keywords import TABLE
        from lukhas_notion.manifests.json_schema.schema_file import load_schema_file

        loading = Budget(steps=SCHEMA_STEPS)
        file = load_schema_file(path, root, loading)
        places = Reads(reads)
        budget, draft = budget or Budget(), file.draft
        budget.share_patterns(loading)
        rules = Rules(
            TABLE,
            draft,
            budget,
            format_checks(file.formats, budget.compile),
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
            file.files,
        )

    def check(self, manifest: Manifest) -> list[Violation]:
        """Return every schema violation, by line.

        When the budget is exhausted, the violations found so far are returned with
        ``schema.timeout``.
        """
        from lukhas_notion.manifests.json_schema.budget import ExhaustedError, TooDeepError

        errors: list[SchemaError] = []
        violations: list[Violation] = []
        self.budget.start(manifest.size)
        try:
            self._errors(manifest.value, errors)
            errors = self._without_known_keys(manifest.value, errors)
        except ExhaustedError as error:
            message = f"{FAILED}checking it against the schema {error}"
            remedy = "Make the manifest smaller, or the schema's patterns and choices simpler."
            violations.append(manifest.violation("", "schema.timeout", message, remedy))
        except (TooDeepError, RecursionError):
            message = (
                f"{FAILED}the schema refers to itself without end, or the manifest is too deep "
                "for it"
            )
            remedy = "Look for a $ref that leads back to itself."
            violations.append(manifest.violation("", "schema.recursion", message, remedy))
        # A schema that reaches one keyword by several routes reports the same error several times.
        unique = {
            (tuple(error.absolute_path), error.keyword, id(error.schema), error.message): error
            for error in errors
        }
        violations += dict.fromkeys(self._violation(manifest, error) for error in unique.values())
        return sorted(violations, key=lambda v: (v.line, v.column, v.rule, v.message))

    def _without_known_keys(
        self, value: object, errors: Sequence[SchemaError]
    ) -> list[SchemaError]:
        """Return the errors that remain when every key that is read is accepted.

        Errors that only the second evaluation finds are dropped: a value must not match two
        schemas of a ``oneOf`` because both accept its keys now.
        """
        if not errors:
            return []
        remaining: list[SchemaError] = []
        self._reads.begin(value)
        try:
            self._errors(value, remaining)
        finally:
            self._reads.begin(None)
        places = {_place(error) for error in errors}
        return [error for error in remaining if _place(error) in places]

    def _violation(self, manifest: Manifest, error: SchemaError) -> Violation:
        pointer = join_pointer(error.absolute_path)
        message, remedy = self._explain(error)
        violation = manifest.violation(
            pointer, f"schema.{error.keyword}", f"{FAILED}{message}", remedy
        )
        if error.keyword in _AT_THE_KEY or "propertyNames" in error.absolute_schema_path:
            try:
                line, column = manifest.key_place(pointer)
            except KeyError:
                return violation
            return replace(violation, line=line, column=column)
        return violation


def _place(error: SchemaError) -> tuple[tuple[str | int, ...], tuple[str | int, ...]]:
    return tuple(error.absolute_path), tuple(error.absolute_schema_path)


@dataclass(frozen=True, slots=True)
class Gates:
    """All gates of one configuration, loaded once."""

    schema: SchemaGate
    vocabularies: dict[str, Vocabulary]
    mapping: PropertyMapping
    removed: Sequence[Violation] = ()
    bodies: Bodies | None = None

    @classmethod
    def load(cls, config: Config, earlier: EarlierFiles = no_earlier_files) -> Gates:
        """Read the schema and the vocabularies.

        Args:
            config: names them.
            earlier: returns which missing default files an earlier commit has.

        Raises:
            ConfigError: one of them cannot be read or is invalid.
        """
        return cls(
            load_schema(config),
            load_vocabularies(config),
            config.mapping,
            removed_gates(config, earlier),
            Bodies.gate(config),
        )

    def check(self, manifest: Manifest) -> tuple[Desired | None, list[Violation]]:
        """Return the desired page, None if the manifest is invalid, and every violation."""
        desired, problems = self.mapping.desired(manifest)
        body = None
        if self.bodies is not None:
            body, refused = self.bodies.check(manifest)
            problems = [*problems, *refused]
        violations = self._merge(manifest, problems)
        if desired is None or violations:
            return None, violations
        return (replace(desired, body=body) if body else desired), []

    def _merge(self, manifest: Manifest, problems: Iterable[Violation]) -> list[Violation]:
        violations = self.schema.check(manifest)
        violations.extend(name_violations(manifest, self.mapping, self.vocabularies))
        violations.extend(ungated_names(manifest, self.mapping, self.vocabularies))
        places = {(v.path, v.pointer, v.line) for v in violations}
        # One report for each place: the schema's comes before the mapping's.
        violations.extend(p for p in problems if (p.path, p.pointer, p.line) not in places)
        return sorted(violation.in_file() for violation in violations)


def removed_gates(config: Config, earlier: EarlierFiles) -> list[Violation]:
    """Return a violation for each default schema or vocabulary that was deleted."""
    absent = absent_gates(config)
    return removed(config.default_gates, earlier(absent)) if absent else []


def absent_gates(config: Config) -> list[str]:
    """Return the paths of default schemas and vocabularies that do not exist."""
    paths = [file.path for file in config.default_gates]
    return [path for path in paths if not os.path.lexists(config.root / path)]


def load_schema(config: Config) -> SchemaGate:
    """Read the schema that manifests must pass.

    Raises:
        ConfigError: it, or a file it refers to, cannot be read or is not a JSON Schema.
    """
    root = config.boundary
    if config.schema and config.file and not config.schema.is_relative_to(root):
        root = config.file.parent
    return SchemaGate.load(config.schema, root=root, reads=config.read_pointers)


def violation_at(
    config: Config,
    path: str,
    locate: Callable[[Manifest], str],
    rule: str,
    message: str,
    remedy: str,
) -> Violation:
    """Return a violation of a manifest that was not kept: it is read again to find the place.

    Args:
        config: describes the manifests.
        path: the manifest.
        locate: returns the JSON pointer of the value, "" for the whole manifest.
        rule: as in :class:`Violation`.
        message: as in :class:`Violation`.
        remedy: as in :class:`Violation`.
    """
    manifest = read_manifest(config.root, path, config.form)
    if isinstance(manifest, Violation):
        return Violation(path, 1, 1, "", rule, message, remedy).in_file()
    return manifest.violation(locate(manifest), rule, message, remedy).in_file()
