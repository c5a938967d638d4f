"""Pacing: at most 60 × rate requests in any trailing minute, bursts inside it.

A rate below Notion's own is set by somebody who shares the integration, or who was refused: then a
burst is what must not happen, and requests are spread evenly as well.

A pacer may find out how much Notion allows. While work waits and none was refused, it sends one
request more than the limit, and then a few at once, which raises the limit by what is answered. A
refusal (429) ends that: the limit is again the last one that held for a whole window.

Notion's limit is a window of 60 seconds in which requests may come in bursts
(developers.notion.com, "Request limits"). Its clock counts arrivals, which this side cannot see:
a request started here at second 0 may arrive at second 2. So a slot is held from the start of a
request until 60 seconds after its *answer*: whenever it arrived, that was in between.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from lukhas_notion.util.errors import RunStopped
from lukhas_notion.util.runtime import Clock

#: Requests per second that Notion allows on most plans, as an average over a minute.
NOTION_RATE = 3.0
#: How many requests beyond a limit that has held may be on their way: the first alone, then as
#: many as this, one more for each so many that were answered. All that are on their way when
#: Notion's limit is met are refused.
_MOST_PROBES = 4
_ANSWERED_FOR_ONE_MORE = 20
#: How long to wait for the answer of one between two looks, in seconds.
_LOOK = 0.02
#: The longest single wait, in seconds: Notion may name any number, a timer takes not every one.
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """The right to one request, which :meth:`Pacer.done` gives back.

    Args:
        waited: for the turn, in seconds.
        began: the clock's ``monotonic`` when it may be sent.
        probe: whether it goes beyond the limit that has held.
    """

    waited: float
    began: float = 0.0
    probe: bool = False


class Pacer:
    """Hands out the right to send, first come first served, to any number of threads.

    Args:
        rate: requests per second, as the average over ``window``.
        clock: what time it is.
        stop: when it is set, nobody may send any more.
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
        self.limit = self._begun_with = max(1, math.floor(rate * window))
        self._most = max(self.limit, math.floor((most or rate) * window))
        self._window = window
        self._spacing = spacing
        self._clock = clock
        self._stop = stop
        self._changed = threading.Condition()  # guards everything below
        self._queue: deque[object] = deque()
        self._flying: set[Slot] = set()
        self._ended: deque[tuple[float, float]] = deque()  # when each ended, and when it began
        self._raised: deque[tuple[float, int]] = deque()  # when the limit became this one
        self._refused_at = -math.inf
        self._paused_until = -math.inf
        self._next_start = -math.inf

    @property
    def waiting(self) -> int:
        """How many threads stand in the queue."""
        with self._changed:
            return len(self._queue)

    def acquire(self, deadline: float | None = None) -> Slot:
        """Wait for the right to send one request.

        Args:
            deadline: the clock's ``monotonic`` after which nobody may send, or None.

        Raises:
            RunStopped: the run is to end, or it would be too late by the time of the turn.
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
                        self._flying.add(slot)
                        return slot
                self._clock.wait(min(wait, _LONGEST_WAIT), self._stop)

    def done(self, slot: Slot, status: int = 0) -> None:
        """Say that the request's answer came, with its status; 0 where none ever will."""
        with self._changed:
            now = self._clock.monotonic()
            self._flying.remove(slot)
            # One without an answer may not have arrived.
            self._ended.append((now, slot.began if status else -math.inf))
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                self._lower(slot, now)
            elif slot.probe and status:
                self._raise(now)

    def pause(self, seconds: float) -> None:
        """Let nobody send for so long; of several pauses the longest holds."""
        with self._changed:
            until = self._clock.monotonic() + seconds
            self._paused_until = max(self._paused_until, until)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Stand in the queue, and be its head inside the block.

        Only the head waits on the clock; it hears of ``stop``, leaves, and so does the next.
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
        """Return the seconds for which certainly nothing may be sent; 0 when a slot is free."""
        if now < (earliest := max(self._paused_until, self._next_start)):
            return earliest - now
        while self._ended and self._ended[0][0] + self._window <= now:
            self._ended.popleft()
        if self._used() < self.limit:
            return 0.0
        # With every slot in flight, none is free sooner than a window after an answer now.
        oldest = self._ended[0][0] if self._ended else now
        wait = oldest + self._window - now
        if self._used() < self._most:
            probes = sum(slot.probe for slot in self._flying)
            allowed = min(_MOST_PROBES, 1 + len(self._raised) // _ANSWERED_FOR_ONE_MORE)
            return 0.0 if probes < allowed else min(wait, _LOOK)
        return wait

    def _used(self) -> int:
        return len(self._flying) + len(self._ended)

    def _raise(self, now: float) -> None:
        """Raise the limit to what was certainly sent and answered within one window."""
        certain = sum(began > now - self._window for _, began in self._ended)
        if self.limit < certain <= self._most:
            self.limit = certain
            self._raised.append((now, certain))

    def _lower(self, slot: Slot, now: float) -> None:
        """Go back to the last limit that held for a whole window, and stay there."""
        if slot.began <= self._refused_at:
            return  # it was on its way when another one was refused
        held = [limit for at, limit in self._raised if at + self._window <= now]
        before = held[-1] if held else self._begun_with
        self.limit = self._most = before if before < self.limit else self._begun_with
        self._raised.clear()
        self._refused_at = now


def spacing_for(rate: float) -> float:
    """Return the seconds between two requests: none at Notion's own rate and above."""
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
            "Raise --deadline; what is done stays done, and a new run goes on.",
        )
