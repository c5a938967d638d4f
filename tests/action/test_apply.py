"""The Action on a push, a schedule and the rest."""

from __future__ import annotations

import pytest
from support.actions import ActionPlace
from support.fake_github import MERGE


def test_a_push_to_main_applies_and_finishes_the_comment(action: ActionPlace) -> None:
    """The merge is applied, and the merged pull request's comment says so."""
    action.place.edit("alpha", description="It finds.")
    action.pull.change("alpha/module.manifest.json")
    action.pull_request()
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE

    ran = action.run("push", mode="apply")

    assert ran.code == 0, ran.log
    assert action.place.pages()["alpha"]["Description"] == "It finds."
    assert action.pull.writes == ["create", "edit"]
    assert "## ✅ Applied: 1 page written to Notion" in action.comment
    assert ran.outputs["updated"] == "1"
    assert ran.outputs["skipped"] == "2"
    assert ran.outputs["ledger-path"] == "manifests/.ledger/notion_sync.ndjson"
    assert ran.outputs["report-path"] == "reports/notion_sync_report.md"


def test_a_second_push_changes_nothing(action: ActionPlace) -> None:
    """Applying again is a success that writes nothing."""
    writes = action.place.writes

    ran = action.run("push", mode="apply")

    assert ran.code == 0
    assert ran.outputs["changes"] == "false"
    assert action.place.writes == writes


def test_what_was_not_applied_fails_the_run_and_is_said(action: ActionPlace) -> None:
    """A conflict fails the run, with its reason, and the comment says what was not applied."""
    for _ in range(2):
        action.place.notion.create_page(action.place.source, {"Module": "omega"})
    action.place.write("omega", {"module": "omega"})
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE

    ran = action.run("push", mode="apply")

    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "conflict"
    assert ran.outputs["unapplied"] == "1"
    assert "❌ 1 of 1 change was not applied to Notion" in action.comment


@pytest.mark.parametrize("event", ["workflow_dispatch", "schedule", "repository_dispatch"])
def test_other_events_apply_the_whole_repository(action: ActionPlace, event: str) -> None:
    """A dispatch and a schedule apply everything, without a comment."""
    action.place.edit("alpha", description="It finds.")

    ran = action.run(event, mode="apply")

    assert ran.code == 0, ran.log
    assert action.place.pages()["alpha"]["Description"] == "It finds."
    assert action.pull.comments == []


def test_merge_group_validates_and_never_writes(action: ActionPlace) -> None:
    """In a merge queue the gates run alone, whatever the mode."""
    action.place.edit("alpha", description="It finds.")
    before = len(action.place.notion.requests)

    ran = action.run("merge_group", mode="apply")

    assert ran.code == 0
    assert len(action.place.notion.requests) == before


@pytest.mark.parametrize(
    ("event", "ref", "words"),
    [
        ("push", "refs/heads/topic", "apply there"),
        ("workflow_dispatch", "refs/heads/topic", "apply there"),
        ("release", "refs/tags/v1", "older than the default branch"),
        ("workflow_run", "refs/heads/main", "untrusted"),
        ("pull_request_target", "refs/heads/main", "secrets"),
        ("issues", "refs/heads/main", "is not supported"),
    ],
)
def test_senseless_applies_are_refused_with_why(
    action: ActionPlace, event: str, ref: str, words: str
) -> None:
    """An event that must not write is refused with an explanation, and writes nothing."""
    action.place.edit("alpha", description="It finds.")
    action.environ["GITHUB_REF"] = ref
    writes = action.place.writes

    ran = action.run(event, mode="apply")

    assert ran.code == 2
    assert words in ran.log
    assert action.place.writes == writes


def test_dry_run_on_a_schedule_previews_everything(action: ActionPlace) -> None:
    """A scheduled dry run shows drift and orphans of the whole database."""
    action.place.notion.edit_page(action.place.pages()["beta"]["id"], {"Description": "By hand."})
    action.place.notion.create_page(action.place.source, {"Module": "stray"})

    ran = action.run("schedule", fail_on_drift="true")

    assert ran.code == 1
    assert ran.outputs["drifted"] == "1"
    assert ran.outputs["orphans"] == "1"
    assert "stray" in ran.summary


def test_no_token_and_no_pull_request_is_a_configuration_error(action: ActionPlace) -> None:
    """A preview of the repository needs Notion, or a base branch to compare with."""
    ran = action.run("schedule", notion_token="")

    assert ran.code == 2
    assert "notion-token" in ran.log


def test_validate_mode_needs_no_notion(action: ActionPlace) -> None:
    """``mode: validate`` runs the gates alone."""
    ran = action.run("push", mode="validate", notion_token="", notion_database_id="")

    assert ran.code == 0
    assert "3 manifests valid" in ran.summary


def test_a_bug_is_said_as_such_and_outputs_are_written(action: ActionPlace) -> None:
    """An unexpected exception fails the run as internal, with every output in its file."""

    def explode(*_: object) -> None:
        raise ZeroDivisionError("boom")

    action.open_repository = explode
    action.pull.change("alpha/module.manifest.json")

    ran = action.pull_request()

    assert ran.code == 1
    assert ran.outputs["failure-reason"] == "internal"
    assert "ZeroDivisionError" in ran.log


def test_a_broken_event_is_a_clear_error(action: ActionPlace) -> None:
    """A missing payload, or one without a pull request, is an error with a message."""
    assert "no pull request" in action.run("pull_request").log
    action.environ["GITHUB_EVENT_PATH"] = "/nowhere.json"
    assert "payload cannot be read" in action.run("pull_request").log
    del action.environ["GITHUB_EVENT_PATH"]
    action.environ["GITHUB_REPOSITORY"] = ""
    assert "GITHUB_REPOSITORY is not set" in action.run("push").log


def test_an_apply_that_cannot_begin_tells_the_pull_request(action: ActionPlace) -> None:
    """When the token was revoked after the merge, the merged pull request says so."""
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE

    ran = action.run("push", mode="apply", notion_token="ntn_revoked_token")

    assert ran.code == 2
    assert ran.outputs["failure-reason"] == "configuration"
    assert "Nothing was written to Notion" in action.comment
    assert "Nothing was written to Notion" in ran.summary


def test_a_comment_that_fails_leaves_the_apply_a_success(action: ActionPlace) -> None:
    """The apply succeeded, even if GitHub refuses the comment."""
    action.place.edit("alpha", description="It finds.")
    action.pull.merged_at, action.pull.merge_commit_sha = "2026-01-01", MERGE
    action.pull.forbidden = True

    ran = action.run("push", mode="apply")

    assert ran.code == 0
    assert ran.outputs["updated"] == "1"
    assert ran.outputs["comment-posted"] == "false"


def test_a_root_below_the_workspace(action: ActionPlace) -> None:
    """Manifests in a folder of the repository are found, and annotated by their whole path."""
    action.environ["GITHUB_WORKSPACE"] = str(action.place.root.parent)
    action.place.edit("alpha", features=["serach"])

    ran = action.run("push", root="repository", mode="validate")

    assert ran.code == 1
    assert "::error file=repository/alpha/module.manifest.json,line=1" in ran.log
    assert ran.outputs["report-path"] == "repository/reports/notion_sync_report.md"
