"""The managed issue with real PyGithub, over HTTP, against an independent GitHub server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from support.github import Fault, GitHubStandIn, missing
from support.openapi import description, judge

from lukhas_notion.github.comment_text import Marker
from lukhas_notion.github.connection import ACTIONS_LOGIN
from lukhas_notion.github.errors import GitHubDenied, GitHubMissing
from lukhas_notion.github.managed import KeepResult, keep_issue

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "the stand-in is there")

ISSUES = r"/repos/octo/manifests/issues"
ISSUE = rf"{ISSUES}/\d+"
RUN = Marker("", "a" * 40, 100, 1, digest="d1", state="verify")


@dataclass(frozen=True)
class Wanted:
    """The wanted content of the issue."""

    title: str
    body: str
    marker: Marker
    all_well: bool


FOUND = Wanted("Notion and the repository disagree", "Two findings.", RUN, all_well=False)
WELL = replace(FOUND, body="In sync.", marker=replace(RUN, digest="d0"), all_well=True)


@pytest.fixture
def github(tmp_path: Path) -> Iterator[GitHubStandIn]:
    """Return a stand-in; every request must match GitHub's API description."""
    with GitHubStandIn(tmp_path) as running:
        running.seen.clear()
        yield running
        if description().exists():
            wrong = [fault for seen in running.seen for fault in judge().faults_of_request(seen)]
            assert wrong == []


def put(github: GitHubStandIn, wanted: Wanted) -> KeepResult:
    """Keep it with a workflow's own token."""
    repo = github.repo(github.actions_token)
    return keep_issue(
        repo,
        wanted.title,
        wanted.body,
        wanted.marker,
        login=lambda: ACTIONS_LOGIN,
        sleep=lambda _: None,
        all_well=wanted.all_well,
    )


def issues(github: GitHubStandIn) -> list[tuple[str, str]]:
    """Return state and last line of every issue that is not a pull request, the oldest first."""
    listed = github.repo().get_issues(state="all", sort="created", direction="asc")
    return [(i.state, i.body.splitlines()[-1]) for i in listed if i.pull_request is None]


def test_its_whole_life(github: GitHubStandIn) -> None:
    """The issue is opened, left unchanged, edited, closed, and opened again."""
    github.create_branch("topic")
    github.commit_files("topic", {"a.json": "{}"})
    github.open_pull("topic")
    assert put(github, WELL) == KeepResult("", "absent")
    assert put(github, FOUND).action == "created"
    again = replace(FOUND, marker=replace(RUN, run_id=101))
    assert put(github, again).action == "unchanged"
    more = replace(FOUND, body="Three.", marker=replace(RUN, run_id=102, digest="d2"))
    assert put(github, more).action == "updated"
    assert issues(github) == [("open", "Three.")]
    assert put(github, replace(WELL, marker=replace(RUN, run_id=103))).action == "closed"
    assert issues(github) == [("closed", "In sync.")]
    assert put(github, replace(FOUND, marker=replace(RUN, run_id=104))).action == "created"
    assert issues(github) == [("closed", "In sync."), ("open", "Two findings.")]


@pytest.mark.parametrize("status", [502, 0])
def test_an_issue_whose_answer_was_lost_is_not_opened_twice(
    github: GitHubStandIn, status: int
) -> None:
    """The open issues are read before the issue is opened again."""
    github.fail(Fault("POST", ISSUES, status, after=True))
    assert put(github, FOUND).action == "created"
    assert issues(github) == [("open", "Two findings.")]


def test_a_closing_whose_answer_was_lost_is_no_failure(github: GitHubStandIn) -> None:
    """An issue that is no longer open after a lost answer counts as closed."""
    put(github, FOUND)
    # More than PyGithub itself repeats.
    github.fail(Fault("PATCH", ISSUE, 502, after=True, times=5))
    assert put(github, replace(WELL, marker=replace(RUN, run_id=101))).action == "closed"
    assert issues(github) == [("closed", "In sync.")]


def test_an_issue_that_is_gone_when_it_is_edited_is_opened_anew(github: GitHubStandIn) -> None:
    """An issue that was deleted after the list was read is opened again."""
    put(github, FOUND)
    github.fail(Fault("PATCH", ISSUE, 410, message="This issue was deleted"))
    more = replace(FOUND, marker=replace(RUN, run_id=101, digest="d2"))
    assert put(github, more).action == "updated"


def test_a_token_that_may_not_says_which_permission_is_missing(github: GitHubStandIn) -> None:
    """A 403 names ``issues: write``, and a 410 is a repository without issues."""
    github.fail(Fault("POST", ISSUES, 403, message="Resource not accessible by integration"))
    with pytest.raises(GitHubDenied) as denied:
        put(github, FOUND)
    assert "issues: write" in denied.value.remedy
    github.fail(Fault("GET", ISSUES, 410, message="Issues are disabled for this repo"))
    with pytest.raises(GitHubMissing) as gone:
        put(github, FOUND)
    assert "Issues are disabled" in gone.value.message
