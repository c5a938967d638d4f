"""Repeats of requests, their errors, pacing, and secrets."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock

from lukhas_notion.notion.connection import PolicyTransport, RequestRecord, open_client
from lukhas_notion.notion.policy import (
    Answer,
    Pacer,
    RequestKind,
    RetryPolicy,
    kind_of,
    retry_after,
)
from lukhas_notion.util.errors import (
    Forbidden,
    InvalidRequest,
    InvalidToken,
    NotFound,
    NotionError,
    NotSent,
    OutcomeUnknown,
    Refused,
    RunStopped,
    Unavailable,
)

TOKEN = "ntn_a_token_that_must_not_show"
READ = ("POST", "https://n/v1/data_sources/x/query")
UPDATE = ("PATCH", "https://n/v1/pages/x")
CREATE = ("POST", "https://n/v1/pages")

Step = httpx.Response | Exception


def error(status: int, message: str = "no", **more: object) -> httpx.Response:
    """Return an error as Notion answers it."""
    body = {"object": "error", "status": status, "code": "some_code", "message": message, **more}
    return httpx.Response(status, json=body)


OK = httpx.Response(200, json={"object": "page"})
HTML = httpx.Response(502, text="<html>")
NOT_JSON = httpx.Response(200, text="<html>")
LIST = httpx.Response(200, json=[])


class Door:
    """A transport over scripted answers, on a simulated clock."""

    def __init__(
        self, *steps: Step, deadline: float | None = None, read_only: bool = False
    ) -> None:
        self.steps: Iterator[Step] = iter(steps)
        self.clock = FakeClock()
        self.stop = threading.Event()
        self.records: list[RequestRecord] = []
        self.on_request: Callable[[], None] = lambda: None
        self.transport = PolicyTransport(
            httpx.MockTransport(self._answer),
            pacer=Pacer(3, self.clock, self.stop),
            policy=RetryPolicy(max_retries=3, max_pauses=4),
            clock=self.clock,
            stop=self.stop,
            random=lambda: 1.0,
            deadline=None if deadline is None else self.clock.monotonic() + deadline,
            read_only=read_only,
            observer=self.records.append,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.on_request()
        step = next(self.steps)
        if isinstance(step, Exception):
            raise step
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)

    def send(self, kind: tuple[str, str]) -> httpx.Response:
        """Send one request through the transport."""
        return self.transport.handle_request(httpx.Request(*kind, json={}))


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/v1/pages/x", RequestKind.READ),
        ("POST", "/v1/data_sources/x/query", RequestKind.READ),
        ("PATCH", "/v1/pages/x", RequestKind.UPDATE),
        ("POST", "/v1/pages", RequestKind.CREATE),
        ("POST", "/v1/databases", RequestKind.CREATE),
    ],
)
def test_a_querys_post_is_a_read(method: str, path: str, kind: RequestKind) -> None:
    """The POST of a query is a read."""
    assert kind_of(method, path) is kind


AMBIGUOUS: list[Step] = [
    error(500),
    HTML,
    error(503),
    error(504),
    error(409),
    NOT_JSON,
    LIST,
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("disconnected"),
    httpx.WriteError("broken pipe"),
]


@pytest.mark.parametrize("step", AMBIGUOUS, ids=repr)
@pytest.mark.parametrize("kind", [READ, UPDATE])
def test_what_can_be_repeated_is_repeated(kind: tuple[str, str], step: Step) -> None:
    """Reads and updates are sent again after any answer without a certain outcome."""
    door = Door(step, step, OK)

    assert door.send(kind).json() == {"object": "page"}
    assert len(door.records) == 3
    assert [r.attempt for r in door.records] == [1, 2, 3]


@pytest.mark.parametrize("step", AMBIGUOUS, ids=repr)
def test_a_create_is_never_repeated_blindly(step: Step) -> None:
    """A create without a certain outcome raises OutcomeUnknown at once."""
    door = Door(step, OK)

    with pytest.raises(OutcomeUnknown):
        door.send(CREATE)
    assert len(door.records) == 1


def test_a_create_that_notion_names_is_settled() -> None:
    """A 503 that names the created object gives its id to the error."""
    saved = error(503, additional_data={"committed_resource_id": "the-id"})

    with pytest.raises(OutcomeUnknown) as caught:
        Door(saved).send(CREATE)

    assert caught.value.committed_id == "the-id"


@pytest.mark.parametrize("kind", [READ, UPDATE, CREATE])
@pytest.mark.parametrize(
    "step", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")], ids=repr
)
def test_what_was_never_sent_is_repeated(kind: tuple[str, str], step: Step) -> None:
    """A create that was never sent is sent again."""
    assert Door(step, OK).send(kind).status_code == 200
    with pytest.raises(NotSent, match="after 4 tries"):
        Door(*[step] * 9).send(kind)


@pytest.mark.parametrize("kind", [READ, UPDATE, CREATE])
@pytest.mark.parametrize("status", [429, 529])
def test_everybody_waits_as_long_as_notion_asks(kind: tuple[str, str], status: int) -> None:
    """Retry-After is obeyed to the second, for every kind of request."""
    wait = httpx.Response(status, headers={"retry-after": "7.5"}, json={"code": "rate_limited"})
    door = Door(wait, OK)
    before = door.clock.monotonic()

    door.send(kind)

    assert door.clock.monotonic() - before >= 7.5
    with pytest.raises(Unavailable):
        Door(*[wait] * 9).send(kind)


def test_without_a_retry_after_the_wait_grows() -> None:
    """A 429 without the header backs off exponentially."""
    door = Door(error(429), error(429), error(429), OK)
    before = door.clock.monotonic()

    door.send(READ)

    assert door.clock.monotonic() - before == pytest.approx(0.5 + 1 + 2)


@pytest.mark.parametrize("kind", [READ, UPDATE, CREATE])
@pytest.mark.parametrize(
    ("step", "kind_of_error", "words"),
    [
        (error(401), InvalidToken, "NOTION_TOKEN"),
        (error(403), Forbidden, "insert and update"),
        (error(403, additional_data={"block_limit": "block_creation"}), Forbidden, "Free plan"),
        (error(404), NotFound, "Connections"),
        (error(400, "Can't edit block that is archived."), InvalidRequest, "trash"),
        (error(400, "x" * 900), InvalidRequest, "…"),
        (httpx.Response(413, text="too large"), InvalidRequest, "not JSON"),
        (httpx.Response(403, text="x", headers={"cf-ray": "1"}), Forbidden, "edge"),
        (httpx.Response(302, headers={"location": "https://evil"}), InvalidRequest, "302"),
        (httpx.Response(302), InvalidRequest, "not from Notion: check NOTION_API_URL"),
        (
            error(429, additional_data={"rate_limit_reason": "public_api_request_blocked"}),
            Refused,
            "blocks this integration",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_refusal_is_final_and_says_what_to_do(
    kind: tuple[str, str], step: Step, kind_of_error: type[NotionError], words: str
) -> None:
    """A refused request is not sent again, and the error has a remedy."""
    door = Door(step, OK)

    with pytest.raises(kind_of_error) as caught:
        door.send(kind)

    assert words in str(caught.value)
    assert len(door.records) == 1


@pytest.mark.parametrize(
    "step",
    [
        httpx.Response(404, text="<html>"),
        httpx.Response(401, json={"error": "login"}),
        httpx.Response(403, text="proxy"),
    ],
    ids=repr,
)
def test_an_answer_that_is_none_of_notions_says_nothing_of_token_or_sharing(step: Step) -> None:
    """An answer of another server has a remedy that does not mention token or sharing."""
    with pytest.raises(Refused, match="check NOTION_API_URL") as caught:
        Door(step).send(READ)
    assert not isinstance(caught.value, NotFound | Forbidden | InvalidToken)


def test_what_is_repeated_in_vain_says_how_often() -> None:
    """A read that never succeeds raises Unavailable, with the last answer and its request id."""
    with pytest.raises(Unavailable, match="after 4 tries") as caught:
        Door(*[error(500, request_id="req-1")] * 9).send(READ)

    assert caught.value.request_id == "req-1"
    assert caught.value.status == 500


def test_a_read_only_door_lets_nothing_else_through() -> None:
    """A read-only transport refuses writes before they are sent."""
    door = Door(OK, read_only=True)

    with pytest.raises(RuntimeError, match="read-only"):
        door.send(CREATE)
    with pytest.raises(RuntimeError, match="read-only"):
        door.send(UPDATE)
    assert door.records == []
    assert door.send(READ).status_code == 200


def test_nothing_is_sent_after_the_deadline() -> None:
    """A wait that would pass the deadline ends the run instead."""
    late = httpx.Response(429, headers={"retry-after": "100"}, json={})
    with pytest.raises(RunStopped, match="deadline"):
        Door(late, OK, deadline=50).send(READ)
    with pytest.raises(RunStopped, match="deadline"):
        Door(*[error(500)] * 9, deadline=0.4).send(READ)


def test_a_stopped_run_finishes_the_request_in_flight_and_sends_no_other() -> None:
    """After a stop the request in flight is finished, and the next one is refused."""
    door = Door(OK, OK)
    door.on_request = door.stop.set

    assert door.send(CREATE).status_code == 200
    with pytest.raises(RunStopped):
        door.send(CREATE)
    assert len(door.records) == 1


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        ("3", {}, 3.0),
        ("0.25", {}, 0.25),
        ("Thu, 01 Jan 2026 00:00:30 GMT", {}, 30.0),
        ("Wed, 31 Dec 2025 00:00:30 GMT", {}, 0.0),
        (None, {"additional_data": {"retry_after": "12"}}, 12.0),
        ("soon", {"additional_data": {"retry_after": "12"}}, 12.0),
        ("nan", {}, None),
        (None, {}, None),
    ],
)
def test_retry_after_in_every_spelling(
    header: str | None, body: dict[str, object], seconds: float | None
) -> None:
    """Retry-After may be seconds, a fraction, a date, or a field of the answer."""
    headers = {} if header is None else {"retry-after": header}

    assert retry_after(Answer(429, headers, body), datetime(2026, 1, 1, tzinfo=UTC)) == seconds


# --- pacing -------------------------------------------------------------------------------


@given(
    rate=st.floats(0.05, 5),
    durations=st.lists(st.floats(0, 40), min_size=1, max_size=60),
)
def test_no_window_ever_holds_more_than_the_limit(rate: float, durations: list[float]) -> None:
    """No window exceeds the limit, whenever requests arrive between start and answer."""
    clock, stop = FakeClock(), threading.Event()
    pacer = Pacer(rate, clock, stop)
    spans = []
    for duration in durations:
        slot = pacer.acquire()
        begun = clock.monotonic()
        clock.wait(duration, stop)
        pacer.done(slot)
        spans.append((begun, clock.monotonic()))

    for index, (_, ended) in enumerate(spans):
        # Even when this one arrived late and all that follow arrived early:
        inside = [s for s in spans[index:] if s[0] < ended + 60]
        assert len(inside) <= pacer.limit


def test_many_threads_share_one_window() -> None:
    """Concurrent threads never exceed the limit together, and all of them get to send."""
    clock, stop = FakeClock(), threading.Event()
    pacer = Pacer(0.1, clock, stop)
    starts: list[float] = []
    lock = threading.Lock()

    def work() -> None:
        for _ in range(5):
            slot = pacer.acquire()
            with lock:
                starts.append(clock.monotonic())
            pacer.done(slot)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(starts) == 30
    for start in starts:
        assert sum(start <= other < start + 60 for other in starts) <= pacer.limit


def test_of_two_pauses_the_longer_holds() -> None:
    """A short pause does not end a long one."""
    clock, stop = FakeClock(), threading.Event()
    pacer = Pacer(3, clock, stop)
    pacer.pause(30)
    pacer.pause(5)
    before = clock.monotonic()

    pacer.acquire()

    assert clock.monotonic() - before == pytest.approx(30)


def test_waiting_ends_at_the_deadline_and_at_a_stop() -> None:
    """A wait ends at the deadline and at a stop."""
    clock, stop = FakeClock(), threading.Event()
    pacer = Pacer(1 / 60, clock, stop)
    pacer.done(pacer.acquire())
    with pytest.raises(RunStopped, match="deadline"):
        pacer.acquire(deadline=clock.monotonic() + 10)
    stop.set()
    with pytest.raises(RunStopped, match="stopped"):
        pacer.acquire()


# --- secrets ------------------------------------------------------------------------------


def test_the_client_shows_its_token_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """The token is not in a repr, not in a debug log, and not in an exception."""
    caplog.set_level(logging.DEBUG)
    door = Door(error(400, f"you sent {TOKEN}?"))
    client = open_client(TOKEN, base_url="https://n", transport=door.transport)

    with pytest.raises(InvalidRequest):
        client.pages.retrieve("x")

    shown = f"{client!r} {client.options!r} {client.client!r} {client.client.headers!r}"
    assert TOKEN not in shown + caplog.text
    client.close()


def test_retries_that_somebody_set_count_429s() -> None:
    """A configured number of retries includes 429s; without one, 429s are repeated further."""
    limited, default = RetryPolicy.limited(1), RetryPolicy.limited(None)

    assert not limited.is_spent(retries=0, pauses=1)
    assert limited.is_spent(retries=1, pauses=1)
    assert limited.is_spent(retries=0, pauses=2)
    assert not default.is_spent(retries=0, pauses=20)
    assert RetryPolicy.limited(0).is_spent(retries=0, pauses=1)


def test_a_429_that_does_not_end_names_the_rate_limit() -> None:
    """The error after too many 429s names the status and the setting that helps."""
    with pytest.raises(Unavailable) as caught:
        Door(*[error(429, code="rate_limited")] * 9).send(READ)

    assert "429 Too Many Requests" in caught.value.message
    assert "NOTION_RATE_LIMIT=2" in caught.value.remedy


@pytest.mark.parametrize(
    ("step", "words", "advice"),
    [
        (error(500), "500 some_code no", ""),
        (error(429), "429 Too Many Requests", "NOTION_RATE_LIMIT"),
        (httpx.ConnectError("refused"), "ConnectError: refused", "NOTION_API_URL"),
        (httpx.ReadTimeout("slow"), "ReadTimeout: slow", "network"),
    ],
)
def test_the_deadline_is_named_after_the_failure_that_used_it_up(
    step: Step, words: str, advice: str
) -> None:
    """The error at the deadline names the failure of the request first."""
    with pytest.raises(RunStopped) as caught:
        Door(*[step] * 9, deadline=1.2).send(READ)

    message, remedy = caught.value.message, caught.value.remedy
    assert message.index(words) < message.index("deadline")
    assert advice in remedy.partition("--deadline")[0]


def test_a_message_of_several_lines_becomes_one() -> None:
    """A message of Notion with several lines becomes one sentence."""
    with pytest.raises(InvalidRequest) as caught:
        Door(error(400, message="body failed validation. Fix one:\nbody.a is wrong.\n")).send(READ)
    assert "Fix one: body.a is wrong." in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("message", "property_name"),
    [
        ("Coverage is expected to be number. Tags is not a property that exists.", "Coverage"),
        ("Updated At is not a property that exists.", "Updated At"),
        (
            "body failed validation. Fix one:\nbody.properties.Used by v1.2.relation is odd.",
            "Used by v1.2",
        ),
    ],
)
def test_a_refused_value_names_its_property(message: str, property_name: str) -> None:
    """The remedy names the property that Notion's message names."""
    with pytest.raises(InvalidRequest) as caught:
        Door(error(400, message, code="validation_error")).send(UPDATE)
    assert f"Check the property '{property_name}': " in caught.value.remedy


def test_a_refused_page_has_a_remedy_though_no_property_is_named() -> None:
    """The refusal of a page has a remedy even without a named property; others do not have it."""
    remedies = []
    for request in (UPDATE, ("PATCH", "https://n/v1/data_sources/x")):
        with pytest.raises(InvalidRequest) as caught:
            Door(error(400, "too odd", code="validation_error")).send(request)
        remedies.append(caught.value.remedy)
    assert remedies[0].startswith("Check each property of the page: ")
    assert remedies[1] == ""
