"""The terminal: one run, told to whoever runs it."""

from __future__ import annotations

import io

from support.results import EVERYTHING, VIOLATION, applied, run

from lukhas_notion.report.console import Console
from lukhas_notion.sync.outcome import Status


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_piped_output_is_plain_lines() -> None:
    """Without a terminal every outcome is a line, and the counts are the last one."""
    said: list[str] = []
    result = applied(Status.SUCCESS, Status.ERROR)
    with Console(said.append, io.StringIO(), dry_run=False) as console:
        console.planned(EVERYTHING)
        assert result.result is not None
        for outcome in result.result.outcomes:
            console.outcome(outcome)
    console.close_with(result)

    out = "\n".join(said)
    assert "create   consciousness  ✓" in out
    assert "update   memory  ✗ error  it broke" in out
    assert "options of Features not applied: no options" in out
    assert "NOT APPLIED: 3 of 4 changes." in out
    assert "conflict twice  (2 pages in Notion have this title)" in out
    assert said[-1].startswith("Created 1 · Updated 0 · Skipped 1")
    assert "\x1b" not in out


def test_a_dry_run_shows_values() -> None:
    """In a dry run each change is shown with before and after."""
    said: list[str] = []
    console = Console(said.append, io.StringIO(), dry_run=True)
    console.planned(EVERYTHING)
    console.close_with(run(notices=("Mind this.",)))

    out = "\n".join(said)
    assert "    Description: Keeps. → Keeps all." in out
    assert "        -a  +c" in out
    assert "option   Features + new (red)" in out
    assert "option   Features - old (used by 3 pages)" in out
    assert "1 option to add, 1 option to remove." in said[0]
    assert "    Description: Thinks." in out, "what was not there is not mentioned"
    assert "note: Mind this." in out
    assert "Dry run, nothing written." in said[-1]


def test_violations_without_a_plan_say_that_nothing_was_done() -> None:
    """A run that the gates stopped says so."""
    said: list[str] = []
    Console(said.append, io.StringIO(), dry_run=False).close_with(
        run(None, violations=(VIOLATION,), dry_run=False)
    )

    assert said[0] == "a/m.json:3: wrong (at /features/0)"
    assert said[1] == "    use right"
    assert "1 violation: nothing was planned or written." in said


def test_a_terminal_gets_a_bar_and_a_table() -> None:
    """On a terminal progress runs on stderr, failures are printed, and a table closes the run."""
    said: list[str] = []
    stream = Tty()
    result = applied(Status.SUCCESS, Status.ERROR)
    with Console(said.append, stream, dry_run=False) as console:
        console.planned(EVERYTHING)
        assert result.result is not None
        for outcome in result.result.outcomes:
            console.outcome(outcome)
    console.close_with(result)

    told = stream.getvalue()
    assert "2/2" in told
    assert "memory" in told
    assert "Not applied" in told
    assert "create   consciousness  ✓" not in "\n".join(said)
