"""The context of a command: the runtime, the output streams, and the configuration."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from lukhas_notion.config.config import Config, load
from lukhas_notion.config.settings import Flags
from lukhas_notion.report.screen import Line, Screen, Style
from lukhas_notion.sync.preconditions import require_ledger
from lukhas_notion.util.runtime import Runtime, SafeStream
from lukhas_notion.util.sanitize import json_document, redact, register, secrets_of


class Context:
    """One invocation of the command line.

    Args:
        runtime: clock, environment, network.
        stdout: for the result; None if it is closed.
        stderr: for progress, notices and errors.
    """

    def __init__(self, runtime: Runtime, stdout: IO[str] | None, stderr: IO[str] | None) -> None:
        self.runtime = runtime
        self.stdout = SafeStream(stdout)
        self.stderr = SafeStream(stderr)
        self._screens: dict[SafeStream, Screen] = {}
        #: Whether stdout must have nothing but JSON (``--json``).
        self.machine = False
        #: Whether the command writes to Notion.
        self.writes = False
        #: Whether stdout must have nothing but a report (``--report-md -``).
        self.stdout_is_taken = False
        register(*secrets_of(runtime.environ))

    @property
    def screen(self) -> Screen:
        """The screen for readable lines; on stderr if stdout is for JSON or a report."""
        return self._screen(self.stderr if self.machine or self.stdout_is_taken else self.stdout)

    def _screen(self, stream: SafeStream) -> Screen:
        if stream not in self._screens:
            self._screens[stream] = Screen(stream, self.stderr, self.runtime.environ)
        return self._screens[stream]

    def say(self, line: str | Line = "") -> None:
        """Print a readable line."""
        self.screen.say(line)

    def say_error(self, message: str, remedy: str) -> None:
        """Print an error and what to do about it on stderr; both may have several lines."""
        screen = self._screen(self.stderr)
        head, *lines = message.split("\n")
        screen.say(Line((("error:", Style.ERROR), (f" {head}", "")), indent=7))
        for line in (*lines, *(f"  {remedy}".split("\n") if remedy else ())):
            screen.say(Line(((line, ""),), indent=2))

    def keep_stdout_free(self) -> None:
        """Print readable lines on stderr from now on: stdout is for a report."""
        self.stdout_is_taken = True

    def emit(self, document: dict[str, Any]) -> None:
        """Print the JSON document if ``--json`` is given."""
        if self.machine:
            print(redact(json_document(document)), file=self.stdout)

    def exit_code(self, code: int) -> int:
        """Return ``code``, or the exit code of the signal after Ctrl-C or SIGTERM."""
        return self.runtime.stop_code if self.runtime.stop.is_set() else code

    @contextmanager
    def stoppable(self, *, writes: bool) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM end the run after the requests in flight, with a report."""
        self.writes = writes
        handler = self.runtime.signalled
        before = {each: signal.signal(each, handler) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, earlier in before.items():
                signal.signal(each, earlier)


def configure(args: argparse.Namespace, context: Context, text: str | None = None) -> Config:
    """Return the configuration from the file, the environment and the arguments.

    ``text`` replaces the file, if it does not exist yet.
    """
    get = vars(args).get
    flags = Flags(
        root=args.root,
        config=args.config,
        database=get("database"),
        data_source=get("data_source"),
        api_url=get("api_url"),
        rate_limit=get("rate_limit"),
        concurrency=get("concurrency"),
        max_retries=get("max_retries"),
        deadline=get("deadline"),
        ledger=get("ledger"),
        source=get("source"),
        adopt_from=tuple(get("adopt_from") or ()),
    )
    config = load(flags, context.runtime.environ, text)
    if "ledger" in vars(args):
        require_ledger(config)
    return config
