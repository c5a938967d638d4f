"""Which manifests a run is about, each read, checked and mapped once."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lukhas_notion.config import Config
from lukhas_notion.config_gates import write_vocabulary
from lukhas_notion.conversion import PropertySpec, sources
from lukhas_notion.errors import ConfigError, UsageError
from lukhas_notion.gates.presence import EarlierFiles, no_earlier_files, removed
from lukhas_notion.gates.schema import SchemaGate
from lukhas_notion.gates.vocabulary import Vocabulary
from lukhas_notion.manifest import MAX_BYTES, Manifest, find_manifests, read_manifest
from lukhas_notion.mapping import Desired, PropertyMapping
from lukhas_notion.names import name_violations, ungated_names
from lukhas_notion.util.fold import difference, fold
from lukhas_notion.util.nearest import nearest
from lukhas_notion.util.read_files import peek
from lukhas_notion.violation import Violation
from lukhas_notion.words import counted


@dataclass(frozen=True, slots=True)
class Gates:
    """Everything a manifest has to pass, loaded once."""

    schema: SchemaGate
    vocabularies: dict[str, Vocabulary]
    mapping: PropertyMapping
    removed: Sequence[Violation] = ()

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
        )

    def check(self, manifest: Manifest) -> tuple[Desired | None, list[Violation]]:
        """Return what the manifest wants, and every violation: one or the other."""
        desired, problems = self.mapping.desired(manifest)
        found = self._merge(manifest, problems)
        return (None if found else desired), found

    def violations(self, manifest: Manifest) -> list[Violation]:
        """Return every violation, where nothing is to be planned."""
        return self._merge(manifest, self.mapping.problems(manifest))

    def _merge(self, manifest: Manifest, problems: Iterable[Violation]) -> list[Violation]:
        found = self.schema.check(manifest)
        found.extend(name_violations(manifest, self.mapping, self.vocabularies))
        found.extend(ungated_names(manifest, self.mapping, self.vocabularies))
        places = {(v.pointer, v.line) for v in found}
        # What the schema has said of a place, the mapping need not say again.
        found.extend(p for p in problems if (p.pointer, p.line) not in places)
        return sorted(found)


def removed_gates(config: Config, earlier: EarlierFiles) -> list[Violation]:
    """Return a violation for each default schema or vocabulary that somebody took away."""
    paths = [file.path for file in config.default_gates]
    present = {path for path in paths if os.path.lexists(config.root / path)}
    absent = [path for path in paths if path not in present]
    return removed(config.default_gates, present, earlier(absent)) if absent else []


def load_schema(config: Config) -> SchemaGate:
    """Read the schema that manifests are held to.

    Raises:
        ConfigError: it, or what it refers to, cannot be read or is no JSON Schema.
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
    if names is not None:
        _require_vocabulary(config, names)
    return {
        name: Vocabulary.load(name, file.path, file.display)
        for name, file in config.vocabularies.items()
        if names is None or name in names
    }


def _require_vocabulary(config: Config, names: Sequence[str]) -> None:
    for name in names:
        if name not in config.vocabularies:
            raise ConfigError(f"There is no vocabulary for {name}.", f"{write_vocabulary(name)}.")


@dataclass(frozen=True, slots=True)
class Selection:
    """What the selected manifests want, and what is wrong with them.

    Args:
        desired: the valid ones, sorted by module.
        violations: everything found, sorted by file and line; the vocabularies' own come first.
        warnings: what a person should know of the vocabularies.
        checked: how many manifests were selected.
        others: names of modules that have a manifest outside ``desired``; None when one of those
            could not be read, so that it cannot be known.
        whole: whether every manifest of the repository was selected.
        invalid: the manifests with violations: path → module, "" where it cannot be known.
    """

    desired: list[Desired] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    warnings: Sequence[str] = ()
    checked: int = 0
    others: frozenset[str] | None = frozenset()
    whole: bool = True
    invalid: Mapping[str, str] = field(default_factory=dict)


def discover(config: Config, *, required: bool = True) -> list[str]:
    """Return the paths of all manifests, relative to the root, sorted.

    Raises:
        UsageError: there is none, and one is required.
    """
    paths = find_manifests(config.root, config.include, config.exclude)
    if required and not paths:
        patterns = ", ".join(config.include)
        raise UsageError(
            f"No manifest was found under {config.root} ({patterns}).",
            "Check --root, and [manifests] include and exclude in lukhas-notion.toml.",
        )
    return paths


