"""The answers to requests, as plain data: results, errors, faults and unsupported endpoints."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lukhas_notion.emulator.errors import ApiError, invalid_cursor, rate_limited
from lukhas_notion.emulator.faults import FaultRule

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"

_UNAVAILABLE = "Notion is unavailable, please try again later."
_QUERY_UNAVAILABLE = (
    "Public API data source query is temporarily unavailable due to backend datastore timeouts. "
    "Retry with exponential backoff; if retries continue to fail, reduce page_size or narrow "
    "filters/sorts."
)
_SAVED = (
    "The change was saved, but the response could not be built in time. Read the object again "
    "instead of repeating the write."
)
_EDGE_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
_OTHER_PAGE = "<html><body>Just a moment...</body></html>"


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def as_json(
    status: int, content: dict[str, Any], request_id: str, headers: dict[str, str] | None = None
) -> Answer:
    """Return an answer of the API: JSON, with the request's id in a header."""
    return plain_json(status, content, {"x-notion-request-id": request_id, **(headers or {})})


def plain_json(
    status: int, content: dict[str, Any], headers: dict[str, str] | None = None
) -> Answer:
    """Return an answer in JSON without the API's headers."""
    body = json.dumps(content, separators=(",", ":")).encode()
    return Answer(status, {"content-type": JSON, **(headers or {})}, body)


def of_error(error: ApiError, request_id: str) -> Answer:
    """Return the answer for an error."""
    return as_json(error.status, error.body(request_id), request_id, error.headers)


def of_fault(
    rule: FaultRule,
    request_id: str,
    *,
    query: bool,
    cursor: str,
    committed: bytes | None,
) -> Answer:
    """Return the answer for a fault.

    Args:
        rule: the rule of the fault, which is one of :data:`faults.ANSWERS`.
        request_id: the request's id.
        query: whether the request is a query; for queries, 503 has a different text.
        cursor: the request's cursor.
        committed: the body of the regular answer to a create that took effect, otherwise None.
    """
    if rule.fault == "502_html":
        return Answer(502, {"content-type": HTML}, _EDGE_PAGE.encode())
    if rule.fault == "not_json":
        return Answer(200, {"content-type": HTML}, _OTHER_PAGE.encode())
    if rule.fault == "503_committed":
        return of_error(_committed(committed), request_id)
    if rule.fault == "invalid_cursor":
        return of_error(invalid_cursor(cursor), request_id)
    if rule.fault == "503" and query:
        return of_error(_query_unavailable(), request_id)
    return of_error(_ERRORS[rule.fault](rule), request_id)


def _plain(status: int, code: str, message: str) -> Callable[[FaultRule], ApiError]:
    return lambda _: ApiError(status, code, message)


def _overloaded(rule: FaultRule) -> ApiError:
    headers = {} if rule.retry_after is None else {"retry-after": f"{rule.retry_after:g}"}
    message = "The service is overloaded. Please try again later."
    return ApiError(529, "service_overload", message, headers=headers)


_ERRORS: dict[str, Callable[[FaultRule], ApiError]] = {
    "429": lambda rule: rate_limited(1 if rule.retry_after is None else rule.retry_after),
    "429_no_header": lambda _: rate_limited(None),
    "429_blocked": lambda rule: rate_limited(rule.retry_after, "public_api_request_blocked"),
    "529": _overloaded,
    "500": _plain(500, "internal_server_error", "Unexpected error occurred."),
    "503": _plain(503, "service_unavailable", _UNAVAILABLE),
    "504": _plain(504, "gateway_timeout", "Gateway Timeout"),
    "409": _plain(409, "conflict_error", "Conflict occurred while saving. Please try again."),
}


def _query_unavailable() -> ApiError:
    data = {
        "endpoint_name": "public_queryDataSource",
        "notion_error_name": "PgPoolWaitConnectionTimeout",
        "retry_guidance": [
            "Use exponential backoff with jitter",
            "Reduce page_size",
            "Narrow query filters/sorts",
        ],
    }
    return ApiError(503, "service_unavailable", _QUERY_UNAVAILABLE, additional_data=data)


def _committed(answer: bytes | None) -> ApiError:
    data: dict[str, Any] = {
        "from": "publicApi.pageObjectPointerToPageObject.beforePreload",
        "elapsed_ms": "55012",
        "deadline_ms": "55000",
        "retry_guidance": [
            "Read the object again to confirm the saved change.",
            "Do not repeat the write.",
        ],
    }
    created = json.loads(answer or b"{}").get("id")
    if created is not None:
        data["committed_resource_id"] = created
    return ApiError(503, "service_unavailable", _SAVED, additional_data=data)


_READ = ("GET",)
_WRITE = ("POST",)
_ALL = ("GET", "POST", "PATCH", "DELETE")

# The endpoints of the official client libraries (notion-sdk-js 5.26, notion-client 3.1).
NOT_EMULATED: tuple[tuple[tuple[str, ...], str], ...] = (
    (_WRITE, "search"),
    (_ALL, "blocks/{rest:path}"),
    (_ALL, "comments"),
    (_ALL, "comments/{rest:path}"),
    (_ALL, "views/{rest:path}"),
    (_READ, "custom_emojis"),
    (("GET", "POST"), "file_uploads"),
    (("GET", "POST"), "file_uploads/{rest:path}"),
    (_READ, "async_tasks/{task_id}"),
    (_WRITE, "pages/{page_id}/move"),
    (_READ, "data_sources/{data_source_id}/templates"),
)
"""Methods and paths below ``/v1/`` of Notion's endpoints that are not emulated."""


def not_emulated(method: str, path: str) -> Answer:
    """Return the answer to an authorised request for an endpoint that is not emulated."""
    content = {
        "object": "not_emulated",
        "emulator": "lukhas-notion",
        "message": (
            f"{method} {path} is not emulated here. This is the local emulator of lukhas-notion, "
            "not Notion: Notion has this endpoint."
        ),
    }
    return plain_json(501, content)
