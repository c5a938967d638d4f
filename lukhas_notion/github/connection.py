"""A connection to GitHub's API, and the login of its token.

The import takes 0.4 seconds, for PyGithub: import this module where a connection is opened.

It changes PyGithub in three ways. It trusts the operating system's certificates, as every other
connection of a run does; PyGithub itself only reads a file of certificates. A POST is not repeated.
And every wait is bounded.
"""

from __future__ import annotations

import logging
import ssl
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from github import Auth, Github
from github.GithubException import GithubException, RateLimitExceededExceedsMaxWait
from github.GithubRetry import GithubRetry
from github.Repository import Repository
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.response import HTTPResponse

from lukhas_notion.github.errors import GitHubError, asked
from lukhas_notion.util.network import SYSTEM, Trust, is_untrusted, system_has_store
from lukhas_notion.util.sanitize import register

#: The login of a workflow's own token.
ACTIONS_LOGIN = "github-actions[bot]"
#: The idempotent methods. PyGithub's default includes POST, so that a 502 after a comment was
#: created would create a second one.
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
_TRIES = 3
_TIMEOUT = 30
_LONGEST_WAIT = 60.0
#: GitHub's API answers with these where a repository was renamed or moved, and a proxy where a
#: login is required. PyGithub follows some of them and takes the bodies of others for answers.
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})


def open_github(token: str, *, api_url: str, trust: Trust = SYSTEM, pause: float = 1.0) -> Github:
    """Return a client; nothing is requested yet. Close it with ``close()``.

    Args:
        token: only the client has it; no representation and no log line shows it.
        api_url: ``GITHUB_API_URL``: ``https://api.github.com``, or a server's ``…/api/v3``.
        trust: the certificate authorities that are trusted.
        pause: seconds between two writes, which GitHub asks for, and of the first backoff.
    """
    register(token)
    # PyGithub prints every refused request to stderr, where the runner looks for commands.
    logging.getLogger("github").setLevel(logging.ERROR)
    retry = BoundedRetry(
        total=_TRIES,
        backoff_factor=pause,
        allowed_methods=REPEATABLE,
        secondary_rate_wait=_LONGEST_WAIT,
        max_rate_limit_wait=_LONGEST_WAIT,
    )
    return Github(
        base_url=api_url.rstrip("/"),
        auth=Auth.Token(token),
        lazy=True,
        per_page=100,
        timeout=_TIMEOUT,
        verify=verify_option(trust),
        user_agent="lukhas-notion",
        retry=retry,
        seconds_between_requests=None,
        seconds_between_writes=pause,
    )


def open_repository(
    token: str, *, api_url: str, repository: str, trust: Trust = SYSTEM, pause: float = 1.0
) -> Repository:
    """Return ``repository`` (``owner/name``); arguments otherwise as of :func:`open_github`."""
    return open_github(token, api_url=api_url, trust=trust, pause=pause).get_repo(repository)


def login_of(client: Github | Repository) -> str:
    """Return the login that writes the token's comments.

    ``GET /user`` works for a user's token. It refuses the token of a GitHub App, a workflow's own
    included, which begins with ``ghs_``; for that GraphQL has ``viewer``. Without an answer from
    either, the token counts as a workflow's own.

    Raises:
        GitHubError: the token is not valid, or GitHub cannot be asked.
    """
    question = "say whose token this is"
    auth = client.requester.auth
    try:
        if auth is None or not auth.token.startswith("ghs_"):
            with asked(question):
                _, user = client.requester.requestJsonAndCheck("GET", "/user")
                return str(user["login"])
    except GitHubError as error:
        if error.status not in (403, 404):
            raise
    # PyGithub counts every POST as a write, so that the first comment would have to wait for the
    # pause after this one. Another requester has its own count.
    requester = client.requester.withAuth(auth)
    try:
        with asked(question):
            _, answer = requester.graphql_query("query { viewer { login } }", {})
            return str(answer["data"]["viewer"]["login"])
    except GitHubError as error:
        if error.status == 401:
            raise
    except (AttributeError, KeyError, TypeError):
        pass  # an answer without a viewer
    finally:
        requester.close()
    return ACTIONS_LOGIN


class BoundedRetry(GithubRetry):
    """PyGithub's retry, which never waits longer than ``max_rate_limit_wait``.

    PyGithub applies the limit to its own waits, but not to a ``Retry-After`` header. A redirect is
    a failure, because the token must not be sent to another address.
    """

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Return whether an answer is a failure that :meth:`increment` handles."""
        redirect = status_code in _REDIRECTS
        return redirect or super().is_retry(method, status_code, has_retry_after)

    def increment(  # type: ignore[override]
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        """Count one failure; raise where the requested wait is too long, or a repeat is useless."""
        if error is not None and is_untrusted(error):
            raise error
        try:
            if response is not None:
                _check_redirect(response)
                self._check_wait(response)
            return super().increment(method, url, response, error, _pool, _stacktrace)
        except Exception:
            if response is not None:
                response.close()  # urllib3 forgets the connection of a failure that is raised here
            raise

    def _check_wait(self, response: HTTPResponse) -> None:
        """Raise where an answer asks for a longer wait than the limit."""
        wait = self.get_retry_after(response) or 0.0
        if wait > (self.max_rate_limit_wait or 0.0):
            raise RateLimitExceededExceedsMaxWait(
                response.status,
                {"message": f"GitHub requires a pause of {wait:g} seconds"},
                {"retry-after": f"{wait:.0f}"},
                wait=wait,
            )


def _check_redirect(response: HTTPResponse) -> None:
    """Raise where an answer is a redirect."""
    if response.status not in _REDIRECTS:
        return
    parts = urlsplit(response.headers.get("location", ""))
    where = f"{parts.netloc.rpartition('@')[2]}{parts.path}" or "nowhere"
    raise GithubException(response.status, {"message": f"a redirect to {where}"}, {})


def verify_option(trust: Trust) -> bool | str:
    """Return PyGithub's ``verify`` option, and set the class of its connections accordingly."""
    if trust.path or not system_has_store():
        Requester.resetConnectionClasses()
        return trust.path or True
    Requester.injectConnectionClasses(HTTPRequestsConnectionClass, _SystemConnection)
    return True


class _SystemConnection(HTTPSRequestsConnectionClass):
    """A connection that trusts the operating system's store."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.adapter = _SystemAdapter(
            Trust().context(),
            max_retries=self.retry,
            pool_connections=self.pool_size,
            pool_maxsize=self.pool_size,
        )
        self.session.mount("https://", self.adapter)


class _SystemAdapter(HTTPAdapter):
    """Makes connections in a given TLS context, without further certificates."""

    def __init__(self, context: ssl.SSLContext, **options: Any) -> None:
        self._context = context
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=self._context, **options)

    def cert_verify(self, conn: Any, *_: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"
