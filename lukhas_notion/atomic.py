"""Files that are either whole or not there."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lukhas_notion.errors import LukhasNotionError
from lukhas_notion.safefile import UnreadableError, read_regular


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 so that no reader, and no crash, ever sees half of it.

    Raises:
        LukhasNotionError: it cannot be written.
    """
    try:
        with _new(path, text) as temporary:
            temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def create_text(path: Path, text: str, *, link: Callable[[Path, Path], None] = os.link) -> None:
    """Write ``text`` the same way into a file that is not there yet; nothing is overwritten.

    Args:
        path: the file; its folders are made.
        text: what goes in.
        link: gives a file a second name, or fails where that name is taken.

    Raises:
        LukhasNotionError: something is there, or it cannot be written.
    """
    try:
        with _new(path, text) as temporary:
            _take_free_place(temporary, path, link)
    except FileExistsError:
        raise LukhasNotionError(
            f"{path} is there by now, and is not overwritten.", "Look at it, then run again."
        ) from None
    except OSError as error:
        raise _unwritable(path, error) from error


def replace_bytes(path: Path, before: bytes, after: bytes, *, root: Path) -> None:
    """Replace what a regular file says, if it still says ``before``; no crash leaves half of it.

    Its permissions are kept, and its owner where that is allowed. A symbolic link is neither
    replaced nor written through: who follows it may not expect the file behind it to change.

    Raises:
        LukhasNotionError: it is a link, no file, outside ``root``, read-only, changed meanwhile,
            or cannot be written; the message is a clause without the path. Nothing is changed.
    """
    try:
        found = path.lstat()
        _refuse(path, found)
        with _beside(path, after) as temporary:
            temporary.chmod(stat.S_IMODE(found.st_mode))
            _give(temporary, found)
            # Last of all, so that whoever saves the file meanwhile has no time for it.
            if read_regular(path, len(before), root=root) != before:
                raise LukhasNotionError("it was changed meanwhile", "Run it again.")
            temporary.replace(path)
    except UnreadableError as error:
        raise LukhasNotionError(error.message, error.remedy) from None
    except OSError as error:
        raise LukhasNotionError(
            f"it cannot be written: {error.strerror or error}", "Free the disk or mend the rights."
        ) from error


@contextmanager
def _new(path: Path, text: str) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` that holds ``text``, for all who may read here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path, text.encode("utf-8", "backslashreplace")) as temporary:
        temporary.chmod(0o666 & ~_umask())
        yield temporary


def _take_free_place(temporary: Path, path: Path, link: Callable[[Path, Path], None]) -> None:
    """Put a file where nothing is: a link fails where something is, which a rename does not."""
    try:
        link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: an empty file takes the place first.
        path.open("x").close()
        temporary.replace(path)


def _unwritable(path: Path, error: OSError) -> LukhasNotionError:
    return LukhasNotionError(
        f"{path} cannot be written: {error.strerror or error}.",
        "Free the disk or mend the rights, or name another file.",
    )


def _refuse(path: Path, found: os.stat_result) -> None:
    """Raise for what must not be replaced, whoever runs this: root may write to everything."""
    if stat.S_ISLNK(found.st_mode):
        raise LukhasNotionError("it is a symbolic link", "Mend the file that it leads to.")
    if not stat.S_ISREG(found.st_mode):
        raise LukhasNotionError("it is no regular file", "Name the file itself.")
    if not found.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise LukhasNotionError("it is read-only", "Make it writable.")


def _give(temporary: Path, found: os.stat_result) -> None:
    """Let a file have the owner of another one, where that needs doing and is allowed."""
    made = temporary.stat()
    if (made.st_uid, made.st_gid) != (found.st_uid, found.st_gid) and hasattr(os, "chown"):
        try:
            os.chown(temporary, found.st_uid, found.st_gid)
        except PermissionError:
            return


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """Yield a temporary file beside ``path`` with the content on disk; it is gone afterwards."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)  # gone already when it took the file's place


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
