"""The ledger's file: one JSON object per line for each attempt, chained and only ever appended."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from lukhas_notion.ledger.state import (
    BACKFILL,
    DATABASE_CREATE,
    DATABASE_EXTEND,
    ORIGIN,
    RUN,
    TORN,
    VIEW_CREATE,
    Break,
    Chain,
    LedgerState,
    Record,
    fold,
    line_hash,
    parse_record,
)
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.util.errors import LedgerError, UsageError
from lukhas_notion.util.locks import acquire
from lukhas_notion.util.read_files import RefusedFileError
from lukhas_notion.util.runtime import Clock
from lukhas_notion.util.sanitize import redact
from lukhas_notion.util.write_files import append_to, create_file, open_to_read

#: Bytes that must be free on the disk: enough for some records.
_ROOM = 4_096
#: Bytes in which the first record ends; its longest part is the text of an error.
_HEAD = 65_536


class Recorder(Protocol):
    """Where attempts are recorded."""

    def record(self, *records: Mapping[str, Any]) -> None:
        """Record them durably before returning."""
        ...


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The fields that all records of one run share; an empty one is left out."""

    run: str
    tool: str
    commit: str = ""

    def fields(self) -> Record:
        """Return the fields in the order of a record."""
        fields = {"run_id": self.run, "tool_version": self.tool, "commit": self.commit}
        return {name: value for name, value in fields.items() if value}


