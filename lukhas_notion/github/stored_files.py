"""Files that GitHub keeps: those of a commit, without a clone, and those of a run's artifacts.

A stranger may have controlled the run that made an artifact. Nothing is unpacked to the disk. What
is downloaded, and what comes out of the archive, is bounded whatever GitHub or the archive says of
its size.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.errors import GitHubError, GitHubMissing, GitHubUnavailable, asked
from lukhas_notion.util.git import Absence
from lukhas_notion.util.network import SYSTEM, Trust

if TYPE_CHECKING:
    from github.Repository import Repository

#: So many files are asked for, each with a few requests.
_MOST = 200
#: (address, token, most bytes) → what is there. Only the first address is shown the token.
Download = Callable[[str, str, int], bytes]

#: Bytes in an archive that is downloaded.
MAX_ARCHIVE = 1_000_000
_NEEDS = "actions: read"
_TIMEOUT = 30.0


def read_file(repo: Repository, path: str, ref: str) -> bytes | None:
    """Return a file's bytes, or None where ``path`` is not a file at ``ref``.

    Up to 1 MB come with the answer itself; what is larger is read as a blob (up to 100 MB).

    Args:
        repo: the repository.
        path: POSIX, from the root.
        ref: a commit, branch or tag. One that does not exist holds no files either.

    Raises:
        GitHubError: it cannot be read for another reason than not being there.
    """
    try:
        with asked(f"read {path}", needs="contents: read"):
            found = repo.get_contents(path, ref=ref)
            if isinstance(found, list) or found.type != "file":
                return None
            whole = found.encoding == "base64"
            content = found.content if whole else repo.get_git_blob(found.sha).content
    except GitHubMissing:
        return None
    return base64.b64decode(content or "")


def absent_from_commit(
    repo: Callable[[], Repository], commit: str, paths: Collection[str]
) -> Absence:
    """Return which of some files a commit certainly does not have.

    A file is missing where the nearest folder above it that is there is a folder of the commit:
    what lies inside a submodule is another commit's, and a commit that GitHub does not know tells
    nothing.

    Args:
        repo: returns the repository.
        commit: the commit's SHA.
        paths: from the repository's top.
    """
    if len(paths) > _MOST:
        return Absence(gap=f"more than {_MOST} files would have to be asked for")
    folders: dict[str, bool | None] = {}
    missing = set()
    try:
        for path in paths:
            if _kind(repo(), commit, path) is None and _is_in_folder(repo(), commit, path, folders):
                missing.add(path)
    except GitHubError as error:
        return Absence(gap=error.message.rstrip("."))
    if folders and folders.get("") is False:
        return Absence(gap=f"GitHub does not show the files of commit {commit[:12]}")
    return Absence(frozenset(missing))


def _is_in_folder(
    repo: Repository, commit: str, path: str, folders: dict[str, bool | None]
) -> bool:
    """Whether the nearest thing above a path is a folder of the commit."""
    for above in PurePosixPath(path).parents:
        name = "" if str(above) == "." else str(above)
        if name not in folders:
            found = _kind(repo, commit, name)
            folders[name] = None if found is None and name else found == "dir"
        if folders[name] is not None:
            return bool(folders[name])
    return False


def _kind(repo: Repository, commit: str, path: str) -> str | None:
    """Return what a path is in a commit: ``file``, ``dir``, ``symlink``, ``submodule``, or None."""
    try:
        with asked(f"look for {path or 'the files'}", needs="contents: read"):
            found = repo.get_contents(path, ref=commit)
    except GitHubMissing:
        return None
    return "dir" if isinstance(found, list) else str(found.type)


def artifact_id(repo: Repository, run_id: int, name: str) -> int | None:
    """Return the id of a run's artifact, None when the run has none of this name and size.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    url = f"{repo.url}/actions/runs/{run_id}/artifacts"
    with asked("list the artifacts of the run", needs=_NEEDS):
        _, answer = repo.requester.requestJsonAndCheck("GET", url, parameters={"name": name})
    listed: list[Any] = answer.get("artifacts") or [] if isinstance(answer, dict) else []
    for each in listed:
        if not isinstance(each, dict) or each.get("name") != name or each.get("expired"):
            continue
        size, number = each.get("size_in_bytes"), each.get("id")
        if isinstance(size, int) and size <= MAX_ARCHIVE and isinstance(number, int):
            return number
    return None


def file_in(archive: bytes, name: str, most: int) -> bytes | None:
    """Return a file of an archive, None where there is none of exactly this name.

    Raises:
        ValueError: it is not an archive, or the file has more than ``most`` bytes.
    """
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            if name not in opened.namelist():
                return None
            # What GitHub makes. The others bring errors of their own, and choose their memory.
            if opened.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("its file is compressed in a way that is not read")
            with opened.open(name) as file:
                content = file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError):
        raise ValueError("it is not an archive that can be read") from None
    if len(content) > most:
        raise ValueError(f"its file has more than {most:,} bytes")
    return content


def download(url: str, token: str, most: int, *, trust: Trust = SYSTEM) -> bytes:
    """Return what is at an address of GitHub's API, which redirects to its storage.

    The storage is not shown the token.

    Args:
        url: the address.
        token: for GitHub.
        most: bytes; more are an error.
        trust: the certificate authorities that are trusted.

    Raises:
        GitHubError: it cannot be had, or is too large.
    """
    import httpx

    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    try:
        with httpx.Client(verify=trust.context(), timeout=_TIMEOUT) as client:
            answer = client.get(url, headers=headers)
            place = answer.headers.get("location", "")
            if answer.status_code not in (302, 307) or not _is_allowed(place, url):
                raise _refused(answer.status_code)
            with client.stream("GET", place) as stored:
                if stored.status_code != 200:
                    raise _refused(stored.status_code)
                return _bounded(stored, most)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GitHubUnavailable(
            f"The artifact could not be downloaded ({type(error).__name__}).", "Run it again."
        ) from None


def _is_allowed(place: str, url: str) -> bool:
    """Return whether a redirect keeps encryption where there is any."""
    return place.startswith("https://") or (url.startswith("http://") and "://" in place)


def _refused(status: int) -> GitHubError:
    kind = GitHubUnavailable if status >= 500 else GitHubError
    return kind(
        f"GitHub answered {status} when asked for an artifact.",
        f"Give the job `{_NEEDS}` under `permissions:`.",
        status=status,
    )


def _bounded(answer: Any, most: int) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > most:
            raise GitHubError(f"The artifact has more than {most:,} bytes.")
    return bytes(content)
