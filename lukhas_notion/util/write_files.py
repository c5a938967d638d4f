"""Writing files of a checkout, which a stranger may have filled.

No link is followed: each folder is opened from the one above it, from the boundary down, and what
is there is replaced only when it is a regular file. No ``.git`` folder is entered, by whatever
name. What this tool writes it reads again by the same way.

A path without a boundary (``within``) is the user's own: links above the file are followed.
``by_path`` makes it work as on platforms without open folders.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    """Open a file that this tool writes, for reading: by the way it is written, without links.

    Raises:
        FileNotFoundError: it is not there.
        RefusedFileError: a link is on the way, or it is no regular file.
        OSError: it cannot be read.
    """
    with _place(path, within) as (folder, name):
        found = folder.lstat(name)
        if found is None:
            raise FileNotFoundError(2, os.strerror(2), os.fspath(path))
        require_regular(found)
        with os.fdopen(opened(folder.open(name, READ)), "rb") as file:
            yield file


def is_file(path: Path, *, within: Path | None = None) -> bool:
    """Whether a file that this tool writes is there.

    Raises:
        RefusedFileError: a link is on the way, or something else stands in its place.
    """
    return _look(path, within) is not None


def check_target(path: Path, *, within: Path | None = None, by_path: bool = not HAS_DIR_FD) -> None:
    """Check that a file may be written, as far as that can be known without writing it.

    Raises:
        RefusedFileError: a link, a file or a ``.git`` folder is on the way, or something that is
            no regular file stands in its place.
    """
    _look(path, within, by_path=by_path)


def is_vacant(path: Path, within: Path) -> bool:
    """Whether a new file may be made: True where nothing is, False where a file is.

    Raises:
        RefusedFileError: a link is on the way, or something else stands in its place.
    """
    try:
        real = resolve(path, within)
    except RefusedFileError as error:
        if error.rule != "file.outside":
            raise
        message = "it is, or lies behind, a link out of the repository"
        raise RefusedFileError(error.rule, message, "Delete the link.") from None
    if real.is_file():
        return False
    return _look(real if real.exists() else path, within) is None


def write_text(
    path: Path, text: str, *, within: Path | None = None, by_path: bool = not HAS_DIR_FD
) -> None:
    """Write ``text`` as UTF-8 so that no reader, and no crash, ever sees half of it.

    Raises:
        UsageError: what is there is no regular file, or a link is on the way.
        LukhasNotionError: it cannot be written.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"), within=within, by_path=by_path)


def write_bytes(
    path: Path, content: bytes, *, within: Path | None = None, by_path: bool = not HAS_DIR_FD
) -> None:
    """Write ``content`` as :func:`write_text` does."""
    with _reported(path), _place(path, within, create=True, by_path=by_path) as (folder, name):
        _require_replaceable(folder, name)
        with folder.temporary(name, content) as temporary:
            _require_replaceable(folder, name)
            folder.rename(temporary, name)


def create_text(
    path: Path,
    text: str,
    *,
    within: Path | None = None,
    by_path: bool = not HAS_DIR_FD,
    link: Callable[[Folder, str, str], None] = Folder.link,
) -> None:
    """Write ``text`` the same way into a file that is not there yet; nothing is overwritten.

    Args:
        path: the file; its folders are made.
        text: what goes in.
        within: no link is followed below it.
        link: gives a file a second name, or fails where that name is taken.

    Raises:
        UsageError: something is there, or a link is on the way.
        LukhasNotionError: it cannot be written.
    """
    content = text.encode("utf-8", "backslashreplace")
    create_bytes(path, content, within=within, by_path=by_path, link=link)


def create_bytes(
    path: Path,
    content: bytes,
    *,
    within: Path | None = None,
    by_path: bool = not HAS_DIR_FD,
    link: Callable[[Folder, str, str], None] = Folder.link,
) -> None:
    """Write ``content`` as :func:`create_text` does."""
    with _reported(path), _place(path, within, create=True, by_path=by_path) as (folder, name):
        _require_replaceable(folder, name)
        try:
            with folder.temporary(name, content) as temporary:
                _take_free_place(folder, temporary, name, link)
        except FileExistsError:
            raise UsageError(
                f"{path} is there by now, and is not overwritten.", "Look at it, then run again."
            ) from None


