"""Which files a pull request changes, by GitHub's own list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import asked

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

#: GitHub lists no more files of one pull request than this.
FILE_CAP = 3_000


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of the list.

    Args:
        path: where it is in the head commit, or was, when it is removed; POSIX, from the root.
        status: ``added``, ``removed``, ``modified``, ``renamed``, ``copied``, ``changed`` or
            ``unchanged``.
        previous_path: where it was before a rename, else "".
    """

    path: str
    status: str
    previous_path: str = ""


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The list, and whether it names every changed file.

    ``complete`` is False at GitHub's cap, and when the pull request itself counts another
    number of files (it was pushed to in between): then all manifests have to be looked at.
    """

    files: tuple[ChangedFile, ...]
    complete: bool


def changed_files(pull: PullRequest) -> ChangedFiles:
    """Read the list of changed files, all pages.

    Raises:
        GitHubError: it cannot be read.
    """
    with asked("list the pull request's files", needs="pull-requests: read"):
        files = tuple(
            ChangedFile(file.filename, file.status, file.previous_filename or "")
            for file in pull.get_files()
        )
        counted = pull.changed_files
    return ChangedFiles(files, complete=len(files) == counted and len(files) < FILE_CAP)
