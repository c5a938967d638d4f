"""The emulator over HTTP, only for this machine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from lukhas_notion.emulator import answers
from lukhas_notion.emulator.app import ASGI, CutOffError, Receive, Scope, Send, send_answer

NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback(host: str) -> bool:
    """Return whether a ``Host`` header, with or without a port, names this machine."""
    try:
        parts = urlsplit(f"//{host}")
        return parts.netloc == host and "@" not in host and parts.hostname in NAMES
    except ValueError:
        return False


def only_loopback(app: ASGI) -> ASGI:
    """Return an application that answers 421 unless ``Host`` names this machine."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope.get("headers", ()) if name == b"host"]
        if len(hosts) == 1 and is_loopback(hosts[0].decode("latin-1")):
            await app(scope, receive, send)
            return
        content = {
            "object": "refused",
            "emulator": "lukhas-notion",
            "message": "Refused: open this local Notion by its address, http://127.0.0.1:PORT.",
        }
        await send_answer(answers.plain_json(421, content), send)

    return guarded


HOST = "127.0.0.1"
GRACE_SECONDS = 2


@contextlib.contextmanager
def serving(app: ASGI, port: int = 0) -> Iterator[str]:
    """Serve in a thread while the block runs; port 0 is any free port.

    Yields the address, such as ``http://127.0.0.1:49152``.
    """
    listening = _listen(port)
    server = _server(app)
    thread = threading.Thread(target=server.run, args=([listening],), name="notion-emulator-http")
    thread.start()
    try:
        yield _address(listening)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def run(app: ASGI, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        app: the application.
        port: the port; 0 for any free port.
        on_ready: called with the address when connections are accepted.

    Raises:
        OSError: the port is in use.
        ValueError: this is not the main thread, which receives signals.
    """
    listening = _listen(port)
    server = _server(app, started=lambda: on_ready(_address(listening)))
    with contextlib.closing(listening), _ending(server):
        server.run([listening])


@contextlib.contextmanager
def _ending(server: uvicorn.Server) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end only the server.

    While the server runs, it has its own handlers. When it ends, it raises the caught signals
    again, for these handlers.
    """

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    """A server that calls a hook when it is ready."""

    started_hook: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.started_hook is not None:
            self.started_hook()


def _server(app: ASGI, started: Callable[[], None] | None = None) -> uvicorn.Server:
    config = uvicorn.Config(
        only_loopback(app),
        http=_Protocol,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    server.started_hook = started
    return server


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


def _address(listening: socket.socket) -> str:
    return f"http://{HOST}:{listening.getsockname()[1]}"


class _Protocol(H11Protocol):
    """HTTP/1.1 with connections that the application can cut by :class:`CutOffError`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        served = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await served(scope, receive, send)
            except CutOffError as cut:
                await _break(cut, transport, receive, send)

        self.app = app


async def _break(
    cut: CutOffError, transport: asyncio.Transport, receive: Receive, send: Send
) -> None:
    """Close the socket, and wait until the server notices, or it reports a missing answer."""
    disconnected = asyncio.ensure_future(_disconnected(receive))
    if cut.rule.fault == "timeout":
        await asyncio.wait([disconnected], timeout=cut.rule.seconds)
    if cut.answer is not None and cut.rule.fault == "truncated":
        await send_answer(cut.answer, send, only=len(cut.answer.body) // 2)
        transport.close()
    else:
        transport.abort()
    await disconnected


async def _disconnected(receive: Receive) -> Any:
    while (await receive())["type"] != "http.disconnect":
        pass
