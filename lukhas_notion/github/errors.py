"""The errors of requests to GitHub, and repeats.

.. code-block:: text

    LukhasNotionError
    └── GitHubError              status: the HTTP status, 0 without an answer
        ├── GitHubDenied         401, 403: the token is not allowed to do this
        ├── GitHubMissing        404, 410: it does not exist, or the token cannot see it
        └── GitHubUnavailable    5xx, a rate limit, no connection: a write may have been applied
            └── VanishedError    the object to be changed was deleted meanwhile

:func:`asked` converts the exceptions of PyGithub and its HTTP library into these.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.network import UNTRUSTED_REMEDY, is_untrusted, proxy_for
from lukhas_notion.util.sanitize import redact

if TYPE_CHECKING:
    from github import GithubException
    from requests import RequestException

_T = TypeVar("_T")

#: The wait after a rate limit without a time, in seconds: GitHub says "at least one minute".
LIMIT_WAIT = 60.0
_LONGEST_WAIT = 60.0
_LONGEST_QUOTE = 300
_MOVED = (
    "Redirects are not followed with a token. Check GITHUB_API_URL, and run the workflow again if "
    "the repository was renamed or moved."
)


class GitHubError(LukhasNotionError):
    """A request to GitHub has no usable answer.

    Args:
        status: the HTTP status; 0 without an answer.
        github_message: GitHub's own message, or "".
        retry_after: the seconds that GitHub asks to wait; 0 where it names none.
    """

    reason = "github"

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        status: int = 0,
        github_message: str = "",
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message, remedy)
        self.status = status
        self.github_message = github_message
        self.retry_after = retry_after


class GitHubDenied(GitHubError):
    """401 or 403: the token is not valid, or a permission is missing."""


class GitHubMissing(GitHubError):
    """404 or 410: it does not exist, or the token cannot see it."""


class GitHubUnavailable(GitHubError):
    """A 5xx, a rate limit, or no connection. A write may have been applied, or not."""


class VanishedError(GitHubUnavailable):
    """The object to be changed was deleted after it had been read."""


@contextmanager
def asked(to_do: str, *, needs: str = "") -> Iterator[None]:
    """Convert the exceptions of a request to GitHub into those of this module.

    Args:
        to_do: what the request does (``"list the comments"``).
        needs: the required permission, as a workflow spells it (``"contents: write"``).

    Raises:
        GitHubError: PyGithub or its HTTP library raised an exception, or the answer has an
            unexpected shape.
    """
    from github import BadAttributeException, GithubException
    from requests import RequestException

    try:
        yield
    except GithubException as error:
        raise _from_answer(error, to_do, needs) from error
    except RequestException as error:
        raise _no_answer(error, to_do) from error
    except Exception as error:
        # An attribute is missing where the answer lacks the object that should have it.
        unexpected = isinstance(error, BadAttributeException | AttributeError)
        if not unexpected and not _is_library(error):
            raise
        message = f"GitHub's response to the request to {to_do} was not understood."
        raise GitHubError(message) from error


def looking_again(
    attempt: Callable[[], _T],
    sleep: Callable[[float], object],
    *,
    tries: int = 4,
    backoff: Callable[[int], float] = lambda count: 2.0**count,
) -> _T:
    """Call ``attempt`` until it gets answers from GitHub, and return its result.

    ``attempt`` reads before it writes. So a POST without a trustworthy answer (5xx, a dropped
    connection) is not repeated before it is known whether it was applied.

    Args:
        attempt: reads the current state, then writes what is missing.
        sleep: lets seconds pass.
        tries: the largest number of calls.
        backoff: number of earlier tries → seconds to wait, unless GitHub asks for more.

    Raises:
        GitHubError: the last call of ``attempt`` raised it.
    """
    for count in range(tries - 1):
        try:
            return attempt()
        except VanishedError:
            continue
        except GitHubUnavailable as error:
            if error.retry_after > _LONGEST_WAIT:
                raise
            sleep(max(error.retry_after, backoff(count)))
    return attempt()


def _no_answer(error: RequestException, to_do: str) -> GitHubError:
    """Return the exception for a request that got no answer."""
    if is_untrusted(error):
        message = f"The certificate of GitHub's address is not trusted: could not {to_do}."
        return GitHubError(message, UNTRUSTED_REMEDY)
    url = error.request.url if error.request else ""
    # The HTTP library reads the same environment.
    via = proxy_for(url, os.environ) if isinstance(url, str) else None
    through = f", through {via}" if via else ""
    return GitHubUnavailable(
        f"GitHub did not respond to the request to {to_do} ({type(error).__name__}{through}).",
        f"Check the proxy that {via.variable} names, or name the host in NO_PROXY."
        if via
        else "Run the workflow again; https://www.githubstatus.com reports outages.",
    )


def _is_library(error: Exception) -> bool:
    """Return whether an exception was raised within PyGithub.

    PyGithub does not check the shape of an answer: it may be an object instead of a list.
    """
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    module = str(last.tb_frame.f_globals.get("__name__", "")) if last is not None else ""
    return module.partition(".")[0] == "github"


def _from_answer(error: GithubException, to_do: str, needs: str) -> GitHubError:
    """Return the exception for an answer that PyGithub did not accept."""
    from github import RateLimitExceededException

    status, detail, wait = error.status, _detail(error), 0.0
    limited = status == 429 or isinstance(error, RateLimitExceededException)
    kind, remedy = GitHubError, ""
    if limited or status >= 500:
        kind = GitHubUnavailable
        remedy = "Too many requests: run it again in a few minutes." if limited else "Run it again."
        wait = _retry_after(error) or (LIMIT_WAIT if limited else 0.0)
    elif status == 401:
        kind, remedy = GitHubDenied, "The token is not valid or has expired."
    elif status == 403:
        kind, remedy = GitHubDenied, _permission(needs)
    elif status in (404, 410):
        kind = GitHubMissing
        remedy = f"It does not exist, or the token cannot see it. {_permission(needs)}"
    elif 300 <= status < 400:
        remedy = _MOVED
    message = f"GitHub responded with {status} to the request to {to_do}"
    message += f": {detail}" if detail else "."
    return kind(message, remedy, status=status, github_message=detail, retry_after=wait)


def _permission(needs: str) -> str:
    """Return the remedy for a missing permission."""
    if not needs:
        return "The token lacks a permission."
    return (
        f"Give the job `{needs}` under `permissions:`. "
        "A pull request from a fork or from Dependabot has a read-only token whatever it says."
    )


def _detail(error: GithubException) -> str:
    """Return GitHub's own message and its errors' messages, in one line."""
    data = error.data if isinstance(error.data, dict) else {}
    details = data.get("errors")
    parts = [data.get("message") or error.message]
    parts += [
        detail.get("message") if isinstance(detail, dict) else detail
        for detail in (details if isinstance(details, list) else [])
    ]
    text = "; ".join(str(part) for part in parts if part)
    # Redacted before it is cut, because a part of a token would not be recognised.
    return redact(" ".join(text.split()))[:_LONGEST_QUOTE]


def _retry_after(error: GithubException) -> float:
    """Return the seconds of the ``Retry-After`` header, 0 where there is none."""
    value = (error.headers or {}).get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0
