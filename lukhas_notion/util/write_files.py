"""Writing files in a checkout, whose content may be untrusted.

No link is followed: each folder is opened from the one above it, from the boundary down, and only
a regular file is replaced. No ``.git`` folder is entered, whatever its name. The files that this
tool writes are read in the same way.

A path without a boundary (``within``) is the user's own: links above the file are followed.
``by_path`` selects the code for platforms that cannot open folders.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lukhas_notion.util.errors import LukhasNotionError, UsageError
from lukhas_notion.util.folder import (
    HAS_DIR_FD,
    Folder,
    RefusedFileError,
    in_git,
    is_a_folder,
    is_link,
    names_below,
    opened,
    outside,
    require_regular,
    unreadable,
)
from lukhas_notion.util.paths import is_git_name, is_network_path
from lukhas_notion.util.read_files import READ, read_regular, resolve

_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def open_to_read(path: Path, *, within: Path | None = None) -> Iterator[BinaryIO]:
    """Open a file that this tool writes for reading, without following a link.

    Raises:
        FileNotFoundError: it does not exist.
        RefusedFileError: a link is on the way, or it is not a regular file.
        OSError: it cannot be read.
    """
    with _place(path, within) as (folder, name):
        _replaceable(folder, name)
        with os.fdopen(opened(folder.open(name, READ)), "rb") as file:
            yield file


def is_file(path: Path, *, within: Path | None = None) -> bool:
    """Return whether a file that this tool writes exists.

    Raises:
        RefusedFileError: a link is on the way, or it is not a regular file.
    """
    return _look(path, within) is not None


def check_target(path: Path, *, within: Path | None = None, by_path: bool = not HAS_DIR_FD) -> None:
    """Check that a file may be written, as far as this is known without writing it.

    Raises:
        RefusedFileError: a link, a file or a ``.git`` folder is on the way, or it exists and is
            not a regular file.
    """
    _look(path, within, by_path=by_path)


def is_vacant(path: Path, within: Path) -> bool:
    """Return whether a new file may be created; False where a file exists.

    Raises:
        RefusedFileError: a link is on the way, or something exists that is not a regular file.
    """
    try:
        real = resolve(path, within)
    except RefusedFileError as error:
        if error.rule != "file.outside":
            raise
        message = "it is, or is behind, a link out of the repository"
        raise RefusedFileError(error.rule, message, "Delete the link.") from None
    if real.is_file():
        return False
    return _look(real if real.exists() else path, within) is None


def write_file(
    path: Path, content: str | bytes, *, within: Path | None = None, by_path: bool = not HAS_DIR_FD
) -> None:
    """Write a file, so that neither a reader nor a crash sees a part of it; a text is UTF-8.

    Raises:
        UsageError: it exists and is not a regular file, or a link is on the way.
        LukhasNotionError: it cannot be written.
    """
    with _reported(path), _place(path, within, create=True, by_path=by_path) as (folder, name):
        _replaceable(folder, name)
        with folder.temporary(name, _encoded(content)) as temporary:
            _replaceable(folder, name)
            folder.rename(temporary, name)


def create_file(
    path: Path,
    content: str | bytes,
    *,
    within: Path | None = None,
    by_path: bool = not HAS_DIR_FD,
    link: Callable[[Folder, str, str], None] = Folder.link,
) -> None:
    """Write a new file as :func:`write_file` does; nothing is overwritten.

    Args:
        path: the file; its folders are created.
        content: a text becomes UTF-8.
        within: no link is followed below this folder.
        by_path: see the module.
        link: gives a file a second name, or fails where that name exists.

    Raises:
        UsageError: the file exists, or a link is on the way.
        LukhasNotionError: it cannot be written.
    """
    with _reported(path), _place(path, within, create=True, by_path=by_path) as (folder, name):
        _replaceable(folder, name)
        try:
            with folder.temporary(name, _encoded(content)) as temporary:
                _place_new(folder, temporary, name, link)
        except FileExistsError:
            raise UsageError(
                f"{path} exists by now, and is not overwritten.", "Look at it, then run again."
            ) from None


def _encoded(content: str | bytes) -> bytes:
    return content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content


def replace_bytes(path: Path, before: bytes, after: bytes, *, root: Path) -> None:
    """Replace the content of a regular file that still has ``before``; no crash leaves a part.

    The file keeps its permissions, and its owner where that is allowed. A file with a second name
    is not replaced, since the users of that name may not expect it.

    Raises:
        LukhasNotionError: it is a link, not a file, outside ``root``, read-only, changed in the
            meantime, or cannot be written. The message is a clause without the path. The file is
            unchanged.
    """
    try:
        with _place(path, root) as (folder, name):
            status = _editable(folder, name)
            with folder.temporary(name, after) as temporary:
                folder.copy_mode(temporary, status)
                # As late as possible: an editor may save the file at any time.
                if read_regular(path, len(before), root=root) != before:
                    raise LukhasNotionError("it was changed meanwhile", "Run it again.")
                folder.rename(temporary, name)
    except RefusedFileError as error:
        raise LukhasNotionError(error.message, error.remedy) from None
    except OSError as error:
        raise LukhasNotionError(
            f"it cannot be written: {error.strerror or error}",
            "Free the disk or change the permissions.",
        ) from error


def append_to(
    path: Path, *, within: Path | None = None, by_path: bool = not HAS_DIR_FD
) -> io.FileIO:
    """Open a file for reading and appending, unbuffered; create it and its folders.

    Raises:
        RefusedFileError: a link is on the way, or it is not a regular file.
        OSError: it cannot be opened.
    """
    with _place(path, within, create=True, by_path=by_path) as (folder, name):
        _replaceable(folder, name)
        return io.FileIO(opened(folder.open(name, _APPEND)), "a+b")


def chown(path: Path, owner: os.stat_result, *, within: Path) -> None:
    """Give a file of root, and the folders of root above it and below ``within``, to an owner.

    Links, and files that do not exist or have a second name, are left as they are.
    """
    with suppress(RefusedFileError, OSError), _place(path, within, owner=owner) as (folder, name):
        folder.give_away(name, owner)


@contextmanager
def _place(
    path: Path,
    within: Path | None,
    *,
    create: bool = False,
    by_path: bool = not HAS_DIR_FD,
    owner: os.stat_result | None = None,
) -> Iterator[tuple[Folder, str]]:
    """Open the folder of a file, from the boundary down, and yield it with the file's name."""
    home, names = _from(Path(os.path.normpath(path)), within)
    if not names or any(is_git_name(name) for name in names):
        raise in_git() if names else is_a_folder()
    folder = Folder.top(home, by_path=by_path)
    try:
        for name in names[:-1]:
            if owner is not None:
                folder.give_away(name, owner)
            inner = folder.enter(name, create=create)
            folder.close()
            folder = inner
        folder.require_not_git(names[-1])
        yield folder, names[-1]
    finally:
        folder.close()


