"""``mode: verify`` of the Action: comparison, summary, issue, and repair on demand."""

from __future__ import annotations

import json
import os

import pytest
from support.actions import ActionPlace, Ran
from support.fake_github import FakeIssue

from lukhas_notion.emulator import FaultPlan

MODES = {"mode": "verify"}
LEDGER = "manifests/.ledger/notion_sync.ndjson"


def verify(action: ActionPlace, event: str = "schedule", **inputs: str) -> Ran:
    """Run the Action for an event with mode verify."""
    return action.run(event, **{**MODES, **inputs})


def edit(action: ActionPlace, **values: object) -> None:
    """Edit alpha's page by hand."""
    page = action.place.pages()["alpha"]["id"]
    action.place.notion.edit_page(page, values or {"Description": "By hand."})


def test_what_agrees_is_green_and_opens_no_issue(action: ActionPlace) -> None:
    """Nothing is written, in Notion or on GitHub."""
    writes = action.place.writes
    ran = verify(action)
    assert ran.code == 0, ran.log
    assert ran.outputs["findings"] == "0"
    assert ran.outputs["issue-url"] == ran.outputs["failure-reason"] == ""
    assert "✅ In sync: repository, Notion and ledger agree on 3 modules, last" in ran.summary
    assert action.repository.issues == []
    assert action.place.writes == writes


def test_what_disagrees_is_red_and_opens_one_issue(action: ActionPlace) -> None:
    """The issue names module, property and value, and is not rewritten for the same findings."""
    edit(action)
    for _ in range(2):
        ran = verify(action)
        assert ran.code == 1
        assert ran.outputs["failure-reason"] == "out-of-sync"
        assert ran.outputs["findings"] == "1"
    [issue] = action.repository.issues
    assert ran.outputs["issue-url"] == issue.html_url
    assert issue.title == "Notion and the repository disagree"
    assert "### In Notion: page-edited (1)" in issue.body
    assert "By hand." in issue.body
    assert issue.edits == 0
    assert "::warning title=page-edited::alpha: Edited in Notion" in ran.log
    plan = json.loads((action.place.root / ran.outputs["plan-path"]).read_text())
    assert plan["findings"][0]["kind"] == "page-edited"


def test_the_issue_follows_what_is_found_and_is_closed_in_the_end(action: ActionPlace) -> None:
    """Another finding edits it; when all is well it says so and is closed; then a new one."""
    edit(action)
    verify(action)
    edit(action, Description="By hand.", Coverage=3)
    verify(action)
    [issue] = action.repository.issues
    assert issue.edits == 1
    assert "Coverage" in issue.body

    assert action.place.run("sync", "--all", "--repair-drift").code == 0
    well = verify(action)
    assert well.code == 0
    assert well.outputs["issue-url"] == issue.html_url
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    assert "✅ In sync" in issue.body

    edit(action)
    verify(action)
    assert [each.state for each in action.repository.issues] == ["closed", "open"]


def test_a_repair_brings_notion_back_and_closes_the_issue(action: ActionPlace) -> None:
    """It is the same run: found, repaired, verified again, and green."""
    edit(action)
    verify(action)
    ran = verify(action, repair="true")
    assert ran.code == 0, ran.log
    assert ran.outputs["updated"] == "1"
    assert ran.outputs["findings"] == "0"
    assert action.place.pages()["alpha"]["Description"] == "What alpha does."
    assert action.repository.issues[0].state == "closed"
    assert "1 finding before the repair" in ran.summary


def test_a_repair_that_takes_away_too_much_is_refused(action: ActionPlace) -> None:
    """The guard of an apply holds here, with its own reason of failure."""
    action.place.manifest("beta").unlink()
    ran = verify(action, repair="true", archive_removed="true")
    assert (ran.code, ran.outputs["failure-reason"]) == (1, "guard")
    assert "### ❌ The repair: refused" in ran.summary
    forced = verify(action, repair="true", archive_removed="true", force="1")
    assert forced.code == 0, forced.log
    assert forced.outputs["archived"] == "1"


def test_a_repair_that_notion_refuses_is_red(action: ActionPlace) -> None:
    """What could not be written is named, and the issue stays open."""
    edit(action)
    (action.place.root / "lukhas-notion.toml").write_text("[run]\nmax_retries = 0\n")
    broken = [{"on": "pages.update", "fault": "500", "probability": 1.0}]
    action.place.notion.break_by(FaultPlan.from_json({"rules": broken}))
    ran = verify(action, repair="true")
    assert (ran.code, ran.outputs["failure-reason"]) == (1, "unapplied")
    assert "### ❌ The repair: not applied (1)" in ran.summary
    assert action.repository.issues[0].state == "open"


def test_a_repair_that_cannot_begin_still_tells_its_findings(action: ActionPlace) -> None:
    """The property that is gone is a finding, in the issue as well."""
    action.place.notion.remove_property("APIs")
    edit(action)
    ran = verify(action, repair="true")
    assert (ran.code, ran.outputs["failure-reason"]) == (1, "out-of-sync")
    assert ran.outputs["findings"] == "2"
    assert "Property 'APIs' not found" in ran.summary
    [issue] = action.repository.issues
    assert "property-missing" in issue.body


def test_a_runner_without_a_ledger_is_no_finding(action: ActionPlace) -> None:
    """Its disk is new each time; only with ledger-branch is a missing ledger one."""
    (action.place.root / LEDGER).unlink()
    assert verify(action).code == 0


