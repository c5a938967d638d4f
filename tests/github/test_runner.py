"""Annotations, outputs and summary follow the runner's rules."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from support.actions import read_outputs

from lukhas_notion.github.runner import (
    ANNOTATIONS,
    FAILURE_REASONS,
    LONGEST_MESSAGE,
    OUTPUTS,
    SUMMARY_LIMIT,
    Commands,
    FileCommands,
)
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.util.errors import LukhasNotionError


@pytest.fixture
def files(tmp_path: Path) -> FileCommands:
    """Return the files of one step."""
    environ = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    return FileCommands(environ, iter("abcdefgh").__next__)


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (9, 9), (10, 10), (11, 10), (500, 10)])
def test_ten_annotations_are_shown_of_any_number(count: int, shown: int) -> None:
    """At most ten annotations are written; the tenth has the number of the others."""
    stream = io.StringIO()
    commands = Commands(stream)
    commands.annotate_each(range(count), lambda n: commands.error(f"no {n}"), "problems")
    lines = stream.getvalue().splitlines()
    assert len(lines) == shown <= ANNOTATIONS
    if count > ANNOTATIONS:
        assert (
            lines[-1] == f"::error title=more problems::{count - 9} more problems, in the summary."
        )


def test_a_violation_stands_on_its_line_below_the_checkouts_top() -> None:
    """Violations are annotated in order, with their advice and untrusted text escaped."""
    stream = io.StringIO()
    found = [
        Violation("b.json", 2, 3, "/x", "a.b", "wrong\n::error::x", "Do it."),
        Violation("a.json", 1, 1, "", "a.b", "first"),
    ]
    Commands(stream).annotate(found, prefix="services/")
    first, second = stream.getvalue().splitlines()
    assert first == "::error file=services/a.json,line=1,col=1,title=a.b::first"
    assert second.startswith("::error file=services/b.json,line=2,col=3,title=a.b::wrong")
    assert second.endswith("%0ADo it.")


def test_a_message_that_the_runner_would_cut_says_so() -> None:
    """A message that is too long is cut, with a note."""
    stream = io.StringIO()
    Commands(stream).warning("x" * 10_000)
    said = stream.getvalue().strip().partition("::warning::")[2]
    assert len(said) == LONGEST_MESSAGE
    assert said.endswith("(cut; the whole is in the summary)")


def test_a_log_line_is_no_command() -> None:
    """A log line is never a command, however it begins."""
    stream = io.StringIO()
    Commands(stream).log("::set-output name=x::1\n##[error]no")
    assert not [
        line for line in stream.getvalue().splitlines() if line.startswith("::") or "##[" in line
    ]


def test_any_value_is_an_output(tmp_path: Path, files: FileCommands) -> None:
    """An output may have any value, and the last one that is set counts."""
    hostile = "a=1\nb<<EOF\nEOF"
    files.outputs({"plan-digest": "1", "report-path": hostile})
    files.output("plan-digest", "2")
    found = read_outputs((tmp_path / "GITHUB_OUTPUT").read_text())
    assert found == {"plan-digest": "2", "report-path": hostile}


def test_a_value_that_knows_the_delimiter_gets_another_one(tmp_path: Path) -> None:
    """A value that contains every delimiter is an error."""
    drawn = iter("aab")
    files = FileCommands({"GITHUB_OUTPUT": str(tmp_path / "o")}, drawn.__next__)
    files.output("x", "lukhas_notion_a")
    assert read_outputs((tmp_path / "o").read_text()) == {"x": "lukhas_notion_a"}
    always = FileCommands({"GITHUB_OUTPUT": str(tmp_path / "o")}, lambda: "a")
    with pytest.raises(LukhasNotionError, match="output x"):
        always.output("x", "lukhas_notion_a")


def test_a_summary_ends_where_the_runner_would_drop_it(tmp_path: Path, files: FileCommands) -> None:
    """The summary is cut to the limit that the step has left."""
    path = tmp_path / "GITHUB_STEP_SUMMARY"
    path.write_bytes(b"x" * (SUMMARY_LIMIT - 100))
    files.summary("é\n" * 100)
    assert SUMMARY_LIMIT - 100 < path.stat().st_size <= SUMMARY_LIMIT
    path.write_bytes(b"x" * SUMMARY_LIMIT)
    files.summary("more")
    assert path.stat().st_size == SUMMARY_LIMIT


def test_without_the_runners_files_nothing_is_written() -> None:
    """Without the runner's files nothing is written."""
    files = FileCommands({}, lambda: "a")
    files.outputs({"changes": "true"})
    files.summary("text")


def test_every_output_and_reason_is_described() -> None:
    """Every output and every failure reason has a description of one sentence."""
    assert all(text.endswith(".") for text in (*OUTPUTS.values(), *FAILURE_REASONS.values()))


def test_a_property_of_a_command_adds_no_other() -> None:
    """A comma and a colon in it are encoded."""
    stream = io.StringIO()
    Commands(stream).error("no", file="a,line=9::b", title="t")
    assert stream.getvalue() == "::error file=a%2Cline=9%3A%3Ab,title=t::no\n"
