"""The ledger: every attempt, one JSON object a line, only ever appended, each line chained.

A record carries ``prev``, the SHA-256 (hex) of the line before it without its newline; the first
record's is 64 zeros. So a line that was changed, removed or put in between is found by reading
the file alone. Nothing stands after the last line to vouch for it: whole lines that are missing at
the end, and a last line that is another record, are not found.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from lukhas_notion.clock import Clock
from lukhas_notion.errors import LedgerError
from lukhas_notion.redaction import redact

if TYPE_CHECKING:
    from filelock import BaseFileLock

ORIGIN = "0" * 64
Record = dict[str, Any]


class Recorder(Protocol):
    """Where attempts are written down."""

    def record(self, *records: Mapping[str, Any]) -> None:
        """Write records down, durably, before returning."""
        ...


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What every record of one run says of it; an empty value is left out."""

    run: str
    tool: str
    commit: str = ""

    def fields(self) -> Record:
        """Return the fields in the record's order."""
        said = {"run_id": self.run, "tool_version": self.tool, "commit": self.commit}
        return {key: value for key, value in said.items() if value}


def line_hash(line: bytes) -> str:
    """Return what the next record's ``prev`` is, after ``line`` (with or without newline)."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def _line(record: Mapping[str, Any]) -> bytes:
    """Return a record's line, newline included."""
    text = redact(json.dumps(record, ensure_ascii=False))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def require_whole(existing: bytes) -> None:
    """Check that a ledger can be continued.

    Raises:
        LedgerError: its last line is torn, so nothing can follow it.
    """
    if existing and not existing.endswith(b"\n"):
        raise LedgerError(
            "The stored ledger's last line is torn: it has no newline at its end.",
            "Mend the file by hand: end the line, or remove it if it is not whole.",
        )


def rechain(existing: bytes, records: Iterable[Mapping[str, Any]]) -> bytes:
    """Return a ledger with records put at its end, each linked to the line before it.

    It is how records that were chained onto one copy of the ledger come onto another one, which
    has grown since. Their ``prev`` is made anew; nothing else of them changes.

    Raises:
        LedgerError: the ledger's last line is torn, so nothing can follow it.
    """
    require_whole(existing)
    last = existing.rstrip(b"\n").rpartition(b"\n")[2]
    prev = line_hash(last) if last else ORIGIN
    lines = [existing]
    for record in records:
        line = _line({**record, "prev": prev})
        lines.append(line)
        prev = line_hash(line)
    return b"".join(lines)


