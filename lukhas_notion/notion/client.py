"""notion-client, opened so that all it does passes our transport."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx

from lukhas_notion.notion.token import check_token
from lukhas_notion.util.redaction import register

if TYPE_CHECKING:
    from notion_client import Client

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
