"""The daily verification, through the example workflow."""

from __future__ import annotations

import pytest
from support.github import Fault
from support.project import Project

from lukhas_notion.emulator import FaultPlan

pytestmark = pytest.mark.slow

LEDGER = {"ledger-branch": "notion-ledger"}


def test_a_morning_finds_an_edit_and_another_one_repairs_it(project: Project) -> None:
    """Green, then red with one issue, then repaired and the issue closed; the ledger is kept."""
    github, notion = project.github, project.notion
    github.allow_actions_to_write()
    project.workflows.inputs = LEDGER
    assert project.apply(github.head("main")).code == 0
    green = project.verify()
    assert green.code == 0, green.log
    assert green.output("findings") == "0"
    assert project.issues() == []

    [page] = notion.pages()
    notion.edit_page(page["id"], {"Description": "Somebody wrote this."})
    for _ in range(2):
        red = project.verify()
        assert red.code == 1, red.log
        assert red.output("failure-reason") == "out-of-sync"
    [(state, title, body)] = project.issues()
    assert (state, title) == ("open", "Notion and the repository disagree")
    assert "Somebody wrote this." in body
    assert project.modules() == {"alpha": "Somebody wrote this."}

    project.workflows.inputs = {**LEDGER, "repair": "true"}
    repaired = project.verify()
    assert repaired.code == 0, repaired.log
    assert project.modules() == {"alpha": "What alpha does."}
    [(state, _, body)] = project.issues()
    assert state == "closed"
    assert "In sync" in body


def test_faults_of_notion_and_github_change_nothing_about_it(project: Project) -> None:
    """Lost answers on the way: the finding is the same, and there is one issue."""
    github, notion = project.github, project.notion
    assert project.apply(github.head("main")).code == 0
    notion.trash_page(notion.pages()[0]["id"])
    rules = [
        {"on": "databases.retrieve", "fault": "502_html", "nth": 1},
        {"on": "data_sources.query", "fault": "500", "nth": 1},
        {"on": "data_sources.retrieve", "fault": "drop", "nth": 1},
    ]
    notion.break_by(FaultPlan.from_json({"rules": rules}))
    github.fail(Fault("POST", r".*/issues", 502, after=True))
    red = project.verify()
    assert red.code == 1, red.log
    assert red.output("findings") == "1"
    assert len(notion.injected) == 3
    [(state, _, body)] = project.issues()
    assert state == "open"
    assert "manifest-new" in body


@pytest.mark.docker
def test_it_runs_in_docker_too(docker_project: Project) -> None:
    """The same inputs and outputs, in a job's container."""
    project = docker_project
    assert project.apply(project.github.head("main")).code == 0
    green = project.verify()
    assert green.code == 0, green.log
    project.notion.edit_page(project.notion.pages()[0]["id"], {"Coverage": 3})
    red = project.verify()
    assert red.code == 1, red.log
    assert len(project.issues()) == 1
