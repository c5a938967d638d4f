"""The past of a repository's manifests, out of git: read, and nothing else.

A stranger may have written the commits, the paths and the contents. Paths are read back separated
by NUL and contents named by their hash; how git is started, :mod:`lukhas_notion.util.git` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from lukhas_notion.checkout import top_of
from lukhas_notion.history import Version
from lukhas_notion.util.git import MAX_ANSWER, TIMEOUT, Git, GitError

#: Bytes of manifest that are looked at; a larger file is no manifest.
MAX_CONTENT = 1024 * 1024
#: Contents that one run looks at.
MAX_CONTENTS = 50_000
SHALLOW = "shallow clone, use fetch-depth: 0"

#: Merges are compared with each parent: what settled a conflict is in neither.
_LOG = (
    *("log", "--format=", "--raw", "-z", "--no-abbrev", "--relative", "--find-renames"),
    *("-m", "--full-history", "--topo-order", "--diff-filter=AMRT"),
    *("--no-ext-diff", "--no-textconv", "--no-show-signature", "HEAD", "--"),
)
_FILES = ("100644", "100755")
_BATCH = 4 * 1024 * 1024


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
        timeout: seconds that one call of git may take.
        max_answer: bytes that one answer of git may have.
    """

    root: Path
    include: Sequence[str]
    environ: Mapping[str, str]
    trusted: bool = False
    max_contents: int = MAX_CONTENTS
    timeout: float = TIMEOUT
    max_answer: int = MAX_ANSWER
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
        return self._checkout.ask(*words, folder=self.root, said=said)

    @cached_property
    def _checkout(self) -> Git:
        top = top_of(self.root)
        return Git(top, self.environ, self.trusted, self.timeout, self.max_answer)


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
