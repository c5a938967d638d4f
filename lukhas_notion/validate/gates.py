"""Run every check on a manifest, and find pointers of the configuration that no manifest has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import among, no_earlier_files, removed, write_vocabulary
from lukhas_notion.config.properties import DEFAULT_PROPERTIES
from lukhas_notion.manifests.document import Violation
from lukhas_notion.manifests.manifest import Manifest
from lukhas_notion.manifests.pointers import pointers_in, resolve
from lukhas_notion.manifests.wording import quote
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.nearest import NameIndex
from lukhas_notion.util.runtime import EarlierFiles
from lukhas_notion.util.text import counted
from lukhas_notion.validate.bodies import Bodies
from lukhas_notion.validate.names import name_violations, ungated_names
from lukhas_notion.validate.schema import SchemaGate
from lukhas_notion.validate.vocabulary import Vocabulary, VocabularyFiles

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


def load_vocabularies(config: Config, names: Sequence[str] | None = None) -> dict[str, Vocabulary]:
    """Read the vocabularies of the named properties; without names, of all that have one.

    Raises:
        ConfigError: a named property has none, or a file cannot be read.
    """
    require_vocabularies(config, names or ())
    files = VocabularyFiles()
    return {
        name: files.load(name, file.path, file.display)
        for name, file in config.vocabularies.items()
        if names is None or name in names
    }


def require_vocabularies(config: Config, names: Iterable[str]) -> None:
    """Check that each of the named properties has a vocabulary.

    Raises:
        ConfigError: one has none, or is no property that can have one.
    """
    gated = [spec.name for spec in config.mapping.properties if spec.takes_names]
    for name in names:
        if name in config.vocabularies:
            continue
        if name in gated:
            said = f"There is no vocabulary for {quote(name)}."
            raise ConfigError(said, f"{write_vocabulary(name)}.")
        said = f"{quote(name)} is not a mapped property that takes names from a vocabulary."
        map_one = "Map a property of the type select, multi_select or status."
        raise ConfigError(said, among(name, gated) or map_one)
