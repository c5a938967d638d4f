"""One file out of the artifact of another workflow run, which a stranger may have controlled.

Nothing is unpacked to the disk. What is downloaded, and what comes out of the archive, is bounded
whatever GitHub or the archive says of its size.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lukhas_notion.github.errors import GitHubError, GitHubUnavailable, asked
from lukhas_notion.util.certificates import SYSTEM, Trust

if TYPE_CHECKING:
    from github.Repository import Repository

#: (address, token, most bytes) → what is there. Only the first address is shown the token.
Download = Callable[[str, str, int], bytes]

#: Bytes in an archive that is downloaded.
MAX_ARCHIVE = 1_000_000
_NEEDS = "actions: read"
_TIMEOUT = 30.0


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
        ValueError: it is no archive, or the file has more than ``most`` bytes.
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
        raise ValueError("it is no archive that can be read") from None
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
