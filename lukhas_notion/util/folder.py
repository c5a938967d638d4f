"""An open folder, whose files are reached from its descriptor, so that no link can intervene.

Where the platform cannot open a folder (Windows), files are reached by whole paths, and each name
is checked before it is used.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lukhas_notion.util.paths import is_git_name

#: Whether this platform can reach files from an open folder.
HAS_DIR_FD = (
    {os.open, os.mkdir, os.stat, os.unlink, os.rename, os.link} <= os.supports_dir_fd
    and hasattr(os, "O_NOFOLLOW")
    and hasattr(os, "O_DIRECTORY")
)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_ALWAYS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
#: Characters of a file's name in the name of its temporary file, short enough for file systems.
_KEPT_OF_NAME = 40


class RefusedFileError(Exception):
    """A file that is neither read nor written.

    Args:
        rule: ``file.`` and a stable name.
        message: the reason, a clause.
        remedy: what to do about it.
    """

    def __init__(self, rule: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.remedy = remedy


def is_link(status: os.stat_result) -> bool:
    """Return whether this is a symbolic link, or a junction of Windows."""
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0)
    tag = getattr(status, "st_reparse_tag", 0)
    return stat.S_ISLNK(status.st_mode) or (tag != 0 and tag == junction)


def require_regular(status: os.stat_result) -> None:
    """Raise :class:`RefusedFileError` for a link, a folder, a pipe or a device."""
    if is_link(status):
        raise RefusedFileError("file.link", "it is a symbolic link", "Name the file itself.")
    if stat.S_ISDIR(status.st_mode):
        raise is_a_folder()
    if not stat.S_ISREG(status.st_mode):
        raise RefusedFileError(
            "file.special", "this is a pipe or a device, not a file", "Name a file."
        )


def names_below(path: Path, homes: tuple[Path, Path]) -> list[str]:
    """Return the names of a path below a folder, which has two spellings.

    Raises:
        RefusedFileError: the path is not below the folder.
    """
    for home in homes:
        if path.is_relative_to(home):
            return list(path.relative_to(home).parts)
    raise outside()


def outside() -> RefusedFileError:
    """Return the error for a file outside the boundary."""
    return RefusedFileError(
        "file.outside",
        "the file is outside the repository",
        "Put the file itself here, not a way out of the repository.",
    )


def in_git() -> RefusedFileError:
    """Return the error for a file in a ``.git`` folder."""
    return RefusedFileError("file.git", "it is in a .git folder", "Name a file elsewhere.")


def is_a_folder() -> RefusedFileError:
    """Return the error for a folder where a file is expected."""
    return RefusedFileError("file.folder", "this is a folder, not a file", "Name the file in it.")


def opened(descriptor: int) -> int:
    """Return the descriptor of a regular file.

    Raises:
        RefusedFileError: it is not a regular file; the descriptor is closed.
    """
    try:
        require_regular(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def unreadable(error: Exception) -> RefusedFileError:
    """Return the error for a file that the system cannot or may not read."""
    reason = getattr(error, "strerror", None) or str(error)
    message = f"the file cannot be read: {reason}"
    return RefusedFileError("file.unreadable", message, how_to_read(error))


def how_to_read(error: Exception) -> str:
    """Return the remedy for a file or folder that cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "Check that it exists and how its name is written."
    if isinstance(error, PermissionError):
        return "Give yourself permission to read it."
    return "Check that it exists and that you have permission to read it."


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder; the names are those of files directly in it.

    Args:
        path: its path without links.
        descriptor: the open folder; None where files are reached by whole paths.
    """

    path: Path
    descriptor: int | None

    @classmethod
    def top(cls, path: Path, *, by_path: bool = not HAS_DIR_FD) -> Self:
        """Open a folder by its path, which has no links.

        Raises:
            OSError: it is not a folder, or cannot be opened.
        """
        if by_path:
            if not stat.S_ISDIR(path.lstat().st_mode):
                raise NotADirectoryError(20, os.strerror(20), os.fspath(path))
            return cls(path, None)
        return cls(path, os.open(path, _FOLDER))

    def close(self) -> None:
        """Close it."""
        if self.descriptor is not None:
            os.close(self.descriptor)

    def enter(self, name: str, *, create: bool = False) -> Folder:
        """Open a folder in it; ``create`` creates one that does not exist.

        Raises:
            FileNotFoundError: it does not exist.
            RefusedFileError: it is a link, a file or a folder of git.
            OSError: it cannot be created or opened.
        """
        status = self.lstat(name)
        if status is None and create:
            with suppress(FileExistsError):
                os.mkdir(self._at(name), dir_fd=self.descriptor)
            status = self.lstat(name)
        if status is None:
            raise FileNotFoundError(2, os.strerror(2), os.fspath(self.path / name))
        if is_link(status):
            raise RefusedFileError(
                "file.link", f"the folder {name!r} on the way is a link", "Name another folder."
            )
        if not stat.S_ISDIR(status.st_mode):
            raise RefusedFileError(
                "file.folder", f"{name!r} is a file, and must be a folder", "Move that file away."
            )
        self.require_not_git(name)
        if self.descriptor is None:
            inner = Folder(self.path / name, None)
        else:
            descriptor = os.open(name, _FOLDER | _NO_LINK, dir_fd=self.descriptor)
            inner = Folder(self.path / name, descriptor)
        if inner.is_git_storage():
            inner.close()
            raise in_git()
        return inner

    def is_git_storage(self) -> bool:
        """Return whether the folder is a git repository of any name, separate or bare.

        A ``.git`` file may name any folder. Git accepts one that has ``HEAD`` and either
        ``objects`` and ``refs`` or, for a worktree, ``commondir`` (gitrepository-layout).
        """
        if self.lstat("HEAD") is None:
            return False
        if self.lstat("commondir") is not None:
            return True
        return self.lstat("objects") is not None and self.lstat("refs") is not None

    def require_not_git(self, name: str) -> None:
        """Raise :class:`RefusedFileError` for a name that means the ``.git`` of this folder."""
        same = False
        with suppress(OSError, ValueError):
            git = os.stat(self._at(".git"), dir_fd=self.descriptor)
            named = self.lstat(name)
            same = named is not None and os.path.samestat(git, named)
        if same or is_git_name(name):
            raise in_git()

    def lstat(self, name: str) -> os.stat_result | None:
        """Return the status of a name without following a link, None where nothing has it."""
        try:
            return os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open(self, name: str, flags: int) -> int:
        """Open a file that is not a link and return its descriptor."""
        flags |= _ALWAYS | _NO_LINK
        return os.open(self._at(name), flags, 0o666, dir_fd=self.descriptor)

    def rename(self, old: str, new: str) -> None:
        """Rename a file; it replaces a file that has the new name."""
        at = self.descriptor
        os.replace(self._at(old), self._at(new), src_dir_fd=at, dst_dir_fd=at)

    def link(self, old: str, new: str) -> None:
        """Give a file a second name; raise FileExistsError where that name exists."""
        at = self.descriptor
        os.link(self._at(old), self._at(new), src_dir_fd=at, dst_dir_fd=at)

    def may_write(self, name: str) -> bool:
        """Return whether this process may write to a file."""
        return os.access(self._at(name), os.W_OK, dir_fd=self.descriptor)

    def copy_mode(self, name: str, like: os.stat_result) -> None:
        """Give a file the permissions of another one, and its owner where that is allowed."""
        os.chmod(self._at(name), stat.S_IMODE(like.st_mode), dir_fd=self.descriptor)
        status = self.lstat(name)
        if status is None or (status.st_uid, status.st_gid) == (like.st_uid, like.st_gid):
            return
        with suppress(PermissionError):
            self._chown(name, like)  # which drops the set-user-ID bits

    def give_away(self, name: str, owner: os.stat_result) -> None:
        """Give a file of root to another owner, but no link and no file with a second name."""
        status = self.lstat(name)
        if status is None or status.st_uid != 0 or is_link(status):
            return
        if stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
            self._chown(name, owner)

    @contextmanager
    def temporary(self, name: str, content: bytes) -> Iterator[str]:
        """Yield the name of a new file with the content on disk, and delete it afterwards.

        The umask determines its permissions, as those of any other new file.
        """
        created = f".{name[:_KEPT_OF_NAME]}.{secrets.token_hex(8)}"
        descriptor = self.open(created, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield created
        finally:
            with suppress(FileNotFoundError):  # it may have been renamed
                os.unlink(self._at(created), dir_fd=self.descriptor)

    def _chown(self, name: str, owner: os.stat_result) -> None:
        if hasattr(os, "chown"):
            at = self._at(name)
            uid, gid = owner.st_uid, owner.st_gid
            os.chown(at, uid, gid, dir_fd=self.descriptor, follow_symlinks=False)

    def _at(self, name: str) -> str:
        return name if self.descriptor is not None else os.fspath(self.path / name)


#: O_PATH also opens a folder that may be entered but not read.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _ALWAYS
