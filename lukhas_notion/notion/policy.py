"""Which requests are repeated, after how long, and how a refusal of Notion's is explained."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

import httpx

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
    Unavailable,
)
from lukhas_notion.util.network import UNTRUSTED_REMEDY, Proxy, is_untrusted
from lukhas_notion.util.sanitize import redact


class RequestKind(Enum):
    """What repeating a request does.

    ``READ`` changes nothing; ``UPDATE`` sets absolute values, so that doing it twice is doing it
    once; ``CREATE`` makes a thing each time.
    """

    READ = "read"
    UPDATE = "update"
    CREATE = "create"


def kind_of(method: str, path: str) -> RequestKind:
    """Return the kind of a request to Notion; a query is a POST and a read all the same."""
    if method == "GET" or (method == "POST" and path.endswith(("/query", "/search"))):
        return RequestKind.READ
    return RequestKind.CREATE if method == "POST" else RequestKind.UPDATE


class Verdict(Enum):
    """What an answer, or its absence, means for what happens next."""

    OK = "ok"
    PAUSE = "pause"  # everybody waits, then the same request again
    REPEAT = "repeat"  # back off, then the same request again
    REPEAT_UNSENT = "repeat, it never left"
    UNTRUSTED = "untrusted"  # the other side's certificate is not trusted, and will not be
    UNKNOWN = "unknown"  # it may have been done: the caller looks before it asks again
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and a body, or the failure that came instead.

    ``body`` is the parsed JSON object, None when there was none; ``failure`` is the transport's
    exception.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    failure: Exception | None = None

    @property
    def code(self) -> str:
        """Notion's error code, or ""."""
        return str((self.body or {}).get("code") or "")

    @property
    def additional(self) -> Mapping[str, Any]:
        """Notion's ``additional_data``, empty where there is none."""
        found = (self.body or {}).get("additional_data")
        return found if isinstance(found, Mapping) else {}


#: Failures before anything was sent. A pool that gives no connection never sent either.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
)
_RATE_LIMITED = frozenset({429, 529})
BLOCKED = "public_api_request_blocked"


def judge(kind: RequestKind, answer: Answer) -> Verdict:
    """Return what an answer to a request of ``kind`` means.

    ================================ ========== ========== ==========
    answer                           read       update     create
    ================================ ========== ========== ==========
    2xx, JSON                        ok         ok         ok
    2xx, not JSON or cut short       repeat     repeat     unknown
    never sent (connection failed)   repeat     repeat     repeat
    certificate that is not trusted  untrusted  untrusted  untrusted
    sent, no answer (reset, timeout) repeat     repeat     unknown
    429, 529                         pause      pause      pause
    429 blocked for good             refused    refused    refused
    409                              repeat     repeat     unknown
    5xx                              repeat     repeat     unknown
    any other                        refused    refused    refused
    ================================ ========== ========== ==========
    """
    if is_untrusted(answer.failure):
        return Verdict.UNTRUSTED
    if isinstance(answer.failure, _NOT_SENT):
        return Verdict.REPEAT_UNSENT
    again = Verdict.UNKNOWN if kind is RequestKind.CREATE else Verdict.REPEAT
    if answer.failure is not None or answer.status == 409:
        return again
    if answer.status in _RATE_LIMITED:
        blocked = answer.additional.get("rate_limit_reason") == BLOCKED
        return Verdict.REFUSED if blocked else Verdict.PAUSE
    if 200 <= answer.status < 300:
        return Verdict.OK if answer.body is not None else again
    return again if answer.status >= 500 else Verdict.REFUSED


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long apart.

    Args:
        max_retries: repeats after the first try.
        base_seconds: the upper bound of the first wait; it doubles each time.
        cap_seconds: the upper bound of any wait that Notion did not name.
        max_pauses: how often one request may be told to wait (429) before it is given up: with no
            deadline, something has to end a limit that never lifts. None counts them as repeats.
    """

    max_retries: int = 6
    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    max_pauses: int | None = 50

    @classmethod
    def limited(cls, max_retries: int | None) -> RetryPolicy:
        """Return the policy where somebody has set ``max_retries``, or with None the default."""
        return cls() if max_retries is None else cls(max_retries=max_retries, max_pauses=None)

    def is_spent(self, retries: int, pauses: int) -> bool:
        """Whether a request is given up after so many repeats and so many pauses."""
        if self.max_pauses is None:
            return retries + pauses > self.max_retries
        return pauses > self.max_pauses or retries > self.max_retries

    def backoff(self, attempt: int, random: Callable[[], float]) -> float:
        """Return seconds to wait before repeat ``attempt`` (from 1): full jitter."""
        bound = min(self.cap_seconds, self.base_seconds * 2.0 ** (attempt - 1))
        return bound * random()


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Return the seconds Notion asks to wait, or None where it does not say.

    The header holds seconds, with a fraction perhaps, or an HTTP date;
    ``additional_data.retry_after`` repeats it as a string.
    """
    for said in (answer.headers.get("retry-after"), answer.additional.get("retry_after")):
        if said is None:
            continue
        text = str(said).strip()
        try:
            seconds = float(text)
        except ValueError:
            try:
                moment = parsedate_to_datetime(text)
            except ValueError:
                continue
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = (moment - now).total_seconds()
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def read_body(content: bytes) -> Mapping[str, Any] | None:
    """Return the JSON object in an answer's body, or None when it holds none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


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
_VALUE = "Check {}: its name and type in Notion, and its value in the manifest. Then run again."
#: The property in Notion's message: by its place in the request, or by its name.
_PROPERTY = re.compile(
    rf"body\.properties\.(?P<place>.+?)\.(?:{'|'.join(PropertyType)})\b"
    r"|\A(?P<name>.+?) is (?:not a property that exists|expected to be )",
    re.DOTALL,
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
        kind, remedy = _refusal(request, answer)
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


def _refusal(request: str, answer: Answer) -> tuple[type[Refused], str]:
    """Return the exception's type and the remedy for an answer that is final."""
    kinds: dict[int, tuple[type[Refused], str]] = {
        401: (InvalidToken, _TOKEN),
        403: (Forbidden, _BLOCKS if answer.additional.get("block_limit") else _CAPABILITY),
        404: (NotFound, _SHARE),
    }
    kind, remedy = kinds.get(answer.status, (InvalidRequest, ""))
    message = str((answer.body or {}).get("message"))
    if _is_from_edge(answer):
        remedy = _EDGE
    elif _is_foreign(answer):
        # It says nothing of the token or the database: neither is to be looked for.
        kind, remedy = (Refused if answer.status in kinds else kind), _FOREIGN
    elif answer.additional.get("rate_limit_reason") == BLOCKED:
        # It says nothing of what was asked for, as InvalidRequest does.
        kind, remedy = Blocked, _BLOCKED
    elif answer.status == 400 and "archived" in message:
        remedy = _TRASH
    elif answer.code == "validation_error" and "/v1/pages" in request:
        named = _PROPERTY.search(message)
        property_name = f"the property '{named['place'] or named['name']}'" if named else ""
        remedy = _VALUE.format(property_name or "each property of the page")
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
