"""``sync``, ``backfill``, ``verify`` and ``init``: flags that exclude each other, and reports."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import pytest

from lukhas_notion.cli import setup, sync
from lukhas_notion.cli.commands import parser
from lukhas_notion.cli.context import Context, configure
from lukhas_notion.util.errors import UsageError
from lukhas_notion.util.runtime import Runtime

RUNS = {"sync": sync.sync, "backfill": sync.backfill, "verify": sync.verify, "init": setup.init}


def asked(tmp_path: Path, *words: str) -> tuple[argparse.Namespace, Context]:
    """Return the arguments of a command, and a context."""
    args = parser().parse_args([*words, "--root", str(tmp_path)])
    return args, Context(Runtime({}), io.StringIO(), io.StringIO())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("sync", "Choose one of --all and --module"),
        ("sync --all --module a", "Choose one of --all and --module"),
        ("sync --module a --archive-removed", "--archive-removed needs --all"),
        ("sync --all --apply --dry-run", "exclude each other"),
        ("sync --all --expect-digest abc", "digest"),
        ("backfill", "No property is named"),
        ("backfill --tags --apply --dry-run", "exclude each other"),
        ("backfill --tags --force 1", "--force needs --prune"),
        ("verify --prune", "--prune needs --repair"),
        ("verify --force 0", "--force needs --repair"),
        ("init --parent x --database y", "--parent creates a database"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(tmp_path: Path, words: str, said: str) -> None:
    """Contradictory arguments are refused before anything is read or requested."""
    args, context = asked(tmp_path, *words.split())
    with pytest.raises(UsageError, match=said):
        RUNS[args.command](args, context)


def test_a_title_has_the_length_that_notion_takes() -> None:
    """A title that is too long is refused before anything is created."""
    assert setup._title("  Modules ") == "Modules"
    with pytest.raises(UsageError, match="longer than"):
        setup._title("x" * 2_001)


def test_a_report_goes_where_it_was_asked_for(tmp_path: Path) -> None:
    """Each report is written to its target, and on standard output without workflow commands."""
    words = ("sync", "--all", "--report-md", "-", "--report-json", str(tmp_path / "r.json"))
    args, context = asked(tmp_path, *words)
    reports = sync.Reports.asked(args, configure(args, context), context)
    reports.write(lambda: "# Report\n::error::x\n", lambda: {"a": 1})
    assert '"a": 1' in (tmp_path / "r.json").read_text()
    printed = context.stdout._stream.getvalue()  # type: ignore[union-attr]
    assert "# Report" in printed
    assert "\n::error" not in printed
    assert context.stdout_is_taken


def test_standard_output_is_one_thing(tmp_path: Path) -> None:
    """Two reports, or a report and JSON, are a usage error."""
    args, context = asked(tmp_path, "sync", "--all", "--report-md", "-", "--report-json", "-")
    with pytest.raises(UsageError, match="Two things"):
        sync.Reports.asked(args, configure(args, context), context)