@dataclass(slots=True)
class Ledger:
    """The ledger file, open for appending by this process alone.

    Use it as a context manager: entering takes the lock (other runs on this machine wait their
    turn), sets a line aside that a crash left torn, and proves that the file can be written, so
    that a full or read-only disk is found before the first write to Notion.

    Args:
        path: the file; its folder is made.
        clock: for ``ts``.
        info: what each record says of the run.
        lock_timeout: how long to wait for another run, in seconds.

    Raises:
        LedgerError: it cannot be opened, written, or locked in time.
    """

    path: Path
    clock: Clock
    info: RunInfo
    lock_timeout: float = 600.0
    notices: list[str] = field(default_factory=list)
    _prev: str = ORIGIN
    _file: io.FileIO | None = None
    _lock: BaseFileLock | None = None
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        from filelock import FileLock, Timeout

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
            lock.acquire(timeout=self.lock_timeout)
            self._lock = lock
            # Unbuffered: what could not be written must not be written later, on closing.
            self._file = self.path.open("a+b", buffering=0)
            self._mend(self._file)
            _prove(self._file)
        except Timeout:
            raise LedgerError(
                f"Another run has held the ledger {self.path} for {self.lock_timeout:g} seconds.",
                "Wait for it to end; if there is none, remove the .lock file beside the ledger.",
            ) from None
        except OSError as error:
            self.close()
            raise self._failed(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def record(self, *records: Mapping[str, Any]) -> None:
        """Append records in one write and fsync them.

        ``ts`` is put first; the run's fields and the chain's link last.

        Raises:
            LedgerError: they could not be written.
        """
        if not records:
            return
        with self._mutex:
            if self._file is None:
                raise RuntimeError("the ledger is not open")
            ts = self.clock.now().isoformat(timespec="microseconds")
            lines, prev = [], self._prev
            for record in records:
                line = _line({"ts": ts, **record, **self.info.fields(), "prev": prev})
                lines.append(line)
                prev = line_hash(line)
            try:
                _append(self._file, b"".join(lines))
            except OSError as error:
                raise self._failed(error) from error
            self._prev = prev

    def _mend(self, file: io.FileIO) -> None:
        """Find the last line's hash; set aside what a crash left behind the last newline."""
        last, torn_at = _last_line(file)
        if torn_at is not None:
            file.seek(torn_at)
            torn = file.read()
            aside = self.path.with_name(f"{self.path.name}.torn-{line_hash(torn)[:12]}")
            aside.write_bytes(torn)
            file.truncate(torn_at)
            self.notices.append(
                f"The ledger's last line was torn by a crash; it is kept in {aside.name}."
            )
        self._prev = line_hash(last) if last else ORIGIN

    def _failed(self, error: OSError) -> LedgerError:
        return LedgerError(
            f"The ledger {self.path} cannot be written: {error.strerror or error}.",
            "Every attempt has to be on it, so nothing more is sent. Free the disk or correct the "
            "file's permissions, or name another file with --ledger.",
        )


def _append(file: io.FileIO, data: bytes) -> None:
    """Write all of ``data`` at the end and fsync it, or leave the file as it was."""
    end = file.seek(0, os.SEEK_END)
    try:
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            file.truncate(end)
        raise


def _prove(file: io.FileIO) -> None:
    """Check that there is room for some records; a crash in here leaves a torn line at worst."""
    end = file.seek(0, os.SEEK_END)
    _append(file, b" " * _ROOM)
    file.truncate(end)


_ROOM = 4_096
_BLOCK = 65_536


def _last_line(file: io.FileIO) -> tuple[bytes, int | None]:
    """Return the last whole line, and where a torn rest begins (None when there is none)."""
    end = file.seek(0, os.SEEK_END)
    tail, start = b"", end
    while start > 0 and tail.count(b"\n") < 2:
        step = min(_BLOCK, start)
        start -= step
        file.seek(start)
        tail = file.read(step) + tail
    cut = tail.rfind(b"\n") + 1
    torn_at = start + cut if cut < len(tail) else None
    whole = tail[:cut].rstrip(b"\n")
    return whole[whole.rfind(b"\n") + 1 :], torn_at


@dataclass(frozen=True, slots=True)
class Break:
    """The first line where the chain does not hold."""

    line: int
    reason: str


def verify(lines: Iterable[bytes]) -> tuple[int, Break | None]:
    """Check the chain; return how many lines hold, and where it breaks first.

    Lines written before records were chained have no ``prev``; they are accepted only at the
    beginning, where nothing chained stands before them.
    """
    prev, chained, count = ORIGIN, False, 0
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            return count, Break(number, "the line is torn: it does not end")
        record = _parsed(line)
        if record is None:
            return count, Break(number, "the line is not a JSON object")
        link = record.get("prev")
        if link is None and chained:
            return count, Break(number, "the line has no link to the one before it")
        if link is not None:
            if link != prev:
                return count, Break(
                    number,
                    "the line before it was changed or removed, or this line was put in",
                )
            chained = True
        prev = line_hash(line)
        count += 1
    return count, None


def distrust(path: Path) -> Break | None:
    """Return why a ledger's file proves nothing, None where its chain holds.

    Raises:
        FileNotFoundError: there is none.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Break(0, "it is no file")  # a pipe would be waited for without end
        with path.open("rb") as file:
            return verify(file)[1]
    except FileNotFoundError:
        raise
    except OSError as error:
        return Break(0, f"it cannot be read: {error.strerror or error}")


def read(path: Path) -> Iterator[Record]:
    """Yield the records of a ledger, passing over a torn last line.

    Raises:
        LedgerError: a line before the last is not a record.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            record = _parsed(line)
            if record is None:
                raise LedgerError(
                    f"{path}:{number}: the line is not a JSON object.",
                    "Run `lukhas-notion ledger verify`.",
                )
            yield record


def _parsed(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
