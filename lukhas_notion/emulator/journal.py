"""The state file: one line of JSON for each change, appended before the change is answered.

A line holds the objects that one change left behind, so loading replays lines in order and the
last version of each object wins. A crash can tear only the last line, which was never answered:
loading leaves it out, then writes the file anew with one line an object.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


class Journal:
    """An append-only file of JSON lines.

    Args:
        path: where it is; it need not exist yet, and its folder is made when needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: int | None = None

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield each entry, but a torn last line.

        Raises:
            ValueError: when any other line is no JSON object: the file is not a journal.
        """
        if not self._path.exists():
            return
        lines = self._path.read_bytes().split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):
            try:
                yield json.loads(line)
            except ValueError as error:
                message = f"{self._path}:{number}: not a line of the emulator's state"
                raise ValueError(message) from error

    def rewrite(self, entries: Iterable[dict[str, Any]]) -> None:
        """Replace the whole file, atomically, and open it for appending."""
        self.close()
        temporary = self._path.with_name(self._path.name + ".new")
        with temporary.open("wb") as file:
            file.writelines(_line(entry) for entry in entries)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
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
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"
