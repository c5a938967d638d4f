"""Wait for what a run left in the background, so that what it did can be counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 60.0
"""Seconds until something that must happen is taken to never happen, on a machine however busy."""


@contextmanager
def settled() -> Iterator[None]:
    """Wait at the end for the threads that were started meanwhile.

    A run asks for archived pages ahead of need, and may end before that request has left. The
    process of a user ends with the run; a test goes on, and would count a request too few.

    Raises:
        AssertionError: one of them does not end.
    """
    before = set(threading.enumerate())
    try:
        yield
    finally:
        wait_until(lambda: not any(map(_works, set(threading.enumerate()) - before)))


def _works(thread: threading.Thread) -> bool:
    """Whether a thread is a run's own: not a test's, nor of the Notion or GitHub that it asks."""
    module = str(getattr(getattr(thread, "_target", None), "__module__", ""))
    return module.startswith("lukhas_notion.") and not module.startswith("lukhas_notion.emulator.")


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it never does.
    """
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, f"it never came; running: {threading.enumerate()}"
        time.sleep(0.001)
