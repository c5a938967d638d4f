"""Find the managed comment and the managed issue, and keep them up to date.

A comment or issue is managed when the login of this run's token wrote it and its first line is a
:class:`Marker`. Both are required: a user can copy a marker, and other tools write with the same
token.

GitHub has no conditional write. So the list is read again after a comment was created, and after an
answer that does not say whether a write was applied. Of several managed ones one is kept, and a run
that sees others removes them. Another run may still write between the list and an edit;
``concurrency`` in the workflow prevents that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lukhas_notion.github.comment_text import GITHUB, MARKED, Marker
from lukhas_notion.github.errors import GitHubMissing, VanishedError, asked, looking_again

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

KeepAction = Literal["created", "updated", "unchanged", "closed", "outdated", "absent"]


@dataclass(frozen=True, slots=True)
class KeepResult:
    """The result for a comment or issue.

    Args:
        url: its address; "" when it does not exist.
        action: ``created``, ``updated``, ``closed``; or nothing was written: ``unchanged`` (it
            already has this text), ``outdated`` (a later run wrote it, or its state is final) or
            ``absent`` (it does not exist, and none was wanted).
    """

    url: str
    action: KeepAction


@dataclass(frozen=True, slots=True)
class ManagedPost:
    """A managed comment or issue: its marker, the text below the marker, and its address."""

    marker: Marker
    body: str
    url: str
    thing: Any = field(repr=False, compare=False)


def find_comment(
    pull: PullRequest, comment_id: str, login: Callable[[], str]
) -> ManagedPost | None:
    """Return the managed comment of a pull request, None where there is none.

    Args:
        pull: the pull request.
        comment_id: which of several comments.
        login: returns the login of this run's token; called where a comment has a marker.

    Raises:
        GitHubError: the comments cannot be read.
    """
    keeper = _CommentKeeper(marker=Marker(comment_id, "", 0, 0), login=login, pull=pull)
    return keeper.kept(keeper.managed())


def keep_comment(
    pull: PullRequest,
    body: str,
    marker: Marker,
    *,
    login: Callable[[], str],
    sleep: Callable[[float], object],
    create: bool = True,
    final: Collection[str] = (),
) -> KeepResult:
    """Create the managed comment of a pull request, or update it.

    Of several comments the one that the latest run wrote is kept, and the first one of equals. A
    comment with the same text about the same commit, digest and state is not changed, even if
    another run wrote it.

    Args:
        pull: the pull request.
        body: Markdown, without the marker, that :func:`lukhas_notion.github.comment_text.fit` has
            fitted to the limit.
        marker: of this run; it becomes the first line.
        login: returns the login of this run's token; called where a comment has a marker.
        sleep: lets seconds pass.
        create: whether to create the comment where there is none.
        final: a comment in one of these states is not changed.

    Raises:
        ValueError: the marker and the body are longer than GitHub's limit.
        GitHubDenied: the token is not allowed to comment.
        GitHubError: GitHub could not be asked, or did not accept the comment.
    """
    if len(marker.render()) + 1 + len(body) > GITHUB.size:
        raise ValueError(f"a comment of more than {GITHUB.size} characters")
    keeper = _CommentKeeper(
        marker=marker, login=login, body=body, create=create, final=final, pull=pull
    )
    return looking_again(keeper.attempt, sleep)


def keep_issue(
    repo: Repository,
    title: str,
    body: str,
    marker: Marker,
    *,
    login: Callable[[], str],
    sleep: Callable[[float], object],
    all_well: bool,
) -> KeepResult:
    """Open the managed issue of a repository, update it, or close it.

    Only open issues count: one that a user closed stays closed, and a new one is opened. Of
    several, the oldest is kept. An issue with the same title and digest is not changed, so that no
    one is notified twice.

    Args:
        repo: the repository.
        title: the issue's title.
        body: Markdown, without the marker.
        marker: of this run, with a digest of the reported findings; it becomes the first line.
        login: returns the login of this run's token; called where a comment has a marker.
        sleep: lets seconds pass.
        all_well: whether there are no findings, so that an open issue is closed.

    Raises:
        GitHubError: the token is not allowed to write issues, or the repository has none.
    """
    keeper = _IssueKeeper(
        marker=marker, login=login, body=body, create=not all_well, repo=repo, title=title
    )
    return looking_again(keeper.attempt, sleep)


def is_written_by(login: str, thing: Any) -> bool:
    """Return whether a login wrote a comment or issue; the user of a deleted account is null."""
    return bool(login) and getattr(thing.user, "login", None) == login


def normalized(text: str) -> str:
    """Return a text for comparison: GitHub may change line ends and the spaces before them."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


