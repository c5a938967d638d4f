"""The files that a configuration names: the schema, the vocabularies, and the aliases of people.

The schema and the vocabularies are gates: a manifest must pass them before anything is planned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lukhas_notion.config.document import FILE_NAME, Document
from lukhas_notion.config.paths import MAX_BYTES, input_file
from lukhas_notion.config.toml_lines import toml_string
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

_SHAPE = 'Write an object, such as {"@org/team": "team@example.org"}.'


DEFAULT_SCHEMA = "schemas/module.manifest.schema.json"
DEFAULT_VOCABULARIES = {"Features": "vocab/features.json", "Tags": "vocab/tags.json"}
#: The rule of a gate's file that was removed.
REMOVED = "gate.removed"
#: The rule of names without a vocabulary.
NO_VOCABULARY = "gate.vocabulary"


@dataclass(frozen=True, slots=True)
class VocabularyFile:
    """The vocabulary of a property; ``required`` where the configuration names it."""

    path: Path
    display: str
    required: bool


@dataclass(frozen=True, slots=True)
class GateFile:
    """A file that is a gate by its default path.

    Args:
        path: relative to the root, with forward slashes.
        names: the property whose vocabulary it is; "" for the schema.
    """

    path: str
    names: str = ""

    @property
    def purpose(self) -> str:
        """The phrase ``the schema`` or ``the vocabulary of Features``."""
        return f"the vocabulary of {self.names}" if self.names else "the schema"

    @property
    def without(self) -> str:
        """How the configuration can do without it, the end of a sentence without its full stop."""
        if self.names:
            return allow_any_name(self.names)
        return f"write `packaged = true` under [schema] in {FILE_NAME} to use the packaged schema"


class NamedFiles(NamedTuple):
    """Finds the files that a configuration names.

    Args:
        document: the configuration.
        base: the folder to which a named file is relative.
        homes: the folders that links must not lead out of.
        root: the folder to which a default file is relative.
    """

    document: Document
    base: Path
    homes: Sequence[Path]
    root: Path

    def schema(self) -> Path | None:
        """Return the schema for manifests, None for the packaged one.

        Raises:
            ConfigError: it does not exist, or it leads out of the repository.
        """
        document, key = self.document, ("schema", "path")
        named = document.text(*key)
        if document.get("schema", "packaged"):
            if named:
                message = "and path exclude each other"
                raise document.error(("schema", "packaged"), message, "Keep one of them.")
            return None
        if not named:
            return self._by_default(DEFAULT_SCHEMA, key)
        path = self._named(named, key)
        if not path.is_file():
            raise document.error(key, f"names {named}, which is not a file", "Write the schema.")
        return path

    def vocabularies(self, mapping: PropertyMapping) -> dict[str, VocabularyFile]:
        """Return the vocabulary of each property that has one; errors are collected."""
        document = self.document
        named = document.table("vocabularies")
        specs = {spec.name: spec for spec in mapping.properties if spec.type.has_options}
        for name in named:
            if name not in specs:
                message = "is not the name of a mapped select, multi-select or status property"
                known = among(name, specs)
                remedy = (
                    f"{known} Or remove the line." if known else "There is none: remove the line."
                )
                document.refuse(("vocabularies", name), message, remedy)
        files = {
            name: document.collect(partial(self._vocabulary, spec), None)
            for name, spec in specs.items()
        }
        return {name: file for name, file in files.items() if file is not None}

    def with_aliases(self, mapping: PropertyMapping) -> tuple[PropertyMapping, tuple[Path, ...]]:
        """Return the mapping with the aliases of its files, and the files; errors are collected."""
        paths: list[Path] = []
        specs = [
            self.document.collect(partial(self._with_aliases, spec, paths), spec)
            for spec in mapping.properties
        ]
        return replace(mapping, properties=tuple(specs)), tuple(paths)

    def _with_aliases(self, spec: PropertySpec, paths: list[Path]) -> PropertySpec:
        key = ("properties", spec.name, "aliases")
        named = self.document.text(*key)
        if not named:
            return spec
        path = self._named(named, key)
        paths.append(path)
        if not path.is_file():
            raise self.document.error(key, f"names {named}, which is not a file", _SHAPE)
        return replace(spec, aliases=dict(_aliases(path, named)))

    def _vocabulary(self, spec: PropertySpec) -> VocabularyFile | None:
        path = ("vocabularies", spec.name)
        named = self.document.text(*path)
        if not spec.gated:
            if named:
                entry = f"[properties.{toml_string(spec.name)}]"
                message = f"is named, and {entry} has vocabulary = false"
                raise self.document.error(path, message, "Keep one of the two lines.")
            return None
        if named:
            return VocabularyFile(self._named(named, path), named, required=True)
        default = default_vocabulary(spec)
        file = self._by_default(default, path) if default else None
        return VocabularyFile(file, default, required=False) if file else None

    def _named(self, named: str, path: tuple[str, ...]) -> Path:
        return input_file(named, self.base, self.homes, self.document, path)

    def _by_default(self, named: str, key: tuple[str, ...]) -> Path | None:
        """Return a default file with links resolved, None where it does not exist."""
        root = self.root
        path = input_file(named, root, self.homes, self.document, key)
        if path.exists():
            return path
        for place in (root / named, *(root / named).parents):
            if place.is_relative_to(root) and place.is_symlink() and not place.exists():
                raise ConfigError(f"{named}: the link leads nowhere.", "Put the file there.")
        return None


def _aliases(path: Path, named: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each name of a file of aliases, in lower case, and the people that it means."""
    try:
        text = decode(read_regular(path, MAX_BYTES), max_bytes=MAX_BYTES)
        value = parse_text(text)
    except RefusedFileError as error:
        raise ConfigError(f"{named}: {error.message}", error.remedy) from None
    except TextError as error:
        place = f"{named}:{error.line}:{error.column}"
        raise ConfigError(f"{place}: {error.message}", error.remedy) from None
    if not isinstance(value, Mapping):
        raise ConfigError(f"{named}:1: this is not an object.", _SHAPE)
    seen: dict[str, str] = {}
    for name, meant in value.items():
        line = json_places(text).nearest(join_pointer([name])).line
        other = seen.setdefault(name.strip().casefold(), name)
        if other != name:
            message = f"{quote(other)} and {quote(name)} differ only by case or spaces"
            raise ConfigError(f"{named}:{line}: {message}.", "Keep one of the two.")
        if name.startswith("$"):
            continue
        yield name.strip().casefold(), tuple(_people(meant, f"{named}:{line}", name))


