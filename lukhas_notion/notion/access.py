"""What the integration may do: its token, its capabilities, and why Notion refuses a request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import httpx

from lukhas_notion.notion.policy import BLOCKED, Answer, NextStep
from lukhas_notion.plan.values import PropertyType
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
    SetupError,
    Unavailable,
)
from lukhas_notion.util.network import UNTRUSTED_REMEDY, Proxy
from lukhas_notion.util.sanitize import redact

if TYPE_CHECKING:
    from notion_client import Client


#: The nil id of RFC 9562, which no object has.
NOWHERE = "00000000-0000-0000-0000-000000000000"

_NOTHING: dict[str, Any] = {"properties": {}}
_PAGE_NOWHERE: dict[str, Any] = {
    "parent": {"type": "data_source_id", "data_source_id": NOWHERE},
    "properties": {},
}
_DATA_SOURCE = re.compile(r"/v1/data_sources/[0-9a-fA-F-]{32,36}\Z")


class Answered(Enum):
    """The result of a probe."""

    ALLOWED = "allowed"
    NOT_REFUSED = "not refused"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Probed:
    """The result of a probe, and the error that it is taken from, if there is one."""

    answered: Answered
    error: NotionError | None = None


def is_probe(request: httpx.Request) -> bool:
    """Return whether a request has the method, path and body of one of the two probes."""
    try:
        body = json.loads(request.read())
    except ValueError:
        return False
    path = request.url.path
    if request.method == "PATCH":
        return body == _NOTHING and _DATA_SOURCE.search(path) is not None
    return request.method == "POST" and path.endswith("/v1/pages") and body == _PAGE_NOWHERE


def may_update(client: Client, data_source_id: str) -> Probed:
    """Probe whether the token may update content, by an update without changes."""
    return _ask(lambda: client.data_sources.update(data_source_id, **_NOTHING))


def may_insert(client: Client) -> Probed:
    """Probe whether the token may insert content, by a page that cannot be created."""
    return _ask(lambda: client.pages.create(**_PAGE_NOWHERE))


def _ask(send: Callable[[], object]) -> Probed:
    try:
        send()
    except Forbidden as error:
        return Probed(Answered.REFUSED, error)
    except NotFound as error:
        return Probed(Answered.NOT_REFUSED, error)
    except NotionError as error:
        return Probed(Answered.UNKNOWN, error)
    return Probed(Answered.ALLOWED)


_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_NAMED = re.compile(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*[=:]\s*.+", re.DOTALL)
_UNFILLED = re.compile(r"\$\{?\{?.*|\{\{.*|%[A-Za-z_]+%", re.DOTALL)
_SURROUNDED = re.compile(r"([\"'`<\[({“‘«]).*|.*[\"'`>\])}”’»,;]", re.DOTALL)
_GITHUB = re.compile(r"(?:gh[a-z]|github_pat)_.+")

_COPY = "Copy the token again from the integration's settings in Notion, without other text."


def check_token(token: str) -> None:
    """Check that a text can be a token; no part of it is in the message.

    Raises:
        SetupError: the text cannot be a token.
    """
    if _GITHUB.fullmatch(token):
        raise _error("is a token for GitHub, not for Notion")
    if _BEARER.fullmatch(token):
        return
    if token.lower().startswith("bearer"):
        raise _error("begins with the word Bearer", "Set it to the text after that word only.")
    if any(mask in token for mask in "*•…"):
        raise _error("is masked: placeholders replace the characters of the token")
    if _UNFILLED.fullmatch(token):
        raise _error(
            "is the name of a variable or secret that was not filled in",
            "Check how the workflow or shell sets it: a GitHub expression works in YAML, not in a "
            "script file.",
        )
    if _SURROUNDED.fullmatch(token):
        raise _error("has quotes, brackets or a comma around it", "Remove them.")
    if _NAMED.fullmatch(token):
        raise _error("has a name in front of the token", "Set it to the text after the = only.")
    if any(character.isspace() for character in token):
        raise _error("has a space or a line break inside")
    # A character that no token has reveals nothing of the token.
    for character in token:
        if character != "=" and not _BEARER.fullmatch(character):
            raise _error(f"has the character U+{ord(character):04X}, which no token has")
    raise _error("does not contain a token")


def _error(what: str, remedy: str = _COPY) -> SetupError:
    return SetupError(f"NOTION_TOKEN {what}. It was not sent.", remedy)


_LONGEST_MESSAGE = 300

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
_VALUE = "Check {}: its name and type in Notion, and its value in the manifest. Then run again."
#: The property in Notion's message: by its place in the request, or by its name.
_PROPERTY = re.compile(
    rf"body\.properties\.(?P<place>.+?)\.(?:{'|'.join(PropertyType)})\b"
    r"|\A(?P<name>.+?) is (?:not a property that exists|expected to be )",
    re.DOTALL,
)
_AGAIN = "Run again: finished changes are not repeated."
_BLOCKED = "Notion blocks this integration's requests; write to its support."
_EDGE = (
    "It was stopped in front of Notion's API, so the token and the database may be right: run "
    "again later or from another network, and check NOTION_API_URL."
)
_RATE = (
    "Reduce the rate limit: set NOTION_RATE_LIMIT=2, or less if something else uses the same "
    "integration."
)
_TOO_LARGE = 413
_TOO_MANY = 429
_FOREIGN = (
    "This response is not from Notion: check NOTION_API_URL, and whether a proxy or a login page "
    "is in between."
)
_NETWORK = "Check the network and NOTION_API_URL."
_PROXY = "Check the proxy that {} names, or name the API's host in NO_PROXY to do without."


def failure(
    step: NextStep, request: str, answer: Answer, tries: int, via: Proxy | None = None
) -> NotionError:
    """Return the exception for a request that did not succeed.

    Args:
        step: what happens after the last answer.
        request: method and path.
        answer: the last answer.
        tries: how often the request was sent.
        via: the proxy that it went through.
    """
    message = describe(request, answer, tries, via)
    if step is NextStep.UNTRUSTED:
        return NotSent(message, UNTRUSTED_REMEDY)
    if step is NextStep.REPEAT_UNSENT:
        return NotSent(message, _network(via))
    facts: dict[str, Any] = {
        "status": answer.status,
        "code": answer.code,
        "request_id": _request_id(answer),
    }
    if step is NextStep.REFUSED:
        kind, remedy = _refusal(request, answer)
        return kind(message, remedy, **facts)
    if step is NextStep.UNKNOWN:
        committed_id = str(answer.additional.get("committed_resource_id") or "")
        return OutcomeUnknown(message, _AGAIN, **facts, committed_id=committed_id)
    remedy = f"{_RATE} {_AGAIN}" if answer.status == _TOO_MANY else _AGAIN
    return Unavailable(message, remedy, **facts)


def ended(
    stopped: RunStopped, request: str, answer: Answer, tries: int, via: Proxy | None
) -> RunStopped:
    """Return the error for a run that stopped before a repeat: the request's failure first."""
    message = describe(request, answer, tries, via).rstrip(".")
    advice = ""
    if answer.failure is not None:
        advice = _network(via)
    elif answer.status == _TOO_MANY:
        advice = _RATE
    return RunStopped(
        f"{message}. {stopped.message}",
        f"{advice} {stopped.remedy}".strip(),
        exit_code=stopped.exit_code,
    )


