"""The entry point of the Docker action and the composite action.

:func:`main` builds everything outside the package and passes it to :class:`Action`.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lukhas_notion import __version__
from lukhas_notion.action.context import ActionRuntime, GitHubContext
from lukhas_notion.action.modes import SyncMode, examine, verify
from lukhas_notion.action.publish import Publisher, comment_outputs
from lukhas_notion.action.repeats import require_newest
from lukhas_notion.action.untrusted_preview import post_for_run
from lukhas_notion.config.config import Config, Flags, load, notion_id
from lukhas_notion.github.event import Activity, ActivityKind, Event, activity
from lukhas_notion.github.inputs import Inputs
from lukhas_notion.github.runner import Commands, FileCommands
from lukhas_notion.github.stored_files import download
from lukhas_notion.sync.result import Verdict
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.git import Checkouts
from lukhas_notion.util.network import Trust
from lukhas_notion.util.runtime import Runtime, SafeStream
from lukhas_notion.util.sanitize import guard_tracebacks, register, secrets_of

if TYPE_CHECKING:
    from github.Repository import Repository


def main() -> int:
    """Run the Action in this process's environment and return its exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    guard_tracebacks()
    log = SafeStream(sys.stdout)
    log.write(f"lukhas-notion {__version__}\n")
    environ = dict(os.environ)
    git = Checkouts(environ, trusted=True)
    runtime = Runtime(
        environ,
        commit=lambda _: environ.get("GITHUB_SHA", ""),
        committed=git.committed,
        origin=git.origin,
        absent=git.absent,
    )
    # A cancelled workflow finishes its requests in flight and records its outcomes.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, runtime.signalled)
    action_runtime = ActionRuntime(
        environ,
        sys.stdout,
        runtime,
        lambda *asked: _open(*asked, trust=Trust.from_environ(environ)),
        download=lambda *asked: download(*asked, trust=Trust.from_environ(environ)),
    )
    try:
        return Action(action_runtime).run()
    finally:
        log.settle()


def _open(token: str, api_url: str, name: str, *, trust: Trust) -> Repository:
    from lukhas_notion.github.connection import open_repository

    return open_repository(token, api_url=api_url, repository=name, trust=trust)


class Action:
    """One run of the Action."""

    def __init__(self, action_runtime: ActionRuntime) -> None:
        self._action_runtime = action_runtime
        self._runtime = action_runtime.runtime
        self._commands = Commands(action_runtime.stdout)
        self._files = FileCommands(action_runtime.environ, action_runtime.random_hex)

    def run(self) -> int:
        """Run the mode of event and inputs; ``failure-reason`` is an output in any case."""
        self._mask()
        reason, code = "", 0
        try:
            verdict = self._run()
            reason, code = verdict.reason, verdict.exit_code
        except LukhasNotionError as error:
            reason, code = error.reason, error.exit_code
            text = "\n".join(filter(None, (error.message, error.remedy)))
            self._commands.error(text, title="lukhas-notion")
            self._commands.log(text)
        except Exception as error:
            reason, code = "internal", 1
            self._commands.error(
                f"A bug in lukhas-notion: {type(error).__name__}. Please report it.",
                title="internal error",
            )
            self._commands.log("".join(traceback.format_exception(error)))
        finally:
            try:
                self._files.output("failure-reason", reason)
            except OSError as error:
                warning = f"The outputs could not be written: {error}."
                self._commands.warning(warning, title="outputs")
        return self._runtime.stop_code if self._runtime.stop.is_set() else code

    def _mask(self) -> None:
        """Mask every secret before anything else is printed."""
        for secret in secrets_of(self._action_runtime.environ):
            register(secret)
            self._commands.mask(secret)

    def _run(self) -> Verdict:
        environ = self._action_runtime.environ
        # Checked first, so that the error does not depend on the service that is asked first.
        Trust.from_environ(environ)
        inputs, wrong = Inputs.from_environ(environ)
        event = Event.from_environ(environ, lambda path: Path(path).read_bytes())
        tokens = bool(inputs.notion_token or inputs.github_token)
        what = activity(event, inputs.mode, tokens=tokens)
        self._commands.log(f"{event.name}: {what.kind.value}")
        github = GitHubContext(self._action_runtime, inputs, event, self._commands)
        # The image has no git.
        self._runtime.absent = github.or_ask_github(self._runtime.absent)
        publisher = Publisher(github, self._files)
        if what.kind is ActivityKind.COMMENT:
            if wrong is not None:
                raise wrong
            publisher.outputs(comment_outputs(""))
            publisher.outputs(comment_outputs(post_for_run(github)))
            return Verdict("")
        try:
            return self._in_workspace(github, what, publisher, wrong)
        finally:
            with github.reporting("ownership of what was written"):
                publisher.chown_outputs()

    def _in_workspace(
        self, github: GitHubContext, what: Activity, publisher: Publisher, wrong: Exception | None
    ) -> Verdict:
        """Run a mode that reads the checkout; ``wrong`` is an error in the inputs."""
        mode = SyncMode(github, what, publisher)
        try:
            if wrong is not None:
                raise wrong
            github.loaded = self._config(github.inputs, github.event)
            publisher.check()
            repairs = what.kind is ActivityKind.VERIFY and github.inputs.repair
            if what.writes or repairs:
                require_newest(github)
            if what.kind is ActivityKind.VERIFY:
                return verify(github, publisher)
            if what.kind is ActivityKind.DOCTOR:
                return examine(github, publisher)
            result, scope = mode.run()
        except Exception as error:
            publisher.failed(error, what, mode.failed(error))
            raise
        drift, problem = github.inputs.fail_on_drift, publisher.ledger_error
        result = replace(result, fails_on_drift=drift, ledger_problem=problem)
        publisher.publish(result, what, scope, mode.against_base)
        return result.verdict()

    def _config(self, inputs: Inputs, event: Event) -> Config:
        # Checked here, so that the error names the input and not the setting.
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
        environ = {**self._action_runtime.environ, "NOTION_TOKEN": inputs.notion_token}
        return load(flags, environ)
