"""A GitHub event and its inputs → which run, with which options → comment, outputs, annotations.

Both doors, Docker and composite, come in through :func:`main`. Everything outside is built there
and handed to :class:`Action`.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING

from lukhas_notion import __version__
from lukhas_notion.action_scope import Scope, scope_of
from lukhas_notion.checkout import top_of
from lukhas_notion.config import Config, Flags, load, notion_id
from lukhas_notion.errors import (
    ConfigError,
    LukhasNotionError,
)
from lukhas_notion.github.commands import Commands
from lukhas_notion.github.event import Activity, ActivityKind, Event, activity
from lukhas_notion.github.files import FileCommands
from lukhas_notion.github.inputs import Inputs
from lukhas_notion.redaction import register, secrets_of
from lukhas_notion.run import Outside, Run, SyncOptions

if TYPE_CHECKING:
    from github.Repository import Repository

    from lukhas_notion.github.context import GitHubContext
    from lukhas_notion.github.publish import Published, Publisher
    from lukhas_notion.result import RunResult

OpenRepository = Callable[[str, str, str], "Repository"]


@dataclass(slots=True)
class World:
    """What the Action uses of the world.

    Args:
        environ: the step's environment.
        stdout: where workflow commands and the log go.
        outside: clock, randomness and network for the run itself.
        open_repository: (token, api_url, ``owner/name``) → PyGithub's repository.
    """

    environ: Mapping[str, str]
    stdout: IO[str]
    outside: Outside
    open_repository: OpenRepository
    random_hex: Callable[[], str] = field(default=lambda: secrets.token_hex(16))


def main() -> int:
    """Run the Action in this process's environment and return its exit code."""
    from lukhas_notion.githistory import GitHistory
    from lukhas_notion.github.session import open_repository
    from lukhas_notion.util.certificates import Trust

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    print(f"lukhas-notion {__version__}", flush=True)  # noqa: T201 - the first line of the log
    environ = dict(os.environ)
    outside = Outside(
        environ,
        commit=lambda _: environ.get("GITHUB_SHA", ""),
        committed=lambda root, paths: _committed(root, paths, environ),
        history=lambda config: GitHistory(config.root, config.include, environ, trusted=True),
    )
    _stop_on_signals(outside)
    world = World(
        environ,
        sys.stdout,
        outside,
        lambda token, api_url, name: open_repository(
            token, api_url=api_url, repository=name, trust=Trust.from_environ(environ)
        ),
    )
    return Action(world).run()


def _committed(root: Path, paths: Sequence[str], environ: Mapping[str, str]) -> Collection[str]:
    """Return which of some files below a root the commit has that is checked out."""
    from lukhas_notion.util.git import Git, GitError

    try:
        return Git(top_of(root), environ, trusted=True).committed(root, paths)
    except GitError:
        return ()


def _stop_on_signals(outside: Outside) -> None:
    """Make a cancelled workflow finish what is in flight and write down what was done."""

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        outside.stop_code = 128 + number
        outside.stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


