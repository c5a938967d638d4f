"""One comment, kept up to date: whatever else is in the thread, and whatever goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from github import GithubException, RateLimitExceededException, UnknownObjectException
from requests import ConnectionError as Dropped

from lukhas_notion.github.comment import (
    ACTIONS_LOGIN,
    BODY_LIMIT,
    CommentResult,
    Marker,
    find,
    login,
    upsert,
)
from lukhas_notion.github.errors import (
    CommentForbidden,
    GitHubDenied,
    GitHubError,
    GitHubMissing,
    GitHubUnavailable,
)

ME = "github-actions[bot]"
RUN = Marker("", "a" * 40, 100, 1, digest="d1", state="preview")
EARLIER, LATER = replace(RUN, run_id=99), replace(RUN, run_id=101)


@dataclass
class FakeComment:
    """A comment as PyGithub shows it."""

    thread: FakeThread
    id: int
    author: str | None
    body: str

    @property
    def user(self) -> Any:
        return SimpleNamespace(login=self.author) if self.author else None

    @property
    def html_url(self) -> str:
        return f"https://example.org/1#{self.id}"

    def edit(self, body: str) -> None:
        self.thread.happen("edit")
        if self not in self.thread.comments:
            raise UnknownObjectException(404, {"message": "Not Found"})
        self.body = body
        self.thread.wrote.append("edit")
        self.thread.happen("edited")

    def delete(self) -> None:
        self.thread.happen("delete")
        if self not in self.thread.comments:
            raise UnknownObjectException(404, {"message": "Not Found"})
        self.thread.comments.remove(self)
        self.thread.wrote.append("delete")


@dataclass
class FakeThread:
    """A pull request's conversation; ``on`` holds what happens at a moment, in turn."""

    comments: list[FakeComment] = field(default_factory=list)
    on: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    wrote: list[str] = field(default_factory=list)
    made: int = 0

    def add(self, author: str | None, body: str) -> FakeComment:
        self.made += 1
        comment = FakeComment(self, self.made, author, body)
        self.comments.append(comment)
        return comment

    def mine(self, marker: Marker, body: str) -> FakeComment:
        return self.add(ME, f"{marker.render()}\n{body}")

    def happen(self, moment: str) -> None:
        todo = self.on.get(moment)
        if todo:
            todo.pop(0)()

    def get_issue_comments(self) -> Iterator[FakeComment]:
        self.happen("list")
        return iter(list(self.comments))

    def create_issue_comment(self, body: str) -> FakeComment:
        self.happen("post")
        comment = self.add(ME, body)
        self.wrote.append("post")
        self.happen("posted")
        return comment

    def texts(self) -> list[str]:
        return [comment.body.partition("\n")[2] for comment in self.comments]


@dataclass
class FakeIssue:
    """An issue names the same things in another way."""

    thread: FakeThread

    def get_comments(self) -> Iterator[FakeComment]:
        return self.thread.get_issue_comments()

    def create_comment(self, body: str) -> FakeComment:
        return self.thread.create_issue_comment(body)


def raising(error: Exception) -> Callable[[], None]:
    """Return what raises an error when it happens."""

    def happen() -> None:
        raise error

    return happen


def refused(status: int, message: str = "", **headers: str) -> Callable[[], None]:
    """Return what an answer with an error status does."""
    return raising(GithubException(status, {"message": message}, headers))


def put(
    thread: Any, body: str = "text", marker: Marker = RUN, *, create: bool = True
) -> tuple[CommentResult, list[float]]:
    """Upsert and return the result with the waits."""
    waits: list[float] = []
    result = upsert(thread, body, marker, me=ME, create=create, sleep=waits.append)
    return result, waits


def test_the_first_run_creates_it_with_its_marker_on_line_one() -> None:
    """Nothing that shortens the comment's end can cut the marker off."""
    thread = FakeThread()
    result, _ = put(thread)
    assert result == CommentResult("https://example.org/1#1", "created")
    assert thread.comments[0].body == f"{RUN.render()}\ntext"


def test_the_next_run_edits_the_same_comment() -> None:
    """However many comments stand before it, the one of the earlier run is edited in place."""
    thread = FakeThread()
    for number in range(130):
        thread.add("someone", f"comment {number}")
    ours = thread.mine(EARLIER, "old")
    result, _ = put(thread)
    assert result == CommentResult(ours.html_url, "updated")
    assert ours.body == f"{RUN.render()}\ntext"
    assert len(thread.comments) == 131


def test_it_works_on_an_issue() -> None:
    """An issue's comments are kept as a pull request's are."""
    thread = FakeThread()
    assert put(FakeIssue(thread))[0].action == "created"
    assert put(FakeIssue(thread), "new", LATER)[0].action == "updated"
    assert thread.texts() == ["new"]


@pytest.mark.parametrize("stored", ["text\nmore", "text \r\nmore\r\n"])
def test_the_same_text_is_not_written_again(stored: str) -> None:
    """GitHub's own line ends and trailing space do not count, nor does another run's number."""
    thread = FakeThread()
    ours = thread.add(ME, f"{EARLIER.render()}\r\n{stored}")
    result, _ = put(thread, "text\nmore")
    assert result == CommentResult(ours.html_url, "unchanged")
    assert thread.wrote == []


