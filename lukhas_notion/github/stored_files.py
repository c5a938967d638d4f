"""Files on GitHub: those of a commit, artifacts, and the ledger on its branch."""

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


#: How many files are looked for in a commit; each takes a few requests.
_MOST_FILES = 200
#: (URL, token, most bytes) → content. The token is sent to this URL only, not after a redirect.
Download = Callable[[str, str, int], bytes]

#: The largest archive that is downloaded, in bytes.
MAX_ARCHIVE = 1_000_000
_NEEDS_READ = "actions: read"
_TIMEOUT = 30.0


def read_file(repo: Repository, path: str, ref: str) -> bytes | None:
    """Return a file's bytes, or None where ``path`` is not a file at ``ref``.

    A file of up to 1 MB is part of the answer; a larger one is read as a blob (up to 100 MB).

    Args:
        repo: the repository.
        path: POSIX, from the root.
        ref: a commit, branch or tag; it need not exist.

    Raises:
        GitHubError: it cannot be read, for another reason than that it does not exist.
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

    A file is missing where the nearest existing folder above it belongs to the commit. Files inside
    a submodule belong to another commit.

    Args:
        repo: returns the repository.
        commit: the commit's SHA.
        paths: from the repository's top.
    """
    if len(paths) > _MOST_FILES:
        return Absence(gap=f"more than {_MOST_FILES} files would have to be asked for")
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
    """Return whether the nearest existing parent of a path is a folder of the commit.

    ``folders`` caches the kinds of parents: True for a folder, None for one that does not exist.
    """
    for parent in PurePosixPath(path).parents:
        name = "" if str(parent) == "." else str(parent)
        if name not in folders:
            kind = _kind(repo, commit, name)
            folders[name] = None if kind is None and name else kind == "dir"
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


def contains_commit(repo: Repository, head: str, commit: str) -> bool:
    """Return whether ``commit`` is ``head`` or one of its ancestors.

    Raises:
        GitHubError: the two cannot be compared, for another reason than that one does not exist.
    """
    if commit == head:
        return True
    try:
        with asked("compare two commits", needs="contents: read"):
            return repo.compare(commit, head).status in ("ahead", "identical")
    except GitHubError as error:
        if error.status in (404, 422):
            return False
        raise


def artifact_id(repo: Repository, run_id: int, name: str) -> int | None:
    """Return the id of a run's artifact, None when it does not exist or is too large.

    Raises:
        GitHubError: GitHub cannot be asked.
    """
    url = f"{repo.url}/actions/runs/{run_id}/artifacts"
    with asked("list the artifacts of the run", needs=_NEEDS_READ):
        _, answer = repo.requester.requestJsonAndCheck("GET", url, parameters={"name": name})
    listed: list[Any] = answer.get("artifacts") or [] if isinstance(answer, dict) else []
    for artifact in listed:
        if not isinstance(artifact, dict) or artifact.get("name") != name:
            continue
        if artifact.get("expired"):
            continue
        size, number = artifact.get("size_in_bytes"), artifact.get("id")
        if isinstance(size, int) and size <= MAX_ARCHIVE and isinstance(number, int):
            return number
    return None


def file_in(archive: bytes, name: str, most: int) -> bytes | None:
    """Return a file of an archive, None where no file has exactly this name.

    Raises:
        ValueError: it is not an archive, or the file has more than ``most`` bytes.
    """
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            if name not in opened.namelist():
                return None
            # GitHub makes these two. Other methods have other errors and memory requirements.
            if opened.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("its file is compressed with an unsupported method")
            with opened.open(name) as file:
                content = file.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError):
        raise ValueError("it is not an archive that can be read") from None
    if len(content) > most:
        raise ValueError(f"its file has more than {most:,} bytes")
    return content


