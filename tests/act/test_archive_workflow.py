"""A module is removed by a pull request, through the example workflows."""

from __future__ import annotations

import pytest
from support_project import Project

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
