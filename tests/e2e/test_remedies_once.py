"""A remedy has a line of its own, once for all changes that need it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.actions import ActionPlace
from support.fake_github import MERGE
from support.workplace import Workplace

from lukhas_notion.emulator import FaultPlan, FaultRule
from lukhas_notion.plan.database import OptionChange
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.report.run_sections import remedies
from lukhas_notion.sync.result import OptionOutcome, Status

MANY = 7
REMEDY = "Run again: finished changes are not repeated."


@pytest.fixture
def failing(small: Workplace) -> Workplace:
    """Make a place whose Notion answers 503 to every update, and seven of them to be sent."""
    for number in range(MANY):
        small.write(f"m{number}", {"module": f"m{number}", "description": "old"})
    assert small.run("sync", "--all").code == 0
    for number in range(MANY):
        small.edit(f"m{number}", description="new")
    small.notion.break_by(FaultPlan((FaultRule("pages.update", "503", probability=1.0),)))
    (small.root / "lukhas-notion.toml").write_text("[run]\nmax_retries = 0\n")
    return small


def test_console_report_and_json_give_it_once(failing: Workplace) -> None:
    """Seven lines of failures, one of advice, and no escaped line break anywhere."""
    report, data = failing.root / "r.md", failing.root / "r.json"

    ended = failing.run(
        *("sync", "--all"),
        *("--report-md", str(report), "--report-json", str(data)),
    )

    assert ended.code == 1
    assert ended.out.count("✗ error") == MANY
    assert ended.out.splitlines().count(f"    What to do: {REMEDY}") == 1
    assert report.read_text(encoding="utf-8").count("What to do: Run again") == 1
    assert ended.out.count(REMEDY) == report.read_text(encoding="utf-8").count(REMEDY) == 1
    outcomes = json.loads(data.read_text(encoding="utf-8"))["unapplied"]
    assert [outcome["remedy"] for outcome in outcomes] == [REMEDY] * MANY
    assert not [outcome for outcome in outcomes if "\n" in outcome["error"]]
    assert "u{a}" not in ended.out + ended.err + report.read_text(encoding="utf-8")
    errors = [
        record["error"] for record in failing.ledger() if "module" in record and record.get("error")
    ]
    assert len(errors) == MANY
    assert not [error for error in errors if "\n" in error or REMEDY in error]


def test_comment_summary_and_annotations_give_it_once(failing: Workplace, tmp_path: Path) -> None:
    """On a merge the pull request's comment has the same text."""
    (tmp_path / "runner").mkdir()
    action = ActionPlace(failing, tmp_path / "runner")
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE
    action.pull.comments.clear()

    ran = action.run("push", mode="apply")

    assert ran.code == 1
    assert ran.summary.count(REMEDY) == 1
    assert ran.log.count(REMEDY) == 1
    assert [c.body.count(REMEDY) for c in action.pull.comments] in ([], [1])
    assert "u{a}" not in ran.log + ran.summary


def test_several_remedies_say_how_many_changes_each_is_for() -> None:
    """The one that most need comes first."""
    change = OptionChange("Tags", PropertyType.MULTI_SELECT, (), (), keep=0)
    failed = [
        OptionOutcome(change, Status.ERROR, "x", remedy) for remedy in ("Rest.", "Wait.", "Wait.")
    ]
    assert remedies(failed) == ["What to do for 2 changes: Wait.", "What to do for 1 change: Rest."]
    assert remedies(failed[:1]) == ["What to do: Rest."]
    assert remedies([]) == []


def test_an_error_with_a_remedy_is_two_lines(small: Workplace) -> None:
    """On a terminal and in the Action's log alike."""
    small.environ["NOTION_TOKEN"] = ""
    lines = small.run("sync", "--all").err.splitlines()
    assert lines[0] == "error: NOTION_TOKEN is not set."
    assert lines[1].startswith("  ")