def download(url: str, token: str, most: int, *, trust: Trust = SYSTEM) -> bytes:
    """Download from GitHub's API, which redirects to its storage; that does not get the token.

    Args:
        url: the artifact's URL in GitHub's API.
        token: for GitHub.
        most: the largest content, in bytes.
        trust: the certificate authorities that are trusted.

    Raises:
        GitHubError: it cannot be downloaded, or is too large.
    """
    import httpx

    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    try:
        with httpx.Client(verify=trust.context(), timeout=_TIMEOUT) as client:
            answer = client.get(url, headers=headers)
            location = answer.headers.get("location", "")
            if answer.status_code not in (302, 307) or not _is_allowed(location, url):
                raise _refused(answer.status_code)
            with client.stream("GET", location) as stored:
                if stored.status_code != 200:
                    raise _refused(stored.status_code)
                return _bounded(stored, most)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GitHubUnavailable(
            f"The artifact could not be downloaded ({type(error).__name__}).", "Run it again."
        ) from None


def _is_allowed(location: str, url: str) -> bool:
    """Return whether a redirect keeps encryption where the first request had it."""
    return location.startswith("https://") or (url.startswith("http://") and "://" in location)


def _refused(status: int) -> GitHubError:
    kind = GitHubUnavailable if status >= 500 else GitHubError
    return kind(
        f"GitHub responded with {status} to the request for an artifact.",
        f"Give the job `{_NEEDS_READ}` under `permissions:`.",
        status=status,
    )


def _bounded(answer: Any, most: int) -> bytes:
    content = bytearray()
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > most:
            raise GitHubError(f"The artifact has more than {most:,} bytes.")
    return bytes(content)


_TRIES = 8
_LONGEST_BACKOFF = 8.0
_NEEDS_WRITE = "contents: write"
#: Parts of GitHub's message when another run moved, created or removed the branch meanwhile.
_RACES = ("fast forward", "fast-forward", "already exists", "does not exist")


class LedgerBranchBusy(GitHubUnavailable):
    """Other runs moved the branch at each try to put this run's commit on it."""


class LedgerBranch:
    """A file on a branch, which is read whole and appended to.

    Args:
        repo: the repository.
        branch: its name, without ``refs/heads/``; it is created, without history, when missing.
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
        """Return the file; ``b""`` when the branch or the file does not exist yet.

        Raises:
            GitHubError: it cannot be read.
        """
        return self._content(self._tip())

    def append(self, merge: Callable[[bytes], bytes], message: str) -> str:
        """Put a new version of the file on the branch and return the commit's SHA.

        Args:
            merge: makes the new version from the one on the branch; it is called again for each
                version that another run put there first. When it changes nothing, nothing is
                written, and the SHA is that of the branch ("" when there is no branch).
            message: the commit message.

        Raises:
            LedgerBranchBusy: other runs were faster each time.
            GitHubError: it cannot be written, or ``merge`` raised this.
        """
        created = ""

        def attempt() -> str:
            nonlocal created
            tip = self._tip()
            if created and tip and contains_commit(self._repo, tip, created):
                return created  # the answer was lost, not the commit
            existing = self._content(tip)
            wanted = merge(existing)
            if wanted == existing:
                return tip
            created = self._commit(tip, wanted, message)
            self._move(tip, created)
            return created

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

    def _commit(self, tip: str, content: bytes, message: str) -> str:
        """Create the commit, on no branch yet, and return its SHA."""
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
        """Let the branch point to the commit, whose parent is ``tip``."""
        try:
            with asked(f"move the branch {self._branch} forward", needs=_NEEDS_WRITE):
                if tip:
                    # PyGithub's edit() of a reference that was not read uses a wrong URL.
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
        """Return the error for a refusal to move the branch: a race, or a rule."""
        message = error.message
        remedy = (
            f"Let the workflow's token write to {self._branch}: give the job `{_NEEDS_WRITE}`, and "
            "except the branch from protection and rulesets."
        )
        kind = GitHubError
        if any(words in error.github_message.lower() for words in _RACES):
            message = f"Other runs moved the branch {self._branch} first, {_TRIES} times."
            remedy = "Run it again, or let `concurrency` keep the workflow's runs apart."
            kind = LedgerBranchBusy
        return kind(message, remedy, status=error.status, github_message=error.github_message)
