"""Comments of ours on a pull request's lines, kept up to date: made, kept, and removed.

They are found by their author and a hidden first line, over all pages, as the one comment in the
conversation is (:mod:`lukhas_notion.github.comment`). One that somebody has replied to stays
whatever it says: it has become a conversation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.again import looking_again
from lukhas_notion.github.comment import plain
from lukhas_notion.github.errors import GitHubMissing, asked
from lukhas_notion.github.identity import wrote

if TYPE_CHECKING:
    from github.Commit import Commit
    from github.PullRequest import PullRequest
    from github.PullRequestComment import PullRequestComment

_NEEDS = "pull-requests: write"
_MARKER = re.compile(r"<!-- lukhas-notion-suggestion (\{.*\}) -->\s*")

Key = tuple[str, int | None, int | None, str]


@dataclass(frozen=True, slots=True)
class LineComment:
    """A comment that is to be there.

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
        return self.path, self.first, self.last, plain(self.body)


@dataclass(slots=True)
class Settled:
    """How many comments were made, were there already, and were removed."""

    made: int = 0
    kept: int = 0
    removed: int = 0


def settle(
    pull: PullRequest,
    wanted: Sequence[LineComment],
    *,
    comment_id: str,
    me: Callable[[], str],
    commit: Callable[[], Commit],
    sleep: Callable[[float], object],
) -> Settled:
    """Make the wanted comments in one review, and remove ours that are wanted no more.

    A review without a trustworthy answer (5xx, a dropped connection) is not sent again before the
    list was read again: it may have been made.

    Args:
        pull: the pull request.
        wanted: no two of them with the same key.
        comment_id: which of several databases they are about.
        me: the login whose comments are ours; asked where a comment bears the marker.
        commit: the head that the lines are counted in.
        sleep: lets seconds pass.

    Raises:
        GitHubDenied: the token may not comment.
        GitHubError: it came to nothing for another reason.
    """
    return looking_again(_Settling(pull, wanted, comment_id, me, commit).attempt, sleep)


@dataclass
class _Settling:
    """One run's way to the comments that are to be there."""

    pull: PullRequest
    wanted: Sequence[LineComment]
    comment_id: str
    me: Callable[[], str]
    commit: Callable[[], Commit]
    done: Settled = field(default_factory=Settled)
    sent: set[Key] = field(default_factory=set)

    def attempt(self) -> Settled:
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
        with asked("suggest changes in a review", needs=_NEEDS):
            # Without a text of its own: the review is gone when its last comment is.
            self.pull.create_review(
                commit=self.commit(),
                body="",
                event="COMMENT",
                comments=[self._sent(each) for each in missing],
            )

    def _sent(self, each: LineComment) -> Any:
        document = {"path": each.path, "line": each.last, "side": "RIGHT"}
        if each.first < each.last:
            document |= {"start_line": each.first, "start_side": "RIGHT"}
        return {**document, "body": f"{_marker(self.comment_id)}\n{each.body}"}

    def _tidy(self) -> set[Key]:
        """Remove what is wanted no more or is there twice; return the keys of what is there."""
        with asked("list the review's comments", needs=_NEEDS):
            every = sorted(self.pull.get_review_comments(), key=lambda comment: comment.id)
        ours = self._ours(every)
        wanted = {each.key for each in self.wanted}
        there: set[Key] = set()
        for comment in ours:
            key = _key(comment)
            if key in wanted and key not in there:
                there.add(key)
            elif not _answered(comment, every, ours):
                self._remove(comment)
        return there

    def _ours(self, every: Iterable[PullRequestComment]) -> list[PullRequestComment]:
        marked = [c for c in every if _comment_id(c.body) == self.comment_id]
        return [c for c in marked if wrote(self._login, c)]

    @cached_property
    def _login(self) -> str:
        return self.me()

    def _remove(self, comment: PullRequestComment) -> None:
        """Remove a comment; another run may have been faster."""
        try:
            with asked("remove a suggestion that is over", needs=_NEEDS):
                comment.delete()
        except GitHubMissing:
            return
        self.done.removed += 1


def _key(comment: PullRequestComment) -> Key:
    """Return what a comment is about; its lines are None once they have changed."""
    body = comment.body.replace("\r\n", "\n").partition("\n")[2]
    first: int | None = comment.start_line
    return comment.path, first or comment.line, comment.line, plain(body)


def _answered(
    comment: PullRequestComment,
    every: Iterable[PullRequestComment],
    ours: Iterable[PullRequestComment],
) -> bool:
    """Whether somebody has replied to a comment.

    PyGithub sends a request for each comment that is asked whether it is a reply and is none, so
    only those are asked that may be one.
    """
    mine = {c.id for c in ours}
    return any(
        other.path == comment.path and other.id not in mine and other.in_reply_to_id == comment.id
        for other in every
    )


def _marker(comment_id: str) -> str:
    document = json.dumps({"comment_id": comment_id}, separators=(",", ":"))
    # No value can end the HTML comment early.
    document = document.replace("--", "-\\u002d")
    return f"<!-- lukhas-notion-suggestion {document} -->"


def _comment_id(body: str | None) -> str | None:
    """Return what the marker in a comment's first line says, None where there is none."""
    found = _MARKER.fullmatch((body or "").partition("\n")[0])
    try:
        document = json.loads(found[1]) if found else None
    except (ValueError, RecursionError):
        return None
    return document.get("comment_id") if isinstance(document, dict) else None
