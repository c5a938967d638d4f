"""The connection to Notion: one transport paces, repeats and judges every request."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import httpx

from lukhas_notion import __version__
from lukhas_notion.notion.access import check_token, ended, failure, is_probe
from lukhas_notion.notion.policy import (
    Answer,
    NextStep,
    Pacer,
    RequestKind,
    RetryPolicy,
    check_deadline,
    judge,
    kind_of,
    read_body,
    retry_after,
    spacing_for,
)
from lukhas_notion.notion.reader import Reader
from lukhas_notion.util.errors import ConfigError, RunStopped
from lukhas_notion.util.network import Proxy, Trust, proxy_for
from lukhas_notion.util.runtime import Clock
from lukhas_notion.util.sanitize import redact, redact_bytes, register

if TYPE_CHECKING:
    from notion_client import Client

    from lukhas_notion.config.config import Config
    from lukhas_notion.util.runtime import Runtime


log = logging.getLogger("lukhas_notion.notion")

#: A wait longer than this is logged as a warning, in seconds.
_LONG_WAIT = 5.0
_REPEATS = frozenset({NextStep.REPEAT, NextStep.REPEAT_UNSENT})
_FINAL = frozenset({NextStep.REFUSED, NextStep.UNKNOWN, NextStep.UNTRUSTED})


class _ParsedResponse(httpx.Response):
    """A response with parsed JSON, so that the client does not parse it again.

    Args:
        response: the response.
        content: its body, decoded.
        body: the parsed body.
    """

    def __init__(self, response: httpx.Response, content: bytes, body: object) -> None:
        headers = response.headers.copy()
        for name in ("content-encoding", "content-length"):
            headers.pop(name, None)
        super().__init__(
            response.status_code,
            headers=headers,
            content=content,
            extensions=response.extensions,
        )
        self._parsed = body

    def json(self, **_kwargs: object) -> object:
        """Return the parsed body."""
        return self._parsed


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One HTTP request that was sent, and its result.

    ``status`` is 0 without an answer. ``seconds`` is the duration of the request, and ``waited``
    that of the wait for the rate limit, in seconds.
    """

    kind: RequestKind
    method: str
    path: str
    attempt: int
    status: int
    failure: str
    seconds: float
    waited: float


