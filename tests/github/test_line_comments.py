"""Comments on lines are created once, kept, and removed when they are no longer wanted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from github import GithubException
from requests import ConnectionError as Dropped
from support.fake_github import BOT, FakeComment, FakePull, raising, refused

from lukhas_notion.github.errors import GitHubDenied, GitHubError, GitHubUnavailable
from lukhas_notion.github.line_comments import LineComment, ReconcileResult, reconcile

MARKER = '<!-- lukhas-notion-suggestion {"comment_id":""} -->'
ONE = LineComment("a.json", 3, 3, "- one\n\n```suggestion\nx\n```")
TWO = LineComment("a.json", 5, 7, "- two\n\n```suggestion\ny\n```")


def add(
    pull: FakePull, wanted: LineComment, login: str | None = BOT, marker: str = MARKER
) -> FakeComment:
    """Add an existing comment."""
    start = wanted.first if wanted.first < wanted.last else None
    return pull.add_line(login, f"{marker}\n{wanted.body}", wanted.path, start, wanted.last)


def put(
    pull: FakePull, *wanted: LineComment, comment_id: str = ""
) -> tuple[tuple[int, int, int], list[float]]:
    """Reconcile and return how many were created, kept and removed, with the waits."""
    waits: list[float] = []
    done = reconcile(
        pull,  # type: ignore[arg-type]
        wanted,
        comment_id=comment_id,
        login=lambda: BOT,
        commit=lambda: SimpleNamespace(sha="a" * 40),  # type: ignore[arg-type,return-value]
        sleep=waits.append,
    )
    assert isinstance(done, ReconcileResult)
    return (done.created, done.kept, done.removed), waits


def test_all_of_them_are_one_review_on_the_right_side() -> None:
    """All new comments are one review, each with the marker and its lines."""
    pull = FakePull()
    assert put(pull, ONE, TWO) == ((2, 0, 0), [])
    [review] = pull.reviews
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
    """A second run creates only new comments, even if GitHub has changed line ends."""
    pull = FakePull()
    put(pull, ONE)
    pull.lines[0].body = (pull.lines[0].body or "").replace("\n", "\r\n") + "\r\n"
    assert put(pull, ONE) == ((0, 1, 0), [])
    assert put(pull, ONE, TWO) == ((1, 1, 0), [])
    assert [len(review["comments"]) for review in pull.reviews] == [1, 1]


def test_nothing_wanted_and_nothing_there_asks_for_nobodys_name() -> None:
    """Without wanted and existing comments the list is read once, and no login is requested."""
    pull = FakePull()
    add(pull, ONE, "octo", marker="A person's remark.")
    done = reconcile(
        pull,  # type: ignore[arg-type]
        [],
        comment_id="",
        login=lambda: pytest.fail("asked"),
        commit=lambda: pytest.fail("asked"),
        sleep=lambda _: None,
    )
    assert done == ReconcileResult()
    assert pull.reviews == []


@pytest.mark.parametrize("line", [None, 4])
def test_what_is_over_is_removed(line: int | None) -> None:
    """Comments that are fixed, outdated or on another line are removed."""
    pull = FakePull()
    add(pull, TWO)
    add(pull, ONE).line = line
    assert put(pull, ONE) == ((1, 0, 2), [])
    assert [(c.path, c.line) for c in pull.lines] == [("a.json", 3)]


def test_one_with_another_text_is_replaced() -> None:
    """A comment with another text is replaced."""
    pull = FakePull()
    put(pull, LineComment("a.json", 3, 3, "- other"))
    assert put(pull, ONE) == ((1, 0, 1), [])


def test_one_that_somebody_has_replied_to_stays() -> None:
    """A comment with a reply stays, and is not duplicated while it is wanted."""
    pull = FakePull()
    old = add(pull, ONE)
    reply = pull.add_line("octo", "Why?", old.path, old.start_line, old.line)
    reply.in_reply_to_id = old.id
    assert put(pull, ONE) == ((0, 1, 0), [])
    assert put(pull) == ((0, 0, 0), [])
    assert pull.lines == [old, reply]


def test_others_comments_are_left_alone() -> None:
    """Comments of others, without the marker or with another id are not changed."""
    pull = FakePull()
    add(pull, ONE, "mallory")
    add(pull, ONE, None)
    add(pull, ONE, marker="Another tool's.")
    add(pull, ONE, marker=MARKER.replace('""', '"staging"'))
    add(pull, ONE, marker="<!-- lukhas-notion-suggestion {broken} -->")
    add(pull, ONE, marker="<!-- lukhas-notion-suggestion [] -->")
    assert put(pull, TWO) == ((1, 0, 0), [])
    assert len(pull.lines) == 7
    assert put(pull, comment_id="staging") == ((0, 0, 1), [])


def test_two_databases_have_a_suggestion_each() -> None:
    """Each ``comment-id`` has its own comments, and a valid marker."""
    pull = FakePull()
    for name in ("", "a--b-->"):
        assert put(pull, ONE, comment_id=name) == ((1, 0, 0), [])
        assert put(pull, ONE, comment_id=name) == ((0, 1, 0), [])
    assert (pull.lines[1].body or "").count("-->") == 1


@pytest.mark.parametrize(
    "failure", [GithubException(502, {"message": "Server Error"}), Dropped("reset")]
)
def test_a_review_whose_answer_was_lost_is_not_made_twice(failure: Exception) -> None:
    """A review that was created before an error is not created twice."""
    pull = FakePull()
    pull.on["reviewed"] = [raising(failure)]
    assert put(pull, ONE, TWO) == ((2, 0, 0), [1.0])
    assert len(pull.reviews) == 1


def test_a_review_that_was_not_made_is_made_after_a_503() -> None:
    """A review that was not created is created after a wait."""
    pull = FakePull()
    pull.on["review"] = [refused(503), refused(503)]
    assert put(pull, ONE) == ((1, 0, 0), [1.0, 2.0])
    assert len(pull.reviews) == 1


def test_repeating_is_bounded() -> None:
    """A GitHub that is down is an error with its status, after a few tries."""
    pull = FakePull()
    pull.on["review"] = [refused(502)] * 9
    with pytest.raises(GitHubUnavailable, match="502"):
        put(pull, ONE)
    assert len(pull.on["review"]) == 5


def test_a_rate_limit_is_waited_for_up_to_a_minute() -> None:
    """A rate limit is waited for as long as GitHub asks, and an hour is an error."""
    pull = FakePull()
    pull.on["review"] = [refused(429, "slow down", **{"retry-after": "7"})]
    assert put(pull, ONE) == ((1, 0, 0), [7.0])
    pull.on["list lines"] = [refused(429, "slow down", **{"retry-after": "3600"})]
    with pytest.raises(GitHubUnavailable):
        put(pull, ONE)


def test_a_run_beside_this_one_leaves_no_second_comment() -> None:
    """Of two equal comments the later one is removed."""
    pull = FakePull()
    pull.on["review"] = [lambda: add(pull, ONE)]
    assert put(pull, ONE) == ((1, 0, 1), [])
    assert [comment.id for comment in pull.lines] == [101]


def test_one_that_another_run_removed_is_no_error() -> None:
    """A comment that another run has removed is not an error."""
    pull = FakePull()
    add(pull, TWO)
    pull.on["delete"] = [pull.lines.clear]
    assert put(pull) == ((0, 0, 0), [])


def test_what_github_refuses_is_told_apart() -> None:
    """A 403 and a 422 have their own errors, and are not repeated."""
    pull = FakePull()
    pull.on["review"] = [refused(403, "Resource not accessible by integration")]
    with pytest.raises(GitHubDenied) as denied:
        put(pull, ONE)
    assert "pull-requests: write" in denied.value.remedy
    pull.on["review"] = [refused(422, "Line could not be resolved")]
    with pytest.raises(GitHubError, match="could not be resolved") as wrong:
        put(pull, ONE)
    assert wrong.value.status == 422
