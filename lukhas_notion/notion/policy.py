"""What to do after each answer.

Two questions decide: was it sent, and can it have been done?
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

import httpx

from lukhas_notion.util.network import is_untrusted


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
