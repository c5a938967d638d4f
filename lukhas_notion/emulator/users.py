"""The endpoints for users: people, other bots, and the integration, which is a bot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lukhas_notion.emulator import requests
from lukhas_notion.emulator.errors import ApiError, validation
from lukhas_notion.emulator.ids import with_hyphens
from lukhas_notion.emulator.model import User
from lukhas_notion.emulator.workspace import EMAILS, INTEGRATION, USERS, WORKSPACE, Workspace

SHOWN = 25
"""The number of people in the answer for a page; Notion can omit the others (documented)."""


def me(workspace: Workspace) -> dict[str, Any]:
    """Return the integration as a user."""
    return {
        "object": "user",
        "id": workspace.bot_id,
        "name": INTEGRATION,
        "avatar_url": None,
        "type": "bot",
        "bot": {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_name": WORKSPACE,
            "workspace_id": workspace.ids.named("workspace"),
            "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
        },
    }


def listed(workspace: Workspace, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of the list of users; the integration is the last one.

    A second page is not recorded. Its cursor is assumed to be the next user's id, as in lists of
    blocks.
    """
    ids = [*workspace.store.users, workspace.bot_id]
    return requests.paginated("user", ids, parameters, lambda user_id: shown(workspace, user_id))


def retrieve(workspace: Workspace, user_id: str) -> dict[str, Any]:
    """Return one user.

    Raises:
        ApiError: the user does not exist, or the integration cannot read users (recorded: 404).
    """
    known = user_id == workspace.bot_id or user_id in workspace.store.users
    if not known or USERS not in workspace.capabilities:
        raise _not_found(user_id, workspace.bot_id)
    return shown(workspace, user_id)


def shown(workspace: Workspace, user_id: str) -> dict[str, Any]:
    """Return a user as in lists of users and in people properties.

    An integration that cannot read users gets only the id, and one that cannot read e-mail
    addresses gets a person without one.
    """
    if user_id == workspace.bot_id:
        return me(workspace)
    user = workspace.store.users.get(user_id)
    if user is None or USERS not in workspace.capabilities:
        return {"object": "user", "id": user_id}
    own = {"bot": {}} if user.type == "bot" else {"person": _person(workspace, user)}
    return {
        "object": "user",
        "id": user.id,
        "name": user.name,
        "avatar_url": user.avatar_url,
        "type": user.type,
        **own,
    }


def written(workspace: Workspace, name: str, sent: list[dict[str, Any]]) -> list[str]:
    """Return the user ids of a checked people value.

    Raises:
        ApiError: a user does not exist or is named twice. Notion's texts are not recorded.
    """
    user_ids: list[str] = []
    for item in sent:
        user_id = with_hyphens(item["id"]) or ""
        if user_id != workspace.bot_id and user_id not in workspace.store.users:
            raise validation(f"{name}: there is no user with ID {user_id}.")
        if user_id in user_ids:
            raise validation(f"{name}: user {user_id} is named twice.")
        user_ids.append(user_id)
    return user_ids


def _person(workspace: Workspace, user: User) -> dict[str, Any]:
    shows = user.email is not None and EMAILS in workspace.capabilities
    return {"email": user.email} if shows else {}


def _not_found(user_id: str, integration_id: str) -> ApiError:
    message = (
        f"Could not find user with ID: {user_id}. Make sure your integration has capabilities to "
        "read user information. With those capabilities, only members and guests in the "
        "integration's workspace are visible."
    )
    data = {"integration_id": integration_id}
    return ApiError(404, "object_not_found", message, additional_data=data)
