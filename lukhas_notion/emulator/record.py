"""What is noted of each request, for tests to look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RequestRecord:
    """One request.

    Args:
        at: when it came, by the emulator's monotonic clock.
        method: its method.
        path: its path, without the query string.
        kind: its kind, such as ``pages.create``; ``unknown`` for a path that is
            not emulated.
        status: what it was answered with; None when the connection broke instead.
        size: its body's size in bytes.
        body: the body of a POST or PATCH: parsed, or as text where it is no JSON.
    """

    at: float
    method: str
    path: str
    kind: str
    status: int | None
    size: int
    body: Any

    def summary(self) -> dict[str, Any]:
        """Return the record as JSON data, without the body."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "kind": self.kind,
            "status": self.status,
            "size": self.size,
        }


def body_to_record(raw: bytes) -> Any:
    """Return a body as it is recorded."""
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")
