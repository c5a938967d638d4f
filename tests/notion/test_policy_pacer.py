"""The pacer: how many requests may be sent in a minute, in which order, and when none may."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock
from support.threads import PATIENCE

from lukhas_notion.notion.policy import Pacer, Slot, spacing_for
from lukhas_notion.util.errors import RunStopped
from lukhas_notion.util.runtime import SystemClock


@pytest.fixture
def clock() -> FakeClock:
    """Return a simulated clock."""
    return FakeClock()


@pytest.fixture
def stop() -> threading.Event:
    """Return the event that ends a run."""
    return threading.Event()


def in_threads(count: int, work: Callable[[], None]) -> None:
    """Run ``work`` in several threads, and wait for all of them."""
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


def most_in_window(spans: list[tuple[float, float]], window: float) -> int:
    """Return the largest number of requests that may arrive within one window.

    A request arrives between its start and its answer, so it may be in the window ``[t, t + w)``
    when its span meets it. The count only rises at a start or falls after an answer.
    """
    begins = [begin for begin, _ in spans] + [end for _, end in spans]
    return max(sum(1 for begin, end in spans if end >= t and begin < t + window) for t in begins)


@pytest.mark.parametrize(("rate", "window", "limit"), [(3, 60, 180), (0.02, 60, 1), (2.99, 10, 29)])
def test_limit_is_the_whole_part_of_rate_times_window(
    rate: float, window: float, limit: int, clock: FakeClock, stop: threading.Event
) -> None:
    """The limit is rounded down, and is at least one request."""
    assert Pacer(rate, clock, stop, window).limit == limit


def test_a_burst_within_the_limit_does_not_wait(clock: FakeClock, stop: threading.Event) -> None:
    """As many requests as a minute allows may be sent at once."""
    pacer = Pacer(3, clock, stop)

    waited = [pacer.acquire().waited for _ in range(180)]

    assert waited == [0.0] * 180
    assert clock.waits == []


@pytest.mark.parametrize(("rate", "seconds"), [(2.0, 0.5), (0.5, 2.0), (0.02, 50.0)])
def test_a_lower_rate_is_spread_evenly(
    rate: float, seconds: float, clock: FakeClock, stop: threading.Event
) -> None:
    """Below Notion's own rate requests start a fixed time apart, without bursts."""
    pacer = Pacer(rate, clock, stop, spacing=spacing_for(rate))
    starts = []
    for _ in range(5):
        slot = pacer.acquire()
        starts.append(clock.monotonic())
        pacer.done(slot)

    apart = [after - before for before, after in pairwise(starts)]
    # One request at a minute in 0.02 a second waits for its window as well.
    assert all(each >= seconds - 1e-9 for each in apart)
    assert apart[0] == pytest.approx(max(seconds, 60 if rate < 1 / 60 * 2 else 0))


@pytest.mark.parametrize("rate", [3.0, 3.5, 10.0, 100.0])
def test_from_notions_own_rate_up_it_is_a_window(rate: float) -> None:
    """At Notion's own rate and above, bursts are allowed."""
    assert spacing_for(rate) == 0


def test_a_slot_is_free_a_window_after_the_answer(clock: FakeClock, stop: threading.Event) -> None:
    """The window starts at the answer, because the request may have arrived just before it."""
    pacer = Pacer(1, clock, stop, window=1)
    slot = pacer.acquire()
    clock.advance(30)
    pacer.done(slot)

    assert pacer.acquire().waited == pytest.approx(1)


def test_with_all_in_flight_nobody_polls(stop: threading.Event) -> None:
    """With every slot in flight the wait is a whole window."""

    class AnsweringClock(FakeClock):
        def wait(self, seconds: float, stop: threading.Event) -> bool:
            while slots:
                pacer.done(slots.pop())
            return super().wait(seconds, stop)

    clock = AnsweringClock()
    pacer = Pacer(1, clock, stop, window=60)
    slots = [pacer.acquire() for _ in range(60)]

    with pytest.raises(RunStopped):
        pacer.acquire(clock.monotonic() + 59)
    assert clock.waits == []

    pacer.acquire()
    assert clock.waits == [60]


