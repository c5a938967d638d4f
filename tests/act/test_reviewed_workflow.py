"""Only what the pull request's comment showed is applied, through the example workflows."""

from __future__ import annotations

import json

import pytest
from support.project import Project

from lukhas_notion.emulator import FaultPlan
from lukhas_notion.plan.database import color_of

pytestmark = pytest.mark.slow


def reviewed(project: Project) -> tuple[int, str]:
    """Preview a pull request that adds a module; return its number and the plan's digest."""
    project.workflows.inputs = {"require-reviewed-plan": "true"}
    project.notion.create_page(
        next(iter(project.notion.workspace.store.data_sources)), {"Module": "by hand"}
    )
    project.github.create_branch("topic")
    project.commit("topic", "beta", "What beta does.")
    number = project.github.open_pull("topic")
    shown = apart(project, number)
    return number, shown


def apart(project: Project, number: int) -> str:
    """Preview without the input that only an apply may have; return the digest."""
    inputs, project.workflows.inputs = project.workflows.inputs, {"scope": "all"}
    shown = project.preview(number)
    project.workflows.inputs = inputs
    assert shown.code == 0, shown.log
    return shown.output("plan-digest")


def test_the_plan_of_the_comment_is_applied_and_no_other(project: Project) -> None:
    """A manifest that slipped in is refused and named; without it the same push goes through."""
    number, digest = reviewed(project)
    sha = project.github.merge(number)
    slipped = project.workflows.checkout / "gamma"
    slipped.mkdir()
    (slipped / "module.manifest.json").write_text(json.dumps({"module": "gamma"}))

    refused = project.apply(sha)
    assert refused.code == 1, refused.log
    assert refused.output("failure-reason") == "plan-changed"
    assert project.modules() == {"by hand": ""}
    [(_, _, body)] = project.comments(number)
    assert "+ create gamma: planned, but not reviewed" in body

    (slipped / "module.manifest.json").unlink()
    applied = project.apply(sha)
    assert applied.code == 0, applied.log
    assert applied.output("plan-digest") == digest
    assert sorted(project.modules()) == ["alpha", "beta", "by hand"]


def test_faults_of_notion_change_nothing_about_it(project: Project) -> None:
    """With answers lost and requests refused on the way, the reviewed plan is applied, once."""
    number, digest = reviewed(project)
    sha = project.github.merge(number)
    rules = [
        {"on": "pages.create", "fault": "503", "nth": 1, "when": "after"},
        {"on": "pages.create", "fault": "429", "nth": 2},
        {"on": "data_sources.query", "fault": "500", "nth": 1},
        {"on": "data_sources.update", "fault": "409", "nth": 1},
    ]
    project.notion.break_by(FaultPlan.from_json({"rules": rules}))
    applied = project.apply(sha)
    assert applied.code == 0, applied.log
    assert applied.output("plan-digest") == digest
    assert len(project.notion.pages()) == 3


def test_a_vocabulary_of_more_than_a_hundred_names(project: Project) -> None:
    """Preview and apply say which options come by a page; none is lost, and most have colours."""
    names = ["search", *(f"feature-{number:03}" for number in range(119))]
    vocabulary = json.dumps({name: {} for name in names})
    (project.workflows.checkout / "vocab" / "features.json").write_text(vocabulary)
    project.github.commit_files("main", {"vocab/features.json": vocabulary})
    project.github.create_branch("topic")
    project.commit("topic", "beta", "What beta does.", features=["search", "feature-118"])
    number = project.github.open_pull("topic")

    shown = project.preview(number)
    assert shown.code == 0, shown.log
    [(_, _, body)] = project.comments(number)
    assert "`feature-118` (without a colour, by the pages that use them)" in body
    assert "19 more names of the vocabulary come with the first page that uses them" in body

    project.notion.break_by(
        FaultPlan.from_json(
            {"rules": [{"on": "pages.create", "fault": "502_html", "nth": 1, "when": "after"}]}
        )
    )
    applied = project.apply(project.github.merge(number))
    assert applied.code == 0, applied.log
    options = project.notion.options("Features")
    assert list(options)[:100] == names[:100]
    assert all(options[name] == color_of(name) for name in names[:100])
    assert list(options)[100:] == ["feature-118"]
    assert sorted(project.modules()) == ["alpha", "beta"]
