"""The gates' files: the schema and the vocabularies, named by the configuration or by default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lukhas_notion.config.paths import input_file
from lukhas_notion.config.presence import GateFile
from lukhas_notion.config.toml_table import FILE_NAME, Table
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.util.errors import ConfigError

DEFAULT_SCHEMA = "schemas/module.manifest.schema.json"
DEFAULT_VOCABULARIES = {"Features": "vocab/features.json", "Tags": "vocab/tags.json"}


@dataclass(frozen=True, slots=True)
class VocabularyFile:
    """Where a property's vocabulary lives; ``required`` when the configuration names it."""

    path: Path
    display: str
    required: bool


def _by_default(
    named: str, root: Path, homes: Sequence[Path], table: Table, key: str
) -> Path | None:
    """Return a file that is read where it is there, without links; None where it is not there."""
    path = input_file(named, root, homes, table, key)
    if path.exists():
        return path
    for each in (root / named, *(root / named).parents):
        if each.is_relative_to(root) and each.is_symlink() and not each.exists():
            raise ConfigError(f"{named}: the link leads nowhere.", "Put the file there.")
    return None


def read_schema(table: Table, base: Path, homes: Sequence[Path], root: Path) -> Path | None:
    """Return the schema that manifests are held to; None for the packaged one.

    Args:
        table: ``[schema]``.
        base: what a named file is relative to.
        homes: the folders of which no link leads out.
        root: what the default is relative to.

    Raises:
        ConfigError: it is named and not there, or it leads out of the repository.
    """
    named = table.text("path")
    if table.flag("packaged", False):
        if named:
            raise table.error("packaged", "and path exclude each other", "Keep one of them.")
        return None
    if not named:
        return _by_default(DEFAULT_SCHEMA, root, homes, table, "path")
    path = input_file(named, base, homes, table, "path")
    if not path.is_file():
        raise table.error("path", f"names {named}, which is not a file", "Write the schema.")
    return path


def read_vocabularies(
    top: Table, mapping: PropertyMapping, base: Path, homes: Sequence[Path], root: Path
) -> dict[str, VocabularyFile]:
    """Return the vocabulary of each property that has one.

    Raises:
        ConfigError: one leads out of the repository, or is for no property that takes names.
    """
    table = top.table("vocabularies")
    files: dict[str, VocabularyFile] = {}
    for spec in mapping.properties:
        if not spec.type.has_options:
            continue
        name = spec.name
        named = table.text(name)
        if not spec.gated:
            if named:
                said = f'is named, and [properties."{name}"] says vocabulary = false'
                raise table.error(name, said, "Keep one of the two lines.")
            continue
        default = default_vocabulary(spec)
        if named:
            path = input_file(named, base, homes, table, name)
            files[name] = VocabularyFile(path, named, required=True)
        elif default and (found := _by_default(default, root, homes, table, name)):
            files[name] = VocabularyFile(found, default, required=False)
    table.no_more("no multi-select or select property of the mapping has this name")
    return files


def default_gates(top: Table, mapping: PropertyMapping) -> Iterator[GateFile]:
    """Yield the files that make a gate where they are there, because none is named."""
    schema, named = top.table("schema"), top.table("vocabularies")
    if not (schema.text("path") or schema.flag("packaged", False)):
        yield GateFile(
            DEFAULT_SCHEMA,
            "the schema",
            f"write `packaged = true` under [schema] in {FILE_NAME} to use the packaged schema",
        )
    for spec in mapping.properties:
        default = default_vocabulary(spec)
        if default and spec.takes_names and not named.text(spec.name):
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
