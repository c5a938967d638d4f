"""When a request may be sent, and whether it is repeated.

Notion's limit is a window of 60 seconds in which requests may come in bursts
(developers.notion.com, "Request limits"). Its clock counts arrivals, which this side cannot see:
a request started here at second 0 may arrive at second 2. So a slot is held from the start of a
request until 60 seconds after its *answer*.

A rate below Notion's own is set by a user who shares the integration, or whose requests were
refused. Then requests are also spread evenly.

A pacer may find out how much Notion allows. While work waits and no request was refused, it sends
one request more than the limit, and then a few at once, which raises the limit by the number of
answers. A refusal (429) ends that: the limit is again the last one that held for a whole window.
"""

from __future__ import annotations

import json
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import Any

from lukhas_notion.util.errors import RunStopped
from lukhas_notion.util.network import is_untrusted
from lukhas_notion.util.runtime import Clock


class RequestKind(Enum):
    """The effect of repeating a request.

    ``READ`` changes nothing; ``UPDATE`` sets absolute values, so it can be repeated; ``CREATE``
    creates an object each time.
    """

    READ = "read"
    UPDATE = "update"
    CREATE = "create"


def kind_of(method: str, path: str) -> RequestKind:
    """Return the kind of a request to Notion; a query or search is a POST that reads."""
    if method == "GET" or (method == "POST" and path.endswith(("/query", "/search"))):
        return RequestKind.READ
    return RequestKind.CREATE if method == "POST" else RequestKind.UPDATE


class NextStep(Enum):
    """What happens after an answer, or after none."""

    OK = "ok"
    PAUSE = "pause"  # all requests wait, then the same request is sent again
    REPEAT = "repeat"  # this request backs off, then it is sent again
    REPEAT_UNSENT = "repeat, it never left"
    UNTRUSTED = "untrusted"  # the server's certificate is not trusted
    UNKNOWN = "unknown"  # it may have been applied: the caller must read before it sends again
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one request: a status and a body, or the transport's ``failure``.

    ``body`` is the parsed JSON object, None without one.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    failure: Exception | None = None

    @property
    def code(self) -> str:
        """Notion's error code, "" where there is none."""
        return str((self.body or {}).get("code") or "")

    @property
    def additional(self) -> Mapping[str, Any]:
        """Notion's ``additional_data``, empty where there is none."""
        found = (self.body or {}).get("additional_data")
        return found if isinstance(found, Mapping) else {}


_RATE_LIMITED = frozenset({429, 529})
BLOCKED = "public_api_request_blocked"


def judge(kind: RequestKind, answer: Answer) -> NextStep:
    """Return what happens after an answer to a request of ``kind``.

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
        return NextStep.UNTRUSTED
    if answer.failure is not None and _is_before_sending(answer.failure):
        return NextStep.REPEAT_UNSENT
    again = NextStep.UNKNOWN if kind is RequestKind.CREATE else NextStep.REPEAT
    if answer.failure is not None or answer.status == 409:
        return again
    if answer.status in _RATE_LIMITED:
        blocked = answer.additional.get("rate_limit_reason") == BLOCKED
        return NextStep.REFUSED if blocked else NextStep.PAUSE
    if 200 <= answer.status < 300:
        return NextStep.OK if answer.body is not None else again
    return again if answer.status >= 500 else NextStep.REFUSED


def _is_before_sending(failure: Exception) -> bool:
    """Return whether nothing was sent; a pool timeout is one of these failures."""
    # Here, because the Action starts with this module, and some of its modes send no request.
    import httpx

    kinds = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.UnsupportedProtocol,
        httpx.ProxyError,
    )
    return isinstance(failure, kinds)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is repeated, and how long it waits before that.

    Args:
        max_retries: repeats after the first try.
        base_seconds: the upper bound of the first wait; it doubles each time.
        cap_seconds: the upper bound of any wait that Notion did not name.
        max_pauses: after how many pauses (429) a request fails, so that a run without a deadline
            ends under a rate limit that never lifts. None counts pauses as repeats.
    """

    max_retries: int = 6
    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    max_pauses: int | None = 50

    @classmethod
    def limited(cls, max_retries: int | None) -> RetryPolicy:
        """Return the policy for a configured ``max_retries``, or the default for None."""
        return cls() if max_retries is None else cls(max_retries=max_retries, max_pauses=None)

    def is_spent(self, retries: int, pauses: int) -> bool:
        """Return whether a request fails after this many repeats and pauses."""
        if self.max_pauses is None:
            return retries + pauses > self.max_retries
        return pauses > self.max_pauses or retries > self.max_retries

    def backoff(self, attempt: int, random: Callable[[], float]) -> float:
        """Return the seconds to wait before repeat ``attempt`` (from 1), with full jitter."""
        bound = min(self.cap_seconds, self.base_seconds * 2.0 ** (attempt - 1))
        return bound * random()


