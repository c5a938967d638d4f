"""Which files a commit does not have, asked of GitHub for just these files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import GitHubError, GitHubMissing, asked
from lukhas_notion.util.repository import Absence

if TYPE_CHECKING:
    from github.Repository import Repository

#: So many files are asked for, each with a few requests.
_MOST = 200


def absent_from_commit(
    repo: Callable[[], Repository], commit: str, paths: Collection[str]
) -> Absence:
    """Return which of some files a commit certainly does not have.

    A file is missing where the nearest folder above it that is there is a folder of the commit:
    what lies inside a submodule is another commit's, and a commit that GitHub does not know tells
    nothing.

    Args:
        repo: returns the repository.
        commit: the commit's SHA.
        paths: from the repository's top.
    """
    if len(paths) > _MOST:
        return Absence(gap=f"more than {_MOST} files would have to be asked for")
    folders: dict[str, bool | None] = {}
    missing = set()
    try:
        for path in paths:
            if _kind(repo(), commit, path) is None and _is_in_folder(repo(), commit, path, folders):
                missing.add(path)
    except GitHubError as error:
        return Absence(gap=error.message.rstrip("."))
    if folders and folders.get("") is False:
        return Absence(gap=f"GitHub does not show the files of commit {commit[:12]}")
    return Absence(frozenset(missing))


def _is_in_folder(
    repo: Repository, commit: str, path: str, folders: dict[str, bool | None]
) -> bool:
    """Whether the nearest thing above a path is a folder of the commit."""
    for above in PurePosixPath(path).parents:
        name = "" if str(above) == "." else str(above)
        if name not in folders:
            found = _kind(repo, commit, name)
            folders[name] = None if found is None and name else found == "dir"
        if folders[name] is not None:
            return bool(folders[name])
    return False


def _kind(repo: Repository, commit: str, path: str) -> str | None:
    """Return what a path is in a commit: ``file``, ``dir``, ``symlink``, ``submodule``, or None."""
    try:
        with asked(f"look for {path or 'the files'}", needs="contents: read"):
            found = repo.get_contents(path, ref=commit)
    except GitHubMissing:
        return None
    return "dir" if isinstance(found, list) else str(found.type)
