"""Select the manifests of a run; read, check and map each of them once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lukhas_notion.config.config import Config
from lukhas_notion.config.document import FILE_NAME
from lukhas_notion.manifests.discovery import Discovery, discover
from lukhas_notion.manifests.json_values import any_of, quote
from lukhas_notion.manifests.manifest import (
    Manifest,
    Violation,
    file_of,
    is_entry,
    read_file,
    read_manifest,
)
from lukhas_notion.plan.mapping import Desired
from lukhas_notion.plan.relations import left_out
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.text import counted, fold
from lukhas_notion.validate.gates import Gates
from lukhas_notion.validate.module_names import (
    Identified,
    RelationGate,
    UniqueValues,
    manifests_named,
    possible_manifests,
)
from lukhas_notion.validate.pointer_use import PointerUse

#: Manifests that must be checked before a schema that refuses most of them is doubted.
_MIN_CHECKED = 5


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected manifests: the pages they want, and what is wrong with them.

    Args:
        desired: the pages of the valid manifests, sorted by module.
        violations: sorted by file and line; those of the vocabularies are included.
        warnings: problems of vocabularies, patterns and pointers that are not violations.
        unused: those of them that are about settings without a value for any manifest.
        wrong_schema: the one about a schema that refuses most manifests, "" for none.
        checked: the number of selected manifests.
        others: names of modules that have a manifest but no page in ``desired``; None if a
            manifest could not be read, so that its name is not known.
        whole: whether every manifest of the repository was selected.
        invalid: path → module of the manifests with violations; "" if the module is not known.
        paths: every file with manifests in the repository, selected or not.
        keys: path → key of the manifests that were read; "" for none.
        titles: key → title of modules that relations name and that were not selected.
        whole_files: the files of which every manifest was read.
    """

    desired: list[Desired] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    warnings: Sequence[str] = ()
    unused: Sequence[str] = ()
    wrong_schema: str = ""
    checked: int = 0
    others: frozenset[str] | None = frozenset()
    whole: bool = True
    invalid: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    whole_files: frozenset[str] = frozenset()

    def others_than(self, planned: Iterable[str]) -> frozenset[str]:
        """Return the manifests that are not planned, and the files that may contain such."""
        unread = set(self.paths) - self.whole_files
        return frozenset((self.keys.keys() | self.invalid.keys() | unread) - set(planned))

    def unplanned_titles(self, planned: Collection[str]) -> dict[str, str]:
        """Return key → title of the modules without a plan whose pages must be looked up.

        Args:
            planned: the paths of the planned manifests. A run over all manifests reads all pages
                and looks up none.
        """
        if self.whole:
            return {}
        names = {**self.invalid, **{desired.path: desired.module for desired in self.desired}}
        unplanned = {
            self.keys.get(path, ""): name for path, name in names.items() if path not in planned
        }
        return {**self.titles, **{key: name for key, name in unplanned.items() if key and name}}

    def gone(self, paths: Iterable[str]) -> frozenset[str]:
        """Return which of these paths no longer have a manifest.

        When an entry of a file is removed, the next entry takes its place. The former place of an
        entry therefore counts as gone if its file was read completely. So does that of a file's
        one manifest, if the file has others by now, or `where` leaves it out.
        """
        existing = set(self.paths)
        return frozenset(
            path
            for path in paths
            if file_of(path) not in existing
            or (file_of(path) in self.whole_files and (is_entry(path) or path not in self.keys))
        )


def discover_manifests(config: Config, *, required: bool = True) -> Discovery:
    """Return every file with manifests in the repository.

    Raises:
        UsageError: there is none, and one is required.
    """
    discovery = discover(config.root, config.include, config.exclude)
    if required and not discovery.paths:
        message = f"No manifest was found under {config.root} ({', '.join(config.include)})."
        if config.file:
            remedy = f"Check --root, and [manifests] include and exclude in {FILE_NAME}."
        else:
            remedy = (
                f"Check --root: there is no {FILE_NAME}. For manifests of other names, write one "
                "with their pattern under [manifests] as include, or run "
                "`lukhas-notion init --from PATTERN`."
            )
        raise UsageError("\n".join((message, *discovery.unmatched)), remedy)
    return discovery


