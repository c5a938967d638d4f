"""Pages that were made moments ago, which a query may not show yet.

Notion does not say when a query shows a page that was just created. A run that follows another one
closely would create it again; so it asks for such a page by its id, which the ledger has.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lukhas_notion.ids import as_notion_writes_it
from lukhas_notion.util.read_files import RefusedFileError
from lukhas_notion.util.write_files import open_to_read

#: Nobody promises a limit. Observed lags are seconds; an answer more is a cheap price.
SETTLING = timedelta(minutes=10)
_BLOCK = 1 << 16


def created_lately(ledger: Path, now: datetime, within: Path | None = None) -> dict[str, str]:
    """Return the pages that the ledger says were created lately: module → the newest one's id.

    Only the ledger's end is read. A ledger that is missing or cannot be read knows of none.

    Args:
        ledger: the file.
        now: what time it is.
        within: no link is followed below this folder; None where the path is the user's own.
    """
    found: dict[str, str] = {}
    try:
        for line in _lines_from_the_end(ledger, within):
            record = _record(line)
            if record is None:
                continue
            if datetime.fromisoformat(str(record["ts"])) < now - SETTLING:
                break
            module, page = record.get("module"), as_notion_writes_it(record.get("page_id"))
            made = (record["action"], record["status"]) == ("create", "success")
            if module and page and made:
                found.setdefault(str(module), page)
    except (RefusedFileError, OSError, ValueError, KeyError, TypeError):
        return {}
    return found


def _record(line: bytes) -> dict[str, Any] | None:
    """Return a line's record; None for one that a crash left torn."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _lines_from_the_end(path: Path, within: Path | None) -> Iterator[bytes]:
    """Yield a file's lines, the last one first, reading no more than is asked for."""
    with open_to_read(path, within=within) as file:
        at = file.seek(0, os.SEEK_END)
        rest = b""
        while at:
            size = min(_BLOCK, at)
            at = file.seek(at - size)
            first, *lines = (file.read(size) + rest).split(b"\n")
            yield from (line for line in reversed(lines) if line)
            rest = first
        if rest:
            yield rest
