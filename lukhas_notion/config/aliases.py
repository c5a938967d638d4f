"""The files that say whom the names in manifests mean, such as teams of a CODEOWNERS file.

A file is a JSON object: a name, and whom it means: an e-mail address, a Notion user id, or a list
of both. Names compare without regard to case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lukhas_notion.config.document import Document
from lukhas_notion.config.paths import input_file
from lukhas_notion.manifests.json_locations import json_places
from lukhas_notion.manifests.json_reader import parse_text
from lukhas_notion.manifests.pointers import join_pointer
from lukhas_notion.manifests.source_text import JsonValue, TextError, decode
from lukhas_notion.manifests.wording import quote
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.people import person_name
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import RefusedFileError, read_regular

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
