"""Write for the runner: commands in a step's output, its outputs, and its summary.

``::name key=value::message`` is a command at the beginning of a line; ``##[name]`` is one anywhere
in it (actions/runner, ActionCommand.cs, FileCommandManager.cs). So untrusted text is escaped before
it is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal, TypeVar

from lukhas_notion.github.comment_text import Limit, Part, fit, utf8_bytes
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.runtime import SafeStream
from lukhas_notion.util.sanitize import (
    redact,
    terminal,
    terminal_block,
    workflow_data,
    workflow_property,
)

_T = TypeVar("_T")

#: The runner shows ten annotations of a kind for a step, and drops the others without a message.
ANNOTATIONS = 10
#: The runner cuts an annotation's message after this many characters.
LONGEST_MESSAGE = 4096
_CUT = " … (cut; the whole is in the summary)"
#: The runner drops the whole summary of a step that is larger than this, in bytes.
SUMMARY_LIMIT = 1024 * 1024
_TRIES = 5

#: The outputs of the Action.
OUTPUTS = {
    "changes": "Whether the plan has anything to do: `true` or `false`.",
    "created": "Pages created; in a dry run, pages that would be created.",
    "updated": "Pages updated; in a dry run, pages that would be updated.",
    "adopted": "Pages that got a record of their manifest and nothing else; in a dry run, pages "
    "that would get one.",
    "restored": "Pages taken out of the trash; in a dry run, pages that would be taken out.",
    "archived": "Pages moved to the trash; in a dry run, pages that would be moved.",
    "skipped": "Pages that were not changed, because their provenance SHA matches.",
    "drifted": "Pages that were edited in Notion.",
    "orphans": "Pages without a manifest, except those of other repositories.",
    "violations": "Violations found.",
    "unapplied": "Planned changes that are not in Notion.",
    "findings": "With `mode: verify`: the number of differences between repository, Notion and "
    "ledger; with `mode: doctor`: the number of problems.",
    "plan-digest": "SHA-256 of the plan's operations; empty without a plan.",
    "report-path": "The Markdown report, relative to the workspace.",
    "plan-path": "The same as JSON, plan and outcomes included, relative to the workspace.",
    "ledger-path": "The ledger, relative to the workspace; empty when there is none.",
    "comment-url": "The pull request's comment; empty when there is none.",
    "comment-posted": "Whether the comment exists and is up to date: `true` or `false`.",
    "issue-url": "With `mode: verify`: the issue that reports the differences; empty without one.",
    "failure-reason": "Why the run failed; empty when it did not.",
}

#: The values of the output ``failure-reason``.
FAILURE_REASONS = {
    "": "The run did not fail.",
    "configuration": "An input, the configuration, the token or the database is wrong.",
    "violations": "The gates found violations; nothing was written.",
    "unapplied": "Some planned changes are not in Notion.",
    "plan-changed": "The plan is not the reviewed one, or none was reviewed; nothing was written.",
    "options": "The requested options cannot be removed; nothing was written.",
    "guard": "The plan removes or restores unusually many pages, and `force` does not allow it.",
    "conflict": "Pages in Notion have a module's title and are not its own; it was not written.",
    "set-up": "With `mode: doctor`: the set-up has a problem.",
    "out-of-sync": "With `mode: verify`: repository, Notion and ledger differ.",
    "drift": "Pages were edited in Notion, and `fail-on-drift` is set.",
    "notion": "Notion could not be read.",
    "github": "GitHub could not be reached, or did not respond.",
    "ledger": "The ledger could not be written or stored.",
    "stopped": "The run was cancelled, or its deadline passed.",
    "internal": "A bug of this Action; please report it.",
}


class Commands:
    """Writes workflow commands and log lines to the step's output."""

    def __init__(self, stream: IO[str] | None) -> None:
        # A log that cannot be written must not stop an apply.
        self._stream = SafeStream(stream)

    def log(self, text: str) -> None:
        """Print untrusted text."""
        self._print(terminal_block(text))

    def mask(self, secret: str) -> None:
        """Make the runner mask a secret in all later output."""
        for line in secret.splitlines():
            if line.strip():
                self._write(f"::add-mask::{workflow_data(line)}")

    def warning(self, message: str, *, title: str = "") -> None:
        """Annotate the run with a warning."""
        self._command("warning", message, {"title": title})

    def error(
        self, message: str, *, file: str = "", line: int = 0, column: int = 0, title: str = ""
    ) -> None:
        """Annotate the run, or a line of a file, with an error."""
        place = {"file": file, "line": str(line or ""), "col": str((column if line else 0) or "")}
        self._command("error", message, {**place, "title": title})

    def annotate(self, violations: Sequence[Violation], *, prefix: str = "") -> None:
        """Annotate the lines of violations.

        Args:
            violations: the violations.
            prefix: the root's folder inside the workspace, "" or ending in a slash.
        """

        def annotate(v: Violation) -> None:
            message = f"{v.message}\n{v.advice}" if v.advice else v.message
            self.error(
                message, file=f"{prefix}{v.path}", line=v.line, column=v.column, title=v.rule
            )

        self.annotate_each(sorted(violations), annotate, "violations")

    def annotate_each(
        self,
        items: Sequence[_T],
        annotate: Callable[[_T], None],
        plural: str,
        level: Literal["warning", "error"] = "error",
    ) -> None:
        """Annotate all items, or nine and the number of the others.

        Args:
            items: the items.
            annotate: makes the annotation of one item.
            plural: the word for the items.
            level: the level of the annotation with the number of the others.
        """
        shown = items if len(items) <= ANNOTATIONS else items[: ANNOTATIONS - 1]
        for item in shown:
            annotate(item)
        if len(shown) < len(items):
            message = f"{len(items) - len(shown)} more {plural}, in the summary."
            self._command(level, message, {"title": f"more {plural}"})

    def _command(self, name: str, message: str, properties: dict[str, str]) -> None:
        joined = ",".join(
            f"{key}={workflow_property(terminal(value))}"
            for key, value in properties.items()
            if value
        )
        text = terminal_block(redact(message))
        if len(text) > LONGEST_MESSAGE:
            text = text[: LONGEST_MESSAGE - len(_CUT)] + _CUT
        self._print(f"::{name}{' ' if joined else ''}{joined}::{workflow_data(text)}")

    def _print(self, line: str) -> None:
        self._write(redact(line))

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()


