"""Which files of a repository are manifests: globs (:mod:`lukhas_notion.util.paths`) say it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lukhas_notion.manifests.manifest import file_of
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.folder import how_to_read
from lukhas_notion.util.paths import (
    Effort,
    ExhaustedError,
    Glob,
    parse,
)
from lukhas_notion.util.text import nearest

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

    Args:
        paths: the manifests.
        excluded: the folders that were not entered, each with a slash at its end, and the files
            that an exclude glob took away.
        unmatched: a sentence for each glob that matches nothing, and why.
    """

    paths: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


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
        ConfigError: a folder cannot be listed; what is in it would seem to have gone. Or comparing
            the globs with the paths takes more than it may.
    """
    wanted, unwanted = _Globs(include), _Globs(exclude)
    paths: list[str] = []
    excluded: list[str] = []
    top = os.fspath(root)
    for folder, names, files in os.walk(top, onerror=_refuse):
        prefix = _below(top, folder)
        if prefix and not _OTHERS.isdisjoint(files):
            excluded.append(prefix)
            names.clear()
            continue
        skipped = {n for n in names if unwanted.cover(f"{prefix}{n}/") or is_skipped(n)}
        excluded.extend(f"{prefix}{name}/" for name in skipped)
        names[:] = [name for name in names if name not in skipped]
        for path in (f"{prefix}{name}" for name in files):
            is_unwanted = unwanted.match(path)
            if wanted.match(path):
                (excluded if is_unwanted else paths).append(path)
    unmatched = [*_unmatched(root, "include", wanted), *_unmatched(root, "exclude", unwanted)]
    return Discovery(tuple(sorted(paths)), tuple(sorted(excluded)), tuple(unmatched))


#: Steps for comparing one glob with one path; both rarely have ten names.
_STEPS_A_GLOB = 40
#: Steps beside those for a path that is looked at alone.
_STEPS_FOR_ONE = 20_000


class _Globs:
    """Several globs, one for each choice of their braces, and which have matched nothing yet."""

    def __init__(self, patterns: Sequence[str], effort: Effort | None = None) -> None:
        self._globs = _choices(tuple(patterns))
        self.unmatched = list(self._globs)
        self._effort = effort or Effort()

    def match(self, path: str) -> bool:
        """Whether one of them means a file."""
        return self._any(lambda glob: glob.matches(path, self._effort))

    def cover(self, folder: str) -> bool:
        """Whether one of them means a folder, or all below it."""
        return self._any(lambda glob: glob.covers(folder, self._effort))

    def _any(self, means: Callable[[Glob], bool]) -> bool:
        self._effort.grant(_STEPS_A_GLOB * len(self._globs))
        try:
            new = [glob for glob in self.unmatched if means(glob)]
            if new:
                self.unmatched = [glob for glob in self.unmatched if glob not in new]
            return bool(new) or any(map(means, self._globs))
        except ExhaustedError:
            raise ConfigError(
                "The globs of [manifests] take too long to compare with the paths.",
                "Write fewer of them, or fewer names between their slashes.",
            ) from None


@lru_cache(maxsize=8)
def _choices(patterns: tuple[str, ...]) -> list[Glob]:
    """Return a glob for each choice of the patterns' braces."""
    return [each for pattern in patterns for each in parse(pattern).choices()]


def _unmatched(root: Path, key: str, globs: _Globs) -> Iterator[str]:
    """Yield a sentence for each glob that has matched nothing.

    One choice of several in braces is named only where it is clear why.
    """
    unmatched: dict[str, list[str]] = {}
    for glob in globs.unmatched:
        unmatched.setdefault(glob.text, []).extend(glob.alternatives)
    for text, patterns in unmatched.items():
        if text in DEFAULT_INCLUDE:  # nobody need have written it
            continue
        # Nobody wonders that a folder which is never entered need not be excluded.
        if key == "exclude" and any(map(_is_never_entered, patterns)):
            continue
        reasons = {pattern: reason for pattern in patterns if (reason := _reason(root, pattern))}
        if len(set(patterns)) == len(parse(text).alternatives):
            reason = next(iter(reasons.values()), "")
            yield f"[manifests] {key}: '{text}' matches nothing{reason}."
        else:
            for pattern, reason in reasons.items():
                yield f"[manifests] {key}: '{text}' matches nothing as '{pattern}'{reason}."


def _is_never_entered(pattern: str) -> bool:
    return any(is_skipped(name) for name in pattern.split("/"))


def _reason(root: Path, pattern: str) -> str:
    """Return why a pattern matches nothing, as the end of a sentence; "" where it is not clear."""
    names = pattern.split("/")
    here = root
    for name in names:
        if any(char in name for char in "*?["):
            return ""
        if is_skipped(name):
            return f": folders named '{name}' are never searched"
        if (here / name).is_symlink():
            return f": '{name}' is a link, and links to folders are not followed"
        if not (here / name).is_dir():
            near = nearest(name, _folders(here))
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            where = f" in '{_shown(root, here)}'" if here != root else ""
            return f": there is no '{name}'{where}{hint}"
        here = here / name
    return f": it is a folder; write '{pattern}/**/module.manifest.json'"


def _folders(folder: Path) -> list[str]:
    try:
        return sorted(e.name for e in os.scandir(folder) if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def _shown(root: Path, folder: Path) -> str:
    return folder.relative_to(root).as_posix()


def is_wanted(path: str, include: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Whether a search would list the file of ``path`` if it were there, by its name alone.

    Raises:
        ConfigError: comparing the globs with it takes more than it may.
    """
    path = file_of(path)
    *folders, _ = path.split("/")
    if any(is_skipped(name) for name in folders):
        return False
    above = ["/".join(folders[: n + 1]) + "/" for n in range(len(folders))]
    # It is asked for one path after the other, so that each has little beyond its own.
    effort = Effort(_STEPS_FOR_ONE)
    unwanted = _Globs(exclude, effort)
    if any(map(unwanted.cover, above)) or unwanted.match(path):
        return False
    return _Globs(include, effort).match(path)


def _refuse(error: OSError) -> None:
    raise ConfigError(
        f"cannot list the folder {error.filename}: {error.strerror}",
        f"{how_to_read(error)} Or name another folder with --root.",
    )


def _below(top: str, folder: str) -> str:
    """Return a folder of a walk from ``top``, relative to it, with a slash at its end; "" is it."""
    relative = folder[len(top) :].replace(os.sep, "/").strip("/")
    return f"{relative}/" if relative else ""


def is_skipped(name: str) -> bool:
    """Whether a folder of this name is never entered."""
    return name.startswith(".") or name in SKIPPED_FOLDERS