def test_a_slot_is_given_back_once(clock: FakeClock, stop: threading.Event) -> None:
    """Giving a slot back twice raises an exception, and allows no additional request."""
    pacer = Pacer(3, clock, stop)
    slot = pacer.acquire()
    pacer.done(slot)

    with pytest.raises(KeyError):
        pacer.done(slot)


def test_a_pause_of_any_length_is_waited_for(clock: FakeClock, stop: threading.Event) -> None:
    """A pause that is longer than a timer's maximum is divided into several waits."""
    pacer = Pacer(3, clock, stop)
    pacer.pause(10_000)

    assert pacer.acquire().waited == pytest.approx(10_000)
    assert max(clock.waits) <= 3600


def test_a_pause_that_comes_while_one_waits_is_kept(stop: threading.Event) -> None:
    """A thread that waits for a slot also waits for a pause that begins meanwhile."""

    class PausingClock(FakeClock):
        def wait(self, seconds: float, stop: threading.Event) -> bool:
            if not self.waits:
                pacer.pause(seconds + 30)
            return super().wait(seconds, stop)

    clock = PausingClock()
    pacer = Pacer(1, clock, stop, window=1)
    pacer.done(pacer.acquire())

    assert pacer.acquire().waited == pytest.approx(31)


def test_nobody_sends_after_stop(clock: FakeClock, stop: threading.Event) -> None:
    """After a stop no request is sent, although slots are free."""
    stop.set()

    with pytest.raises(RunStopped, match="stopped"):
        Pacer(3, clock, stop).acquire()


def test_a_wait_past_the_deadline_is_not_begun(clock: FakeClock, stop: threading.Event) -> None:
    """A wait that would pass the deadline is an error at once."""
    pacer = Pacer(3, clock, stop)
    pacer.pause(100)

    with pytest.raises(RunStopped, match="deadline would pass") as caught:
        pacer.acquire(clock.monotonic() + 99)

    assert clock.waits == []
    assert "--deadline" in caught.value.remedy


def test_a_wait_within_the_deadline_is_waited(clock: FakeClock, stop: threading.Event) -> None:
    """A slot that is free before the deadline is given."""
    pacer = Pacer(3, clock, stop)
    pacer.pause(100)

    assert pacer.acquire(clock.monotonic() + 101).waited == pytest.approx(100)


def test_nobody_sends_after_the_deadline(clock: FakeClock, stop: threading.Event) -> None:
    """At the deadline no request is sent, although slots are free."""
    with pytest.raises(RunStopped, match="deadline passed"):
        Pacer(3, clock, stop).acquire(clock.monotonic())


def test_one_who_was_stopped_leaves_no_trace(clock: FakeClock, stop: threading.Event) -> None:
    """A thread that leaves the queue does not delay others, and takes no slot."""
    pacer = Pacer(1, clock, stop, window=1)
    pacer.pause(5)
    with pytest.raises(RunStopped):
        pacer.acquire(clock.monotonic() + 1)

    assert pacer.acquire().waited == pytest.approx(5)


@given(
    limit=st.integers(1, 5),
    steps=st.lists(
        st.tuples(st.floats(0, 100), st.sampled_from(["start", "answer", "pause"])), max_size=60
    ),
)
def test_no_window_holds_more_than_the_limit(limit: int, steps: list[tuple[float, str]]) -> None:
    """Whenever requests start, are answered and pause, no window exceeds the limit."""
    clock, stop = FakeClock(0.0), threading.Event()
    pacer = Pacer(limit / 60, clock, stop)
    flying: list[tuple[float, Slot]] = []
    spans: list[tuple[float, float]] = []

    def answer() -> None:
        begin, slot = flying.pop(0)
        pacer.done(slot)
        spans.append((begin, clock.monotonic()))

    for seconds, step in steps:
        clock.advance(seconds)
        if step == "pause":
            pacer.pause(seconds)
        elif step == "answer" or len(flying) == pacer.limit:
            if flying:
                answer()
        else:
            slot = pacer.acquire()
            flying.append((clock.monotonic(), slot))
    while flying:
        answer()

    assert not spans or most_in_window(spans, 60.0) <= pacer.limit


