"""Pull requests: changed files, and the pull requests that a commit merged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.github.stored_files import contains_commit

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository


#: GitHub lists at most this many files of one pull request.
FILE_CAP = 3_000
_SUBMODULE = re.compile(r"^[+-]Subproject commit [0-9a-f]{40,64}$", re.MULTILINE)
#: How many recently updated pull requests are searched where the commit names none.
_RECENT = 200
#: For how many commits of one push the pull request is requested.
_MOST_COMMITS = 50
#: How many pull requests are examined for a dropped run.
_MOST_WAITING = 20
_NEEDS_READ = "pull-requests: read"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of the list.

    Args:
        path: its path in the head commit, or its last path when it is removed; POSIX, from the
            root.
        status: ``added``, ``removed``, ``modified``, ``renamed``, ``copied``, ``changed`` or
            ``unchanged``.
        previous_path: its path before a rename, else "".
        patch: its hunks, "" where GitHub omits them.
    """

    path: str
    status: str
    previous_path: str = ""
    patch: str = field(default="", repr=False, compare=False)

    @property
    def gitlink(self) -> bool:
        """Whether it is a submodule, whose files the list does not name."""
        return _SUBMODULE.search(self.patch) is not None


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The list, and whether it names every changed file.

    ``complete`` is False at GitHub's cap and when the pull request counts another number of files;
    all manifests must be read then. It is also False where ``current`` is False: the list is about
    another head commit than the one that was checked out.
    """

    files: tuple[ChangedFile, ...]
    complete: bool
    current: bool = True


def changed_files(pull: PullRequest, head: str = "") -> ChangedFiles:
    """Read all pages of the list of changed files.

    Args:
        pull: the pull request.
        head: the commit that the list must be about; "" for any.

    Raises:
        GitHubError: it cannot be read.
    """
    with asked("list the pull request's files", needs=_NEEDS_READ):
        files = tuple(
            ChangedFile(
                file.filename,
                file.status,
                file.previous_filename or "",
                getattr(file, "patch", None) or "",
            )
            for file in pull.get_files()
        )
        if None in {file.path for file in files}:
            raise AttributeError("a file without a name")
        counted = pull.changed_files
        current = not head or pull.head.sha == head
    complete = current and len(files) == counted and len(files) < FILE_CAP
    return ChangedFiles(files, complete, current)


def merged_pull(repo: Repository, sha: str) -> PullRequest | None:
    """Return the merged pull request that ``sha`` came from, None for a direct push.

    GitHub's list for the commit is read first. It may lag behind a merge, so where it has no
    merged pull request the recently updated ones are searched.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    if merged := _merged_by(repo, sha):
        return merged[0]
    with asked("list the merged pull requests", needs=_NEEDS_READ):
        closed = repo.get_pulls(state="closed", sort="updated", direction="desc")
        for pull in islice(closed, _RECENT):
            if pull.merged_at is not None and pull.merge_commit_sha == sha:
                return pull
    return None


def others_of_push(repo: Repository, before: str, sha: str) -> Iterator[PullRequest]:
    """Yield the merged pull requests of a push that its last commit does not name.

    A merge queue, or a user's own push, moves a branch by several merges at once. The pull request
    of each commit between ``before`` and ``sha``, along first parents, is requested.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    for commit in _first_parents(repo, before, sha)[1 : _MOST_COMMITS + 1]:
        yield from _merged_by(repo, commit)


def _merged_by(repo: Repository, sha: str) -> list[PullRequest]:
    """Return the merged pull requests of a commit, none where GitHub does not know the commit.

    It is the one that has ``sha`` as merge commit, else the only one that GitHub lists: a rebase
    puts several commits on the branch.
    """
    try:
        with asked(f"name the pull request of {sha}", needs=_NEEDS_READ):
            listed = list(repo.get_commit(sha).get_pulls())
    except GitHubError as error:
        if error.status in (404, 409, 422):
            return []
        raise
    merged = [pull for pull in listed if pull.merged_at is not None]
    exact = [pull for pull in merged if pull.merge_commit_sha == sha]
    return exact or (merged if len(merged) == 1 else [])


def _first_parents(repo: Repository, before: str, sha: str) -> list[str]:
    """Return the commits from ``sha`` back to ``before``, along first parents."""
    if not before:
        return [sha]
    with asked("compare the push's ends", needs="contents: read"):
        commits = repo.compare(before, sha).commits
        parents = {commit.sha: commit.parents[0].sha for commit in commits if commit.parents}
    line = [sha]
    while line[-1] in parents and len(line) <= _MOST_COMMITS:
        line.append(parents[line[-1]])
    return [commit for commit in line if commit != before]


def left_waiting(
    repo: Repository, branch: str, sha: str, is_final: Callable[[PullRequest], bool | None]
) -> Iterator[PullRequest]:
    """Yield merged pull requests whose own apply was dropped and that ``sha`` contains.

    GitHub drops a run that waits for its concurrency group when a newer one comes. The pull
    requests are examined from the last merged one back to the first with a complete apply.

    Args:
        repo: the repository.
        branch: the branch that is applied.
        sha: the commit that was applied.
        is_final: whether a pull request's comment reports a complete apply; None without a comment.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    with asked("list the merged pull requests", needs=_NEEDS_READ):
        closed = repo.get_pulls(state="closed", sort="updated", direction="desc", base=branch)
        dated = [(pull.merged_at, pull) for pull in islice(closed, _RECENT)]
    merged = [(at, pull) for at, pull in dated if at is not None]
    merged.sort(key=lambda pair: pair[0], reverse=True)
    for _, pull in merged[:_MOST_WAITING]:
        final = is_final(pull)
        if final:
            return
        commit = pull.merge_commit_sha
        if final is False and commit and contains_commit(repo, sha, commit):
            yield pull
