"""Reading files of a checkout, whose content may be untrusted, and files of the package.

Links are followed, but never out of the boundary folder: the target of a link is resolved one name
at a time, so that nothing outside is accessed. Pipes and devices are not read, and no ``.git``
folder is entered, whatever its name.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

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
    "RefusedFileError",
    "configuration_schema",
    "example_workflow",
    "list_names",
    "packaged_folder",
    "packaged_schema",
    "peek",
    "read_named",
    "read_regular",
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
