"""The transport when a run ends or an answer breaks off, its logs, and the token."""

from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock

from lukhas_notion import __version__
from lukhas_notion.notion.connection import (
    NOTION_VERSION,
    PolicyTransport,
    RequestRecord,
    open_client,
)
from lukhas_notion.notion.policy import Answer, Pacer, RetryPolicy, retry_after
from lukhas_notion.util.errors import (
    Forbidden,
    NotionError,
    RunStopped,
    SetupError,
    Unavailable,
)

TOKEN = "ntn_a_token_that_must_not_show"
READ = ("GET", "https://n/v1/pages/x")
UPDATE = ("PATCH", "https://n/v1/pages/x")
CREATE = ("POST", "https://n/v1/pages")

Handler = Callable[[httpx.Request], httpx.Response]


class Door:
    """The transport over a function that answers, and the objects that are passed to it."""

    def __init__(self, answer: Handler, *, deadline: float | None = None) -> None:
        self.clock = FakeClock()
        self.stop = threading.Event()
        self.pacer = Pacer(3, self.clock, self.stop)
        self.records: list[RequestRecord] = []
        self.transport = PolicyTransport(
            httpx.MockTransport(answer),
            pacer=self.pacer,
            policy=RetryPolicy(max_retries=3),
            clock=self.clock,
            stop=self.stop,
            random=lambda: 1.0,
            deadline=None if deadline is None else self.clock.monotonic() + deadline,
            observer=self.records.append,
        )

    def send(self, kind: tuple[str, str]) -> httpx.Response:
        """Send one request."""
        return self.transport.handle_request(httpx.Request(*kind))


def error(status: int, **more: object) -> httpx.Response:
    """Return an error as Notion answers it."""
    return httpx.Response(status, json={"object": "error", "message": "no", **more})


def limited(seconds: str) -> httpx.Response:
    """Return a 429 that asks for a wait."""
    return httpx.Response(429, headers={"retry-after": seconds}, json={"code": "rate_limited"})


def script(*answers: httpx.Response) -> Handler:
    """Return a handler that gives these answers in turn."""
    left = iter(answers)
    return lambda _: next(left)


# --- a run that ends midway ---------------------------------------------------------------


@pytest.mark.parametrize("later", [(), (limited("60"),)], ids=["at once", "told to wait since"])
def test_an_update_left_open_by_the_deadline_is_an_attempt(
    later: tuple[httpx.Response, ...],
) -> None:
    """An update that may have been applied is reported as tried, not as never sent."""
    deadline = 5 if later else 0.4
    door = Door(script(error(503, request_id="req-1"), *later), deadline=deadline)

    with pytest.raises(Unavailable, match="503") as caught:
        door.send(UPDATE)

    assert caught.value.request_id == "req-1"
    assert isinstance(caught.value.__cause__, RunStopped)


def test_an_update_left_open_by_a_stop_is_an_attempt() -> None:
    """A stop between two tries of an update does not hide the first try."""

    def answer(_: httpx.Request) -> httpx.Response:
        door.stop.set()
        return error(500)

    door = Door(answer)

    with pytest.raises(Unavailable, match="500"):
        door.send(UPDATE)
    assert len(door.records) == 1


@pytest.mark.parametrize("kind", [READ, UPDATE, CREATE])
def test_what_was_told_to_wait_and_stopped_was_not_done(kind: tuple[str, str]) -> None:
    """A stop after a 429 counts as a stop before anything was sent."""

    def answer(_: httpx.Request) -> httpx.Response:
        door.stop.set()
        return limited("1")

    door = Door(answer)

    with pytest.raises(RunStopped):
        door.send(kind)


def test_a_read_left_open_by_the_deadline_is_stopped() -> None:
    """A read that is stopped is reported as not sent, because it changes nothing."""
    door = Door(script(error(503)), deadline=0.4)

    with pytest.raises(RunStopped):
        door.send(READ)
    assert door.clock.waits == []


def test_a_pause_holds_for_all_even_if_it_ends_this_run() -> None:
    """A pause that ends after the deadline still applies to all requests."""
    door = Door(script(limited("100")), deadline=50)
    with pytest.raises(RunStopped):
        door.send(READ)

    assert door.pacer.acquire().waited == pytest.approx(100)


# --- what is told of each request ---------------------------------------------------------


def test_every_try_is_recorded() -> None:
    """The observer gets each try: request, result, duration and wait."""

    def answer(request: httpx.Request) -> httpx.Response:
        door.clock.advance(2)
        if len(door.records) == 1:
            raise httpx.ReadTimeout("slow", request=request)
        return httpx.Response(200, json={}) if door.records else limited("7")

    door = Door(answer)
    door.send(READ)

    told = [(r.attempt, r.status, r.failure, r.seconds, r.waited) for r in door.records]
    assert told == [(1, 429, "", 2, 0), (2, 0, "ReadTimeout", 2, 7), (3, 200, "", 2, 0)]
    assert {(r.method, r.path) for r in door.records} == {("GET", "/v1/pages/x")}


@pytest.mark.parametrize(("seconds", "level"), [("5", logging.DEBUG), ("5.5", logging.WARNING)])
def test_a_long_wait_is_said(seconds: str, level: int, caplog: pytest.LogCaptureFixture) -> None:
    """A wait of more than five seconds is logged as a warning, a shorter one at debug level."""
    caplog.set_level(logging.DEBUG, "lukhas_notion.notion")

    Door(script(limited(seconds), httpx.Response(200, json={}))).send(READ)

    said = [
        r.levelno
        for r in caplog.records
        if "Notion responded with 429; sent again in" in r.getMessage()
    ]
    assert said == [level]


