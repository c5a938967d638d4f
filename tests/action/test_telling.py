"""A failing report loses no result: each audience gets its own report."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.actions import ActionPlace, Ran
from support.fake_github import BOT, MERGE, FakeComment


def merged(action: ActionPlace) -> None:
    """Let the pull request be merged by the push."""
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE


def applied(action: ActionPlace, **inputs: str) -> Ran:
    """Apply an edit after the merge, and check that it was applied and reported as done."""
    action.place.edit("alpha", description="It finds.")
    merged(action)
    ran = action.run("push", mode="apply", **inputs)
    assert action.place.pages()["alpha"]["Description"] == "It finds."
    assert ran.outputs["updated"] == "1", ran.log
    assert "## ✅ Applied: 1 page written to Notion" in ran.summary
    return ran


def test_a_first_import_of_any_size_ends_as_applied(action: ActionPlace) -> None:
    """The remembered plan, the marker and ninety pages fit one comment, before and after."""
    for n in range(90):
        text = " ".join(f"word{n}x{m}" for m in range(120))
        name = f"module-{n:03}"
        action.place.write(name, {"module": name, "description": text, "features": ["search"]})
        action.pull.change(f"{name}/module.manifest.json", "added")
    assert action.pull_request().code == 0
    assert "Merging changes 90 pages" in action.comment
    merged(action)

    ran = action.run("push", mode="apply")

    assert (ran.code, ran.outputs["failure-reason"]) == (0, ""), ran.log
    assert ran.outputs["created"] == "90"
    assert "## ✅ Applied: 90 pages written to Notion" in action.comment


def test_an_apply_without_a_github_token_is_done_and_told(action: ActionPlace) -> None:
    """Outputs and summary need no GitHub."""
    ran = applied(action, github_token="")

    assert ran.code == 0
    assert ran.outputs["ledger-path"]
    assert "The input github-token is empty" in ran.log


@pytest.mark.parametrize(
    ("login", "body"), [(None, "text"), ("somebody", None), (BOT, None), (None, None)]
)
def test_a_comment_without_body_or_user_is_passed_over(
    action: ActionPlace, login: str | None, body: str | None
) -> None:
    """GitHub answers null for both, in conversations and on lines."""
    action.pull.comments.append(FakeComment(action.pull, 50, login, body))

    assert applied(action).code == 0
    ours = [c for c in action.pull.comments if c.id != 50]
    assert ["## ✅ Applied: 1 page" in (c.body or "") for c in ours] == [True]


@pytest.mark.parametrize("error", [TypeError("x"), KeyError("x"), OSError("x"), RuntimeError("x")])
@pytest.mark.parametrize("breaks", ["get_issue_comments", "create_issue_comment"])
def test_whatever_a_comment_comes_to_the_apply_stands(
    action: ActionPlace, monkeypatch: pytest.MonkeyPatch, error: Exception, breaks: str
) -> None:
    """A bug while a comment is written is a warning that names the comment."""

    def explode(*_: Any) -> None:
        raise error

    monkeypatch.setattr(action.pull, breaks, explode, raising=False)

    ran = applied(action)

    assert (ran.code, ran.outputs["failure-reason"]) == (0, "")
    assert "::warning title=comment on #7::The comment on #7 could not be written" in ran.log
    assert ran.outputs["comment-posted"] == "false"


def test_outputs_that_cannot_be_written_are_a_warning(action: ActionPlace) -> None:
    """The apply counts, and summary and comment are written all the same."""
    action.place.edit("alpha", description="It finds.")
    merged(action)
    action.environ["GITHUB_OUTPUT"] = str(action.place.root / "no/such/folder/file")

    ran = action.run("push", mode="apply")

    assert ran.code == 0
    assert "::warning title=outputs::The outputs could not be written" in ran.log
    assert "## ✅ Applied: 1 page" in action.comment
    assert "## ✅ Applied: 1 page" in ran.summary


def test_a_summary_that_cannot_be_written_is_a_warning(action: ActionPlace) -> None:
    """The outputs are written, and the comment is."""
    action.place.edit("alpha", description="It finds.")
    merged(action)
    action.environ["GITHUB_STEP_SUMMARY"] = str(action.place.root / "no/such/folder/file")

    ran = action.run("push", mode="apply")

    assert ran.code == 0
    assert ran.outputs["updated"] == "1"
    assert "::warning title=summary::The summary could not be written" in ran.log
    assert "## ✅ Applied: 1 page" in action.comment


@pytest.mark.parametrize("mode", ["apply", "verify", "dry-run"])
def test_reports_that_cannot_be_written_stop_a_run_before_it_sends(
    action: ActionPlace, mode: str
) -> None:
    """Where a file is in the place of the report's folder, nothing is done."""
    (action.place.root / "reports").write_text("a file")
    action.place.edit("alpha", description="It finds.")
    before = len(action.place.notion.requests)

    ran = action.run("push", mode=mode, repair="true" if mode == "verify" else "false")

    assert (ran.code, ran.outputs["failure-reason"]) == (2, "configuration"), ran.log
    assert "reports" in ran.log
    assert len(action.place.notion.requests) == before


def test_a_run_that_notion_refuses_leaves_a_report(action: ActionPlace) -> None:
    """The report says what is wrong, as the comment does."""
    action.place.notion.remove_property("APIs")
    action.place.edit("alpha", description="It finds.")
    merged(action)

    ran = action.run("push", mode="apply")

    assert ran.code == 2, ran.log
    report = (action.place.root / ran.outputs["report-path"]).read_text(encoding="utf-8")
    assert "Property 'APIs' not found" in report
    plan = json.loads((action.place.root / ran.outputs["plan-path"]).read_text(encoding="utf-8"))
    assert plan["exit_code"] == 2
    assert "Property 'APIs' not found" in action.comment


def test_a_ledger_that_could_not_be_kept_stops_an_apply(action: ActionPlace) -> None:
    """Without a token there is no ledger's branch, so nothing is sent."""
    action.place.edit("alpha", description="It finds.")
    writes = action.place.writes

    ran = action.run("push", mode="apply", github_token="", ledger_branch="notion-ledger")

    assert (ran.code, ran.outputs["failure-reason"]) == (1, "github")
    assert action.place.writes == writes
