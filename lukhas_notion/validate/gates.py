"""The gates: every check that a manifest must pass before anything is planned."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import no_earlier_files, removed
from lukhas_notion.config.properties import DEFAULT_PROPERTIES
from lukhas_notion.manifests.json_values import (
    join_pointer,
    overlap,
    pointers_in,
    resolve,
    split_pointer,
)
from lukhas_notion.manifests.manifest import Manifest, Violation
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.util.runtime import EarlierFiles, SystemClock
from lukhas_notion.util.text import NameIndex, counted
from lukhas_notion.validate.bodies import Bodies
from lukhas_notion.validate.vocabulary import Vocabulary, load_vocabularies
from lukhas_notion.validate.vocabulary_gate import name_violations, ungated_names

if TYPE_CHECKING:
    from lukhas_notion.manifests.json_schema.budget import Budget
    from lukhas_notion.manifests.json_schema.evaluation import SchemaError


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


_DEFAULTS = frozenset(pointer for spec in DEFAULT_PROPERTIES for pointer in spec.pointers)
#: Manifests whose pointers are searched for what a misspelt one may have meant, and pointers.
_SAMPLES, _MOST_POINTERS = 20, 5_000


class PointerUse:
    """Which settings have led to a value in no manifest so far.

    Those with a pointer of the default mapping are left out: a repository need not have them all.
    """

    def __init__(self, mapping: PropertyMapping) -> None:
        settings = [
            (f"[properties] {spec.name}", pointers)
            for spec in mapping.properties
            for pointers in (spec.pointers, *((each,) for each in spec.aside))
        ]
        settings.append(("[mapping] key", mapping.key))
        settings.append(("[page] body", mapping.body.pointers if mapping.body else ()))
        settings.append(("[page] icon", mapping.icon.pointers if mapping.icon else ()))
        self._unused = [
            (name, pointers)
            for name, pointers in settings
            # What is known of the file itself, such as @folder, is in no manifest.
            if pointers and all(each.startswith("/") for each in pointers)
            if _DEFAULTS.isdisjoint(pointers)
        ]
        self._samples: list[object] = []
        self._count = 0

    def add(self, value: object) -> None:
        """Take note of what one manifest has."""
        self._count += 1
        if len(self._samples) < _SAMPLES:
            self._samples.append(value)
        self._unused = [
            (name, pointers)
            for name, pointers in self._unused
            if all(resolve(value, pointer) is None for pointer in pointers)
        ]

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for each setting that led to nothing."""
        if not self._unused or not self._count:
            return
        there = dict.fromkeys(
            pointer for value in self._samples for pointer in pointers_in(value, _MOST_POINTERS)
        )
        index = NameIndex(there)
        for name, pointers in self._unused:
            # What is there and null is not misspelt.
            if there.keys().isdisjoint(pointers):
                verb = "is" if len(pointers) == 1 else "are"
                said = f"{name}: {' and '.join(pointers)} {verb}"
                near = [each for p in pointers for each in index.nearest(p, limit=1)]
                hint = f"; the nearest there is {near[0]}" if near else ""
                yield f"{said} in 0 of {counted(self._count, 'manifest')}{hint}."


@dataclass(frozen=True, slots=True)
class Gates:
    """Everything a manifest has to pass, loaded once."""

    schema: SchemaGate
    vocabularies: dict[str, Vocabulary]
    mapping: PropertyMapping
    removed: Sequence[Violation] = ()
    bodies: Bodies | None = None

    @classmethod
    def load(cls, config: Config, earlier: EarlierFiles = no_earlier_files) -> Gates:
        """Read the schema and the vocabularies.

        Args:
            config: which they are.
            earlier: what an earlier commit has; asked for default files that are not there.

        Raises:
            ConfigError: one of them cannot be read or is not what it should be.
        """
        return cls(
            load_schema(config),
            load_vocabularies(config),
            config.mapping,
            removed_gates(config, earlier),
            Bodies(config) if config.mapping.body else None,
        )

    def check(self, manifest: Manifest) -> tuple[Desired | None, list[Violation]]:
        """Return what the manifest wants, and every violation: one or the other."""
        desired, problems = self.mapping.desired(manifest)
        body = None
        if self.bodies is not None:
            body, refused = self.bodies.check(manifest)
            problems = [*problems, *refused]
        found = self._merge(manifest, problems)
        if desired is None or found:
            return None, found
        return (replace(desired, body=body) if body else desired), found

    def violations(self, manifest: Manifest) -> list[Violation]:
        """Return every violation, where nothing is to be planned."""
        refused = self.bodies.check(manifest)[1] if self.bodies else []
        return self._merge(manifest, [*self.mapping.problems(manifest), *refused])

    def _merge(self, manifest: Manifest, problems: Iterable[Violation]) -> list[Violation]:
        found = self.schema.check(manifest)
        found.extend(name_violations(manifest, self.mapping, self.vocabularies))
        found.extend(ungated_names(manifest, self.mapping, self.vocabularies))
        places = {(v.path, v.pointer, v.line) for v in found}
        # What the schema has said of a place, the mapping need not say again.
        found.extend(p for p in problems if (p.path, p.pointer, p.line) not in places)
        return sorted(violation.in_file() for violation in found)


def removed_gates(config: Config, earlier: EarlierFiles) -> list[Violation]:
    """Return a violation for each default schema or vocabulary that somebody took away."""
    paths = [file.path for file in config.default_gates]
    present = {path for path in paths if os.path.lexists(config.root / path)}
    absent = [path for path in paths if path not in present]
    return removed(config.default_gates, present, earlier(absent)) if absent else []


def load_schema(config: Config) -> SchemaGate:
    """Read the schema that manifests are held to.

    Raises:
        ConfigError: it, or what it refers to, cannot be read or is not a JSON Schema.
    """
    return SchemaGate.load(config.schema, root=_schema_home(config), reads=config.read_pointers)


def _schema_home(config: Config) -> Path:
    """Return the folder that the schema and what it refers to must lie in."""
    if config.schema and config.file and not config.schema.is_relative_to(config.boundary):
        return config.file.parent
    return config.boundary
