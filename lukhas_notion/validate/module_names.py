"""Find modules by name, and check the names and keys of modules.

No two manifests may have the same name or key, and a relation must name keys that exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import NamedTuple

from lukhas_notion.config.config import Config
from lukhas_notion.config.toml_lines import toml_string
from lukhas_notion.manifests.json_values import find, quote
from lukhas_notion.manifests.manifest import MAX_BYTES, Manifest, Violation, file_of, read_file
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import (
    FOLDER,
    PATH,
    ConversionError,
    Feed,
    PropertySpec,
    sources,
)
from lukhas_notion.plan.reference_kinds import Relation
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.read_files import peek
from lukhas_notion.util.text import (
    NameIndex,
    counted,
    difference,
    first_of,
    fold,
    nearest,
    normalized,
)
from lukhas_notion.validate.gates import violation_at

#: The rule for a name in a relation that no module has.
UNKNOWN = "relation.unknown"
#: Modules listed in one message.
_MAX_MODULES = 10
#: Manifests with the same name listed in one message.
_MAX_MANIFESTS = 5
_NUMBER = re.compile(r"[-+.0-9eE]+")
_RELATION = Relation()


# --- find modules by name ---------------------------------------------------------------------


def manifests_named(config: Config, paths: Sequence[str], modules: Sequence[str]) -> list[str]:
    """Return the paths of the named modules' manifests.

    Raises:
        UsageError: no manifest and no folder has one of the names.
    """
    by_name: dict[str, list[str]] = {}
    by_folder: dict[str, list[str]] = {}
    for path in paths:
        by_folder.setdefault(fold(PurePosixPath(path).parent.name), []).append(path)
    for manifest in possible_manifests(config, paths, modules):
        name = config.mapping.module_name(manifest.value, manifest.path)
        if name is not None:
            by_name.setdefault(fold(name), []).append(manifest.path)
    chosen: set[str] = set()
    for module in modules:
        matches = by_name.get(fold(module)) or by_folder.get(fold(module))
        if not matches:
            raise _unknown_module(module, config, paths, by_folder)
        chosen.update(matches)
    return sorted(chosen)


def _unknown_module(
    module: str, config: Config, paths: Sequence[str], folders: Iterable[str]
) -> UsageError:
    read = [manifest for path in paths for manifest in read_file(config.root, path, config.form)]
    names = {
        config.mapping.module_name(manifest.value, manifest.path)
        for manifest in read
        if isinstance(manifest, Manifest)
    }
    known = sorted(filter(None, names))
    near = nearest(module, [*known, *folders])
    hint = f"Did you mean {near!r}?" if near else _listed(known)
    if unread := [violation.path for violation in read if isinstance(violation, Violation)]:
        hint = (
            f"{counted(len(unread), 'manifest')} could not be read, of which it may be "
            f"{_likeliest(module, config, unread)}; see `lukhas-notion validate --all`."
        )
        hint += f" Or did you mean {near!r}?" if near else ""
    return UsageError(f"No module or folder is named {module!r}.", hint)


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "No manifest names a module: `lukhas-notion validate --all` says what they lack."
    return f"The modules are {first_of(list(map(repr, names)), _MAX_MODULES)}."


def _likeliest(module: str, config: Config, paths: Sequence[str]) -> str:
    """Return the file that most likely is the module's, by its text, then by its path."""
    likely = [
        path
        for path in paths
        if module.encode() in (peek(f"{config.root}/{path}", MAX_BYTES) or b"")
    ] or list(paths)
    folders = {str(PurePosixPath(path).parent).replace("/", "."): path for path in likely}
    near = nearest(module, folders)
    return folders[near] if near else likely[0]


def possible_manifests(
    config: Config, paths: Iterable[str], names: Iterable[str], spec: PropertySpec | None = None
) -> Iterator[Manifest]:
    """Yield every manifest whose name may look like one of ``names``, and possibly others.

    A file that does not contain the words of a name is not parsed; in a large repository that is
    most of them. A file that cannot be read is skipped: the run that selects it reports it.

    Args:
        config: describes the manifests.
        paths: the files to search.
        names: the names to look for.
        spec: reads a manifest's name; None for the title.
    """
    is_possible = may_have(names, spec or config.mapping.title)
    for path in paths:
        content = peek(f"{config.root}/{path}", MAX_BYTES)
        if content is None or is_possible(content):
            yield from _manifests(config, path)


def _manifests(config: Config, file: str) -> Iterator[Manifest]:
    for manifest in read_file(config.root, file, config.form):
        if isinstance(manifest, Manifest):
            yield manifest