def test_many_threads_stay_within_the_limit() -> None:
    """Twelve threads at once never have more than the limit in any trailing minute."""
    clock, stop = FakeClock(), threading.Event()
    pacer = Pacer(0.5, clock, stop)
    spans: list[tuple[float, float]] = []
    dice = random.Random(7)

    def work() -> None:
        for _ in range(20):
            slot = pacer.acquire()
            begin = clock.monotonic()
            clock.advance(dice.random())
            end = clock.monotonic()
            pacer.done(slot)
            spans.append((begin, end))

    in_threads(12, work)

    assert len(spans) == 240
    assert most_in_window(spans, 60.0) <= pacer.limit == 30


class GatedClock(FakeClock):
    """A clock on which waits begin when the test opens the gate."""

    def __init__(self, on_gate: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.arrived = threading.Event()
        self.on_gate = on_gate

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Signal that a thread waits, and wait for the gate."""
        self.arrived.set()
        assert self.gate.wait(PATIENCE)
        return super().wait(seconds, stop)


def queue_up(pacer: Pacer, clock: GatedClock, count: int) -> tuple[list[int], list[int]]:
    """Let several threads queue one after the other, then open the gate.

    Return who was served and who was stopped, each in order.
    """
    served: list[int] = []
    stopped: list[int] = []

    def work(number: int) -> None:
        try:
            slot = pacer.acquire()
        except RunStopped:
            stopped.append(number)
        else:
            served.append(number)
            pacer.done(slot)

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(count)]
    for number, thread in enumerate(threads):
        thread.start()
        assert clock.arrived.wait(PATIENCE)
        until = time.monotonic() + PATIENCE
        while pacer.waiting <= number and time.monotonic() < until:
            time.sleep(0.001)
    clock.on_gate()
    clock.gate.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    return served, stopped


def test_first_come_first_served(stop: threading.Event) -> None:
    """Threads get slots in the order in which they asked."""
    clock = GatedClock()
    pacer = Pacer(1, clock, stop, window=1)
    pacer.done(pacer.acquire())

    assert queue_up(pacer, clock, 25) == (list(range(25)), [])


def test_a_stop_empties_the_queue(stop: threading.Event) -> None:
    """When the run is stopped, all threads leave the queue without a slot."""
    clock = GatedClock(on_gate=stop.set)
    pacer = Pacer(3, clock, stop)
    pacer.pause(600)

    assert queue_up(pacer, clock, 8) == ([], list(range(8)))


def test_a_stop_wakes_those_who_wait_on_the_real_clock(stop: threading.Event) -> None:
    """On the real clock, a stop ends the wait of all threads in the queue."""
    pacer = Pacer(3, SystemClock(), stop)
    pacer.pause(600)
    stopped: list[RunStopped] = []

    def work() -> None:
        with pytest.raises(RunStopped) as caught:
            pacer.acquire()
        stopped.append(caught.value)

    timer = threading.Timer(0.05, stop.set)
    timer.start()
    in_threads(4, work)
    timer.join()

    assert len(stopped) == 4


def test_the_real_clock_is_paced() -> None:
    """On the real clock, no window has more requests than the limit."""
    clock = SystemClock()
    pacer = Pacer(40, clock, threading.Event(), window=0.1)
    spans: list[tuple[float, float]] = []

    def work() -> None:
        for _ in range(5):
            slot = pacer.acquire()
            begin = clock.monotonic()
            pacer.done(slot)
            spans.append((begin, begin))

    in_threads(4, work)

    assert len(spans) == 20
    assert most_in_window(spans, 0.1) <= pacer.limit == 4
