"""Clocks on which waiting takes no time, for any number of threads."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Starts at noon; :meth:`wait` and :meth:`advance` move it on, for every thread at once.

    Args:
        start: the ``monotonic`` at noon, in seconds.
    """

    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __init__(self, start: float = 1000.0) -> None:
        self._start = start
        self._now = start
        self._lock = threading.Lock()
        self._waits: list[float] = []

    def monotonic(self) -> float:
        """Return the seconds since an arbitrary start."""
        with self._lock:
            return self._now

    def now(self) -> datetime:
        """Return noon and what has passed since."""
        return self.noon + timedelta(seconds=self.monotonic() - self._start)

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody waiting."""
        with self._lock:
            self._now += max(0.0, seconds)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Move on at once, unless ``stop`` is set; say whether it is set."""
        if stop.is_set():
            return True
        with self._lock:
            self._waits.append(seconds)
            self._now += max(0.0, seconds)
        return stop.is_set()

    @property
    def waits(self) -> list[float]:
        """The waits so far, in seconds."""
        with self._lock:
            return list(self._waits)


class JumpingClock:
    """The machine's own clock, moved on by what was waited for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0

    def monotonic(self) -> float:
        """Return the seconds since an arbitrary start."""
        with self._lock:
            return time.monotonic() + self._ahead

    def now(self) -> datetime:
        """Return the time, and what was waited for on top."""
        with self._lock:
            return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Move on at once, unless ``stop`` is set; say whether it is set."""
        if not stop.is_set():
            with self._lock:
                self._ahead += max(0.0, seconds)
        return stop.is_set()
