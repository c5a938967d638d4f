"""The emulator without a socket: an ``httpx`` transport that calls the ASGI application."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx

from lukhas_notion.emulator.app import ASGI, CutOffError, Scope, call

T = TypeVar("T")


class InProcessTransport(httpx.BaseTransport):
    """Answers the requests of a synchronous client from any number of threads.

    All requests run in one event loop in a separate thread, so that their latencies overlap. The
    thread starts with the first request and ends with :meth:`close`.
    """

    def __init__(self, app: ASGI) -> None:
        self._app = app
        self._loop: _LoopThread | None = None
        self._starting = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            httpx.TransportError: a fault cut the connection; the class is the one of a socket.
        """
        request.read()
        with self._starting:
            if self._loop is None:
                self._loop = _LoopThread()
            loop = self._loop
        try:
            status, headers, body = loop.run(call(self._app, _scope(request), request.content))
        except CutOffError as cut:
            raise _client_error(cut, request) from None
        return httpx.Response(status, headers=headers, content=body, request=request)

    def close(self) -> None:
        """End the thread; a later request starts another one."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.stop()


def _scope(request: httpx.Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
    }


def _client_error(cut: CutOffError, request: httpx.Request) -> httpx.TransportError:
    errors: dict[str, tuple[type[httpx.TransportError], str]] = {
        "connect_refused": (httpx.ConnectError, "Connection refused"),
        "timeout": (httpx.ReadTimeout, "The read operation timed out"),
        "truncated": (httpx.ReadError, "Connection broken in the middle of an answer"),
        "drop": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    }
    error, message = errors[cut.rule.fault]
    return error(message, request=request)


class _LoopThread:
    """An event loop in a separate thread."""

    def __init__(self) -> None:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_run, args=(loop,), name="notion-emulator", daemon=True)
        thread.start()
        self._loop = loop
        # A transport that is not closed does not leave a thread either.
        self._end = weakref.finalize(self, _stop, loop, thread)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """End the loop and wait for its thread."""
        self._end()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if thread is not threading.current_thread():
        thread.join()