def may_have(names: Iterable[str], title: PropertySpec) -> Callable[[bytes], bool]:
    """Return a function: whether a file's content may have a name that looks like one of these."""
    folded = {fold(name) for name in names}
    spelled = [
        [word.encode() for word in name.split()] for name in folded if _is_written_out(name, title)
    ]
    if len(spelled) < len(folded):
        return lambda _: True

    def spells(content: bytes) -> bool:
        # A file with an escape or a DEL may spell a name in another way.
        if b"\\" in content or b"\x7f" in content:
            return True
        if not content.isascii():
            # A folded ASCII name has no other characters.
            text = normalized("NFC", content.decode("utf-8", "replace"))
            content = text.encode("ascii", "ignore")
        return any(all(word in content for word in words) for words in spelled)

    return spells


def _is_written_out(name: str, title: PropertySpec) -> bool:
    """Return whether a manifest with this name must contain each word of it.

    A name from the file's path is not in the manifest. A number can be written in several ways,
    and the parts of a joined title are apart.
    """
    if any(pointer.startswith("@") for pointer in title.pointers):
        return False
    joined = title.each is not None or title.join in name
    return name.isascii() and not joined and not _NUMBER.fullmatch(name)


# --- names and keys are unique ----------------------------------------------------------------


class Identified(NamedTuple):
    """A manifest with the name of its module, "" for none, and the value that must be unique."""

    path: str
    name: str
    value: str


class UniqueValues:
    """The names, or the keys, of modules: no two manifests may have values that look the same.

    Args:
        config: describes the manifests.
        keys: whether the values are keys.
    """

    def __init__(self, config: Config, *, keys: bool) -> None:
        self._config = config
        self._keys = keys
        self._by_look: dict[str, list[Identified]] = {}

    @property
    def folded(self) -> set[str]:
        """The values, each as :func:`lukhas_notion.util.text.fold` returns it."""
        return set(self._by_look)

    def add(self, module: Identified) -> list[Identified]:
        """Add a manifest; return all that share its value, the first one first, or []."""
        same = self._by_look.setdefault(fold(module.value), [])
        same.append(module)
        return same if len(same) > 1 else []

    def violations(self) -> Iterator[Violation]:
        """Yield one violation for each shared value, at the manifest that was added first."""
        for same in self._by_look.values():
            if len(same) > 1:
                yield self._violation(same)

    def _violation(self, same: Sequence[Identified]) -> Violation:
        module, *others = same
        kind = "key" if self._keys else "module"
        violation = violation_at(
            self._config,
            module.path,
            self._pointer,
            "module.duplicate",
            f"the {kind} {module.value!r} {_elsewhere(module, others)}",
            self._remedy(same),
        )
        return replace(violation, also=tuple(other.path for other in others))

    def _pointer(self, manifest: Manifest) -> str:
        mapping = self._config.mapping
        places = mapping.key if self._keys else mapping.title.pointers
        pointers = (place for place in places if place.startswith("/"))
        return next((at for place in pointers for at, _ in find(manifest.value, place)), "")

    def _remedy(self, same: Sequence[Identified]) -> str:
        folders = {module.path.rpartition("/")[0] for module in same}
        source = FOLDER if len(folders) == len(same) and "" not in folders else PATH
        if self._keys:
            rename = "Each module needs its own key, from [mapping] key: change all but one"
            line = f'key = "{source}" under [mapping]'
        else:
            title = toml_string(self._config.mapping.title.name)
            rename = (
                "Each module has one manifest: rename all but one, or exclude the others with "
                "`exclude` or `where` under [manifests]"
            )
            line = f'from = "{source}" under [properties.{title}]'
        return f"{rename}. Or distinguish them by their place: write {line} in lukhas-notion.toml."


def _elsewhere(module: Identified, others: Sequence[Identified]) -> str:
    """Return a verb phrase: where else the module's value, or one that looks like it, is."""
    first = next((other for other in others if other.value != module.value), others[0])
    if apart := difference(module.value, first.value):
        return f"looks like {first.value!r} in {first.path}: {apart}"
    if len(others) == 1:
        return f"is also in {first.path}"
    shown = first_of([other.path for other in others], _MAX_MANIFESTS)
    return f"is also in {counted(len(others), 'other manifest')}: {shown}"


# --- relations name keys that exist -----------------------------------------------------------


