"""The gate of relations within the database: every name is the key of a module.

The manifests themselves are the vocabulary. A run over a few of them looks for the names that these
use among the others, and parses only what may have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.manifest import MAX_BYTES, Manifest, read_file, read_manifest
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.list_kinds import Relation
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import ConversionError, Feed, PropertySpec, sources
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.nearest import NameIndex
from lukhas_notion.util.read_files import peek
from lukhas_notion.validate.name_search import may_have

#: The rule that a name breaks which no module has.
UNKNOWN = "relation.unknown"
_KIND = Relation()


@dataclass(frozen=True, slots=True)
class Named:
    """One name in a relation of a manifest.

    Args:
        path: the manifest.
        pointer: where in it.
        line: of the name.
        column: of the name.
        spec: the relation.
        name: the name.
    """

    path: str
    pointer: str
    line: int
    column: int
    spec: PropertySpec
    name: str


@dataclass(slots=True)
class NameGate:
    """Gathers the names that relations use, and judges them once all keys are known.

    Args:
        config: the manifests, and the mapping.

    Attributes:
        titles: the keys of modules that were looked up, and what their pages are called.
    """

    config: Config
    titles: dict[str, str] = field(default_factory=dict)
    _named: list[Named] = field(default_factory=list)

    def add(self, manifest: Manifest) -> None:
        """Take note of the names in one manifest; what is no name the mapping reports."""
        for spec in self.config.mapping.properties:
            if not spec.names_modules:
                continue
            try:
                named = _KIND.names(spec, sources(spec, Feed(manifest.value)))
            except ConversionError:
                continue
            for pointer, name in named:
                line, column = manifest.place(pointer)
                self._named.append(Named(manifest.path, pointer, line, column, spec, name))

    def unknown(self, keys: Mapping[str, str], others: Sequence[str]) -> Iterator[Named]:
        """Yield the names that no module has.

        Args:
            keys: path → key of the manifests that were read.
            others: the manifests that were not.
        """
        known = set(keys.values())
        open_names = {each.name for each in self._named} - known
        if open_names and others:
            self.titles.update(self._look_up(open_names, others))
        known |= self.titles.keys()
        yield from (each for each in self._named if each.name not in known)

    def _look_up(self, names: set[str], paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        mapping = self.config.mapping
        may_be = may_have(names, key_spec(mapping))
        for path in paths:
            content = peek(f"{self.config.root}/{path}", MAX_BYTES)
            if content is not None and not may_be(content):
                continue
            for manifest in self._read(path):
                key = mapping.module_key(manifest.value, manifest.path)
                if key in names:
                    yield key, mapping.module_name(manifest.value, manifest.path) or key

    def _read(self, file: str) -> Iterator[Manifest]:
        found = read_file(self.config.root, file, self.config.form)
        yield from (each for each in found if isinstance(each, Manifest))

    def violations(
        self, unknown: Iterable[Named], keys: Mapping[str, str], others: Sequence[str]
    ) -> Iterator[Violation]:
        """Yield a violation for each name that no module has, with the nearest that one has."""
        listed = list(unknown)
        if not listed:
            return
        every = {*filter(None, keys.values()), *self.titles}
        for path in others:
            for manifest in self._read(path):
                every.add(self.config.mapping.module_key(manifest.value, manifest.path) or "")
        index = NameIndex(filter(None, every))
        for each in listed:
            near = next(iter(index.nearest(each.name, limit=1)), "")
            said = f"{each.spec.name}: no manifest has the key {each.name!r}"
            if near:
                said += f"; the nearest is {near!r}"
            remedy = _remedy(each.spec, near)
            found = Violation(
                each.path, each.line, each.column, each.pointer, UNKNOWN, said, remedy
            )
            yield found.in_file()


def key_spec(mapping: PropertyMapping) -> PropertySpec:
    """Return what reads a module's key: its own pointers, or the title's."""
    return PropertySpec("", PropertyType.TITLE, mapping.key) if mapping.key else mapping.title


def unusable_name(
    config: Config, path: str, spec: PropertySpec, name: str, count: int
) -> Violation:
    """Return what is wrong with a name that another database has not, or has ``count`` times."""
    line, column, pointer = 1, 1, ""
    manifest = read_manifest(config.root, path, config.form)
    if isinstance(manifest, Manifest):
        named = _KIND.names(spec, sources(spec, Feed(manifest.value)))
        pointer = next((place for place, each in named if each == name), "")
        line, column = manifest.place(pointer)
    if count:
        said = f"{spec.name}: {count} pages of the database {spec.target} have the title {name!r}"
        remedy = "Give each of them a title of its own in Notion."
        return Violation(path, line, column, pointer, "relation.ambiguous", said, remedy).in_file()
    said = f"{spec.name}: no page of the database {spec.target} has the title {name!r}"
    remedy = (
        "Add the page in Notion, or correct the name. To leave such names out, write "
        f'missing = "leave-out" under [properties."{spec.name}"] in lukhas-notion.toml.'
    )
    return Violation(path, line, column, pointer, UNKNOWN, said, remedy).in_file()


def _remedy(spec: PropertySpec, near: str) -> str:
    write = f"Write {near!r}" if near else "Write the key of a module"
    return (
        f"{write}, or add its manifest. To leave such names out, write "
        f'missing = "leave-out" under [properties."{spec.name}"] in lukhas-notion.toml.'
    )
