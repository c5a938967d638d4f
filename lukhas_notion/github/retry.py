"""Which requests to GitHub are repeated without asking, and for how long they may wait.

This module imports PyGithub; it is imported where a connection is opened, not before.
"""

from __future__ import annotations

from types import TracebackType

from github.GithubException import RateLimitExceededExceedsMaxWait
from github.GithubRetry import GithubRetry
from urllib3 import Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.response import HTTPResponse

from lukhas_notion.util.certificates import is_untrusted

#: Doing these twice is doing them once. PyGithub's default has POST among them, so that a 502
#: after the comment was made would make a second one.
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
_TRIES = 3


class BoundedRetry(GithubRetry):
    """PyGithub's retry, which never waits longer than ``max_rate_limit_wait``.

    PyGithub holds the limit against its own waits, but not against a ``Retry-After`` header.
    """

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