def retry_after(answer: Answer, now: datetime) -> float | None:
    """Return the seconds that Notion asks to wait, None where it names none.

    The header has seconds, possibly with a fraction, or an HTTP date;
    ``additional_data.retry_after`` repeats it as a string.
    """
    for value in (answer.headers.get("retry-after"), answer.additional.get("retry_after")):
        if value is None:
            continue
        text = str(value).strip()
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
    """Return the JSON object in an answer's body, None where it is not one."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, Mapping) else None


#: Requests per second that Notion allows on most plans, as an average over a minute.
NOTION_RATE = 3.0
#: How many requests beyond the proven limit may be in flight: one at first, and one more for each
#: ``_ANSWERED_FOR_ONE_MORE`` answers. Notion refuses all of them when its limit is met.
_MOST_PROBES = 4
_ANSWERED_FOR_ONE_MORE = 20
#: How often the state is checked while a probe is in flight, in seconds.
_POLL = 0.02
#: The longest single wait, in seconds: Notion may name any number, and a timer has a maximum.
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """The right to send one request, which :meth:`Pacer.done` gives back.

    Args:
        waited: how long the thread waited for it, in seconds.
        began: the clock's ``monotonic`` when it was given.
        probe: whether it exceeds the proven limit.
    """

    waited: float
    began: float = 0.0
    probe: bool = False


class Pacer:
    """Gives threads the right to send, in the order in which they ask.

    Args:
        rate: requests per second, as the average over ``window``.
        clock: tells the time, and waits.
        stop: once it is set, no request is sent.
        window: seconds.
        spacing: seconds between the starts of two requests; see :func:`spacing_for`.
        most: the rate that the limit may be raised to while nothing is refused; None for ``rate``.
    """

    def __init__(
        self,
        rate: float,
        clock: Clock,
        stop: threading.Event,
        window: float = 60.0,
        spacing: float = 0.0,
        most: float | None = None,
    ) -> None:
        self.limit = self._first_limit = max(1, math.floor(rate * window))
        self._most = max(self.limit, math.floor((most or rate) * window))
        self._window = window
        self._spacing = spacing
        self._clock = clock
        self._stop = stop
        self._changed = threading.Condition()  # guards everything below
        self._queue: deque[object] = deque()
        self._in_flight: set[Slot] = set()
        self._ended: deque[tuple[float, float]] = deque()  # end and start of each request
        self._raised: deque[tuple[float, int]] = deque()  # when the limit was raised, and to what
        self._refused_at = -math.inf
        self._paused_until = -math.inf
        self._next_start = -math.inf

    @property
    def waiting(self) -> int:
        """How many threads wait for the right to send."""
        with self._changed:
            return len(self._queue)

    def acquire(self, deadline: float | None = None) -> Slot:
        """Wait for the right to send one request.

        Args:
            deadline: the clock's ``monotonic`` after which no request may be sent, or None.

        Raises:
            RunStopped: the run was stopped, or the deadline would pass first.
        """
        begun = self._clock.monotonic()
        with self._turn():
            while True:
                if self._stop.is_set():
                    raise RunStopped("The run was stopped before everything was sent.")
                with self._changed:
                    now = self._clock.monotonic()
                    wait = self._delay(now)
                    check_deadline(deadline, now, wait)
                    if wait <= 0:
                        slot = Slot(now - begun, now, self._used() >= self.limit)
                        self._next_start = now + self._spacing
                        self._in_flight.add(slot)
                        return slot
                self._clock.wait(min(wait, _LONGEST_WAIT), self._stop)

    def done(self, slot: Slot, status: int = 0) -> None:
        """Give the slot back, with the status of the answer; 0 without an answer."""
        with self._changed:
            now = self._clock.monotonic()
            self._in_flight.remove(slot)
            # A request without an answer may not have arrived.
            self._ended.append((now, slot.began if status else -math.inf))
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                self._lower(slot, now)
            elif slot.probe and status:
                self._raise(now)

    def pause(self, seconds: float) -> None:
        """Let no request be sent for some seconds; the longest of several pauses applies."""
        with self._changed:
            until = self._clock.monotonic() + seconds
            self._paused_until = max(self._paused_until, until)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait in the queue, and be its head inside the block.

        Only the head waits on the clock. Once ``stop`` is set, each head leaves in turn.
        """
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._queue[0] is ticket)
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _delay(self, now: float) -> float:
        """Return for how many seconds nothing may be sent, at least; 0 when a slot is free."""
        if now < (earliest := max(self._paused_until, self._next_start)):
            return earliest - now
        while self._ended and self._ended[0][0] + self._window <= now:
            self._ended.popleft()
        if self._used() < self.limit:
            return 0.0
        # With every slot in flight, none becomes free before a window after an answer now.
        oldest = self._ended[0][0] if self._ended else now
        wait = oldest + self._window - now
        if self._used() < self._most:
            probes = sum(slot.probe for slot in self._in_flight)
            allowed = min(_MOST_PROBES, 1 + len(self._raised) // _ANSWERED_FOR_ONE_MORE)
            return 0.0 if probes < allowed else min(wait, _POLL)
        return wait

    def _used(self) -> int:
        return len(self._in_flight) + len(self._ended)

    def _raise(self, now: float) -> None:
        """Raise the limit to the number of requests that were sent and answered in one window."""
        certain = sum(began > now - self._window for _, began in self._ended)
        if self.limit < certain <= self._most:
            self.limit = certain
            self._raised.append((now, certain))

    def _lower(self, slot: Slot, now: float) -> None:
        """Go back for good to the last limit that held for a whole window."""
        if slot.began <= self._refused_at:
            return  # it was in flight when another one was refused
        held = [limit for at, limit in self._raised if at + self._window <= now]
        before = held[-1] if held else self._first_limit
        self.limit = self._most = before if before < self.limit else self._first_limit
        self._raised.clear()
        self._refused_at = now


def spacing_for(rate: float) -> float:
    """Return the seconds between two requests: 0 at Notion's own rate and above."""
    return 1 / rate if rate < NOTION_RATE else 0.0


def check_deadline(deadline: float | None, now: float, wait: float = 0.0) -> None:
    """Check that a request may still be sent after ``wait`` seconds.

    Raises:
        RunStopped: the deadline will have passed by then.
    """
    if deadline is not None and now + wait >= deadline:
        raise RunStopped(
            "The deadline would pass before the next request to Notion may be sent."
            if wait > 0
            else "The deadline passed before everything was sent.",
            "Raise --deadline; finished changes stay in Notion, and a new run continues.",
        )
