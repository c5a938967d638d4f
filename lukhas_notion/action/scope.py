"""The manifests that a pull request changes, and their content in its base branch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.config.config import Config
from lukhas_notion.config.document import FILE_NAME
from lukhas_notion.config.gates import DEFAULT_SCHEMA, DEFAULT_VOCABULARIES
from lukhas_notion.manifests.discovery import Discovery, is_wanted
from lukhas_notion.manifests.manifest import (
    Manifest,
    Violation,
    file_of,
    parse_file,
    read_file,
)
from lukhas_notion.plan.database import Option, Page, PropertySchema, Schema, Snapshot, plan_options
from lukhas_notion.plan.differences import all_applied
from lukhas_notion.plan.identity import Lookups
from lukhas_notion.plan.make_plan import make_plan
from lukhas_notion.plan.mapping import Desired, PropertyMapping
from lukhas_notion.plan.page_record import Owner, write_record
from lukhas_notion.plan.plan import Plan
from lukhas_notion.plan.relations import Targets
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import key_hash
from lukhas_notion.sync.options import Base, SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.sync.run import Run
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import same_path
from lukhas_notion.util.runtime import DaemonPool
from lukhas_notion.validate.gates import load_schema
from lukhas_notion.validate.module_names import RelationGate
from lukhas_notion.validate.select import Selection
from lukhas_notion.validate.vocabulary import Vocabulary, load_vocabularies

if TYPE_CHECKING:
    from lukhas_notion.github.pulls import ChangedFiles


@dataclass(frozen=True, slots=True)
class Scope:
    """The manifests of a run.

    Args:
        paths: the manifests that are checked and planned, relative to the root; None for all.
        touched: every manifest that the pull request changes, by old and new path.
        removed: deleted manifests.
        renamed: (old path, new path) of each renamed manifest.
        why: why all manifests are checked, "" where only the changed ones are; it continues
            "because".
        present: all manifests of the checkout; None where they are not known.
        known: whether ``touched`` has every manifest that the pull request changes.
    """

    paths: tuple[str, ...] | None = None
    touched: frozenset[str] = frozenset()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    why: str = ""
    present: Discovery | None = None
    known: bool = True


def scope_of(
    config: Config, changed: ChangedFiles, top: Path, wanted: str, *, removals: bool = False
) -> Scope:
    """Return the manifests that a pull request concerns.

    Args:
        config: the paths of manifests, schema and vocabularies.
        changed: the pull request's files.
        top: the checkout that GitHub's paths are relative to, links resolved.
        wanted: the input ``scope``: auto, changed or all.
        removals: whether pages without a manifest are looked for, which needs all manifests.

    Raises:
        UsageError: there is no manifest, and the pull request does not delete one.
        ConfigError: the checkout lacks a file that the pull request changes.
    """
    from lukhas_notion.validate.select import discover_manifests

    prefix = f"{config.root.relative_to(top).as_posix()}/".removeprefix("./")
    names = [
        (f.status, _below(prefix, f.path), _below(prefix, f.previous_path)) for f in changed.files
    ]
    shape = shared_files(config)
    if changed.current:
        kept = [top / f.path for f in changed.files if f.status != "removed"]
        _require_checked_out(config, kept, shape)
    removed = _gone(config, names)
    listed = discover_manifests(config, required=not removed and not removals)
    present = set(listed.paths)
    renamed = tuple(
        sorted(
            {
                (old, new)
                for status, new, old in names
                if status == "renamed" and old and new in present and old not in present
            }
        )
    )
    kept_paths = {path for status, path, _ in names if status != "removed"}
    every = kept_paths | {old for _, _, old in names} | {path for _, path, _ in names}
    reached = {
        same_path(top / path, config.boundary)
        for file in changed.files
        for path in (file.path, file.previous_path)
        if path
    }
    with_bodies = set(_with_bodies(config, present, every, reached))
    edited = tuple(sorted((kept_paths & present) | with_bodies))
    touched = frozenset((*edited, *removed, *(old for old, _ in renamed)))
    own = {same_path(config.root / path, config.boundary) for path in touched}
    hidden = _hidden(config, changed, top, present - touched, reached)
    why = _why_all(config, wanted, hidden, shape, reached - own, removals=removals)
    paths = None if why else edited
    return Scope(paths, touched, removed, renamed, why, listed, known=not hidden)


def _why_all(
    config: Config,
    wanted: str,
    hidden: str,
    shape: set[Path],
    changed: set[Path],
    *,
    removals: bool,
) -> str:
    """Return why all manifests are selected, "" if only the changed ones are."""
    if wanted == "all":
        return "the input `scope` is `all`"
    if removals:
        return "pages without a manifest are looked for"
    if hidden:
        return hidden
    moved = shared_file(config, shape, changed) if wanted == "auto" else None
    return f"`{config.display(moved)}` changed" if moved else ""


def shared_file(config: Config, shape: set[Path], reached: set[Path]) -> Path | None:
    """Return a changed file that concerns every manifest, None without one."""
    if moved := shape & reached:
        return min(moved)
    files = load_schema(config).files if config.schema and reached else ()
    referred = {same_path(file, config.boundary) for file in files}
    attributes = {file for file in reached if file.name == ".gitattributes"}
    return min(attributes | (referred & reached), default=None)


def _with_bodies(
    config: Config, manifests: Iterable[str], changed: set[str], reached: set[Path]
) -> Iterator[str]:
    """Yield the manifests with a page body from a changed file, or from a link to one."""
    name = config.mapping.body.file if config.mapping.body else ""
    if name:
        for path in manifests:
            body = f"{path.rpartition('/')[0]}/{name}".lstrip("/")
            is_link = (config.root / body).is_symlink()
            if body in changed or (
                is_link and same_path(config.root / body, config.boundary) in reached
            ):
                yield path


def with_dependents(config: Config, scope: Scope, read: ReadBase) -> Scope:
    """Add the manifests that name a module which the pull request removes, or gives another key.

    Raises:
        GitHubError: the base branch cannot be read.
    """
    if scope.paths is None or not any(spec.names_modules for spec in config.mapping.properties):
        return scope
    if len(scope.touched) > _MOST_READ:
        return replace(scope, paths=None, why="many manifests change that others may name")
    files, form = sorted(scope.touched), config.form
    base = zip(files, _read_all(read, files), strict=True)
    was = (each for file, content in base if content for each in parse_file(file, content, form))
    now = (each for file in scope.paths for each in read_file(config.root, file, form))
    lost = _keys(config, was) - _keys(config, now)
    others = set(scope.present.paths if scope.present else ()) - set(scope.paths)
    naming = RelationGate(config).naming(lost, sorted(others)) if lost else set()
    return replace(scope, paths=tuple(sorted({*scope.paths, *naming})))


def _below(prefix: str, path: str) -> str:
    """Return a repository path relative to the root; "" for one outside it."""
    return path.removeprefix(prefix) if path.startswith(prefix) else ""


def _require_checked_out(config: Config, changed: Iterable[Path], shape: set[Path]) -> None:
    """Check that the checkout has every changed file that concerns manifests.

    Raises:
        ConfigError: it lacks a file, so that a gate would not check it.
    """
    for path in changed:
        if os.path.lexists(path):
            continue
        below = path.relative_to(config.root).as_posix() if path.is_relative_to(config.root) else ""
        is_manifest = below and is_wanted(below, config.include, config.exclude)
        if is_manifest or same_path(path, config.boundary) in shape:
            raise ConfigError(
                f"The pull request changes {below or path.name}, which is not in the checkout.",
                "Check out the whole repository: use actions/checkout without `sparse-checkout`, "
                "at the commit that the event names.",
            )


def _hidden(
    config: Config, changed: ChangedFiles, top: Path, unlisted: Iterable[str], reached: set[Path]
) -> str:
    """Return why GitHub does not list all changed manifests, "" where it does."""
    if not changed.complete:
        return "GitHub's list of changed files is not complete"
    for file in changed.files:
        path = top / file.path
        is_folder = file.status != "removed" and not path.is_symlink() and path.is_dir()
        if file.gitlink or is_folder:
            return f"{file.path} is a submodule, and GitHub does not list the files in it"
    for name in sorted(unlisted):
        manifest = config.root / name
        if manifest.is_symlink() and same_path(manifest, config.boundary) in reached:
            return f"{name} is a link, and the file that it leads to changes"
    return ""


def shared_files(config: Config) -> set[Path]:
    """Return the files that every manifest depends on, including deleted ones.

    The paths are absolute, with links resolved.
    """
    files = [config.root / name for name in (FILE_NAME, DEFAULT_SCHEMA)]
    files += [config.root / name for name in DEFAULT_VOCABULARIES.values()]
    files += [v.path for v in config.vocabularies.values()]
    files += config.alias_files
    files += [path for path in (config.schema, config.file) if path is not None]
    return {same_path(file, config.boundary) for file in files}


def _gone(config: Config, names: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """Return the manifests that were deleted, or renamed to a path that is not a manifest."""
    include, exclude = config.include, config.exclude
    gone = set()
    for status, path, old in names:
        if status == "renamed" and not (path and is_wanted(path, include, exclude)):
            gone.add(old)
        elif status == "removed":
            gone.add(path)
    return tuple(
        sorted(
            path
            for path in gone
            if path
            and is_wanted(path, include, exclude)
            and not os.path.lexists(config.root / path)
        )
    )


def _keys(config: Config, manifests: Iterable[Manifest | Violation]) -> set[str]:
    """Return the keys of valid manifests."""
    valid = (each for each in manifests if isinstance(each, Manifest))
    keys = (config.mapping.module_key(each.value, each.path) for each in valid)
    return set(filter(None, keys))


#: Returns the content of a file of the base branch by its path, None where it does not exist; it is
#: called by several threads.
ReadBase = Callable[[str], bytes | None]
#: The maximum number of files read from the base branch; for more, all pages are read instead.
_MOST_READ = 20
#: The maximum number where Notion is not read: a fork must not use up the requests that GitHub
#: allows all workflows of the repository together.
MOST_COMPARED = 200
#: A stand-in for the repository, because the base branch has no other owner.
_SOURCE = Source("https://base.invalid/base")


def base_manifests(
    config: Config, file: str, content: bytes | None, mapping: PropertyMapping | None = None
) -> list[Desired]:
    """Return the mapped manifests of a file of the base branch, without invalid ones.

    ``mapping`` is the mapping of a run, which knows the addresses of manifests.
    """
    if content is None:
        return []
    mapping = mapping or config.mapping
    valid = (m for m in parse_file(file, content, config.form) if isinstance(m, Manifest))
    mapped = (mapping.desired(manifest)[0] for manifest in valid)
    return [desired for desired in mapped if desired is not None]


def _touched(
    config: Config, scope: Scope, read: ReadBase, mapping: PropertyMapping | None = None
) -> list[Desired]:
    files = sorted(scope.touched)
    base = zip(files, _read_all(read, files), strict=True)
    return [want for each in base for want in base_manifests(config, *each, mapping)]


def _read_all(read: ReadBase, files: Sequence[str]) -> list[bytes | None]:
    return DaemonPool(len(files), "base").map(read, files)


def base_of(config: Config, scope: Scope, read: ReadBase) -> Base | None:
    """Return the touched manifests in the base branch; None where all manifests are checked."""
    if scope.paths is None:
        return None
    if len(scope.touched) > _MOST_READ:
        return Base(complete=False)
    base = _touched(config, scope, read)
    moved = {new for old, new in scope.renamed if old in scope.touched}
    return Base(
        frozenset(desired.module for desired in base),
        frozenset(desired.sha for desired in base),
        frozenset(desired.path for desired in base) | moved,
    )


def preview_against_base(run: Run, scope: Scope, read: ReadBase, *, backfill: bool) -> RunResult:
    """Return the preview of a pull request against its base branch.

    Args:
        run: the gates and the result.
        scope: the touched manifests. All others are the same in both branches.
        read: reads the base branch.
        backfill: whether an apply would add the vocabularies' missing options.
    """
    config = run.config
    base = _touched(config, scope, read, run.mapping)
    names = _base_names(config, read)

    def plan(selection: Selection) -> Plan:
        held = [*base, *(d for d in selection.desired if file_of(d.path) not in scope.touched)]
        schema = _schema(config, names)
        vocabularies = load_vocabularies(config) if backfill else {}
        planned = make_plan(
            selection.desired,
            Snapshot(schema, [_page(d, config.mapping) for d in held], complete=True),
            config.mapping,
            owner=Owner(_SOURCE),
            lookups=Lookups(
                missing=selection.gone,
                other_paths=lambda: selection.others_than(d.path for d in selection.desired),
            ),
            options=plan_options(schema, {name: v.names for name, v in vocabularies.items()}),
            other_modules=selection.others,
            targets=Targets(by_name=True),
        )
        # Nothing of this is in Notion.
        return replace(planned, changes=tuple(replace(c, page_id="") for c in planned.changes))

    return run.compare(SyncOptions(paths=scope.paths, present=scope.present), plan)


def _page(desired: Desired, mapping: PropertyMapping) -> Page:
    """Return the page of a manifest in the base branch, as if it had just been written."""
    link = write_record(
        _SOURCE.link(desired.path),
        _SOURCE.place(desired.path),
        key_hash(desired.key),
        all_applied(desired, mapping),
    )
    return Page(desired.path, "", desired.values, link=link)


def _base_names(config: Config, read: ReadBase) -> dict[str, Sequence[str]]:
    """Return each vocabulary's names in the base branch; an invalid vocabulary has none."""
    names: dict[str, Sequence[str]] = {}
    for name, file in config.vocabularies.items():
        content = read(config.display(file.path))
        # This pull request is not responsible for an invalid vocabulary of its base branch.
        with suppress(ConfigError):
            if content is not None:
                names[name] = Vocabulary.parse(name, content, file.display).names
    return names


def _schema(config: Config, names: Mapping[str, Sequence[str]]) -> Schema:
    properties = {
        p.name: PropertySchema(
            "",
            p.name,
            p.type.stored_as.value,
            tuple(Option("", n, "default") for n in names.get(p.name, ())),
        )
        for p in config.mapping.properties
    }
    return Schema("", "", "", "", properties)