def test_an_invalid_manifest_is_annotated_on_its_line(action: ActionPlace) -> None:
    """As in every other mode."""
    action.place.edit("beta", features=["serach"])
    ran = verify(action)
    assert ran.code == 1
    assert "::error file=beta/module.manifest.json,line=1,title=manifest-invalid::" in ran.log


def test_only_nine_findings_are_annotated(action: ActionPlace) -> None:
    """The runner would drop the eleventh in silence; how many more there are is said."""
    for number in range(15):
        action.place.write(f"more-{number}", {"module": f"more-{number}"})
    ran = verify(action)
    assert ran.log.count("::warning") == 10
    assert "6 more findings, in the summary." in ran.log
    assert ran.summary.count("- `more-") == 15


@pytest.mark.parametrize("status", [403, 410, 404])
def test_an_issue_that_may_not_be_written_is_a_warning(action: ActionPlace, status: int) -> None:
    """The verdict stays, and the missing permission is named."""
    edit(action)
    action.repository.issues_status = status
    ran = verify(action)
    assert (ran.code, ran.outputs["failure-reason"]) == (1, "out-of-sync")
    assert "::warning title=issue::The issue could not be written" in ran.log
    assert "issues: write" in ran.log


def test_no_issue_is_written_where_none_is_wanted(action: ActionPlace) -> None:
    """GitHub is not even asked."""
    edit(action)
    action.repository.issues_status = 500
    ran = verify(action, issue="false")
    assert ran.code == 1
    assert "issue" not in ran.log.replace("issues", "")
    assert action.repository.issues == []


def test_strangers_issues_and_other_databases_are_left_alone(action: ActionPlace) -> None:
    """A copied marker, a pull request and the issue of another comment-id are not changed."""
    edit(action)
    verify(action, comment_id="other")
    [other] = action.repository.issues
    assert other.title == "Notion and the repository disagree (other)"
    action.repository.issues += [
        FakeIssue(90, other.title, other.body.replace('"other"', '""'), login="stranger"),
        FakeIssue(91, "a pull", other.body.replace('"other"', '""'), pull_request=object()),
        FakeIssue(92, "no body", "", login="stranger"),
    ]
    ran = verify(action)
    made = action.repository.issues[-1]
    assert ran.outputs["issue-url"] == made.html_url
    assert all(issue.edits == 0 for issue in action.repository.issues)


def test_of_two_issues_the_older_is_kept(action: ActionPlace) -> None:
    """Two runs at once may have opened one each; the next one closes the second."""
    edit(action)
    verify(action)
    [first] = action.repository.issues
    action.repository.issues.append(FakeIssue(99, first.title, first.body))
    verify(action)
    assert [issue.state for issue in action.repository.issues] == ["open", "closed"]
    assert action.repository.issues[1].state_reason == "not_planned"


def test_an_older_run_writes_over_no_newer_one(action: ActionPlace) -> None:
    """A run that was slow finds what a later run has said, and leaves it."""
    edit(action)
    action.run_id = 5000
    verify(action)
    action.run_id = 100
    edit(action, Description="By hand.", Coverage=3)
    verify(action)
    assert "Coverage" not in action.repository.issues[0].body


@pytest.mark.parametrize(
    ("event", "ref", "said"),
    [
        ("release", "refs/tags/v1", "refused for the event release"),
        ("workflow_run", "refs/heads/main", "refused for the event workflow_run"),
        ("push", "refs/heads/topic", "refused on refs/heads/topic"),
        ("workflow_dispatch", "refs/heads/topic", "refused on refs/heads/topic"),
    ],
)
def test_events_that_say_nothing_about_the_default_branch_are_refused(
    action: ActionPlace, event: str, ref: str, said: str
) -> None:
    """Notion shows the default branch only."""
    action.environ["GITHUB_REF"] = ref
    ran = verify(action, event)
    assert (ran.code, ran.outputs["failure-reason"]) == (2, "configuration")
    assert said in ran.log


def test_a_pull_request_is_refused(action: ActionPlace) -> None:
    """Its manifests are not in Notion yet, so all of them would seem to disagree."""
    ran = action.pull_request(mode="verify")
    assert ran.code == 2
    assert "refused for the event pull_request" in ran.log


def test_a_notion_that_cannot_be_read_is_no_verdict(action: ActionPlace) -> None:
    """The run is red for another reason, and the issue stays as it was."""
    edit(action)
    verify(action)
    (action.place.root / "lukhas-notion.toml").write_text("[run]\nmax_retries = 0\n")
    rules = [{"on": "data_sources.query", "fault": "503", "probability": 1.0}]
    action.place.notion.break_by(FaultPlan.from_json({"rules": rules}))
    ran = verify(action)
    assert (ran.code, ran.outputs["failure-reason"]) == (1, "notion")
    assert "## ❌ Not verified" in ran.summary
    assert action.repository.issues[0].edits == 0


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system has no owners")
def test_reports_belong_to_the_workspaces_owner(action: ActionPlace) -> None:
    """The user of the checkout can delete files that a container's root wrote."""
    ran = verify(action)
    owner = action.place.root.stat().st_uid
    for name in ("report-path", "plan-path"):
        assert (action.place.root / ran.outputs[name]).stat().st_uid == owner
