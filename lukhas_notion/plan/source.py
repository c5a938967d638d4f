"""The repository of manifests: its address, and the links to its files. Pure.

A repository is identified by its host and path, in lower case and without user information, port or
scheme: ``github.com/octo/modules``. A folder that belongs to no repository has a *weak* address
below ``local.invalid``, which proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from lukhas_notion.manifests.manifest import file_of
from lukhas_notion.plan.values import address_problem
from lukhas_notion.util.errors import ConfigError

#: The host of folders without a repository (RFC 2606 reserves the top-level domain).
WEAK_HOST = "local.invalid"
_GITHUB = "https://github.com"
#: The part between repository and commit in a file's address, by the kind of host.
_GITHUB_FORM, _GITLAB_FORM, _BITBUCKET_FORM, _GITEA_FORM = (
    "blob",
    "-/blob",
    "src",
    "src/commit",
)
_FORMS = (
    (re.compile(r"(^|[.-])gitlab([.-]|$)"), _GITLAB_FORM),
    (re.compile(r"(^|[.-])bitbucket([.-]|$)"), _BITBUCKET_FORM),
    (re.compile(r"(^|[.-])(gitea|forgejo|codeberg)([.-]|$)"), _GITEA_FORM),
)
_ADDRESS = re.compile(
    r"/(?P<repository>[^/]+(?:/[^/]+)*?)/(?:-/blob|blob|src/commit|src)/"
    r"(?:[0-9a-f]{64}|[0-9a-f]{40}|HEAD)/(?P<path>.+)",
    re.DOTALL,
)
_WEB = re.compile(r"https?://(?P<host>[A-Za-z0-9.-]+)(?::[0-9]+)?(?P<path>/[^?#]*)")
#: Hosts that take SSH at port 443 for another host, by their documentation.
_SSH_HOSTS = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
_SHORT = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_SCP = re.compile(r"(?:[^/@:]+@)?(?P<host>[A-Za-z0-9.-]{2,}):(?P<path>[^\\].*)")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SCHEMES = ("https", "http", "ssh", "git", "git+ssh", "git+https", "git+http")
#: The characters of an address's form: none that ends a link in Markdown.
_IN_FORM = re.compile(r"[A-Za-z0-9._~:/?@!$&*+,;=%-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ManifestPlace:
    """The place of a page's manifest.

    ``repository`` is ``host/path`` in lower case; ``path`` is relative to the repository's top, and
    has a fragment for one manifest of several in a file.
    """

    repository: str
    path: str

    @property
    def file(self) -> ManifestPlace:
        """The place of the file."""
        return ManifestPlace(self.repository, file_of(self.path))

    @property
    def is_weak(self) -> bool:
        """Whether it does not name a repository, so that it proves nothing."""
        return self.repository.partition("/")[0] == WEAK_HOST


@dataclass(frozen=True, slots=True)
class Source:
    """The repository of manifests.

    Args:
        base: its address, without a slash at the end.
        prefix: the folder of the manifests' root in it, "" or ending in a slash.
        commit: the commit that is checked out, "" if unknown.
        form: the form of a file's address with ``{commit}`` and ``{path}``, "" for the host's form.

    Attributes:
        repository: its name in a :class:`ManifestPlace`.
    """

    base: str
    prefix: str = ""
    commit: str = ""
    form: str = ""
    repository: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "repository", _repository(self.base))

    @property
    def is_weak(self) -> bool:
        """Whether it does not name a repository."""
        return ManifestPlace(self.repository, "").is_weak

    def place(self, path: str) -> ManifestPlace:
        """Return the place of a manifest; ``path`` is relative to the root."""
        return ManifestPlace(self.repository, f"{self.prefix}{path}")

    def page(self, path: str) -> str:
        """Return the address of a manifest on the default branch, the same for every commit."""
        return replace(self, commit="").link(path)

    def link(self, path: str) -> str:
        """Return the address of a manifest's file; ``path`` is relative to the root."""
        whole = _quoted(f"{self.prefix}{file_of(path)}")
        commit = self.commit if _COMMIT.fullmatch(self.commit) else "HEAD"
        if self.form:
            return self.form.replace("{commit}", commit).replace("{path}", whole)
        if self.is_weak:
            return f"{self.base}/{whole}"
        return f"{self.base}/{_form_of(self.base)}/{commit}/{whole}"

    def at_head(self, path: str) -> str:
        """Return the address of a file on the default branch, "" if the repository has no address.

        ``path`` is relative to the repository's top; "" is the top.
        """
        if self.form:
            return self.form.replace("{commit}", "HEAD").replace("{path}", _quoted(path))
        return self._at_head(_form_of(self.base), path)

    def raw_at_head(self, path: str) -> str:
        """Return the address of a file's bytes on the default branch, as :meth:`at_head` does."""
        is_gitlab = _form_of(self.base) == _GITLAB_FORM
        return self._at_head("-/raw" if is_gitlab else "raw", path)

    def _at_head(self, form: str, path: str) -> str:
        if self.is_weak:
            return ""
        return f"{self.base}/{form}/HEAD/{_quoted(path)}" if path else self.base


