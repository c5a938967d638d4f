"""Notion's answers in words for a person: what happened, and what to do next."""

from __future__ import annotations

from lukhas_notion.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    NotFound,
    NotionError,
    NotSent,
    OutcomeUnknown,
    Refused,
    Unavailable,
)
from lukhas_notion.notion.policy import BLOCKED, Answer

_LONGEST = 300

_SHARE = (
    "Check the id; then open the database in Notion, choose ··· > Connections, and add the "
    "integration."
)
_TOKEN = "Check NOTION_TOKEN: it must be the token of an integration that still exists."  # noqa: S105 - a sentence
_CAPABILITY = (
    "In the integration's settings, allow it to read, insert and update content, and share the "
    "database with it."
)
_BLOCKS = (
    "The workspace is on the Free plan with more than one member and has used its blocks: no page "
    "can be created until the plan is raised. Updating pages still works."
)
_TRASH = "Restore the page from Notion's trash, then run again."
_AGAIN = "Run again: what was done is found and left alone."


def describe(request: str, answer: Answer, tries: int) -> str:
    """Return one sentence on how a request ended."""
    if answer.failure is not None:
        said = str(answer.failure) or "no answer"
        what = f"{type(answer.failure).__name__}: {said}"
    elif answer.body is None:
        what = f"{answer.status} with a body that is not JSON"
        if answer.headers.get("cf-ray") and not answer.headers.get("x-notion-request-id"):
            what += ", from the edge in front of Notion"
    else:
        message = str(answer.body.get("message") or "").strip()
        if len(message) > _LONGEST:
            message = message[:_LONGEST] + "…"
        what = " ".join(filter(None, (str(answer.status), answer.code, message)))
    times = f" after {tries} tries" if tries > 1 else ""
    return f"{request}: {what}{times}"


def refused(request: str, answer: Answer) -> Refused:
    """Return the exception for an answer that is final."""
    kinds: dict[int, tuple[type[Refused], str]] = {
        401: (InvalidToken, _TOKEN),
        403: (Forbidden, _BLOCKS if answer.additional.get("block_limit") else _CAPABILITY),
        404: (NotFound, _SHARE),
    }
    kind, remedy = kinds.get(answer.status, (InvalidRequest, ""))
    message = str((answer.body or {}).get("message") or "")
    if answer.status == 400 and "archived" in message:
        remedy = _TRASH
    elif answer.additional.get("rate_limit_reason") == BLOCKED:
        remedy = "Notion blocks this integration's requests; write to its support."
    return kind(
        describe(request, answer, 1),
        remedy,
        status=answer.status,
        code=answer.code,
        request_id=_request_id(answer),
    )


def exhausted(request: str, answer: Answer, tries: int) -> NotionError:
    """Return the exception for a request that was repeated in vain and is safe to repeat."""
    return Unavailable(
        describe(request, answer, tries),
        _AGAIN,
        status=answer.status,
        code=answer.code,
        request_id=_request_id(answer),
    )


def not_sent(request: str, answer: Answer, tries: int) -> NotSent:
    """Return the exception for a request that never left."""
    return NotSent(
        describe(request, answer, tries), "Check the network, the proxy and NOTION_API_URL."
    )


def unknown(request: str, answer: Answer, tries: int) -> OutcomeUnknown:
    """Return the exception for a create that may have been done."""
    return OutcomeUnknown(
        describe(request, answer, tries),
        _AGAIN,
        status=answer.status,
        code=answer.code,
        request_id=_request_id(answer),
        committed_id=str(answer.additional.get("committed_resource_id") or ""),
    )


def _request_id(answer: Answer) -> str:
    return str(
        (answer.body or {}).get("request_id") or answer.headers.get("x-notion-request-id", "")
    )
