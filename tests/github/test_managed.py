"""One comment, kept up to date: whatever else is in the pull, and whatever goes wrong."""

from __future__ import annotations

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
from lukhas_notion.github.managed import Kept, find_comment, keep_comment, keep_issue

RUN = Marker("", "a" * 40, 100, 1, digest="d1", state="preview")
ISSUE = Marker("", "a" * 40, 100, 1, digest="d1", state="verify")
EARLIER, LATER = replace(RUN, run_id=99), replace(RUN, run_id=101)


def mine(pull: FakePull, marker: Marker, body: str) -> FakeComment:
    """Add a comment as a run wrote it."""
    return pull.add(BOT, f"{marker.render()}\n{body}")


def texts(pull: FakePull) -> list[str]:
    """Return what stands below the first line of each comment."""
    return [(comment.body or "").partition("\n")[2] for comment in pull.comments]


def put(
    pull: FakePull, body: str = "text", marker: Marker = RUN, *, create: bool = True
) -> tuple[Kept, list[float]]:
    """Bring the comment up to date and return the result with the waits."""
    waits: list[float] = []
    result = keep_comment(
        pull,  # type: ignore[arg-type]
        body,
        marker,
        login=BOT,
        create=create,
        sleep=waits.append,
    )
    return result, waits


def test_the_first_run_creates_it_with_its_marker_on_line_one() -> None:
    """Nothing that shortens the comment's end can cut the marker off."""
    pull = FakePull()
    result, _ = put(pull)
    assert result == Kept("https://github.example/comment/101", "created")
    assert pull.comments[0].body == f"{RUN.render()}\ntext"


def test_the_next_run_edits_the_same_comment() -> None:
    """However many comments stand before it, the one of the earlier run is edited in place."""
    pull = FakePull()
    for number in range(130):
        pull.add("someone", f"comment {number}")
    ours = mine(pull, EARLIER, "old")
    result, _ = put(pull)
    assert result == Kept(ours.html_url, "updated")
    assert ours.body == f"{RUN.render()}\ntext"
    assert len(pull.comments) == 131


@pytest.mark.parametrize("stored", ["text\nmore", "text \r\nmore\r\n"])
def test_the_same_text_is_not_written_again(stored: str) -> None:
    """GitHub's own line ends and trailing space do not count, nor does another run's number."""
    pull = FakePull()
    ours = pull.add(BOT, f"{EARLIER.render()}\r\n{stored}")
    result, _ = put(pull, "text\nmore")
    assert result == Kept(ours.html_url, "unchanged")
    assert pull.writes == []


@pytest.mark.parametrize("other", [{"head_sha": "b" * 40}, {"digest": "d2"}, {"state": "applied"}])
def test_the_same_text_about_something_else_is_written(other: dict[str, str]) -> None:
    """What the marker says is read by later runs, so it has to be true."""
    pull = FakePull()
    mine(pull, replace(EARLIER, **other), "text")
    assert put(pull)[0].did == "updated"
    assert Marker.parse(pull.comment) == RUN


@pytest.mark.parametrize("later", [LATER, replace(RUN, run_attempt=2)])
def test_an_older_run_never_overwrites_a_newer_one(later: Marker) -> None:
    """A run that was slow, or an attempt that was repeated, leaves the newer text alone."""
    pull = FakePull()
    ours = mine(pull, later, "newer")
    result, _ = put(pull)
    assert result == Kept(ours.html_url, "outdated")
    assert pull.writes == []


def test_without_create_none_is_made() -> None:
    """An empty plan makes no comment."""
    pull = FakePull()
    assert put(pull, create=False)[0] == Kept("", "absent")
    assert pull.comments == []


def test_without_create_an_existing_one_is_updated() -> None:
    """A comment that told of changes must not go on telling of them."""
    pull = FakePull()
    mine(pull, EARLIER, "old")
    assert put(pull, create=False)[0].did == "updated"


@pytest.mark.parametrize("author", ["mallory", None])
def test_a_marker_in_somebody_elses_comment_counts_for_nothing(author: str | None) -> None:
    """A user who copies the marker, with a run from the future, is neither edited nor obeyed."""
    pull = FakePull()
    spoof = pull.add(author, f"{LATER.render()}\nspoof")
    assert put(pull)[0].did == "created"
    assert spoof.body.endswith("spoof")
    assert find_comment(pull, "", BOT).body == "text"  # type: ignore[arg-type,union-attr]


