"""Reading files of a checkout, whose content may be untrusted, and files of the package.

Links are followed, but never out of the boundary folder: the target of a link is resolved one name
at a time, so that nothing outside is accessed. Pipes and devices are not read, and no ``.git``
folder is entered, whatever its name.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import NamedTuple

from lukhas_notion.util.folder import (
    RefusedFileError,
    in_git,
    is_link,
    names_below,
    opened,
    outside,
    unreadable,
)
from lukhas_notion.util.paths import is_git_name, is_network_path

__all__ = [
    "PACKAGED_SCHEMA",
    "Kind",
    "RefusedFileError",
    "configuration_schema",
    "example_workflow",
    "list_names",
    "packaged_folder",
    "packaged_schema",
    "peek",
    "read_named",
    "read_regular",
    "recognise",
    "resolve",
    "same_path",
]

_MOST_LINKS = 40
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
#: Without O_NONBLOCK, opening a pipe that has no writer would never return.
READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | _NO_LINK


def resolve(path: Path, within: Path) -> Path:
    """Return a path with all links resolved; the target need not exist.

    Nothing outside ``within`` is accessed, not even the target of a link that leads out of it.

    Raises:
        RefusedFileError: it leads out of ``within``, into a ``.git`` folder, or in a circle.
    """
    top = os.path.realpath(within)
    home = Path(top)
    todo = names_below(path, (within, home))[::-1]
    resolved: list[str] = []
    links = 0
    while todo:
        name = todo.pop()
        if name == "..":
            if not resolved:
                raise outside()
            resolved.pop()
            continue
        if is_git_name(name):
            raise in_git()
        target = _target("/".join((top.rstrip("/"), *resolved, name)))
        if target is None:
            resolved.append(name)
            continue
        links += 1
        if links > _MOST_LINKS:
            raise RefusedFileError("file.unreadable", "its links go in a circle", "Delete them.")
        if target.is_absolute():
            resolved.clear()
            todo += names_below(target, (home, within))[::-1]
        else:
            todo += target.parts[::-1]
    return home.joinpath(*resolved)


def same_path(path: Path, within: Path) -> Path:
    """Return a path for comparisons: resolved, or normalized where it leads out of ``within``.

    Unlike :func:`os.path.realpath` it accesses nothing outside ``within``.
    """
    try:
        return resolve(path, within)
    except RefusedFileError:
        return Path(os.path.normpath(path))


def read_regular(path: Path, max_bytes: int, *, root: Path | None = None) -> bytes:
    """Return the bytes of a regular file, ``max_bytes + 1`` where it has more than ``max_bytes``.

    Raises:
        RefusedFileError: it is not a regular file, leads out of ``root``, or cannot be opened.
    """
    try:
        real = resolve(path, root) if root is not None else Path(os.path.realpath(path))
        with os.fdopen(opened(os.open(real, READ)), "rb") as file:
            return file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise unreadable(error) from None


def read_named(path: Path, max_bytes: int, within: Path | None) -> bytes:
    """Return the bytes of a file that a flag names, at most ``max_bytes + 1``.

    Without ``within`` the file is the user's own: links are followed, and a pipe is read.

    Raises:
        RefusedFileError: as :func:`read_regular`, with ``within``.
        OSError: it cannot be read.
    """
    if within is not None:
        return read_regular(path, max_bytes, root=within)
    with path.open("rb") as file:
        return file.read(max_bytes + 1)


def peek(path: str, max_bytes: int) -> bytes | None:
    """Return the bytes of a regular file, None for anything else and after any error.

    For the many files whose errors are not reported. It does not check the folders above, since
    the search that found the file follows no link. It makes four system calls instead of a dozen.
    """
    if not _NO_LINK:
        return None
    try:
        descriptor = os.open(path, READ)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
            return None
        content = os.read(descriptor, status.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) == status.st_size else None


def list_names(path: Path, within: Path) -> list[str]:
    """Return the sorted names in a folder, none where there is no folder.

    Raises:
        RefusedFileError: it leads out of ``within``, or cannot be listed.
    """
    try:
        return sorted(file.name for file in resolve(path, within).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(error) from None


def _target(path: str) -> Path | None:
    """Return the target of a link, None where there is no link.

    Raises:
        RefusedFileError: the target is on another computer, or the link cannot be read.
    """
    try:
        target = os.fspath(Path(path).readlink()) if is_link(os.lstat(path)) else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise unreadable(error) from None
    if target is None:
        return None
    if target.startswith("\\\\?\\") and target[5:6] == ":":
        target = target[4:]  # the prefix of a local path on Windows
    if is_network_path(target):
        raise outside()
    return Path(target)


class Kind(NamedTuple):
    """The kind of a file that cannot be parsed: the end of a sentence about it, and the remedy."""

    name: str
    remedy: str
    is_gits: bool = False
    """Whether git leaves such a file in the place of any other file."""


_LFS = Kind(
    "a Git LFS pointer, not the file that it stands for",
    "Check out with `lfs: true` (actions/checkout), or run `git lfs pull`.",
    is_gits=True,
)
_ANNEX = Kind(
    "a git-annex pointer, not the file that it stands for", "Run `git annex get`.", is_gits=True
)
_CONFLICT = Kind(
    "a file with a merge conflict", "Resolve the conflict, and commit the result.", is_gits=True
)
_TEMPLATE = Kind(
    "a template, not the file that is made of it",
    "Exclude it: [manifests] exclude in lukhas-notion.toml.",
)
_HELM = _TEMPLATE._replace(name="a Helm template, not the file that is made of it")
_WRITE = "Write it as JSON or YAML, or exclude it."

#: Characters at the beginning of a file that show its kind.
_LOOKED_AT = 20_000
_IN_HELM = re.compile(r"\{\{-? ?(?:include |define |template |\.(?:Values|Release|Chart|Files)\b)")
_IN_TEMPLATES = re.compile(r"\{\{[-~]? ?[\w.$]|\{%[-+]? ?\w|<%[=-]? ?\w|\$\{\{ ?\w")
_CONFLICTS = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# The kind by the first line that is neither blank nor a comment.
_BY_LINE = (
    (re.compile(r"version https?://[\w.-]+/spec/v\d"), _LFS),
    (re.compile(r"(?:\.\./){0,40}(?:\.git)?/?annex/objects/"), _ANNEX),
    (re.compile(r"<[!?A-Za-z]"), Kind("HTML or XML", _WRITE)),
    (re.compile(r"\[{1,2}[A-Za-z_][\w.-]*\]{1,2}$|[\w.-]+ ?= ?\S"), Kind("TOML", _WRITE)),
    (
        re.compile(r"%YAML|---(?:\s|$)|- \S|[\w./-]+ ?:(?:\s|$)"),
        Kind("YAML", "Name the file .yaml or .yml, write it as JSON, or exclude it."),
    ),
)


def recognise(text: str) -> Kind | None:
    """Return the kind of a text that cannot be parsed, None where it is not clear."""
    start = text[:_LOOKED_AT]
    if _CONFLICTS.search(start):
        return _CONFLICT
    if _IN_HELM.search(start):
        return _HELM
    if _IN_TEMPLATES.search(start):
        return _TEMPLATE
    lines = (line.strip() for line in start.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return next((kind for pattern, kind in _BY_LINE if pattern.match(first)), None)


_PACKAGE = Path(__file__).resolve().parents[1]
PACKAGED_SCHEMA = "validate/module.manifest.schema.json"


def packaged_folder(inside: str, beside: str) -> Path:
    """Return a folder that a wheel and the Docker image have inside the package.

    Args:
        inside: its path in the package.
        beside: its path in a checkout.
    """
    packaged = _PACKAGE / inside
    return packaged if packaged.is_dir() else _PACKAGE.parent / beside


def example_workflow(name: str) -> str:
    """Return the text of an example workflow, such as ``notion-apply.yml``."""
    folder = packaged_folder("workflows", "examples/workflows")
    return (folder / name).read_text(encoding="utf-8")


def packaged_schema() -> bytes:
    """Return the JSON Schema for the manifests of repositories that have none."""
    return (_PACKAGE / PACKAGED_SCHEMA).read_bytes()


def configuration_schema() -> bytes:
    """Return the JSON Schema of ``lukhas-notion.toml``."""
    return (_PACKAGE / "config/lukhas-notion.schema.json").read_bytes()
