"""The emulator refuses reads as another emulator does, whose refusals were measured on Notion."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
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
def backlot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    """Run the other emulator, without telemetry.

    The socket listens before the server is started, so the first request waits for the server.
    """
    from backlot.server import HELLO_CORPUS

    folder = tmp_path_factory.mktemp("backlot")
    environ = {
        **os.environ,
        "BACKLOT_DATA_DIR": str(folder),
        "BACKLOT_ADMIN_TOKEN": "backlot",
        "BACKLOT_TELEMETRY": "0",
    }
    run = [sys.executable, "-m"]
    subprocess.run(
        [*run, "backlot", "import", str(HELLO_CORPUS)],
        env=environ,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        log = stack.enter_context((folder / "server.log").open("wb"))
        server = stack.enter_context(
            subprocess.Popen(
                [*run, "uvicorn", "backlot.main:app", "--fd", str(listening.fileno())],
                env=environ,
                pass_fds=[listening.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        )
        stack.callback(server.terminate)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/notion"
        client = stack.enter_context(httpx.Client(base_url=url, timeout=300))
        yield Side(client, environ["BACKLOT_ADMIN_TOKEN"])


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
