"""What git tells of a checkout: where it comes from, and which files its commit does not have.

Git is asked for the origin and the tree, and for nothing of the past. A file that is absent from
the disk may be in the commit: a sparse checkout leaves files out.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lukhas_notion.util.checkout import top_of
from lukhas_notion.util.git import Git, GitError

_SUBMODULE = b"160000"


@dataclass(frozen=True, slots=True)
class Absence:
    """Which of some files a commit certainly does not have.

    Args:
        missing: those of the paths that were asked for; from the repository's top.
        gap: why nothing can be told, in words that end a sentence; "" where it can.
    """

    missing: frozenset[str] = frozenset()
    gap: str = ""


def unknown(root: Path, paths: Collection[str]) -> Absence:
    """Return what is known of a folder that nobody can be asked about."""
    del root, paths
    return Absence(gap="neither git nor GitHub can be asked for the commit's files")


def origin_of(root: Path, environ: Mapping[str, str], *, trusted: bool = False) -> str:
    """Return the URL of a checkout's remote ``origin``, "" where there is none."""
    try:
        git = Git(top_of(root), environ, trusted=trusted, timeout=10)
        said = git.ask("config", "--local", "--get", "remote.origin.url")
    except GitError:
        return ""
    return os.fsdecode(said).strip()


def absent_from_commit(
    root: Path, paths: Collection[str], environ: Mapping[str, str], *, trusted: bool = False
) -> Absence:
    """Return which files the commit that is checked out does not have.

    What lies inside a submodule is never called missing: its files are another commit's.
    """
    try:
        git = Git(top_of(root), environ, trusted=trusted)
        listed = git.ask("ls-tree", "-r", "-z", "--full-tree", "HEAD")
    except GitError as error:
        return Absence(gap=str(error))
    files: set[str] = set()
    submodules: set[str] = set()
    for entry in listed.split(b"\0"):
        kind, _, name = entry.partition(b"\t")
        (submodules if kind.startswith(_SUBMODULE) else files).add(os.fsdecode(name))
    return Absence(
        frozenset(
            path
            for path in paths
            if path not in files
            and not any(str(above) in submodules for above in PurePosixPath(path).parents)
        )
    )


def prefix_of(root: Path) -> str:
    """Return the folder of a root inside its checkout, "" or ending in a slash."""
    below = root.relative_to(top_of(root)).as_posix()
    return "" if below == "." else f"{below}/"
