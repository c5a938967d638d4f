"""What every command has at hand."""

from __future__ import annotations

import argparse
import io
import signal
from pathlib import Path

import pytest

from lukhas_notion.cli.context import Context, configure
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.runtime import Runtime


@pytest.fixture
def context() -> Context:
    """Return a context of two texts, with a token in the environment."""
    environ = {"NOTION_TOKEN": "ntn_" + "t" * 40}
    return Context(Runtime(environ), io.StringIO(), io.StringIO())


def texts(context: Context) -> tuple[str, str]:
    """Return what was written to standard output and to standard error."""
    return tuple(each._stream.getvalue() for each in (context.stdout, context.stderr))  # type: ignore[union-attr, return-value]


def test_a_line_goes_where_a_person_reads_it(context: Context) -> None:
    """Readable lines go to standard error if standard output has JSON or a report."""
    context.say("one")
    context.machine = True
    context.say("two")
    context.machine = False
    context.keep_stdout_free()
    context.say("three")
    assert texts(context) == ("one\n", "two\nthree\n")


def test_no_token_is_printed(context: Context) -> None:
    """A token is redacted in lines and in JSON documents."""
    token = context.runtime.environ["NOTION_TOKEN"]
    context.say(f"a {token}")
    context.machine = True
    context.emit({"a": token})
    assert token not in "".join(texts(context))
    assert "***" in texts(context)[0]


def test_a_document_is_for_a_machine_alone(context: Context) -> None:
    """A JSON document is printed only with ``--json``."""
    context.emit({"a": 1})
    assert texts(context) == ("", "")


def test_a_signal_ends_a_run_in_order(context: Context) -> None:
    """A signal sets the stop flag and the exit code, and the old handlers are restored."""
    before = signal.getsignal(signal.SIGTERM)
    with context.stoppable(writes=True):
        signal.raise_signal(signal.SIGTERM)
        assert context.runtime.stop.is_set()
    assert context.writes
    assert context.exit_code(0) == 143
    assert signal.getsignal(signal.SIGTERM) is before


def test_arguments_that_a_command_has_not_count_as_not_given(
    context: Context, tmp_path: Path
) -> None:
    """``validate`` has no database and no ledger, and needs none."""
    config = configure(argparse.Namespace(root=str(tmp_path), config=None), context)
    assert (config.root, config.database) == (tmp_path, "")


def test_a_ledger_is_checked_where_a_command_writes_one(context: Context, tmp_path: Path) -> None:
    """An existing file at the path of the ledger must be a ledger."""
    (tmp_path / "notes.txt").write_text("My notes.")
    args = argparse.Namespace(root=str(tmp_path), config=None, ledger="notes.txt")
    with pytest.raises(UsageError, match="is not a ledger"):
        configure(args, context)
