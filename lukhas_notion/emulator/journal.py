"""The state file: one line of JSON for each change, appended before the change is answered.

A line holds the objects that one change left behind, so loading replays lines in order and the
last version of each object wins. A crash can tear only the last line, which was never answered:
loading leaves it out, then writes the file anew with one line an object.

While it is open, a second file beside it (``.lock``) keeps other emulators away: each would write
the whole file anew from what it knows.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

_BEGIN = b'{"made":'
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class StateError(ValueError):
    """The state file cannot be used: it is no such file, or another emulator has it open."""


class Journal:
    """An append-only file of JSON lines; closing it lets others open it.

    Args:
        path: where it is; it need not exist yet, and its folder is made when needed.

    Raises:
        StateError: something else than a file is there, or another emulator uses it.
        OSError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        if self._path.exists() and not self._path.is_file():
            raise StateError(f"{path} is not a file")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file: int | None = None
        self._lock_path = self._path.with_name(f"{self._path.name}.lock")
        self._lock: int | None = _locked(self._lock_path)
        if self._lock is None:
            raise StateError(f"{path} is in use by another emulator")

    def read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the number of each line and what it holds, without a torn last line.

        Raises:
            StateError: a line is not a change: the file is not a journal, and is left alone.
        """
        if not self._path.exists():
            return
        *lines, torn = self._path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            if not isinstance(entry, dict):
                raise self.misread(number)
            yield number, entry
        if not (torn.startswith(_BEGIN) or _BEGIN.startswith(torn)):
            raise self.misread(len(lines) + 1)

    def misread(self, number: int) -> StateError:
        """Return the error for a line that is not a change."""
        return StateError(f"{self._path}:{number}: not a line of the emulator's state")

    def rewrite(self, entries: Iterable[dict[str, Any]]) -> None:
        """Replace the whole file, atomically, and open it for appending."""
        self._close_file()
        # A name that nobody could foresee: what stands there is not written through.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(_line(entry) for entry in entries)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink()
            raise
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def append(self, entry: dict[str, Any]) -> None:
        """Add an entry; it is on the disk when this returns."""
        if self._file is None:
            raise ValueError("the state file is closed")
        line = memoryview(_line(entry))
        while line:
            line = line[os.write(self._file, line) :]
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file; what was appended is safe already."""
        self._close_file()
        if self._lock is not None:
            # Whoever has it open already finds that it is gone, and makes another one.
            with contextlib.suppress(OSError):
                self._lock_path.unlink()
            os.close(self._lock)
            self._lock = None

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_in_use(path: Path) -> bool:
    """Say whether an emulator has a state file open."""
    resolved = path.resolve()
    lock = resolved.with_name(f"{resolved.name}.lock")
    if not lock.exists():
        return False
    file = _locked(lock)
    if file is None:
        return True
    lock.unlink(missing_ok=True)
    os.close(file)
    return False


def _locked(path: Path) -> int | None:
    """Return the open lock file, or None where somebody else holds the lock."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o644)
        try:
            _lock(file)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except FileNotFoundError:
            pass  # it was given up between the two: the file is no longer the one at the path
        except OSError:
            os.close(file)
            return None
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"
