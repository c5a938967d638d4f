"""The Action, run before a GitHub repository in memory."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lukhas_notion.action.context import ActionRuntime, GitHubContext
from lukhas_notion.action.main import Action
from lukhas_notion.config.config import Flags, load
from lukhas_notion.github.event import Event
from lukhas_notion.github.inputs import Inputs
from lukhas_notion.github.runner import Commands
from lukhas_notion.util.runtime import Runtime
from support.fake_github import BASE, HEAD, MERGE, FakePull, FakeRepository
from support.threads import settled
from support.workplace import Workplace


@dataclass
class Ran:
    """How the Action ended, and what it left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


@dataclass
class ActionPlace:
    """A workplace, with GitHub around it."""

    place: Workplace
    folder: Path
    repository: FakeRepository = field(default_factory=FakeRepository)
    environ: dict[str, str] = field(default_factory=dict)
    run_id: int = 1000
    open_repository: Callable[..., Any] | None = None

    @property
    def pull(self) -> FakePull:
        """The pull request."""
        return self.repository.pull

    def keep_base(self) -> None:
        """Make the base branch hold the repository as it is now."""
        for path in self.place.root.rglob("*.json"):
            name = path.relative_to(self.place.root).as_posix()
            self.repository.base[name] = path.read_bytes()

    def runtime(
        self, event: str, payload: dict[str, Any] | None = None, **inputs: str
    ) -> ActionRuntime:
        """Return a runner's world for one step; inputs are spelt with underscores here."""
        self.run_id += 1
        files = {name: self.folder / f"{name}-{self.run_id}" for name in ("output", "summary")}
        for file in files.values():
            file.touch()
        event_file = self.folder / f"event-{self.run_id}.json"
        event_file.write_text(json.dumps(payload or {"repository": {"default_branch": "main"}}))
        environ = {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(event_file),
            "GITHUB_REPOSITORY": "octo/manifests",
            "GITHUB_SHA": MERGE,
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_RUN_ID": str(self.run_id),
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_WORKSPACE": str(self.place.root),
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_API_URL": "https://api.github.example",
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            "INPUT_GITHUB-TOKEN": "ghs_token_of_the_test",
            "INPUT_NOTION-TOKEN": self.place.environ["NOTION_TOKEN"],
            "INPUT_NOTION-DATABASE-ID": self.place.environ["NOTION_DATABASE_ID"],
            **{f"INPUT_{k.upper().replace('_', '-')}": v for k, v in inputs.items()},
            **self.environ,
        }
        place = self.place
        runtime = Runtime(
            environ,
            transport=place.notion.transport,
            origin=lambda _: place.origin,
            absent=place.absent,
        )
        opened = self.open_repository or (lambda *_: self.repository)
        return ActionRuntime(
            *(environ, io.StringIO(), runtime, opened, lambda: os.urandom(8).hex()),
            download=self.repository.download,
        )

    def run(self, event: str, payload: dict[str, Any] | None = None, **inputs: str) -> Ran:
        """Run the Action as the runner does."""
        world = self.runtime(event, payload, **inputs)
        with settled():
            code = Action(world).run()
        output, summary = (
            (self.folder / f"{name}-{self.run_id}").read_text(encoding="utf-8")
            for name in ("output", "summary")
        )
        return Ran(code, said(world), read_outputs(output), summary)

    def context(
        self, event: str = "push", payload: dict[str, Any] | None = None, **inputs: str
    ) -> GitHubContext:
        """Return the objects that are passed to the Action's parts."""
        world = self.runtime(event, payload, **inputs)
        read, wrong = Inputs.from_environ(world.environ)
        assert wrong is None
        of = Event.from_environ(world.environ, lambda path: Path(path).read_bytes())
        flags = Flags(root=read.root, workspace=of.workspace, database=read.notion_database_id)
        config = load(flags, {**world.environ, "NOTION_TOKEN": read.notion_token})
        return GitHubContext(world, read, of, Commands(world.stdout), config)

    def pull_request(
        self,
        *,
        fork: bool = False,
        head: str = HEAD,
        base: str = "main",
        more: dict[str, Any] | None = None,
        **inputs: str,
    ) -> Ran:
        """Run the Action on the pull request, of which the event says ``more``."""
        payload = pull_payload(fork=fork, head=head, base=base, more=more)
        self.environ["GITHUB_REF"] = "refs/pull/7/merge"
        if fork:
            inputs = {"notion_token": "", **inputs}
        ran = self.run("pull_request", payload, **inputs)
        del self.environ["GITHUB_REF"]
        return ran

    @property
    def comment(self) -> str:
        """The body of the one comment there is."""
        return self.pull.comment


def said(world: ActionRuntime) -> str:
    """Return what a run wrote to its output."""
    assert isinstance(world.stdout, io.StringIO)
    return world.stdout.getvalue()


def pull_payload(
    *,
    fork: bool = False,
    head: str = HEAD,
    base: str = "main",
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the payload of a pull request's event, which says ``more`` of it."""
    owner = "stranger" if fork else "octo"
    return {
        "repository": {"default_branch": "main"},
        "pull_request": {
            "number": 7,
            "head": {"sha": head, "ref": "topic", "repo": {"full_name": f"{owner}/manifests"}},
            "base": {"sha": BASE, "ref": base, "repo": {"full_name": "octo/manifests"}},
            **(more or {}),
        },
    }


def read_outputs(text: str) -> dict[str, str]:
    """Read an output file by the runner's rules (actions/runner, FileCommandManager.cs)."""
    found: dict[str, str] = {}
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            found[line[:equals]] = line[equals + 1 :]
            continue
        assert heredoc > 0, f"not a file command: {line!r}"
        name, delimiter = line[:heredoc], line[heredoc + 2 :]
        value = []
        while lines[index] != delimiter:
            value.append(lines[index])
            index += 1
            assert index < len(lines), "matching delimiter not found"
        index += 1
        found[name] = "\n".join(value)
    return found
