"""Running git in a checkout whose content may be untrusted; no other module starts it.

Commits, names, contents and even a repository within the checkout may be untrusted. So git is
started without a shell, by an absolute path outside the checkout, and with settings that those of
a repository cannot override:

- a bare repository among the files is not taken for the checkout (``safe.bareRepository``), no
  folder above the expected checkout is searched, and the top level that git finds must be the
  expected one: a ``.git`` file or a ``core.worktree`` that leads elsewhere is an error;
- git connects to no server and starts no helper for a protocol (``GIT_ALLOW_PROTOCOL`` overrides
  what a repository allows for single protocols), no hook, monitor, pager or signature check;
- its environment has only the variables by which git and the settings of its user are found: no
  token, no ``GIT_`` variable;
- the size of an answer and its time are limited.

Git is asked for the origin and the tree, never for history. A file that is missing on the disk may
be in the commit, since a sparse checkout leaves files out.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

WORKFLOWS = ".github/workflows"

_KEPT = ("HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP")
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}
_WORDS = (
    "--no-pager",
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "protocol.allow=never"),
    *("-c", "protocol.ext.allow=never"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.follow=false"),
)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def top_of(root: Path, within: Path | None = None) -> Path:
    """Return the top folder of the checkout that contains ``root``, by its ``.git``.

    Args:
        root: an absolute path.
        within: the folder to stop at, which is returned where no ``.git`` folder is found. A
            ``.git`` file, as of a submodule, does not count then: the files of a submodule belong
            to the checkout around it. Without ``within``, the default is ``root`` itself.
    """
    if within is None:
        return next((folder for folder in (root, *root.parents) if is_checkout(folder)), root)
    inside = (folder for folder in (root, *root.parents) if folder.is_relative_to(within))
    return next((folder for folder in inside if (folder / ".git").is_dir()), within)


def is_checkout(folder: Path) -> bool:
    """Return whether a folder is the top of a checkout."""
    return os.path.lexists(folder / ".git")


def prefix_of(root: Path) -> str:
    """Return the path of a root in its checkout, "" or ending in a slash."""
    below = root.relative_to(top_of(root)).as_posix()
    return "" if below == "." else f"{below}/"


class GitError(Exception):
    """Git did not answer; the message ends a sentence."""


@dataclass
class Git:
    """Runs git in one checkout.

    Args:
        top: the folder that must be the top of the checkout.
        environ: the environment of this process.
        trusted: whether git ignores the owner of the folder. In a container it is the user of the
            runner, who made the checkout.
        timeout: the limit of one call, in seconds.
        max_answer: the limit of one answer, in bytes.
    """

    top: Path
    environ: Mapping[str, str]
    trusted: bool = False
    timeout: float = 60
    max_answer: int = 64 * 1024 * 1024

    def ask(self, *words: str, folder: Path | None = None) -> bytes:
        """Return the answer of git.

        Args:
            words: the command and its arguments; the caller puts untrusted text after ``--``.
            folder: the working folder in the checkout; None for its top.

        Raises:
            GitError: git is not installed, this is not the expected checkout, or git fails,
                answers too much or takes too long.
        """
        if self._found_top != self.top:
            raise GitError(f"git finds a checkout in {self._found_top} instead of {self.top}")
        return self._run(*words, folder=folder or self.top)

    def commit(self) -> str:
        """Return the commit that is checked out.

        Raises:
            GitError: as :meth:`ask`; also where there is no commit.
        """
        answer = self.ask("rev-parse", "--verify", "HEAD^{commit}").decode("ascii", "replace")
        if not _COMMIT.fullmatch(answer.strip()):
            raise GitError("git names no commit")
        return answer.strip()

    def committed(self, folder: Path, paths: Sequence[str]) -> list[str]:
        """Return those of ``paths``, relative to a folder, that the checked-out commit has.

        Raises:
            GitError: as :meth:`ask`; also where there is no commit.
        """
        answer = self.ask("ls-tree", "-z", "--name-only", "HEAD", "--", *paths, folder=folder)
        return [os.fsdecode(path) for path in answer.split(b"\0") if path]

    @cached_property
    def _found_top(self) -> Path:
        """The top level that git finds; ``top`` itself where it is the same folder."""
        if not os.path.lexists(self.top / ".git"):
            raise GitError("this is not a git repository")
        answer = self._run("rev-parse", "--show-toplevel", folder=self.top)
        found = Path(os.fsdecode(answer.removesuffix(b"\n")))
        try:
            return self.top if found.samefile(self.top) else found
        except OSError:
            return found

    @cached_property
    def _path(self) -> tuple[str, ...]:
        """The folders of ``PATH`` that are absolute and outside the checkout."""
        folders = self.environ.get("PATH", "").split(os.pathsep)
        return tuple(folder for folder in folders if self._is_outside(folder))

    @cached_property
    def _executable(self) -> str:
        for folder in self._path:
            # Windows searches the current folder first, and returns a relative path for it.
            program = shutil.which("git", path=folder)
            if program and self._is_outside(program):
                return program
        raise GitError("git is not installed here")

    def _is_outside(self, path: str) -> bool:
        """Return whether a path is absolute, and outside the checkout and the current folder."""
        return Path(path).is_absolute() and not _within(Path(path), self.top, Path.cwd())

    def _run(self, *words: str, folder: Path) -> bytes:
        trust = ("-c", "safe.directory=*") if self.trusted else ()
        command = [self._executable, *_WORDS, *trust, "-C", str(folder), *words]
        environ = {name: self.environ[name] for name in _KEPT if name in self.environ}
        environ |= {
            **_SETTINGS,
            "PATH": os.pathsep.join(self._path),
            "GIT_CEILING_DIRECTORIES": str(self.top.parent),
        }
        with tempfile.TemporaryFile() as stderr:
            try:
                process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=environ,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise GitError(f"git cannot be started: {reason}") from None
            answer, is_late = self._bounded(process)
            stderr.seek(0)
            complaint = stderr.read(2_000).decode("utf-8", "replace").strip()
        if is_late:
            raise GitError(f"git took longer than {self.timeout:g} seconds")
        if len(answer) > self.max_answer:
            raise GitError("git answers more than is read")
        if process.returncode:
            first = next(iter(complaint.splitlines()), "no reason given")
            raise GitError(f"git says: {first.removeprefix('fatal: ')[:200]}")
        return answer

    def _bounded(self, process: subprocess.Popen[bytes]) -> tuple[bytes, bool]:
        """Return at most ``max_answer + 1`` bytes, and whether the call took too long."""
        late = threading.Event()

        def end() -> None:
            late.set()
            _kill(process)

        timer = threading.Timer(self.timeout, end)
        timer.start()
        try:
            with process:
                assert process.stdout is not None  # noqa: S101 - for the type checker
                answer = process.stdout.read(self.max_answer + 1)
                if len(answer) > self.max_answer:
                    _kill(process)
        finally:
            timer.cancel()
        return answer, late.is_set()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children, which may hold its output open."""
    if os.name != "posix":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _within(path: Path, top: Path, current: Path) -> bool:
    """Return whether a path, or its target, is in the checkout or in the current folder."""
    return any(
        place.is_relative_to(top)
        or place.is_relative_to(top.resolve())
        or current in (place, place.parent)
        for place in (path, path.resolve())
    )


