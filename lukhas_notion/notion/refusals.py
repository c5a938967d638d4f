"""Notion's answers in words for a person: what happened, and what to do next."""

from __future__ import annotations

from lukhas_notion.notion.policy import BLOCKED, Answer, Verdict
from lukhas_notion.util.errors import (
    Blocked,
    Forbidden,
    InvalidRequest,
    InvalidToken,
    NotFound,
    NotionError,
    NotSent,
    OutcomeUnknown,
    Refused,
    RunStopped,
    Unavailable,
)
from lukhas_notion.util.network import UNTRUSTED_REMEDY, Proxy
from lukhas_notion.util.redaction import redact

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
_TRASH = (
    "The page or its database is in Notion's trash or archived: restore it in Notion, then run "
    "again."
)
_AGAIN = "Run again: what was done is found and left alone."
_BLOCKED = "Notion blocks this integration's requests; write to its support."
_EDGE = (
    "It was stopped in front of Notion's API, so the token and the database may be right: run "
    "again later or from another network, and check NOTION_API_URL."
)
_RATE = (
    "Reduce the rate limit: set NOTION_RATE_LIMIT=2, or less where something else uses the same "
    "integration."
)
_TOO_LARGE = 413
_TOO_MANY = 429
_FOREIGN = (
    "This answer is none of Notion's: check NOTION_API_URL, and whether a proxy or a login page "
    "stands in between."
)
_NETWORK = "Check the network and NOTION_API_URL."
_PROXY = "Check the proxy that {} names, or name the API's host in NO_PROXY to do without."


def failure(
    verdict: Verdict, request: str, answer: Answer, tries: int, via: Proxy | None = None
) -> NotionError:
    """Return the exception for a request that ended without success.

    Args:
        verdict: what the last answer meant.
        request: method and path.
        answer: the last answer.
        tries: how often it was sent.
        via: the proxy that it went through.
    """
    said = describe(request, answer, tries, via)
    status, code, request_id = answer.status, answer.code, _request_id(answer)
    if verdict is Verdict.UNTRUSTED:
        return NotSent(said, UNTRUSTED_REMEDY)
    if verdict is Verdict.REPEAT_UNSENT:
        return NotSent(said, _network(via))
    if verdict is Verdict.REFUSED:
        kind, remedy = _refusal(answer)
        return kind(said, remedy, status=status, code=code, request_id=request_id)
    if verdict is Verdict.UNKNOWN:
        committed_id = str(answer.additional.get("committed_resource_id") or "")
        return OutcomeUnknown(
            said,
            _AGAIN,
            status=status,
            code=code,
            request_id=request_id,
            committed_id=committed_id,
        )
    return Unavailable(said, _again(answer), status=status, code=code, request_id=request_id)


def ended(
    stopped: RunStopped, request: str, answer: Answer, tries: int, via: Proxy | None
) -> RunStopped:
    """Return the end of a run that came while a request was to be repeated: its failure first."""
    said = describe(request, answer, tries, via).rstrip(".")
    advice = ""
    if answer.failure is not None:
        advice = _network(via)
    elif answer.status == _TOO_MANY:
        advice = _RATE
    return RunStopped(
        f"{said}. {stopped.message}",
        f"{advice} {stopped.remedy}".strip(),
        exit_code=stopped.exit_code,
    )


def _network(via: Proxy | None) -> str:
    return _PROXY.format(via.variable) if via else _NETWORK


def _again(answer: Answer) -> str:
    return f"{_RATE} {_AGAIN}" if answer.status == _TOO_MANY else _AGAIN


def describe(request: str, answer: Answer, tries: int, via: Proxy | None = None) -> str:
    """Return one sentence on how a request ended."""
    status = str(answer.status)
    if answer.status == _TOO_MANY:
        status = "429 Too Many Requests"
    if answer.failure is not None:
        said = redact(str(answer.failure)) or "no answer"
        what = f"{type(answer.failure).__name__}: {said}"
        what += f", through {via}" if via else ""
    elif answer.body is None:
        what = f"{status} with a body that is not JSON"
        if _is_from_edge(answer):
            what += ", from the edge in front of Notion"
    else:
        # Notion's own messages may be of several lines: "body failed validation. Fix one: …".
        message = " ".join(str(answer.body.get("message") or "").split())
        if len(message) > _LONGEST:
            message = message[:_LONGEST] + "…"
        what = " ".join(filter(None, (status, answer.code, message)))
    times = f" after {tries} tries" if tries > 1 else ""
    # The sentence goes on behind Notion's own words.
    what = what.rstrip(".") if times else what
    request_id = _request_id(answer)
    return f"{request}: {what}{times}" + (f" (request_id {request_id})" if request_id else "")


def _refusal(answer: Answer) -> tuple[type[Refused], str]:
    """Return the exception's type and the remedy for an answer that is final."""
    kinds: dict[int, tuple[type[Refused], str]] = {
        401: (InvalidToken, _TOKEN),
        403: (Forbidden, _BLOCKS if answer.additional.get("block_limit") else _CAPABILITY),
        404: (NotFound, _SHARE),
    }
    kind, remedy = kinds.get(answer.status, (InvalidRequest, ""))
    if _is_from_edge(answer):
        remedy = _EDGE
    elif _is_foreign(answer):
        # It says nothing of the token or the database: neither is to be looked for.
        kind, remedy = (Refused if answer.status in kinds else kind), _FOREIGN
    elif answer.additional.get("rate_limit_reason") == BLOCKED:
        # It says nothing of what was asked for, as InvalidRequest does.
        kind, remedy = Blocked, _BLOCKED
    elif answer.status == 400 and "archived" in str((answer.body or {}).get("message")):
        remedy = _TRASH
    return kind, remedy


def _is_from_edge(answer: Answer) -> bool:
    """Say whether an answer came from the network in front of Notion, not from its API."""
    return answer.body is None and "cf-ray" in answer.headers and not _request_id(answer)


def _is_foreign(answer: Answer) -> bool:
    """Say whether an answer is none of Notion's: another server is at the address, or a proxy.

    Notion's errors say that they are; only a request that is too large (413) is refused before.
    """
    is_error = (answer.body or {}).get("object") == "error"
    return answer.status != _TOO_LARGE and not (is_error or _request_id(answer))


def _request_id(answer: Answer) -> str:
    return str(
        (answer.body or {}).get("request_id") or answer.headers.get("x-notion-request-id", "")
    )
