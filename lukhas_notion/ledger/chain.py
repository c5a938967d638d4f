"""The chain of a ledger's lines: made, checked and continued; no file is opened here.

A record carries ``prev``, the SHA-256 (hex) of the line before it without its newline; the first
record's is 64 zeros. So a line that was changed, removed or put in between is found by reading
the file alone. Nothing stands after the last line to vouch for it: whole lines that are missing at
the end, and a last line that is another record, are not found.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_notion.util.errors import LedgerError
from lukhas_notion.util.sanitize import redact

ORIGIN = "0" * 64
Record = dict[str, Any]


def line_hash(line: bytes) -> str:
    """Return what the next record's ``prev`` is, after ``line`` (with or without newline)."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def record_line(record: Mapping[str, Any]) -> bytes:
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
            "Correct the file by hand: end the line, or remove it if it is incomplete.",
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
        line = record_line({**record, "prev": prev})
        lines.append(line)
        prev = line_hash(line)
    return b"".join(lines)


TORN = "the line is torn: it does not end"


@dataclass(frozen=True, slots=True)
class Break:
    """The first line where the chain does not hold, 1-based; 0 where no line is to blame."""

    line: int
    reason: str


@dataclass(slots=True)
class Chain:
    """Follows the lines of a ledger.

    Attributes:
        whole: how many lines hold, up to the first one that does not.
        broken: where the chain breaks first, None where it holds.
        last: what the next record's ``prev`` is.
        size: of all lines that end, in bytes.
        unreadable: the first line that ends and is not a record, 1-based; 0 where there is none.
    """

    whole: int = 0
    broken: Break | None = None
    last: str = ORIGIN
    size: int = 0
    unreadable: int = 0
    _lines: int = 0
    _chained: bool = False

    def follow(self, line: bytes) -> Record | None:
        """Check the next line and return its record; None where it is torn or no record."""
        self._lines += 1
        ends = line.endswith(b"\n")
        record = parsed(line) if ends else None
        if self.broken is None:
            if reason := self._reason(line, record) if ends else TORN:
                self.broken = Break(self._lines, reason)
            else:
                self.whole += 1
        if ends:
            self.size += len(line)
            self.last = line_hash(line) if line.strip() else self.last
        if ends and record is None:
            self.unreadable = self.unreadable or self._lines
        return record

    def _reason(self, line: bytes, record: Record | None) -> str:
        """Return why a line does not hold, "" where it does.

        Lines from before records were chained have no ``prev``; they are accepted only at the
        beginning, where nothing chained stands before them.
        """
        if line.startswith(codecs.BOM_UTF8):
            return "the line begins with a byte-order mark"
        if line.endswith(b"\r\n"):
            return "the line ends in CR LF: its line end was changed"
        if record is None:
            return "the line is not a JSON object"
        link = record.get("prev")
        if link is None:
            return "the line has no link to the one before it" if self._chained else ""
        self._chained = True
        if link != self.last:
            return "the line before it was changed or removed, or this line was put in"
        return ""


def verify(lines: Iterable[bytes]) -> tuple[int, Break | None]:
    """Check the chain; return how many lines hold, and where it breaks first."""
    chain = Chain()
    for line in lines:
        chain.follow(line)
        if chain.broken is not None:
            break
    return chain.whole, chain.broken


def chain_notice(name: str, broken: Break | None) -> str:
    """Return what a run says of a ledger whose chain does not hold; "" where it does.

    A torn end is not reported: a crash leaves one, and the next run sets it aside.
    """
    if broken is None or broken.reason == TORN:
        return ""
    place = f"{name}:{broken.line}" if broken.line else name
    return (
        f"The ledger's chain is broken: {place}: {broken.reason}. The run goes on; "
        "`lukhas-notion ledger verify` checks the ledger."
    )


def is_ledger(head: bytes) -> bool:
    """Whether a file with these first bytes is a ledger, or empty.

    Its first line is a record, whole or torn; or the second one is, where the first was edited.
    What git puts into a file in a merge, and what an editor does to line ends, changes nothing.
    """
    texts = [line.removeprefix(codecs.BOM_UTF8).strip() for line in head.splitlines()]
    lines = [text for text in texts if text and not text.startswith(_MERGE_MARKERS)]
    if not any(texts):
        return True
    if len(lines) == 1 and not head.endswith(b"\n") and _FIRST_KEY.startswith(lines[0]):
        return True
    return any(_begins_record(line) for line in lines[:2])


def _begins_record(line: bytes) -> bool:
    record = parsed(line)
    if record is None:
        return line.startswith(_FIRST_KEY)
    if isinstance(record.get("ts"), str) and _LINK.fullmatch(str(record.get("prev"))):
        return True
    # From before records were chained. Logs of other programs have times and actions as well.
    said = isinstance(record.get("ts"), str) or isinstance(record.get("status"), str)
    return said and record.get("action") in ACTIONS


#: What records are about; ``notion-sync`` and some others only in ledgers of older versions.
ACTIONS = (
    *("create", "update", "adopt", "restore", "archive", "skip", "drift", "archived", "conflict"),
    *("orphan", "unmanaged", "database-create", "database-extend", "view-create"),
    *("notion-sync", "notion-backfill-apply", "run"),
)
#: How every record that this tool writes begins.
_FIRST_KEY = b'{"ts": "'
_LINK = re.compile("[0-9a-f]{64}")
_MERGE_MARKERS = (b"<<<<<<< ", b"=======", b">>>>>>> ", b"||||||| ")


def parsed(line: bytes) -> Record | None:
    """Return the record that a line is, None where it is not a JSON object."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