def place_of(link: str) -> ManifestPlace | None:
    """Return the file that an address names, None if the address has no known form."""
    parts = _WEB.fullmatch(link)
    if parts is None:
        return None
    host = parts["host"].lower()
    if host == WEAK_HOST:
        folder, _, path = parts["path"].strip("/").partition("/")
        return (
            ManifestPlace(f"{host}/{_unquoted(folder).lower()}", _unquoted(path)) if path else None
        )
    found = _ADDRESS.fullmatch(parts["path"])
    if found is None:
        return None
    return ManifestPlace(
        f"{host}/{_unquoted(found['repository']).lower()}", _unquoted(found["path"])
    )


def find_source(
    *,
    named: str,
    origin: str,
    environ: Mapping[str, str],
    folder: str,
    prefix: str = "",
    commit: str = "",
    form: str = "",
) -> Source:
    """Return the repository of manifests: the named one, the workflow's, or the remote's.

    Args:
        named: the value of the flag or the input, "" for none.
        origin: the URL of the checkout's remote ``origin``, "" for none.
        environ: for ``GITHUB_SERVER_URL`` and ``GITHUB_REPOSITORY``.
        folder: the name of the root's folder, for a weak address.
        prefix: the root's folder inside the repository, "" or ending in a slash.
        commit: the commit that is checked out.
        form: ``[source] url`` of the configuration: the form of a link, never the owner.

    Raises:
        ConfigError: ``named`` is not a repository.
    """
    server = environ.get("GITHUB_SERVER_URL", "").strip()
    if named.strip():
        base = named_repository(named, server)
    else:
        base = repository_url(origin) or _short(
            environ.get("GITHUB_REPOSITORY", "").strip(), server
        )
    if not base:
        weak = _quoted(folder or "root").replace("/", "%2F")
        return Source(f"https://{WEAK_HOST}/{weak}", prefix)
    return Source(base, prefix, commit, form)


def named_repository(named: str, server: str = "", setting: str = "source") -> str:
    """Return the address of a repository that a user named as OWNER/REPO or by a URL.

    Raises:
        ConfigError: it is not a repository.
    """
    text = named.strip()
    base = _short(text, server) or repository_url(text)
    if not base:
        raise ConfigError(
            f"{setting} is {named!r}, which does not name a repository.",
            "Write OWNER/REPO, or the repository's URL: https://github.com/OWNER/REPO.",
        )
    return base


def former_repository(named: str, server: str = "") -> str:
    """Return the name in a :class:`ManifestPlace` of a repository that ``--adopt-from`` names.

    Raises:
        ConfigError: it is not a repository.
    """
    return _repository(named_repository(named, server, "--adopt-from"))


def repository_url(origin: str) -> str:
    """Return a repository's web address by the URL it is cloned from, "" without one.

    It is rebuilt from host and path, without user information, query and fragment, and without the
    port unless the URL is a web address. A path on this machine has no web address.
    """
    text = origin.strip()
    if not text or any(ord(c) < 0x21 or ord(c) == 0x7F for c in text):
        return ""
    scheme, host, port, path = "https", "", "", ""
    if "://" in text:
        try:
            parts = urlsplit(text)
            host, number = parts.hostname or "", parts.port
        except ValueError:
            return ""
        if parts.scheme.lower() not in _SCHEMES:
            return ""
        if parts.scheme.lower().endswith(("https", "http")):
            scheme = "http" if parts.scheme.lower().endswith("http") else "https"
            port = f":{number}" if number else ""
        path = parts.path
    elif found := _SCP.fullmatch(text):
        host, path = found["host"], found["path"]
    path = _unquoted(path).strip("/").removesuffix(".git").rstrip("/")
    host = _SSH_HOSTS.get(host.lower(), host.lower())
    if not _HOST.fullmatch(host) or host == WEAK_HOST or not path or "//" in path:
        return ""
    if any(part in (".", "..") for part in path.split("/")):
        return ""
    return f"{scheme}://{host}{port}/{_quoted(path)}"


def check_form(form: str) -> str:
    """Return why ``[source] url`` cannot be the form of a link, or ""."""
    if not form.startswith(("https://", "http://")):
        return "begins with neither https:// nor http://"
    if "{path}" not in form:
        return "does not name {path}"
    if "#" in form:
        return "has a fragment, which is the record's place"
    filled = form.replace("{commit}", "").replace("{path}", "")
    if not _IN_FORM.fullmatch(filled):
        return "has a character that a URL cannot have, or that ends it in a text"
    problem = address_problem(filled)
    return f"{problem}, whatever the path is" if problem else ""


def _short(text: str, server: str) -> str:
    if not _SHORT.fullmatch(text) or text.partition("/")[0] in (".", ".."):
        return ""
    return repository_url(f"{(server or _GITHUB).rstrip('/')}/{text}")


def _repository(base: str) -> str:
    parts = urlsplit(base)
    return f"{(parts.hostname or '').lower()}/{_unquoted(parts.path).strip('/').lower()}"


def _quoted(path: str) -> str:
    # A file's name need not be UTF-8; Python represents such bytes as lone surrogates.
    return quote(path, safe="/", errors="surrogateescape")


def _unquoted(path: str) -> str:
    return unquote(path, errors="surrogateescape")


def _form_of(base: str) -> str:
    host = urlsplit(base).hostname or ""
    return next((form for known, form in _FORMS if known.search(host)), _GITHUB_FORM)
