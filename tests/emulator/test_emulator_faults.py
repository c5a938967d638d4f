"""Every fault, in-process and over HTTP, before and after the effect."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from emulator.notion_client_for_tests import Talk, title

from lukhas_notion.emulator import (
    Emulator,
    FaultPlan,
    FaultRule,
    serve,
)

STATUS = {
    "429": 429,
    "429_no_header": 429,
    "429_blocked": 429,
    "529": 529,
    "500": 500,
    "502_html": 502,
    "503": 503,
    "504": 504,
    "409": 409,
    "not_json": 200,
}


@contextmanager
def talking(over: str, *rules: FaultRule) -> Iterator[Talk]:
    """Talk to an emulator with these faults, in-process or over HTTP."""
    emulator = Emulator(requests_per_minute=None, faults=FaultPlan(rules))
    with ExitStack() as stack:
        url = stack.enter_context(serve(emulator)) if over == "http" else None
        yield stack.enter_context(Talk(emulator, url))


both = pytest.mark.parametrize("over", ["process", "http"])


@both
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", STATUS)
def test_answered_faults(over: str, when: Any, fault: str) -> None:
    """The second create is answered with the fault; after the effect the page is there."""
    rule = FaultRule("pages.create", fault, nth=(2,), when=when)
    with talking(over, rule) as talk:
        answers = [talk.create({"Module": title(name)}) for name in "abc"]

        assert [answer.status_code for answer in answers] == [200, STATUS[fault], 200]
        (injected,) = talk.emulator.injected
        assert (injected.rule, injected.position, injected.kind) == (rule, 2, "pages.create")
        assert [page["Module"] for page in talk.emulator.pages()] == (
            ["a", "b", "c"] if when == "after" else ["a", "c"]
        )


@both
def test_what_the_answers_carry(over: str) -> None:
    """Waits are in the header where asked for; two answers are not JSON at all."""
    rules = [
        FaultRule("users.me", "429", nth=(1,), retry_after=2.5),
        FaultRule("users.me", "429_no_header", nth=(2,), retry_after=9),
        FaultRule("users.me", "429_blocked", nth=(3,)),
        FaultRule("users.me", "529", nth=(4,), retry_after=3),
        FaultRule("users.me", "502_html", nth=(5,)),
        FaultRule("users.me", "not_json", nth=(6,)),
    ]
    with talking(over, *rules) as talk:
        answers = [talk.client.get("/v1/users/me") for _ in rules]

    waits = [answer.headers.get("retry-after") for answer in answers]
    assert waits == ["2.5", None, None, "3", None, None]
    reasons = [answer.json()["additional_data"]["rate_limit_reason"] for answer in answers[:3]]
    assert reasons[2] == "public_api_request_blocked"
    assert answers[3].json()["code"] == "service_overload"
    for answer in answers[4:]:
        assert answer.text.startswith("<html>")


BROKEN = {
    "drop": (httpx.RemoteProtocolError, httpx.ReadError),
    "truncated": (httpx.RemoteProtocolError, httpx.ReadError),
    "timeout": (httpx.ReadTimeout,),
}


@both
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", BROKEN)
def test_broken_connections(
    over: str, when: Any, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection breaks, without a word in the log; a cut answer means the effect was had."""
    rule = FaultRule("pages.create", fault, nth=(1,), when=when, seconds=5)
    with caplog.at_level(logging.DEBUG), talking(over, rule) as talk:
        talk.client.timeout = httpx.Timeout(0.3)
        with pytest.raises(BROKEN[fault]):
            talk.create({"Module": title("a")})

        had_effect = when == "after" or fault == "truncated"
        assert len(talk.emulator.pages()) == had_effect
        assert talk.client.get("/v1/users/me").status_code == 200
        assert talk.emulator.requests[0].status is None
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_hanging_request_ends() -> None:
    """Over HTTP a hang is over after its seconds, and the connection breaks."""
    rule = FaultRule("any", "timeout", nth=(1,), seconds=0.2)
    with talking("http", rule) as talk, pytest.raises(httpx.RemoteProtocolError):
        talk.client.get("/v1/users/me")


@both
def test_refused_connections(over: str) -> None:
    """In-process the connection is refused; over HTTP, where it is there already, it breaks."""
    rule = FaultRule("any", "connect_refused", nth=(1,), when="after")
    expected = httpx.ConnectError if over == "process" else httpx.RemoteProtocolError
    with talking(over, rule) as talk:
        with pytest.raises((expected, httpx.ReadError)):
            talk.create({"Module": title("a")})
        assert talk.emulator.pages() == []


@both
def test_committed(over: str) -> None:
    """A 503 after a create names what was made; after an update it only says what to do."""
    rules = [FaultRule("any", "503_committed", nth=(1, 2, 3))]
    with talking(over, *rules) as talk:
        created = talk.create({"Module": title("a")}).json()["additional_data"]
        (page,) = talk.emulator.pages()
        body = {"properties": {"Coverage": {"number": 5}}}
        updated = talk.client.patch(f"/v1/pages/{page['id']}", json=body).json()
        refused = talk.create({"Nope": title("a")})

        assert created["committed_resource_id"] == page["id"]
        assert "Do not repeat the write." in created["retry_guidance"]
        assert "committed_resource_id" not in updated["additional_data"]
        assert talk.emulator.pages()[0]["Coverage"] == 5
        assert refused.status_code == 400


