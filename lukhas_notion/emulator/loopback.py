"""Which ``Host`` is this machine.

Any name can be made to lead to 127.0.0.1 (DNS rebinding): a page of the web that is served under
such a name could read, as its own, whatever is answered to it.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from lukhas_notion.emulator import answers
from lukhas_notion.emulator.app import (
    ASGI,
    Receive,
    Scope,
    Send,
    send_answer,
)

NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback(host: str) -> bool:
    """Return whether a ``Host`` header, with or without a port, names this machine."""
    try:
        parts = urlsplit(f"//{host}")
        return parts.netloc == host and "@" not in host and parts.hostname in NAMES
    except ValueError:
        return False


def only_loopback(app: ASGI) -> ASGI:
    """Return the application with 421 for every request whose ``Host`` is another name."""

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
