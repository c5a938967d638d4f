"""Files that a run keeps on GitHub: the ledger's branch, and artifacts."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Callable, Collection
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lukhas_notion.github.errors import (
    GitHubError,
    GitHubMissing,
    GitHubUnavailable,
    asked,
    looking_again,
)
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
_NEEDS_READ = "actions: read"
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
    with asked("list the artifacts of the run", needs=_NEEDS_READ):
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
        f"Give the job `{_NEEDS_READ}` under `permissions:`.",
        status=status,
    )


def _bounded(answer: Any, most: int) -> bytes:
    content = bytearray()
    for piece in answer.iter_bytes():
        content += piece
        if len(content) > most:
            raise GitHubError(f"The artifact has more than {most:,} bytes.")
    return bytes(content)


_TRIES = 8
_LONGEST_BACKOFF = 8.0
_NEEDS_WRITE = "contents: write"
#: What GitHub says when the branch is not where it was read: moved, made or removed meanwhile.
_RACES = ("fast forward", "fast-forward", "already exists", "does not exist")


class LedgerBranchBusy(GitHubUnavailable):
    """The branch moved each time before this run's commit could be put on it."""


class LedgerBranch:
    """A file on a branch that is read whole and appended to.

    Args:
        repo: the repository.
        branch: its name, without ``refs/heads/``; it is made, without history, when missing.
        path: the file on it, POSIX, from the root.
        sleep: lets seconds pass.
        jitter: uniform in [0, 1), so that runs that collided do not collide again.
    """

    def __init__(
        self,
        repo: Repository,
        branch: str,
        path: str,
        *,
        sleep: Callable[[float], object],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._repo = repo
        self._branch = branch
        self._path = path
        self._sleep = sleep
        self._jitter = jitter

    def read(self) -> bytes:
        """Return the file; ``b""`` when the branch or the file is not there yet.

        Raises:
            GitHubError: it cannot be read.
        """
        return self._content(self._tip())

    def append(self, merge: Callable[[bytes], bytes], message: str) -> str:
        """Put a new version of the file on the branch and return the commit's SHA.

        Args:
            merge: makes the new version from the one on the branch; it is called again for each
                version that another run put there first. When it changes nothing, nothing is
                written, and the SHA is the branch's own ("" when there is no branch).
            message: the commit's.

        Raises:
            LedgerBranchBusy: other runs were faster each time.
            GitHubError: it cannot be written, or what ``merge`` raised.
        """
        made = ""

        def attempt() -> str:
            nonlocal made
            tip = self._tip()
            if made and self._holds(tip, made):
                return made  # the answer was lost, not the commit
            existing = self._content(tip)
            wanted = merge(existing)
            if wanted == existing:
                return tip
            made = self._commit(tip, wanted, message)
            self._move(tip, made)
            return made

        return looking_again(attempt, self._sleep, tries=_TRIES, backoff=self._backoff)

    def _backoff(self, count: int) -> float:
        return min(_LONGEST_BACKOFF, 0.5 * 2.0**count) * (0.5 + self._jitter())

    def _tip(self) -> str:
        """Return the SHA of the branch's last commit, "" when there is no branch."""
        try:
            with asked(f"read the branch {self._branch}", needs=_NEEDS_WRITE):
                return self._repo.get_branch(self._branch).commit.sha
        except GitHubMissing:
            return ""

    def _content(self, tip: str) -> bytes:
        return (read_file(self._repo, self._path, tip) or b"") if tip else b""

    def _holds(self, tip: str, commit: str) -> bool:
        """Say whether a commit is on the branch already, at its tip or below it."""
        if not tip or tip == commit:
            return bool(tip)
        try:
            with asked(f"look for a commit on {self._branch}", needs=_NEEDS_WRITE):
                return self._repo.compare(commit, tip).status == "ahead"
        except GitHubMissing:
            return False

    def _commit(self, tip: str, content: bytes, message: str) -> str:
        """Make the commit, on no branch yet, and return its SHA."""
        from github import InputGitTreeElement

        with asked(f"store the ledger for {self._branch}", needs=_NEEDS_WRITE):
            parent = self._repo.get_git_commit(tip) if tip else None
            encoded = base64.b64encode(content).decode("ascii")
            blob = self._repo.create_git_blob(encoded, "base64")
            entry = InputGitTreeElement(self._path, "100644", "blob", sha=blob.sha)
            if parent is None:
                tree = self._repo.create_git_tree([entry])
                return self._repo.create_git_commit(message, tree, []).sha
            tree = self._repo.create_git_tree([entry], parent.tree)
            return self._repo.create_git_commit(message, tree, [parent]).sha

    def _move(self, tip: str, commit: str) -> None:
        """Let the branch point to the commit, which stands on ``tip``."""
        try:
            with asked(f"move the branch {self._branch} forward", needs=_NEEDS_WRITE):
                if tip:
                    # PyGithub's own edit() of a reference that was not read goes to a wrong URL.
                    url = f"{self._repo.url}/git/refs/heads/{quote(self._branch)}"
                    self._repo.requester.requestJsonAndCheck(
                        "PATCH", url, input={"sha": commit, "force": False}
                    )
                else:
                    self._repo.create_git_ref(f"refs/heads/{self._branch}", commit)
        except GitHubError as error:
            if error.status not in (409, 422):
                raise
            raise self._not_moved(error) from error

    def _not_moved(self, error: GitHubError) -> GitHubError:
        """Return what a refusal to move the branch means: a race, or a rule."""
        message = error.message
        remedy = (
            f"Let the workflow's token write to {self._branch}: give the job `{_NEEDS_WRITE}`, and "
            "except the branch from protection and rulesets."
        )
        kind = GitHubError
        if any(words in error.said.lower() for words in _RACES):
            message = f"Other runs moved the branch {self._branch} first, {_TRIES} times."
            remedy = "Run it again, or let `concurrency` keep the workflow's runs apart."
            kind = LedgerBranchBusy
        return kind(message, remedy, status=error.status, said=error.said)
