"""How other services are reached: trusted certificate authorities, and proxies.

Python's HTTP libraries each read other variables and each bring a list of their own. Here the first
of :data:`VARIABLES` that is set names a file or a folder that replaces every list. Without one, the
operating system's own store decides (through ``truststore``), so that an authority which a company
has added to its machines is trusted. A machine without a store has the list that the libraries
bring.
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
"""The variables that are looked at, in this order."""

#: What to do where a certificate is not trusted.
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
        path: the file or folder that has them; "" for the system's own store.
    """

    path: str = ""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Trust:
        """Return what the environment names first; all that it names must be readable.

        Raises:
            ConfigError: a variable names what is not there, or holds no certificate.
        """
        # Several variables often name one file, which is read once.
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
        """Return the context of a connection whose server must show a certificate."""
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
    """Say whether a connection failed because the other side's certificate is not trusted."""
    seen: set[int] = set()
    while failure is not None and id(failure) not in seen:
        if isinstance(failure, ssl.SSLCertVerificationError):
            return True
        seen.add(id(failure))
        failure = failure.__cause__ or failure.__context__
    return False


def system_has_store() -> bool:
    """Say whether the operating system has a store of authorities; slim containers have none."""
    if sys.platform in ("win32", "darwin"):
        return True
    paths = ssl.get_default_verify_paths()
    # Each is None where it does not exist.
    folder = paths.capath
    return bool(paths.cafile) or bool(folder and any(Path(folder).iterdir()))


def _check(name: str, path: str) -> None:
    found = Path(path)
    remedy = _NAME_A_FILE.format(name)
    if not found.exists():
        raise ConfigError(f"{name} names {path!r}, which does not exist.", remedy)
    if found.is_dir():
        if not any(_HASHED.fullmatch(each.name) for each in found.iterdir()):
            said = f"{name} names the folder {path!r}, in which no certificate is named by its hash"
            raise ConfigError(f"{said}.", f"Run `openssl rehash` on it. {remedy}")
        return
    if not found.is_file():
        raise ConfigError(f"{name} names {path!r}, which is not a file.", remedy)
    try:
        _loaded(path)
    except ssl.SSLError:
        said = f"{name} names {path!r}, which holds no certificate that can be read."
        raise ConfigError(said, remedy) from None
    except OSError as error:
        said = f"{name} names {path!r}, which cannot be read: {error.strerror or error}."
        raise ConfigError(said, remedy) from None


def _loaded(path: str) -> ssl.SSLContext:
    if Path(path).is_dir():
        return ssl.create_default_context(capath=path)
    return ssl.create_default_context(cafile=path)


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
        """Return what a message says of it, without user and password."""
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
