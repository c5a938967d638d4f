"""The ledger on a branch of its own: a runner's disk is thrown away, a branch is not.

Every append is one commit on top of the branch as it was read, and the branch is only ever moved
forward: of two runs that append at once GitHub refuses one, which reads again and appends again.
Never is a commit of another run lost, and never is the branch forced.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import quote

from lukhas_notion.github.errors import (
    GitHubError,
    GitHubMissing,
    GitHubUnavailable,
    asked,
    looking_again,
)
from lukhas_notion.github.stored_files import read_file

if TYPE_CHECKING:
    from github.Repository import Repository

_TRIES = 8
_LONGEST_BACKOFF = 8.0
_NEEDS = "contents: write"
#: What GitHub says when the branch is not where it was read: moved, made or removed meanwhile.
_RACES = ("fast forward", "fast-forward", "already exists", "does not exist")


class LedgerBranchBusy(GitHubUnavailable):
    """The branch moved each time before this run's commit could be put on it."""


class LedgerBranch:
    """A file on a branch that is read whole and appended to.

    Args:
        repo: the repository.
        branch: its name, without ``refs/heads/``; it is made, without history, when missing.
        path: the file on it, POSIX, from the root.
        sleep: lets seconds pass.
        jitter: uniform in [0, 1), so that runs that collided do not collide again.
    """

    def __init__(
        self,
        repo: Repository,
        branch: str,
        path: str,
        *,
        sleep: Callable[[float], object],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._repo = repo
        self._branch = branch
        self._path = path
        self._sleep = sleep
        self._jitter = jitter

    def read(self) -> bytes:
        """Return the file; ``b""`` when the branch or the file is not there yet.

        Raises:
            GitHubError: it cannot be read.
        """
        return self._content(self._tip())

    def append(self, merge: Callable[[bytes], bytes], message: str) -> str:
        """Put a new version of the file on the branch and return the commit's SHA.

        Args:
            merge: makes the new version from the one on the branch; it is called again for each
                version that another run put there first. When it changes nothing, nothing is
                written, and the SHA is the branch's own ("" when there is no branch).
            message: the commit's.

        Raises:
            LedgerBranchBusy: other runs were faster each time.
            GitHubError: it cannot be written, or what ``merge`` raised.
        """
        made = ""

        def attempt() -> str:
            nonlocal made
            tip = self._tip()
            if made and self._holds(tip, made):
                return made  # the answer was lost, not the commit
            existing = self._content(tip)
            wanted = merge(existing)
            if wanted == existing:
                return tip
            made = self._commit(tip, wanted, message)
            self._move(tip, made)
            return made

        return looking_again(attempt, self._sleep, tries=_TRIES, backoff=self._backoff)

    def _backoff(self, count: int) -> float:
        return min(_LONGEST_BACKOFF, 0.5 * 2.0**count) * (0.5 + self._jitter())

    def _tip(self) -> str:
        """Return the SHA of the branch's last commit, "" when there is no branch."""
        try:
            with asked(f"read the branch {self._branch}", needs=_NEEDS):
                return self._repo.get_branch(self._branch).commit.sha
        except GitHubMissing:
            return ""

    def _content(self, tip: str) -> bytes:
        return (read_file(self._repo, self._path, tip) or b"") if tip else b""

    def _holds(self, tip: str, commit: str) -> bool:
        """Say whether a commit is on the branch already, at its tip or below it."""
        if not tip or tip == commit:
            return bool(tip)
        try:
            with asked(f"look for a commit on {self._branch}", needs=_NEEDS):
                return self._repo.compare(commit, tip).status == "ahead"
        except GitHubMissing:
            return False

    def _commit(self, tip: str, content: bytes, message: str) -> str:
        """Make the commit, on no branch yet, and return its SHA."""
        from github import InputGitTreeElement

        with asked(f"store the ledger for {self._branch}", needs=_NEEDS):
            parent = self._repo.get_git_commit(tip) if tip else None
            encoded = base64.b64encode(content).decode("ascii")
            blob = self._repo.create_git_blob(encoded, "base64")
            entry = InputGitTreeElement(self._path, "100644", "blob", sha=blob.sha)
            if parent is None:
                tree = self._repo.create_git_tree([entry])
                return self._repo.create_git_commit(message, tree, []).sha
            tree = self._repo.create_git_tree([entry], parent.tree)
            return self._repo.create_git_commit(message, tree, [parent]).sha

    def _move(self, tip: str, commit: str) -> None:
        """Let the branch point to the commit, which stands on ``tip``."""
        try:
            with asked(f"move the branch {self._branch} forward", needs=_NEEDS):
                if tip:
                    # PyGithub's own edit() of a reference that was not read goes to a wrong URL.
                    url = f"{self._repo.url}/git/refs/heads/{quote(self._branch)}"
                    self._repo.requester.requestJsonAndCheck(
                        "PATCH", url, input={"sha": commit, "force": False}
                    )
                else:
                    self._repo.create_git_ref(f"refs/heads/{self._branch}", commit)
        except GitHubError as error:
            if error.status not in (409, 422):
                raise
            raise self._not_moved(error) from error

    def _not_moved(self, error: GitHubError) -> GitHubError:
        """Return what a refusal to move the branch means: a race, or a rule."""
        message = error.message
        remedy = (
            f"Let the workflow's token write to {self._branch}: give the job `{_NEEDS}`, and "
            "except the branch from protection and rulesets."
        )
        kind = GitHubError
        if any(words in error.said.lower() for words in _RACES):
            message = f"Other runs moved the branch {self._branch} first, {_TRIES} times."
            remedy = "Run it again, or let `concurrency` keep the workflow's runs apart."
            kind = LedgerBranchBusy
        return kind(message, remedy, status=error.status, said=error.said)
