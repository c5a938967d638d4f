"""The emulator refuses reads as another emulator does, whose refusals were measured on Notion."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from lukhas_notion.emulator import Emulator

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("backlot") is None, reason="backlot is not installed"
)

MISSING_ID = "00000000-0000-4000-8000-000000000000"
QUERY = f"/v1/data_sources/{MISSING_ID}/query"

REQUESTS: dict[str, tuple[str, str, Any, dict[str, str | None]]] = {
    "no token": ("GET", "/v1/users/me", None, {"authorization": None}),
    "no scheme": ("GET", "/v1/users/me", None, {"authorization": "nope"}),
    "three words": ("GET", "/v1/users/me", None, {"authorization": "Bearer a b"}),
    "wrong token": ("GET", "/v1/users/me", None, {"authorization": "Bearer nope"}),
    "no version": ("GET", "/v1/users/me", None, {"notion-version": None}),
    "unknown version": ("GET", "/v1/users/me", None, {"notion-version": "banana"}),
    "empty version": ("GET", "/v1/users/me", None, {"notion-version": ""}),
    "unknown path": ("GET", "/v1/nothing/here", None, {}),
    "wrong method": ("PATCH", "/v1/users/me", None, {}),
    "query member": ("GET", "/v1/users/me?foo=bar", None, {}),
    "body of a GET": ("GET", "/v1/users/me", {"a": "b"}, {}),
    "page_size 0": ("POST", QUERY, {"page_size": 0}, {}),
    "page_size 1.5": ("POST", QUERY, {"page_size": 1.5}, {}),
    "in_trash": ("POST", QUERY, {"in_trash": True}, {}),
    "archived": ("POST", QUERY, {"archived": False}, {}),
    "long quote": ("POST", QUERY, {"nope": "x" * 80}, {}),
    "two unknown": ("POST", QUERY, {"a": "1", "b": [1, 2]}, {}),
    "body is a list": ("POST", QUERY, [1], {}),
    "filter three deep": (
        "POST",
        QUERY,
        {"filter": {"and": [{"or": [{"and": []}]}]}},
        {},
    ),
}

# Where the emulator says less: the same status and code, and a text of its own.
OWN_TEXT = {"filter three deep"}


@dataclass
class Side:
    """One of the two that are compared."""

    client: httpx.Client
    token: str

    def answer(self, name: str) -> dict[str, Any]:
        """Send a request of the table and return what came back, without its id."""
        method, path, body, changed = REQUESTS[name]
        headers: dict[str, str | None] = {
            "authorization": f"Bearer {self.token}",
            "notion-version": "2026-03-11",
            **changed,
        }
        kept = {key: value for key, value in headers.items() if value is not None}
        answered = self.client.request(method, path, json=body, headers=kept).json()
        answered.pop("request_id")
        return dict(answered)


@pytest.fixture(scope="module")
def backlot() -> Iterator[Side]:
    """Run the other emulator, without telemetry."""
    os.environ["DO_NOT_TRACK"] = "1"
    import backlot as other

    with (
        other.serve(telemetry=False) as server,
        httpx.Client(base_url=f"{server.base_url}/notion", timeout=30) as client,
    ):
        yield Side(client, server.token)


@pytest.fixture(scope="module")
def ours() -> Iterator[Side]:
    """Run this emulator."""
    emulator = Emulator(requests_per_minute=None)
    with httpx.Client(transport=emulator.transport(), base_url="http://notion") as client:
        yield Side(client, emulator.token)


@pytest.mark.parametrize("name", REQUESTS)
def test_same_refusal(name: str, backlot: Side, ours: Side) -> None:
    """Both refuse a request with one status and code, and in one text."""
    theirs, own = backlot.answer(name), ours.answer(name)

    if name in OWN_TEXT:
        assert (own["status"], own["code"]) == (theirs["status"], theirs["code"])
    else:
        assert own == theirs