def select(
    config: Config,
    gates: Gates,
    *,
    modules: Sequence[str] | None = None,
    paths: Sequence[str] | None = None,
    present: Discovery | None = None,
    required: bool = True,
    on_names: Callable[[Sequence[str]], None] = lambda _: None,
) -> Selection:
    """Read, check and map the selected manifests; without a selection, all of the repository.

    Args:
        config: describes the manifests.
        gates: the checks.
        modules: modules by name, or by folder if no module has that name.
        paths: manifests by path; no other manifest may have their names.
        present: every file with manifests, if known; None searches for them.
        required: whether a repository without manifests is an error.
        on_names: called with the names of the selected modules, as far as they are known, before
            the rest of the repository is searched.

    Raises:
        UsageError: a module is unknown, or there is no manifest at all.
    """
    if modules is not None:
        on_names(modules)
    if present is None or not present.paths:
        present = discover_manifests(config, required=required and paths is None)
    if paths is not None:
        chosen = list(paths)
    elif modules is not None:
        chosen = manifests_named(config, present.paths, modules)
    else:
        chosen = list(present.paths)
    collector = _Collector(config, gates, present)
    collector.check(chosen)
    if not collector.checked and modules is paths is None:
        collector.refuse_nothing()
    others = sorted(set(present.paths).difference(chosen))
    if paths is not None:
        on_names(collector.names)
        collector.compare(others)
    collector.relate(others)
    return collector.selection(chosen, whole=modules is None and paths is None)


def keys_of(config: Config, selection: Selection, planned: Collection[str]) -> list[str]:
    """Return the keys of all manifests that are not planned, selected or not."""
    keys = dict(selection.keys)
    for file in set(selection.paths) - selection.whole_files:
        for manifest in read_file(config.root, file, config.form):
            if isinstance(manifest, Manifest):
                keys[manifest.path] = config.mapping.module_key(manifest.value, manifest.path) or ""
    return [key for path, key in keys.items() if path not in planned]


