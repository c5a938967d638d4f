"""The limits of the integration: its capabilities and the rate limit."""

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
    # It adds something new to something that exists.
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
    # Replacing a body creates blocks.
    "pages.update_markdown": (READ, INSERT, UPDATE),
}
"""The capabilities that each kind of request requires."""


def checked(named: Iterable[str]) -> frozenset[str]:
    """Return the capabilities of these names.

    Raises:
        ValueError: a name is unknown.
    """
    capabilities = frozenset(named)
    if unknown := sorted(capabilities - ALL):
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(sorted(ALL))}")
    return capabilities


def require(allowed: Collection[str], kind: str) -> None:
    """Raise :class:`ApiError` (403) if the integration lacks a capability for a request."""
    if not set(NEEDS[kind]) <= set(allowed):
        raise restricted_resource()


WINDOW = 60.0
JITTER = 0.5
"""How much closer together two requests can arrive than they were sent, in seconds."""


class RateLimit:
    """The rate limit of one token.

    Notion counts in fixed windows with an unknown start. Here the limit holds for any 60 seconds,
    which is stricter than every fixed window: a client that keeps the limit in any 60 seconds is
    never refused, and one that relies on the start of a window is. Refused requests do not count.

    Args:
        per_minute: the number of requests in 60 seconds; None for no limit.
    """

    def __init__(self, per_minute: int | None) -> None:
        if per_minute is not None and per_minute < 1:
            raise ValueError("requests_per_minute must be at least 1, or None")
        self._limit = per_minute
        self._accepted: deque[float] = deque()
        self._opened = -math.inf

    def refusal(self, now: float) -> ApiError | None:
        """Count a request at ``now`` (monotonic seconds), or return the error that refuses it."""
        if self._limit is None:
            return None
        while self._accepted and now - self._accepted[0] >= WINDOW - JITTER:
            self._accepted.popleft()
        if len(self._accepted) < self._limit:
            self._accepted.append(now)
            if now - self._opened >= WINDOW:
                self._opened = now
            return None
        # After the window has ended, the oldest request that still counts decides.
        resets = max(self._opened, self._accepted[0]) + WINDOW
        return rate_limited(max(1, math.ceil(resets - now)))
