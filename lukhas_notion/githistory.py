"""The past of a repository's manifests, out of git: read, and nothing else.

A stranger may have written the commits, the paths and the contents. So git is started without a
shell, by fixed words, with paths read back separated by NUL and contents named by their hash; it
gets neither the tokens nor any ``GIT_`` variable of this process, starts no hook, no filter, no
pager and no signature check, asks no server, and is cut off by size and time.
"""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from lukhas_notion.history import Version

#: Bytes of manifest that are looked at; a larger file is no manifest.
MAX_CONTENT = 1024 * 1024
#: Bytes that one answer of git may have.
MAX_ANSWER = 64 * 1024 * 1024
#: Contents that one run looks at.
MAX_CONTENTS = 50_000
#: Seconds that one call of git may take.
TIMEOUT = 60.0
SHALLOW = "shallow clone, use fetch-depth: 0"

#: What git needs to be found and to find its user's own settings.
_KEPT = ("PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP")
_SETTINGS = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
}
_WORDS = (
    "git",
    "--no-pager",
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.follow=false"),
    *("-c", "protocol.allow=never"),
)
#: Merges are compared with each parent: what settled a conflict is in neither.
_LOG = (
    *("log", "--format=", "--raw", "-z", "--no-abbrev", "--relative", "--find-renames"),
    *("-m", "--full-history", "--topo-order", "--diff-filter=AMRT"),
    *("--no-ext-diff", "--no-textconv", "--no-show-signature", "HEAD", "--"),
)
_FILES = ("100644", "100755")
_BATCH = 4 * 1024 * 1024


class GitError(Exception):
    """Git did not answer; the message ends a sentence."""


@dataclass
class GitHistory:
    """The past of the files that match ``include``, as far as the checkout in ``root`` has it.

    Args:
        root: a folder of the checkout; paths are relative to it.
        include: the globs of the manifests.
        environ: this process's environment.
        trusted: whether the folder's owner is not looked at: a container's user is another one
            than the runner's, who made the checkout.
        max_contents: how many contents are looked at.
    """

    root: Path
    include: Sequence[str]
    environ: Mapping[str, str]
    trusted: bool = False
    max_contents: int = MAX_CONTENTS
    _gaps: list[str] = field(default_factory=list)

    @property
    def gap(self) -> str:
        """Why the past is not whole, "" when it is."""
        return self._gaps[0] if self._gaps else ""

    def versions(self) -> Sequence[Version]:
        """Return every version that git knows, the newest first."""
        return self._versions

    def contents(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (id, content) for every content that is no larger than a manifest may be."""
        listed = list(dict.fromkeys(ids))
        if len(listed) > self.max_contents:
            self._gaps.append("its history is longer than is looked at")
            del listed[self.max_contents :]
        try:
            for batch in self._batches(listed):
                yield from self._read(batch)
        except GitError as error:
            self._gaps.append(str(error))

    @cached_property
    def _versions(self) -> tuple[Version, ...]:
        try:
            shallow = self._git("rev-parse", "--is-shallow-repository").strip() == b"true"
            if shallow:
                self._gaps.append(SHALLOW)
            patterns = [f":(glob){_whole(pattern)}" for pattern in self.include]
            return tuple(_parsed(self._git(*_LOG, *patterns)))
        except GitError as error:
            self._gaps.append(str(error))
            return ()

    def _batches(self, ids: Sequence[str]) -> Iterator[list[str]]:
        """Yield ids of small files, so many at a time that git's answer stays small."""
        batch: list[str] = []
        weight = 0
        for line in self._ask("--batch-check", ids).splitlines():
            name, kind, *size = line.decode("ascii", "replace").split(" ")
            if kind == "missing":
                self._gaps.append("some of its history was not fetched")
            if kind != "blob" or int(size[0]) > MAX_CONTENT:
                continue
            batch.append(name)
            weight += int(size[0])
            if weight > _BATCH:
                yield batch
                batch, weight = [], 0
        if batch:
            yield batch

    def _read(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        answer, at = self._ask("--batch", ids), 0
        while at < len(answer):
            end = answer.index(b"\n", at)
            name, _, size = answer[at:end].decode("ascii").split(" ")
            at = end + 1 + int(size)
            yield name, answer[end + 1 : at]
            at += 1

    def _ask(self, how: str, ids: Sequence[str]) -> bytes:
        asked = "".join(f"{each}\n" for each in ids).encode("ascii")
        return self._git("cat-file", how, said=asked)

    def _git(self, *words: str, said: bytes = b"") -> bytes:
        """Return what git answers to fixed words.

        Raises:
            GitError: it cannot be started, fails, says too much or takes too long.
        """
        trust = ("-c", "safe.directory=*") if self.trusted else ()
        command = [*_WORDS, *trust, "-C", str(self.root), *words]
        kept = {name: self.environ[name] for name in _KEPT if name in self.environ}
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stderr:
            stdin.write(said)
            stdin.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
                    command,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    env={**kept, **_SETTINGS},
                )
            except (OSError, ValueError) as error:
                raise GitError(_not_started(error)) from None
            answer, late = _bounded(process)
            stderr.seek(0)
            complaint = stderr.read(2_000).decode("utf-8", "replace")
        if late():
            raise GitError(f"git took longer than {TIMEOUT:g} seconds")
        if len(answer) > MAX_ANSWER:
            raise GitError("its history is longer than is looked at")
        if process.returncode:
            raise GitError(_complaint(complaint))
        return answer


def _bounded(process: subprocess.Popen[bytes]) -> tuple[bytes, Callable[[], bool]]:
    """Return what a process says, one byte too many at most, and whether it was cut off in time."""
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(TIMEOUT, end)
    timer.start()
    try:
        with process:
            assert process.stdout is not None  # noqa: S101 - for the type checker
            answer = process.stdout.read(MAX_ANSWER + 1)
            if len(answer) > MAX_ANSWER:
                process.kill()
    finally:
        timer.cancel()
    return answer, late.is_set


def _not_started(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "git is not installed here"
    return f"git cannot be started: {getattr(error, 'strerror', None) or error}"


def _complaint(text: str) -> str:
    first = next(iter(text.strip().splitlines()), "no reason given")
    return f"git says: {first.removeprefix('fatal: ')[:200]}"


def _whole(pattern: str) -> str:
    """Return a glob as git takes it: one that ends in a slash means everything below."""
    return f"{pattern}**" if pattern.endswith("/") else pattern


def _parsed(raw: bytes) -> Iterator[Version]:
    """Read ``git log --raw -z``: ``:MODE MODE ID ID STATUS``, then a path, or two for a move."""
    tokens = iter(raw.split(b"\0"))
    for token in tokens:
        # Between two commits stands an empty token, or a line's end.
        head = token.lstrip(b"\n")
        if not head.startswith(b":"):
            continue
        _, mode, _, content_id, status = head.decode("ascii").split(" ")
        moved = status[0] in "RC"
        paths = [_path(each) for each in islice(tokens, 2 if moved else 1)]
        if mode in _FILES and None not in paths:
            previous = "" if status[0] == "A" else paths[0] or ""
            yield Version(paths[-1] or "", content_id, previous)


def _path(raw: bytes) -> str | None:
    """Return a path, None where it is no UTF-8 text: no search would have read it as one."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
