"""Whose manifests these are: the repository's address, and the link to a file of it. Pure.

A repository is known by its host and its path there, in lower case and without user information,
port or scheme: ``github.com/octo/modules``. A folder that belongs to no repository has a *weak*
address below ``local.invalid``, which tells nobody's manifests apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from lukhas_notion.manifests.manifest import file_of
from lukhas_notion.plan.values import address_problem
from lukhas_notion.util.errors import ConfigError

#: The host of what belongs to no repository (RFC 2606 reserves the top-level domain).
WEAK_HOST = "local.invalid"
_GITHUB = "https://github.com"
#: What stands between repository and commit in a file's address, by the kind of host.
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
#: Hosts that take SSH at port 443 for another one, by their documentations.
_SSH_HOSTS = {
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
}
_SHORT = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_SCP = re.compile(r"(?:[^/@:]+@)?(?P<host>[A-Za-z0-9.-]{2,}):(?P<path>[^\\].*)")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SCHEMES = ("https", "http", "ssh", "git", "git+ssh", "git+https", "git+http")
#: What the form of an address may have: nothing that ends a link in Markdown.
_IN_FORM = re.compile(r"[A-Za-z0-9._~:/?@!$&*+,;=%-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page's manifest is.

    ``repository`` is ``host/path`` in lower case; ``path`` is from the repository's top, with a
    fragment for one manifest of several in a file.
    """

    repository: str
    path: str

    @property
    def file(self) -> Place:
        """The place of the file."""
        return Place(self.repository, file_of(self.path))

    @property
    def is_weak(self) -> bool:
        """Whether it names no repository, so that it proves nothing."""
        return self.repository.partition("/")[0] == WEAK_HOST


@dataclass(frozen=True, slots=True)
class Source:
    """The repository that manifests come from.

    Args:
        base: its address, without a slash at the end.
        prefix: the folder of the manifests' root inside it, "" or ending in a slash.
        commit: the commit that is checked out, "" where it is not known.
        form: the form of a file's address with ``{commit}`` and ``{path}``, "" for the host's own.

    Attributes:
        repository: the repository, as a :class:`Place` names it.
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
        """Whether it names no repository."""
        return Place(self.repository, "").is_weak

    def place(self, path: str) -> Place:
        """Return the place of a manifest by its path relative to the root."""
        return Place(self.repository, f"{self.prefix}{path}")

    def page(self, path: str) -> str:
        """Return the address of a manifest on the default branch, which no commit changes."""
        return replace(self, commit="").link(path)

    def link(self, path: str) -> str:
        """Return the address of a manifest's file by its path relative to the root."""
        whole = _quoted(f"{self.prefix}{file_of(path)}")
        commit = self.commit if _COMMIT.fullmatch(self.commit) else "HEAD"
        if self.form:
            return self.form.replace("{commit}", commit).replace("{path}", whole)
        if self.is_weak:
            return f"{self.base}/{whole}"
        return f"{self.base}/{_form_of(self.base)}/{commit}/{whole}"

    def at_head(self, path: str) -> str:
        """Return the address of a file on the default branch, by its path from the top.

        It is "" where the repository has none.
        """
        if self.form:
            return self.form.replace("{commit}", "HEAD").replace("{path}", _quoted(path))
        return self._at_head(_form_of(self.base), path)

    def raw_at_head(self, path: str) -> str:
        """Return the address of a file's bytes on the default branch, "" for none."""
        is_gitlab = _form_of(self.base) == _GITLAB_FORM
        return self._at_head("-/raw" if is_gitlab else "raw", path)

    def _at_head(self, form: str, path: str) -> str:
        return "" if self.is_weak else f"{self.base}/{form}/HEAD/{_quoted(path)}"