class RelationName(NamedTuple):
    """A name in a relation.

    Args:
        manifest: the path of the manifest.
        place: the line and the column of the name, 1-based.
        pointer: the JSON pointer of the name.
        spec: the relation.
        name: the name.
    """

    manifest: str
    place: tuple[int, int]
    pointer: str
    spec: PropertySpec
    name: str


@dataclass(slots=True)
class RelationGate:
    """Collects the names in relations, and checks them when the keys of all modules are known.

    Args:
        config: describes the manifests and the mapping.

    Attributes:
        titles: key → title of the modules that were looked up in manifests not selected.
    """

    config: Config
    titles: dict[str, str] = field(default_factory=dict)
    _names: list[RelationName] = field(default_factory=list)

    def add(self, manifest: Manifest) -> None:
        """Collect the names in one manifest; the mapping reports values that are not names."""
        for spec in self.config.mapping.properties:
            if not spec.names_modules:
                continue
            try:
                names = _RELATION.names(spec, sources(spec, Feed(manifest.value)))
            except ConversionError:
                continue
            self._names += [
                RelationName(manifest.path, manifest.place(pointer), pointer, spec, name)
                for pointer, name in names
            ]

    def naming(self, keys: Collection[str], files: Sequence[str]) -> set[str]:
        """Return which files have a relation to a module with one of these keys."""
        for spec in self.config.mapping.properties:
            if spec.names_modules:
                for manifest in possible_manifests(self.config, files, keys, spec):
                    self.add(manifest)
        return {file_of(each.manifest) for each in self._names if each.name in keys}

    def unknown(self, keys: Mapping[str, str], others: Sequence[str]) -> list[RelationName]:
        """Return the names that no module has as its key.

        Args:
            keys: path → key of the manifests that were read.
            others: the files that were not read.
        """
        known = set(keys.values())
        unresolved = {each.name for each in self._names} - known
        if unresolved and others:
            self._look_up(unresolved, others)
        known |= self.titles.keys()
        return [each for each in self._names if each.name not in known]

    def _look_up(self, names: set[str], files: Iterable[str]) -> None:
        mapping = self.config.mapping
        for manifest in possible_manifests(self.config, files, names, key_spec(mapping)):
            key = mapping.module_key(manifest.value, manifest.path)
            if key in names:
                self.titles[key] = mapping.module_name(manifest.value, manifest.path) or key

    def violations(
        self, unknown: Sequence[RelationName], keys: Mapping[str, str], others: Sequence[str]
    ) -> Iterator[Violation]:
        """Yield a violation with the nearest key for each of the unknown names."""
        if not unknown:
            return
        known = {*keys.values(), *self.titles}
        for path in others:
            for manifest in _manifests(self.config, path):
                known.add(self.config.mapping.module_key(manifest.value, manifest.path) or "")
        index = NameIndex(filter(None, known))
        for each in unknown:
            near = next(iter(index.nearest(each.name, limit=1)), "")
            message = f"{each.spec.name}: no manifest has the key {quote(each.name)}"
            message += f"; the nearest is {quote(near)}" if near else ""
            write = f"Write {quote(near)}" if near else "Write the key of a module"
            remedy = f"{write}, or add its manifest. {leave_out(each.spec)}"
            yield Violation(
                each.manifest, *each.place, each.pointer, UNKNOWN, message, remedy
            ).in_file()


def key_spec(mapping: PropertyMapping) -> PropertySpec:
    """Return the specification that reads a module's key: its own pointers, or the title's."""
    return PropertySpec("", PropertyType.TITLE, mapping.key) if mapping.key else mapping.title


def unusable_name(
    config: Config, path: str, spec: PropertySpec, name: str, count: int
) -> Violation:
    """Return the violation for a title that ``count`` pages of another database have: not one."""

    def pointer(manifest: Manifest) -> str:
        names = _RELATION.names(spec, sources(spec, Feed(manifest.value)))
        return next((place for place, other in names if other == name), "")

    if count:
        rule = "relation.ambiguous"
        message = f"{count} pages of the database {spec.target} have the title {quote(name)}"
        remedy = "Give each of them a different title in Notion."
    else:
        rule = UNKNOWN
        message = f"no page of the database {spec.target} has the title {quote(name)}"
        remedy = f"Add the page in Notion, or correct the name. {leave_out(spec)}"
    return violation_at(config, path, pointer, rule, f"{spec.name}: {message}", remedy)


def leave_out(spec: PropertySpec) -> str:
    """Return how to leave out the names of a property that nothing has, as a sentence."""
    return (
        'To leave such names out, write missing = "leave-out" under '
        f"[properties.{toml_string(spec.name)}] in lukhas-notion.toml."
    )
