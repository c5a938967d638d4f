"""Connect to Notion: proxies, certificates, the token, and what the token can do."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

import httpx

from lukhas_notion import __version__
from lukhas_notion.notion.pacing import Pacer, spacing_for
from lukhas_notion.notion.policy import RetryPolicy
from lukhas_notion.notion.reader import Reader
from lukhas_notion.notion.transport import PolicyTransport, RequestRecord
from lukhas_notion.util.errors import ConfigError, Forbidden, NotFound, NotionError, SetupError
from lukhas_notion.util.network import Proxy, Trust, proxy_for
from lukhas_notion.util.sanitize import register

if TYPE_CHECKING:
    from collections.abc import Callable

    from notion_client import Client

    from lukhas_notion.config.config import Config
    from lukhas_notion.util.runtime import Runtime


#: The nil id of RFC 9562, which is never given to anything.
NOWHERE = "00000000-0000-0000-0000-000000000000"

_NOTHING: dict[str, Any] = {"properties": {}}
_PAGE_NOWHERE: dict[str, Any] = {
    "parent": {"type": "data_source_id", "data_source_id": NOWHERE},
    "properties": {},
}
_DATA_SOURCE = re.compile(r"/v1/data_sources/[0-9a-fA-F-]{32,36}")


class Answered(Enum):
    """What a probe came to."""

    ALLOWED = "allowed"
    NOT_REFUSED = "not refused"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe came to, and the error that said so, if one did."""

    answered: Answered
    error: NotionError | None = None


def is_probe(request: httpx.Request) -> bool:
    """Whether a request is one of the two probes: their methods, paths and bodies, no other."""
    try:
        body = json.loads(request.read())
    except ValueError:
        return False
    path = request.url.path
    if request.method == "PATCH":
        at_source = _DATA_SOURCE.search(path)
        return bool(at_source and at_source.end() == len(path) and body == _NOTHING)
    return request.method == "POST" and path.endswith("/v1/pages") and body == _PAGE_NOWHERE


def may_update(client: Client, data_source_id: str) -> Probed:
    """Ask whether the token may update content, by an update of nothing."""
    return _ask(lambda: client.data_sources.update(data_source_id, **_NOTHING))


def may_insert(client: Client) -> Probed:
    """Ask whether the token may insert content, by a page that cannot be made."""
    return _ask(lambda: client.pages.create(**_PAGE_NOWHERE))


def _ask(send: Callable[[], object]) -> Probed:
    try:
        send()
    except Forbidden as error:
        return Probed(Answered.REFUSED, error)
    except NotFound as error:
        return Probed(Answered.NOT_REFUSED, error)
    except NotionError as error:
        return Probed(Answered.UNKNOWN, error)
    return Probed(Answered.ALLOWED)


_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_NAMED = re.compile(r"(?:export\s+)?[A-Za-z_][A-Za-z0-9_]*\s*[=:]\s*.+", re.DOTALL)
_UNFILLED = re.compile(r"\$\{?\{?.*|\{\{.*|%[A-Za-z_]+%", re.DOTALL)
_SURROUNDED = re.compile(r"([\"'`<\[({“‘«]).*|.*[\"'`>\])}”’»,;]", re.DOTALL)
_GITHUB = re.compile(r"(?:gh[a-z]|github_pat)_.+")

_COPY = "Copy the token again from the integration's settings in Notion, and nothing around it."


