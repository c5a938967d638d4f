"""A module is removed by a pull request, through the example workflows."""

from __future__ import annotations

import pytest
from support.project import Project

from lukhas_notion.emulator import FaultPlan

pytestmark = pytest.mark.slow


def test_a_removed_module_goes_to_the_trash_after_the_merge(project: Project) -> None:
    """The comment announces it, the apply does it, and the runner kept no ledger for it."""
    github = project.github
    for name in ("beta", "gamma", "delta"):
        project.commit("main", name, f"What {name} does.")
    assert project.apply(github.head("main")).code == 0
    assert sorted(project.modules()) == ["alpha", "beta", "delta", "gamma"]
    project.workflows.inputs = {"archive-removed": "true"}
    github.create_branch("topic")
    project.remove("topic", "beta")
    number = github.open_pull("topic")

    shown = project.preview(number)
    assert shown.code == 0, shown.log
    assert shown.output("archived") == "1"
    [(_, _, body)] = project.comments(number)
    assert "## 📝 Merging moves 1 page to Notion's trash" in body
    assert "beta" in project.modules()

    merged = project.apply(github.merge(number))
    assert merged.code == 0, merged.log
    assert merged.output("archived") == "1"
    assert merged.output("plan-digest") == shown.output("plan-digest")
    assert sorted(project.modules()) == ["alpha", "delta", "gamma"]


def test_faults_of_notion_take_no_page_away_twice_and_none_too_many(project: Project) -> None:
    """With answers lost on the way one page goes, and a plan that takes a third is refused."""
    github, notion = project.github, project.notion
    for name in ("beta", "gamma", "delta"):
        project.commit("main", name, f"What {name} does.")
    assert project.apply(github.head("main")).code == 0
    project.workflows.inputs = {"archive-removed": "true"}
    sha = project.remove("main", "beta")
    rules = [
        {"on": "pages.update", "fault": "503", "nth": 1, "when": "after"},
        {"on": "pages.retrieve", "fault": "drop", "nth": 1},
        {"on": "data_sources.query", "fault": "502_html", "nth": 1},
    ]
    notion.break_by(FaultPlan.from_json({"rules": rules}))
    applied = project.apply(sha)
    assert applied.code == 0, applied.log
    assert applied.output("archived") == "1"
    assert sorted(project.modules()) == ["alpha", "delta", "gamma"]

    project.remove("main", "gamma")
    refused = project.apply(project.remove("main", "delta"))
    assert refused.code == 1, refused.log
    assert refused.output("failure-reason") == "guard"
    assert sorted(project.modules()) == ["alpha", "delta", "gamma"]
