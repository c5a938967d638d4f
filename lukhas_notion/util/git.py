"""Git: the one place that starts it, and what it knows of a checkout that a stranger filled.

A stranger may have written the commits, the names, the contents and even a repository within the
checkout. So git is started without a shell, by an absolute path outside the checkout, and with
settings that a repository's own cannot undo:

- a bare repository among the files is not taken for the checkout (``safe.bareRepository``), no
  folder above the expected checkout is looked at, and the top level that git finds must be the
  expected one: a ``.git`` file or a ``core.worktree`` that leads elsewhere ends in an error;
- no server is asked and no helper started for a protocol (``GIT_ALLOW_PROTOCOL`` overrides what a
  repository allows for single protocols), and no hook, monitor, pager or signature check;
- of this process's environment it gets only what it needs to be found and to find its user's
  settings: no token, no ``GIT_`` variable;
- an answer ends at a size and at a time.

Git is asked for the origin and the tree, and for nothing of the past. A file that is absent from
the disk may be in the commit: a sparse checkout leaves files out.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

WORKFLOWS = ".github/workflows"


def top_of(root: Path, within: Path | None = None) -> Path:
    """Return the top folder of the checkout that ``root`` lies in, by its ``.git``.

    Args:
        root: an absolute path.
        within: the folder to stop at, which is the answer where no ``.git`` folder is found. A
            ``.git`` file, as a submodule has, does not count then: the files of a submodule belong
            to the checkout around it. Without it, the answer is ``root`` itself.
    """
    if within is None:
        return next((each for each in (root, *root.parents) if is_checkout(each)), root)
    inside = (each for each in (root, *root.parents) if each.is_relative_to(within))
    return next((each for each in inside if (each / ".git").is_dir()), within)


def is_checkout(folder: Path) -> bool:
    """Whether a checkout begins in a folder."""
    return os.path.lexists(folder / ".git")


#: Bytes that one answer may have.
MAX_ANSWER = 64 * 1024 * 1024
#: Seconds that one call may take.
TIMEOUT = 60.0

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


class GitError(Exception):
    """Git did not answer; the message ends a sentence."""


@dataclass
class Git:
    """What git knows of one checkout.

    Args:
        top: the folder that the checkout is expected to begin in.
        environ: this process's environment.
        trusted: whether the folder's owner is not looked at: a container's user is another one
            than the runner's, who made the checkout.
        timeout: seconds that one call may take.
        max_answer: bytes that one answer may have.
    """

    top: Path
    environ: Mapping[str, str]
    trusted: bool = False
    timeout: float = TIMEOUT
    max_answer: int = MAX_ANSWER

    def ask(self, *words: str, folder: Path | None = None, said: bytes = b"") -> bytes:
        """Return what git answers to fixed words.

        Args:
            words: the command and its arguments; the caller keeps a stranger's text out of
                options, by ``--`` or by reading it from ``said``.
            folder: where it runs, in the checkout; None for its top.
            said: what it reads.

        Raises:
            GitError: it is not installed, this is not the expected checkout, or it fails, answers
                too much or takes too long.
        """
        if self._found_top != self.top:
            raise GitError(f"git finds a checkout in {self._found_top} instead of {self.top}")
        return self._run(*words, folder=folder or self.top, said=said)

    def commit(self) -> str:
        """Return the commit that is checked out.

        Raises:
            GitError: as :meth:`ask`; also where there is no commit yet.
        """
        answer = self.ask("rev-parse", "--verify", "HEAD^{commit}").decode("ascii", "replace")
        if not _COMMIT.fullmatch(answer.strip()):
            raise GitError("git names no commit")
        return answer.strip()

    def committed(self, folder: Path, paths: Sequence[str]) -> list[str]:
        """Return those of some files, relative to a folder, that the commit checked out has.

        Raises:
            GitError: as :meth:`ask`; also where there is no commit yet.
        """
        answer = self.ask("ls-tree", "-z", "--name-only", "HEAD", "--", *paths, folder=folder)
        return [os.fsdecode(path) for path in answer.split(b"\0") if path]

    @cached_property
    def _found_top(self) -> Path:
        """The top level that git finds, in the spelling of ``top`` where it is the same folder."""
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
        """The folders in which programs are looked for: none in the checkout, none relative."""
        named = self.environ.get("PATH", "").split(os.pathsep)
        return tuple(each for each in named if self._may_be_searched(each))

    @cached_property
    def _executable(self) -> str:
        for folder in self._path:
            # On Windows the current folder is searched first, and answered by a relative path.
            found = shutil.which("git", path=folder)
            if found and self._may_be_searched(found):
                return found
        raise GitError("git is not installed here")

    def _may_be_searched(self, named: str) -> bool:
        """Return whether a folder of programs, or a program, is the machine's own."""
        path = Path(named)
        return path.is_absolute() and not _within(path, self.top, Path.cwd())

    def _run(self, *words: str, folder: Path, said: bytes = b"") -> bytes:
        trust = ("-c", "safe.directory=*") if self.trusted else ()
        command = [self._executable, *_WORDS, *trust, "-C", str(folder), *words]
        environ = {name: self.environ[name] for name in _KEPT if name in self.environ}
        environ |= {
            **_SETTINGS,
            "PATH": os.pathsep.join(self._path),
            "GIT_CEILING_DIRECTORIES": str(self.top.parent),
        }
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
            stdin.write(said)
            stdin.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
                    command,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env=environ,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise GitError(f"git cannot be started: {reason}") from None
            answer, late = self._bounded(process)
            stderr.seek(0)
            complaint = stderr.read(2_000).decode("utf-8", "replace")
        if late():
            raise GitError(f"git took longer than {self.timeout:g} seconds")
        if len(answer) > self.max_answer:
            raise GitError("git answers more than is read")
        if process.returncode:
            raise GitError(_complaint(complaint))
        return answer

    def _bounded(self, process: subprocess.Popen[bytes]) -> tuple[bytes, Callable[[], bool]]:
        """Return at most one byte more than is allowed, and whether the time was up."""
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
        return answer, late.is_set


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started, which may hold its output open."""
    if os.name != "posix":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _within(path: Path, top: Path, current: Path) -> bool:
    """Return whether a path, or what it links to, is in the checkout or in the current folder."""
    for each in (path, path.resolve()):
        if each.is_relative_to(top) or each.is_relative_to(top.resolve()):
            return True
        if current in (each, each.parent):
            return True
    return False


def _complaint(text: str) -> str:
    first = next(iter(text.strip().splitlines()), "no reason given")
    return f"git says: {first.removeprefix('fatal: ')[:200]}"


_SUBMODULE = b"160000"


@dataclass(frozen=True, slots=True)
class Absence:
    """Which of some files a commit certainly does not have.

    Args:
        missing: those of the paths that were asked for; from the repository's top.
        gap: why nothing is known, in words that end a sentence; "" where it can.
    """

    missing: frozenset[str] = frozenset()
    gap: str = ""


def unknown(root: Path, paths: Collection[str]) -> Absence:
    """Return what is known of a folder that nobody can be asked about."""
    del root, paths
    return Absence(gap="neither git nor GitHub can be asked for the commit's files")


def origin_of(root: Path, environ: Mapping[str, str], *, trusted: bool = False) -> str:
    """Return the URL of a checkout's remote ``origin``, "" where there is none."""
    try:
        git = Git(top_of(root), environ, trusted=trusted, timeout=10)
        said = git.ask("config", "--local", "--get", "remote.origin.url")
    except GitError:
        return ""
    return os.fsdecode(said).strip()


def absent_from_commit(
    root: Path, paths: Collection[str], environ: Mapping[str, str], *, trusted: bool = False
) -> Absence:
    """Return which files the commit that is checked out does not have.

    What lies inside a submodule is never called missing: its files are another commit's.
    """
    try:
        git = Git(top_of(root), environ, trusted=trusted)
        listed = git.ask("ls-tree", "-r", "-z", "--full-tree", "HEAD")
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


def prefix_of(root: Path) -> str:
    """Return the folder of a root inside its checkout, "" or ending in a slash."""
    below = root.relative_to(top_of(root)).as_posix()
    return "" if below == "." else f"{below}/"
