"""The records of a ledger: their chain of hashes, and what they prove of each page.

Each record has ``prev``, the SHA-256 (hex) of the line before it without its newline; the first
record has 64 zeros. So a changed, removed or inserted line is found by reading the file alone. No
line follows the last one to confirm it, so whole lines that are missing at the end, and a replaced
last line, are not found.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lukhas_notion.plan.database import OptionChange
from lukhas_notion.plan.notion_json import is_notion_id, normalize_id
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.util.errors import LedgerError

Record = dict[str, Any]

#: ``prev`` of the first record.
ORIGIN = "0" * 64
#: Why the chain breaks at a last line without a newline, which a crash leaves.
TORN = "the line is incomplete: it has no line end"

# Values of ``action`` that are not a ChangeKind.
DATABASE_CREATE = "database-create"
DATABASE_EXTEND = "database-extend"
VIEW_CREATE = "view-create"
RUN = "run"
BACKFILL = "notion-backfill-apply"

#: The status of a manifest with violations that a sync left out.
INVALID = "invalid"
#: The status of a create before it is sent; another record has its outcome.
BEGUN = "begun"


def parse_record(line: bytes) -> Record | None:
    """Return the record of a line, None where the line is not a JSON object."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def line_hash(line: bytes) -> str:
    """Return ``prev`` of the record after ``line`` (with or without its newline)."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """The first line at which the chain breaks, 1-based; 0 where the file cannot be read."""

    line: int
    reason: str


@dataclass(slots=True)
class Chain:
    """Checks the lines of a ledger one after the other.

    Attributes:
        whole: the number of lines before the first break.
        broken: the first break, None where there is none.
        last: ``prev`` of the next record.
        size: the bytes of all lines that end in a newline.
        unreadable: the first line with a newline that is not a record, 1-based; 0 without one.
    """

    whole: int = 0
    broken: Break | None = None
    last: str = ORIGIN
    size: int = 0
    unreadable: int = 0
    _lines: int = 0
    _chained: bool = False

    def follow(self, line: bytes) -> Record | None:
        """Check the next line; return its record, None where it is torn or not a record."""
        self._lines += 1
        ends = line.endswith(b"\n")
        record = parse_record(line) if ends else None
        if self.broken is None:
            if reason := self._reason(line, record) if ends else TORN:
                self.broken = Break(self._lines, reason)
            else:
                self.whole += 1
        if ends:
            self.size += len(line)
            self.last = line_hash(line) if line.strip() else self.last
            if record is None:
                self.unreadable = self.unreadable or self._lines
        return record

    def _reason(self, line: bytes, record: Record | None) -> str:
        """Return why the chain breaks at a line, "" where it does not.

        Lines of versions that did not chain records have no ``prev``. They are accepted only
        before the first chained line.
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


def change_record(
    change: Change,
    status: str,
    *,
    source: str,
    page_id: str = "",
    error: str = "",
    attempt: int = 0,
) -> Record:
    """Return the record of a change to one page; ``source`` is the id of its data source."""
    return {
        "module": change.module,
        "page_id": page_id or change.page_id or None,
        "sha": change.sha,
        "action": change.kind.value,
        "status": str(status),
        **_given(path=change.path),
        "data_source_id": source,
        **_given(error=error, attempt=attempt),
    }


def option_record(change: OptionChange, error: str = "", *, tried: bool = True) -> Record:
    """Return the record of a change to the options of one property.

    Args:
        change: the planned change. After an error no option counts as added, and
            ``total_options`` is the number of options that Notion has.
        error: why it was not applied, "" where it was.
        tried: whether a request was sent.
    """
    record: Record = {"action": BACKFILL, "properties": [change.property_name]}
    if error:
        status = "error" if tried else "not_attempted"
        return record | {"status": status, "total_options": change.before, "error": error}
    return {
        **record,
        "status": "success",
        "total_options": change.total,
        **_given(
            added=[name for name, _ in change.add],
            by_pages=list(change.by_pages),
            removed=[removal.name for removal in change.remove],
        ),
    }


