"""Check the names in relations against the manifests' own keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lukhas_notion.config.config import Config
from lukhas_notion.manifests.manifest import (
    MAX_BYTES,
    Manifest,
    Violation,
    read_file,
    read_manifest,
)
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import ConversionError, Feed, PropertySpec, sources
from lukhas_notion.plan.reference_kinds import Relation
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.read_files import peek
from lukhas_notion.util.text import NameIndex, counted, fold, nearest, normalized

#: Modules that one message lists at most.
_SHOWN = 10


def manifests_named(config: Config, paths: Sequence[str], modules: Sequence[str]) -> list[str]:
    """Return the manifests of the named modules."""
    by_name: dict[str, list[str]] = {}
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(fold(PurePosixPath(path).parent.name), []).append(path)
    for manifest in possible_manifests(config, paths, modules):
        name = config.mapping.module_name(manifest.value, manifest.path)
        if name is not None:
            by_name.setdefault(fold(name), []).append(manifest.path)
    chosen: list[str] = []
    for module in modules:
        found = by_name.get(fold(module)) or by_folder.get(fold(module))
        if not found:
            raise _unknown(module, config, paths, by_folder)
        chosen.extend(found)
    return sorted(set(chosen))


def _unknown(
    module: str, config: Config, paths: Sequence[str], folders: Iterable[str]
) -> UsageError:
    """Return the error for a module that no manifest and no folder is called by."""
    read = [each for path in paths for each in read_file(config.root, path, config.form)]
    mapping = config.mapping
    names = {mapping.module_name(m.value, m.path) for m in read if isinstance(m, Manifest)}
    near = nearest(module, [*sorted(filter(None, names)), *folders])
    hint = f"Did you mean {near[0]!r}?" if near else _listed(sorted(filter(None, names)))
    if unread := [each.path for each in read if isinstance(each, Violation)]:
        hint = (
            f"{counted(len(unread), 'manifest')} could not be read, of which it may be "
            f"{_likeliest(module, config, unread)}; see `lukhas-notion validate --all`."
        )
        hint += f" Or did you mean {near[0]!r}?" if near else ""
    return UsageError(f"No module or folder is named {module!r}.", hint)


def _listed(names: Sequence[str]) -> str:
    """Return a sentence that lists the modules, :data:`_SHOWN` at most."""
    if not names:
        return "No manifest names a module: `lukhas-notion validate --all` says what they lack."
    shown = ", ".join(map(repr, names[:_SHOWN]))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"The modules are {shown}{more}."


def _likeliest(module: str, config: Config, paths: Sequence[str]) -> str:
    """Return which of several files is most likely the module's: by its text, then by its path."""

    def spells(path: str) -> bool:
        return module.encode() in (peek(f"{config.root}/{path}", MAX_BYTES) or b"")

    likely = list(filter(spells, paths)) or list(paths)
    folders = {str(PurePosixPath(path).parent).replace("/", "."): path for path in likely}
    near = nearest(module, folders)
    return folders[near[0]] if near else likely[0]


def possible_manifests(
    config: Config, paths: Sequence[str], names: Iterable[str]
) -> Iterator[Manifest]:
    """Yield every manifest that may have a name that looks like one of ``names``, and some more.

    A file that does not even spell one of them is not parsed: most of them, in a large repository.
    One that cannot be read is passed over; it is for a run that selects it to say so.
    """
    may_be = may_have(names, config.mapping.title)
    for path in paths:
        content = peek(f"{config.root}/{path}", MAX_BYTES)
        if content is not None and not may_be(content):
            continue
        found = read_file(config.root, path, config.form)
        yield from (each for each in found if isinstance(each, Manifest))


def may_have(names: Iterable[str], title: PropertySpec) -> Callable[[bytes], bool]:
    """Return whether a file may be a manifest with a name that looks like one of ``names``."""
    listed = {fold(name) for name in names}
    spelled = [
        [word.encode() for word in name.split()] for name in listed if _is_plain(name, title)
    ]
    if len(spelled) < len(listed):
        return lambda _: True

    def spells(content: bytes) -> bool:
        # With an escape or a DEL in it, a file may spell a name otherwise.
        if b"\\" in content or b"\x7f" in content:
            return True
        if not content.isascii():
            content = _ascii(content)
        return any(all(word in content for word in words) for words in spelled)

    return spells


def _ascii(content: bytes) -> bytes:
    """Return what is left of a text without the characters that no folded ASCII name has."""
    text = normalized("NFC", content.decode("utf-8", "replace"))
    return text.encode("ascii", "ignore")


def _is_plain(name: str, title: PropertySpec) -> bool:
    """Whether a manifest has to spell each word of the name as it is.

    A number may be written in several ways, and what is joined stands apart.
    """
    if any(pointer.startswith("@") for pointer in title.pointers):
        # It may be taken from the file's path.
        return False
    joined = title.each is not None or title.join in name
    return name.isascii() and not joined and not _NUMBER.fullmatch(name)


_NUMBER = re.compile(r"[-+.0-9eE]+")


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
