"""Notion's refusals: status, code and text, as recorded, measured or documented."""

from __future__ import annotations

from typing import Any

PUBLISHED_VERSIONS = (
    "2021-05-11",
    "2021-05-13",
    "2021-08-16",
    "2022-02-22",
    "2022-06-28",
    "2025-09-03",
    "2026-03-11",
)
API_VERSION = "2026-03-11"

ARCHIVED = "Can't edit block that is archived. You must unarchive the block before editing."
BAD_BEARER = 'Authorization header must use the format "Bearer <token>".'
RESTRICTED = "API token does not have access to this resource."
RATE_LIMITED = "You have been rate limited. Please try again in a few minutes."
SCHEMA_TOO_LARGE = "Database schema has exceeded the maximum size"


class ApiError(Exception):
    """A request is refused.

    Args:
        status: the HTTP status.
        code: Notion's error code, such as ``validation_error``.
        message: Notion's text.
        additional_data: further facts for a client, as Notion sends them.
        headers: headers of the answer besides the usual ones.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        additional_data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.additional_data = additional_data
        self.headers = headers or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the answer's body, in Notion's order of keys."""
        body: dict[str, Any] = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }
        if self.additional_data is not None:
            body["additional_data"] = self.additional_data
        body["request_id"] = request_id
        return body


class PayloadTooLargeError(Exception):
    """The body is over 512,000 bytes; answered ahead of the API, in a shape of its own."""


def validation(message: str) -> ApiError:
    """400 ``validation_error``: what was sent is not acceptable."""
    return ApiError(400, "validation_error", message)


def invalid_json() -> ApiError:
    """400 ``invalid_json``: the body does not parse."""
    return ApiError(400, "invalid_json", "Error parsing JSON body.")


def invalid_request_url() -> ApiError:
    """400 ``invalid_request_url``: Notion has no such path, or not with this method.

    It says so before it looks at the token (recorded).
    """
    return ApiError(400, "invalid_request_url", "Invalid request URL.")


def unauthorized(message: str) -> ApiError:
    """401 ``unauthorized``: no bearer token, or one that does not resolve."""
    return ApiError(401, "unauthorized", message)


def restricted_resource() -> ApiError:
    """403 ``restricted_resource``: the integration lacks a capability (documented text)."""
    return ApiError(403, "restricted_resource", RESTRICTED)


def missing_version(sent: str | None, quoted: str) -> ApiError:
    """400 ``missing_version``: none, an unknown one, or a published one not emulated here."""
    prefix = "Notion-Version header failed validation: Notion-Version header should be"
    if sent is None:
        return ApiError(400, "missing_version", f"{prefix} defined, instead was `undefined`.")
    known = (API_VERSION,) if sent in PUBLISHED_VERSIONS else PUBLISHED_VERSIONS
    listed = [f'`"{version}"`' for version in known]
    choices = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])}, or {listed[-1]}"
    return ApiError(400, "missing_version", f"{prefix} {choices}, instead was `{quoted}`.")


def not_found(what: str, object_id: str, integration: str, integration_id: str) -> ApiError:
    """404 ``object_not_found``: missing or not shared; Notion never says which.

    Args:
        what: ``page`` or ``database`` (a missing data source is called a database as well).
        object_id: the id asked for, with hyphens.
        integration: the integration's name.
        integration_id: the integration's id.
    """
    message = (
        f"Could not find {what} with ID: {object_id}. Make sure the relevant pages and "
        f'databases are shared with your integration "{integration}".'
    )
    return ApiError(
        404,
        "object_not_found",
        message,
        additional_data={"integration_id": integration_id},
    )


def rate_limited(
    retry_after: int | float | None, reason: str = "public_api_request_rate_limit"
) -> ApiError:
    """429 ``rate_limited``; ``retry_after`` in seconds, in the header and repeated in the body."""
    data = {"rate_limit_reason": reason}
    headers = {}
    if retry_after is not None:
        data["retry_after"] = headers["retry-after"] = f"{retry_after:g}"
    return ApiError(429, "rate_limited", RATE_LIMITED, additional_data=data, headers=headers)


def invalid_cursor(cursor: str) -> ApiError:
    """400 ``validation_error`` for a cursor that this query did not hand out."""
    return validation(f"The start_cursor provided is invalid: {cursor}")
