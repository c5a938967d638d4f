"""Measure one command in a new process: seconds, processor time, peak memory, exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_CHILD = Path(__file__).with_name("child.py")
_FOREIGN = ("NOTION_", "GITHUB_", "INPUT_", "RUNNER_", "PYTHON")
"""What the environment may have that a command, or its Python, would take for its own settings."""


@dataclass(frozen=True)
class Sample:
    """One run of one row.

    Args:
        seconds: wall clock, from the start of the process to its end.
        mib: its peak resident memory.
        code: its exit code.
        requests: how many requests of each kind Notion had.
        statuses: how often each status other than 200 was answered.
        window_use: of each full trailing minute, the share of the allowed requests that was
            sent: mean and least; None for a run that was shorter.
        processor: seconds of processor time, its own and not Notion's.
    """

    seconds: float
    mib: float
    code: int
    requests: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    window_use: tuple[float, float] | None = None
    processor: float = 0.0

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return sum(self.requests.values())

    def as_json(self) -> dict[str, Any]:
        """Return the sample as JSON data."""
        return asdict(self)


class FailedError(Exception):
    """A command did not end as it must, so that its figures mean nothing."""


def measure(
    command: Sequence[str],
    *,
    cwd: Path,
    environ: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> Sample:
    """Run a command to its end.

    Args:
        command: the program and its arguments.
        cwd: where to run it.
        environ: what to add to a clean environment.
        codes: the exit codes that are no failure.

    Raises:
        FailedError: it ended with another exit code; its last words are in the message.
    """
    with tempfile.TemporaryDirectory() as folder:
        result, log = Path(folder, "result.json"), Path(folder, "log")
        with log.open("wb") as written:
            subprocess.run(
                [sys.executable, "-I", "-S", str(_CHILD), str(result), *command],
                cwd=cwd,
                env={**clean_environ(), **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                check=True,
            )
        told = json.loads(result.read_text(encoding="utf-8"))
        if told["code"] not in codes:
            last = log.read_bytes().decode(errors="replace")[-2_000:]
            shown = " ".join(command[:6])
            raise FailedError(f"{shown} … ended with exit code {told['code']}:\n{last}")
    return Sample(told["seconds"], told["mib"], told["code"], processor=told["processor"])


def clean_environ() -> dict[str, str]:
    """Return this process's environment without what a command would take for its settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
