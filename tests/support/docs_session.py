"""A page's session: one shell, one folder, one Notion, and the output compared with the page's."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lukhas_notion.cli.emulator import create_database
from lukhas_notion.config.config import Flags, load
from lukhas_notion.emulator import Emulator, serve
from support.docs import PROJECT, Block, Marker
from support.docs_bench import Bench
from support.docs_console import MismatchError, commands, matches
from support.ports import free_port
from support.threads import PATIENCE
from support.workplace import EXAMPLE

MARK = "=== ended with"
PORT = "127.0.0.1:8377"


@dataclass
class Session:
    """One shell in a folder of its own.

    Args:
        bench: what all sessions share.
        home: an empty folder.
        kind: ``empty``; ``example``: the example repository before an empty database, with the
            settings exported; ``synced``: the same with everything in Notion; ``checkout``: the
            folders of examples as a checkout of this project has them.
    """

    bench: Bench
    home: Path
    kind: str
    notion: Emulator | None = None
    port: int = 0
    steps: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Session:
        environ = {
            "PATH": f"{self.bench.bin}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(PROJECT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPYCACHEPREFIX": os.environ.get("PYTHONPYCACHEPREFIX", ""),
        }
        folder = self.home / "repository"
        if self.kind == "empty":
            folder.mkdir()
        elif self.kind in ("example", "synced"):
            shutil.copytree(EXAMPLE, folder)
            environ |= self._serve()
        elif self.kind == "checkout":
            for name in ("examples", "docs/examples"):
                shutil.copytree(PROJECT / name, folder / name)
            environ |= self._serve()
        else:
            raise MismatchError(f"there is no session of the kind {self.kind!r}")
        self._environ = environ
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environ,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        if self.kind == "synced":
            status, output = self.run("lukhas-notion sync --all --backfill\n")
            assert status == 0, output
        return self

    def __exit__(self, *_: object) -> None:
        # With whatever a block has left in the background.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.communicate()
        self.bench.close(self._stack)

    def _serve(self) -> dict[str, str]:
        self.notion = self._stack.enter_context(Emulator(requests_per_minute=None))
        shape = load(Flags(root=str(EXAMPLE)), {})
        database = create_database(self.notion, shape)
        url = self._stack.enter_context(serve(self.notion))
        self.port = int(url.rsplit(":", 1)[1])
        return {
            "NOTION_API_URL": url,
            "NOTION_TOKEN": self.notion.token,
            "NOTION_DATABASE_ID": database,
        }

    def play(self, each: Block | Marker) -> None:
        """Do what one part of the page says.

        Raises:
            MismatchError: it fails, or its output is not what the page shows.
        """
        if isinstance(each, Marker):
            self._in_notion(json.loads(each.value))
        elif "file" in each.markers:
            self._write(each.markers["file"], each.text)
        elif "terminal" in each.markers:
            self._start(each)
        else:
            self._play_shell(each)

    def run(self, script: str) -> tuple[int, str]:
        """Run a script in the shell; return its exit code and its output, both streams in one."""
        self.steps += 1
        file = self.home / f"step-{self.steps}.sh"
        file.write_text(script.replace(PORT, f"127.0.0.1:{self.port}"), encoding="utf-8")
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        # The status is kept, so that the next command can ask for it.
        self._shell.stdin.write(
            f"(exit ${{kept:-0}}); . {file} </dev/null; kept=$?; printf '\\n{MARK} %s\\n' $kept\n"
        )
        self._shell.stdin.flush()
        lines: list[str] = []
        timer = threading.Timer(5 * PATIENCE, self._shell.kill)
        timer.start()
        try:
            for line in self._shell.stdout:
                if line.startswith(MARK):
                    output = "".join(lines)
                    return int(line.split()[-1]), self._shown(output.removesuffix("\n"))
                lines.append(line)
        finally:
            timer.cancel()
        raise MismatchError("the shell ended:\n" + "".join(lines))

    def _shown(self, output: str) -> str:
        """Return output as a page shows it: another port stands for the usual one."""
        if not self.port:
            return output
        return output.replace(f"127.0.0.1:{self.port}", PORT)

    def _play_shell(self, block: Block) -> None:
        failed = ""
        for command, shown in commands(block):
            if failed and command.strip() != "echo $?":
                break
            script = command if shown is not None else f"set -e\n{command}set +e\n"
            status, output = self.run(script)
            failed = f"{command}ended with {status}:\n{output}" if status else ""
            if shown is not None and not matches(shown, output.splitlines()):
                wanted = "\n".join(shown)
                raise MismatchError(
                    f"line {block.line}: {command}is shown with\n{wanted}\nbut says\n{output}"
                )
        if failed:
            raise MismatchError(f"line {block.line}: {failed}")

    def _write(self, name: str, text: str) -> None:
        _, folder = self.run("pwd\n")
        file = Path(folder.strip()) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def _start(self, block: Block) -> None:
        """Start a command in a terminal of its own and wait for the output that is shown."""
        [(command, shown)] = commands(block)
        self.port = free_port()
        words = shlex.split(command)
        if words[:2] != ["lukhas-notion", "emulator"]:
            raise MismatchError(f"line {block.line}: only the emulator runs in its own terminal")
        _, folder = self.run("pwd\n")
        process = subprocess.Popen(
            [*words, "--port", str(self.port)],
            executable=self.bench.bin / words[0],
            cwd=folder.strip(),
            env=self._environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._stack.callback(_end, process)
        assert process.stdout is not None
        lines = [self._shown(process.stdout.readline()) for _ in shown or range(4)]
        if shown and not matches(shown, lines):
            raise MismatchError(f"line {block.line}: {command}says\n{''.join(lines)}")

    def _in_notion(self, done: dict[str, Any]) -> None:
        """Do what a person does in Notion with a page or a property."""
        notion = self.notion
        assert notion is not None, "nobody is in Notion before there is one"
        pages = {page["Module"]: page["id"] for page in notion.pages()}
        if module := done.pop("edit", ""):
            notion.edit_page(pages[module], done)
        elif module := done.pop("trash", ""):
            notion.trash_page(pages[module])
        elif done.pop("add", ""):
            source = next(iter(notion.workspace.store.data_sources))
            notion.create_page(source, done)
        elif name := done.pop("rename property", ""):
            notion.rename_property(name, done["to"])
        else:
            raise MismatchError(f"nobody does this in Notion: {done}")


def play(bench: Bench, folder: Path, parts: Iterator[Block | Marker]) -> int:
    """Play a page's parts in order, in one session after another; return how many were played.

    A page that names no session has one with the example repository.
    """
    played, sessions = 0, 0
    with ExitStack() as stack:
        session: Session | None = None
        kind = "example"
        for each in parts:
            if isinstance(each, Marker) and each.key == "session":
                stack.close()
                session, kind = None, each.value
                continue
            if isinstance(each, Block) and not each.runs:
                continue
            if session is None:
                sessions += 1
                home = folder / f"session-{sessions}"
                home.mkdir()
                session = stack.enter_context(Session(bench, home, kind))
            session.play(each)
            played += 1
    return played


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=PATIENCE)
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
