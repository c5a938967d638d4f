"""Comments on lines: made once, kept, removed when they are over, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from github import GithubException, UnknownObjectException
from requests import ConnectionError as Dropped

from lukhas_notion.github.errors import GitHubDenied, GitHubError, GitHubUnavailable
from lukhas_notion.github.review_comments import LineComment, Settled, settle

ME = "github-actions[bot]"
MARKER = '<!-- lukhas-notion-suggestion {"comment_id":""} -->'
ONE = LineComment("a.json", 3, 3, "- one\n\n```suggestion\nx\n```")
TWO = LineComment("a.json", 5, 7, "- two\n\n```suggestion\ny\n```")


@dataclass
class FakeComment:
    """A review's comment as PyGithub shows it."""

    pull: FakePull
    id: int
    login: str | None
    path: str
    start_line: int | None
    line: int | None
    body: str
    in_reply_to_id: int | None = None

    @property
    def user(self) -> Any:
        return SimpleNamespace(login=self.login) if self.login else None

    def delete(self) -> None:
        self.pull.happen("delete")
        if self not in self.pull.comments:
            raise UnknownObjectException(404, {"message": "Not Found"})
        self.pull.comments.remove(self)


@dataclass
class FakePull:
    """A pull request's reviews; ``on`` holds what happens at a moment, in turn."""

    comments: list[FakeComment] = field(default_factory=list)
    on: dict[str, list[Callable[[], None]]] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    made: int = 0

    def add(self, wanted: LineComment, login: str | None = ME, marker: str = MARKER) -> FakeComment:
        """Add a comment as it is found later."""
        start = wanted.first if wanted.first < wanted.last else None
        return self._add(login, wanted.path, start, wanted.last, f"{marker}\n{wanted.body}")

    def reply(self, to: FakeComment) -> FakeComment:
        """Reply to a comment."""
        reply = self._add("octo", to.path, to.start_line, to.line, "Why?")
        reply.in_reply_to_id = to.id
        return reply

    def _add(self, login: str | None, *place: Any) -> FakeComment:
        self.made += 1
        comment = FakeComment(self, self.made, login, *place)
        self.comments.append(comment)
        return comment

    def happen(self, moment: str) -> None:
        todo = self.on.get(moment)
        if todo:
            todo.pop(0)()

    def get_review_comments(self) -> list[FakeComment]:
        self.happen("list")
        return list(reversed(self.comments))

    def create_review(self, **review: Any) -> None:
        self.happen("post")
        self.posts.append(review)
        for sent in review["comments"]:
            self._add(ME, sent["path"], sent.get("start_line"), sent["line"], sent["body"])
        self.happen("posted")

    @property
    def ids(self) -> list[int]:
        return [comment.id for comment in self.comments]


def put(
    pull: FakePull, *wanted: LineComment, comment_id: str = ""
) -> tuple[tuple[int, int, int], list[float]]:
    """Settle and return how many were made, kept and removed, with the waits."""
    waits: list[float] = []
    done = settle(
        pull,  # type: ignore[arg-type]
        wanted,
        comment_id=comment_id,
        me=lambda: ME,
        commit=lambda: SimpleNamespace(sha="a" * 40),  # type: ignore[arg-type,return-value]
        sleep=waits.append,
    )
    assert isinstance(done, Settled)
    return (done.made, done.kept, done.removed), waits


def raising(error: Exception) -> Callable[[], None]:
    """Return what raises an error when it happens."""

    def happen() -> None:
        raise error

    return happen


def refused(status: int, message: str = "", **headers: str) -> Callable[[], None]:
    """Return what an answer with an error status does."""
    return raising(GithubException(status, {"message": message}, headers))


def test_all_of_them_are_one_review_on_the_right_side() -> None:
    """One notification; each begins with the marker; several lines have a first one."""
    pull = FakePull()
    assert put(pull, ONE, TWO) == ((2, 0, 0), [])
    [review] = pull.posts
    assert (review["event"], review["body"], review["commit"].sha) == ("COMMENT", "", "a" * 40)
    assert review["comments"] == [
        {"path": "a.json", "line": 3, "side": "RIGHT", "body": f"{MARKER}\n{ONE.body}"},
        {
            "path": "a.json",
            "line": 7,
            "side": "RIGHT",
            "start_line": 5,
            "start_side": "RIGHT",
            "body": f"{MARKER}\n{TWO.body}",
        },
    ]


def test_a_second_run_makes_nothing_again() -> None:
    """Not even where GitHub has stored other line ends, and only what is new is sent."""
    pull = FakePull()
    put(pull, ONE)
    pull.comments[0].body = pull.comments[0].body.replace("\n", "\r\n") + "\r\n"
    assert put(pull, ONE) == ((0, 1, 0), [])
    assert put(pull, ONE, TWO) == ((1, 1, 0), [])
    assert [len(review["comments"]) for review in pull.posts] == [1, 1]


def test_nothing_wanted_and_nothing_there_asks_for_nobodys_name() -> None:
    """The common run costs one look at the list."""
    pull = FakePull()
    pull.add(ONE, "octo", marker="A person's remark.")
    done = settle(
        pull,  # type: ignore[arg-type]
        [],
        comment_id="",
        me=lambda: pytest.fail("asked"),
        commit=lambda: pytest.fail("asked"),
        sleep=lambda _: None,
    )
    assert done == Settled()
    assert pull.posts == []


