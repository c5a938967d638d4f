"""Which certificate authorities are trusted: one setting for every service that is asked.

Python's HTTP libraries each obey other variables and each bring a list of their own. Here the first
of :data:`VARIABLES` that is set names a file, or a folder, that takes the place of every list.
Without one, the operating system's own store decides (through ``truststore``), so that an authority
which a company has added to its machines is trusted; a machine without a store has the list that
the libraries bring.
"""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lukhas_notion.util.errors import ConfigError

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that are looked at, in this order."""

#: What to do where a certificate is not trusted.
REMEDY = (
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
        named = {name: path for name in VARIABLES if (path := environ.get(name, "").strip())}
        for name, path in named.items():
            _check(name, path)
        return cls(next(iter(named.values()), ""))

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
