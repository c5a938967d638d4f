"""What a repository's past is, to whoever asks for it: earlier versions of its files, and moves."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Version:
    """A file as one commit left it.

    Args:
        path: where it was, relative to the root, with forward slashes.
        content_id: names its content.
        previous: where it was before that commit: ``path`` for an edit, another path for a move,
            "" for a file that was new.
    """

    path: str
    content_id: str
    previous: str


class History(Protocol):
    """The past of the files that the configuration includes."""

    @property
    def gap(self) -> str:
        """Why it is not whole, in words that end a sentence, "" when it is."""
        ...

    def versions(self) -> Sequence[Version]:
        """Return every version that is known, the newest first."""
        ...

    def contents(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (id, content), in any order, where it can be had and is of a manifest's size."""
        ...


class NoHistory:
    """The past of a repository that has none to be asked for."""

    gap = "there is no history to look into"

    def versions(self) -> Sequence[Version]:
        """Return none."""
        return ()

    def contents(self, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield none."""
        del ids
        return iter(())


class Lineages:
    """The versions that files have had, followed back through their moves."""

    def __init__(self, versions: Sequence[Version]) -> None:
        self._at: dict[str, list[tuple[int, Version]]] = defaultdict(list)
        for index, version in enumerate(versions):
            self._at[version.path].append((index, version))

    def of(self, path: str) -> Iterator[Version]:
        """Yield the versions that the file at ``path`` has had, the newest first.

        One that was deleted and made anew at the same place counts as the same file.
        """
        known, next_one = self._at.get(path, []), 0
        while next_one < len(known):
            index, version = known[next_one]
            yield version
            next_one += 1
            if version.previous not in ("", version.path):
                known = self._at.get(version.previous, [])
                next_one = bisect_right(known, index, key=lambda entry: entry[0])