def select(
    config: Config,
    gates: Gates,
    *,
    modules: Sequence[str] | None = None,
    paths: Sequence[str] | None = None,
    present: Sequence[str] | None = None,
    map_values: bool = True,
    required: bool = True,
    on_names: Callable[[Sequence[str]], None] = lambda _: None,
) -> Selection:
    """Read, check and map the selected manifests.

    Args:
        config: where they are.
        gates: what they must pass.
        modules: modules by name, or by their folder's name where no module bears it.
        paths: manifests by path, whose names no other manifest may bear; with neither, all of
            the repository.
        present: every manifest of the repository, where it is known; None looks for them.
        map_values: False when nothing is to be planned: ``desired`` is empty then.
        required: whether a repository without any manifest is an error.
        on_names: told of the modules' names before the rest of the repository is looked through,
            as far as they are known by then.

    Raises:
        UsageError: a module is unknown, or there is no manifest at all.
    """
    if modules is not None:
        on_names(modules)
    required = required and paths is None
    everything = list(present) if present else discover(config, required=required)
    if paths is not None:
        chosen = list(paths)
    else:
        chosen = everything if modules is None else _chosen(config, everything, modules)
    collected = _Collector(config.mapping)
    collected.violations.extend(gates.removed)
    for vocabulary in gates.vocabularies.values():
        collected.violations.extend(vocabulary.violations)
        collected.warnings.update(dict.fromkeys(vocabulary.warnings))
    for path in chosen:
        manifest = read_manifest(config.root, path, volatile=config.volatile)
        if isinstance(manifest, Violation):
            collected.unreadable(manifest)
        elif map_values:
            collected.add(manifest, *gates.check(manifest))
        else:
            collected.add(manifest, None, gates.violations(manifest))
    if paths is not None:
        on_names(collected.names)
        collected.compare(config, sorted(set(everything) - set(chosen)))
    whole = modules is None and paths is None
    return collected.selection(checked=len(chosen), whole=whole)


class _Collector:
    """Gathers what each manifest came to, and finds the names that two of them bear."""

    def __init__(self, mapping: PropertyMapping) -> None:
        self.violations: list[Violation] = []
        # Two properties may share a vocabulary; each warning is kept once.
        self.warnings: dict[str, None] = {}
        self._mapping = mapping
        self._desired: dict[str, Desired] = {}
        # What all names that look the same share → the first of them, and its manifest's path.
        self._first: dict[str, tuple[str, str]] = {}
        self._others: set[str] = set()
        self._invalid: dict[str, str] = {}
        self._nameless = False

    @property
    def names(self) -> list[str]:
        """The modules that were found so far and that want a page."""
        return list(self._desired)

    def unreadable(self, violation: Violation) -> None:
        """Take note of a manifest that could not be read."""
        self.violations.append(violation)
        self._invalid[violation.path] = ""
        self._nameless = True

    def add(self, manifest: Manifest, desired: Desired | None, found: list[Violation]) -> None:
        """Take note of a manifest that was read and checked."""
        self.violations.extend(found)
        name = self._mapping.module_name(manifest.value)
        if found:
            self._invalid[manifest.path] = name or ""
        if name is None:
            self._nameless = True
        elif fold(name) in self._first:
            first, path = self._first[fold(name)]
            self.violations.append(self._clash(name, manifest, first, path))
            self._invalid |= {path: first, manifest.path: name}
            self._desired.pop(first, None)
            self._others |= {first, name}
        else:
            self._first[fold(name)] = (name, manifest.path)
            if desired is not None:
                self._desired[name] = desired
            else:
                self._others.add(name)

    def compare(self, config: Config, others: Sequence[str]) -> None:
        """Take note of unselected manifests that bear a selected name."""
        names = set(self._first)
        if not names:
            return
        for manifest in _bearers(config, others, names):
            name = self._mapping.module_name(manifest.value)
            if name is not None and fold(name) in names:
                self.add(manifest, None, [])

    def _clash(self, name: str, manifest: Manifest, first: str, path: str) -> Violation:
        pointer = sources(self._mapping.title, manifest.value)[0][0]
        line, column = manifest.place(pointer)
        said = f"the module {name!r} is also in {path}"
        if apart := difference(name, first):
            said = f"the module {name!r} looks like {first!r} in {path}: {apart}"
        remedy = "A module has one manifest: rename one of the two, or exclude it."
        return Violation(manifest.path, line, column, pointer, "module.duplicate", said, remedy)

    def selection(self, *, checked: int, whole: bool) -> Selection:
        """Return what was gathered, sorted."""
        return Selection(
            desired=sorted(self._desired.values(), key=lambda d: d.module),
            violations=sorted(self.violations),
            warnings=tuple(self.warnings),
            checked=checked,
            others=None if self._nameless else frozenset(self._others),
            whole=whole,
            invalid=dict(self._invalid),
        )


