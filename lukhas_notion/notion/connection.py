"""The open connection to Notion: one transport stack, one client, one reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

import httpx

from lukhas_notion import __version__
from lukhas_notion.notion.client import open_client
from lukhas_notion.notion.pacing import Pacer, spacing_for
from lukhas_notion.notion.policy import RetryPolicy
from lukhas_notion.notion.probes import is_probe
from lukhas_notion.notion.reader import Reader
from lukhas_notion.notion.transport import PolicyTransport, RequestRecord
from lukhas_notion.util.certificates import Trust
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.proxy import Proxy, proxy_for

if TYPE_CHECKING:
    from notion_client import Client

    from lukhas_notion.config.config import Config
    from lukhas_notion.util.runtime import Runtime


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
        lets the two questions of :mod:`lukhas_notion.notion.probes` pass it, and nothing else.

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
            pacer=Pacer(config.rate, clock, runtime.stop, spacing=spacing_for(config.rate)),
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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
