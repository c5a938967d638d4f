"""Which manifests a run is about, each read, checked and mapped once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lukhas_notion.config.config import FILE_NAME, Config
from lukhas_notion.config.document import in_file
from lukhas_notion.manifests.discovery import Discovery
from lukhas_notion.manifests.discovery import discover as search
from lukhas_notion.manifests.json_values import find
from lukhas_notion.manifests.manifest import (
    Manifest,
    Violation,
    file_of,
    is_entry,
    read_file,
    read_manifest,
)
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.plan.property_spec import FOLDER, PATH
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.text import counted, difference, fold
from lukhas_notion.validate.gates import Gates, PointerUse
from lukhas_notion.validate.module_names import NameGate, manifests_named, possible_manifests


@dataclass(frozen=True, slots=True)
class Selection:
    """What the selected manifests want, and what is wrong with them.

    Args:
        desired: the valid ones, sorted by module.
        violations: everything found, sorted by file and line; the vocabularies' own come first.
        warnings: what a person should know of the vocabularies, globs and pointers.
        checked: how many manifests were selected.
        others: names of modules that have a manifest outside ``desired``; None when one of those
            could not be read, so that it cannot be known.
        whole: whether every manifest of the repository was selected.
        invalid: the manifests with violations: path → module, "" where it cannot be known.
        paths: every file of the repository that holds manifests, selected or not.
        keys: path → the key of its module, "" for none, of the manifests that were read.
        whole_files: the files that were read to the end, so that every manifest in them is known.
        titles: the keys that relations name of modules that were not selected, and their names.
    """

    desired: list[Desired] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    warnings: Sequence[str] = ()
    checked: int = 0
    others: frozenset[str] | None = frozenset()
    whole: bool = True
    invalid: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    whole_files: frozenset[str] = frozenset()

    def others_than(self, planned: Iterable[str]) -> frozenset[str]:
        """Return the manifests that are not planned, and the files that may hold such."""
        unread = set(self.paths) - self.whole_files
        return frozenset((self.keys.keys() | self.invalid.keys() | unread) - set(planned))

    def titles_beside(self, planned: Collection[str]) -> dict[str, str]:
        """Return key → name of the modules without a plan whose pages may have to be looked for.

        Args:
            planned: the paths of the manifests that are planned. A run over all of them reads all
                pages, and looks for none.
        """
        if self.whole:
            return {}
        names = {**self.invalid, **{want.path: want.module for want in self.desired}}
        beside = {
            self.keys.get(path, ""): name for path, name in names.items() if path not in planned
        }
        return {**self.titles, **{key: name for key, name in beside.items() if key and name}}

    def gone(self, paths: Iterable[str]) -> frozenset[str]:
        """Return which paths of manifests nothing is at: no file, or none of its entries.

        An entry that has gone leaves its place to the next one, so of a file that was read to the
        end, every former place counts as left.
        """
        there = set(self.paths)
        return frozenset(
            path
            for path in paths
            if file_of(path) not in there or (is_entry(path) and file_of(path) in self.whole_files)
        )


def discover(config: Config, *, required: bool = True) -> Discovery:
    """Return every manifest of the repository.

    Raises:
        UsageError: there is none, and one is required.
    """
    found = search(config.root, config.include, config.exclude)
    if required and not found.paths:
        said = f"No manifest was found under {config.root} ({', '.join(config.include)})."
        raise UsageError(
            "\n".join((said, *found.unmatched)),
            "Check --root, and [manifests] include and exclude in lukhas-notion.toml.",
        )
    return found


def select(
    config: Config,
    gates: Gates,
    *,
    modules: Sequence[str] | None = None,
    paths: Sequence[str] | None = None,
    present: Discovery | None = None,
    map_values: bool = True,
    required: bool = True,
    on_names: Callable[[Sequence[str]], None] = lambda _: None,
) -> Selection:
    """Read, check and map the selected manifests.

    Args:
        config: where they are.
        gates: what they must pass.
        modules: modules by name, or by their folder's name where no module has that name.
        paths: manifests by path, whose names no other manifest may have; with neither, all of
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
    if present is None or not present.paths:
        present = discover(config, required=required and paths is None)
    everything = list(present.paths)
    whole = modules is None and paths is None
    chosen = list(paths) if paths is not None else everything
    if paths is None and modules is not None:
        chosen = manifests_named(config, everything, modules)
    collected = _Collector(config)
    collected.warnings.update(dict.fromkeys(present.unmatched))
    collected.start(gates)
    use = PointerUse(config.mapping)
    discovered = set(everything)
    checked = 0
    for manifest in _read(config, chosen, discovered):
        checked += 1
        if isinstance(manifest, Violation):
            collected.unreadable(manifest)
        else:
            use.add(manifest.value)
            collected.check(manifest, gates, map_values=map_values)
    others = [] if whole else sorted(set(everything) - set(chosen))
    if paths is not None:
        on_names(collected.names)
        collected.compare(others)
    collected.relate(others)
    if whole:
        collected.warnings.update(dict.fromkeys(use.warnings()))
    if said := _wrong_schema(config, collected.violations, checked):
        collected.warnings[said] = None
    selection = collected.selection(checked=checked, whole=whole)
    read = discovered.intersection(chosen) - collected.unclear_files
    return replace(selection, paths=tuple(everything), whole_files=frozenset(read))