#: The mode of a submodule in a tree.
_SUBMODULE = b"160000"


@dataclass(frozen=True, slots=True)
class Absence:
    """Which of some files a commit certainly does not have.

    Args:
        missing: those of the paths in question, from the top of the repository.
        gap: why nothing is known, the end of a sentence; "" where it is known.
    """

    missing: frozenset[str] = frozenset()
    gap: str = ""


def unknown(root: Path, paths: Collection[str]) -> Absence:
    """Return the :class:`Absence` of a folder for which neither git nor GitHub answers."""
    del root, paths
    return Absence(gap="neither git nor GitHub can be asked for the commit's files")


@dataclass(frozen=True, slots=True)
class Checkouts:
    """Answers questions about checkouts; where git does not answer, it says that nothing is known.

    Args:
        environ: the environment of this process.
        trusted: as in :class:`Git`.
    """

    environ: Mapping[str, str]
    trusted: bool = False

    def commit(self, root: Path) -> str:
        """Return the checked-out commit, "" outside a checkout."""
        try:
            return self._git(root).commit()
        except GitError:
            return ""

    def origin(self, root: Path) -> str:
        """Return the URL of the remote ``origin``, "" where there is none."""
        try:
            url = self._git(root).ask("config", "--local", "--get", "remote.origin.url")
            return os.fsdecode(url).strip()
        except GitError:
            return ""

    def committed(self, root: Path, paths: Sequence[str]) -> Collection[str]:
        """Return which of the files below a root the checked-out commit has."""
        try:
            return self._git(root).committed(root, paths)
        except GitError:
            return ()

    def absent(self, root: Path, paths: Collection[str]) -> Absence:
        """Return which files of the repository the checked-out commit does not have.

        A file in a submodule never counts as missing: it belongs to another commit.
        """
        try:
            listed = self._git(root, timeout=60).ask("ls-tree", "-r", "-z", "--full-tree", "HEAD")
        except GitError as error:
            return Absence(gap=str(error))
        files: set[str] = set()
        submodules: set[str] = set()
        for entry in listed.split(b"\0"):
            kind, _, name = entry.partition(b"\t")
            (submodules if kind.startswith(_SUBMODULE) else files).add(os.fsdecode(name))
        return Absence(
            frozenset(
                path
                for path in paths
                if path not in files
                and not any(str(above) in submodules for above in PurePosixPath(path).parents)
            )
        )

    def _git(self, root: Path, timeout: float = 10) -> Git:
        return Git(top_of(root), self.environ, self.trusted, timeout)
