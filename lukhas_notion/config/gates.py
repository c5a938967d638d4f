"""The settings of the checks: schemas, vocabularies and files of aliases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lukhas_notion.config.document import FILE_NAME, Document
from lukhas_notion.config.paths import input_file
from lukhas_notion.manifests.document import json_places, parse_text
from lukhas_notion.manifests.json_values import JsonValue, any_of, join_pointer, quote
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.manifests.source_text import TextError, decode
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.reference_kinds import person_name
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import RefusedFileError, read_regular
from lukhas_notion.util.text import counted, nearest

MAX_BYTES = 1024 * 1024
_SHAPE = 'Write an object, such as {"@org/team": "team@example.org"}.'


@dataclass(frozen=True, slots=True)
class AliasFiles:
    """Reads the alias files that a configuration names; errors are collected.

    Args:
        document: the configuration.
        base: what a named file is relative to.
        homes: the folders of which no link leads out.
    """

    document: Document
    base: Path
    homes: Sequence[Path]

    def read(self, mapping: PropertyMapping) -> tuple[PropertyMapping, tuple[Path, ...]]:
        """Return the mapping with what its files say, and the files."""
        paths: list[Path] = []
        specs = [
            self.document.collect(lambda spec=spec: self._with_aliases(spec, paths), spec)  # type: ignore[misc]
            for spec in mapping.properties
        ]
        return replace(mapping, properties=tuple(specs)), tuple(paths)

    def _with_aliases(self, spec: PropertySpec, paths: list[Path]) -> PropertySpec:
        key = ("properties", spec.name, "aliases")
        named = self.document.text(*key)
        if not named:
            return spec
        path = input_file(named, self.base, self.homes, self.document, key)
        paths.append(path)
        if not path.is_file():
            raise self.document.error(key, f"names {named}, which is not a file", _SHAPE)
        return replace(spec, aliases=dict(_aliases(path, named)))


def _aliases(path: Path, named: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name, in lower case, and whom it means."""
    try:
        text = decode(read_regular(path, MAX_BYTES), max_bytes=MAX_BYTES)
        value = parse_text(text)
    except RefusedFileError as error:
        raise ConfigError(f"{named}: {error.message}", error.remedy) from None
    except TextError as error:
        place = f"{named}:{error.line}:{error.column}"
        raise ConfigError(f"{place}: {error.message}", error.remedy) from None
    if not isinstance(value, Mapping):
        raise ConfigError(f"{named}:1: this is no object.", _SHAPE)
    seen: dict[str, str] = {}
    for name, meant in value.items():
        line = json_places(text).nearest(join_pointer([name])).line
        other = seen.setdefault(name.strip().casefold(), name)
        if other != name:
            said = f"{quote(other)} and {quote(name)} differ by case or spaces alone"
            raise ConfigError(f"{named}:{line}: {said}.", "Keep one of the two.")
        if name.startswith("$"):
            continue
        yield name.strip().casefold(), tuple(_people(meant, f"{named}:{line}", name))


def _people(meant: JsonValue, place: str, name: str) -> Iterator[str]:
    for each in meant if isinstance(meant, list) else [meant]:
        person = person_name(each.strip()) if isinstance(each, str) else ""
        if not person:
            said = f"{quote(name)} means {quote(str(each))}, which is no e-mail address or user id"
            raise ConfigError(f"{place}: {said}.", _SHAPE)
        yield person


DEFAULT_SCHEMA = "schemas/module.manifest.schema.json"
DEFAULT_VOCABULARIES = {"Features": "vocab/features.json", "Tags": "vocab/tags.json"}
#: The rule of files that are gone, and of names that nothing allows.
REMOVED = "gate.removed"
NO_VOCABULARY = "gate.vocabulary"


@dataclass(frozen=True, slots=True)
class VocabularyFile:
    """Where a property's vocabulary lives; ``required`` when the configuration names it."""

    path: Path
    display: str
    required: bool


@dataclass(frozen=True, slots=True)
class GateFile:
    """A file by its default path, which makes a gate where it is there.

    Args:
        path: relative to the root, with forward slashes.
        purpose: what it is: ``the schema`` or ``the vocabulary of Features``.
        without: what to write into the configuration to do without it.
    """

    path: str
    purpose: str
    without: str


