"""From the arguments to an exit code."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from lukhas_notion.cli import repository as validate
from lukhas_notion.cli.context import Context
from lukhas_notion.cli.main import main
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.runtime import Runtime


def ended(*words: str, machine: bool = False) -> tuple[int, str, str]:
    """Run one command and return its code, its output and its errors."""
    out, err = io.StringIO(), io.StringIO()
    code = main([*words, *(["--json"] if machine else [])], Context(Runtime({}), out, err))
    return code, out.getvalue(), err.getvalue()


def test_an_error_is_said_with_what_to_do(tmp_path: Path) -> None:
    """An error is printed with its remedy on a second line, and sets its exit code."""
    code, out, err = ended("validate", "nowhere.json", "--root", str(tmp_path))
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "error: nowhere.json: there is no such file.",
        "  Check the path, or check --all.",
    ]


def test_an_error_on_a_terminal_is_broken_between_words(tmp_path: Path) -> None:
    """The word ``error:`` is red, and only a path is longer than the terminal."""

    class Tty(io.StringIO):
        """A stream that says it is a terminal."""

        def isatty(self) -> bool:
            """Say so."""
            return True

    err = Tty()
    environ = {"TERM": "xterm-256color", "COLUMNS": "60"}
    context = Context(Runtime(environ), io.StringIO(), err)
    assert main(["sync", "--all", "--root", str(tmp_path)], context) == 2
    shown = err.getvalue()
    assert shown.startswith("\x1b[1;31merror:\x1b[0m ")
    rows = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert len(rows) > 2
    assert max(len(row) for row in rows if tmp_path.name not in row) <= 60


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "sync --all --dryrun",
            "sync: error: unrecognized arguments: --dryrun; did you mean --dry-run?",
        ),
        ("sync -all", "sync: error: unrecognized arguments: -all; did you mean --all?"),
        ("sync --all --foo=1", "sync: error: unrecognized arguments: --foo=1\n"),
        (
            "ledger show --module=x --sinze 1",
            "unrecognized arguments: --sinze 1; did you mean --since?",
        ),
        ("sync --al --dry-run", "unrecognized arguments: --al; did you mean --all?"),
        ("verify --rep", "unrecognized arguments: --rep; did you mean --repair?"),
        ("synk", "); did you mean sync?"),
        ("verify --ignore page-edit", "); did you mean page-edited?"),
    ],
)
def test_a_misspelled_argument_gets_the_usage_of_its_command_and_the_nearest(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message has the nearest argument, if there is a good guess, and where all are listed."""
    with pytest.raises(SystemExit) as end:
        ended(*words.split())
    assert end.value.code == 2
    shown = capsys.readouterr().err
    assert said in shown
    if "unrecognized" in said:
        command = words.partition(" -")[0]
        assert shown.startswith(f"usage: lukhas-notion {command} ")
        assert shown.endswith(f"  `lukhas-notion {command} --help` lists all arguments.\n")


def test_an_error_is_a_document_for_a_machine(tmp_path: Path) -> None:
    """With ``--json`` an error is a JSON document with the exit code."""
    code, out, _ = ended("sync", "--all", "--root", str(tmp_path), machine=True)
    assert code == 2
    assert '"exit_code": 2' in out


def test_a_bug_is_a_traceback_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said to be one."""

    def broken(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(validate, "validate", broken)
    code, _, err = ended("validate", "--all", "--root", str(tmp_path))
    assert code == 1
    assert "ZeroDivisionError" in err
    assert "A bug in lukhas-notion" in err


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (UsageError("no", "Do."), 2)]
)
def test_an_end_has_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    """Ctrl-C before anything began, and a usage error."""

    def stopped(*_: object) -> int:
        raise error

    monkeypatch.setattr(validate, "validate", stopped)
    assert ended("validate", "--all", "--root", str(tmp_path))[0] == code