@pytest.mark.parametrize("line", [None, 4])
def test_what_is_over_is_removed(line: int | None) -> None:
    """One that is fixed, one whose line has changed, and one that has moved to another line."""
    pull = FakePull()
    pull.add(TWO)
    pull.add(ONE).line = line
    assert put(pull, ONE) == ((1, 0, 2), [])
    assert [(c.path, c.line) for c in pull.comments] == [("a.json", 3)]


def test_one_with_another_text_is_replaced() -> None:
    """A suggestion of what the vocabulary said before does not stay."""
    pull = FakePull()
    put(pull, LineComment("a.json", 3, 3, "- other"))
    assert put(pull, ONE) == ((1, 0, 1), [])


def test_one_that_somebody_has_replied_to_stays() -> None:
    """It has become a conversation; if it still applies, no second one is made beside it."""
    pull = FakePull()
    old = pull.add(ONE)
    reply = pull.reply(old)
    assert put(pull, ONE) == ((0, 1, 0), [])
    assert put(pull) == ((0, 0, 0), [])
    assert pull.comments == [old, reply]


def test_others_comments_are_left_alone() -> None:
    """A copy of the marker, a deleted account's, and our own without it or with another id."""
    pull = FakePull()
    pull.add(ONE, "mallory")
    pull.add(ONE, None)
    pull.add(ONE, marker="Another tool's.")
    pull.add(ONE, marker=MARKER.replace('""', '"staging"'))
    pull.add(ONE, marker="<!-- lukhas-notion-suggestion {broken} -->")
    pull.add(ONE, marker="<!-- lukhas-notion-suggestion [] -->")
    assert put(pull, TWO) == ((1, 0, 0), [])
    assert len(pull.comments) == 7
    assert put(pull, comment_id="staging") == ((0, 0, 1), [])


def test_two_databases_have_a_suggestion_each() -> None:
    """Whatever a ``comment-id`` is, its marker is one line of HTML that ends where it should."""
    pull = FakePull()
    for name in ("", "a--b-->"):
        assert put(pull, ONE, comment_id=name) == ((1, 0, 0), [])
        assert put(pull, ONE, comment_id=name) == ((0, 1, 0), [])
    assert pull.comments[1].body.count("-->") == 1


@pytest.mark.parametrize(
    "failure", [GithubException(502, {"message": "Server Error"}), Dropped("reset")]
)
def test_a_review_whose_answer_was_lost_is_not_made_twice(failure: Exception) -> None:
    """The list is read again, and the comments are there."""
    pull = FakePull()
    pull.on["posted"] = [raising(failure)]
    assert put(pull, ONE, TWO) == ((2, 0, 0), [1.0])
    assert len(pull.posts) == 1


def test_a_review_that_was_not_made_is_made_after_a_503() -> None:
    """It costs a wait."""
    pull = FakePull()
    pull.on["post"] = [refused(503), refused(503)]
    assert put(pull, ONE) == ((1, 0, 0), [1.0, 2.0])
    assert len(pull.posts) == 1


def test_repeating_is_bounded() -> None:
    """A GitHub that is down makes an error, with its status."""
    pull = FakePull()
    pull.on["post"] = [refused(502)] * 9
    with pytest.raises(GitHubUnavailable, match="502"):
        put(pull, ONE)
    assert len(pull.on["post"]) == 5


def test_a_rate_limit_is_waited_for_up_to_a_minute() -> None:
    """As long as GitHub says; an hour is an error."""
    pull = FakePull()
    pull.on["post"] = [refused(429, "slow down", **{"retry-after": "7"})]
    assert put(pull, ONE) == ((1, 0, 0), [7.0])
    pull.on["list"] = [refused(429, "slow down", **{"retry-after": "3600"})]
    with pytest.raises(GitHubUnavailable):
        put(pull, ONE)


def test_a_run_beside_this_one_leaves_no_second_comment() -> None:
    """Who sees two of them removes the later one."""
    pull = FakePull()
    pull.on["post"] = [lambda: pull.add(ONE) and None]
    assert put(pull, ONE) == ((1, 0, 1), [])
    assert pull.ids == [1]


def test_one_that_another_run_removed_is_no_error() -> None:
    """It is gone, which was the aim."""
    pull = FakePull()
    pull.add(TWO)
    pull.on["delete"] = [pull.comments.clear]
    assert put(pull) == ((0, 0, 0), [])


def test_what_github_refuses_is_told_apart() -> None:
    """403 is a token that may not, 422 a line that is not in the diff; neither is repeated."""
    pull = FakePull()
    pull.on["post"] = [refused(403, "Resource not accessible by integration")]
    with pytest.raises(GitHubDenied) as denied:
        put(pull, ONE)
    assert "pull-requests: write" in denied.value.remedy
    pull.on["post"] = [refused(422, "Line could not be resolved")]
    with pytest.raises(GitHubError, match="could not be resolved") as wrong:
        put(pull, ONE)
    assert wrong.value.status == 422