def _people(meant: JsonValue, place: str, name: str) -> Iterator[str]:
    for value in meant if isinstance(meant, list) else [meant]:
        person = person_name(value.strip()) if isinstance(value, str) else ""
        if not person:
            given = quote(str(value))
            message = f"{quote(name)} means {given}, which is not an e-mail address or user id"
            raise ConfigError(f"{place}: {message}.", _SHAPE)
        yield person


def among(name: str, known: Collection[str]) -> str:
    """Return a remedy with the known name that may be meant, or with all of them; "" for none."""
    near = nearest(name, known)
    if near:
        return f"Did you mean {quote(near)}?"
    return f"Those are: {any_of(known)}." if known else ""


def default_gates(document: Document, mapping: PropertyMapping) -> Iterator[GateFile]:
    """Yield the gates whose default path counts, because the configuration names no file."""
    if not (document.text("schema", "path") or document.get("schema", "packaged")):
        yield GateFile(DEFAULT_SCHEMA)
    for spec in mapping.properties:
        default = default_vocabulary(spec)
        if default and spec.takes_names and not document.text("vocabularies", spec.name):
            yield GateFile(default, spec.name)


def default_vocabulary(spec: PropertySpec) -> str:
    """Return the default path of a property's vocabulary, "" where it has none."""
    return DEFAULT_VOCABULARIES.get(spec.default_name, "")


def write_vocabulary(name: str) -> str:
    """Return how to give a property a vocabulary, a sentence without its full stop."""
    shape = '({"allowed": […]})'
    if default := DEFAULT_VOCABULARIES.get(name):
        return (
            f"List the allowed names in {default} {shape}; `lukhas-notion init` begins it with the "
            "names in use"
        )
    return (
        f"List the allowed names in a file {shape} and name it in {FILE_NAME} under "
        f'[vocabularies]: {toml_string(name)} = "vocab/….json"'
    )


def allow_any_name(name: str) -> str:
    """Return how to do without a vocabulary, the end of a sentence without its full stop."""
    return (
        f"write `vocabulary = false` under [properties.{toml_string(name)}] in {FILE_NAME} to "
        "allow any name"
    )


def no_earlier_files(_paths: Sequence[str]) -> Mapping[str, str]:
    """Return no files: for a repository without an earlier commit, or without git."""
    return {}


def removed(expected: Iterable[GateFile], earlier: Mapping[str, str]) -> list[Violation]:
    """Return a violation for each gate whose file was removed.

    Args:
        expected: the gates by their default paths.
        earlier: path that the checkout does not have → where the file exists: ``the last commit``
            or ``the base branch``.
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
        if file.path in earlier
    ]


def blocks(violations: Iterable[Violation]) -> bool:
    """Return whether the violations prevent a plan even for manifests without one."""
    return any(v.rule == REMOVED for v in violations)


def headlines(violations: Iterable[Violation]) -> list[str]:
    """Return a line for each missing gate, with which a report begins."""
    removed, ungated = list[str](), dict[str, set[str]]()
    for v in violations:
        if v.rule == REMOVED:
            removed.append(f"{v.path}: {v.message}")
        elif v.rule == NO_VOCABULARY:
            ungated.setdefault(v.message, set()).add(v.path)
    return removed + [
        f"{message} ({counted(len(paths), 'manifest')})" for message, paths in ungated.items()
    ]
