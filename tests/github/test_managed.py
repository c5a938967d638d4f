"""One comment is kept up to date, with other comments in the pull request and after failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from github import GithubException, RateLimitExceededException, UnknownObjectException
from requests import ConnectionError as Dropped
from support.fake_github import (
    BOT,
    LONGEST,
    FakeComment,
    FakeIssue,
    FakePull,
    FakeRepository,
    fake_requester,
    raising,
    refused,
)

from lukhas_notion.github.comment_text import Marker
from lukhas_notion.github.connection import ACTIONS_LOGIN, login_of
from lukhas_notion.github.errors import (
    GitHubDenied,
    GitHubError,
    GitHubMissing,
    GitHubUnavailable,
)
from lukhas_notion.github.managed import KeepResult, find_comment, keep_comment, keep_issue

RUN = Marker("", "a" * 40, 100, 1, digest="d1", state="preview")
ISSUE = Marker("", "a" * 40, 100, 1, digest="d1", state="verify")
EARLIER, LATER = replace(RUN, run_id=99), replace(RUN, run_id=101)


def mine(pull: FakePull, marker: Marker, body: str) -> FakeComment:
    """Add a comment of an earlier run."""
    return pull.add(BOT, f"{marker.render()}\n{body}")


def texts(pull: FakePull) -> list[str]:
    """Return the text below the first line of each comment."""
    return [(comment.body or "").partition("\n")[2] for comment in pull.comments]


def put(
    pull: FakePull,
    body: str = "text",
    marker: Marker = RUN,
    *,
    create: bool = True,
    login: Callable[[], str] = lambda: BOT,
) -> tuple[KeepResult, list[float]]:
    """Update the comment and return the result with the waits."""
    waits: list[float] = []
    result = keep_comment(
        pull,  # type: ignore[arg-type]
        body,
        marker,
        login=login,
        create=create,
        sleep=waits.append,
    )
    return result, waits


def test_the_first_run_creates_it_with_its_marker_on_line_one() -> None:
    """A new comment has its marker on the first line."""
    pull = FakePull()
    result, _ = put(pull)
    assert result == KeepResult("https://github.example/comment/101", "created")
    assert pull.comments[0].body == f"{RUN.render()}\ntext"


def test_nobody_is_asked_whose_token_it_is_where_no_comment_has_a_marker() -> None:
    """The new comment names its author, whose other comments are removed."""
    pull = FakePull()
    pull.add("octo", "Looks good.")
    pull.on["posted"] = [lambda: mine(pull, EARLIER, "of another run")]
    assert put(pull, login=lambda: pytest.fail("asked"))[0].action == "created"
    assert texts(pull)[1:] == ["text"]


def test_the_next_run_edits_the_same_comment() -> None:
    """The comment of the earlier run is edited, however many comments precede it."""
    pull = FakePull()
    for number in range(130):
        pull.add("someone", f"comment {number}")
    ours = mine(pull, EARLIER, "old")
    result, _ = put(pull)
    assert result == KeepResult(ours.html_url, "updated")
    assert ours.body == f"{RUN.render()}\ntext"
    assert len(pull.comments) == 131


@pytest.mark.parametrize("stored", ["text\nmore", "text \r\nmore\r\n"])
def test_the_same_text_is_not_written_again(stored: str) -> None:
    """A comment that differs only in line ends, trailing spaces or run number is not written."""
    pull = FakePull()
    ours = pull.add(BOT, f"{EARLIER.render()}\r\n{stored}")
    result, _ = put(pull, "text\nmore")
    assert result == KeepResult(ours.html_url, "unchanged")
    assert pull.writes == []


@pytest.mark.parametrize("other", [{"head_sha": "b" * 40}, {"digest": "d2"}, {"state": "applied"}])
def test_the_same_text_about_something_else_is_written(other: dict[str, str]) -> None:
    """A comment about another commit, digest or state is written, even with the same text."""
    pull = FakePull()
    mine(pull, replace(EARLIER, **other), "text")
    assert put(pull)[0].action == "updated"
    assert Marker.parse(pull.comment) == RUN


@pytest.mark.parametrize("later", [LATER, replace(RUN, run_attempt=2)])
def test_an_older_run_never_overwrites_a_newer_one(later: Marker) -> None:
    """A run does not change the comment of a later run or attempt."""
    pull = FakePull()
    ours = mine(pull, later, "newer")
    result, _ = put(pull)
    assert result == KeepResult(ours.html_url, "outdated")
    assert pull.writes == []


def test_without_create_none_is_made() -> None:
    """Without ``create`` no comment is created."""
    pull = FakePull()
    assert put(pull, create=False)[0] == KeepResult("", "absent")
    assert pull.comments == []


def test_without_create_an_existing_one_is_updated() -> None:
    """Without ``create`` an existing comment is updated."""
    pull = FakePull()
    mine(pull, EARLIER, "old")
    assert put(pull, create=False)[0].action == "updated"


@pytest.mark.parametrize("author", ["mallory", None])
def test_a_marker_in_somebody_elses_comment_counts_for_nothing(author: str | None) -> None:
    """A marker that another user copied is ignored."""
    pull = FakePull()
    spoof = pull.add(author, f"{LATER.render()}\nspoof")
    assert put(pull)[0].action == "created"
    assert spoof.body.endswith("spoof")
    assert find_comment(pull, "", lambda: BOT).body == "text"  # type: ignore[arg-type,union-attr]


def test_our_own_comments_without_the_marker_or_with_another_id_are_left_alone() -> None:
    """Comments of the same login without the marker, or with another id, are not changed."""
    pull = FakePull()
    pull.add(BOT, "another tool's")
    mine(pull, replace(EARLIER, comment_id="staging"), "staging's")
    assert put(pull)[0].action == "created"
    assert texts(pull)[1:] == ["staging's", "text"]


def test_of_duplicates_the_latest_runs_is_kept() -> None:
    """Of two comments the later run's is edited, and the other is removed.

    Another run may remove one at the same time: that is no error.
    """
    pull = FakePull()
    mine(pull, replace(RUN, run_id=97), "a")
    kept = mine(pull, EARLIER, "b")
    mine(pull, replace(RUN, run_id=98), "c")
    gone = pull.comments[0]
    pull.on["delete"] = [lambda: pull.comments.remove(gone)]
    assert put(pull)[0] == KeepResult(kept.html_url, "updated")
    assert texts(pull) == ["text"]


def test_a_run_that_lost_the_race_removes_its_own_duplicate() -> None:
    """A run removes its own new comment when a later run has posted meanwhile."""
    pull = FakePull()
    pull.on["post"] = [lambda: mine(pull, LATER, "newer")]
    result, _ = put(pull)
    assert result == KeepResult("https://github.example/comment/101", "outdated")
    assert texts(pull) == ["newer"]


def test_a_run_that_won_the_race_removes_the_older_one() -> None:
    """A run removes the comment that an older run has posted meanwhile."""
    pull = FakePull()
    pull.on["post"] = [lambda: mine(pull, EARLIER, "older")]
    assert put(pull)[0] == KeepResult("https://github.example/comment/102", "created")
    assert texts(pull) == ["text"]


def test_a_list_that_lags_behind_does_not_hide_what_was_made() -> None:
    """The address of a new comment is returned even if the list does not have it yet."""
    pull = FakePull()
    hidden: list[FakeComment] = []
    pull.on["posted"] = [lambda: hidden.append(pull.comments.pop())]
    assert put(pull)[0] == KeepResult("https://github.example/comment/101", "created")
    assert len(hidden) == 1


@pytest.mark.parametrize(
    "failure", [GithubException(502, {"message": "Server Error"}), Dropped("reset")]
)
def test_a_post_whose_answer_was_lost_is_not_repeated(failure: Exception) -> None:
    """A comment that was created before a 502 or a dropped connection is not posted again."""
    pull = FakePull()
    pull.on["posted"] = [raising(failure)]
    result, waits = put(pull)
    assert result.action == "created"
    assert pull.writes == ["create"]
    assert waits == [1.0]


def test_a_post_that_was_not_done_is_repeated() -> None:
    """After a 503 without effect the comment is posted again."""
    pull = FakePull()
    pull.on["post"] = [refused(503), refused(503)]
    result, waits = put(pull)
    assert result.action == "created"
    assert pull.writes == ["create"]
    assert waits == [1.0, 2.0]


def test_an_edit_whose_answer_was_lost_counts_as_done() -> None:
    """An edit without an answer counts as updated once the list has its text."""
    pull = FakePull()
    mine(pull, EARLIER, "old")
    pull.on["edited"] = [refused(502)]
    assert put(pull)[0].action == "updated"
    assert pull.writes == ["edit"]


def test_a_comment_that_was_removed_meanwhile_is_made_anew() -> None:
    """A comment that is deleted between list and edit is created again."""
    pull = FakePull()
    mine(pull, EARLIER, "old")
    pull.on["edit"] = [pull.comments.clear]
    result, waits = put(pull)
    assert result.action == "created"
    assert texts(pull) == ["text"]
    assert waits == []


def test_repeating_is_bounded() -> None:
    """After a few tries a GitHub that is down is an error with its status."""
    pull = FakePull()
    pull.on["post"] = [refused(502)] * 9
    with pytest.raises(GitHubUnavailable) as caught:
        put(pull)
    assert caught.value.status == 502
    assert len(pull.on["post"]) == 5


def test_a_rate_limit_is_waited_for_as_long_as_github_says() -> None:
    """A rate-limited POST is sent again after the wait that GitHub asks for."""
    pull = FakePull()
    limit = RateLimitExceededException(403, {"message": "secondary"}, {"retry-after": "7"})
    pull.on["post"] = [raising(limit)]
    result, waits = put(pull)
    assert result.action == "created"
    assert waits == [7.0]


def test_a_rate_limit_that_takes_too_long_is_an_error() -> None:
    """A rate limit of an hour is an error."""
    pull = FakePull()
    pull.on["list"] = [refused(429, "slow down", **{"retry-after": "3600"})]
    with pytest.raises(GitHubUnavailable, match="429"):
        put(pull)


@pytest.mark.parametrize("moment", ["list", "post", "edit", "delete"])
def test_a_token_that_may_not_comment_is_told_apart(moment: str) -> None:
    """A token that may not comment raises GitHubDenied."""
    pull = FakePull()
    if moment in ("edit", "delete"):
        mine(pull, EARLIER, "old")
    if moment == "delete":
        mine(pull, replace(RUN, run_id=98), "older")
    pull.on[moment] = [refused(403, "Resource not accessible by integration")]
    with pytest.raises(GitHubDenied, match="not accessible") as caught:
        put(pull)
    assert "pull-requests: write" in caught.value.remedy
    assert caught.value.status == 403


def test_other_refusals_are_errors_of_their_own() -> None:
    """A bad token and a validation error have their own errors, and are not repeated."""
    pull = FakePull()
    pull.on["list"] = [refused(401, "Bad credentials")]
    with pytest.raises(GitHubDenied, match="Bad credentials") as denied:
        put(pull)
    assert denied.value.status == 401
    pull.on["post"] = [refused(422, "Validation Failed")]
    with pytest.raises(GitHubError, match="Validation Failed"):
        put(pull)
    pull.on["post"] = [raising(UnknownObjectException(404, {"message": "Not Found"}))]
    with pytest.raises(GitHubMissing):
        put(pull)


def test_a_body_that_is_too_long_is_never_sent() -> None:
    """A body over the limit raises ValueError, and is not sent."""
    pull = FakePull()
    longest = LONGEST - len(RUN.render()) - 1
    with pytest.raises(ValueError, match="65536"):
        put(pull, "x" * (longest + 1))
    assert pull.writes == []
    assert put(pull, "x" * longest)[0].action == "created"


def test_find_returns_the_kept_comment_with_its_marker_and_text() -> None:
    """A managed comment is found with its marker and the text below it."""
    pull = FakePull()
    assert find_comment(pull, "", lambda: BOT) is None  # type: ignore[arg-type]
    mine(pull, EARLIER, "old")
    mine(pull, RUN, "new\nlines")
    found = find_comment(pull, "", lambda: BOT)  # type: ignore[arg-type]
    assert found is not None
    assert (found.marker, found.body, found.url) == (
        RUN,
        "new\nlines",
        "https://github.example/comment/102",
    )
    assert pull.writes == []


def tell(repo: FakeRepository, marker: Marker = ISSUE, *, all_well: bool = False) -> KeepResult:
    """Update the issue."""
    return keep_issue(
        repo,  # type: ignore[arg-type]
        "They disagree",
        "text",
        marker,
        login=lambda: BOT,
        sleep=lambda _: None,
        all_well=all_well,
    )


def test_of_several_issues_the_oldest_is_kept() -> None:
    """Of several issues the oldest is kept, and the others are closed."""
    repo = FakeRepository()
    for number, run in ((5, 99), (3, 98), (4, 97)):
        text = f"{replace(ISSUE, run_id=run, digest='old').render()}\nold"
        repo.issues.append(FakeIssue(number, "They disagree", text))
    assert tell(repo) == KeepResult("https://github.example/issues/3", "updated")
    assert [(i.number, i.state_reason) for i in repo.issues if i.state == "closed"] == [
        (5, "not_planned"),
        (4, "not_planned"),
    ]


def test_a_persons_copy_of_an_issue_is_no_issue_of_ours() -> None:
    """A user's copy of the issue and a pull request are not managed issues."""
    repo = FakeRepository()
    text = f"{replace(ISSUE, run_id=101).render()}\nspoof"
    repo.issues += [
        FakeIssue(3, "They disagree", text, login="mallory"),
        FakeIssue(4, "They disagree", text, pull_request=object()),
    ]
    assert tell(repo).action == "created"
    assert tell(repo, all_well=True).action == "closed"
    assert [issue.edits for issue in repo.issues] == [0, 0, 1]


