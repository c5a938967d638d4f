"""Pull requests: which files one changes, and which ones a commit on the default branch merged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import GitHubError, asked

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

#: GitHub lists no more files of one pull request than this.
FILE_CAP = 3_000
_SUBMODULE = re.compile(r"^[+-]Subproject commit [0-9a-f]{40,64}$", re.MULTILINE)
#: How many recently updated pull requests are looked through where the commit names none.
_RECENT = 200
#: How many commits of one push are asked for their pull request.
_MOST_COMMITS = 50
#: How many pull requests are looked at for a run that was dropped.
_MOST_WAITING = 20
_NEEDS = "pull-requests: read"


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


def merged_pull(repo: Repository, sha: str) -> PullRequest | None:
    """Return the merged pull request that ``sha`` came from, None for a direct push.

    GitHub's list for the commit is asked first: of the merged ones in it, the one whose merge
    commit is ``sha``, else the only one there is (a rebase puts several commits on the branch).
    It may lag behind a merge, so where it has none the recently updated ones are looked through.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    merged = [pull for pull in _pulls_of_commit(repo, sha) if pull.merged_at is not None]
    exact = next((pull for pull in merged if pull.merge_commit_sha == sha), None)
    if exact is not None:
        return exact
    if len(merged) == 1:
        return merged[0]
    return next((pull for pull in _recently_merged(repo) if pull.merge_commit_sha == sha), None)


def others_of_push(repo: Repository, before: str, sha: str) -> Iterator[PullRequest]:
    """Yield the merged pull requests of a push that its last commit does not name.

    A merge queue, or somebody's own push, moves a branch by several merges at once. Each commit of
    the branch's own line between ``before`` and ``sha`` is asked for.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    for commit in _own_line(repo, before, sha)[1 : _MOST_COMMITS + 1]:
        merged = [pull for pull in _pulls_of_commit(repo, commit) if pull.merged_at is not None]
        exact = [pull for pull in merged if pull.merge_commit_sha == commit]
        yield from exact or (merged if len(merged) == 1 else [])


def _own_line(repo: Repository, before: str, sha: str) -> list[str]:
    """Return the commits from ``sha`` back to ``before``, along first parents."""
    if not before:
        return [sha]
    with asked("compare the push's ends", needs="contents: read"):
        commits = repo.compare(before, sha).commits
        parents = {each.sha: each.parents[0].sha for each in commits if each.parents}
    line = [sha]
    while line[-1] in parents and len(line) <= _MOST_COMMITS:
        line.append(parents[line[-1]])
    return [each for each in line if each != before]


def left_waiting(
    repo: Repository, branch: str, sha: str, is_final: Callable[[PullRequest], bool | None]
) -> Iterator[PullRequest]:
    """Yield merged pull requests whose own apply was dropped: ``sha`` contains them.

    GitHub drops a run that waits for its concurrency group when a newer one comes. The last merged
    are looked at first, up to the first one that an apply has brought to its end.

    Args:
        repo: the repository.
        branch: the branch that is applied.
        sha: the commit that was applied.
        is_final: whether a pull request's comment reports a complete apply; None without a comment.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    with asked("list the merged pull requests", needs=_NEEDS):
        closed = repo.get_pulls(state="closed", sort="updated", direction="desc", base=branch)
        dated = [(pull.merged_at, pull) for pull in islice(closed, _RECENT)]
    merged = [(at, pull) for at, pull in dated if at is not None]
    merged.sort(key=lambda each: each[0], reverse=True)
    for _, pull in merged[:_MOST_WAITING]:
        final = is_final(pull)
        if final:
            return
        if final is False and _contains(repo, sha, pull.merge_commit_sha):
            yield pull


def _contains(repo: Repository, sha: str, commit: str | None) -> bool:
    """Return whether ``commit`` is ``sha`` or one of the commits below it."""
    if not commit:
        return False
    try:
        with asked("compare two commits", needs="contents: read"):
            return repo.compare(commit, sha).status in ("ahead", "identical")
    except GitHubError as error:
        if error.status in (404, 422):
            return False
        raise


def _pulls_of_commit(repo: Repository, sha: str) -> list[PullRequest]:
    """Return the pull requests that GitHub lists for a commit, none where it knows it not."""
    try:
        with asked(f"name the pull request of {sha}", needs=_NEEDS):
            return list(repo.get_commit(sha).get_pulls())
    except GitHubError as error:
        if error.status in (404, 409, 422):
            return []
        raise


def _recently_merged(repo: Repository) -> Iterator[PullRequest]:
    """Yield merged pull requests, the last updated first, up to a bound."""
    with asked("list the merged pull requests", needs=_NEEDS):
        closed = repo.get_pulls(state="closed", sort="updated", direction="desc")
        yield from (pull for pull in islice(closed, _RECENT) if pull.merged_at is not None)
