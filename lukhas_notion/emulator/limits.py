"""The rate limit: so many requests in a window of 60 seconds, then 429 until it resets."""

from __future__ import annotations

import math
from collections import deque

from lukhas_notion.emulator.errors import ApiError, rate_limited

WINDOW = 60.0
JITTER = 0.5
"""By how much two requests may arrive closer together than they were sent, in seconds."""


class RateLimit:
    """The budget of one token.

    Notion's window is fixed and where it starts is its own affair, so the strictest reading holds
    here: any trailing 60 seconds count, which no fixed window can exceed. A client that keeps to
    the limit in every trailing 60 seconds is never refused; one that relies on the window's start
    is. Refused requests do not count.

    Args:
        per_minute: how many requests a window may hold, or None for no limit.
    """

    def __init__(self, per_minute: int | None) -> None:
        if per_minute is not None and per_minute < 1:
            raise ValueError("requests_per_minute must be at least 1, or None")
        self._limit = per_minute
        self._accepted: deque[float] = deque()
        self._opened = -math.inf

    def refusal(self, now: float) -> ApiError | None:
        """Count a request made at ``now`` (monotonic seconds), or return its refusal."""
        if self._limit is None:
            return None
        while self._accepted and now - self._accepted[0] >= WINDOW - JITTER:
            self._accepted.popleft()
        if len(self._accepted) < self._limit:
            self._accepted.append(now)
            if now - self._opened >= WINDOW:
                self._opened = now
            return None
        # A window that opened once it was over counts from the oldest request still in it.
        resets = max(self._opened, self._accepted[0]) + WINDOW
        return rate_limited(max(1, math.ceil(resets - now)))