def _network(via: Proxy | None) -> str:
    return _PROXY.format(via.variable) if via else _NETWORK


def describe(request: str, answer: Answer, tries: int, via: Proxy | None = None) -> str:
    """Return one sentence on how a request ended."""
    status = str(answer.status)
    if answer.status == _TOO_MANY:
        status = "429 Too Many Requests"
    if answer.failure is not None:
        reason = redact(str(answer.failure)) or "no answer"
        what = f"{type(answer.failure).__name__}: {reason}"
        what += f", through {via}" if via else ""
    elif answer.body is None:
        what = f"{status} with a body that is not JSON"
        if _is_from_edge(answer):
            what += ", from the edge in front of Notion"
    else:
        # Notion's message may have several lines: "body failed validation. Fix one: …".
        message = " ".join(str(answer.body.get("message") or "").split())
        if len(message) > _LONGEST_MESSAGE:
            message = message[:_LONGEST_MESSAGE] + "…"
        what = " ".join(filter(None, (status, answer.code, message)))
    times = f" after {tries} tries" if tries > 1 else ""
    # The sentence continues after Notion's message.
    what = what.rstrip(".") if times else what
    request_id = _request_id(answer)
    return f"{request}: {what}{times}" + (f" (request_id {request_id})" if request_id else "")


def _refusal(request: str, answer: Answer) -> tuple[type[Refused], str]:
    """Return the exception's type and the remedy for an answer that is final."""
    message = str((answer.body or {}).get("message"))
    kinds: dict[int, tuple[type[Refused], str]] = {
        401: (InvalidToken, _TOKEN),
        403: (Forbidden, _BLOCKS if answer.additional.get("block_limit") else _CAPABILITY),
        404: (NotFound, _SHARE),
    }
    kind, remedy = kinds.get(answer.status, (InvalidRequest, ""))
    if _is_from_edge(answer):
        remedy = _EDGE
    elif _is_foreign(answer):
        # It says nothing about the token or the database.
        kind, remedy = (Refused if answer.status in kinds else kind), _FOREIGN
    elif answer.additional.get("rate_limit_reason") == BLOCKED:
        # Unlike InvalidRequest, it says nothing about the request.
        kind, remedy = Blocked, _BLOCKED
    elif answer.status == 400 and "archived" in message:
        remedy = _TRASH
    elif answer.code == "validation_error" and "/v1/pages" in request:
        named = _PROPERTY.search(message)
        property_name = f"the property '{named['place'] or named['name']}'" if named else ""
        remedy = _VALUE.format(property_name or "each property of the page")
    return kind, remedy


def _is_from_edge(answer: Answer) -> bool:
    """Return whether an answer came from the network in front of Notion, not from its API."""
    return answer.body is None and "cf-ray" in answer.headers and not _request_id(answer)


def _is_foreign(answer: Answer) -> bool:
    """Return whether an answer came from another server or a proxy, not from Notion.

    Notion's errors are JSON objects of type error; only a request that is too large (413) is
    refused without one.
    """
    is_error = (answer.body or {}).get("object") == "error"
    return answer.status != _TOO_LARGE and not (is_error or _request_id(answer))


def _request_id(answer: Answer) -> str:
    return str(
        (answer.body or {}).get("request_id") or answer.headers.get("x-notion-request-id", "")
    )
