"""Which files of a repository are manifests.

Globs match the whole path from the repository's root, with forward slashes: ``**`` stands for any
number of folders, ``*``, ``?`` and ``[…]`` stay within one name. A glob that ends in a slash means
everything below.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lukhas_notion.errors import ConfigError

DEFAULT_INCLUDE = ("**/module.manifest.json",)

SKIPPED_FOLDERS = frozenset(
    {"node_modules", "dist", "build", "venv", "site-packages", "__pycache__", "schemas"}
)
"""Folders that are never entered, whatever is configured.

Nor are hidden ones (their names begin with a dot) and those that hold a ``pyvenv.cfg``.
"""

DEMO_MARKER = ".lukhas-notion-demo"
"""The file that marks a folder as the demo's."""

_OTHERS = frozenset({"pyvenv.cfg", DEMO_MARKER})
"""Files that mark a folder as a virtual environment's, or as what the demo left behind."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a search found: paths relative to the root, with forward slashes, sorted.

    ``excluded`` has the folders that were not entered, each with a slash at its end, and the files
    that an exclude glob took away.
    """

    paths: tuple[str, ...]
    excluded: tuple[str, ...]


def find_manifests(
    root: Path, include: Sequence[str] = DEFAULT_INCLUDE, exclude: Sequence[str] = ()
) -> list[str]:
    """Return the manifests' paths, relative to ``root``, with forward slashes, sorted."""
    return list(discover(root, include, exclude).paths)


def discover(
    root: Path, include: Sequence[str] = DEFAULT_INCLUDE, exclude: Sequence[str] = ()
) -> Discovery:
    """Search ``root`` once. ``exclude`` adds to :data:`SKIPPED_FOLDERS`.

    Symbolic links to folders are not followed; those to files are listed, and judged when read.

    Raises:
        ConfigError: a folder cannot be listed; what is in it would seem to have gone.
    """
    wanted = [Glob(pattern) for pattern in include]
    unwanted = [Glob(pattern) for pattern in exclude]
    paths: list[str] = []
    excluded: list[str] = []
    top = os.fspath(root)
    for folder, names, files in os.walk(top, onerror=_refuse):
        prefix = _below(top, folder)
        if prefix and not _OTHERS.isdisjoint(files):
            excluded.append(prefix)
            names.clear()
            continue
        skipped = {n for n in names if is_skipped(n) or _any(unwanted, f"{prefix}{n}/")}
        excluded.extend(f"{prefix}{name}/" for name in skipped)
        names[:] = [name for name in names if name not in skipped]
        for path in (f"{prefix}{name}" for name in files):
            if _any(wanted, path):
                (excluded if _any(unwanted, path) else paths).append(path)
    return Discovery(tuple(sorted(paths)), tuple(sorted(excluded)))


def is_wanted(path: str, include: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Whether a search would list ``path`` if it were there, by its name alone."""
    *folders, _ = path.split("/")
    if any(is_skipped(name) for name in folders):
        return False
    above = ["/".join(folders[: n + 1]) + "/" for n in range(len(folders))]
    unwanted = [Glob(pattern) for pattern in exclude]
    if any(_any(unwanted, each) for each in (*above, path)):
        return False
    return _any([Glob(pattern) for pattern in include], path)


def _refuse(error: OSError) -> None:
    raise ConfigError(
        f"cannot list the folder {error.filename}: {error.strerror}",
        "Make it readable, or name another folder with --root.",
    )


def _below(top: str, folder: str) -> str:
    """Return a folder of a walk from ``top``, relative to it, with a slash at its end; "" is it."""
    relative = folder[len(top) :].replace(os.sep, "/").strip("/")
    return f"{relative}/" if relative else ""


def is_skipped(name: str) -> bool:
    """Whether a folder of this name is never entered."""
    return name.startswith(".") or name in SKIPPED_FOLDERS


def _any(globs: Iterable[Glob], path: str) -> bool:
    return any(glob.matches(path) for glob in globs)


class Glob:
    """One compiled glob. Matching takes time linear in the path for each ``**`` at most."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        whole = pattern + "**" if pattern.endswith("/") else pattern
        self._parts = [None if p == "**" else _segment(p) for p in whole.split("/")]

    def matches(self, path: str) -> bool:
        """Whether the glob matches ``path``; a folder's path ends in a slash."""
        names = path.split("/")
        last = self._parts[-1]
        if last is not None and not last(names[-1]):
            return False
        part = name = 0
        # Where to take up again when a name does not match: after the last ``**``, one name on.
        again: tuple[int, int] | None = None
        while name < len(names):
            if part < len(self._parts) and self._parts[part] is None:
                part += 1
                again = (part, name)
                continue
            segment = self._parts[part] if part < len(self._parts) else None
            if segment is not None and segment(names[name]):
                part, name = part + 1, name + 1
                continue
            if again is None:
                return False
            part, name = again[0], again[1] + 1
            again = (part, name)
        return all(segment is None for segment in self._parts[part:])


def _segment(pattern: str) -> Callable[[str], object]:
    return re.compile(fnmatch.translate(pattern)).match
