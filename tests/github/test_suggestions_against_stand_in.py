"""Suggestions with real PyGithub, over HTTP; requests and answers as GitHub describes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import count

import pytest
from support.github import Fault, GitHubStandIn, missing
from support.openapi import description, judge

from lukhas_notion.github.connection import ACTIONS_LOGIN
from lukhas_notion.github.errors import GitHubDenied, GitHubError
from lukhas_notion.github.line_comments import LineComment, hunks, reconcile
from lukhas_notion.github.pulls import changed_files

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "the stand-in is there")

REVIEWS = r".*/pulls/\d+/reviews"
NUMBERS = count(1)
LINES = [f'"line {n}"' for n in range(40)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubStandIn]:
    """One stand-in for the module: each test has branches and pull requests of its own."""
    with GitHubStandIn(tmp_path_factory.mktemp("github")) as stand_in:
        stand_in.commit_files("main", {"long.json": text(LINES)})
        yield stand_in


@pytest.fixture
def github(running: GitHubStandIn) -> Iterator[GitHubStandIn]:
    """Return the stand-in; requests and reviews must match GitHub's API description."""
    running.fail()
    running.seen.clear()
    yield running
    if description().exists():
        asked = [seen for seen in running.seen if 0 < seen.status < 400]
        wrong = [fault for seen in asked for fault in judge().faults_of_request(seen)]
        about = re.compile(r".*/pulls/(\d+/(reviews|comments.*)|comments/\d+)")
        for seen in asked:
            # A line that is over is null, which the description does not say.
            lines = seen.answer if isinstance(seen.answer, list) else []
            if about.fullmatch(seen.path) and all(line["line"] for line in lines):
                wrong += judge().faults_of_answer(seen)
        assert wrong == []


def text(lines: Sequence[str]) -> str:
    """Return a document of lines."""
    return "[\n" + ",\n".join(lines) + "\n]\n"


def changed(*numbers: int) -> list[str]:
    """Return the lines of the document with some of them changed; the first one is 2."""
    return [f'"find {n}"' if n + 2 in numbers else line for n, line in enumerate(LINES)]


def propose(github: GitHubStandIn, *numbers: int) -> tuple[str, int]:
    """Open a pull request that changes lines of the document; return its branch and number."""
    branch = f"lines-{next(NUMBERS)}"
    github.create_branch(branch)
    github.commit_files(branch, {"long.json": text(changed(*numbers))})
    return branch, github.open_pull(branch)


def wanted(first: int, last: int = 0) -> LineComment:
    """Return a comment on lines of the document."""
    return LineComment("long.json", first, last or first, f"On {first}.\n\n```suggestion\nx\n```")


def put(github: GitHubStandIn, number: int, *comments: LineComment) -> tuple[int, int, int]:
    """Reconcile with a workflow's own token; return how many were created, kept and removed."""
    repo = github.repo(github.actions_token)
    pull = repo.get_pull(number)
    done = reconcile(
        pull,
        comments,
        comment_id="",
        login=lambda: ACTIONS_LOGIN,
        commit=lambda: repo.get_commit(pull.head.sha),
        sleep=lambda _: None,
    )
    return done.created, done.kept, done.removed


def asked_for(github: GitHubStandIn, method: str, path: str) -> int:
    """Return the number of requests for a path."""
    return sum(s.method == method and bool(re.fullmatch(path, s.path)) for s in github.seen)


def lines(github: GitHubStandIn, number: int) -> list[tuple[int | None, int | None]]:
    """Return the lines that the pull request's comments are on."""
    return [(c.start_line, c.line) for c in github.pull(number).get_review_comments()]


def test_the_lines_of_the_diff_are_those_that_take_a_comment(github: GitHubStandIn) -> None:
    """GitHub accepts comments on changed lines and three lines around them only."""
    _, number = propose(github, 5, 30)
    [file] = github.pull(number).get_files()
    found = hunks(file.patch)
    assert [(h.first, len(h.lines)) for h in found] == [(2, 7), (27, 7)]
    assert found[0].lines == tuple(f"{line}," for line in changed(5)[:7])
    for hunk in found:
        last = hunk.first + len(hunk.lines) - 1
        assert put(github, number, wanted(hunk.first, last))[0] == 1
        for outside in (hunk.first - 1, last + 1):
            with pytest.raises(GitHubError, match="could not be resolved"):
                put(github, number, wanted(outside))
    with pytest.raises(GitHubError, match="could not be resolved"):
        put(github, number, wanted(8, 27))


