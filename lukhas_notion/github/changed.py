"""Which files a pull request changes, by GitHub's own list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import asked

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

#: GitHub lists no more files of one pull request than this.
FILE_CAP = 3_000
_SUBMODULE = re.compile(r"^[+-]Subproject commit [0-9a-f]{40,64}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of the list.

    Args:
        path: where it is in the head commit, or was, when it is removed; POSIX, from the root.
        status: ``added``, ``removed``, ``modified``, ``renamed``, ``copied``, ``changed`` or
            ``unchanged``.
        previous_path: where it was before a rename, else "".
        gitlink: whether it is a submodule, whose files the list does not name.
    """

    path: str
    status: str
    previous_path: str = ""
    gitlink: bool = False


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The list, and whether it names every changed file.

    ``complete`` is False at GitHub's cap, and when the pull request itself counts another
    number of files: then all manifests have to be looked at. So it is where ``current`` is False:
    the list is about another head commit than the one that was checked out.
    """

    files: tuple[ChangedFile, ...]
    complete: bool
    current: bool = True


def changed_files(pull: PullRequest, head: str = "") -> ChangedFiles:
    """Read the list of changed files, all pages.

    Args:
        pull: the pull request.
        head: the commit that the list has to be about; "" for any.

    Raises:
        GitHubError: it cannot be read.
    """
    with asked("list the pull request's files", needs="pull-requests: read"):
        files = tuple(
            ChangedFile(
                file.filename,
                file.status,
                file.previous_filename or "",
                _SUBMODULE.search(getattr(file, "patch", None) or "") is not None,
            )
            for file in pull.get_files()
        )
        counted = pull.changed_files
        current = not head or pull.head.sha == head
    complete = current and len(files) == counted and len(files) < FILE_CAP
    return ChangedFiles(files, complete, current)
