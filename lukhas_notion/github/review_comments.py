"""Managed comments on a pull request's lines: which lines take one, and keeping them up to date.

They are found by author and a hidden first line, as the comment in the conversation is
(:mod:`lukhas_notion.github.managed`). One that somebody has replied to stays, whatever it says: it
has become a conversation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
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

_NEEDS = "pull-requests: write"
_KIND = "suggestion"
_HEAD = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")

Key = tuple[str, int | None, int | None, str]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Consecutive lines of the file as the pull request has it.

    Args:
        first: the number of the first one, from 1.
        lines: without their ends.
    """

    first: int
    lines: tuple[str, ...]

    def holds(self, first: int, lines: Sequence[str]) -> bool:
        """Return whether these very lines stand here at this place."""
        start = first - self.first
        return start >= 0 and self.lines[start : start + len(lines)] == tuple(lines)


def hunks(patch: str | None) -> tuple[Hunk, ...]:
    """Return the right side of a ``patch`` of GitHub's list of changed files.

    GitHub takes comments on these lines, and on no others.

    Args:
        patch: hunks without the two lines that name files; None, or "", where GitHub leaves it
            out: a file that is large, binary, or only renamed.
    """
    found: list[tuple[int, list[str]]] = []
    for line in (patch or "").split("\n"):
        if head := _HEAD.match(line):
            found.append((int(head[1]), []))
        elif found and line[:1] in (" ", "+"):
            found[-1][1].append(line[1:])
    return tuple(Hunk(first, tuple(lines)) for first, lines in found)


@dataclass(frozen=True, slots=True)
class LineComment:
    """A comment that is wanted.

    Args:
        path: the file, from the repository's root.
        first: the first line on the diff's right side, from 1.
        last: the last one, in the same hunk.
        body: Markdown, without the marker.
    """

    path: str
    first: int
    last: int
    body: str

    @property
    def key(self) -> Key:
        """What two comments must not share."""
        return self.path, self.first, self.last, normalized(self.body)

    def document(self, marker: str) -> Any:
        """Return what GitHub is sent."""
        document = {"path": self.path, "line": self.last, "side": "RIGHT"}
        if self.first < self.last:
            document |= {"start_line": self.first, "start_side": "RIGHT"}
        return {**document, "body": f"{marker}\n{self.body}"}


@dataclass(slots=True)
class Reconciled:
    """How many comments were made, were there already, and were removed."""

    made: int = 0
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
) -> Reconciled:
    """Make the wanted comments in one review, and remove managed ones that are not wanted.

    A review without a trustworthy answer (5xx, a dropped connection) is not sent again before the
    list was read again: it may have been made.

    Args:
        pull: the pull request.
        wanted: no two of them with the same key.
        comment_id: which of several databases they are about.
        login: returns the login of this run's token; asked where a comment has the marker.
        commit: the head that the lines are counted in.
        sleep: lets seconds pass.

    Raises:
        GitHubDenied: the token is not allowed to comment.
        GitHubError: GitHub could not be asked, or did not take the review.
    """
    return looking_again(_Reconciler(pull, wanted, comment_id, login, commit).attempt, sleep)


@dataclass
class _Reconciler:
    """Brings the managed comments of one pull request up to date."""

    pull: PullRequest
    wanted: Sequence[LineComment]
    comment_id: str
    login: Callable[[], str]
    commit: Callable[[], Commit]
    done: Reconciled = field(default_factory=Reconciled)
    sent: set[Key] = field(default_factory=set)

    def attempt(self) -> Reconciled:
        """Read the list, remove, make what is missing, and see whether another run did as well."""
        there = self._tidy()
        missing = [each for each in self.wanted if each.key not in there]
        self.done.kept = len(there - self.sent)
        if missing:
            self._make(missing)
            self._tidy()
        self.done.made = len(self.wanted) - self.done.kept
        return self.done

    def _make(self, missing: Sequence[LineComment]) -> None:
        self.sent |= {each.key for each in missing}
        marker = hide(_KIND, {"comment_id": self.comment_id})
        with asked("suggest changes in a review", needs=_NEEDS):
            # Without a text of its own: the review is gone when its last comment is.
            self.pull.create_review(
                commit=self.commit(),
                body="",
                event="COMMENT",
                comments=[each.document(marker) for each in missing],
            )

    def _tidy(self) -> set[Key]:
        """Remove comments that are not wanted or duplicates; return the keys of the others."""
        with asked("list the review's comments", needs=_NEEDS):
            every = sorted(self.pull.get_review_comments(), key=lambda comment: comment.id)
        managed = [comment for comment in every if self._is_managed(comment)]
        wanted = {each.key for each in self.wanted}
        there: set[Key] = set()
        for comment in managed:
            key = _key(comment)
            if key in wanted and key not in there:
                there.add(key)
            elif not _has_reply(comment, every, managed):
                self._remove(comment)
        return there

    def _is_managed(self, comment: PullRequestComment) -> bool:
        document = reveal(_KIND, (comment.body or "").partition("\n")[0])
        marked = isinstance(document, dict) and document.get("comment_id") == self.comment_id
        return marked and is_written_by(self._login, comment)

    @cached_property
    def _login(self) -> str:
        return self.login()

    def _remove(self, comment: PullRequestComment) -> None:
        # Another run may have been faster.
        with suppress(GitHubMissing), asked("remove a suggestion that is over", needs=_NEEDS):
            comment.delete()
            self.done.removed += 1


def _key(comment: PullRequestComment) -> Key:
    """Return what a comment is about; its lines are None once they have changed."""
    body = comment.body.replace("\r\n", "\n").partition("\n")[2]
    first: int | None = comment.start_line
    return comment.path, first or comment.line, comment.line, normalized(body)


def _has_reply(
    comment: PullRequestComment,
    every: Iterable[PullRequestComment],
    managed: Iterable[PullRequestComment],
) -> bool:
    """Return whether somebody has replied to a comment.

    PyGithub sends a request for each comment that is asked whether it is a reply and is none, so
    only those are asked that may be one.
    """
    own = {each.id for each in managed}
    return any(
        other.path == comment.path and other.id not in own and other.in_reply_to_id == comment.id
        for other in every
    )
