"""The one door to Notion: every request is paced here, repeated here, and judged here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from lukhas_notion.clock import Clock
from lukhas_notion.errors import RunStopped
from lukhas_notion.notion import refusals
from lukhas_notion.notion.pacing import Pacer
from lukhas_notion.notion.policy import (
    Answer,
    RequestKind,
    RetryPolicy,
    Verdict,
    judge,
    kind_of,
    read_body,
    retry_after,
)

log = logging.getLogger("lukhas_notion.notion")

#: A wait longer than this is worth a line in the log, in seconds.
_LONG_WAIT = 5.0


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One HTTP request that was sent, and what came of it.

    ``status`` is 0 when there was no answer; ``seconds`` and ``waited`` (for the rate limit) are
    durations.
    """

    kind: RequestKind
    method: str
    path: str
    attempt: int
    status: int
    failure: str
    seconds: float
    waited: float


class PolicyTransport(httpx.BaseTransport):
    """Carries requests to Notion by the rules of :mod:`lukhas_notion.notion.policy`.

    It answers with success or raises one of :mod:`lukhas_notion.errors`: the client above never
    sees a failed answer, and none of its own retries can happen.

    Args:
        inner: what really sends.
        pacer: hands out the right to send.
        policy: how often and how long apart.
        clock: what time it is.
        stop: when it is set, a request in flight is finished and no new one begins.
        random: uniform in [0, 1).
        deadline: the clock's ``monotonic`` after which nothing is sent, or None.
        read_only: refuse whatever is no read; a plan is made behind such a door.
        observer: told of every request that was sent.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        pacer: Pacer,
        policy: RetryPolicy,
        clock: Clock,
        stop: threading.Event,
        random: Callable[[], float],
        deadline: float | None = None,
        read_only: bool = False,
        observer: Callable[[RequestRecord], None] = lambda _: None,
    ) -> None:
        self._inner = inner
        self._pacer = pacer
        self._policy = policy
        self._clock = clock
        self._stop = stop
        self._random = random
        self._deadline = deadline
        self._read_only = read_only
        self._observer = observer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request until its outcome is settled.

        Raises:
            NotionError: it came to no usable answer; the kind says what may have been done.
            RunStopped: the run ended before it could be sent.
        """
        kind = kind_of(request.method, request.url.path)
        if self._read_only and kind is not RequestKind.READ:
            raise RuntimeError(f"a read-only run tried {request.method} {request.url.path}")
        name = f"{request.method} {request.url.path}"
        attempt = retries = pauses = 0
        while True:
            attempt += 1
            response, answer = self._send(request, kind, attempt)
            verdict = judge(kind, answer)
            if verdict is Verdict.OK:
                return response
            if verdict is Verdict.REFUSED:
                raise refusals.refused(name, answer)
            if verdict is Verdict.UNKNOWN:
                raise refusals.unknown(name, answer, attempt)
            if verdict is Verdict.PAUSE:
                pauses += 1
                if pauses > self._policy.max_pauses:
                    raise refusals.exhausted(name, answer, attempt)
                self._pause(answer, pauses)
                continue
            retries += 1
            if retries > self._policy.max_retries:
                if verdict is Verdict.REPEAT_UNSENT:
                    raise refusals.not_sent(name, answer, attempt)
                raise refusals.exhausted(name, answer, attempt)
            self._wait(self._policy.backoff(retries, self._random), name)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _send(
        self, request: httpx.Request, kind: RequestKind, attempt: int
    ) -> tuple[httpx.Response, Answer]:
        """Send once, and read the whole answer."""
        self._check_deadline()
        slot = self._pacer.acquire(self._deadline)
        begun = self._clock.monotonic()
        response, answer = httpx.Response(0), Answer()
        try:
            response = self._inner.handle_request(request)
            content = response.read()
            answer = Answer(response.status_code, response.headers, read_body(content))
        except httpx.TransportError as failure:
            answer = Answer(failure=failure)
        except httpx.DecodingError as failure:
            answer = Answer(response.status_code, response.headers, None, failure)
        finally:
            self._pacer.done(slot)
            seconds = self._clock.monotonic() - begun
            failed = type(answer.failure).__name__ if answer.failure else ""
            self._observer(
                RequestRecord(
                    kind,
                    request.method,
                    request.url.path,
                    attempt,
                    answer.status,
                    failed,
                    seconds,
                    slot.waited,
                )
            )
        log.debug(
            "%s %s %s %.3f s", request.method, request.url.path, failed or answer.status, seconds
        )
        return response, answer

    def _pause(self, answer: Answer, count: int) -> None:
        """Make everybody wait as long as Notion asks."""
        seconds = retry_after(answer, self._clock.now())
        if seconds is None:
            seconds = self._policy.backoff(count, self._random)
        if seconds > _LONG_WAIT:
            log.warning("Notion asks to wait %.0f s (%s).", seconds, answer.status)
        self._check_deadline(seconds)
        self._pacer.pause(seconds)

    def _wait(self, seconds: float, name: str) -> None:
        self._check_deadline(seconds)
        log.debug("%s: again in %.1f s", name, seconds)
        self._clock.wait(seconds, self._stop)

    def _check_deadline(self, seconds: float = 0.0) -> None:
        """Raise when the deadline would pass within ``seconds``."""
        if self._deadline is not None and self._clock.monotonic() + seconds >= self._deadline:
            raise RunStopped(
                "The deadline passed before everything was sent.",
                "Raise --deadline; what is done stays done, and a new run goes on.",
            )