class PolicyTransport(httpx.BaseTransport):
    """Carries requests to Notion by the rules of :mod:`lukhas_notion.notion.policy`.

    It returns a successful response or raises one of :mod:`lukhas_notion.util.errors`. The client
    never gets a failed response, so it never repeats a request itself.

    Args:
        inner: the transport that sends.
        pacer: gives the right to send.
        policy: how often a request is repeated, and after how long.
        clock: tells the time, and waits.
        stop: once it is set, a request in flight is finished and no new one is sent.
        random: uniform in [0, 1).
        deadline: the clock's ``monotonic`` after which no request is sent, or None.
        read_only: refuse every write, as for a plan.
        harmless: returns whether a write is allowed with ``read_only``, as it cannot change
            anything.
        via: the proxy that ``inner`` goes through, for errors.
        observer: called with every request that was sent.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        pacer: Pacer,
        policy: RetryPolicy,
        clock: Clock,
        stop: threading.Event,
        random: Callable[[], float],
        deadline: float | None = None,
        read_only: bool = False,
        harmless: Callable[[httpx.Request], bool] = lambda _: False,
        via: Proxy | None = None,
        observer: Callable[[RequestRecord], None] = lambda _: None,
    ) -> None:
        self._inner = inner
        self._pacer = pacer
        self._policy = policy
        self._clock = clock
        self._stop = stop
        self._random = random
        self._deadline = deadline
        self._read_only = read_only
        self._harmless = harmless
        self._via = via
        self._observer = observer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request until its outcome is settled.

        Raises:
            NotionError: there is no usable answer; the type says whether it may have been applied.
            RunStopped: the run stopped before the request was sent.
            RuntimeError: a read-only run tried to write; nothing was sent.
        """
        kind = kind_of(request.method, request.url.path)
        reads = kind is RequestKind.READ
        if self._read_only and not reads and not self._harmless(request):
            raise RuntimeError(f"a read-only run tried {request.method} {request.url.path}")
        name = f"{request.method} {request.url.path}"
        attempt = retries = pauses = 0
        delay = 0.0
        last = unsettled = None
        while True:
            attempt += 1
            try:
                self._back_off(delay, name, last)
                response, answer = self._send(request, kind, attempt)
            except RunStopped as stopped:
                if last is None:
                    raise
                if unsettled is None:
                    raise ended(stopped, name, last, attempt - 1, self._via) from stopped
                # The update may have been applied, which RunStopped would deny.
                raise failure(NextStep.REPEAT, name, unsettled, attempt - 1, self._via) from stopped
            step, delay, last = judge(kind, answer), 0.0, answer
            if step is NextStep.OK:
                return response
            pauses += step is NextStep.PAUSE
            retries += step in _REPEATS
            if self._policy.is_spent(retries, pauses) or step in _FINAL:
                raise failure(step, name, answer, attempt, self._via)
            if step is NextStep.PAUSE:
                self._pause(answer, pauses, name)
                continue
            delay = self._policy.backoff(retries, self._random)
            if step is NextStep.REPEAT and kind is RequestKind.UPDATE:
                unsettled = answer

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _send(
        self, request: httpx.Request, kind: RequestKind, attempt: int
    ) -> tuple[httpx.Response, Answer]:
        """Send once, when the pacer allows it, and read the whole answer."""
        slot = self._pacer.acquire(self._deadline)
        begun = self._clock.monotonic()
        response, answer = httpx.Response(0), Answer()
        try:
            response, answer = self._exchange(request)
        finally:
            self._pacer.done(slot, answer.status)
            seconds = self._clock.monotonic() - begun
            method, path = request.method, request.url.path
            failed = type(answer.failure).__name__ if answer.failure else ""
            log.debug("%s %s %s %.3f s", method, path, failed or answer.status, seconds)
            self._observer(
                RequestRecord(
                    kind, method, path, attempt, answer.status, failed, seconds, slot.waited
                )
            )
        return response, answer

    def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, Answer]:
        """Return the response, read to its end, and the answer; release the connection."""
        response, status = httpx.Response(0), 0
        try:
            response = self._inner.handle_request(request)
            status = response.status_code
            with closing(response):
                content = response.read()
        except httpx.RequestError as failure:
            return response, Answer(status, _redacted(response.headers), None, failure)
        response, content = _without_secrets(response, content)
        body = read_body(content)
        if body is not None:
            response = _ParsedResponse(response, content, body)
        return response, Answer(status, _redacted(response.headers), body)

    def _pause(self, answer: Answer, count: int, name: str) -> None:
        """Make all requests wait as long as Notion asks."""
        seconds = retry_after(answer, self._clock.now())
        if seconds is None:
            seconds = self._policy.backoff(count, self._random)
        _log_wait(name, answer, seconds)
        self._pacer.pause(seconds)

    def _back_off(self, seconds: float, name: str, last: Answer | None) -> None:
        """Let one request wait, unless the deadline would pass meanwhile."""
        if seconds > 0:
            check_deadline(self._deadline, self._clock.monotonic(), seconds)
            _log_wait(name, last, seconds)
            self._clock.wait(seconds, self._stop)


def _without_secrets(response: httpx.Response, content: bytes) -> tuple[httpx.Response, bytes]:
    """Return a response without secrets: a proxy may send back the headers that it received."""
    clean = redact_bytes(content)
    if clean == content:
        return response, content
    return httpx.Response(response.status_code, content=clean), clean


def _redacted(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: redact(value) for name, value in headers.items()}


def _log_wait(name: str, answer: Answer | None, seconds: float) -> None:
    """Log a wait with its reason: the last answer, or the error in place of one."""
    level = logging.WARNING if seconds > _LONG_WAIT else logging.DEBUG
    if answer is None or answer.failure is not None:
        why = "no response from Notion"
    else:
        why = f"Notion responded with {answer.status}"
    log.log(level, "%s: %s; sent again in %.1f s", name, why, seconds)


