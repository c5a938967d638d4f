"""From a commit on the default branch to the pull request that brought it there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lukhas_notion.github.errors import GitHubError, asked

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

#: How many recently updated pull requests are looked through where the commit names none.
_RECENT = 200
_NEEDS = "pull-requests: read"


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