#: So many manifests are checked before a schema that refuses most of them is doubted.
_MANY = 5


def _wrong_schema(config: Config, violations: Iterable[Violation], checked: int) -> str:
    """Return that a repository's own schema refuses most of its manifests, "" where it does not."""
    refused = {v.manifest for v in violations if v.rule.startswith("schema.")}
    if config.schema is None or checked < _MANY or 2 * len(refused) <= checked:
        return ""
    return (
        f"The schema {config.display(config.schema)} refuses {len(refused):,} of {checked:,} "
        "manifests, so it may not be theirs. `[schema] path` in lukhas-notion.toml names another "
        "one, and `packaged = true` takes the schema of this tool."
    )


def _read(
    config: Config, chosen: Iterable[str], discovered: Collection[str]
) -> Iterator[Manifest | Violation]:
    """Yield the manifests of files, and those that are named alone."""
    for path in chosen:
        is_file = path in discovered
        if is_entry(path) and not is_file:
            yield read_manifest(config.root, path, config.form)
        else:
            yield from read_file(config.root, path, config.form, discovered=is_file)


def keys_of(config: Config, selection: Selection, planned: Collection[str]) -> list[str]:
    """Return the keys of all manifests that are not planned, also of those not selected."""
    keys = dict(selection.keys)
    for file in set(selection.paths) - selection.whole_files:
        for manifest in read_file(config.root, file, config.form):
            if isinstance(manifest, Manifest):
                keys[manifest.path] = config.mapping.module_key(manifest.value, manifest.path) or ""
    return [key for path, key in keys.items() if path not in planned]


#: Other manifests of one name that a message lists.
_SHOWN = 5


class _Named(NamedTuple):
    """A manifest with its module's name, and the name or key that only one may have."""

    name: str
    path: str
    value: str


