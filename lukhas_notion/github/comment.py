"""One comment per pull request (or issue) and ``comment_id``, kept up to date in place.

It is found by its author and its :class:`Marker`, over all pages: a stranger who copies the
marker is not its author, and another tool with the same token has not the marker.

GitHub cannot make "write, unless somebody else has" one step. So after a comment was made, the
list is read again, and of several comments one is kept: the one that the latest run wrote, since
its text is the newest; of equals the one made first, since its address was the first to be read.
Whoever sees the others removes them. Between reading the list and an edit another run may still
come in between: ``concurrency`` in the workflow prevents that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from lukhas_notion.github.again import Gone, looking_again
from lukhas_notion.github.errors import (
    CommentForbidden,
    GitHubDenied,
    GitHubMissing,
    asked,
)
from lukhas_notion.github.fit_text import GITHUB
from lukhas_notion.github.identity import ACTIONS_LOGIN, login, wrote
from lukhas_notion.github.marker import Marker

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest

__all__ = ["ACTIONS_LOGIN", "BODY_LIMIT", "CommentResult", "Found", "Marker"]
__all__ += ["find", "login", "plain", "upsert"]

#: Characters that GitHub takes, marker included; more are refused with 422.
BODY_LIMIT = GITHUB.size

Action = Literal["created", "updated", "unchanged", "outdated", "absent"]


@dataclass(frozen=True, slots=True)
class CommentResult:
    """What became of the comment.

    Args:
        url: where it is to be read; "" when there is none.
        action: ``created``, ``updated``, ``unchanged`` (it said so already, nothing was
            written), ``outdated`` (a later run wrote it, or it is final, and nothing was written)
            or ``absent`` (there is none, and none was to be made).
    """

    url: str
    action: Action


@dataclass(frozen=True, slots=True)
class Found:
    """A comment of ours: its marker, the text below the marker, and its address."""

    marker: Marker
    body: str
    url: str
    comment: IssueComment = field(repr=False, compare=False)


def find(thread: PullRequest | Issue, comment_id: str, me: str) -> Found | None:
    """Return our comment, None where there is none; of several, the one that is kept.

    Raises:
        CommentForbidden: the token may not read comments.
        GitHubError: they cannot be read.
    """
    return _kept(_ours(thread, comment_id, me))


def upsert(
    thread: PullRequest | Issue,
    body: str,
    marker: Marker,
    *,
    me: str,
    sleep: Callable[[float], object],
    create: bool = True,
    final: Collection[str] = (),
) -> CommentResult:
    """Make the comment, or bring it up to date.

    It counts as unchanged when it shows the same text about the same commit, digest and state;
    that another run says the same once more is no reason to write.

    A POST without a trustworthy answer (5xx, a dropped connection) is not repeated before the
    list was read again: the comment may have been made.

    Args:
        thread: the pull request or issue.
        body: Markdown, without the marker, of a size that :func:`lukhas_notion.github.fit_text.fit`
            made right.
        marker: of this run; it becomes the first line.
        me: the login whose comments are ours, see :func:`login`.
        sleep: lets seconds pass.
        create: whether to make it where there is none.
        final: a comment in one of these states is left as it is.

    Raises:
        ValueError: with its marker the body is longer than :data:`BODY_LIMIT`.
        CommentForbidden: the token may not comment.
        GitHubError: it came to nothing for another reason.
    """
    if len(marker.render()) + 1 + len(body) > BODY_LIMIT:
        raise ValueError(f"a comment of more than {BODY_LIMIT} characters")
    task = _Upsert(thread, body, marker, me, create, frozenset(final))
    return looking_again(task.attempt, sleep)


@dataclass(slots=True)
class _Upsert:
    """One comment's way to GitHub; ``sent`` is what was asked for, answered or not."""

    thread: PullRequest | Issue
    body: str
    marker: Marker
    me: str
    create: bool
    final: frozenset[str]
    sent: Action | None = None

    def attempt(self) -> CommentResult:
        """Read the list and do what it takes."""
        kept = self._settle()
        if kept is None:
            return self._post() if self.create else CommentResult("", "absent")
        if kept.marker.order > self.marker.order or kept.marker.state in self.final:
            return CommentResult(kept.url, "outdated")
        if kept.marker.about == self.marker.about and plain(kept.body) == plain(self.body):
            lost = self.sent if kept.marker == self.marker else None
            return CommentResult(kept.url, lost or "unchanged")
        return self._edit(kept)

    def _post(self) -> CommentResult:
        """Make the comment, then see whether another run made one meanwhile."""
        self.sent = "created"
        with _commenting("post a comment"):
            if hasattr(self.thread, "create_issue_comment"):
                url = self.thread.create_issue_comment(self._text()).html_url
            else:
                url = self.thread.create_comment(self._text()).html_url
        kept = self._settle()
        if kept is None or kept.marker.order < self.marker.order:
            return CommentResult(url, "created")  # the list lags behind
        late = kept.marker.order > self.marker.order
        return CommentResult(kept.url, "outdated" if late else "created")

    def _edit(self, kept: Found) -> CommentResult:
        self.sent = "updated"
        try:
            with _commenting("edit a comment"):
                kept.comment.edit(self._text())
        except GitHubMissing as error:
            raise Gone(error.message, error.remedy, status=error.status) from error
        return CommentResult(kept.url, "updated")

    def _settle(self) -> Found | None:
        """Return the comment that is kept, the others being removed."""
        ours = _ours(self.thread, self.marker.comment_id, self.me)
        kept = _kept(ours)
        for found in ours:
            if found is not kept:
                _remove(found)
        return kept

    def _text(self) -> str:
        return f"{self.marker.render()}\n{self.body}"


def _ours(thread: PullRequest | Issue, comment_id: str, me: str) -> list[Found]:
    """Return our comments, the one made first first."""
    ours = []
    with _commenting("list the comments"):
        if hasattr(thread, "get_issue_comments"):
            comments = thread.get_issue_comments()
        else:
            comments = thread.get_comments()
        for comment in comments:
            text = comment.body or ""
            marker = Marker.parse(text) if wrote(me, comment) else None
            if marker is not None and marker.comment_id == comment_id:
                body = text.partition("\n")[2]
                ours.append(Found(marker, body, comment.html_url, comment))
    return sorted(ours, key=lambda found: found.comment.id)


def _kept(ours: list[Found]) -> Found | None:
    """Return the latest run's; ``max`` keeps the first of equals."""
    return max(ours, key=lambda found: found.marker.order, default=None)


def _remove(found: Found) -> None:
    """Remove a comment; another run may have been faster."""
    try:
        with _commenting("remove a comment of which there are two"):
            found.comment.delete()
    except GitHubMissing:
        return


def plain(text: str) -> str:
    """Return a text as it is compared: GitHub may change line ends and the space before them."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


@contextmanager
def _commenting(to_do: str) -> Iterator[None]:
    """Tell a comment that is forbidden from other refusals."""
    try:
        with asked(to_do, needs="pull-requests: write"):
            yield
    except GitHubDenied as error:
        if error.status != 403:
            raise
        raise CommentForbidden(
            error.message, error.remedy, status=error.status, said=error.said
        ) from error