def test_an_older_run_does_not_close_a_newer_runs_issue() -> None:
    """An older run does not close the issue of a later run."""
    repo = FakeRepository()
    tell(repo, replace(ISSUE, run_id=101))
    assert tell(repo, all_well=True).action == "outdated"
    assert repo.issues[0].state == "open"


def asker(error: Exception | None) -> Any:
    """Return an object with a requester that answers ``GET /user``."""

    def request(verb: str, url: str) -> tuple[dict[str, str], dict[str, str]]:
        if error:
            raise error
        return {}, {"login": f"{verb} {url}"}

    return SimpleNamespace(requester=fake_requester(request))


def test_login_is_the_tokens_own() -> None:
    """The login of a user's token is read from GitHub."""
    assert login_of(asker(None)) == "GET /user"


def test_an_apps_token_does_not_ask_for_a_user() -> None:
    """Such a token, a workflow's own included, has no user: only GraphQL knows its login."""
    seen = []

    def request(verb: str, url: str) -> tuple[dict[str, str], Any]:
        seen.append(url)
        return {}, {"data": {"viewer": {"login": "app[bot]"}}}

    requester = fake_requester(request)
    requester.auth = SimpleNamespace(token="ghs_x")
    client: Any = SimpleNamespace(requester=requester)
    assert (login_of(client), seen) == ("app[bot]", ["/graphql"])


@pytest.mark.parametrize("status", [403, 404])
def test_a_workflows_token_is_the_actions_bot(status: int) -> None:
    """A workflow's own token has the login of the Actions bot."""
    assert login_of(asker(GithubException(status, {"message": "no"}))) == ACTIONS_LOGIN


def test_a_bad_token_has_no_login() -> None:
    """A token that is not valid raises GitHubDenied."""
    with pytest.raises(GitHubDenied):
        login_of(asker(GithubException(401, {"message": "Bad credentials"})))