@pytest.mark.parametrize("other", [{"head_sha": "b" * 40}, {"digest": "d2"}, {"state": "applied"}])
def test_the_same_text_about_something_else_is_written(other: dict[str, str]) -> None:
    """What the marker says is read by later runs, so it has to be true."""
    thread = FakeThread()
    thread.mine(replace(EARLIER, **other), "text")
    assert put(thread)[0].action == "updated"
    assert Marker.parse(thread.comments[0].body) == RUN


@pytest.mark.parametrize("later", [LATER, replace(RUN, run_attempt=2)])
def test_an_older_run_never_overwrites_a_newer_one(later: Marker) -> None:
    """A run that was slow, or an attempt that was repeated, leaves the newer text alone."""
    thread = FakeThread()
    ours = thread.mine(later, "newer")
    result, _ = put(thread)
    assert result == CommentResult(ours.html_url, "outdated")
    assert thread.wrote == []


def test_without_create_none_is_made() -> None:
    """An empty plan makes no comment."""
    thread = FakeThread()
    assert put(thread, create=False)[0] == CommentResult("", "absent")
    assert thread.comments == []


def test_without_create_an_existing_one_is_updated() -> None:
    """A comment that told of changes must not go on telling of them."""
    thread = FakeThread()
    thread.mine(EARLIER, "old")
    assert put(thread, create=False)[0].action == "updated"


@pytest.mark.parametrize("author", ["mallory", None])
def test_a_marker_in_somebody_elses_comment_counts_for_nothing(author: str | None) -> None:
    """A user who copies the marker, with a run from the future, is neither edited nor obeyed."""
    thread = FakeThread()
    spoof = thread.add(author, f"{LATER.render()}\nspoof")
    assert put(thread)[0].action == "created"
    assert spoof.body.endswith("spoof")
    assert find(thread, "", ME).body == "text"  # type: ignore[arg-type,union-attr]


def test_our_own_comments_without_the_marker_or_with_another_id_are_left_alone() -> None:
    """Other tools write as the same bot, and several databases have a comment each."""
    thread = FakeThread()
    thread.add(ME, "another tool's")
    thread.mine(replace(EARLIER, comment_id="staging"), "staging's")
    assert put(thread)[0].action == "created"
    assert thread.texts()[1:] == ["staging's", "text"]


def test_of_duplicates_the_latest_runs_is_kept() -> None:
    """Two runs that raced leave two comments; the next one edits the newer and removes the other.

    Another run may remove one at the same time: that is no error.
    """
    thread = FakeThread()
    thread.mine(replace(RUN, run_id=97), "a")
    kept = thread.mine(EARLIER, "b")
    thread.mine(replace(RUN, run_id=98), "c")
    gone = thread.comments[0]
    thread.on["delete"] = [lambda: thread.comments.remove(gone)]
    assert put(thread)[0] == CommentResult(kept.html_url, "updated")
    assert thread.texts() == ["text"]


def test_a_run_that_lost_the_race_removes_its_own_duplicate() -> None:
    """A newer run posts after we read the list and before we post: only the newer one stays."""
    thread = FakeThread()
    thread.on["post"] = [lambda: thread.mine(LATER, "newer") and None]
    result, _ = put(thread)
    assert result == CommentResult("https://example.org/1#1", "outdated")
    assert thread.texts() == ["newer"]


def test_a_run_that_won_the_race_removes_the_older_one() -> None:
    """An older run posts meanwhile: its comment goes, ours stays."""
    thread = FakeThread()
    thread.on["post"] = [lambda: thread.mine(EARLIER, "older") and None]
    assert put(thread)[0] == CommentResult("https://example.org/1#2", "created")
    assert thread.texts() == ["text"]


def test_a_list_that_lags_behind_does_not_hide_what_was_made() -> None:
    """The address of the new comment is told even if the list does not show it yet."""
    thread = FakeThread()
    hidden: list[FakeComment] = []
    thread.on["posted"] = [lambda: hidden.append(thread.comments.pop())]
    assert put(thread)[0] == CommentResult("https://example.org/1#1", "created")
    assert len(hidden) == 1


@pytest.mark.parametrize(
    "failure", [GithubException(502, {"message": "Server Error"}), Dropped("reset")]
)
def test_a_post_whose_answer_was_lost_is_not_repeated(failure: Exception) -> None:
    """After a 502 or a dropped connection the list is read again, and the comment is there."""
    thread = FakeThread()
    thread.on["posted"] = [raising(failure)]
    result, waits = put(thread)
    assert result.action == "created"
    assert thread.wrote == ["post"]
    assert waits == [1.0]


def test_a_post_that_was_not_done_is_repeated() -> None:
    """A 503 that did nothing costs a wait, not the comment."""
    thread = FakeThread()
    thread.on["post"] = [refused(503), refused(503)]
    result, waits = put(thread)
    assert result.action == "created"
    assert thread.wrote == ["post"]
    assert waits == [1.0, 2.0]