def check_token(token: str) -> None:
    """Check that a text can be a token; nothing of it is ever in the message.

    Raises:
        SetupError: it cannot.
    """
    if _GITHUB.fullmatch(token):
        raise _error("is a token for GitHub, not for Notion")
    if _BEARER.fullmatch(token):
        return
    if token.lower().startswith("bearer"):
        raise _error("begins with the word Bearer", "Put in only what stands after it.")
    if any(mask in token for mask in "*•…"):
        raise _error("is masked: it has signs in the place of the token's own")
    if _UNFILLED.fullmatch(token):
        raise _error(
            "is the name of a variable or secret that was not filled in",
            "Check how the workflow or shell sets it: an expression of GitHub's works in YAML, not "
            "in a script's own file.",
        )
    if _SURROUNDED.fullmatch(token):
        raise _error("has quotes, brackets or a comma around it", "Take them away.")
    if _NAMED.fullmatch(token):
        raise _error("has a name in front of the token", "Put in only what stands after the =.")
    if any(each.isspace() for each in token):
        raise _error("has a space or a line break inside")
    # Nobody learns a token from a character that none has.
    for each in token:
        if each != "=" and not _BEARER.fullmatch(each):
            raise _error(f"has the character U+{ord(each):04X}, which no token has")
    raise _error("holds no token")


def _error(what: str, remedy: str = _COPY) -> SetupError:
    return SetupError(f"NOTION_TOKEN {what}. It was not sent.", remedy)


#: The newest version of the API, and the one that has data sources and ``in_trash``.
NOTION_VERSION = "2026-03-11"
TIMEOUT_SECONDS = 70.0


def open_client(
    token: str,
    *,
    base_url: str,
    transport: httpx.BaseTransport,
    version_of_tool: str,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Client:
    """Return a client whose only way out is ``transport``.

    Its own retries are off, because they repeat nothing safely and miss what matters; its logger
    has no handler, because each client would add another one to stderr. The time-out is longer
    than the 60 seconds after which Notion itself gives up.

    Raises:
        SetupError: the token cannot be one. It is not for the HTTP library to find out, whose
            error would quote it, nor for Notion, which would be sent it.
    """
    from notion_client import Client

    register(token)
    check_token(token)
    # Outside the tree of loggers, so that nobody listens and nothing gathers.
    logger = logging.Logger("lukhas_notion.client")
    logger.addHandler(logging.NullHandler())
    client = Client(
        auth=token,
        base_url=base_url.rstrip("/"),
        notion_version=NOTION_VERSION,
        timeout_ms=int(timeout_seconds * 1000),
        retry=False,
        logger=logger,
        client=httpx.Client(transport=transport, timeout=timeout_seconds),
    )
    # The token is in the headers by now; the options' repr would show it.
    client.options.auth = None
    client.client.headers["User-Agent"] = f"lukhas-notion/{version_of_tool}"
    return client


@dataclass(slots=True)
class Connection:
    """Everything between this process and Notion; closed as a context manager."""

    client: Client
    reader: Reader
    records: list[RequestRecord] = field(default_factory=list)

    @classmethod
    def open(
        cls, config: Config, runtime: Runtime, *, read_only: bool, probing: bool = False
    ) -> Connection:
        """Build the stack: HTTP, then pacing and retries, then the client, then the reader.

        ``read_only`` makes the transport refuse whatever writes: a dry run cannot. ``probing``
        lets the two questions of :mod:`lukhas_notion.notion.connection` pass it, and nothing else.

        Raises:
            ConfigError: the certificates or the proxy that the environment names cannot be used.
            SetupError: the token cannot be one.
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
                *(config.rate, clock, runtime.stop),
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
            version_of_tool=__version__,
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
    """Return what carries requests over the network.

    Raises:
        ConfigError: the proxy cannot be used.
    """
    connections = config.concurrency
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    context = trust.context()
    try:
        proxy = None
        if via:
            # Its own certificate is judged like Notion's.
            is_tls = via.url.startswith("https:")
            proxy = httpx.Proxy(via.url, ssl_context=context if is_tls else None)
        return httpx.HTTPTransport(verify=context, limits=limits, proxy=proxy)
    except (ValueError, ImportError) as error:
        # Not the proxy itself in the message: it may hold a password.
        raise ConfigError(
            f"The proxy that the environment names cannot be used: {type(error).__name__}.",
            "Set HTTPS_PROXY to http://HOST:PORT, or name the API's host in NO_PROXY.",
        ) from None