@both
def test_no_effect(over: str) -> None:
    """A schema change is answered with 200 and the schema as it was."""
    with talking(over, FaultRule("any", "200_no_effect", nth=(1,))) as talk:
        assert talk.client.get(talk.source).status_code == 200
        ignored = talk.options("Tags", [{"name": "x"}])
        done = talk.options("Tags", [{"name": "y"}])

    assert ignored.status_code == 200
    assert ignored.json()["properties"]["Tags"]["multi_select"]["options"] == []
    assert len(done.json()["properties"]["Tags"]["multi_select"]["options"]) == 1


@both
def test_invalid_cursor(over: str) -> None:
    """The first query that goes on from a cursor is refused; the same cursor works again."""
    with talking(over, FaultRule("data_sources.query", "invalid_cursor", nth=(1,))) as talk:
        for name in "ab":
            talk.module(name)
        cursor = talk.query(page_size=1).json()["next_cursor"]
        refused = talk.query(page_size=1, start_cursor=cursor)

        assert refused.json()["message"] == f"The start_cursor provided is invalid: {cursor}"
        assert talk.names(page_size=1, start_cursor=cursor) == ["a"]


def test_the_first_rule_wins_and_all_count() -> None:
    """Two rules on one request: the first strikes, and the second has counted it too."""
    rules = [FaultRule("any", "500", nth=(1,)), FaultRule("users.me", "409", nth=(1, 2))]
    with talking("process", *rules) as talk:
        statuses = [talk.client.get("/v1/users/me").status_code for _ in range(3)]

    assert statuses == [500, 409, 200]


def test_chance_is_repeatable() -> None:
    """The same seed strikes the same requests, another seed others, about as often as asked."""

    def struck(seed: int) -> list[bool]:
        plan = FaultPlan((FaultRule("any", "500", probability=0.3),), seed=seed)
        with Talk(Emulator(requests_per_minute=None, faults=plan)) as talk:
            return [talk.client.get("/v1/users/me").status_code == 500 for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


def test_a_plan_from_a_file(tmp_path: Path) -> None:
    """A plan is read from JSON."""
    path = tmp_path / "plan.json"
    rules = [
        {"on": "pages.create", "fault": "429", "nth": 1, "retry_after": 2},
        {"on": "any", "fault": "drop", "nth": [2, 3], "when": "after"},
        {"on": "any", "fault": "500", "probability": 0.1},
    ]
    path.write_text(json.dumps({"rules": rules, "query_lag_seconds": 3, "seed": 7}))

    plan = FaultPlan.load(path)

    assert plan.rules[0] == FaultRule("pages.create", "429", nth=(1,), retry_after=2)
    assert plan.rules[1].nth == (2, 3)
    assert (plan.query_lag_seconds, plan.seed) == (3, 7)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"on": "pages.eat", "fault": "500", "nth": 1}, "pages.eat"),
        ({"on": "any", "fault": "501", "nth": 1}, "501"),
        ({"on": "pages.create", "fault": "200_no_effect", "nth": 1}, "data_sources.update"),
        ({"on": "any", "fault": "500", "nth": 0}, "start at 1"),
        ({"on": "any", "fault": "500", "probability": 2}, "from 0 to 1"),
        ({"on": "any", "fault": "500"}, "either nth or probability"),
        ({"on": "any", "fault": "500", "nth": 1, "when": "during"}, "during"),
        ({"on": "any", "fault": "500", "nth": 1, "often": True}, "often"),
    ],
)
def test_bad_rules(rule: dict[str, Any], expected: str) -> None:
    """A rule that makes no sense is refused with its place."""
    with pytest.raises(ValueError, match=rf"rules\[0\]: .*{expected}"):
        FaultPlan.from_json({"rules": [rule]})


def test_a_plan_with_an_unknown_key() -> None:
    """A misspelt key is no silence."""
    with pytest.raises(ValueError, match="lag"):
        FaultPlan.from_json({"lag": 1})


GOOD = {"on": "any", "fault": "500", "nth": 1}


@pytest.mark.parametrize(
    "data",
    [
        [],
        None,
        7,
        "rules",
        {"rules": {}},
        {"rules": [[]]},
        {"rules": [7]},
        {"rules": [{}]},
        {"rules": [{"on": "any"}]},
        {"rules": [{**GOOD, "on": []}]},
        {"rules": [{**GOOD, "on": {}}]},
        {"rules": [{**GOOD, "fault": ["500"]}]},
        {"rules": [{**GOOD, "nth": "1"}]},
        {"rules": [{**GOOD, "nth": {"1": 1}}]},
        {"rules": [{**GOOD, "nth": True}]},
        {"rules": [{**GOOD, "nth": 1.5}]},
        {"rules": [{**GOOD, "nth": [[]]}]},
        {"rules": [{"on": "any", "fault": "500", "probability": "1"}]},
        {"rules": [{"on": "any", "fault": "500", "probability": math.nan}]},
        {"rules": [{**GOOD, "retry_after": "soon"}]},
        {"rules": [{**GOOD, "retry_after": -1}]},
        {"rules": [{**GOOD, "seconds": None}]},
        {"rules": [{**GOOD, "seconds": math.inf}]},
        {"rules": [{**GOOD, "odd": 1}]},
        {"query_lag_seconds": "5"},
        {"query_lag_seconds": math.nan},
        {"query_lag_seconds": []},
        {"seed": "x"},
        {"seed": None},
    ],
    ids=str,
)
def test_what_is_no_plan_is_a_value_error(data: Any) -> None:
    """Every fault file is a valid plan, or is refused with the reason."""
    assert FaultPlan.from_json({"rules": [GOOD]}).rules[0].nth == (1,)
    with pytest.raises(ValueError, match=r".+"):
        FaultPlan.from_json(data)
