"""Whether requests to Notion go through a proxy, as the environment says it for every program."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """Return the proxy for a URL, or None.

    ``HTTPS_PROXY`` (for an ``http`` URL ``HTTP_PROXY``) comes before ``ALL_PROXY``; ``NO_PROXY``
    names hosts and domains that are reached directly. This machine always is. Each may be written
    in small letters, which are looked at first, as curl does.
    """
    parts = urlsplit(url)
    named = _named(environ, f"{parts.scheme}_proxy") or _named(environ, "all_proxy")
    host = parts.hostname or ""
    if not named or host in _LOOPBACK:
        return None
    direct = [each.strip().lstrip(".") for each in _named(environ, "no_proxy").split(",")]
    if any(each == "*" or f".{host}".endswith(f".{each}") for each in direct if each):
        return None
    return named if "://" in named else f"http://{named}"


def _named(environ: Mapping[str, str], name: str) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").strip()
