"""The runner's files: outputs and the step summary (actions/runner, FileCommandManager.cs)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lukhas_notion.github.fit_text import (
    Limit,
    Section,
    fit,
    utf8_bytes,
)
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.redaction import redact

#: Over this, in bytes and for each step, the runner drops the whole summary.
SUMMARY_LIMIT = 1024 * 1024
_TRIES = 5


class FileCommands:
    """Writes to the files that the runner names in the environment; without them, nowhere.

    Args:
        environ: the step's environment.
        random_hex: makes a delimiter that a stranger's text cannot foresee.
    """

    def __init__(self, environ: Mapping[str, str], random_hex: Callable[[], str]) -> None:
        self._outputs = environ.get("GITHUB_OUTPUT", "")
        self._summary = environ.get("GITHUB_STEP_SUMMARY", "")
        self._random_hex = random_hex

    def output(self, name: str, value: str) -> None:
        """Set an output of the step, whatever characters its value has.

        Raises:
            LukhasNotionError: no delimiter could be found that the value does not contain.
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
        """Set several outputs. An output that is set again has its last value."""
        for name, value in values.items():
            self.output(name, value)

    def summary(self, markdown: str) -> None:
        """Append Markdown to the step's summary, as far as the runner keeps it."""
        if not self._summary:
            return
        path = Path(self._summary)
        there = path.stat().st_size if path.exists() else 0
        limit = Limit(SUMMARY_LIMIT - there - 1, utf8_bytes)
        if limit.size > 0:
            text = fit([Section(markdown.rstrip("\n"))], *limit)
            _append(self._summary, redact(text) + "\n")


def _append(path: str, text: str) -> None:
    with Path(path).open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)
