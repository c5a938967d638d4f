"""Every error of PyGithub becomes one of a small tree, with a remedy and without the token."""

from __future__ import annotations

from typing import Any

import pytest
from github import (
    BadAttributeException,
    BadCredentialsException,
    GithubException,
    RateLimitExceededException,
)
from requests.exceptions import RetryError

from lukhas_notion.github.errors import (
    LIMIT_WAIT,
    GitHubDenied,
    GitHubError,
    GitHubMissing,
    GitHubUnavailable,
    asked,
)
from lukhas_notion.util.errors import LukhasNotionError


def meet(error: Exception, needs: str = "contents: write") -> GitHubError:
    """Return what an error becomes."""
    with pytest.raises(GitHubError) as caught, asked("move a branch", needs=needs):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, GitHubError),
        (401, GitHubDenied),
        (403, GitHubDenied),
        (404, GitHubMissing),
        (409, GitHubError),
        (410, GitHubMissing),
        (422, GitHubError),
        (429, GitHubUnavailable),
        (500, GitHubUnavailable),
        (503, GitHubUnavailable),
    ],
)
def test_each_status_has_one_kind(status: int, kind: type[GitHubError]) -> None:
    """The status decides, and it is kept."""
    met = meet(GithubException(status, {"message": "said so"}, {}))
    assert type(met) is kind
    assert isinstance(met, LukhasNotionError)
    assert (met.status, met.github_message) == (status, "said so")
    assert met.message == f"GitHub responded with {status} to the request to move a branch: said so"


@pytest.mark.parametrize("status", [403, 404])
def test_a_missing_permission_is_named(status: int) -> None:
    """GitHub says "not found" too, where a token may not see a thing."""
    assert "`contents: write`" in meet(GithubException(status, {}, {})).remedy
    assert "permission" in meet(GithubException(status, {}, {}), needs="").remedy


def test_a_bad_token_is_said_to_be_one() -> None:
    """401 is no missing permission."""
    met = meet(BadCredentialsException(401, {"message": "Bad credentials"}, {}))
    assert met.remedy == "The token is not valid or has expired."


@pytest.mark.parametrize(
    ("headers", "wait"), [({"retry-after": "7"}, 7.0), ({"retry-after": "soon"}, LIMIT_WAIT)]
)
def test_a_rate_limit_says_how_long_to_wait(headers: dict[str, str], wait: float) -> None:
    """GitHub's own time, else the minute that it asks for in general."""
    met = meet(RateLimitExceededException(403, {"message": "limit"}, headers))
    assert isinstance(met, GitHubUnavailable)
    assert met.retry_after == wait


def test_no_answer_is_status_zero() -> None:
    """Whether it was done is not known; the HTTP library's text stays inside."""
    met = meet(RetryError("https://api.example.org/secret too many 502"))
    assert isinstance(met, GitHubUnavailable)
    assert (met.status, met.retry_after) == (0, 0.0)
    assert "RetryError" in met.message
    assert "secret" not in str(met)


def test_an_answer_that_is_not_understood_is_an_error_too() -> None:
    """A field of a wrong type is not the caller's to catch."""
    assert "not understood" in meet(BadAttributeException(1, (str, str), None)).message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, ""),
        ("<html>", ""),
        ({"message": "Validation\nFailed", "errors": "odd"}, "Validation Failed"),
        ({"message": "a", "errors": [{"message": "b"}, {"code": "c"}, "d"]}, "a; b; d"),
        ({"message": "x" * 1000}, "x" * 300),
    ],
)
def test_githubs_words_are_quoted_in_one_short_line(data: Any, said: str) -> None:
    """Details included, line breaks and length kept in bounds."""
    assert meet(GithubException(422, data, {})).github_message == said


def test_other_exceptions_pass() -> None:
    """A bug is not dressed up as an answer of GitHub's."""
    with pytest.raises(KeyError), asked("anything"):
        raise KeyError("bug")
