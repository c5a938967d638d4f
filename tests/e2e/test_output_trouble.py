"""Trouble with standard output never stops an apply."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.workplace import Workplace

from lukhas_notion.cli import main
from lukhas_notion.cli.context import Context
from lukhas_notion.util.runtime import Runtime

MODULES = 12
COMMAND = [sys.executable, "-m", "lukhas_notion"]


class Failing(io.StringIO):
    """A stream that fails from a write on."""

    def __init__(self, writes: int, number: int) -> None:
        super().__init__()
        self.left, self.number = writes, number

    def write(self, text: str) -> int:
        """Write, or fail."""
        self.left -= 1
        if self.left < 0:
            raise OSError(self.number, os.strerror(self.number))
        return super().write(text)


@pytest.fixture
def many(small: Workplace) -> Workplace:
    """Make many modules that are not in Notion."""
    for number in range(MODULES):
        small.write(f"m{number}", {"module": f"módulo-{number} ✓", "description": "ⓘ"})
    return small


def sync(place: Workplace, stdout: io.TextIOBase | None, *words: str) -> tuple[int, str]:
    """Apply everything with a given standard output; return the exit code and the errors."""
    err = io.StringIO()
    runtime = Runtime(place.environ, transport=place.notion.transport)
    context = Context(runtime, stdout, err)  # type: ignore[arg-type]
    command = ["sync", "--all", "--report-md", "--root", str(place.root), *words]
    return main(command, context), err.getvalue()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "cp437", "utf-8"])
def test_a_console_of_any_code_page_gets_every_line(many: Workplace, encoding: str) -> None:
    """What the code page lacks is escaped, and every page is written."""
    raw = io.BytesIO()
    console = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    code, err = sync(many, console)
    assert (code, err) == (0, "")
    assert len(many.pages()) == MODULES + 3
    text = raw.getvalue().decode(encoding)
    assert text.count("create   m") == MODULES
    assert text.count("✓" if encoding == "utf-8" else "\\u2713") == 2 * MODULES + 4


@pytest.mark.parametrize(
    ("number", "writes", "words"),
    [
        (errno.EPIPE, 0, ()),
        (errno.EPIPE, 7, ()),
        (errno.ENOSPC, 1, ()),
        (errno.EBADF, 0, ("--json",)),
        (errno.EIO, 0, ("--json",)),
    ],
)
def test_a_reader_that_goes_away_stops_nothing(
    many: Workplace, number: int, writes: int, words: tuple[str, ...]
) -> None:
    """Every page is written, the report too, it is noted, and the exit code is the apply's."""
    code, err = sync(many, Failing(writes, number), *words)
    assert code == 0
    assert len(many.pages()) == MODULES + 3
    assert (many.root / "reports/notion_sync_report.md").exists()
    assert f"Standard output could not be written: {os.strerror(number)}." in err


def test_a_reader_of_a_part_of_a_preview_is_told_nothing(many: Workplace) -> None:
    """``sync --dry-run | head`` is how a preview is looked at; a full disk is another matter."""
    assert sync(many, Failing(1, errno.EPIPE), "--dry-run") == (0, "")
    assert "No space left" in sync(many, Failing(1, errno.ENOSPC), "--dry-run")[1]


def test_no_standard_output_at_all_stops_nothing(many: Workplace) -> None:
    """A process may have been started without one."""
    code, err = sync(many, None)
    assert code == 0
    assert len(many.pages()) == MODULES + 3
    assert "Standard output could not be written: it is closed." in err


def process(place: Workplace, redirection: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Validate as a process of its own, its output being redirected by a shell."""
    command = f'"$@" validate --all --root "{place.root}" {redirection}'
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command, "bash", *COMMAND],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "redirection", [">&-", ">/dev/full", "| true", ">&- 2>&-", ">/dev/full 2>&1"]
)
def test_a_process_without_a_reader_ends_as_it_would(many: Workplace, redirection: str) -> None:
    """The interpreter itself has nothing to complain of at its end."""
    if "/dev/full" in redirection and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    ran = process(many, redirection)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_a_process_on_an_old_console_shows_escapes(many: Workplace) -> None:
    """Whatever Python takes for the console's encoding."""
    many.write("bad", '{"module": "✓",}')
    ran = process(many, "", PYTHONIOENCODING="cp1252")
    assert ran.returncode == 1
    assert "Traceback" not in ran.stdout + ran.stderr


def test_help_whose_reader_goes_away_is_no_failure() -> None:
    """``--help | true`` ends with 0."""
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" --help | true', "bash", *COMMAND],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


class Interrupted(io.StringIO):
    """A stream during whose first write somebody presses Ctrl-C."""

    def write(self, text: str) -> int:
        """Fail as Python does for Ctrl-C."""
        raise KeyboardInterrupt


@pytest.mark.parametrize("command", [("validate", "--all"), ("doctor", "--offline"), ("demo",)])
def test_ctrl_c_is_exit_code_130(many: Workplace, command: tuple[str, ...]) -> None:
    """In commands that only read, without a traceback."""
    err = io.StringIO()
    context = Context(Runtime(many.environ), Interrupted(), err)
    words = [*command] if command == ("demo",) else [*command, "--root", str(many.root)]
    assert main(words, context) == 130
    assert err.getvalue() == "Interrupted.\n"


def test_an_argument_that_a_shell_put_there_is_quoted_safely(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that is called like an option may stand where a ``*`` was."""
    with pytest.raises(SystemExit) as stop:
        main(["validate", "--\x1b[31m\u202e##[error]x"])
    assert stop.value.code == 2
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert "##[" not in err


@pytest.mark.parametrize("command", ["--help", "sync --help", "init --help"])
def test_help_is_printed_on_an_old_console(command: str) -> None:
    """What the code page lacks is escaped there too."""
    ran = subprocess.run(
        [*COMMAND, *command.split()],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "usage: lukhas-notion" in ran.stdout