class Action:
    """One run of the Action."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._commands = Commands(world.stdout)
        self._files = FileCommands(world.environ, world.random_hex)
        self._outputs: dict[str, str] = {}

    def run(self) -> int:
        """Run whatever the event and the inputs ask for; whatever happens, outputs are written."""
        self._mask()
        reason, code = "", 0
        try:
            reason, code = self._steps()
        except LukhasNotionError as error:
            reason, code = error.reason, error.exit_code
            self._explain(error)
        except Exception as error:
            reason, code = "internal", 1
            self._commands.error(
                f"A bug in lukhas-notion: {type(error).__name__}. Please report it.",
                title="internal error",
            )
            self._commands.log("".join(traceback.format_exception(error)))
        finally:
            self._outputs["failure-reason"] = reason
            for name, value in self._outputs.items():
                self._files.output(name, value)
        stopped = self._world.outside.stop.is_set()
        return self._world.outside.stop_code if stopped else code

    def _mask(self) -> None:
        """Hide every secret before anything else is printed, wherever it came from."""
        for secret in secrets_of(self._world.environ):
            register(secret)
            self._commands.mask(secret)

    def _explain(self, error: LukhasNotionError) -> None:
        said = f"{error.message} {error.remedy}".strip()
        self._commands.error(said, title="lukhas-notion")
        self._commands.log(said)

    def _steps(self) -> tuple[str, int]:
        from lukhas_notion.github.context import GitHubContext
        from lukhas_notion.github.publish import Publisher
        from lukhas_notion.util.certificates import Trust

        # Told before anything is done, and not by whichever service is asked first.
        Trust.from_environ(self._world.environ)
        inputs = Inputs.from_environ(self._world.environ)
        event = Event.from_environ(self._world.environ, lambda path: Path(path).read_bytes())
        what = activity(event, inputs.mode)
        config = self._config(inputs, event)
        self._commands.log(f"{event.name}: {what.kind.value}")
        github = GitHubContext(self._world, inputs, event, config, self._commands)
        publisher = Publisher(github, self._files)
        publisher.check()
        try:
            try:
                if what.kind is ActivityKind.VERIFY:
                    return self._verify(github, publisher)
                if what.kind is ActivityKind.DOCTOR:
                    return self._examine(github)
                task = Task(github, what, publisher)
                result, scope = task.run()
            except LukhasNotionError as error:
                publisher.failed(error, what)
                raise
            published = publisher.publish(result, what, scope, task.against_base)
        finally:
            publisher.hand_over()
        self._outputs.update(published.outputs)
        return self._verdict(result, published, inputs)

    def _verify(self, github: GitHubContext, publisher: Publisher) -> tuple[str, int]:
        from lukhas_notion.action_verify import VerifyTask

        outputs, reason, code = VerifyTask(github, publisher, self._files).run()
        self._outputs.update(outputs)
        return reason, code

    def _examine(self, github: GitHubContext) -> tuple[str, int]:
        from lukhas_notion.action_doctor import examine

        outputs, reason, code = examine(github, self._files)
        self._outputs.update(outputs)
        return reason, code

    def _config(self, inputs: Inputs, event: Event) -> Config:
        # Checked here, so that the error names the input and not what it becomes.
        notion_id(inputs.notion_database_id, "The input notion-database-id")
        flags = Flags(
            root=inputs.root,
            config=inputs.config or None,
            database=inputs.notion_database_id or None,
            rate_limit=inputs.rate_limit,
            concurrency=inputs.concurrency,
            ledger=inputs.ledger_path or None,
            report=inputs.report_path or None,
            workspace=event.workspace,
        )
        environ = {**self._world.environ, "NOTION_TOKEN": inputs.notion_token}
        return load(flags, environ)

    def _verdict(self, result: RunResult, published: Published, inputs: Inputs) -> tuple[str, int]:
        """Return the failure reason and the exit code: the first that applies."""
        from lukhas_notion.plan import ChangeKind

        if published.ledger_error:
            return "ledger", 1
        if result.reason:
            return result.reason, result.exit_code
        if inputs.fail_on_drift and result.done(ChangeKind.DRIFT):
            return "drift", 1
        return "", 0


@dataclass(slots=True)
class Task:
    """The run itself: what is selected, and whether Notion is asked."""

    github: GitHubContext
    activity: Activity
    publisher: Publisher
    against_base: bool = False

    def run(self) -> tuple[RunResult, Scope]:
        """Validate, preview or apply, as the activity says."""
        if self.activity.kind is ActivityKind.PREVIEW and self.github.config.token:
            return self._preview()
        scope = self._scope()
        if self.activity.kind is ActivityKind.VALIDATE:
            return self._runner().check(
                SyncOptions(paths=scope.paths, present=scope.present)
            ), scope
        if self.activity.kind is ActivityKind.PREVIEW:
            return self._without_notion(scope), scope
        reviewed = self.publisher.reviewed()
        with self.publisher.ledger(keep=True):
            options = replace(self._options(scope, dry_run=False), reviewed=reviewed)
            return self._runner().sync(options), scope

    def _preview(self) -> tuple[RunResult, Scope]:
        """Ask Notion, and meanwhile GitHub for what the pull request changes."""
        runner = self._runner()
        with ExitStack() as stack:
            stack.enter_context(runner.ahead())
            if self.github.inputs.archive_removed:
                # The merge will have it, and it proves whose pages are whose.
                runner.config = stack.enter_context(self.publisher.ledger())
            scope = self._scope()
            return runner.sync(self._options(scope, dry_run=True)), scope

    def _runner(self) -> Run:
        return Run(self.github.config, self.github.world.outside, base_has=self._base_has)

    def _base_has(self, path: str) -> bool:
        """Return whether the base branch has a file; what cannot be read is not there."""
        if self.github.event.pull is None:
            return False
        try:
            return self.github.read_base(path) is not None
        except LukhasNotionError as error:
            self.github.commands.warning(
                f"It is not known whether the base branch has {path}: {error.message}",
                title="lukhas-notion",
            )
            return False

    def _options(self, scope: Scope, *, dry_run: bool) -> SyncOptions:
        return SyncOptions(
            paths=scope.paths,
            present=scope.present,
            dry_run=dry_run,
            backfill=self.github.config.backfilled if self.github.inputs.backfill else (),
            prune=self.github.inputs.prune and scope.paths is None,
            archive_removed=self.github.inputs.archive_removed,
            force=self.github.inputs.force,
        )

    def _scope(self) -> Scope:
        if self.activity.whole or self.github.event.pull is None:
            return Scope(why=f"{self.github.event.name} concerns the whole repository")
        from lukhas_notion.github.changed import changed_files

        inputs = self.github.inputs
        changed = changed_files(self.github.pull())
        return scope_of(
            self.github.config,
            changed,
            self.github.prefix,
            inputs.scope,
            removals=inputs.archive_removed and self.activity.kind is not ActivityKind.VALIDATE,
        )

    def _without_notion(self, scope: Scope) -> RunResult:
        """Preview against the base branch: a fork has no token for Notion."""
        from lukhas_notion.base_preview import preview_against_base

        pull = self.github.event.pull
        if pull is None:
            raise ConfigError(
                "The input notion-token is empty, so there is nothing to compare with.",
                "Set the secret and hand it over as `notion-token`, or use `mode: validate`.",
            )
        self.against_base = True
        return preview_against_base(
            self._runner(), scope, self.github.read_base, backfill=self.github.inputs.backfill
        )
