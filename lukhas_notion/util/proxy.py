"""Whether requests go through a proxy, as the environment says it for every program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

# It is in the standard library's module and not in its types.
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and the variable that names it.

    Args:
        url: its address, which may hold a password: it is for the connection alone.
        variable: where it is named.
    """

    url: str
    variable: str

    def __str__(self) -> str:
        """Return how a person is told of it, without user and password."""
        try:
            parts = urlsplit(self.url)
            address = f"{parts.hostname or '?'}:{parts.port}" if parts.port else parts.hostname
        except ValueError:
            address = "?"
        return f"the proxy {address} ({self.variable})"

    def __repr__(self) -> str:
        return f"Proxy({self})"


def proxy_for(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a URL, or None.

    ``HTTPS_PROXY`` (for an ``http`` URL ``HTTP_PROXY``) comes before ``ALL_PROXY``; ``NO_PROXY``
    names hosts and domains that are reached directly. This machine always is. Each may be written
    in small letters, which are looked at first, as curl does.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _LOOPBACK:
        return None
    _, exempt = _named(environ, "no_proxy")
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    if proxy_bypass_environment(f"{host}:{port}", {"no": exempt}):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        variable, named = _named(environ, name)
        if named:
            return Proxy(named if "://" in named else f"http://{named}", variable)
    return None


def _named(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    """Return the spelling of a variable that is set, and what it is set to."""
    for spelling in (name, name.upper()):
        if value := environ.get(spelling, "").strip():
            return spelling, value
    return name.upper(), ""
