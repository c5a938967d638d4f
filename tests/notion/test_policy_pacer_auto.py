"""A pacer that finds out how much Notion allows, against the embedded Notion's rate limit."""

from __future__ import annotations

import heapq
import threading
from dataclasses import dataclass, field
from itertools import count

import httpx
import pytest
from support.clock import FakeClock

from lukhas_notion.emulator.workspace import RateLimit
from lukhas_notion.notion.connection import PolicyTransport
from lukhas_notion.notion.policy import Pacer, RetryPolicy, Slot

WINDOW = 60.0


@dataclass(order=True)
class Flying:
    """A request in flight: when its answer comes, and its status."""

    answered: float
    number: int
    slot: Slot = field(compare=False)
    status: int = field(compare=False)
    retry_after: float = field(compare=False, default=0.0)


class SimulatedNotion(FakeClock):
    """Concurrent requests under a rate limit, in simulated time.

    Args:
        per_minute: what Notion allows in any 60 seconds.
        most: the pacer's highest rate.
        latency: seconds between a request and its answer.
        at_once: how many may travel at once.
    """

    def __init__(
        self, per_minute: int, most: float | None, latency: float = 0.3, at_once: int = 10
    ) -> None:
        super().__init__()
        self.limit = RateLimit(per_minute)
        self.pacer = Pacer(3, self, threading.Event(), most=most)
        self.latency, self.at_once = latency, at_once
        self.flying: list[Flying] = []
        self.refused: list[float] = []
        self.accepted: list[float] = []
        self._numbers = count()

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Let time pass, and deliver each answer when it is due."""
        end = self.monotonic() + seconds
        while self.flying and self.flying[0].answered <= end:
            self._answer()
        self.advance(end - self.monotonic())
        return stop.is_set()

    def _answer(self) -> None:
        answer = heapq.heappop(self.flying)
        self.advance(answer.answered - self.monotonic())
        self.pacer.done(answer.slot, answer.status)
        if answer.status == 429:
            self.refused.append(self.monotonic())
            self.pacer.pause(answer.retry_after)
        else:
            self.accepted.append(answer.slot.began)

    def send(self, requests: int) -> float:
        """Send until a number of requests was accepted; return the seconds that it took."""
        begun = self.monotonic()
        while len(self.accepted) < requests:
            left = requests - len(self.accepted) - len(self.flying)
            if left <= 0 or len(self.flying) >= self.at_once:
                self._answer()
                continue
            slot = self.pacer.acquire()
            refusal = self.limit.refusal(self.monotonic())
            status = 429 if refusal else 200
            wait = float(refusal.headers["retry-after"]) if refusal else 0.0
            answered = self.monotonic() + self.latency
            heapq.heappush(self.flying, Flying(answered, next(self._numbers), slot, status, wait))
        return self.monotonic() - begun


FIRST_SYNC = 2_022
"""Requests of a first sync of 2,000 pages."""


@pytest.mark.parametrize("latency", [0.1, 0.3, 0.6])
def test_a_large_plan_is_used(latency: float) -> None:
    """A first sync of 2,000 pages where 600 a minute are allowed: none refused, in 4.5 minutes."""
    notion = SimulatedNotion(600, 10, latency)
    assert notion.send(FIRST_SYNC) <= 270
    assert notion.refused == []
    assert 450 < notion.pacer.limit <= 600


@pytest.mark.parametrize("latency", [0.1, 0.3, 0.6])
def test_a_plan_without_more_is_found_out_by_one_refusal(latency: float) -> None:
    """Where 180 are allowed the run takes 3 % longer at the most, and is refused once."""
    plain = SimulatedNotion(180, None, latency)
    before = plain.send(FIRST_SYNC)
    notion = SimulatedNotion(180, 10, latency)
    assert notion.send(FIRST_SYNC) <= before * 1.03
    assert plain.refused == []
    assert 1 <= len(notion.refused) <= 2
    assert notion.pacer.limit == 180


@pytest.mark.parametrize("per_minute", [181, 200, 300, 333, 450, 520])
def test_a_limit_in_between_is_met_once(per_minute: int) -> None:
    """Only requests in flight are refused; the limit is not exceeded again."""
    notion = SimulatedNotion(per_minute, 10)
    notion.send(FIRST_SYNC)
    assert 1 <= len(notion.refused) <= 4
    assert notion.refused[-1] - notion.refused[0] < 1
    assert 180 <= notion.pacer.limit < per_minute


def test_what_held_for_a_whole_window_is_what_is_gone_back_to() -> None:
    """After a refusal the limit is the last one that held for a minute, or 180 at the least."""
    clock = FakeClock()
    pacer = Pacer(3, clock, threading.Event(), most=10)
    for _ in range(250):
        pacer.done(pacer.acquire(), 200)
    assert pacer.limit == 250
    clock.advance(61)
    for _ in range(300):
        pacer.done(pacer.acquire(), 200)
    assert pacer.limit == 300
    for after in (250, 180, 180):
        clock.advance(1)
        slots = [Slot(0, clock.monotonic()) for _ in range(2)]
        pacer._in_flight.update(slots)
        for slot in slots:
            pacer.done(slot, 429)
        assert pacer.limit == after


def test_a_short_run_asks_for_nothing_more() -> None:
    """The limit is not raised while no request waits."""
    notion = SimulatedNotion(180, 10)
    notion.send(180)
    assert notion.refused == []
    assert notion.pacer.limit == 180


def test_a_fixed_rate_is_never_raised() -> None:
    """Without ``auto`` no request exceeds the limit, even if Notion would allow it."""
    notion = SimulatedNotion(600, None)
    notion.send(700)
    assert notion.pacer.limit == 180
    assert (
        max(
            sum(1 for other in notion.accepted if at <= other < at + WINDOW)
            for at in notion.accepted
        )
        <= 180
    )


@pytest.mark.parametrize("status", [0, 500, 529])
def test_only_an_answer_of_429_ends_the_search(status: int) -> None:
    """A missing answer, a 5xx and an overload do not end the search for the limit."""
    clock = FakeClock()
    pacer = Pacer(1, clock, threading.Event(), window=2, most=10)
    for _ in range(2):
        pacer.done(pacer.acquire(), 200)
    pacer.done(pacer.acquire(), status)
    raised = pacer.limit
    assert raised == (2 if status == 0 else 3)
    pacer.done(pacer.acquire(), 429)
    assert pacer.limit == 2
    clock.advance(10)
    for _ in range(5):
        pacer.done(pacer.acquire(), 200)
    assert pacer.limit == 2


def test_the_pacer_hears_of_every_answer() -> None:
    """In the transport an answer raises the limit, and a 429 lowers it."""
    clock, stop = FakeClock(), threading.Event()
    pacer = Pacer(1, clock, stop, window=2, most=10)
    answers = iter([200, 200, 200, 200, 429, 200])

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(next(answers), headers={"retry-after": "1"}, json={})

    door = PolicyTransport(
        httpx.MockTransport(answer),
        pacer=pacer,
        policy=RetryPolicy(),
        clock=clock,
        stop=stop,
        random=lambda: 0.5,
    )
    limits = []
    for _ in range(5):
        door.handle_request(httpx.Request("GET", "https://notion.example/v1/pages/x"))
        limits.append(pacer.limit)
    assert limits == [2, 2, 3, 4, 2]
