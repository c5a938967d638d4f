"""A diagnosis on a terminal, as JSON and as Markdown."""

from __future__ import annotations

import pytest

from lukhas_notion.report import json
from lukhas_notion.report.commands import doctor_lines, doctor_markdown
from lukhas_notion.setup.result import Check, Diagnosis, failure, passed, warning

WELL = passed("token", "Notion knows it.")
KNOWN = warning("workflows", "None uses the Action.", "Run init.")
RISKY = warning("rate", "It is high.", "Lower it.")
WRONG = failure("database", "It is not there.\nIt never was.", "Share it.")


def diagnosis(*checks: Check) -> Diagnosis:
    """Return a diagnosis of these checks."""
    return Diagnosis(checks, requests=3)


@pytest.mark.parametrize(
    ("checks", "code", "said"),
    [
        ((), 0, "Nothing is wrong."),
        ((WELL,), 0, "Nothing is wrong."),
        ((WELL, KNOWN, RISKY), 0, "Nothing is wrong. 2 warnings."),
        ((WRONG, RISKY, WRONG), 1, "2 failures, 1 warning."),
    ],
)
def test_only_a_failure_fails(checks: tuple[Check, ...], code: int, said: str) -> None:
    """Warnings are counted, and the exit code stays 0."""
    assert diagnosis(*checks).verdict.exit_code == code
    assert diagnosis(*checks).verdict.headline == said.rstrip(".")


def test_each_finding_stands_with_its_fix() -> None:
    """A row of a table: the result, the subject, what was found, and below it what to do."""
    assert list(map(str, doctor_lines(diagnosis(WELL, WRONG)))) == [
        "pass     token     Notion knows it.",
        "failure  database  It is not there.",
        "                   It never was.",
        "                   Share it.",
        "✗ 1 failure.",
    ]


def test_a_machine_gets_all_of_it() -> None:
    """Every check with its four fields, the counts and the exit code."""
    told = json.diagnosis(diagnosis(WELL, RISKY, WRONG))
    assert (told["exit_code"], told["failures"], told["warnings"], told["requests"]) == (1, 1, 1, 3)
    assert told["checks"][2] == {
        "subject": "database",
        "level": "failure",
        "found": "It is not there.\nIt never was.",
        "fix": "Share it.",
    }


def test_in_markdown_the_worst_comes_first() -> None:
    """The table has one row for each check, failures first."""
    shown = doctor_markdown(diagnosis(WELL, KNOWN, RISKY, WRONG))
    rows = [row for row in shown.splitlines() if "|" in row]
    assert [row.split(" | ")[1] for row in rows[2:]] == ["database", "workflows", "rate", "token"]
    assert "It is not there. It never was. | Share it." in rows[2]


def test_what_a_stranger_wrote_is_harmless_everywhere() -> None:
    """Untrusted text makes no cell, link, mention, command or escape sequence."""
    hostile = failure("a|b", "::error::x @user <b> \x1b[31m [l](http://x)", "##[group] #1 `x`")
    shown = "\n".join(map(str, doctor_lines(diagnosis(hostile))))
    assert "\x1b" not in shown
    assert "##[" not in shown
    row = doctor_markdown(diagnosis(hostile)).splitlines()[-1]
    assert row.replace("\\|", "").count("|") == 5
    assert "<b>" not in row
    assert "@user" not in row
    assert "[l](http" not in row
