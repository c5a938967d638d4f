"""The ASGI application, and its record of each request."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from lukhas_notion.emulator import answers
from lukhas_notion.emulator.answers import Answer
from lukhas_notion.emulator.dates import Clock
from lukhas_notion.emulator.errors import invalid_request_url
from lukhas_notion.emulator.faults import CUTS, FaultRule, Injected, Injector


@dataclass(frozen=True)
class RequestRecord:
    """One request.

    Args:
        at: when it arrived, in seconds of the emulator's monotonic clock.
        method: its method.
        path: its path, without the query string.
        kind: its kind, such as ``pages.create``; ``unknown`` for a path that is not emulated.
        status: the status of the answer; None if the connection was cut instead.
        size: the size of its body in bytes.
        body: the body of a POST or PATCH: parsed, or as text if it is not JSON.
    """

    at: float
    method: str
    path: str
    kind: str
    status: int | None
    size: int
    body: Any

    def summary(self) -> dict[str, Any]:
        """Return the record without the body, as JSON data."""
        return {
            "at": self.at,
            "method": self.method,
            "path": self.path,
            "kind": self.kind,
            "status": self.status,
            "size": self.size,
        }


def body_to_record(raw: bytes) -> Any:
    """Return a body for the record: parsed, or as text if it is not JSON."""
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]

WRITES = ("POST", "PATCH")


class CutOffError(Exception):
    """The connection must be cut.

    Args:
        rule: the rule of the fault, which is one of :data:`faults.CUTS`.
        answer: the regular answer, if the request took effect; ``truncated`` sends half of it.
    """

    def __init__(self, rule: FaultRule, answer: Answer | None) -> None:
        super().__init__(rule.fault)
        self.rule = rule
        self.answer = answer


@dataclass(frozen=True)
class _ReadRequest:
    scope: Scope
    kind: str
    raw: bytes
    body: Any

    @property
    def cursor(self) -> str:
        return str(self.body.get("start_cursor") or "") if isinstance(self.body, dict) else ""


class Application:
    """The emulator as an ASGI application.

    Args:
        routes: the endpoints; a route's name is its kind of request.
        clock: the clock of the times in the record.
        latency: seconds from a request to its answer, half of them before the effect and the rest
            after it. Concurrent requests wait in parallel.
        injector: chooses the faults.
        request_id: returns a new id for an answer that does not come from an endpoint.
    """

    def __init__(
        self,
        routes: list[Route],
        clock: Clock,
        latency: float,
        injector: Injector,
        request_id: Callable[[], str],
    ) -> None:
        self._routes = routes
        self._clock = clock
        self._latency = latency
        self.injector = injector
        self._request_id = request_id
        self.requests: list[RequestRecord] = []
        self.injected: list[Injected] = []
        unknown = {404: self._unknown_url, 405: self._unknown_url}
        self._endpoints = Starlette(routes=routes, exception_handlers=unknown)
        self._endpoints.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            CutOffError: a fault cuts the connection.
        """
        if scope["type"] != "http":
            await self._endpoints(scope, receive, send)
            return
        at, started = self._clock.monotonic(), anyio.current_time()
        raw = await _read(receive)
        writes = scope["method"] in WRITES
        request = _ReadRequest(
            scope, self._kind(scope), raw, body_to_record(raw) if writes else None
        )
        status: int | None = None
        try:
            if self._latency:
                await anyio.sleep(self._latency / 2)
            answer = await self._answer(request)
            status = answer.status
            if self._latency:
                # The time spent on the answer is a part of the latency.
                await anyio.sleep_until(started + self._latency)
        finally:
            method, path = scope["method"], scope["path"]
            record = RequestRecord(at, method, path, request.kind, status, len(raw), request.body)
            self.requests.append(record)
        await send_answer(answer, send)

    async def _answer(self, request: _ReadRequest) -> Answer:
        injected = self.injector.next(request.kind, with_cursor=bool(request.cursor))
        if injected is None:
            return await self._effect(request)
        rule, position = injected
        method, path = request.scope["method"], request.scope["path"]
        at = self._clock.monotonic()
        self.injected.append(Injected(at, request.kind, method, path, position, rule))
        if rule.fault == "200_no_effect":
            return await self._effect(_as_read(request))
        after = rule.when == "after" or rule.fault in ("503_committed", "truncated")
        answer = await self._effect(request) if after and rule.fault != "connect_refused" else None
        if rule.fault in CUTS:
            raise CutOffError(rule, answer)
        if rule.fault == "503_committed" and answer is not None and answer.status != 200:
            return answer
        return answers.of_fault(
            rule,
            self._request_id(),
            query=request.kind == "data_sources.query",
            cursor=request.cursor,
            committed=answer.body if answer and request.kind.endswith(".create") else None,
        )

    async def _effect(self, request: _ReadRequest) -> Answer:
        """Run the endpoint and return its answer without sending it."""
        status, raw_headers, body = await call(self._endpoints, request.scope, request.raw)
        headers = {name.decode(): value.decode() for name, value in raw_headers}
        headers.pop("content-length", None)
        return Answer(status, headers, body)

    def _kind(self, scope: Scope) -> str:
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return route.name
        return "unknown"

    async def _unknown_url(self, _request: Request, _error: Exception) -> Response:
        answer = answers.of_error(invalid_request_url(), self._request_id())
        return Response(answer.body, answer.status, answer.headers)


async def call(
    app: ASGI, scope: Scope, body: bytes
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Send one request to an application; return status, headers and body of its answer."""
    started: Message = {}
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return started["status"], started["headers"], b"".join(parts)


async def send_answer(answer: Answer, send: Send, *, only: int | None = None) -> None:
    """Send an answer; with ``only``, its headers and that many bytes of its body, unfinished."""
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    body = answer.body if only is None else answer.body[:only]
    await send({"type": "http.response.body", "body": body, "more_body": only is not None})


def _as_read(request: _ReadRequest) -> _ReadRequest:
    """Return a request that reads the object instead of updating it."""
    return _ReadRequest({**request.scope, "method": "GET"}, request.kind, b"", None)


async def _read(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