class FileCommands:
    """Writes to the files that the runner names in the environment, if it names any.

    Args:
        environ: the step's environment.
        random_hex: makes a delimiter that untrusted text cannot predict.
    """

    def __init__(self, environ: Mapping[str, str], random_hex: Callable[[], str]) -> None:
        self._outputs = environ.get("GITHUB_OUTPUT", "")
        self._summary = environ.get("GITHUB_STEP_SUMMARY", "")
        self._random_hex = random_hex

    def output(self, name: str, value: str) -> None:
        """Set an output of the step; its value may have any characters.

        Raises:
            LukhasNotionError: the value contains every delimiter that was tried.
        """
        if not self._outputs:
            return
        value = redact(value)
        for _ in range(_TRIES):
            delimiter = f"lukhas_notion_{self._random_hex()}"
            if delimiter not in value and delimiter not in name:
                break
        else:
            raise LukhasNotionError(f"The output {name} cannot be written: its value is hostile.")
        _append(self._outputs, f"{name}<<{delimiter}\n{value}\n{delimiter}\n")

    def outputs(self, values: Mapping[str, str]) -> None:
        """Set several outputs; of an output that is set twice the last value counts."""
        for name, value in values.items():
            self.output(name, value)

    def summary(self, markdown: str) -> None:
        """Append Markdown to the step's summary, cut to the runner's limit."""
        if not self._summary:
            return
        path = Path(self._summary)
        used = path.stat().st_size if path.exists() else 0
        limit = Limit(SUMMARY_LIMIT - used - 1, utf8_bytes)
        if limit.size > 0:
            text = fit([Part(markdown.rstrip("\n"))], *limit)
            _append(self._summary, redact(text) + "\n")


def _append(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)
