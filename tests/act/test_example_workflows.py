"""The example workflows end to end, from pull request to merge."""

from __future__ import annotations

import re

import pytest
from support.project import Project

pytestmark = pytest.mark.slow


def test_from_pull_request_to_merge_without_docker(installing_project: Project) -> None:
    """Every step from comment to page succeeds through the composite action, on this machine."""
    tell(installing_project)


@pytest.mark.docker
def test_from_pull_request_to_merge_with_docker(docker_project: Project) -> None:
    """Every step succeeds through the Docker action, in a job's container, with the same files."""
    tell(docker_project)


def tell(project: Project) -> None:
    """Run a pull request: its comment is created, edited on a push, and final after the merge."""
    github = project.github
    github.create_branch("topic")
    project.commit("topic", "beta", "What beta does.")
    number = github.open_pull("topic")

    first = project.preview(number)
    assert first.code == 0, first.log
    assert first.output("comment-posted") == "true"
    assert first.output("created") == "1"
    [(identity, author, body)] = project.comments(number)
    assert author == "github-actions[bot]"
    assert "beta" in body
    assert project.modules() == {}

    project.commit("topic", "beta", "What beta does now.")
    second = project.preview(number)
    assert second.code == 0, second.log
    [(same, _, edited)] = project.comments(number)
    assert same == identity
    assert "What beta does now." in edited
    assert "What beta does now." not in body

    merged = project.apply(github.merge(number))
    assert merged.code == 0, merged.log
    assert project.modules() == {"alpha": "What alpha does.", "beta": "What beta does now."}
    [(last, _, final)] = project.comments(number)
    assert last == identity
    assert "applied" in final.lower()
    kept = re.findall(r"<notion-ledger-\d+-1> keeps (\S+)", merged.log)
    assert kept == [merged.output(f"{name}-path") for name in ("ledger", "report", "plan")]
