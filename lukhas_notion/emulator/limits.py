"""What the integration can do, and how often: capabilities and the rate limit."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable

from lukhas_notion.emulator.errors import ApiError, rate_limited, restricted_resource

READ, INSERT, UPDATE = "read", "insert", "update"
USERS, EMAILS = "users", "emails"
ALL = frozenset({READ, INSERT, UPDATE, USERS, EMAILS})

NEEDS: dict[str, tuple[str, ...]] = {
    "users.me": (),
    "users.list": (USERS,),
    # Without the capability it finds no user, instead of being refused (recorded).
    "users.retrieve": (),
    "databases.retrieve": (READ,),
    "databases.create": (READ, INSERT),
    "databases.update": (READ, UPDATE),
    "data_sources.retrieve": (READ,),
    # It makes something new inside something that is there.
    "data_sources.create": (READ, INSERT, UPDATE),
    "data_sources.update": (READ, UPDATE),
    "data_sources.query": (READ,),
    "views.list": (READ,),
    "views.retrieve": (READ,),
    "views.create": (READ, INSERT, UPDATE),
    "pages.create": (READ, INSERT),
    "pages.retrieve": (READ,),
    "pages.update": (READ, UPDATE),
    "pages.property": (READ,),
    "pages.retrieve_markdown": (READ,),
    # Replacing a body makes blocks.
    "pages.update_markdown": (READ, INSERT, UPDATE),
}
"""The capabilities that each kind of request takes."""


def checked(named: Iterable[str]) -> frozenset[str]:
    """Return capabilities by their names.

    Raises:
        ValueError: one is none of them.
    """
    found = frozenset(named)
    if unknown := sorted(found - ALL):
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(sorted(ALL))}")
    return found


def require(allowed: Collection[str], kind: str) -> None:
    """Refuse a request that takes a capability which the integration has not (403)."""
    if not set(NEEDS[kind]) <= set(allowed):
        raise restricted_resource()


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
