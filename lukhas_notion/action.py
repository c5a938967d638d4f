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
from lukhas_notion.github.artifact import Download, download
from lukhas_notion.github.commands import Commands
from lukhas_notion.github.errors import GitHubDenied, GitHubError, GitHubMissing
from lukhas_notion.github.event import Activity, ActivityKind, Event, activity
from lukhas_notion.github.files import FileCommands
from lukhas_notion.github.inputs import Inputs
from lukhas_notion.redaction import guard_tracebacks, register, secrets_of
from lukhas_notion.repository import absent_from_commit, origin_of
from lukhas_notion.run import Base, Outside, Run, SyncOptions
from lukhas_notion.util.streams import SafeStream

if TYPE_CHECKING:
    from github.Repository import Repository

    from lukhas_notion.github.context import GitHubContext
    from lukhas_notion.github.publish import Publisher
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
        random_hex: makes a delimiter that a stranger's text cannot foresee.
        download: (address, token, most bytes) → an artifact.
    """

    environ: Mapping[str, str]
    stdout: IO[str]
    outside: Outside
    open_repository: OpenRepository
    random_hex: Callable[[], str] = field(default=lambda: secrets.token_hex(16))
    download: Download = download


def main() -> int:
    """Run the Action in this process's environment and return its exit code."""
    from lukhas_notion.github.session import open_repository
    from lukhas_notion.util.certificates import Trust

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    guard_tracebacks()
    log = SafeStream(sys.stdout)
    log.write(f"lukhas-notion {__version__}\n")
    environ = dict(os.environ)
    outside = Outside(
        environ,
        commit=lambda _: environ.get("GITHUB_SHA", ""),
        committed=lambda root, paths: _committed(root, paths, environ),
        origin=lambda root: origin_of(root, environ, trusted=True),
        absent=lambda root, paths: absent_from_commit(root, paths, environ, trusted=True),
    )
    _stop_on_signals(outside)
    world = World(
        environ,
        sys.stdout,
        outside,
        lambda token, api_url, name: open_repository(
            token, api_url=api_url, repository=name, trust=Trust.from_environ(environ)
        ),
        download=lambda *asked: download(*asked, trust=Trust.from_environ(environ)),
    )
    try:
        return Action(world).run()
    finally:
        log.settle()


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

    def run(self) -> int:
        """Run what the event and the inputs ask for; whatever happens, the reason is an output."""
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
            self._end(reason)
        stopped = self._world.outside.stop.is_set()
        return self._world.outside.stop_code if stopped else code

    def _end(self, reason: str) -> None:
        try:
            self._files.output("failure-reason", reason)
        except OSError as error:
            self._commands.warning(f"The outputs could not be written: {error}.", title="outputs")

    def _mask(self) -> None:
        """Hide every secret before anything else is printed, wherever it came from."""
        for secret in secrets_of(self._world.environ):
            register(secret)
            self._commands.mask(secret)

    def _explain(self, error: LukhasNotionError) -> None:
        said = "\n".join(filter(None, (error.message, error.remedy)))
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
        tokens = bool(inputs.notion_token or inputs.github_token)
        what = activity(event, inputs.mode, tokens=tokens)
        self._commands.log(f"{event.name}: {what.kind.value}")
        github = GitHubContext(self._world, inputs, event, self._commands)
        # The image has no git.
        self._world.outside.absent = github.or_ask_github(self._world.outside.absent)
        publisher = Publisher(github, self._files)
        task = Task(github, what, publisher)
        if what.kind is ActivityKind.COMMENT:
            return self._post(github, publisher)
        try:
            try:
                github.loaded = self._config(inputs, event)
                publisher.check()
                if what.kind is ActivityKind.VERIFY:
                    return self._verify(github, publisher)
                if what.kind is ActivityKind.DOCTOR:
                    return self._examine(github, publisher)
                result, scope = task.run()
            except Exception as error:
                publisher.failed(error, what, task.failed(error))
                raise
            reason, code = self._verdict(result, publisher, inputs)
            publisher.publish(result, what, scope, task.against_base, reason)
        finally:
            with github.telling("ownership of what was written"):
                publisher.hand_over()
        return reason, code

    def _post(self, github: GitHubContext, publisher: Publisher) -> tuple[str, int]:
        from lukhas_notion.action_comment import post

        return post(github, publisher)

    def _verify(self, github: GitHubContext, publisher: Publisher) -> tuple[str, int]:
        from lukhas_notion.action_verify import VerifyTask

        return VerifyTask(github, publisher).run()

    def _examine(self, github: GitHubContext, publisher: Publisher) -> tuple[str, int]:
        from lukhas_notion.action_doctor import examine

        return examine(github, publisher)

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
            source=inputs.source or None,
            adopt_from=(inputs.adopt_from,) if inputs.adopt_from else (),
        )
        environ = {**self._world.environ, "NOTION_TOKEN": inputs.notion_token}
        return load(flags, environ)

    def _verdict(self, result: RunResult, publisher: Publisher, inputs: Inputs) -> tuple[str, int]:
        """Return the failure reason and the exit code: the first that applies."""
        from lukhas_notion.plan import ChangeKind

        if publisher.ledger_error:
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
    _begun: tuple[Run, SyncOptions] | None = None

    def run(self) -> tuple[RunResult, Scope]:
        """Validate, preview or apply, as the activity says."""
        if self.activity.kind is ActivityKind.PREVIEW and self.github.config.token:
            return self._preview()
        scope = self._scope()
        if self.activity.kind is ActivityKind.VALIDATE:
            return self._check(scope), scope
        if self.activity.kind is ActivityKind.PREVIEW:
            return self._without_notion(scope), scope
        runner, options = self._runner(), self._options(scope, dry_run=False)
        with self.publisher.ledger(keep=True):
            self._begun = runner, options
            with runner.recorded(options):
                reviewed = self.publisher.reviewed()
            return self._sync(runner, replace(options, reviewed=reviewed)), scope

    def _preview(self) -> tuple[RunResult, Scope]:
        """Ask Notion, and meanwhile GitHub for what the pull request changes."""
        runner = self._runner()
        with ExitStack() as stack:
            stack.enter_context(runner.ahead())
            # The merge will have it, and it says which pages may be in the trash.
            runner.config = stack.enter_context(self.publisher.ledger())
            scope = self._scope()
            options = replace(self._options(scope, dry_run=True), base=self._base(scope))
            return self._sync(runner, options), scope

    def _base(self, scope: Scope) -> Base | None:
        """Return the touched manifests on the base branch, by which retitled pages are found."""
        from lukhas_notion.base_preview import base_of

        if scope.paths is None:
            return None
        return base_of(self.github.config, scope, self.github.read_base)

    def _sync(self, runner: Run, options: SyncOptions) -> RunResult:
        self._begun = runner, options
        return runner.sync(options)

    def failed(self, error: Exception) -> RunResult | None:
        """Return the result of a run that an error ended, None where it had not begun."""
        if self._begun is None or not isinstance(error, LukhasNotionError):
            return None
        runner, options = self._begun
        return runner.failed(options, error)

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
            add_properties=self.github.inputs.add_properties,
            archive_removed=self.github.inputs.archive_removed,
            force=self.github.inputs.force,
        )

    def _scope(self) -> Scope:
        pull = self.github.event.pull
        if self.activity.whole or pull is None:
            return Scope(why=f"{self.github.event.name} concerns the whole repository")
        from lukhas_notion.github.changed import changed_files

        inputs = self.github.inputs
        try:
            changed = changed_files(self.github.pull(), pull.head_sha)
        except (GitHubDenied, GitHubMissing) as error:
            self._warn("The pull request's files could not be listed", error)
            return Scope(why="it is not known which files the pull request changes", known=False)
        return scope_of(
            self.github.config,
            changed,
            self.github.top,
            inputs.scope,
            removals=inputs.archive_removed and self.activity.kind is not ActivityKind.VALIDATE,
        )

    def _without_notion(self, scope: Scope) -> RunResult:
        """Preview against the base branch: a fork has no token for Notion.

        Where the base branch cannot be read, or what changes is not known, the manifests are
        validated alone.
        """
        from lukhas_notion.base_preview import preview_against_base

        github = self.github
        if github.event.pull is None:
            raise ConfigError(
                "The input notion-token is empty, so there is nothing to compare with.",
                "Set the secret and hand it over as `notion-token`, or use `mode: validate`.",
            )
        if not scope.known:
            return self._check(scope)
        try:
            result = preview_against_base(
                self._runner(), scope, github.read_base, backfill=github.inputs.backfill
            )
        except GitHubDenied as error:
            self._warn(
                "The base branch could not be read, so the manifests are only checked", error
            )
            return self._check(scope)
        self.against_base = True
        return result

    def _check(self, scope: Scope) -> RunResult:
        return self._runner().check(SyncOptions(paths=scope.paths, present=scope.present))

    def _warn(self, what: str, error: GitHubError) -> None:
        said = f"{what}: {error.message} {error.remedy}".strip()
        self.github.commands.warning(said, title="GitHub")