class GateReader(NamedTuple):
    """Reads which files the gates are.

    Args:
        document: the configuration.
        base: what a named file is relative to.
        homes: the folders of which no link leads out.
        root: what a default file is relative to.
    """

    document: Document
    base: Path
    homes: Sequence[Path]
    root: Path

    def schema(self) -> Path | None:
        """Return the schema that manifests are held to; None for the packaged one.

        Raises:
            ConfigError: it is named and not there, or it leads out of the repository.
        """
        document = self.document
        named = document.text("schema", "path")
        if document.get("schema", "packaged"):
            if named:
                said = "and path exclude each other"
                raise document.error(("schema", "packaged"), said, "Keep one of them.")
            return None
        if not named:
            return self._by_default(DEFAULT_SCHEMA, ("schema", "path"))
        path = self._named(named, ("schema", "path"))
        if not path.is_file():
            said = f"names {named}, which is not a file"
            raise document.error(("schema", "path"), said, "Write the schema.")
        return path

    def vocabularies(self, mapping: PropertyMapping) -> dict[str, VocabularyFile]:
        """Return the vocabulary of each property that has one; errors are collected."""
        document = self.document
        named = document.table("vocabularies")
        specs = {spec.name: spec for spec in mapping.properties if spec.type.has_options}
        for name in named:
            if name not in specs:
                said = "is not the name of a mapped select, multi-select or status property"
                remedy = among(name, specs) or "There is none: take the line out."
                document.refuse(("vocabularies", name), said, remedy)
        found = {
            name: document.collect(partial(self._vocabulary, spec), None)
            for name, spec in specs.items()
        }
        return {name: file for name, file in found.items() if file is not None}

    def _vocabulary(self, spec: PropertySpec) -> VocabularyFile | None:
        path = ("vocabularies", spec.name)
        named = self.document.text(*path)
        if not spec.gated:
            if named:
                said = f'is named, and [properties."{spec.name}"] says vocabulary = false'
                raise self.document.error(path, said, "Keep one of the two lines.")
            return None
        if named:
            return VocabularyFile(self._named(named, path), named, required=True)
        default = default_vocabulary(spec)
        found = self._by_default(default, path) if default else None
        return VocabularyFile(found, default, required=False) if found else None

    def _named(self, named: str, path: tuple[str, ...]) -> Path:
        return input_file(named, self.base, self.homes, self.document, path)

    def _by_default(self, named: str, key: tuple[str, ...]) -> Path | None:
        """Return a file that is read where it is there, without links; None where it is not."""
        root = self.root
        path = input_file(named, root, self.homes, self.document, key)
        if path.exists():
            return path
        for each in (root / named, *(root / named).parents):
            if each.is_relative_to(root) and each.is_symlink() and not each.exists():
                raise ConfigError(f"{named}: the link leads nowhere.", "Put the file there.")
        return None


def among(name: str, known: Collection[str]) -> str:
    """Return which of the known names may be meant, as a remedy; "" where there is none."""
    near = nearest(name, known)
    if near:
        return f"Did you mean {quote(near[0])}?"
    return f"Those are: {any_of(known)}." if known else ""


def default_gates(document: Document, mapping: PropertyMapping) -> Iterator[GateFile]:
    """Yield the files that make a gate where they are there, because none is named."""
    if not (document.text("schema", "path") or document.get("schema", "packaged")):
        yield GateFile(
            DEFAULT_SCHEMA,
            "the schema",
            f"write `packaged = true` under [schema] in {FILE_NAME} to use the packaged schema",
        )
    for spec in mapping.properties:
        default = default_vocabulary(spec)
        if default and spec.takes_names and not document.text("vocabularies", spec.name):
            yield GateFile(default, f"the vocabulary of {spec.name}", allow_any_name(spec.name))


def default_vocabulary(spec: PropertySpec) -> str:
    """Return where a property's vocabulary is, where none is named; "" for nowhere."""
    return DEFAULT_VOCABULARIES.get(spec.default_name, "")


def write_vocabulary(name: str) -> str:
    """Return what to do so that a property has a vocabulary; the sentence is not ended."""
    shape = '({"allowed": […]})'
    if default := DEFAULT_VOCABULARIES.get(name):
        return (
            f"List the allowed names in {default} {shape}; `lukhas-notion init` begins it with the "
            "names in use"
        )
    return (
        f"List the allowed names in a file {shape} and name it in {FILE_NAME} under "
        f'[vocabularies]: "{name}" = "vocab/….json"'
    )


def allow_any_name(name: str) -> str:
    """Return what to do so that a property needs no vocabulary; the sentence is not begun."""
    return (
        f'write `vocabulary = false` under [properties."{name}"] in {FILE_NAME} to allow any name'
    )


def no_earlier_files(_paths: Sequence[str]) -> Mapping[str, str]:
    """Return nothing: where there is no earlier commit, or nobody to ask."""
    return {}


def removed(
    expected: Iterable[GateFile], present: Collection[str], earlier: Mapping[str, str]
) -> list[Violation]:
    """Return a violation for each gate that somebody took away.

    Args:
        expected: the files that the configuration expects by their default paths.
        present: the paths that the checkout has.
        earlier: path → who has the file: ``the last commit`` or ``the base branch``.
    """
    return [
        Violation(
            file.path,
            1,
            1,
            "",
            REMOVED,
            f"{file.purpose} is missing here, and {earlier[file.path]} has it",
            f"Restore {file.path}, or {file.without}.",
        )
        for file in expected
        if file.path not in present and file.path in earlier
    ]


def blocks(violations: Iterable[Violation]) -> bool:
    """Return whether nothing may be planned, not even for manifests without a violation."""
    return any(v.rule == REMOVED for v in violations)


def headlines(violations: Iterable[Violation]) -> list[str]:
    """Return a line for each gate that is missing; reports begin with them."""
    removed, ungated = list[str](), dict[str, set[str]]()
    for v in violations:
        if v.rule == REMOVED:
            removed.append(f"{v.path}: {v.message}")
        elif v.rule == NO_VOCABULARY:
            ungated.setdefault(v.message, set()).add(v.path)
    return removed + [
        f"{said} ({counted(len(paths), 'manifest')})" for said, paths in ungated.items()
    ]
