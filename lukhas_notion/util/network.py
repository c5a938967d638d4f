"""Connections to other services: trusted certificate authorities, and proxies.

Python's HTTP libraries read different variables and have lists of their own. Here the first of
:data:`VARIABLES` that is set names the file or folder of the authorities for all of them. Without
one, the store of the operating system decides (through ``truststore``), so that an authority which
a company added to its machines is trusted. A machine without a store uses the list of the library.
"""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from lukhas_notion.util.errors import ConfigError

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that name certificate authorities, in the order of their precedence."""

#: The remedy for a certificate that is not trusted.
UNTRUSTED_REMEDY = (
    "Something between here and there, such as a proxy, shows a certificate of its own. Save the "
    "certificate of the authority that signed it as a PEM file, and name that file in "
    "SSL_CERT_FILE."
)
_NAME_A_FILE = (
    "Name a file with certificates in PEM form, or unset {} to trust what the system trusts. In "
    "the Docker action only the workspace is there: put the file into it."
)
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Trust:
    """The certificate authorities of one run.

    Args:
        path: their file or folder; "" for the store of the system.
    """

    path: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Trust:
        """Return the authorities that the environment names first.

        Raises:
            ConfigError: one of the variables names a path that does not exist or has no
                certificate.
        """
        # Several variables often name one file, which is read only once.
        names: dict[str, str] = {}
        for name in VARIABLES:
            if path := environ.get(name, "").strip():
                names.setdefault(path, name)
        for path, name in names.items():
            _check(name, path)
        return cls(next(iter(names), ""))

    @property
    def is_folder(self) -> bool:
        """Whether the authorities are files in a folder, named by their hashes."""
        return bool(self.path) and Path(self.path).is_dir()

    def context(self) -> ssl.SSLContext:
        """Return the TLS context of a client that checks certificates."""
        if self.path:
            return _loaded(self.path)
        if not system_has_store():
            import httpx

            return httpx.create_ssl_context(trust_env=False)
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return context


SYSTEM = Trust()
"""The operating system's own store."""


def is_untrusted(failure: BaseException | None) -> bool:
    """Return whether a connection failed because a certificate is not trusted."""
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:
        if isinstance(failure, ssl.SSLCertVerificationError):
            return True
        seen.add(id(failure))
        failure = failure.__cause__ or failure.__context__
    return False


def system_has_store() -> bool:
    """Return whether the operating system has a store of authorities; slim containers do not."""
    if sys.platform in ("win32", "darwin"):
        return True
    paths = ssl.get_default_verify_paths()
    # Each path is None where it does not exist.
    folder = paths.capath
    return bool(paths.cafile) or bool(folder and any(Path(folder).iterdir()))


def _check(name: str, path: str) -> None:
    """Check that the file or folder that a variable names has a certificate."""
    place = Path(path)
    remedy = _NAME_A_FILE.format(name)
    if not place.exists():
        raise ConfigError(f"{name} names {path!r}, which does not exist.", remedy)
    if place.is_dir():
        if not any(_HASHED.fullmatch(file.name) for file in place.iterdir()):
            message = f"{name} names {path!r}, in which no certificate is named by its hash."
            raise ConfigError(message, f"Run `openssl rehash` on it. {remedy}")
        return
    if not place.is_file():
        raise ConfigError(f"{name} names {path!r}, which is not a file.", remedy)
    try:
        _loaded(path)
    except ssl.SSLError:
        message = f"{name} names {path!r}, which has no certificate that can be read."
        raise ConfigError(message, remedy) from None
    except OSError as error:
        message = f"{name} names {path!r}, which cannot be read: {error.strerror or error}."
        raise ConfigError(message, remedy) from None


def _loaded(path: str) -> ssl.SSLContext:
    if Path(path).is_dir():
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and the variable that names it.

    Args:
        url: its address, which may contain a password, so only the connection uses it.
        variable: the variable.
    """

    url: str
    variable: str

    def __str__(self) -> str:
        """Return its name for messages, without user and password."""
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

    ``HTTPS_PROXY`` (for an ``http`` URL ``HTTP_PROXY``) comes before ``ALL_PROXY``. No proxy is
    used for this machine and for the hosts and domains in ``NO_PROXY``. The lower-case spelling of
    a variable comes first, as with curl.
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
    """Return the spelling in which a variable is set, and its value."""
    for spelling in (name, name.upper()):
        if value := environ.get(spelling, "").strip():
            return spelling, value
    return name.upper(), ""
