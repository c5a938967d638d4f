"""What every part of telling GitHub has at hand: event, inputs, configuration, repository."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

    from lukhas_notion.action import World
    from lukhas_notion.config import Config
    from lukhas_notion.github.commands import Commands
    from lukhas_notion.github.event import Event
    from lukhas_notion.github.inputs import Inputs


@dataclass
class GitHubContext:
    """One run of the Action, as its parts see it. GitHub is asked when something needs it."""

    world: World
    inputs: Inputs
    event: Event
    config: Config
    commands: Commands

    @property
    def prefix(self) -> str:
        """The root's folder inside the repository, "" or ending in a slash."""
        root = self.inputs.root.strip("/")
        return "" if root in ("", ".") else f"{root}/"

    @cached_property
    def repository(self) -> Repository:
        """The repository, as PyGithub sees it."""
        return self.world.open_repository(
            self.inputs.github_token, self.event.api_url, self.event.repository
        )

    def pull(self) -> PullRequest:
        """Return the pull request of the event."""
        from lukhas_notion.github.errors import asked

        if self.event.pull is None:
            raise RuntimeError("the event has no pull request")
        number = self.event.pull.number
        with asked("read the pull request"):
            return self.repository.get_pull(number)

    @cached_property
    def merged(self) -> PullRequest | None:
        """The pull request whose merge made this push, None when there is none."""
        from lukhas_notion.github.pulls import merged_pull

        if self.event.name != "push":
            return None
        return merged_pull(self.repository, self.event.sha)

    def read_base(self, path: str) -> bytes | None:
        """Return a file of the base branch, by its path relative to the root."""
        from lukhas_notion.github.contents import read_file

        if self.event.pull is None:
            raise RuntimeError("the event has no pull request")
        return read_file(self.repository, f"{self.prefix}{path}", self.event.pull.base_sha)

    def relative(self, path: Path) -> str:
        """Return a path as a later step can use it: relative to the workspace.

        The container's own paths mean nothing outside it.
        """
        try:
            return path.relative_to(Path(self.event.workspace).resolve()).as_posix()
        except ValueError:
            return path.as_posix()

    def sleep(self, seconds: float) -> None:
        """Let seconds pass, less when the run is to end."""
        outside = self.world.outside
        outside.clock.wait(seconds, outside.stop)
