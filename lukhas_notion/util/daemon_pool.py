"""Threads that never keep a process from ending.

:class:`concurrent.futures.ThreadPoolExecutor` waits for its threads when the interpreter ends, and
so for a request that a server leaves unanswered. What reads ahead of a run may be abandoned.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class DaemonPool:
    """Runs work in daemon threads, a limited number at once.

    Args:
        workers: how many threads, at least one.
        name: what the threads are called.
    """

    def __init__(self, workers: int, name: str) -> None:
        self._workers = max(workers, 1)
        self._name = name
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._running = 0

    def submit(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Run ``work`` as soon as a thread is free; its result or exception is the future's."""
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        with self._lock:
            self._waiting.append(run)
            if self._running == self._workers:
                return future
            self._running += 1
            number = self._running
        threading.Thread(target=self._serve, name=f"{self._name}_{number}", daemon=True).start()
        return future

    def map(self, work: Callable[[Any], _T], items: Iterable[Any]) -> list[_T]:
        """Return ``work`` of each item, in the items' order; the first exception is raised."""
        futures = [self.submit(work, item) for item in items]
        return [future.result() for future in futures]

    def cancel(self) -> None:
        """Drop the work that has not begun; waiting for its result is an error."""
        with self._lock:
            self._waiting.clear()

    def _serve(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                work = self._waiting.popleft()
            work()
