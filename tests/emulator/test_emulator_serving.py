"""Over HTTP, as a command, and what importing costs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest
from emulator.notion_client_for_tests import Talk
from notion_client import APIResponseError, Client
from support.threads import wait_until

from lukhas_notion import emulator as package
from lukhas_notion.emulator import Emulator, run, serve


def test_served_on_this_machine_only() -> None:
    """The address is on 127.0.0.1, and no other address answers."""
    emulator = Emulator()
    with serve(emulator) as url, Talk(emulator, url) as talk:
        assert url.startswith("http://127.0.0.1:")
        assert talk.client.get("/v1/users/me").json()["type"] == "bot"
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8377", 200),
        ("LOCALHOST", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example:80", 421),
        ("127.0.0.1@evil.example", 421),
        ("evil.example@127.0.0.1", 421),
        ("evil.example/127.0.0.1", 421),
        ("127.0.0.1/evil.example", 421),
        ("2130706433", 421),
        ("0.0.0.0", 421),
        ("[", 421),
        ("", 421),
    ],
)
@pytest.mark.parametrize("path", ["/", "/v1/users/me", "/requests"])
def test_another_name_that_leads_here_is_not_answered(host: str, status: int, path: str) -> None:
    """A page under a name that was bent to this machine reads nothing, and changes nothing."""
    emulator = Emulator()
    with serve(emulator) as url, Talk(emulator, url) as talk:
        answer = talk.client.get(path, headers={"host": host})
        assert answer.status_code == status
        asked = len(emulator.requests)
    assert asked == (1 if status == 200 else 0)


def test_no_thread_is_left() -> None:
    """After serving and talking the threads are those from before."""
    before = set(threading.enumerate())
    emulator = Emulator()
    with serve(emulator) as url, Talk(emulator, url) as over_http, Talk(emulator) as talk:
        over_http.client.get("/v1/users/me")
        talk.client.get("/v1/users/me")

    assert set(threading.enumerate()) <= before


def test_a_forgotten_transport_leaves_no_thread() -> None:
    """A transport that nobody closed ends its thread when it goes."""
    before = set(threading.enumerate())
    emulator = Emulator()
    transport = emulator.transport()
    transport.handle_request(httpx.Request("GET", "http://notion/v1/users/me"))
    del transport

    wait_until(lambda: set(threading.enumerate()) <= before)


def test_the_official_client_works() -> None:
    """notion-client drives the emulator, refusals included."""
    emulator = Emulator()
    ids = package.default_database(emulator)
    with serve(emulator) as url:
        client = Client(auth=emulator.token, base_url=url, notion_version="2026-03-11", retry=False)
        made = client.pages.create(
            parent={"type": "data_source_id", "data_source_id": ids.data_source_id},
            properties={"Module": {"title": [{"text": {"content": "a"}}]}},
        )
        found = client.data_sources.query(ids.data_source_id, filter_properties=["title"])
        with pytest.raises(APIResponseError, match="Could not find page"):
            client.pages.retrieve("00000000-0000-4000-8000-000000000000")
        client.close()

    assert [row["id"] for row in found["results"]] == [made["id"]]


def test_a_taken_port() -> None:
    """A port that is in use is an error, at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            run(Emulator(), taken.getsockname()[1], print)


SERVER = """
from lukhas_notion.emulator import Emulator, run
run(Emulator(), 0, lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(stop: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the command cleanly, while a request is under way as well."""
    command = [sys.executable, "-W", "error", "-c", SERVER]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(url).status_code == 200
        os.kill(process.pid, stop)
        out, errors = process.communicate(timeout=60)

    assert (out, errors, process.returncode) == ("stopped\n", "", 0)


def test_importing_is_cheap() -> None:
    """Importing the package loads no server and no client; using it does."""
    code = (
        "import sys, lukhas_notion.emulator as e\n"
        "assert not {'starlette', 'uvicorn', 'httpx', 'anyio'} & set(sys.modules)\n"
        "e.Emulator\n"
        "assert 'starlette' in sys.modules and 'httpx' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_shares_nothing_with_the_product() -> None:
    """Nothing else of the package is imported, so no bug can be shared."""
    code = (
        "import sys, lukhas_notion.emulator as e\n"
        "for name in e.__all__: getattr(e, name)\n"
        "e.Emulator().transport()\n"
        "ours = {m for m in sys.modules if m.startswith('lukhas_notion')}\n"
        "assert all(m.startswith('lukhas_notion.emulator') for m in ours - {'lukhas_notion'})\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names() -> None:
    """What is announced is there, and nothing else is made up."""
    assert dir(package) == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = package.nothing_such