def database_record(
    status: str,
    *,
    parent: str,
    title: str,
    database: str,
    properties: Sequence[str],
    error: str = "",
) -> Record:
    """Return the record of a database that is created or gets properties.

    Args:
        status: the outcome; :data:`BEGUN` before a create is sent.
        parent: the page that it is created below; "" where the database exists.
        title: the title of a new database; "" where the database exists.
        database: its id; "" where it is not known.
        properties: the names of the properties to create.
        error: why it was not done.
    """
    return {
        "action": DATABASE_CREATE if parent else DATABASE_EXTEND,
        "properties": list(properties),
        "status": status,
        "database_id": database or None,
        **({"parent_id": parent, "title": title} if parent else {}),
        **_given(error=error),
    }


def view_record(status: str, database: str, name: str, error: str = "") -> Record:
    """Return the record of a view; ``database`` is the id of its database."""
    record = {"action": VIEW_CREATE, "view": name, "status": status, "database_id": database}
    return record | _given(error=error)


def _given(**fields: object) -> Record:
    """Return the fields without those that are empty."""
    return {name: value for name, value in fields.items() if value}


#: The records that prove which SHA a page has: it was written or read. A preview proves nothing.
_PROOFS = frozenset(
    {
        *((kind, "success") for kind in ("create", "update", "adopt", "restore", "archive")),
        (ChangeKind.SKIP, "sha_match"),
        (ChangeKind.DRIFT, "drift"),
    }
)


@dataclass(frozen=True, slots=True)
class PageState:
    """What the newest record of a page proves.

    Args:
        sha: its provenance SHA.
        page_id: the page.
        path: its manifest, relative to the root.
        module: the name of the module.
        source: the id of its data source, "" in records that are older than this field.
        action: the value of a :class:`ChangeKind`.
    """

    sha: str
    page_id: str
    path: str = ""
    module: str = ""
    source: str = ""
    action: str = ""

    @property
    def archived(self) -> bool:
        """Whether it was moved to the trash."""
        return self.action == ChangeKind.ARCHIVE


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What a ledger proves of the modules of one configuration.

    Args:
        modules: module → the state of its page; empty where the ledger proves nothing.
        problem: why an existing ledger proves nothing, "" otherwise.
        line: the line of that problem, 1-based; 0 without one.
        last_write: when a page was last written, UTC, ISO 8601; "" where it is not known.
    """

    modules: Mapping[str, PageState] = field(default_factory=dict)
    problem: str = ""
    line: int = 0
    last_write: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether no ledger exists, or it has a record of no page, as after a preview alone."""
        return not self.problem and not self.modules


@dataclass(frozen=True, slots=True)
class DatabaseAttempt:
    """An attempt to create a database: its id ("" where the outcome is unknown), title and time."""

    database: str
    title: str
    ts: str


