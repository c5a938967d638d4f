"""Suggestions through the preview's workflow, from the synonym to the commit that accepts it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.github import Fault
from support.project import Project

if TYPE_CHECKING:
    from github.PullRequestComment import PullRequestComment

pytestmark = pytest.mark.slow


def comments(project: Project, number: int) -> list[PullRequestComment]:
    """Return the comments on the pull request's lines."""
    return list(project.github.pull(number).get_review_comments())


def accept(project: Project, comment: PullRequestComment) -> None:
    """Commit a suggestion, as GitHub does: the block's lines take the place of the comment's."""
    fence, _, rest = comment.body.partition("```suggestion\n")
    offered, _, _ = rest.partition("\n```")
    assert fence.startswith("<!-- lukhas-notion-suggestion ")
    lines = (project.workflows.checkout / comment.path).read_text().split("\n")
    lines[(comment.start_line or comment.line) - 1 : comment.line] = offered.split("\n")
    project.save("topic", comment.path, "\n".join(lines))


def test_a_synonym_is_suggested_once_and_gone_when_it_is_accepted(project: Project) -> None:
    """Two synonyms of one name: one suggestion on their lines, whatever GitHub's faults are."""
    github = project.github
    vocabulary = {"search": {"synonyms": ["find", "look up"]}}
    project.save("main", "vocab/features.json", json.dumps(vocabulary))
    github.create_branch("topic")
    project.commit("topic", "beta", "What beta does.", features=["Find", "look-up"])
    number = github.open_pull("topic")
    github.fail(
        Fault("GET", r".*/pulls/\d+/comments", 502),
        Fault("POST", r".*/reviews", 502, after=True),
    )

    first = project.preview(number)

    assert first.code == 1
    assert first.output("failure-reason") == "violations"
    assert first.output("comment-posted") == "true"
    [comment] = comments(project, number)
    assert (comment.user.login, comment.path) == (
        "github-actions[bot]",
        "beta/module.manifest.json",
    )
    assert (comment.start_line, comment.line) == (5, 6)
    [(_, _, body)] = project.comments(number)
    assert "2 by the suggestions in the changed files" in body

    assert project.preview(number).code == 1
    assert [again.id for again in comments(project, number)] == [comment.id]

    accept(project, comment)
    last = project.preview(number)
    assert last.code == 0, last.log
    assert comments(project, number) == []
    assert project.apply(github.merge(number)).code == 0
    assert [page["Features"] for page in project.notion.pages() if page["Module"] == "beta"] == [
        ["search"]
    ]
