"""Find the manifests of a repository by globs (:mod:`lukhas_notion.manifests.globs`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lukhas_notion.manifests.globs import Effort, ExhaustedError, Glob, parse_glob
from lukhas_notion.manifests.manifest import file_of
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.folder import how_to_read
from lukhas_notion.util.text import nearest

DEFAULT_INCLUDE = ("**/module.manifest.json",)

SKIPPED_FOLDERS = frozenset(
    {"node_modules", "dist", "build", "venv", "site-packages", "__pycache__", "schemas"}
)
"""Folders that are never entered, whatever the configuration.

Neither are hidden folders, whose names begin with a dot, and those with a ``pyvenv.cfg``.
"""

DEMO_MARKER = ".lukhas-notion-demo"
"""The file that marks a folder of the demo."""

#: Files that mark a folder as a virtual environment or as one of the demo.
_MARKERS = frozenset({"pyvenv.cfg", DEMO_MARKER})


@dataclass(frozen=True, slots=True)
class Discovery:
    """The result of a search: paths relative to the root, with forward slashes, sorted.

    Args:
        paths: the manifests.
        excluded: the folders that were not entered, each with a slash at its end, and the files
            that an exclude glob matches.
        unmatched: a sentence for each glob that matches nothing, with the reason.
    """

    paths: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


def find_manifests(
    root: Path, include: Sequence[str] = DEFAULT_INCLUDE, exclude: Sequence[str] = ()
) -> list[str]:
    """Return the paths of the manifests, as in :class:`Discovery`."""
    return list(discover(root, include, exclude).paths)


def discover(
    root: Path, include: Sequence[str] = DEFAULT_INCLUDE, exclude: Sequence[str] = ()
) -> Discovery:
    """Search ``root`` once. ``exclude`` adds to :data:`SKIPPED_FOLDERS`.

    Symbolic links to folders are not followed; those to files are listed, and checked when read.

    Raises:
        ConfigError: a folder cannot be listed, so that its manifests would seem deleted; or
            comparing the globs with the paths takes too many steps.
    """
    wanted, unwanted = _Globs(include), _Globs(exclude)
    paths: list[str] = []
    excluded: list[str] = []
    top = os.fspath(root)
    for folder, names, files in os.walk(top, onerror=_refuse):
        relative = folder[len(top) :].replace(os.sep, "/").strip("/")
        prefix = f"{relative}/" if relative else ""
        if prefix and not _MARKERS.isdisjoint(files):
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
#: Further steps for a path that is compared alone.
_STEPS_FOR_ONE = 20_000


class _Globs:
    """Several globs, one for each alternative of their braces, and those not matched so far."""

    def __init__(self, patterns: Sequence[str], effort: Effort | None = None) -> None:
        self._globs = _choices(tuple(patterns))
        self.unmatched = list(self._globs)
        self._effort = effort or Effort()

    def match(self, path: str) -> bool:
        """Return whether one of them matches a file."""
        return self._any(lambda glob: glob.matches(path, self._effort))

    def cover(self, folder: str) -> bool:
        """Return whether one of them matches a folder, or everything below it."""
        return self._any(lambda glob: glob.covers(folder, self._effort))

    def _any(self, matches: Callable[[Glob], bool]) -> bool:
        self._effort.grant(_STEPS_A_GLOB * len(self._globs))
        try:
            new = [glob for glob in self.unmatched if matches(glob)]
            if new:
                self.unmatched = [glob for glob in self.unmatched if glob not in new]
            return bool(new) or any(map(matches, self._globs))
        except ExhaustedError:
            raise ConfigError(
                "The globs of [manifests] take too long to compare with the paths.",
                "Write fewer of them, or fewer names between their slashes.",
            ) from None


@lru_cache(maxsize=8)
def _choices(patterns: tuple[str, ...]) -> list[Glob]:
    """Return a glob for each alternative of the patterns' braces."""
    return [glob for pattern in patterns for glob in parse_glob(pattern).choices()]


def _unmatched(root: Path, key: str, globs: _Globs) -> Iterator[str]:
    """Yield a sentence for each glob that has matched nothing.

    Of several alternatives in braces, one is named only where the reason is known.
    """
    unmatched: dict[str, list[str]] = {}
    for glob in globs.unmatched:
        unmatched.setdefault(glob.text, []).extend(glob.alternatives)
    for text, patterns in unmatched.items():
        if text in DEFAULT_INCLUDE:  # it is not in the configuration
            continue
        # An exclusion of a folder that is never entered anyway is not a mistake.
        names = (name for pattern in patterns for name in pattern.split("/"))
        if key == "exclude" and any(map(is_skipped, names)):
            continue
        reasons = {pattern: reason for pattern in patterns if (reason := _reason(root, pattern))}
        if len(set(patterns)) == len(parse_glob(text).alternatives):
            reason = next(iter(reasons.values()), "")
            yield f"[manifests] {key}: '{text}' matches nothing{reason}."
        else:
            for pattern, reason in reasons.items():
                yield f"[manifests] {key}: '{text}' matches nothing as '{pattern}'{reason}."


def _reason(root: Path, pattern: str) -> str:
    """Return why a pattern matches nothing, as the end of a sentence; "" if it is not known."""
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
            hint = f" (did you mean '{near}'?)" if near else ""
            where = f" in '{here.relative_to(root).as_posix()}'" if here != root else ""
            return f": there is no '{name}'{where}{hint}"
        here = here / name
    return f": it is a folder; write '{pattern}/**/module.manifest.json'"


def _folders(folder: Path) -> list[str]:
    try:
        return sorted(e.name for e in os.scandir(folder) if e.is_dir(follow_symlinks=False))
    except OSError:
        return []


def is_wanted(path: str, include: Sequence[str], exclude: Sequence[str] = ()) -> bool:
    """Return whether a search would list the file of a manifest's path, if the file existed.

    Raises:
        ConfigError: comparing the globs with it takes too many steps.
    """
    path = file_of(path)
    *folders, _ = path.split("/")
    if any(is_skipped(name) for name in folders):
        return False
    above = ["/".join(folders[: n + 1]) + "/" for n in range(len(folders))]
    # Many paths are compared one after the other, so that each has few further steps.
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


def is_skipped(name: str) -> bool:
    """Return whether a folder of this name is never entered."""
    return name.startswith(".") or name in SKIPPED_FOLDERS
