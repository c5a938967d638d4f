"""A folder that is open: its files are reached from it, so no link can come in between.

Where the platform cannot open a folder (Windows), the same is done by whole paths, and each name
is looked at before it is used.
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

#: Whether files can be reached from an open folder here.
HAS_DIR_FD = (
    {os.open, os.mkdir, os.stat, os.unlink, os.rename, os.link} <= os.supports_dir_fd
    and hasattr(os, "O_NOFOLLOW")
    and hasattr(os, "O_DIRECTORY")
)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_ALWAYS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
#: Enough of a name to tell whose temporary file it is, and short enough for every file system.
_KEPT_OF_NAME = 40


class RefusedFileError(Exception):
    """A file that is neither read nor written, and why.

    Args:
        rule: ``file.`` and a stable name.
        message: why, in words for a person; a clause.
        remedy: what to do about it.
    """

    def __init__(self, rule: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.remedy = remedy


def is_link(found: os.stat_result) -> bool:
    """Whether it is a symbolic link, or a junction of Windows."""
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 0)
    tag = getattr(found, "st_reparse_tag", 0)
    return stat.S_ISLNK(found.st_mode) or (tag != 0 and tag == junction)


def require_regular(found: os.stat_result) -> None:
    """Check that something is a regular file.

    Raises:
        RefusedFileError: it is a link, a folder, a pipe or a device.
    """
    if is_link(found):
        raise RefusedFileError("file.link", "it is a symbolic link", "Name the file itself.")
    if stat.S_ISDIR(found.st_mode):
        raise is_a_folder()
    if not stat.S_ISREG(found.st_mode):
        raise RefusedFileError(
            "file.special", "this is a pipe or a device, not a file", "Name a file."
        )


def names_below(path: Path, homes: tuple[Path, Path]) -> list[str]:
    """Return a path's names below a folder, which may be spelt in two ways.

    Raises:
        RefusedFileError: it is not below it.
    """
    for home in homes:
        if path.is_relative_to(home):
            return list(path.relative_to(home).parts)
    raise outside()


def outside() -> RefusedFileError:
    """Return the error for what lies outside the boundary."""
    return RefusedFileError(
        "file.outside",
        "the file is outside the repository",
        "Put the file itself here, not a way out of the repository.",
    )


def in_git() -> RefusedFileError:
    """Return the error for what lies in a ``.git`` folder."""
    return RefusedFileError("file.git", "it is in a .git folder", "Name a file elsewhere.")


def is_a_folder() -> RefusedFileError:
    """Return the error for a folder in the place of a file."""
    return RefusedFileError("file.folder", "this is a folder, not a file", "Name the file in it.")


def opened(descriptor: int) -> int:
    """Return the descriptor of a regular file; one of anything else is closed.

    Raises:
        RefusedFileError: it is something else.
    """
    try:
        require_regular(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def unreadable(error: Exception) -> RefusedFileError:
    """Return the error for what the system does not let be read."""
    reason = getattr(error, "strerror", None) or str(error)
    message = f"the file cannot be read: {reason}"
    return RefusedFileError("file.unreadable", message, how_to_read(error))


def how_to_read(error: Exception) -> str:
    """Return what to do about a file or folder that cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "Check that it exists and how its name is written."
    if isinstance(error, PermissionError):
        return "Give yourself permission to read it."
    return "Check that it exists and that you have permission to read it."


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder; names are of files directly in it.

    Args:
        path: where it is, without links.
        descriptor: the open folder; None where files are reached by whole paths.
    """

    path: Path
    descriptor: int | None

    @classmethod
    def top(cls, path: Path, *, by_path: bool = not HAS_DIR_FD) -> Self:
        """Open a folder by its path, which has no links.

        Raises:
            OSError: it is no folder, or cannot be opened.
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
        """Open a folder in it; with ``create`` it is made where nothing is.

        Raises:
            FileNotFoundError: it is not there.
            RefusedFileError: it is a link, a file or a folder of git's.
            OSError: it cannot be made or opened.
        """
        found = self.lstat(name)
        if found is None and create:
            with suppress(FileExistsError):
                os.mkdir(self._at(name), dir_fd=self.descriptor)
            found = self.lstat(name)
        if found is None:
            raise FileNotFoundError(2, os.strerror(2), os.fspath(self.path / name))
        if is_link(found):
            raise RefusedFileError(
                "file.link", f"the folder {name!r} on the way is a link", "Name another folder."
            )
        if not stat.S_ISDIR(found.st_mode):
            raise RefusedFileError(
                "file.folder", f"{name!r} is a file, and has to be a folder", "Move that file away."
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
        """Whether git keeps a repository in it, whatever its name: a separate or a bare one.

        A ``.git`` file may name any folder. Git takes one that has ``HEAD`` and either ``objects``
        and ``refs`` or, for a worktree, ``commondir`` (git's gitrepository-layout).
        """
        if self.lstat("HEAD") is None:
            return False
        if self.lstat("commondir") is not None:
            return True
        return self.lstat("objects") is not None and self.lstat("refs") is not None

    def require_not_git(self, name: str) -> None:
        """Check that a name is not, and does not name, the ``.git`` of this folder.

        Raises:
            RefusedFileError: it is or does.
        """
        same = False
        with suppress(OSError, ValueError):
            git = os.stat(self._at(".git"), dir_fd=self.descriptor)
            named = self.lstat(name)
            same = named is not None and os.path.samestat(git, named)
        if same or is_git_name(name):
            raise in_git()

    def lstat(self, name: str) -> os.stat_result | None:
        """Return what a name stands for, None where it stands for nothing."""
        try:
            return os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def open(self, name: str, flags: int) -> int:
        """Open a file that is no link and return its descriptor."""
        flags |= _ALWAYS | _NO_LINK
        return os.open(self._at(name), flags, 0o666, dir_fd=self.descriptor)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, whose file is gone then."""
        at = self.descriptor
        os.replace(self._at(old), self._at(new), src_dir_fd=at, dst_dir_fd=at)

    def link(self, old: str, new: str) -> None:
        """Give a file a second name; FileExistsError where it is taken."""
        at = self.descriptor
        os.link(self._at(old), self._at(new), src_dir_fd=at, dst_dir_fd=at)

    def may_write(self, name: str) -> bool:
        """Whether this process may write to a file."""
        return os.access(self._at(name), os.W_OK, dir_fd=self.descriptor)

    def give(self, name: str, like: os.stat_result) -> None:
        """Let a file have the permissions of another one, and its owner where that is allowed."""
        os.chmod(self._at(name), stat.S_IMODE(like.st_mode), dir_fd=self.descriptor)
        made = self.lstat(name)
        if made is None or (made.st_uid, made.st_gid) == (like.st_uid, like.st_gid):
            return
        with suppress(PermissionError):
            self._chown(name, like)
            # A change of owner takes the set-user-ID bits away, which nobody misses here.

    def give_away(self, name: str, owner: os.stat_result) -> None:
        """Give what root has to another owner; no link, and no file with a second name."""
        found = self.lstat(name)
        if found is None or found.st_uid != 0 or is_link(found):
            return
        if stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
            self._chown(name, owner)

    @contextmanager
    def temporary(self, name: str, content: bytes) -> Iterator[str]:
        """Yield the name of a new file with the content on disk; it is gone afterwards.

        It has the permissions that the umask leaves, as any other new file.
        """
        made = f".{name[:_KEPT_OF_NAME]}.{secrets.token_hex(8)}"
        descriptor = self.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            yield made
        finally:
            with suppress(FileNotFoundError):  # it may have taken the file's place
                os.unlink(self._at(made), dir_fd=self.descriptor)

    def _chown(self, name: str, owner: os.stat_result) -> None:
        if hasattr(os, "chown"):
            at = self._at(name)
            uid, gid = owner.st_uid, owner.st_gid
            os.chown(at, uid, gid, dir_fd=self.descriptor, follow_symlinks=False)

    def _at(self, name: str) -> str:
        return name if self.descriptor is not None else os.fspath(self.path / name)


#: A folder need not be readable to be passed through, where the system can tell the two apart.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _ALWAYS