def test_a_wait_after_a_lost_connection_says_that_there_was_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The reason of a wait is the last answer, or that there was none."""
    caplog.set_level(logging.DEBUG, "lukhas_notion.notion")
    steps = [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(200, json={})]

    def answer(_: httpx.Request) -> httpx.Response:
        step = steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    Door(answer).send(READ)

    said = [r.getMessage() for r in caplog.records if "sent again in" in r.getMessage()]
    assert [each.split(": ")[1].split("; ")[0] for each in said] == [
        "no response from Notion",
        "Notion responded with 503",
    ]


def test_a_log_names_neither_headers_nor_bodies(caplog: pytest.LogCaptureFixture) -> None:
    """At debug level a request is logged as method, path, status and duration."""
    caplog.set_level(logging.DEBUG, "lukhas_notion.notion")
    answer = httpx.Response(200, headers={"x-header": "quiet-1"}, json={"title": "quiet-2"})
    request = httpx.Request("GET", "https://n/v1/x", headers={"authorization": "quiet-3"})

    Door(script(answer)).transport.handle_request(request)

    assert "GET /v1/x 200" in caplog.text
    assert "quiet" not in caplog.text


def test_a_request_id_is_told() -> None:
    """The message has the request's id, which Notion's support asks for."""
    by_header = httpx.Response(404, headers={"x-notion-request-id": "req-2"}, json={})

    with pytest.raises(NotionError, match=r"\(request_id req-1\)"):
        Door(script(error(404, request_id="req-1"))).send(READ)
    with pytest.raises(NotionError, match=r"\(request_id req-2\)"):
        Door(script(by_header)).send(READ)


def test_what_stopped_before_notion_does_not_blame_the_integration() -> None:
    """An error page from the edge has a remedy that does not mention capabilities or sharing."""
    edge = httpx.Response(403, headers={"cf-ray": "1"}, text="<html>")

    with pytest.raises(Forbidden) as caught:
        Door(script(edge)).send(READ)

    assert "in front of Notion" in caught.value.remedy
    assert "integration" not in caught.value.remedy


# --- answers that break off ---------------------------------------------------------------


class BrokenStream(httpx.SyncByteStream):
    """A body that ends in a failure, and records whether it was closed."""

    def __init__(self, content: bytes, failure: Exception | None) -> None:
        self._content = content
        self._failure = failure
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield self._content
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """Remember it."""
        self.closed = True


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (gzip.compress(b"{}")[:8], httpx.RemoteProtocolError("incomplete")),
        (gzip.compress(b"{}")[:8], httpx.ReadTimeout("slow")),
        (b"this is not gzip", None),
    ],
    ids=["cut short", "too slow", "undecodable"],
)
def test_an_answer_that_breaks_off_gives_its_connection_back(
    content: bytes, failure: Exception | None
) -> None:
    """The connection of a body that breaks off is closed, and a read is sent again."""
    stream = BrokenStream(content, failure)
    broken = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream)
    door = Door(script(broken, httpx.Response(200, json={"good": 1})))

    assert door.send(READ).json() == {"good": 1}
    assert stream.closed
    assert [bool(r.failure) for r in door.records] == [True, False]


def test_a_slot_is_given_back_whatever_happens() -> None:
    """An unexpected exception frees the slot, too."""

    def answer(_: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError

    door = Door(answer)
    for _ in range(door.pacer.limit):
        with pytest.raises(ZeroDivisionError):
            door.send(READ)

    assert door.pacer.acquire().waited == pytest.approx(60)


@given(st.text() | st.from_regex(r"\w{3}, \d{1,5} \w{3} \d{1,5} \d\d:\d\d:\d\d [+-]?\w{1,4}"))
def test_any_retry_after_is_read_or_left(text: str) -> None:
    """For any header the wait is a number from 0, or None."""
    seconds = retry_after(Answer(429, {"retry-after": text}), FakeClock.noon)

    assert seconds is None or seconds >= 0


# --- the client and its token -------------------------------------------------------------


def test_what_the_client_sends() -> None:
    """Each request names the version of the API, this tool and the token."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    client = open_client(TOKEN, base_url="https://n/", transport=Door(answer).transport)
    client.users.me()
    client.close()

    assert str(sent[0].url) == "https://n/v1/users/me"
    assert sent[0].headers["notion-version"] == NOTION_VERSION == "2026-03-11"
    assert sent[0].headers["user-agent"] == f"lukhas-notion/{__version__}"
    assert sent[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_the_client_leaves_loggers_alone() -> None:
    """However often a client is opened, no logger gets a handler."""
    names = ("", "notion_client", "lukhas_notion.client")
    before = {name: list(logging.getLogger(name).handlers) for name in names}
    for _ in range(3):
        transport = Door(script()).transport
        open_client(TOKEN, base_url="https://n", transport=transport).close()

    assert {name: logging.getLogger(name).handlers for name in names} == before


@pytest.mark.parametrize(
    "wrong", ["ntn_se\ncret", "ntn_se cret", "ntn_s\u00e9cret", "ntn_\x00secret"]
)
def test_a_token_that_cannot_be_sent_is_not_quoted(wrong: str) -> None:
    """A token with a character that no header allows is refused without quoting it."""
    with pytest.raises(SetupError, match="NOTION_TOKEN") as caught:
        open_client(wrong, base_url="https://n", transport=Door(script()).transport)

    assert "ntn_" not in str(caught.value)
    assert "cret" not in str(caught.value)
