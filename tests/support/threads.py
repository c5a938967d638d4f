"""Wait for what a run left in the background, so that what it did can be counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 5.0
"""Seconds. A request that is never answered must not hold a test for longer."""


@contextmanager
def settled() -> Iterator[None]:
    """Wait at the end for the threads that were started meanwhile.

    A run asks for archived pages ahead of need, and may end before that request has left. The
    process of a user ends with the run; a test goes on, and would count a request too few.
    """
    before = set(threading.enumerate())
    try:
        yield
    finally:
        until = time.monotonic() + PATIENCE
        # A thread that is about to start is among them, and cannot be joined yet.
        while set(threading.enumerate()) - before and time.monotonic() < until:
            time.sleep(0.001)
