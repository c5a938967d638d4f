"""Reading files that a stranger may have put there: no pipe, no device, nothing out of the root."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class UnreadableError(Exception):
    """A file that is not read, and why.

    Args:
        rule: ``file.`` and a stable name.
        message: why, in words for a person.
        remedy: what to do about it.
    """

    def __init__(self, rule: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.remedy = remedy


def read_regular(path: Path, max_bytes: int, *, root: Path | None = None) -> bytes:
    """Return the bytes of a regular file; one too many where there are more than ``max_bytes``.

    Symbolic links are followed, but with ``root`` not out of it.

    Raises:
        UnreadableError: it is something else, outside ``root``, or cannot be opened.
    """
    try:
        real = os.path.realpath(path)
        if root is not None and not Path(real).is_relative_to(os.path.realpath(root)):
            message = "the file is outside the repository"
            remedy = "Put the file itself here, not a way out of the repository."
            raise UnreadableError("file.outside", message, remedy)
        with open(real, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                message = "this is a pipe or a device, not a file"
                raise UnreadableError("file.special", message, "Delete it.")
            return file.read(max_bytes + 1)
    except IsADirectoryError:
        message = "this is a folder, not a file"
        raise UnreadableError("file.folder", message, "Name the file in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"the file cannot be read: {reason}"
        raise UnreadableError("file.unreadable", message, "Make it readable.") from None


def is_vacant(path: Path, root: Path) -> bool:
    """Whether a new file may be made at ``path``: True where nothing is, False where a file is.

    Args:
        path: below ``root``; folders above it that are not there yet may be made.
        root: no link leads out of it.

    Raises:
        UnreadableError: something else is there, or stands in the way.
    """
    real_root = Path(os.path.realpath(root))
    between = [each for each in reversed(path.parents) if each.is_relative_to(root)]
    for each in (*between, path):
        if not os.path.lexists(each):
            return True
        if not Path(os.path.realpath(each)).is_relative_to(real_root):
            message = "it is, or lies behind, a link out of the repository"
            raise UnreadableError("file.outside", message, "Delete the link.")
        if not each.exists():
            raise UnreadableError("file.unreadable", "it is a link to nothing", "Delete the link.")
        if each != path and not each.is_dir():
            message = f"{each.relative_to(root).as_posix()} is a file, and has to be a folder"
            raise UnreadableError("file.folder", message, "Move that file away.")
    if path.is_dir():
        raise UnreadableError("file.folder", "a folder stands in its place", "Move it away.")
    if not path.is_file():
        message = "a pipe or a device stands in its place"
        raise UnreadableError("file.special", message, "Delete it.")
    return False


def peek(path: str, max_bytes: int) -> bytes | None:
    """Return the bytes of a file that is no link; None for whatever else, or where it fails.

    For the many files that are looked into and never reported on: it leaves the folders above
    unchecked, which a search that follows no link has found, and asks the system four things
    where :func:`read_regular` asks a dozen.
    """
    if not _NO_LINK:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > max_bytes:
            return None
        content = os.read(descriptor, found.st_size + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) == found.st_size else None


#: Refuses to open a link; 0 where the system cannot.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def _open_at_once(path: str, flags: int) -> int:
    # Opening a pipe that nobody writes to would wait for ever.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
