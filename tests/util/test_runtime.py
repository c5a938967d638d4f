"""Threads that keep no process from ending."""

from __future__ import annotations

import threading

import pytest
from support.threads import PATIENCE

from lukhas_notion.util.runtime import DaemonPool


def test_results_come_in_the_order_of_the_items() -> None:
    """The results have the order of their items, whichever thread ends first."""
    assert DaemonPool(3, "test").map(lambda n: n * n, range(20)) == [n * n for n in range(20)]


def test_no_more_threads_run_than_were_asked_for() -> None:
    """The limit holds while more work waits, and the threads are used again."""
    lock, running, most = threading.Lock(), 0, 0
    barrier = threading.Barrier(2)

    def work(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait(timeout=PATIENCE)
        with lock:
            running -= 1

    DaemonPool(2, "test").map(work, range(8))
    assert most == 2


def test_an_exception_is_raised_where_the_result_is_asked_for() -> None:
    """A failure belongs to its future, and the pool goes on."""
    pool = DaemonPool(1, "test")

    def fail() -> None:
        raise ValueError("no")

    failed, fine = pool.submit(fail), pool.submit(lambda: 1)
    assert fine.result(timeout=PATIENCE) == 1
    with pytest.raises(ValueError, match="no"):
        failed.result(timeout=PATIENCE)


def test_threads_do_not_keep_a_process_from_ending() -> None:
    """Work that never ends runs in a daemon thread."""
    seen = DaemonPool(1, "test").submit(lambda: threading.current_thread().daemon)
    assert seen.result(timeout=PATIENCE)


def test_work_that_was_cancelled_does_not_begin() -> None:
    """After a cancel only what runs already goes on."""
    pool, begun, go, done = DaemonPool(1, "test"), threading.Event(), threading.Event(), []

    def work() -> bool:
        begun.set()
        return go.wait(PATIENCE)

    first = pool.submit(work)
    assert begun.wait(PATIENCE)
    pool.submit(done.append, 1)
    pool.cancel()
    go.set()
    assert first.result(timeout=PATIENCE)
    assert pool.submit(lambda: 2).result(timeout=PATIENCE) == 2
    assert done == []
