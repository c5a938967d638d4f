"""What a request to GitHub can come to, as one small tree under the package's own.

.. code-block:: text

    LukhasNotionError
    └── GitHubError               status: the HTTP status, 0 where there was no answer
        ├── GitHubDenied          401, 403: the token may not do this
        │   └── CommentForbidden  403 on a comment: a fork's or Dependabot's token, or a permission
        ├── GitHubMissing         404, 410: it is not there, or the token may not see it
        └── GitHubUnavailable     5xx, a rate limit, no connection: it may have been done, or not

:func:`asked` turns PyGithub's and its HTTP library's exceptions into these, so that no
caller has to know them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lukhas_notion.util import certificates
from lukhas_notion.util.certificates import is_untrusted
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.util.proxy import proxy_for
from lukhas_notion.util.redaction import redact

if TYPE_CHECKING:
    from github import GithubException
    from requests import RequestException

#: What GitHub asks for after a rate limit where it names no time: "at least one minute".
LIMIT_WAIT = 60.0
_LONGEST_QUOTE = 300
_MOVED = (
    "Redirects are not followed with a token. Check GITHUB_API_URL, and run the workflow again if "
    "the repository was renamed or moved."
)


class GitHubError(LukhasNotionError):
    """What a request to GitHub came to, when it did not come to a usable answer.

    Args:
        status: the HTTP status, or 0 when there was no answer.
        said: GitHub's own message, or "".
    """

    reason = "github"

    def __init__(self, message: str, remedy: str = "", *, status: int = 0, said: str = "") -> None:
        super().__init__(message, remedy)
        self.status = status
        self.said = said


class GitHubDenied(GitHubError):
    """401 or 403: the token is not valid, or a permission is missing."""


class CommentForbidden(GitHubDenied):
    """403: the token may not write this comment."""


class GitHubMissing(GitHubError):
    """404 or 410: it does not exist, or the token may not see it."""


class GitHubUnavailable(GitHubError):
    """A 5xx, a rate limit, or no connection. A request that writes may have been done, or not.

    Args:
        retry_after: for how many seconds GitHub asks to be left alone; 0 where it does not say.
    """

    def __init__(
        self,
        message: str,
        remedy: str = "",
        *,
        status: int = 0,
        said: str = "",
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(message, remedy, status=status, said=said)
        self.retry_after = retry_after


@contextmanager
def asked(to_do: str, *, needs: str = "") -> Iterator[None]:
    """Let only this module's exceptions out of the block.

    Args:
        to_do: what GitHub is asked to do (``"list the comments"``).
        needs: the permission that it takes, as a workflow spells it (``"contents: write"``).

    Raises:
        GitHubError: whatever PyGithub or its HTTP library raised, and an answer of a shape that
            it does not expect.
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
        if not isinstance(error, BadAttributeException) and not _is_library(error):
            raise
        raise GitHubError(f"GitHub's answer was not understood when asked to {to_do}.") from error


def _no_answer(error: RequestException, to_do: str) -> GitHubError:
    """Return the exception for a request that got no answer."""
    if is_untrusted(error):
        said = f"The certificate that GitHub's address shows is not trusted; asked to {to_do}."
        return GitHubError(said, certificates.REMEDY)
    url = error.request.url if error.request else ""
    # The HTTP library reads the same environment.
    via = proxy_for(url, os.environ) if isinstance(url, str) else None
    through = f", through {via}" if via else ""
    return GitHubUnavailable(
        f"GitHub gave no answer when asked to {to_do} ({type(error).__name__}{through}).",
        f"Check the proxy that {via.variable} names, or name the host in NO_PROXY."
        if via
        else "Run the workflow again; https://www.githubstatus.com tells of outages.",
    )


def _is_library(error: Exception) -> bool:
    """Return whether an exception was raised within PyGithub.

    It takes an answer of another shape for what it expects: an object for a list, null for an
    object.
    """
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    module = str(last.tb_frame.f_globals.get("__name__", "")) if last is not None else ""
    return module.partition(".")[0] == "github"


def _from_answer(error: GithubException, to_do: str, needs: str) -> GitHubError:
    """Return the exception for an answer that PyGithub did not accept."""
    from github import RateLimitExceededException

    status, said = error.status, _said(error)
    message = f"GitHub answered {status} when asked to {to_do}" + (f": {said}" if said else ".")
    limited = status == 429 or isinstance(error, RateLimitExceededException)
    if limited or status >= 500:
        return GitHubUnavailable(
            message,
            "Too many requests: run it again in a few minutes." if limited else "Run it again.",
            status=status,
            said=said,
            retry_after=_retry_after(error) or (LIMIT_WAIT if limited else 0.0),
        )
    if status == 401:
        return GitHubDenied(
            message, "The token is not valid or has expired.", status=status, said=said
        )
    if status == 403:
        return GitHubDenied(message, _permission(needs), status=status, said=said)
    if 300 <= status < 400:
        return GitHubError(message, _MOVED, status=status, said=said)
    if status in (404, 410):
        return GitHubMissing(
            message,
            "It is not there, or the token may not see it. " + _permission(needs),
            status=status,
            said=said,
        )
    return GitHubError(message, status=status, said=said)


def _permission(needs: str) -> str:
    """Return what to do about a missing permission."""
    if not needs:
        return "The token lacks a permission."
    return (
        f"Give the job `{needs}` under `permissions:`. "
        "A pull request from a fork or from Dependabot has a read-only token whatever it says."
    )


def _said(error: GithubException) -> str:
    """Return GitHub's own message and its errors' messages, in one line."""
    data = error.data if isinstance(error.data, dict) else {}
    details = data.get("errors")
    parts = [data.get("message") or error.message]
    parts += [
        detail.get("message") if isinstance(detail, dict) else detail
        for detail in (details if isinstance(details, list) else [])
    ]
    text = "; ".join(str(part) for part in parts if part)
    # Before it is cut: half a token would not be found any more.
    return redact(" ".join(text.split()))[:_LONGEST_QUOTE]


def _retry_after(error: GithubException) -> float:
    """Return the seconds of the ``Retry-After`` header, 0 where there is none."""
    value = (error.headers or {}).get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0
