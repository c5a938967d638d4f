"""Which manifests a pull request's run is about, from the files that it changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.config import Config
from lukhas_notion.config_gates import DEFAULT_SCHEMA, DEFAULT_VOCABULARIES
from lukhas_notion.config_table import FILE_NAME
from lukhas_notion.discovery import find_manifests, is_wanted

if TYPE_CHECKING:
    from lukhas_notion.github.changed import ChangedFiles


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at.

    Args:
        paths: the manifests that are checked and planned, relative to the root; None for all.
        touched: every manifest that the pull request changes, old names and new.
        removed: manifests that are gone.
        renamed: old name → new name.
        why: why all manifests are looked at, "" when only the changed ones are.
        present: every manifest that there is; None where nobody has looked.
    """

    paths: tuple[str, ...] | None = None
    touched: frozenset[str] = frozenset()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    why: str = ""
    present: tuple[str, ...] | None = None


def scope_of(
    config: Config, changed: ChangedFiles, prefix: str, wanted: str, *, removals: bool = False
) -> Scope:
    """Return what a pull request's changes make worth looking at.

    Args:
        config: where manifests, schema and vocabularies are.
        changed: the pull request's files.
        prefix: the root's folder inside the repository, "" or ending in a slash.
        wanted: the input ``scope``: auto, changed or all.
        removals: whether pages whose manifests are gone are looked for, which takes them all.
    """
    listed = tuple(find_manifests(config.root, config.include, config.exclude))
    present = set(listed)
    shape = _shapes(config)
    names = [
        (f.status, _below(prefix, f.path), _below(prefix, f.previous_path or ""))
        for f in changed.files
    ]
    removed = tuple(sorted(_gone(config, (p for s, p, _ in names if s == "removed"), present)))
    renamed = tuple(
        sorted(
            (old, new)
            for status, new, old in names
            if status == "renamed" and old and new in present and old not in present
        )
    )
    edited = tuple(sorted({p for s, p, _ in names if s != "removed"} & present))
    touched = frozenset((*edited, *removed, *(old for old, _ in renamed)))
    moved = {path for _, new, old in names for path in (new, old) if path in shape}
    why = ""
    if wanted == "all":
        why = "scope is all"
    elif removals:
        why = "pages are looked for whose manifests are gone"
    elif wanted == "auto" and not changed.complete:
        why = "the pull request changes more files than GitHub lists"
    elif wanted == "auto" and moved:
        why = f"{sorted(moved)[0]} changes, and it concerns every manifest"
    return Scope(None if why else edited, touched, removed, renamed, why, listed)


def _below(prefix: str, path: str) -> str:
    """Return a repository path relative to the root; "" for one outside it."""
    return path.removeprefix(prefix) if path.startswith(prefix) else ""


def _shapes(config: Config) -> set[str]:
    """Return the files that decide about every manifest, also those that may have been deleted."""
    files = {FILE_NAME, DEFAULT_SCHEMA, *DEFAULT_VOCABULARIES.values()}
    files.update(config.display(v.path) for v in config.vocabularies.values())
    files.update(config.display(p) for p in (config.schema, config.file) if p is not None)
    return files


def _gone(config: Config, paths: Iterable[str], present: set[str]) -> list[str]:
    include, exclude = config.include, config.exclude
    return [p for p in paths if p and p not in present and is_wanted(p, include, exclude)]
