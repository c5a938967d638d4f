"""Managed comments on the lines of a pull request, and the hunks that they can be on.

A managed comment on a line is recognised by its author and a hidden first line, as the managed
comment in the conversation is (:mod:`lukhas_notion.github.managed`). A comment that has a reply is
never removed, because it has become a conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.comment_text import hide, reveal
from lukhas_notion.github.errors import GitHubMissing, asked, looking_again
from lukhas_notion.github.managed import is_written_by, normalized

if TYPE_CHECKING:
    from github.Commit import Commit
    from github.PullRequest import PullRequest
    from github.PullRequestComment import PullRequestComment

_NEEDS_WRITE = "pull-requests: write"
_SUGGESTION = "suggestion"
_HUNK_HEAD = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Key = tuple[str, int | None, int | None, str]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Consecutive lines of the file in the pull request's head.

    Args:
        first: the number of the first line, from 1.
        lines: without line ends.
    """

    first: int
    lines: tuple[str, ...]

    def holds(self, first: int, lines: Sequence[str]) -> bool:
        """Return whether the hunk has exactly these lines at this place."""
        start = first - self.first
        return start >= 0 and self.lines[start : start + len(lines)] == tuple(lines)


def hunks(patch: str) -> tuple[Hunk, ...]:
    """Return the right side of a ``patch`` of GitHub's list of changed files.

    GitHub accepts comments on these lines only.

    Args:
        patch: hunks without the two lines that name files; "" where GitHub omits it: for a file
            that is large, binary, or only renamed.
    """
    right: list[tuple[int, list[str]]] = []
    for line in patch.split("\n"):
        if head := _HUNK_HEAD.match(line):
            right.append((int(head[1]), []))
        elif right and line[:1] in (" ", "+"):
            right[-1][1].append(line[1:])
    return tuple(Hunk(first, tuple(lines)) for first, lines in right)


@dataclass(frozen=True, slots=True)
class LineComment:
    """A wanted comment.

    Args:
        path: the file, from the repository's root.
        first: the first line on the diff's right side, from 1.
        last: the last line, in the same hunk.
        body: Markdown, without the marker.
    """

    path: str
    first: int
    last: int
    body: str

    @property
    def key(self) -> Key:
        """The key that no two comments may share."""
        return self.path, self.first, self.last, normalized(self.body)

    def document(self, marker: str) -> Any:
        """Return the comment as GitHub's API takes it."""
        document = {"path": self.path, "line": self.last, "side": "RIGHT"}
        if self.first < self.last:
            document |= {"start_line": self.first, "start_side": "RIGHT"}
        return {**document, "body": f"{marker}\n{self.body}"}


@dataclass(slots=True)
class ReconcileResult:
    """How many comments were created, existed already, and were removed."""

    created: int = 0
    kept: int = 0
    removed: int = 0


def reconcile(
    pull: PullRequest,
    wanted: Sequence[LineComment],
    *,
    comment_id: str,
    login: Callable[[], str],
    commit: Callable[[], Commit],
    sleep: Callable[[float], object],
) -> ReconcileResult:
    """Create the wanted comments in one review, and remove managed ones that are not wanted.

    A review without a trustworthy answer (5xx, a dropped connection) is not sent again before the
    list has been read again, because it may have been created.

    Args:
        pull: the pull request.
        wanted: no two of them with the same key.
        comment_id: which of several databases they are about.
        login: returns the login of this run's token; called where a comment has the marker.
        commit: returns the head commit that the line numbers refer to.
        sleep: lets seconds pass.

    Raises:
        GitHubDenied: the token is not allowed to comment.
        GitHubError: GitHub could not be asked, or did not accept the review.
    """
    return looking_again(_Reconciler(pull, wanted, comment_id, login, commit).attempt, sleep)


@dataclass
class _Reconciler:
    pull: PullRequest
    wanted: Sequence[LineComment]
    comment_id: str
    login: Callable[[], str]
    commit: Callable[[], Commit]
    done: ReconcileResult = field(default_factory=ReconcileResult)
    sent: set[Key] = field(default_factory=set)

    def attempt(self) -> ReconcileResult:
        """Tidy up, create missing comments, and tidy up again: another run may have done so too."""
        existing = self._tidy()
        missing = [comment for comment in self.wanted if comment.key not in existing]
        self.done.kept = len(existing - self.sent)
        if missing:
            self._create(missing)
            self._tidy()
        self.done.created = len(self.wanted) - self.done.kept
        return self.done

    def _create(self, missing: Sequence[LineComment]) -> None:
        self.sent |= {comment.key for comment in missing}
        marker = hide(_SUGGESTION, {"comment_id": self.comment_id})
        with asked("suggest changes in a review", needs=_NEEDS_WRITE):
            # A review without a text disappears with its last comment.
            self.pull.create_review(
                commit=self.commit(),
                body="",
                event="COMMENT",
                comments=[comment.document(marker) for comment in missing],
            )

    def _tidy(self) -> set[Key]:
        """Remove unwanted comments and duplicates; return the keys of those that are left."""
        with asked("list the review's comments", needs=_NEEDS_WRITE):
            every = sorted(self.pull.get_review_comments(), key=lambda comment: comment.id)
        managed = [comment for comment in every if self._is_managed(comment)]
        managed_ids = {comment.id for comment in managed}
        others = [comment for comment in every if comment.id not in managed_ids]
        wanted = {comment.key for comment in self.wanted}
        existing: set[Key] = set()
        for comment in managed:
            key = _key(comment)
            if key in wanted and key not in existing:
                existing.add(key)
            elif not any(_is_reply(other, comment) for other in others):
                # Another run may have been faster.
                with suppress(GitHubMissing), asked("remove a suggestion", needs=_NEEDS_WRITE):
                    comment.delete()
                    self.done.removed += 1
        return existing

    def _is_managed(self, comment: PullRequestComment) -> bool:
        document = reveal(_SUGGESTION, (comment.body or "").partition("\n")[0])
        marked = isinstance(document, dict) and document.get("comment_id") == self.comment_id
        return marked and is_written_by(self._login, comment)

    @cached_property
    def _login(self) -> str:
        return self.login()


def _key(comment: PullRequestComment) -> Key:
    """Return the key of a comment; its lines are None once they have changed."""
    body = comment.body.replace("\r\n", "\n").partition("\n")[2]
    first: int | None = comment.start_line
    return comment.path, first or comment.line, comment.line, normalized(body)


def _is_reply(other: PullRequestComment, comment: PullRequestComment) -> bool:
    # PyGithub sends a request to read `in_reply_to_id` of a comment that is not a reply.
    return other.path == comment.path and other.in_reply_to_id == comment.id
