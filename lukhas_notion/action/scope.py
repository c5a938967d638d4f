"""The manifests that a pull request concerns: those that it changes, or all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion.config.config import Config
from lukhas_notion.config.document import FILE_NAME
from lukhas_notion.config.gates import DEFAULT_SCHEMA, DEFAULT_VOCABULARIES
from lukhas_notion.manifests.discovery import Discovery, is_wanted
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import same_path
from lukhas_notion.validate.gates import load_schema

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