def test_our_own_comments_without_the_marker_or_with_another_id_are_left_alone() -> None:
    """Other tools write as the same bot, and several databases have a comment each."""
    pull = FakePull()
    pull.add(BOT, "another tool's")
    mine(pull, replace(EARLIER, comment_id="staging"), "staging's")
    assert put(pull)[0].did == "created"
    assert texts(pull)[1:] == ["staging's", "text"]


def test_of_duplicates_the_latest_runs_is_kept() -> None:
    """Two runs that raced leave two comments; the next one edits the newer and removes the other.

    Another run may remove one at the same time: that is no error.
    """
    pull = FakePull()
    mine(pull, replace(RUN, run_id=97), "a")
    kept = mine(pull, EARLIER, "b")
    mine(pull, replace(RUN, run_id=98), "c")
    gone = pull.comments[0]
    pull.on["delete"] = [lambda: pull.comments.remove(gone)]
    assert put(pull)[0] == Kept(kept.html_url, "updated")
    assert texts(pull) == ["text"]


def test_a_run_that_lost_the_race_removes_its_own_duplicate() -> None:
    """A newer run posts after we read the list and before we post: only the newer one stays."""
    pull = FakePull()
    pull.on["post"] = [lambda: mine(pull, LATER, "newer")]
    result, _ = put(pull)
    assert result == Kept("https://github.example/comment/101", "outdated")
    assert texts(pull) == ["newer"]


def test_a_run_that_won_the_race_removes_the_older_one() -> None:
    """An older run posts meanwhile: its comment goes, ours stays."""
    pull = FakePull()
    pull.on["post"] = [lambda: mine(pull, EARLIER, "older")]
    assert put(pull)[0] == Kept("https://github.example/comment/102", "created")
    assert texts(pull) == ["text"]


def test_a_list_that_lags_behind_does_not_hide_what_was_made() -> None:
    """The address of the new comment is told even if the list does not show it yet."""
    pull = FakePull()
    hidden: list[FakeComment] = []
    pull.on["posted"] = [lambda: hidden.append(pull.comments.pop())]
    assert put(pull)[0] == Kept("https://github.example/comment/101", "created")
    assert len(hidden) == 1


@pytest.mark.parametrize(
    "failure", [GithubException(502, {"message": "Server Error"}), Dropped("reset")]
)
def test_a_post_whose_answer_was_lost_is_not_repeated(failure: Exception) -> None:
    """After a 502 or a dropped connection the list is read again, and the comment is there."""
    pull = FakePull()
    pull.on["posted"] = [raising(failure)]
    result, waits = put(pull)
    assert result.did == "created"
    assert pull.writes == ["create"]
    assert waits == [1.0]


def test_a_post_that_was_not_done_is_repeated() -> None:
    """A 503 that did nothing costs a wait, not the comment."""
    pull = FakePull()
    pull.on["post"] = [refused(503), refused(503)]
    result, waits = put(pull)
    assert result.did == "created"
    assert pull.writes == ["create"]
    assert waits == [1.0, 2.0]


def test_an_edit_whose_answer_was_lost_counts_as_done() -> None:
    """The list shows our own marker with our text: updated, not unchanged."""
    pull = FakePull()
    mine(pull, EARLIER, "old")
    pull.on["edited"] = [refused(502)]
    assert put(pull)[0].did == "updated"
    assert pull.writes == ["edit"]


def test_a_comment_that_was_removed_meanwhile_is_made_anew() -> None:
    """Somebody deletes the comment between the list and the edit."""
    pull = FakePull()
    mine(pull, EARLIER, "old")
    pull.on["edit"] = [pull.comments.clear]
    result, waits = put(pull)
    assert result.did == "created"
    assert texts(pull) == ["text"]
    assert waits == []


def test_repeating_is_bounded() -> None:
    """A GitHub that is down makes an error, with its status, after a few tries."""
    pull = FakePull()
    pull.on["post"] = [refused(502)] * 9
    with pytest.raises(GitHubUnavailable) as caught:
        put(pull)
    assert caught.value.status == 502
    assert len(pull.on["post"]) == 5


def test_a_rate_limit_is_waited_for_as_long_as_github_says() -> None:
    """The refused POST was not done, so after the wait it is sent again."""
    pull = FakePull()
    limit = RateLimitExceededException(403, {"message": "secondary"}, {"retry-after": "7"})
    pull.on["post"] = [raising(limit)]
    result, waits = put(pull)
    assert result.did == "created"
    assert waits == [7.0]


