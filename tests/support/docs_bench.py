"""What the sessions of all pages share: the commands on their path, and the process behind them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from support import docs_server as support_docs_server
from support.docs import PROJECT


@dataclass
class Bench:
    """What all sessions share: the commands on their path, and the process behind them."""

    _stack: ExitStack = field(default_factory=ExitStack)
    _closed: list[Future[None]] = field(default_factory=list)

    def __enter__(self) -> Bench:
        # Not a folder of the test's own: the path of a socket has to be short.
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="docs-")))
        self.bin = folder / "bin"
        self.bin.mkdir()
        client = folder / "client.py"
        client.write_text(support_docs_server.CLIENT)
        path = str(folder / "socket")
        self._script(
            "lukhas-notion",
            # The emulator goes on running, and is stopped by a signal of its own.
            f'[ "$1" != emulator ] || exec {sys.executable} -m lukhas_notion "$@"',
            f'exec {sys.executable} -I -S {client} {path} "$@"',
        )
        self._script("python3", f'exec {sys.executable} "$@"')
        self._script("pytest", f'exec {sys.executable} -m pytest "$@"')
        server = subprocess.Popen(
            [sys.executable, "-m", support_docs_server.__name__, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONUTF8": "1",
                "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "tests")]),
            },
            text=True,
        )
        # It ends when its standard input does.
        self._stack.callback(server.communicate)
        self._closing = self._stack.enter_context(ThreadPoolExecutor())
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        for closed in self._closed:
            closed.result()

    def close(self, stack: ExitStack) -> None:
        """Close what a session leaves behind, while the next session is at work."""
        self._closed.append(self._closing.submit(stack.close))

    def _script(self, name: str, *lines: str) -> None:
        script = self.bin / name
        script.write_text("\n".join(("#!/bin/sh", *lines, "")))
        script.chmod(0o755)