class _Collector:
    """Gathers what each manifest came to, and finds the names that two of them have."""

    def __init__(self, config: Config) -> None:
        self.violations: list[Violation] = []
        # Two properties may share a vocabulary; each warning is kept once.
        self.warnings: dict[str, None] = {}
        self._config = config
        self._mapping = config.mapping
        self._desired: dict[str, Desired] = {}
        # What all names, or keys, that look the same share → the manifests that have one of them.
        self._named: dict[str, list[_Named]] = {}
        self._keyed: dict[str, list[_Named]] = {}
        self._others: set[str] = set()
        self._invalid: dict[str, str] = {}
        self._nameless = False
        self._keys: dict[str, str] = {}
        self.relations = NameGate(config)
        #: Files of which not every manifest is known by its key.
        self.unclear_files: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The modules that were found so far and that want a page."""
        return list(self._desired)

    def start(self, gates: Gates) -> None:
        """Take note of what is wrong with the gates themselves."""
        self.violations.extend(gates.removed)
        for vocabulary in gates.vocabularies.values():
            self.violations.extend(vocabulary.violations)
            self.warnings.update(dict.fromkeys(vocabulary.warnings))

    def check(self, manifest: Manifest, gates: Gates, *, map_values: bool) -> None:
        """Hold a selected manifest to the gates."""
        self.relations.add(manifest)
        if map_values:
            self.add(manifest, *gates.check(manifest))
        else:
            self.add(manifest, None, gates.violations(manifest))

    def unreadable(self, violation: Violation) -> None:
        """Take note of a manifest that could not be read."""
        self.violations.append(violation)
        self._invalid[violation.manifest] = ""
        self._nameless = True
        self.unclear_files.add(violation.path)

    def add(self, manifest: Manifest, desired: Desired | None, found: list[Violation]) -> None:
        """Take note of a manifest that was read and checked."""
        self.violations.extend(found)
        name = self._mapping.module_name(manifest.value, manifest.path)
        if found:
            self._invalid[manifest.path] = name or ""
        path = manifest.path
        key = self._keys[path] = self._mapping.module_key(manifest.value, path) or ""
        clashes = name is not None and self._clashes(self._named, _Named(name, path, name))
        if self._mapping.key and key:
            clashes |= self._clashes(self._keyed, _Named(name or "", path, key))
        if not key:
            self.unclear_files.add(file_of(path))
        if name is None:
            self._nameless = True
        elif desired is not None and not clashes:
            self._desired[name] = desired
        else:
            self._others.add(name)

    def _clashes(self, known: dict[str, list[_Named]], module: _Named) -> bool:
        """Take note of a name or a key; return whether another manifest has it already."""
        same = known.setdefault(fold(module.value), [])
        same.append(module)
        if len(same) == 1:
            return False
        first = same[0]
        for each in (first, module):
            self._invalid[each.path] = each.name
        if self._desired.pop(first.name, None):
            self._others.add(first.name)
        return True

    def compare(self, others: Sequence[str]) -> None:
        """Take note of unselected manifests that have a selected name."""
        names = set(self._named)
        if not names:
            return
        for manifest in possible_manifests(self._config, others, names):
            name = self._mapping.module_name(manifest.value, manifest.path)
            if name is not None and fold(name) in names:
                self.add(manifest, None, [])

    def relate(self, others: Sequence[str]) -> None:
        """Hold the names in relations to the keys of all manifests, those of ``others`` too."""
        unknown = list(self.relations.unknown(self._keys, others))
        left_out = [each for each in unknown if each.spec.leaves_out]
        wrong = [each for each in unknown if not each.spec.leaves_out]
        self.violations.extend(self.relations.violations(wrong, self._keys, others))
        modules = {want.path: module for module, want in self._desired.items()}
        for each in wrong:
            self._invalid.setdefault(each.path, modules.get(each.path, ""))
            if self._desired.pop(modules.get(each.path, ""), None):
                self._others.add(modules[each.path])
        for each in left_out:
            self.warnings[
                f"{each.path}:{each.line}: {each.spec.name} leaves out {each.name!r}, which is no "
                "module's key."
            ] = None
            if want := self._desired.get(modules.get(each.path, "")):
                self._desired[want.module] = want.leaving_out(each.spec.name, [each.name])

    def _clash(self, same: Sequence[_Named], *, keys: bool) -> Violation:
        """Return the one violation of all manifests with a name, or a key, at the first of them.

        Those that were selected come before those that were compared with them.
        """
        module, *others = same
        line, column, pointer = 1, 1, ""
        # Read again, so that not every manifest has to be kept for the few that clash.
        manifest = read_manifest(self._config.root, module.path, self._config.form)
        places = self._mapping.key if keys else self._mapping.title.pointers
        if isinstance(manifest, Manifest):
            pointers = (place for place in places if place.startswith("/"))
            there = (at for place in pointers for at, _ in find(manifest.value, place))
            pointer = next(there, "")
            line, column = manifest.place(pointer)
        said = f"the {'key' if keys else 'module'} {module.value!r} {_elsewhere(module, others)}"
        remedy = self._tell_apart(same, keys=keys)
        rule, also = "module.duplicate", tuple(each.path for each in others)
        found = Violation(module.path, line, column, pointer, rule, said, remedy, also=also)
        return found.in_file()

    def _tell_apart(self, same: Sequence[_Named], *, keys: bool) -> str:
        """Return what to do about manifests with one name, or one key."""
        folders = {each.path.rpartition("/")[0] for each in same}
        source = FOLDER if len(folders) == len(same) and "" not in folders else PATH
        if keys:
            rename = "A module has a key of its own, which [mapping] key names: change all but one"
            line = f'key = "{source}" under [mapping]'
        else:
            rename = "A module has one manifest: rename all but one, or exclude them"
            line = f'from = "{source}" under [properties.{in_file(self._mapping.title.name)}]'
        return f"{rename}. Or tell them apart by where they are: write {line} in {FILE_NAME}."

    def selection(self, *, checked: int, whole: bool) -> Selection:
        """Return what was gathered, sorted."""
        for known in (self._named, self._keyed):
            clashes = [same for same in known.values() if len(same) > 1]
            self.violations += [self._clash(same, keys=known is self._keyed) for same in clashes]
        return Selection(
            desired=sorted(self._desired.values(), key=lambda d: d.module),
            violations=sorted(self.violations),
            warnings=tuple(self.warnings),
            checked=checked,
            others=None if self._nameless else frozenset(self._others),
            whole=whole,
            invalid=dict(self._invalid),
            keys=self._keys,
            titles=self.relations.titles,
        )


def _elsewhere(module: _Named, others: Sequence[_Named]) -> str:
    """Return where else a module's name, or one that looks like it, is: a verb phrase."""
    first = next((each for each in others if each.value != module.value), others[0])
    if apart := difference(module.value, first.value):
        return f"looks like {first.value!r} in {first.path}: {apart}"
    if len(others) == 1:
        return f"is also in {first.path}"
    shown = ", ".join(each.path for each in others[:_SHOWN])
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    return f"is also in {counted(len(others), 'other manifest')}: {shown}{more}"
