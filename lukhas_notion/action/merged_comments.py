"""After an apply: every pull request that it carried out is brought to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from lukhas_notion.action import hidden_plan
from lukhas_notion.action.comment_record import Ending, continued
from lukhas_notion.github.errors import GitHubError
from lukhas_notion.github.fit_text import fit
from lukhas_notion.github.managed import Found, find_comment, keep_comment
from lukhas_notion.github.pulls import left_waiting, others_of_push
from lukhas_notion.util.redaction import redact

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

    from lukhas_notion.action.context import GitHubContext
    from lukhas_notion.github.marker import Marker


class MergedComments:
    """The comments of the pull requests that one apply carried out."""

    def __init__(self, github: GitHubContext) -> None:
        self._github = github
        self._known: dict[int, Found | None] = {}

    @cached_property
    def reviewed(self) -> Found | None:
        """The comment on the pull request that the push's last commit merged, as it was found."""
        pull = self._github.merged
        return None if pull is None else self._found(pull)

    def finish(self, ending: Ending, marker: Marker, *, create: bool, waiting: bool) -> str:
        """Bring every pull request's comment to its end; return the address of the first.

        Each is reported to on its own. What GitHub refuses is a warning.

        Args:
            ending: what to report.
            marker: of this run.
            create: whether a pull request that this push merged gets a comment where it has none.
            waiting: whether pull requests whose own apply was dropped are looked for.
        """
        urls = []
        done: set[int] = set()
        for pull, pushed in self._pulls(waiting=waiting):
            if pull.number in done:
                continue
            done.add(pull.number)
            with self._github.telling(f"comment on #{pull.number}"):
                urls.append(self._finish(pull, ending, marker, create=create and pushed))
        return next(filter(None, urls), "")

    def _finish(self, pull: PullRequest, ending: Ending, marker: Marker, *, create: bool) -> str:
        found = self._found(pull)
        body, state = ("", "") if found is None else (found.body, found.marker.state)
        sections, state, limit = continued(body, state, ending)
        plan, marker = "", replace(marker, state=state)
        if found is not None:
            # What was reviewed stays what was reviewed, whatever became of it.
            plan, marker = hidden_plan.carried_over(found, marker)
        first = marker.render()
        text = fit(sections, *limit, first=first, hidden=[plan])
        return keep_comment(
            pull,
            redact(text.removeprefix(f"{first}\n")),
            marker,
            login=self._github.login,
            create=create,
            sleep=self._github.sleep,
        ).url

    def _pulls(self, *, waiting: bool) -> Iterator[tuple[PullRequest, bool]]:
        """Yield the pull requests, and whether each was merged by this push."""
        github, event = self._github, self._github.event
        if event.name == "push":
            with github.telling("merged pull request's comment"):
                if github.merged is not None:
                    yield github.merged, True
                for pull in others_of_push(github.repository, event.before, event.sha):
                    yield pull, True
        if not waiting:
            return
        try:
            branch = event.default_branch
            for pull in left_waiting(github.repository, branch, event.sha, self._is_final):
                yield pull, False
        except GitHubError as error:
            # This is on behalf of another run, and a schedule's token need not have the right.
            github.commands.log(f"dropped runs were not looked for: {error.message}")

    def _is_final(self, pull: PullRequest) -> bool | None:
        found = self._found(pull)
        return None if found is None else found.marker.state == "applied"

    def _found(self, pull: PullRequest) -> Found | None:
        if pull.number not in self._known:
            github = self._github
            found = find_comment(pull, github.inputs.comment_id, github.login)
            self._known[pull.number] = found
        return self._known[pull.number]