@dataclass(slots=True, kw_only=True)
class _Keeper(ABC):
    """Keeps one comment or issue up to date; ``sent`` is the last write, answered or not."""

    plural: ClassVar[str]
    needs: ClassVar[str]
    marker: Marker
    login: Callable[[], str]
    body: str = ""
    create: bool = False
    final: Collection[str] = ()
    sent: KeepAction | None = None

    def attempt(self) -> KeepResult:
        """Read the list, and write what is missing."""
        kept = self.kept(self._without_others())
        if kept is None:
            lost: KeepAction = "closed" if self.sent == "closed" else "absent"
            return self._created() if self.create else KeepResult("", lost)
        if kept.marker.order > self.marker.order or kept.marker.state in self.final:
            return KeepResult(kept.url, "outdated")
        if self._is_same(kept):
            mine = kept.marker == self.marker
            return KeepResult(kept.url, (self.sent if mine else None) or "unchanged")
        try:
            return KeepResult(kept.url, self._changed(kept.thing))
        except GitHubMissing as error:
            raise VanishedError(error.message, error.remedy, status=error.status) from error

    def _created(self) -> KeepResult:
        """Create it, then check whether another run created one meanwhile."""
        self.sent = "created"
        made = self._create()
        # Its author is the owner of this run's token.
        self.login = lambda: getattr(made.user, "login", "")
        listed = self._without_others()
        kept = self.kept(listed)
        if kept is None or all(found.marker != self.marker for found in listed):
            return KeepResult(made.html_url, "created")  # the list lags behind
        late = kept.marker.order > self.marker.order
        return KeepResult(kept.url, "outdated" if late else "created")

    def _without_others(self) -> list[ManagedPost]:
        """Return the managed ones, and remove all but the kept one from GitHub."""
        listed = self.managed()
        kept = self.kept(listed)
        for found in listed:
            if found is not kept:
                self._remove(found.thing)
        return listed

    def managed(self) -> list[ManagedPost]:
        """Return the managed ones, the oldest first."""
        managed = []
        with asked(f"list the {self.plural}", needs=self.needs):
            for thing in self._listed():
                text = thing.body or ""
                is_managed = text.startswith(MARKED) and is_written_by(self.login(), thing)
                marker = Marker.parse(text) if is_managed else None
                if marker is not None and marker.comment_id == self.marker.comment_id:
                    managed.append(
                        ManagedPost(marker, text.partition("\n")[2], thing.html_url, thing)
                    )
        return managed

    @property
    def _text(self) -> str:
        return f"{self.marker.render()}\n{self.body}"

    @abstractmethod
    def kept(self, found: list[ManagedPost]) -> ManagedPost | None:
        """Return the one of several that is kept."""

    @abstractmethod
    def _is_same(self, found: ManagedPost) -> bool:
        """Return whether it already has the wanted content."""

    @abstractmethod
    def _listed(self) -> Iterable[Any]:
        """Return all comments or open issues, the oldest first."""

    @abstractmethod
    def _create(self) -> Any:
        """Create it and return it."""

    @abstractmethod
    def _changed(self, thing: Any) -> KeepAction:
        """Change it and return the action."""

    @abstractmethod
    def _remove(self, thing: Any) -> None:
        """Remove one of several."""


@dataclass(slots=True, kw_only=True)
class _CommentKeeper(_Keeper):
    plural = "comments"
    needs = "pull-requests: write"
    pull: PullRequest

    def kept(self, found: list[ManagedPost]) -> ManagedPost | None:
        # The latest run has the newest text; ``max`` keeps the first of equals.
        return max(found, key=lambda each: each.marker.order, default=None)

    def _is_same(self, found: ManagedPost) -> bool:
        same_text = normalized(found.body) == normalized(self.body)
        return same_text and found.marker.about == self.marker.about

    def _listed(self) -> Iterable[Any]:
        return sorted(self.pull.get_issue_comments(), key=lambda comment: comment.id)

    def _create(self) -> Any:
        with asked("post a comment", needs=self.needs):
            return self.pull.create_issue_comment(self._text)

    def _changed(self, thing: Any) -> KeepAction:
        self.sent = "updated"
        with asked("edit a comment", needs=self.needs):
            thing.edit(self._text)
        return self.sent

    def _remove(self, thing: Any) -> None:
        with (
            suppress(GitHubMissing),
            asked("remove a comment of which there are two", needs=self.needs),
        ):
            thing.delete()


@dataclass(slots=True, kw_only=True)
class _IssueKeeper(_Keeper):
    plural = "issues"
    needs = "issues: write"
    repo: Repository
    title: str

    def kept(self, found: list[ManagedPost]) -> ManagedPost | None:
        # The oldest one is most likely to be linked from elsewhere.
        return found[0] if found else None

    def _is_same(self, found: ManagedPost) -> bool:
        same = (found.marker.digest, found.thing.title) == (self.marker.digest, self.title)
        return self.create and same

    def _listed(self) -> Iterable[Any]:
        listed = self.repo.get_issues(state="open", sort="created", direction="asc")
        # GitHub lists pull requests among the issues.
        issues = (issue for issue in listed if issue.pull_request is None)
        return sorted(issues, key=lambda issue: issue.number)

    def _create(self) -> Any:
        with asked("open an issue", needs=self.needs):
            return self.repo.create_issue(title=self.title, body=self._text)

    def _changed(self, thing: Any) -> KeepAction:
        self.sent = "updated" if self.create else "closed"
        with asked("edit an issue", needs=self.needs):
            if self.create:
                thing.edit(title=self.title, body=self._text)
            else:
                thing.edit(body=self._text, state="closed", state_reason="completed")
        return self.sent

    def _remove(self, thing: Any) -> None:
        with (
            suppress(GitHubMissing),
            asked("close an issue of which there are two", needs=self.needs),
        ):
            thing.edit(state="closed", state_reason="not_planned")