@dataclass(slots=True)
class Ledger:
    """The ledger file, open for appending by this process alone.

    Use it as a context manager. Entering locks the file (other runs on this machine wait) and
    proves that it can be written, so that a full or read-only disk is found before the first write
    to Notion. The first record sets a line aside that a crash left torn.

    Args:
        path: the file; its folder is created.
        clock: for ``ts``.
        info: the fields that all records share.
        lock_timeout: how long to wait for another run, in seconds.
        notices: sentences for the user about the file.
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
                f"Another run has locked the ledger {self.path} for {self.lock_timeout:g} seconds.",
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, which releases the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def record(self, *records: Mapping[str, Any]) -> None:
        """Append records in one write and fsync them.

        ``ts`` comes first; the fields of the run and ``prev`` come last.

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
            fields = self.info.fields()
            lines, prev = _chained(({"ts": ts, **each, **fields} for each in records), self._prev)
            try:
                _append(self._file, lines)
            except OSError as error:
                raise self._failed(error) from error
            self._prev = prev

    def _locked(self) -> io.FileIO:
        """Open and lock the file; again where another file took its place in the meantime."""
        while True:
            file = append_to(self.path, within=self.within)
            try:
                if not acquire(file.fileno(), self.lock_timeout):
                    self.notices.append(
                        f"The file system of {self.path.name} has no locks: make sure that no "
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

    def _read_past(self, file: io.FileIO) -> None:
        """Read the state, and find a torn end or a broken chain."""
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
        """Move what follows the last newline into a file of its own."""
        if self._torn_at is None:
            return
        try:
            file.seek(self._torn_at)
            torn = file.read()
            name = f"{self.path.name}.torn-{line_hash(torn)[:12]}-{secrets.token_hex(4)}"
            create_file(self.path.with_name(name), torn, within=self.within)
            file.truncate(self._torn_at)
            os.fsync(file.fileno())
        except OSError as error:
            raise self._failed(error) from error
        self._torn_at = None
        self.notices.append(f"A crash left the ledger's last line incomplete; it is now in {name}.")

    def _failed(self, error: OSError) -> LedgerError:
        return LedgerError(
            f"The ledger {self.path} cannot be written: {error.strerror or error}.",
            "Every attempt must be recorded, so nothing more is sent. Free the disk or correct the "
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
    """Check that there is room for some records; a crash in here at worst leaves a torn line."""
    end = file.seek(0, os.SEEK_END)
    _append(file, b" " * _ROOM)
    file.truncate(end)


def _chained(records: Iterable[Mapping[str, Any]], prev: str) -> tuple[bytes, str]:
    """Return the lines of records, each with its ``prev``, and the ``prev`` after them."""
    lines = []
    for record in records:
        text = redact(json.dumps({**record, "prev": prev}, ensure_ascii=False))
        lines.append(text.encode("utf-8", "backslashreplace") + b"\n")
        prev = line_hash(lines[-1])
    return b"".join(lines), prev


def require_whole(existing: bytes) -> None:
    """Check that a ledger can be continued.

    Raises:
        LedgerError: its last line is incomplete.
    """
    if existing and not existing.endswith(b"\n"):
        raise LedgerError(
            "The stored ledger's last line is incomplete: it has no line end.",
            "Correct the file by hand: end the line, or remove it if it is incomplete.",
        )


def rechain(existing: bytes, records: Iterable[Mapping[str, Any]]) -> bytes:
    """Return a ledger with records appended, each with a new ``prev``.

    Records that were chained onto one copy of the ledger so come onto another copy, which has
    grown in the meantime.

    Raises:
        LedgerError: the ledger's last line is incomplete.
    """
    require_whole(existing)
    last = existing.rstrip(b"\n").rpartition(b"\n")[2]
    return existing + _chained(records, line_hash(last) if last else ORIGIN)[0]


#: Every value of ``action``; ``notion-sync`` is only in ledgers of older versions.
_ACTIONS = (
    *(*ChangeKind, DATABASE_CREATE, DATABASE_EXTEND, VIEW_CREATE, BACKFILL, RUN),
    "notion-sync",
)
#: How every record that this tool writes begins.
_FIRST_KEY = b'{"ts": "'
_LINK = re.compile("[0-9a-f]{64}")
_MERGE_MARKERS = (b"<<<<<<< ", b"=======", b">>>>>>> ", b"||||||| ")


def is_ledger(head: bytes) -> bool:
    """Return whether a file with these first bytes is a ledger, or empty.

    The first line is a record, whole or torn; or the second one is, where the first was edited.
    Git's merge markers, and line ends that an editor changed, make no difference.
    """
    texts = [line.removeprefix(codecs.BOM_UTF8).strip() for line in head.splitlines()]
    lines = [text for text in texts if text and not text.startswith(_MERGE_MARKERS)]
    if not any(texts):
        return True
    if len(lines) == 1 and not head.endswith(b"\n") and _FIRST_KEY.startswith(lines[0]):
        return True
    return any(_begins_record(line) for line in lines[:2])


def _begins_record(line: bytes) -> bool:
    record = parse_record(line)
    if record is None:
        return line.startswith(_FIRST_KEY)
    if isinstance(record.get("ts"), str) and _LINK.fullmatch(str(record.get("prev"))):
        return True
    # Records that are not chained. The logs of other programs have times and actions as well.
    is_dated = isinstance(record.get("ts"), str) or isinstance(record.get("status"), str)
    return is_dated and record.get("action") in _ACTIONS


def verify_chain(lines: Iterable[bytes]) -> tuple[int, Break | None]:
    """Check the chain; return the number of lines before the first break, and that break."""
    chain = Chain()
    for line in lines:
        chain.follow(line)
    return chain.whole, chain.broken


def chain_notice(name: str, broken: Break | None) -> str:
    """Return what a run reports of a broken chain, "" where it is whole.

    A torn end is not reported: a crash leaves it, and the next run sets it aside.
    """
    if broken is None or broken.reason == TORN:
        return ""
    place = f"{name}:{broken.line}" if broken.line else name
    return (
        f"The ledger's chain is broken: {place}: {broken.reason}. The run continues; "
        "`lukhas-notion ledger verify` checks the ledger."
    )


def read_state(path: Path, within: Path | None = None) -> LedgerState:
    """Return the state of a ledger's file, an empty one where there is no file.

    Where the file cannot be read, the chain is broken at line 0 and has the reason.
    """
    try:
        with open_to_read(path, within=within) as file:
            return fold(file)
    except FileNotFoundError:
        return LedgerState()
    except RefusedFileError as error:
        is_no_file = error.rule in ("file.folder", "file.special")
        reason = "it is not a file" if is_no_file else error.message
    except OSError as error:
        reason = f"it cannot be read: {error.strerror or error}"
    return LedgerState(Chain(broken=Break(0, reason)))


def read_records(path: Path, within: Path | None = None) -> Iterator[Record]:
    """Yield the records of a ledger without a torn last line.

    Raises:
        FileNotFoundError: there is no file.
        LedgerError: a line before the last is not a record, or the file cannot be read.
    """
    try:
        with open_to_read(path, within=within) as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                record = parse_record(line)
                if record is None:
                    message = f"{path}:{number}: the line is not a JSON object."
                    raise LedgerError(message, "Run `lukhas-notion ledger verify`.")
                yield record
    except RefusedFileError as error:
        message = f"The ledger {path} cannot be read: {error.message}."
        raise LedgerError(message, error.remedy) from None
