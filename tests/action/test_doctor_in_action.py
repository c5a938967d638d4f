"""``mode: doctor`` of the Action: the set-up examined on the runner, and nothing written."""

from __future__ import annotations

import pytest
from support.actions import ActionPlace

from lukhas_notion.emulator import FaultPlan

WORKFLOW = """\
name: Apply
on: {push: {branches: [main]}}
permissions: {}
concurrency: {group: notion-apply}
jobs:
  apply:
    runs-on: ubuntu-latest
    permissions: {contents: read, pull-requests: write}
    steps:
      - uses: lukhas-notion/lukhas-notion@v1
        with:
          mode: apply
          notion-token: ${{ secrets.NOTION_TOKEN }}
          notion-database-id: ${{ secrets.NOTION_DATABASE_ID }}
"""


def workflow(action: ActionPlace, text: str) -> None:
    """Put a workflow into the checkout."""
    folder = action.place.root / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "apply.yml").write_text(text)


def test_a_set_up_that_is_right_is_green(action: ActionPlace) -> None:
    """Every subject is in the summary, and Notion holds what it held."""
    workflow(action, WORKFLOW)
    pages, ledger = action.place.pages(), action.place.ledger()
    ran = action.run("workflow_dispatch", mode="doctor")
    assert ran.code == 0, ran.log
    assert (ran.outputs["findings"], ran.outputs["failure-reason"]) == ("0", "")
    assert "Nothing is wrong." in ran.summary
    assert "| ✅ pass | apply.yml" in ran.summary
    assert (action.place.pages(), action.place.ledger()) == (pages, ledger)


def test_what_is_wrong_is_annotated_with_its_fix(action: ActionPlace) -> None:
    """A missing permission, a property that is gone: both, each with what to do."""
    workflow(action, WORKFLOW.replace(", pull-requests: write", ""))
    action.place.notion.remove_property("APIs")
    ran = action.run("workflow_dispatch", mode="doctor")
    assert (ran.code, ran.outputs["failure-reason"]) == (1, "set-up")
    assert ran.outputs["findings"] == "2"
    assert "::error title=set-up::" in ran.log
    assert "Property 'APIs' not found in database" in ran.log
    assert "pull-requests: write" in ran.summary


def test_a_token_that_only_reads_is_right_for_a_preview(action: ActionPlace) -> None:
    """Where the input says that it is a preview's; for an apply it is a problem."""
    object.__setattr__(action.place.notion.workspace, "capabilities", frozenset({"read"}))
    preview = action.run("workflow_dispatch", mode="doctor", read_only="true")
    assert preview.code == 0, preview.log
    assert "The token cannot insert content. That is intended for previews." in preview.summary
    ran = action.run("workflow_dispatch", mode="doctor")
    assert (ran.code, ran.outputs["findings"]) == (1, "2")


def test_without_a_token_the_rest_is_examined(action: ActionPlace) -> None:
    """The token is named as missing; manifests and vocabularies are looked at all the same."""
    ran = action.run("workflow_dispatch", mode="doctor", notion_token="")
    assert ran.code == 1
    assert "NOTION_TOKEN is not set" in ran.log
    assert "manifests" in ran.summary


def test_a_forks_run_is_examined_without_notion(action: ActionPlace) -> None:
    """That it has no token is as it should be."""
    ran = action.pull_request(fork=True, mode="doctor")
    assert ran.code == 0, ran.log
    assert "Notion was not asked" in ran.summary
    assert action.pull.writes == []


@pytest.mark.parametrize("fault", ["429", "500", "502_html", "drop"])
def test_faults_of_notion_change_nothing_about_it(action: ActionPlace, fault: str) -> None:
    """What is lost on the way is asked again."""
    rules = [{"on": "any", "fault": fault, "nth": [1, 3]}]
    action.place.notion.break_by(FaultPlan.from_json({"rules": rules}))
    ran = action.run("schedule", mode="doctor")
    assert ran.code == 0, ran.log
    assert len(action.place.notion.injected) == 2


def test_a_stranger_is_never_examined_with_secrets(action: ActionPlace) -> None:
    """The event that runs with secrets on untrusted files is refused in this mode, too."""
    ran = action.run("pull_request_target", mode="doctor")
    assert ran.code == 2
    assert "is refused" in ran.log