def _from(path: Path, within: Path | None) -> tuple[Path, list[str]]:
    """Return the real folder from which a path is opened, and the names below it."""
    if is_network_path(os.fspath(path)):
        raise outside()
    if within is not None:
        home = Path(os.path.realpath(within))
        return home, names_below(path, (within, home))
    above = Path(os.path.realpath(path.parent))
    if any(is_git_name(name) for name in above.parts):
        raise in_git()
    home = next(folder for folder in (above, *above.parents) if os.path.lexists(folder))
    return home, [*above.relative_to(home).parts, path.name]


def _look(
    path: Path, within: Path | None, *, by_path: bool = not HAS_DIR_FD
) -> os.stat_result | None:
    """Return the status of a file that may be replaced, None where nothing exists."""
    try:
        with _place(path, within, by_path=by_path) as (folder, name):
            return _replaceable(folder, name)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise unreadable(error) from None


def _replaceable(folder: Folder, name: str) -> os.stat_result | None:
    """Return the status of a regular file, None where nothing exists; else raise the refusal."""
    status = folder.lstat(name)
    if status is not None:
        require_regular(status)
    return status


def _editable(folder: Folder, name: str) -> os.stat_result:
    """Return the status of a file that may be replaced, by a user or by root; else raise."""
    status = folder.lstat(name)
    if status is None:
        raise FileNotFoundError(2, os.strerror(2))
    if is_link(status):
        raise LukhasNotionError("it is a symbolic link", "Fix the file that it leads to.")
    if not stat.S_ISREG(status.st_mode):
        raise LukhasNotionError("it is not a regular file", "Name the file itself.")
    if status.st_nlink > 1:
        raise LukhasNotionError(
            "it is a hard link: the same file has another name", "Edit it by hand."
        )
    # Root may write to every file, so the mode counts as well.
    if not status.st_mode & 0o222 or not folder.may_write(name):
        raise LukhasNotionError("it is read-only", "Make it writable.")
    return status


def _place_new(
    folder: Folder, temporary: str, name: str, link: Callable[[Folder, str, str], None]
) -> None:
    """Give a temporary file its name; unlike a rename, a link fails where the name exists."""
    try:
        link(folder, temporary, name)
    except FileExistsError:
        raise
    except OSError:
        # The file system has no hard links, so an empty file takes the name first.
        os.close(folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        folder.rename(temporary, name)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Turn the errors of the system into errors with a remedy."""
    try:
        yield
    except RefusedFileError as error:
        raise UsageError(f"{path} cannot be written: {error.message}.", error.remedy) from None
    except (OSError, ValueError) as error:
        raise LukhasNotionError(
            f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.",
            "Free the disk or change the permissions, or name another file.",
        ) from error
