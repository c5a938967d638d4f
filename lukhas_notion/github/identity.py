"""Who this run is to GitHub: the login that its token writes as.

What carries our marker is ours only when this login wrote it. A person can copy a marker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lukhas_notion.github.errors import GitHubError, asked

if TYPE_CHECKING:
    from github import Github
    from github.Repository import Repository

#: What a workflow's own token writes as.
ACTIONS_LOGIN = "github-actions[bot]"
_QUESTION = "say whose token this is"
_QUERY = "query { viewer { login } }"


def login(of: Github | Repository) -> str:
    """Return the login that the token's comments carry.

    A person's token may ask ``GET /user``. The token of a GitHub App, a workflow's own included,
    is refused there and asks GraphQL for its ``viewer``. Where that gives no answer either, the
    token is taken for a workflow's own.

    Raises:
        GitHubError: the token is not valid, or GitHub cannot be asked.
    """
    try:
        with asked(_QUESTION):
            _, user = of.requester.requestJsonAndCheck("GET", "/user")
            return str(user["login"])
    except GitHubError as error:
        if error.status not in (403, 404):
            raise
    try:
        with asked(_QUESTION):
            _, answer = of.requester.graphql_query(_QUERY, {})
            return str(answer["data"]["viewer"]["login"])
    except GitHubError as error:
        if error.status == 401:
            raise
    except (AttributeError, KeyError, TypeError):
        pass  # an answer without a viewer
    return ACTIONS_LOGIN


def wrote(login: str, something: Any) -> bool:
    """Return whether ``login`` wrote a comment or issue. The user of a deleted account is null."""
    return bool(login) and getattr(something.user, "login", None) == login
