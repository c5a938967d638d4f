"""The rate window, the latency, and what is on record of the requests."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from emulator.notion_client_for_tests import SteppedClock, Talk

from lukhas_notion.emulator import Emulator
from lukhas_notion.emulator.workspace import RateLimit


def test_the_limit_is_180_unless_told_otherwise() -> None:
    """The 181st request within a minute is refused, in Notion's words, until the window resets."""
    clock = SteppedClock()
    with Talk(Emulator(clock=clock)) as talk:
        for _ in range(180):
            assert talk.client.get("/v1/users/me").status_code == 200
        clock.seconds += 12.5
        refused = talk.client.get("/v1/users/me")

        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "48"
        body = refused.json()
        assert body["code"] == "rate_limited"
        assert body["additional_data"] == {
            "rate_limit_reason": "public_api_request_rate_limit",
            "retry_after": "48",
        }
        clock.seconds += 47.5
        assert talk.client.get("/v1/users/me").status_code == 200


def test_a_client_within_the_limit_in_every_trailing_minute_is_never_refused() -> None:
    """A burst of the whole budget each minute passes, and so does a steady pace."""
    burst, steady = RateLimit(180), RateLimit(180)

    assert not any(
        burst.refusal(minute * 60.0 + n * 0.001) for minute in range(5) for n in range(180)
    )
    assert not any(steady.refusal(n / 3) for n in range(2000))


def test_two_bursts_around_a_window_s_end_are_refused() -> None:
    """A burst late in one window and one early in the next exceed a trailing minute."""
    limit = RateLimit(10)
    limit.refusal(0.0)
    for n in range(9):
        assert limit.refusal(55 + n / 10) is None
    assert limit.refusal(61.0) is None

    refusal = limit.refusal(61.1)

    assert refusal is not None
    assert int(refusal.headers["retry-after"]) >= 1
    assert limit.refusal(61.1 + float(refusal.headers["retry-after"])) is None


def test_no_limit_and_a_bad_one() -> None:
    """None is no limit; less than one a minute is a mistake."""
    assert not any(RateLimit(None).refusal(0.0) for _ in range(1000))
    with pytest.raises(ValueError, match="at least 1"):
        RateLimit(0)


def test_requests_without_the_token_do_not_use_its_budget() -> None:
    """Only what carries the token counts against it."""
    with Talk(Emulator(clock=SteppedClock(), requests_per_minute=1)) as talk:
        for _ in range(5):
            refused = talk.client.get("/v1/users/me", headers={"authorization": "Bearer other"})
            assert refused.status_code == 401
        assert talk.client.get("/v1/users/me").status_code == 200


def test_latencies_overlap() -> None:
    """Eight requests at once take a fraction of eight one after the other."""

    def asked(at_once: int) -> float:
        with ThreadPoolExecutor(at_once) as pool:
            started = time.monotonic()
            answers = list(pool.map(lambda _: talk.client.get("/v1/users/me"), range(8)))
            took = time.monotonic() - started
        assert {answer.status_code for answer in answers} == {200}
        return took

    with Talk(Emulator(requests_per_minute=None, latency=0.2)) as talk:
        one_by_one, together = asked(1), [asked(8) for _ in range(3)]
    assert min(together) >= 0.2
    assert one_by_one >= 8 * 0.2
    # The quickest of three: a busy machine delays one, and rarely all.
    assert min(together) < one_by_one / 2


def test_every_thread_is_answered() -> None:
    """Pages made from many threads at once are all there, each with an id of its own."""
    with Talk() as talk, ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: talk.module(f"m{n}"), range(64)))

        assert len(set(ids)) == 64
        assert {page["id"] for page in talk.emulator.pages()} == set(ids)


def test_the_record() -> None:
    """Each request is on record with its kind, status, size and, for a write, its body."""
    with Talk() as talk:
        talk.module("a")
        talk.client.get("/v1/nothing")
        talk.client.post("/v1/pages", content=b"{")
        made, unknown, broken = talk.emulator.requests

    assert (made.kind, made.method, made.path, made.status) == (
        "pages.create",
        "POST",
        "/v1/pages",
        200,
    )
    assert made.body["properties"]["Module"]["title"][0]["text"]["content"] == "a"
    assert made.size > 50
    assert (unknown.kind, unknown.status, unknown.body) == ("unknown", 400, None)
    assert (broken.status, broken.body) == (400, "{")
    assert talk.emulator.count("pages.create") == 2


def test_ids_depend_on_the_seed_alone() -> None:
    """Two emulators of one seed give the same ids; another seed gives others."""

    def ids(seed: int) -> list[str]:
        with Talk(Emulator(seed=seed)) as talk:
            return [talk.ids.database_id, talk.ids.data_source_id, talk.module("a")]

    assert ids(1) == ids(1)
    assert not set(ids(1)) & set(ids(2))


def test_a_closed_transport_opens_again() -> None:
    """Closing ends the transport's thread, and a later request starts another."""
    emulator = Emulator()
    transport = emulator.transport()
    headers = {"authorization": f"Bearer {emulator.token}", "notion-version": "2026-03-11"}
    request = httpx.Request("GET", "http://notion/v1/users/me", headers=headers)

    for _ in range(2):
        assert transport.handle_request(request).status_code == 200
        transport.close()
        transport.close()


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer bogus"}])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/search", 501),
        ("DELETE", "/v1/views/x", 501),
        ("PATCH", "/v1/blocks/abc/children", 501),
        ("DELETE", "/v1/blocks/abc", 501),
        ("POST", "/v1/pages/abc/move", 501),
        ("POST", "/v1/databases/abc/query", 400),
        ("DELETE", "/v1/pages/abc", 400),
    ],
)
def test_what_is_not_emulated_says_so(
    method: str, path: str, status: int, headers: dict[str, str]
) -> None:
    """What Notion has is checked for its token, then told apart from Notion; the rest is 400."""
    with Talk() as talk:
        answer = talk.client.request(method, path, headers=headers)

    if status == 400:
        assert answer.json()["code"] == "invalid_request_url"
    elif headers:
        assert answer.json()["code"] == "unauthorized"
    else:
        assert answer.json().keys() == {"object", "emulator", "message"}
        assert f"{method} {path} is not emulated here" in answer.json()["message"]
        assert "x-notion-request-id" not in answer.headers
    assert answer.status_code == (401 if headers and status == 501 else status)


def test_older_versions_are_refused() -> None:
    """A version that Notion publishes but that is not emulated is not taken for the one that is."""
    with Talk() as talk:
        answer = talk.client.get("/v1/users/me", headers={"notion-version": "2022-06-28"})

    assert answer.json()["code"] == "missing_version"
    assert '"2026-03-11"' in answer.json()["message"]