def test_a_suggestions_life(github: GitHubStandIn) -> None:
    """A suggestion is created, kept while its line moves, and removed when it is accepted."""
    branch, number = propose(github, 5, 30)
    assert put(github, number, wanted(5), wanted(29, 30)) == (2, 0, 0)
    assert put(github, number, wanted(5), wanted(29, 30)) == (0, 2, 0)
    github.commit_files(branch, {"long.json": "[\n" + text(changed(5, 30))[1:].lstrip("\n")})
    github.commit_files(branch, {"long.json": text(['"new"', *changed(5, 30)])})
    assert lines(github, number) == [(None, 6), (30, 31)]
    assert put(github, number, wanted(6), wanted(30, 31)) == (2, 0, 2)
    github.commit_files(branch, {"long.json": text(['"new"', *changed(30)])})
    assert lines(github, number) == [(None, None), (30, 31)]
    assert put(github, number, wanted(30, 31)) == (0, 1, 1)
    assert put(github, number) == (0, 0, 1)
    assert lines(github, number) == []


def test_a_conversation_stays(github: GitHubStandIn) -> None:
    """A comment with a reply stays, without a request for each comment of others."""
    _, number = propose(github, 5, 30)
    put(github, number, wanted(5), wanted(30))
    stranger = github.pull(number, github.stranger_token)
    first = next(iter(stranger.get_review_comments()))
    stranger.create_review_comment_reply(first.id, "Why?")
    github.seen.clear()
    assert put(github, number) == (0, 0, 1)
    assert len(lines(github, number)) == 2
    assert asked_for(github, "GET", r".*/pulls/comments/\d+") == 0


def test_they_are_found_behind_130_others(github: GitHubStandIn) -> None:
    """Managed comments are found on all pages of the list."""
    _, number = propose(github, 5)
    stranger = github.pull(number, github.stranger_token)
    remarks = [{"path": "long.json", "line": 5, "body": f"remark {n}"} for n in range(130)]
    stranger.create_review(event="COMMENT", comments=remarks)  # type: ignore[arg-type]
    assert put(github, number, wanted(5)) == (1, 0, 0)
    assert put(github, number, wanted(5)) == (0, 1, 0)


@pytest.mark.parametrize("status", [502, 0])
def test_a_review_whose_answer_was_lost_is_not_made_twice(
    github: GitHubStandIn, status: int
) -> None:
    """A review that was created before a 502 or a dropped connection is not created twice."""
    _, number = propose(github, 5)
    github.fail(Fault("POST", REVIEWS, status, after=True))
    github.seen.clear()
    assert put(github, number, wanted(5)) == (1, 0, 0)
    assert asked_for(github, "POST", REVIEWS) == 1
    assert lines(github, number) == [(None, 5)]


def test_a_review_for_a_commit_that_is_no_longer_the_head_is_refused(
    github: GitHubStandIn,
) -> None:
    """A review for an outdated head is refused with 422."""
    branch, number = propose(github, 5)
    repo = github.repo(github.actions_token)
    pull = repo.get_pull(number)
    before = pull.head.sha
    assert github.commit_files(branch, {"more.json": json.dumps(number)}) != before
    with pytest.raises(GitHubError) as refused:
        reconcile(
            pull,
            [wanted(5)],
            comment_id="",
            login=lambda: ACTIONS_LOGIN,
            commit=lambda: repo.get_commit(pull.head.sha),
            sleep=lambda _: None,
        )
    assert refused.value.status == 422
    assert lines(github, number) == []


def test_a_forks_token_may_not(github: GitHubStandIn) -> None:
    """A fork's token raises GitHubDenied, without a repeat."""
    _, number = propose(github, 5)
    github.fail(Fault("POST", REVIEWS, 403, "Resource not accessible by integration", times=9))
    with pytest.raises(GitHubDenied, match="not accessible"):
        put(github, number, wanted(5))


def test_a_removal_whose_answer_was_lost_is_no_error(github: GitHubStandIn) -> None:
    """A removal without an answer that is repeated and gets a 404 is not an error."""
    _, number = propose(github, 5)
    put(github, number, wanted(5))
    github.fail(Fault("DELETE", r".*/pulls/comments/\d+", 502, after=True))
    assert put(github, number) == (0, 0, 0)
    assert lines(github, number) == []


def test_a_file_that_is_shown_without_its_hunks_has_no_lines(github: GitHubStandIn) -> None:
    """A file without a patch has no lines for comments."""
    branch = f"many-{next(NUMBERS)}"
    github.create_branch(branch)
    github.commit_files(branch, {f"{branch}/{n}.json": "{}" for n in range(40)})
    files = changed_files(github.pull(github.open_pull(branch))).files
    assert {hunks(file.patch) for file in files} == {()}
