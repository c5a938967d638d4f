"""One issue that tells what disagrees: opened, kept up to date, and closed when all is well.

It is found among the open issues by its author and its :class:`Marker`. One that somebody closed
stays closed; what disagrees after that is told in a new one. Of several, which two runs at once may
have opened, the oldest is kept and the others are closed: its address was the first to be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lukhas_notion.github.again import Gone, looking_again
from lukhas_notion.github.errors import GitHubMissing, asked
from lukhas_notion.github.identity import wrote
from lukhas_notion.github.marker import Marker

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.Repository import Repository

_NEEDS = "issues: write"

Did = Literal["opened", "updated", "unchanged", "closed", "outdated", "absent"]


@dataclass(frozen=True, slots=True)
class IssueResult:
    """What became of the issue.

    Args:
        url: where it is to be read; "" when there is none.
        did: ``opened``, ``updated``, ``unchanged`` (it said so already, nothing was written),
            ``closed``, ``outdated`` (a later run wrote it, nothing was written) or ``absent`` (all
            is well, and none was open).
    """

    url: str
    did: Did


@dataclass(frozen=True, slots=True)
class Report:
    """What the issue is to say.

    Args:
        title: its title.
        body: Markdown, without the marker.
        marker: of this run, with a digest of what is said; it becomes the first line.
        all_well: whether there is nothing to tell, so that an open one is closed.
    """

    title: str
    body: str
    marker: Marker
    all_well: bool

    @property
    def text(self) -> str:
        """The issue's text, as it is sent."""
        return f"{self.marker.render()}\n{self.body}"


def tell(
    repo: Repository, report: Report, *, me: str, sleep: Callable[[float], object]
) -> IssueResult:
    """Open the issue, bring it up to date, or close it.

    An issue that says the same already is left alone, so that nobody is notified twice.

    Args:
        repo: the repository.
        report: what to say.
        me: the login whose issues are ours, see :func:`lukhas_notion.github.identity.login`.
        sleep: lets seconds pass.

    Raises:
        GitHubError: it came to nothing; the token may not write issues, or the repository has none.
    """
    return looking_again(_Telling(repo, report, me).attempt, sleep)


@dataclass(slots=True)
class _Telling:
    """One issue's way to GitHub; ``sent`` is what was asked for, answered or not."""

    repo: Repository
    report: Report
    me: str
    sent: Did | None = None

    def attempt(self) -> IssueResult:
        """Read the open issues and do what it takes."""
        kept = self._settle()
        if kept is None:
            return self._without()
        issue, marker = kept
        if marker.order > self.report.marker.order:
            return IssueResult(issue.html_url, "outdated")
        if self.report.all_well:
            return self._edit(issue, "closed")
        if (marker.digest, issue.title) == (self.report.marker.digest, self.report.title):
            lost = self.sent if marker == self.report.marker else None
            return IssueResult(issue.html_url, lost or "unchanged")
        return self._edit(issue, "updated")

    def _without(self) -> IssueResult:
        """Open one where there is none and there is something to tell."""
        if self.report.all_well:
            # Where closing it was not answered, it is not among the open ones any more.
            return IssueResult("", "closed" if self.sent == "closed" else "absent")
        self.sent = "opened"
        with asked("open an issue", needs=_NEEDS):
            made = self.repo.create_issue(title=self.report.title, body=self.report.text)
            url = made.html_url
        kept = self._settle()
        return IssueResult(kept[0].html_url if kept else url, "opened")

    def _edit(self, issue: Issue, did: Did) -> IssueResult:
        self.sent = did
        try:
            with asked("edit an issue", needs=_NEEDS):
                if did == "closed":
                    issue.edit(body=self.report.text, state="closed", state_reason="completed")
                else:
                    issue.edit(title=self.report.title, body=self.report.text)
        except GitHubMissing as error:
            raise Gone(error.message, error.remedy, status=error.status) from error
        return IssueResult(issue.html_url, did)

    def _settle(self) -> tuple[Issue, Marker] | None:
        """Return the oldest open issue of ours with its marker; others of ours are closed."""
        ours = self._ours()
        for issue, _ in ours[1:]:
            _close(issue)
        return ours[0] if ours else None

    def _ours(self) -> list[tuple[Issue, Marker]]:
        """Return our open issues, the oldest first."""
        ours = []
        with asked("list the issues", needs=_NEEDS):
            for issue in self.repo.get_issues(state="open", sort="created", direction="asc"):
                # GitHub lists pull requests among the issues.
                if issue.pull_request is not None or not wrote(self.me, issue):
                    continue
                marker = Marker.parse(issue.body or "")
                if marker is not None and marker.comment_id == self.report.marker.comment_id:
                    ours.append((issue, marker))
        return sorted(ours, key=lambda each: each[0].number)


def _close(issue: Issue) -> None:
    """Close an issue of which there are two; another run may have been faster."""
    try:
        with asked("close an issue of which there are two", needs=_NEEDS):
            issue.edit(state="closed", state_reason="not_planned")
    except GitHubMissing:
        return
