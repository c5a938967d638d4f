"""A connection to GitHub's API.

PyGithub takes 0.4 seconds to import: only what opens a connection pays for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lukhas_notion.util.certificates import SYSTEM, Trust
from lukhas_notion.util.redaction import register

if TYPE_CHECKING:
    from github import Github
    from github.Repository import Repository

_TIMEOUT = 30
_LONGEST_WAIT = 60.0


def open_github(token: str, *, api_url: str, trust: Trust = SYSTEM, pause: float = 1.0) -> Github:
    """Return a client; nothing is requested yet. Close it with ``close()``.

    Args:
        token: held by the client alone; it is in no representation and in no log line.
        api_url: ``GITHUB_API_URL``: ``https://api.github.com``, or a server's ``…/api/v3``.
        trust: the certificate authorities that are trusted.
        pause: seconds between two writes, as GitHub asks for, and what backing off starts with.
    """
    from github import Auth, Github

    from lukhas_notion.github.retry import bounded_retry
    from lukhas_notion.github.trust import verify_option

    register(token)

    # PyGithub prints every refused request to stderr, where the runner looks for commands.
    logging.getLogger("github").setLevel(logging.ERROR)
    return Github(
        base_url=api_url.rstrip("/"),
        auth=Auth.Token(token),
        lazy=True,
        per_page=100,
        timeout=_TIMEOUT,
        verify=verify_option(trust),
        user_agent="lukhas-notion",
        retry=bounded_retry(backoff=pause, longest_wait=_LONGEST_WAIT),
        seconds_between_requests=None,
        seconds_between_writes=pause,
    )


def open_repository(
    token: str, *, api_url: str, repository: str, trust: Trust = SYSTEM, pause: float = 1.0
) -> Repository:
    """Return a repository to work on; nothing is requested yet.

    Args:
        token: as for :func:`open_github`.
        api_url: as for :func:`open_github`.
        repository: ``owner/name``, as in ``GITHUB_REPOSITORY``.
        trust: as for :func:`open_github`.
        pause: as for :func:`open_github`.
    """
    return open_github(token, api_url=api_url, trust=trust, pause=pause).get_repo(repository)
