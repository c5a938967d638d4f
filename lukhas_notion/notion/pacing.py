"""Pacing: at most 60 × rate requests in any trailing minute, bursts inside it.

Notion's limit is a window of 60 seconds in which requests may come in bursts
(developers.notion.com, "Request limits"). Its clock counts arrivals, which this side cannot see:
a request started here at second 0 may arrive at second 2. So a slot is held from the start of a
request until 60 seconds after its *answer*: whenever it arrived, that was in between.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass

from lukhas_notion.clock import Clock
from lukhas_notion.errors import RunStopped

#: The longest a waiting thread sleeps before it looks again whether slots were given back.
_LOOK_AGAIN = 1.0


@dataclass(slots=True, eq=False)
class Slot:
    """The right to one request; given back by :meth:`Pacer.done`."""

    waited: float


class Pacer:
    """Hands out the right to send, first come first served, to any number of threads.

    Args:
        rate: requests per second, as the average over ``window``.
        clock: what time it is.
        stop: when it is set, nobody may send any more.
        window: seconds.
    """

    def __init__(
        self, rate: float, clock: Clock, stop: threading.Event, window: float = 60.0
    ) -> None:
        self.limit = max(1, math.floor(rate * window))
        self._window = window
        self._clock = clock
        self._stop = stop
        self._flying = 0
        self._ended: deque[float] = deque()
        self._paused_until = -math.inf
        self._mutex = threading.Lock()
        self._turn = threading.Lock()  # whoever holds it is the head of the queue

    def acquire(self, deadline: float | None = None) -> Slot:
        """Wait for the right to send one request.

        Args:
            deadline: the clock's ``monotonic`` after which nobody may wait, or None.

        Raises:
            RunStopped: the run is to end, or would still be waiting at the deadline.
        """
        begun = self._clock.monotonic()
        with self._turn:
            while True:
                if self._stop.is_set():
                    raise RunStopped("The run was stopped before everything was sent.")
                now = self._clock.monotonic()
                wait = self._take(now)
                if wait <= 0:
                    return Slot(now - begun)
                if deadline is not None and now + wait > deadline:
                    raise RunStopped(
                        "The deadline would pass while waiting for Notion's rate limit.",
                        "Raise --deadline; what is done stays done, and a new run goes on.",
                    )
                self._clock.wait(wait, self._stop)

    def done(self, slot: Slot) -> None:
        """Say that the request's answer came, or never will."""
        del slot
        with self._mutex:
            self._flying -= 1
            self._ended.append(self._clock.monotonic())

    def pause(self, seconds: float) -> None:
        """Let nobody send for so long; of several pauses the longest holds."""
        with self._mutex:
            until = self._clock.monotonic() + seconds
            self._paused_until = max(self._paused_until, until)

    def _take(self, now: float) -> float:
        """Take a slot and return 0, or return how long to wait before trying again."""
        with self._mutex:
            if now < self._paused_until:
                return self._paused_until - now
            while self._ended and self._ended[0] <= now - self._window:
                self._ended.popleft()
            if self._flying + len(self._ended) < self.limit:
                self._flying += 1
                return 0.0
            if not self._ended:
                return _LOOK_AGAIN
            return max(self._ended[0] + self._window - now, 0.001)
