"""Threads that keep no process from ending."""

from __future__ import annotations

import threading
import time

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


def test_a_pool_that_ends_waits_for_what_runs_and_begins_nothing_else() -> None:
    """After that nothing of it uses a connection, and the pool takes new work."""
    pool, begun, done = DaemonPool(1, "test"), threading.Event(), list[int]()

    def work() -> None:
        begun.set()
        time.sleep(0.05)
        done.append(1)

    pool.submit(work)
    assert begun.wait(PATIENCE)
    pool.submit(done.append, 2)
    pool.end()
    assert done == [1]
    assert pool.submit(lambda: 3).result(timeout=PATIENCE) == 3


def test_an_error_is_raised_when_nothing_of_the_rest_is_under_way() -> None:
    """The caller closes the connection then."""
    together, done = threading.Barrier(2), list[int]()

    def work(number: int) -> None:
        together.wait(timeout=PATIENCE)
        if not number:
            raise ValueError("no")
        time.sleep(0.05)
        done.append(number)

    with pytest.raises(ValueError, match="no"):
        DaemonPool(2, "test").map(work, range(2))
    assert done == [1]