def replace_bytes(path: Path, before: bytes, after: bytes, *, root: Path) -> None:
    """Replace what a regular file says, if it still says ``before``; no crash leaves half of it.

    Its permissions are kept, and its owner where that is allowed. A link, symbolic or hard, is
    neither replaced nor written through: who uses the file's other name may not expect it.

    Raises:
        LukhasNotionError: it is a link, no file, outside ``root``, read-only, changed meanwhile,
            or cannot be written; the message is a clause without the path. Nothing is changed.
    """
    try:
        with _place(path, root) as (folder, name):
            found = _require_editable(folder, name)
            with folder.temporary(name, after) as temporary:
                folder.give(temporary, found)
                # Last of all, so that whoever saves the file meanwhile has no time for it.
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
    """Open a file for reading and appending, unbuffered; it and its folders are made.

    Raises:
        RefusedFileError: a link is on the way, or it is no regular file.
        OSError: it cannot be opened.
    """
    with _place(path, within, create=True, by_path=by_path) as (folder, name):
        _require_replaceable(folder, name)
        return io.FileIO(opened(folder.open(name, _APPEND)), "a+b")


def chown(path: Path, owner: os.stat_result, *, within: Path) -> None:
    """Give a file and the folders above it, below ``within``, to another owner where root has them.

    No link is followed, and none is given away; what is not there, or has two names, is left.
    """
    try:
        with _place(path, within, owner=owner) as (folder, name):
            folder.give_away(name, owner)
    except (RefusedFileError, OSError):
        return


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
    normal = Path(os.path.normpath(path))
    home, names = _from(normal, within)
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
    """Return the real folder that a path is opened from, and the names below it."""
    if is_network_path(os.fspath(path)):
        raise outside()
    if within is not None:
        home = Path(os.path.realpath(within))
        return home, names_below(path, (within, home))
    above = Path(os.path.realpath(path.parent))
    if any(is_git_name(name) for name in above.parts):
        raise in_git()
    home = next(each for each in (above, *above.parents) if os.path.lexists(each))
    return home, [*above.relative_to(home).parts, path.name]


def _look(
    path: Path, within: Path | None, *, by_path: bool = not HAS_DIR_FD
) -> os.stat_result | None:
    """Return what is at a path that is to be written, None where nothing is."""
    try:
        with _place(path, within, by_path=by_path) as (folder, name):
            return _require_replaceable(folder, name)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise unreadable(error) from None


def _require_replaceable(folder: Folder, name: str) -> os.stat_result | None:
    """Return what is there, None where nothing is; a link or a device is never replaced."""
    found = folder.lstat(name)
    if found is not None:
        require_regular(found)
    return found


def _require_editable(folder: Folder, name: str) -> os.stat_result:
    """Return what is there; raise for what must not be replaced, whoever runs this."""
    found = folder.lstat(name)
    if found is None:
        raise FileNotFoundError(2, os.strerror(2))
    if is_link(found):
        raise LukhasNotionError("it is a symbolic link", "Fix the file that it leads to.")
    if not stat.S_ISREG(found.st_mode):
        raise LukhasNotionError("it is no regular file", "Name the file itself.")
    if found.st_nlink > 1:
        raise LukhasNotionError(
            "it is a hard link: the same file has another name", "Edit it by hand."
        )
    # Root may write to everything.
    if not found.st_mode & 0o222 or not folder.may_write(name):
        raise LukhasNotionError("it is read-only", "Make it writable.")
    return found


def _take_free_place(
    folder: Folder, temporary: str, name: str, link: Callable[[Folder, str, str], None]
) -> None:
    """Put a file where nothing is: a link fails where something is, which a rename does not."""
    try:
        link(folder, temporary, name)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: an empty file takes the place first.
        os.close(folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        folder.rename(temporary, name)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Make what goes wrong an error for a person."""
    try:
        yield
    except RefusedFileError as error:
        raise UsageError(f"{path} cannot be written: {error.message}.", error.remedy) from None
    except (OSError, ValueError) as error:
        raise LukhasNotionError(
            f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.",
            "Free the disk or change the permissions, or name another file.",
        ) from error