def _chosen(config: Config, paths: Sequence[str], modules: Sequence[str]) -> list[str]:
    """Return the manifests of the named modules."""
    by_name: dict[str, list[str]] = {}
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(fold(PurePosixPath(path).parent.name), []).append(path)
    for manifest in _bearers(config, paths, modules):
        name = config.mapping.module_name(manifest.value)
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
    read = [read_manifest(config.root, path, volatile=config.volatile) for path in paths]
    names = {config.mapping.module_name(m.value) for m in read if isinstance(m, Manifest)}
    near = nearest(module, [*sorted(filter(None, names)), *folders])
    hint = f"Did you mean {near[0]!r}?" if near else "See `lukhas-notion validate --all`."
    if unread := [each.path for each in read if isinstance(each, Violation)]:
        hint = (
            f"{counted(len(unread), 'manifest')} could not be read, of which it may be "
            f"{_likeliest(module, config, unread)}; see `lukhas-notion validate --all`."
        )
        hint += f" Or did you mean {near[0]!r}?" if near else ""
    return UsageError(f"No module is called {module!r}, and no folder either.", hint)


def _likeliest(module: str, config: Config, paths: Sequence[str]) -> str:
    """Return which of several files is most likely the module's: by its text, then by its path."""

    def spells(path: str) -> bool:
        return module.encode() in (peek(f"{config.root}/{path}", MAX_BYTES) or b"")

    likely = list(filter(spells, paths)) or list(paths)
    folders = {str(PurePosixPath(path).parent).replace("/", "."): path for path in likely}
    near = nearest(module, folders)
    return folders[near[0]] if near else likely[0]


def _bearers(config: Config, paths: Sequence[str], names: Iterable[str]) -> Iterator[Manifest]:
    """Yield every manifest that may bear a name that looks like one of ``names``, and some more.

    A file that does not even spell one of them is not parsed: most of them, in a large repository.
    One that cannot be read is passed over; it is for a run that selects it to say so.
    """
    bears = may_bear(names, config.mapping.title)
    for path in paths:
        content = peek(f"{config.root}/{path}", MAX_BYTES)
        if content is not None and not bears(content):
            continue
        manifest = read_manifest(config.root, path, volatile=config.volatile)
        if isinstance(manifest, Manifest):
            yield manifest


def may_bear(names: Iterable[str], title: PropertySpec) -> Callable[[bytes], bool]:
    """Return whether a file may be a manifest with a name that looks like one of ``names``."""
    listed = {fold(name) for name in names}
    spelled = [
        [word.encode() for word in name.split()] for name in listed if _is_plain(name, title)
    ]
    if len(spelled) < len(listed):
        return lambda _: True

    def bears(content: bytes) -> bool:
        # With an escape or a DEL in it, a file may spell a name otherwise.
        if b"\\" in content or b"\x7f" in content:
            return True
        if not content.isascii():
            content = _ascii(content)
        return any(all(word in content for word in words) for words in spelled)

    return bears


def _ascii(content: bytes) -> bytes:
    """Return what is left of a text without the characters that no folded ASCII name has."""
    text = unicodedata.normalize("NFC", content.decode("utf-8", "replace"))
    return text.encode("ascii", "ignore")


def _is_plain(name: str, title: PropertySpec) -> bool:
    """Whether a manifest has to spell each word of the name as it is.

    A number may be written in several ways, and what is joined stands apart.
    """
    joined = title.each is not None or title.join in name
    return name.isascii() and not joined and not _NUMBER.fullmatch(name)


_NUMBER = re.compile(r"[-+.0-9eE]+")
