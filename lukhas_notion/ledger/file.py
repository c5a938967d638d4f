"""The ledger's file: every attempt, one JSON object a line, only ever appended, each line chained.

How lines are chained: :mod:`lukhas_notion.ledger.chain`.
"""

from __future__ import annotations

import io
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from lukhas_notion.ledger.chain import (
    ORIGIN,
    Break,
    Chain,
    Record,
    chain_notice,
    is_ledger,
    line_hash,
    parsed,
    record_line,
)
from lukhas_notion.ledger.state import LedgerState, fold
from lukhas_notion.util.errors import LedgerError, UsageError
from lukhas_notion.util.locks import acquire
from lukhas_notion.util.read_files import RefusedFileError
from lukhas_notion.util.runtime import Clock
from lukhas_notion.util.write_files import append_to, create_bytes, open_to_read

#: Enough for some records.
_ROOM = 4_096
#: Enough for a ledger's first record, whose longest part is an error's text.
_HEAD = 65_536


class Recorder(Protocol):
    """Where attempts are recorded."""

    def record(self, *records: Mapping[str, Any]) -> None:
        """Record them durably before returning."""
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


@dataclass(slots=True)
class Ledger:
    """The ledger file, open for appending by this process alone.

    Use it as a context manager: entering locks the file (other runs on this machine wait their
    turn) and proves that it can be written, so that a full or read-only disk is found before the
    first write to Notion. A line that a crash left torn is set aside by the first record.

    Args:
        path: the file; its folder is made.
        clock: for ``ts``.
        info: what each record says of the run.
        lock_timeout: how long to wait for another run, in seconds.
        notices: what a person should know about the file.
        within: no link is followed below this folder; None where the path is the user's own.
        state: what the ledger recorded before this run.

    Raises:
        UsageError: it is not a ledger, or a link is on the way to it.
        LedgerError: it cannot be opened, written, or locked in time.
    """

    path: Path
    clock: Clock
    info: RunInfo
    lock_timeout: float = 600.0
    notices: list[str] = field(default_factory=list)
    within: Path | None = None
    state: LedgerState = field(default_factory=LedgerState)
    _prev: str = ORIGIN
    _torn_at: int | None = None
    _file: io.FileIO | None = None
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        try:
            self._file = self._locked()
            self._read_past(self._file)
            _require_room(self._file)
        except TimeoutError:
            self.close()
            raise LedgerError(
                f"Another run has held the ledger {self.path} for {self.lock_timeout:g} seconds.",
                "Wait for it to end, or end it.",
            ) from None
        except RefusedFileError as error:
            self.close()
            raise UsageError(
                f"The ledger {self.path} cannot be written: {error.message}.", error.remedy
            ) from None
        except OSError as error:
            self.close()
            raise self._failed(error) from error
        except BaseException:
            self.close()
            raise
        return self

    def _locked(self) -> io.FileIO:
        """Open the file and lock it, once more where another one took its place meanwhile."""
        while True:
            file = append_to(self.path, within=self.within)
            try:
                if not acquire(file.fileno(), self.lock_timeout):
                    self.notices.append(
                        f"The file system of {self.path.name} has no locks: see to it that no "
                        "other run writes the ledger at the same time."
                    )
                if os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                    return file
            except FileNotFoundError:
                pass
            except BaseException:
                file.close()
                raise
            file.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, which gives the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None

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
            self._set_torn_line_aside(self._file)
            ts = self.clock.now().isoformat(timespec="microseconds")
            lines, prev = [], self._prev
            for record in records:
                line = record_line({"ts": ts, **record, **self.info.fields(), "prev": prev})
                lines.append(line)
                prev = line_hash(line)
            try:
                _append(self._file, b"".join(lines))
            except OSError as error:
                raise self._failed(error) from error
            self._prev = prev

    def _read_past(self, file: io.FileIO) -> None:
        """Fold what is recorded, and find out whether something torn or changed is in the file."""
        file.seek(0)
        if not is_ledger(file.read(_HEAD)):
            raise UsageError(
                f"{self.path} is not a ledger: its first line is not a record.",
                "Name another file with --ledger.",
            )
        file.seek(0)
        lines = io.BufferedReader(file)
        try:
            self.state = fold(lines)
        finally:
            lines.detach()  # or the file would be closed with it
        chain = self.state.chain
        self._prev = chain.last
        self._torn_at = chain.size if chain.size < file.seek(0, os.SEEK_END) else None
        if notice := chain_notice(self.path.name, chain.broken):
            self.notices.append(notice)

    def _set_torn_line_aside(self, file: io.FileIO) -> None:
        """Keep what a crash left behind the last newline in a file of its own, and cut it off."""
        if self._torn_at is None:
            return
        try:
            file.seek(self._torn_at)
            torn = file.read()
            name = f"{self.path.name}.torn-{line_hash(torn)[:12]}-{secrets.token_hex(4)}"
            create_bytes(self.path.with_name(name), torn, within=self.within)
            file.truncate(self._torn_at)
            os.fsync(file.fileno())
        except OSError as error:
            raise self._failed(error) from error
        self._torn_at = None
        self.notices.append(f"The ledger's last line was torn by a crash; it is kept in {name}.")

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


def _require_room(file: io.FileIO) -> None:
    """Check that there is room for some records; a crash in here leaves a torn line at worst."""
    end = file.seek(0, os.SEEK_END)
    _append(file, b" " * _ROOM)
    file.truncate(end)


def read_state(path: Path, within: Path | None = None) -> LedgerState:
    """Return what a ledger's file records; nothing where there is none.

    A file that cannot be read has a chain that is broken, with the reason.
    """
    try:
        with open_to_read(path, within=within) as file:
            return fold(file)
    except FileNotFoundError:
        return LedgerState()
    except RefusedFileError as error:
        no_file = error.rule in ("file.folder", "file.special")
        reason = "it is not a file" if no_file else error.message
    except OSError as error:
        reason = f"it cannot be read: {error.strerror or error}"
    return LedgerState(Chain(broken=Break(0, reason)))


def read(path: Path, within: Path | None = None) -> Iterator[Record]:
    """Yield the records of a ledger, passing over a torn last line.

    Raises:
        FileNotFoundError: there is none.
        LedgerError: a line before the last is not a record, or it cannot be read.
    """
    try:
        with open_to_read(path, within=within) as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                record = parsed(line)
                if record is None:
                    said = f"{path}:{number}: the line is not a JSON object."
                    raise LedgerError(said, "Run `lukhas-notion ledger verify`.")
                yield record
    except RefusedFileError as error:
        said = f"The ledger {path} cannot be read: {error.message}."
        raise LedgerError(said, error.remedy) from None
