"""PyGithub's connections, made to trust what every other connection of a run trusts.

PyGithub takes a file of certificates, and nothing else. Its HTTP library knows the list that it
brings itself, and not the operating system's store: hence a connection with another TLS context.

This module imports PyGithub; it is imported where a connection is opened, not before.
"""

from __future__ import annotations

import ssl
from typing import Any

from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester
from requests.adapters import HTTPAdapter

from lukhas_notion.util.certificates import Trust, system_has_store


class _SystemAdapter(HTTPAdapter):
    """Makes connections in a TLS context of ours, and adds no certificates to it."""

    def __init__(self, context: ssl.SSLContext, **options: Any) -> None:
        self._context = context
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=self._context, **options)

    def cert_verify(self, conn: Any, *_: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"


class _SystemConnection(HTTPSRequestsConnectionClass):
    """A connection that trusts the operating system's store."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.adapter = _SystemAdapter(
            Trust().context(),
            max_retries=self.retry,
            pool_connections=self.pool_size,
            pool_maxsize=self.pool_size,
        )
        self.session.mount("https://", self.adapter)


def verify_option(trust: Trust) -> bool | str:
    """Return what PyGithub is to verify certificates with, and prepare its connections for it."""
    if trust.path or not system_has_store():
        Requester.resetConnectionClasses()
        return trust.path or True
    Requester.injectConnectionClasses(HTTPRequestsConnectionClass, _SystemConnection)
    return True