def place_of(link: str) -> Place | None:
    """Return the file that an address names, by the forms that are known; None for any other."""
    parts = _WEB.fullmatch(link)
    if parts is None:
        return None
    host = parts["host"].lower()
    if host == WEAK_HOST:
        folder, _, path = parts["path"].strip("/").partition("/")
        return Place(f"{host}/{_unquoted(folder).lower()}", _unquoted(path)) if path else None
    found = _ADDRESS.fullmatch(parts["path"])
    if found is None:
        return None
    return Place(f"{host}/{_unquoted(found['repository']).lower()}", _unquoted(found["path"]))


def find_source(
    *,
    said: str,
    origin: str,
    environ: Mapping[str, str],
    folder: str,
    prefix: str = "",
    commit: str = "",
    form: str = "",
) -> Source:
    """Return the repository that manifests come from: the first that is known.

    Args:
        said: the flag's or the input's, "" for none.
        origin: the URL of the checkout's remote ``origin``, "" for none.
        environ: for ``GITHUB_SERVER_URL`` and ``GITHUB_REPOSITORY``.
        folder: the name of the root's folder, for a weak address.
        prefix: the root's folder inside the repository, "" or ending in a slash.
        commit: the commit that is checked out.
        form: ``[source] url`` of the configuration: the form of a link, never whose it is.

    Raises:
        ConfigError: what was said is no repository.
    """
    server = environ.get("GITHUB_SERVER_URL", "").strip()
    if said.strip():
        base = named_repository(said, server)
    else:
        named = environ.get("GITHUB_REPOSITORY", "").strip()
        base = repository_url(origin) or (_short(named, server) if named else "")
    if not base:
        weak = _quoted(folder or "root").replace("/", "%2F")
        return Source(f"https://{WEAK_HOST}/{weak}", prefix)
    return Source(base, prefix, commit, form)


def named_repository(said: str, server: str = "", setting: str = "source") -> str:
    """Return the address of a repository that somebody named: OWNER/REPO or any URL of it.

    Raises:
        ConfigError: it is none.
    """
    text = said.strip()
    base = _short(text, server) or repository_url(text)
    if not base:
        raise ConfigError(
            f"{setting} is {said!r}, which names no repository.",
            "Write OWNER/REPO, or the repository's URL: https://github.com/OWNER/REPO.",
        )
    return base


def former_repository(said: str, server: str = "") -> str:
    """Return a repository named with ``--adopt-from``, as a :class:`Place` names it.

    Raises:
        ConfigError: it is none.
    """
    return _repository(named_repository(said, server, "--adopt-from"))


def repository_url(origin: str) -> str:
    """Return a repository's address by the URL it is cloned from; "" where it has none.

    It is rebuilt from host and path: user information, query and fragment are left out, and the
    port as well unless it is that of a web address. A path of this machine is no address.
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
    """Return what is wrong with ``[source] url``, "" where it can be a link's form."""
    if not form.startswith(("https://", "http://")):
        return "begins with neither https:// nor http://"
    if "{path}" not in form:
        return "does not name {path}"
    if "#" in form:
        return "has a fragment, which is the record's place"
    filled = form.replace("{commit}", "").replace("{path}", "")
    if not _IN_FORM.fullmatch(filled):
        return "has a character that stands in no URL, or ends one in a text"
    said = address_problem(filled)
    return f"{said}, whatever the path is" if said else ""


def _short(text: str, server: str) -> str:
    if not _SHORT.fullmatch(text) or text.partition("/")[0] in (".", ".."):
        return ""
    return repository_url(f"{(server or _GITHUB).rstrip('/')}/{text}")


def _repository(base: str) -> str:
    parts = urlsplit(base)
    return f"{(parts.hostname or '').lower()}/{_unquoted(parts.path).strip('/').lower()}"


def _quoted(path: str) -> str:
    # The name of a file need not be UTF-8; Python keeps such bytes as lone surrogates.
    return quote(path, safe="/", errors="surrogateescape")


def _unquoted(path: str) -> str:
    return unquote(path, errors="surrogateescape")


def _form_of(base: str) -> str:
    host = urlsplit(base).hostname or ""
    return next((form for known, form in _FORMS if known.search(host)), _GITHUB_FORM)
