"""Which requests to GitHub are repeated without asking, and for how long they may wait.

This module imports PyGithub; it is imported where a connection is opened, not before.
"""

from __future__ import annotations

from types import TracebackType
from urllib.parse import urlsplit

from github.GithubException import GithubException, RateLimitExceededExceedsMaxWait
from github.GithubRetry import GithubRetry
from urllib3 import Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.response import HTTPResponse

from lukhas_notion.util.certificates import is_untrusted

#: Doing these twice is doing them once. PyGithub's default has POST among them, so that a 502
#: after the comment was made would make a second one.
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
_TRIES = 3


#: GitHub's API answers with these where a repository was renamed or moved, and a proxy where
#: somebody has to log in. PyGithub follows the first and takes the others' bodies for answers.
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})


class BoundedRetry(GithubRetry):
    """PyGithub's retry, which never waits longer than ``max_rate_limit_wait``.

    PyGithub holds the limit against its own waits, but not against a ``Retry-After`` header.
    A redirect is a failure: the token is sent to no other address than the configured one.
    """

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether an answer is a failure that :meth:`increment` decides about."""
        if status_code in _REDIRECTS:
            return True
        return super().is_retry(method, status_code, has_retry_after)

    def increment(  # type: ignore[override]
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        """Count one failure; raise where the wait asked for is too long, or no try can help."""
        if error is not None and is_untrusted(error):
            raise error
        try:
            _check_redirect(response)
            self._check_wait(response)
            return super().increment(method, url, response, error, _pool, _stacktrace)
        except Exception:
            if response is not None:
                response.close()  # urllib3 forgets the connection of a failure that is raised here
            raise

    def _check_wait(self, response: HTTPResponse | None) -> None:
        """Raise where an answer asks for a longer wait than is allowed."""
        if response is None:
            return
        wait = self.get_retry_after(response) or 0.0
        if wait > (self.max_rate_limit_wait or 0.0):
            raise RateLimitExceededExceedsMaxWait(
                response.status,
                {"message": f"GitHub asks to be left alone for {wait:g} seconds"},
                {"retry-after": f"{wait:.0f}"},
                wait=wait,
            )


def _check_redirect(response: HTTPResponse | None) -> None:
    """Raise where an answer leads elsewhere."""
    if response is None or response.status not in _REDIRECTS:
        return
    parts = urlsplit(response.headers.get("location", ""))
    where = f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "nowhere"
    raise GithubException(response.status, {"message": f"a redirect to {where}"}, {})


def bounded_retry(*, backoff: float, longest_wait: float) -> BoundedRetry:
    """Return the retry for a session.

    Args:
        backoff: seconds that repeating a failed request starts with; it doubles each time.
        longest_wait: seconds that a rate limit may hold a request up; beyond it, it fails.
    """
    return BoundedRetry(
        total=_TRIES,
        backoff_factor=backoff,
        allowed_methods=REPEATABLE,
        secondary_rate_wait=longest_wait,
        max_rate_limit_wait=longest_wait,
    )