class _Collector:
    """Collects the results of the selected manifests, and compares their names and keys."""

    def __init__(self, config: Config, gates: Gates, present: Discovery) -> None:
        self._config = config
        self._mapping = config.mapping
        self._gates = gates
        self._present = present
        self._violations = list(gates.removed)
        # A dict keeps a warning once: two properties may share a vocabulary.
        self._warnings: dict[str, None] = dict.fromkeys(present.unmatched)
        for vocabulary in gates.vocabularies.values():
            self._violations.extend(vocabulary.violations)
            self._warnings.update(dict.fromkeys(vocabulary.warnings))
        self.checked = 0
        self._desired: dict[str, Desired] = {}
        self._others: set[str] = set()
        self._invalid: dict[str, str] = {}
        self._has_nameless = False
        self._keys: dict[str, str] = {}
        self._unique_names = UniqueValues(config, keys=False)
        self._unique_keys = UniqueValues(config, keys=True)
        self._relations = RelationGate(config)
        self._pointer_use = PointerUse(config.mapping)
        #: Files of which a manifest or its key is not known.
        self._unclear_files: set[str] = set()

    def refuse_nothing(self) -> None:
        """Stop a run over files without a manifest: it would be valid, and all pages removed.

        Raises:
            UsageError: `where` leaves out all manifests.
        """
        if where := self._config.form.where:
            named = " and ".join(f"{at} = {any_of(texts, quote)}" for at, texts in where.items())
            raise UsageError(
                f"No manifest has {named}, and [manifests] where takes no other.",
                f"Correct it in {FILE_NAME}, or remove it.",
            )

    @property
    def names(self) -> list[str]:
        """The names of the valid modules."""
        return list(self._desired)

    def check(self, chosen: Iterable[str]) -> None:
        """Read the selected manifests and hold them to the gates."""
        for manifest in self._read(chosen):
            self.checked += 1
            if isinstance(manifest, Violation):
                self._violations.append(manifest)
                self._invalid[manifest.manifest] = ""
                self._has_nameless = True
                self._unclear_files.add(manifest.path)
                continue
            self._pointer_use.add(manifest.value)
            self._relations.add(manifest)
            self._add(manifest, *self._gates.check(manifest))

    def _read(self, chosen: Iterable[str]) -> Iterator[Manifest | Violation]:
        discovered = set(self._present.paths)
        root, form = self._config.root, self._config.form
        for path in chosen:
            is_file = path in discovered
            if is_entry(path) and not is_file:
                yield read_manifest(root, path, form)
            else:
                yield from read_file(root, path, form, discovered=is_file)

    def _add(
        self, manifest: Manifest, desired: Desired | None, violations: list[Violation]
    ) -> None:
        path = manifest.path
        self._violations.extend(violations)
        name = self._mapping.module_name(manifest.value, path)
        key = self._keys[path] = self._mapping.module_key(manifest.value, path) or ""
        if violations:
            self._invalid[path] = name or ""
        clashes = name is not None and self._clashes(self._unique_names, path, name, name)
        if self._mapping.key and key:
            clashes |= self._clashes(self._unique_keys, path, name or "", key)
        if not key:
            self._unclear_files.add(file_of(path))
        if name is None:
            self._has_nameless = True
        elif desired is not None and not clashes:
            self._desired[name] = desired
        else:
            self._others.add(name)

    def _clashes(self, unique: UniqueValues, path: str, name: str, value: str) -> bool:
        """Return whether another manifest has the name or key; both are invalid then."""
        same = unique.add(Identified(path, name, value))
        if not same:
            return False
        first = same[0]
        self._invalid[first.path] = first.name
        self._invalid[path] = name
        if self._desired.pop(first.name, None):
            self._others.add(first.name)
        return True

    def compare(self, others: Sequence[str]) -> None:
        """Find manifests with a selected name in the files that were not selected."""
        names = self._unique_names.folded
        if not names:
            return
        for manifest in possible_manifests(self._config, others, names):
            name = self._mapping.module_name(manifest.value, manifest.path)
            if name is not None and fold(name) in names:
                self._add(manifest, None, [])

    def relate(self, others: Sequence[str]) -> None:
        """Check the names in relations against the keys of all manifests, also of ``others``."""
        unknown = self._relations.unknown(self._keys, others)
        wrong = [each for each in unknown if not each.spec.leaves_out]
        self._violations.extend(self._relations.violations(wrong, self._keys, others))
        modules = {desired.path: module for module, desired in self._desired.items()}
        for each in wrong:
            module = modules.get(each.manifest, "")
            self._invalid.setdefault(each.manifest, module)
            if self._desired.pop(module, None):
                self._others.add(module)
        lost: dict[str, dict[str, list[str]]] = {}
        for each in (name for name in unknown if name.spec.leaves_out):
            place = f"{each.manifest}:{each.place[0]}"
            lost.setdefault(each.spec.name, {}).setdefault(place, []).append(each.name)
            if desired := self._desired.get(modules.get(each.manifest, "")):
                self._desired[desired.module] = desired.leaving_out(each.spec.name, [each.name])
        for name, places in lost.items():
            sentences = left_out(name, places, ", which is not the key of a module", "place")
            self._warnings.update(dict.fromkeys(sentences))

    def _without_body(self) -> Iterator[str]:
        """Yield a sentence if no manifest has the file of a page's body beside it."""
        body, modules = self._mapping.body, self._desired.values()
        if body and body.file and modules and not any(desired.body for desired in modules):
            of = counted(len(modules), "manifest")
            yield f"[page] body: 0 of {of} have a {body.file} with text beside them."

    def selection(self, chosen: Iterable[str], *, whole: bool) -> Selection:
        """Return the result for the selected paths; ``whole`` if they are all there are."""
        self._violations += self._unique_names.violations()
        self._violations += self._unique_keys.violations()
        unused = (*self._pointer_use.warnings(), *self._without_body()) if whole else ()
        self._warnings.update(dict.fromkeys(unused))
        if wrong_schema := self._wrong_schema():
            self._warnings[wrong_schema] = None
        paths = tuple(self._present.paths)
        return Selection(
            desired=sorted(self._desired.values(), key=lambda desired: desired.module),
            violations=sorted(self._violations),
            warnings=tuple(self._warnings),
            unused=unused,
            wrong_schema=wrong_schema,
            checked=self.checked,
            others=None if self._has_nameless else frozenset(self._others),
            whole=whole,
            invalid=self._invalid,
            paths=paths,
            keys=self._keys,
            titles=self._relations.titles,
            whole_files=frozenset(set(paths).intersection(chosen) - self._unclear_files),
        )

    def _wrong_schema(self) -> str:
        """Return a warning if the repository's own schema refuses most manifests, else ""."""
        schema = self._config.schema
        refused = {v.manifest for v in self._violations if v.rule.startswith("schema.")}
        if schema is None or self.checked < _MIN_CHECKED or 2 * len(refused) <= self.checked:
            return ""
        return (
            f"The schema {self._config.display(schema)} refuses {len(refused):,} of "
            f"{self.checked:,} manifests, so it may be the wrong one. Name another with "
            "`[schema] path` in lukhas-notion.toml, or use this tool's with `packaged = true`."
        )