#: The newest version of the API. It has data sources and ``in_trash``.
NOTION_VERSION = "2026-03-11"
TIMEOUT_SECONDS = 70.0


def open_client(
    token: str,
    *,
    base_url: str,
    transport: httpx.BaseTransport,
) -> Client:
    """Return a client that sends every request through ``transport``.

    The client's own retries are off, because they are not safe and do not cover all failures. Its
    logger has no handler, because each client would add another one to stderr. The timeout is
    longer than the 60 seconds after which Notion ends a request.

    Raises:
        SetupError: the text cannot be a token. It is checked here, because the HTTP library would
            quote it in an error, and Notion must not receive it.
    """
    from notion_client import Client

    register(token)
    check_token(token)
    # Outside the tree of loggers, so that no handler of a parent gets its records.
    logger = logging.Logger("lukhas_notion.client")
    logger.addHandler(logging.NullHandler())
    client = Client(
        auth=token,
        base_url=base_url.rstrip("/"),
        notion_version=NOTION_VERSION,
        timeout_ms=int(TIMEOUT_SECONDS * 1000),
        retry=False,
        logger=logger,
        client=httpx.Client(transport=transport, timeout=TIMEOUT_SECONDS),
    )
    # The headers have the token now; the options' repr would show it.
    client.options.auth = None
    client.client.headers["User-Agent"] = f"lukhas-notion/{__version__}"
    return client


@dataclass(slots=True)
class Connection:
    """A client, a reader, and the record of every request; closed as a context manager."""

    client: Client
    reader: Reader
    records: list[RequestRecord] = field(default_factory=list)

    @classmethod
    def open(
        cls, config: Config, runtime: Runtime, *, read_only: bool, probing: bool = False
    ) -> Connection:
        """Open a connection; nothing is requested yet.

        ``read_only`` makes the transport refuse every write, as for a dry run. ``probing`` allows
        the two probes of :mod:`lukhas_notion.notion.access` all the same.

        Raises:
            ConfigError: the certificates or the proxy that the environment names cannot be used.
            SetupError: the text cannot be a token.
        """
        trust = Trust.from_environ(runtime.environ)
        records: list[RequestRecord] = []
        clock = runtime.clock
        via = None if runtime.transport else proxy_for(config.api_url, runtime.environ)
        inner = runtime.transport() if runtime.transport else _http(config, trust, via)
        deadline = None if config.deadline is None else clock.monotonic() + config.deadline
        transport = PolicyTransport(
            inner,
            pacer=Pacer(
                config.rate,
                clock,
                runtime.stop,
                spacing=spacing_for(config.rate),
                most=config.most_rate,
            ),
            policy=RetryPolicy.limited(config.max_retries),
            clock=clock,
            stop=runtime.stop,
            random=runtime.random.random,
            deadline=deadline,
            read_only=read_only,
            harmless=is_probe if probing else lambda _: False,
            via=via,
            observer=records.append,
        )
        client = open_client(
            config.token,
            base_url=config.api_url,
            transport=transport,
        )
        return cls(client, Reader(client, config.concurrency), records)

    @property
    def sent(self) -> int:
        """How many requests were sent, repeats included."""
        return len(self.records)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()


def _http(config: Config, trust: Trust, via: Proxy | None) -> httpx.HTTPTransport:
    """Return the transport for the network.

    Raises:
        ConfigError: the proxy cannot be used.
    """
    connections = config.concurrency
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    context = trust.context()
    try:
        proxy = None
        if via:
            # The proxy's own certificate is verified like Notion's.
            is_tls = via.url.startswith("https:")
            proxy = httpx.Proxy(via.url, ssl_context=context if is_tls else None)
        return httpx.HTTPTransport(verify=context, limits=limits, proxy=proxy)
    except (ValueError, ImportError) as error:
        # Without the proxy's URL, which may contain a password.
        raise ConfigError(
            f"The proxy that the environment names cannot be used: {type(error).__name__}.",
            "Set HTTPS_PROXY to http://HOST:PORT, or name the API's host in NO_PROXY.",
        ) from None