def test_a_rate_limit_that_takes_too_long_is_an_error() -> None:
    """An hour is not waited for."""
    pull = FakePull()
    pull.on["list"] = [refused(429, "slow down", **{"retry-after": "3600"})]
    with pytest.raises(GitHubUnavailable, match="429"):
        put(pull)


@pytest.mark.parametrize("moment", ["list", "post", "edit", "delete"])
def test_a_token_that_may_not_comment_is_told_apart(moment: str) -> None:
    """A fork's token gets 403: the caller writes the body to a file instead."""
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
    """A bad token and a validation error are neither forbidden comments nor repeated."""
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
    """It is the renderer's bug, and GitHub would refuse the edit as well as the post."""
    pull = FakePull()
    longest = LONGEST - len(RUN.render()) - 1
    with pytest.raises(ValueError, match="65536"):
        put(pull, "x" * (longest + 1))
    assert pull.writes == []
    assert put(pull, "x" * longest)[0].did == "created"


def test_find_returns_the_kept_comment_with_its_marker_and_text() -> None:
    """What a later workflow reads is the marker and the text below it."""
    pull = FakePull()
    assert find_comment(pull, "", BOT) is None  # type: ignore[arg-type]
    mine(pull, EARLIER, "old")
    mine(pull, RUN, "new\nlines")
    found = find_comment(pull, "", BOT)  # type: ignore[arg-type]
    assert found is not None
    assert (found.marker, found.body, found.url) == (
        RUN,
        "new\nlines",
        "https://github.example/comment/102",
    )
    assert pull.writes == []


def tell(repo: FakeRepository, marker: Marker = ISSUE, *, all_well: bool = False) -> Kept:
    """Bring the issue up to date."""
    return keep_issue(
        repo,  # type: ignore[arg-type]
        "They disagree",
        "text",
        marker,
        login=BOT,
        sleep=lambda _: None,
        all_well=all_well,
    )


def test_of_several_issues_the_oldest_is_kept() -> None:
    """Its address was the first to be read; the others are closed, whichever run wrote them."""
    repo = FakeRepository()
    for number, run in ((5, 99), (3, 98), (4, 97)):
        text = f"{replace(ISSUE, run_id=run, digest='old').render()}\nold"
        repo.issues.append(FakeIssue(number, "They disagree", text))
    assert tell(repo) == Kept("https://github.example/issues/3", "updated")
    assert [(i.number, i.state_reason) for i in repo.issues if i.state == "closed"] == [
        (5, "not_planned"),
        (4, "not_planned"),
    ]


def test_a_persons_copy_of_an_issue_is_no_issue_of_ours() -> None:
    """Neither is a pull request, which GitHub lists among the issues."""
    repo = FakeRepository()
    text = f"{replace(ISSUE, run_id=101).render()}\nspoof"
    repo.issues += [
        FakeIssue(3, "They disagree", text, login="mallory"),
        FakeIssue(4, "They disagree", text, pull_request=object()),
    ]
    assert tell(repo).did == "created"
    assert tell(repo, all_well=True).did == "closed"
    assert [issue.edits for issue in repo.issues] == [0, 0, 1]


def test_an_older_run_does_not_close_a_newer_runs_issue() -> None:
    """What a slow run saw is no longer the present."""
    repo = FakeRepository()
    tell(repo, replace(ISSUE, run_id=101))
    assert tell(repo, all_well=True).did == "outdated"
    assert repo.issues[0].state == "open"


def asker(error: Exception | None) -> Any:
    """Return something with a requester that answers ``GET /user``."""

    def request(verb: str, url: str) -> tuple[dict[str, str], dict[str, str]]:
        if error:
            raise error
        return {}, {"login": f"{verb} {url}"}

    return SimpleNamespace(requester=fake_requester(request))


def test_login_is_the_tokens_own() -> None:
    """A personal token may ask who it is."""
    assert login_of(asker(None)) == "GET /user"


@pytest.mark.parametrize("status", [403, 404])
def test_a_workflows_token_is_the_actions_bot(status: int) -> None:
    """It may not ask, and that is the answer."""
    assert login_of(asker(GithubException(status, {"message": "no"}))) == ACTIONS_LOGIN


def test_a_bad_token_has_no_login() -> None:
    """A token that is not valid is an error, not the bot."""
    with pytest.raises(GitHubDenied):
        login_of(asker(GithubException(401, {"message": "Bad credentials"})))
