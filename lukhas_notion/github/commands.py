"""Workflow commands: what the runner reads out of a step's output.

``::name key=value::message`` is a command at the beginning of a line; ``##[name]`` is one anywhere
in it (actions/runner, ActionCommand.cs). So a stranger's text is printed only escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from lukhas_notion.manifests.violation import Violation
from lukhas_notion.util.redaction import redact
from lukhas_notion.util.sanitize import (
    terminal,
    terminal_block,
    workflow_data,
    workflow_property,
)
from lukhas_notion.util.streams import SafeStream

#: The runner shows ten annotations of a kind for a step, and drops the rest in silence.
ANNOTATIONS = 10
#: The runner cuts an annotation's message there.
LONGEST_MESSAGE = 4096
_CUT = " … (cut; the whole is in the summary)"


class Commands:
    """Writes workflow commands and log lines to the step's output."""

    def __init__(self, stream: IO[str] | None) -> None:
        # A log that cannot be written must not stop an apply.
        self._stream = SafeStream(stream)

    def log(self, text: str) -> None:
        """Print text that a stranger may have written."""
        self._print(terminal_block(text))

    def mask(self, secret: str) -> None:
        """Make the runner replace a secret in everything that follows."""
        for line in secret.splitlines():
            if line.strip():
                self._write(f"::add-mask::{workflow_data(line)}")

    def group(self, title: str) -> None:
        """Begin a part of the log that can be folded."""
        self._print(f"::group::{workflow_data(terminal(title))}")

    def endgroup(self) -> None:
        """End the part."""
        self._print("::endgroup::")

    def debug(self, message: str) -> None:
        """Print a line that shows only where debug logging is on."""
        self._command("debug", message, {})

    def notice(self, message: str, *, title: str = "") -> None:
        """Annotate the run with something to know."""
        self._command("notice", message, {"title": title})

    def warning(self, message: str, *, title: str = "") -> None:
        """Annotate the run with something to look at."""
        self._command("warning", message, {"title": title})

    def error(
        self, message: str, *, file: str = "", line: int = 0, column: int = 0, title: str = ""
    ) -> None:
        """Annotate the run, or a place in a file, with an error."""
        place = {"file": file, "line": str(line or ""), "col": str((column if line else 0) or "")}
        self._command("error", message, {**place, "title": title})

    def annotate(self, violations: Sequence[Violation], *, prefix: str = "") -> None:
        """Put violations on their lines: all of them, or nine and how many more there are.

        Args:
            violations: what to show.
            prefix: the root's folder inside the workspace, "" or ending in a slash.
        """
        ordered = sorted(violations)
        shown = ordered if len(ordered) <= ANNOTATIONS else ordered[: ANNOTATIONS - 1]
        for v in shown:
            said = f"{v.message}\n{v.advice}" if v.advice else v.message
            self.error(said, file=f"{prefix}{v.path}", line=v.line, column=v.column, title=v.rule)
        if len(shown) < len(ordered):
            self.error(
                f"{len(ordered) - len(shown)} more violations, in the summary.",
                title="more violations",
            )

    def _command(self, name: str, message: str, properties: dict[str, str]) -> None:
        said = ",".join(
            f"{key}={workflow_property(terminal(value))}"
            for key, value in properties.items()
            if value
        )
        text = terminal_block(redact(message))
        if len(text) > LONGEST_MESSAGE:
            text = text[: LONGEST_MESSAGE - len(_CUT)] + _CUT
        self._print(f"::{name}{' ' if said else ''}{said}::{workflow_data(text)}")

    def _print(self, line: str) -> None:
        self._write(redact(line))

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()
