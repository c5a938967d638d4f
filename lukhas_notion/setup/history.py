"""What the ledger knows of databases that were made, or may have been made, below a page.

A database has no key to look it up by: its title is nobody's, and Notion's search is neither
complete nor up to date. So the create is written down before it is sent, and again when it is
answered; a run that finds only the first line does not create another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lukhas_notion.ledger.file import Record, read
from lukhas_notion.ledger.records import BEGUN, DATABASE_CREATE
from lukhas_notion.sync.outcome import Status
from lukhas_notion.util.notion_ids import is_notion_id

_UNSETTLED = (BEGUN, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The newest attempt to make a database below a page.

    Args:
        database: its id, "" where it is not known whether it was made.
        title: what it was to be called.
        ts: when the ledger was told, UTC, ISO 8601.
    """

    database: str
    title: str
    ts: str


def earlier_create(ledger: Path, parent: str, within: Path | None = None) -> Earlier | None:
    """Return the newest attempt below ``parent``, None where there is none that could matter.

    A ledger is a file that anybody may have changed, so what it calls a database and is no Notion
    id proves nothing.

    Raises:
        LedgerError: a line before the last is not a record.
    """
    made: Earlier | None = None
    in_doubt: Earlier | None = None
    for record in _records(ledger, within):
        if record.get("action") != DATABASE_CREATE or record.get("parent_id") != parent:
            continue
        named = record.get("database_id")
        if named and not is_notion_id(named):
            continue
        database = str(named or "")
        told = Earlier(database, str(record.get("title") or ""), str(record.get("ts") or ""))
        unsettled = record.get("status") in _UNSETTLED
        made = told if database else made
        in_doubt = told if unsettled and not database else None
    return in_doubt or made


def _records(ledger: Path, within: Path | None) -> Iterator[Record]:
    with suppress(FileNotFoundError):
        yield from read(ledger, within)