def test_an_edit_whose_answer_was_lost_counts_as_done() -> None:
    """The list shows our own marker with our text: updated, not unchanged."""
    thread = FakeThread()
    thread.mine(EARLIER, "old")
    thread.on["edited"] = [refused(502)]
    assert put(thread)[0].action == "updated"
    assert thread.wrote == ["edit"]


def test_a_comment_that_was_removed_meanwhile_is_made_anew() -> None:
    """Somebody deletes the comment between the list and the edit."""
    thread = FakeThread()
    thread.mine(EARLIER, "old")
    thread.on["edit"] = [thread.comments.clear]
    result, waits = put(thread)
    assert result.action == "created"
    assert thread.texts() == ["text"]
    assert waits == []


def test_repeating_is_bounded() -> None:
    """A GitHub that is down makes an error, with its status, after a few tries."""
    thread = FakeThread()
    thread.on["post"] = [refused(502)] * 9
    with pytest.raises(GitHubUnavailable) as caught:
        put(thread)
    assert caught.value.status == 502
    assert len(thread.on["post"]) == 5


def test_a_rate_limit_is_waited_for_as_long_as_github_says() -> None:
    """The refused POST was not done, so after the wait it is sent again."""
    thread = FakeThread()
    limit = RateLimitExceededException(403, {"message": "secondary"}, {"retry-after": "7"})
    thread.on["post"] = [raising(limit)]
    result, waits = put(thread)
    assert result.action == "created"
    assert waits == [7.0]


def test_a_rate_limit_that_takes_too_long_is_an_error() -> None:
    """An hour is not waited for."""
    thread = FakeThread()
    thread.on["list"] = [refused(429, "slow down", **{"retry-after": "3600"})]
    with pytest.raises(GitHubUnavailable, match="429"):
        put(thread)


@pytest.mark.parametrize("moment", ["list", "post", "edit", "delete"])
def test_a_token_that_may_not_comment_is_told_apart(moment: str) -> None:
    """A fork's token gets 403: the caller writes the body to a file instead."""
    thread = FakeThread()
    if moment in ("edit", "delete"):
        thread.mine(EARLIER, "old")
    if moment == "delete":
        thread.mine(replace(RUN, run_id=98), "older")
    thread.on[moment] = [refused(403, "Resource not accessible by integration")]
    with pytest.raises(CommentForbidden, match="not accessible") as caught:
        put(thread)
    assert "pull-requests: write" in caught.value.remedy
    assert caught.value.status == 403


def test_other_refusals_are_errors_of_their_own() -> None:
    """A bad token and a validation error are neither forbidden comments nor repeated."""
    thread = FakeThread()
    thread.on["list"] = [refused(401, "Bad credentials")]
    with pytest.raises(GitHubDenied, match="Bad credentials") as denied:
        put(thread)
    assert not isinstance(denied.value, CommentForbidden)
    thread.on["post"] = [refused(422, "Validation Failed")]
    with pytest.raises(GitHubError, match="Validation Failed"):
        put(thread)
    thread.on["post"] = [raising(UnknownObjectException(404, {"message": "Not Found"}))]
    with pytest.raises(GitHubMissing):
        put(thread)


def test_a_body_that_is_too_long_is_never_sent() -> None:
    """It is the renderer's bug, and GitHub would refuse the edit as well as the post."""
    thread = FakeThread()
    longest = BODY_LIMIT - len(RUN.render()) - 1
    with pytest.raises(ValueError, match="65536"):
        put(thread, "x" * (longest + 1))
    assert thread.wrote == []
    assert put(thread, "x" * longest)[0].action == "created"


def test_find_returns_the_kept_comment_with_its_marker_and_text() -> None:
    """What a later workflow reads is the marker and the text below it."""
    thread = FakeThread()
    assert find(thread, "", ME) is None  # type: ignore[arg-type]
    thread.mine(EARLIER, "old")
    thread.mine(RUN, "new\nlines")
    found = find(thread, "", ME)  # type: ignore[arg-type]
    assert found is not None
    assert (found.marker, found.body, found.url) == (
        RUN,
        "new\nlines",
        "https://example.org/1#2",
    )
    assert thread.wrote == []


def asker(error: Exception | None) -> Any:
    """Return something with a requester that answers ``GET /user``."""

    def request(verb: str, url: str) -> tuple[dict[str, str], dict[str, str]]:
        if error:
            raise error
        return {}, {"login": f"{verb} {url}"}

    return SimpleNamespace(requester=SimpleNamespace(requestJsonAndCheck=request))


def test_login_is_the_tokens_own() -> None:
    """A personal token may ask who it is."""
    assert login(asker(None)) == "GET /user"


@pytest.mark.parametrize("status", [403, 404])
def test_a_workflows_token_is_the_actions_bot(status: int) -> None:
    """It may not ask, and that is the answer."""
    assert login(asker(GithubException(status, {"message": "no"}))) == ACTIONS_LOGIN


def test_a_bad_token_has_no_login() -> None:
    """A token that is not valid is an error, not the bot."""
    with pytest.raises(GitHubDenied):
        login(asker(GithubException(401, {"message": "Bad credentials"})))