@dataclass(slots=True)
class LedgerState:
    """What all records of a ledger prove together.

    Attributes:
        chain: the check of its lines.
        pages: page id → its newest state, in the order of the records.
        newest_database: the id of the database that was created last, "" without one.
        last_write: see :class:`LedgerView`.
        views: (id of the database, name) of each view that was created.
    """

    chain: Chain = field(default_factory=Chain)
    pages: dict[str, PageState] = field(default_factory=dict)
    newest_database: str = ""
    last_write: str = ""
    views: set[tuple[str, str]] = field(default_factory=set)
    # By the page above the database.
    _created: dict[str, DatabaseAttempt] = field(default_factory=dict)
    _in_doubt: dict[str, DatabaseAttempt] = field(default_factory=dict)
    #: Modules whose newest record proves nothing: a failure, a conflict, an archived page.
    _unsettled: set[str] = field(default_factory=set)

    def add(self, record: Mapping[str, Any]) -> None:
        """Add the next record."""
        action, status = str(record.get("action")), str(record.get("status"))
        if action == DATABASE_CREATE:
            self._add_database(record, status)
            return
        if (action, status) == (VIEW_CREATE, "success"):
            self.views.add((str(record.get("database_id")), str(record.get("view"))))
            return
        module, page_id = record.get("module"), normalize_id(record.get("page_id"))
        if not isinstance(module, str) or not module:
            return
        if not page_id or (action, status) not in _PROOFS:
            self._unsettled.add(module)
            return
        self._unsettled.discard(module)
        before = self.pages.pop(page_id, None)
        sha, path, source = (
            str(record.get(key) or "") for key in ("sha", "path", "data_source_id")
        )
        # The record of a page that goes to the trash has no manifest.
        path = path or (before.path if before else "")
        self.pages[page_id] = PageState(sha, page_id, path, module, source, action)
        if status == "success":
            self.last_write = str(record.get("ts") or "")

    def _add_database(self, record: Mapping[str, Any], status: str) -> None:
        parent, database = str(record.get("parent_id")), record.get("database_id") or ""
        if database and not is_notion_id(database):
            return  # anyone may have changed the file
        title, ts = str(record.get("title") or ""), str(record.get("ts") or "")
        attempt = DatabaseAttempt(database, title, ts)
        self._in_doubt.pop(parent, None)
        if database:
            self._created[parent], self.newest_database = attempt, database
        elif status in (BEGUN, "unknown"):
            self._in_doubt[parent] = attempt

    def require_readable(self, path: Path) -> None:
        """Check that every line was read: an unread line may hide an attempt.

        Raises:
            LedgerError: the file cannot be read, or a line is not a record.
        """
        broken = self.chain.broken
        if broken is not None and not broken.line:
            raise LedgerError(f"The ledger {path} cannot be read: {broken.reason}.")
        if self.chain.unreadable:
            raise LedgerError(
                f"{path}:{self.chain.unreadable}: the line is not a JSON object.",
                "Run `lukhas-notion ledger verify`.",
            )

    def created_below(self, parent: str) -> DatabaseAttempt | None:
        """Return the newest attempt below a page that created a database or may have done so."""
        return self._in_doubt.get(parent) or self._created.get(parent)

    def has_created(self, database: str) -> bool:
        """Return whether a database is the newest one that was created below a page."""
        return any(attempt.database == database for attempt in self._created.values())

    def modules(self, included: Callable[[str], bool]) -> dict[str, PageState]:
        """Return the state of each module's page.

        A page belongs to one module. Where a newer record has it under another name, the older
        module has no page; nor has a module whose page is in the trash.

        Args:
            included: whether the configuration includes the path of a manifest, since several
                configurations may share a ledger. Records without a path count for all of them.
        """
        return {
            page.module: page
            for page in self.pages.values()
            if not page.archived and (not page.path or included(page.path))
        }

    def view(self, included: Callable[[str], bool]) -> LedgerView:
        """Return what the ledger proves of each module; a broken chain proves nothing."""
        if broken := self.chain.broken:
            return LedgerView(problem=broken.reason, line=broken.line)
        return LedgerView(self.modules(included), last_write=self.last_write)

    def has_skip(self, change: Change, source: str) -> bool:
        """Return whether the newest record of a page is a skip with the SHA of ``change``."""
        skipped = PageState(
            change.sha, change.page_id, change.path, change.module, source, ChangeKind.SKIP
        )
        return self.pages.get(change.page_id) == skipped and change.module not in self._unsettled


def fold(lines: Iterable[bytes]) -> LedgerState:
    """Return the state of a ledger's lines, oldest first; lines without a record are skipped."""
    state = LedgerState()
    for line in lines:
        if (record := state.chain.follow(line)) is not None:
            state.add(record)
    return state
