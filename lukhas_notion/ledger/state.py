"""The records of the ledger, and the state that they fold into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lukhas_notion.ledger.chain import Break, Chain
from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.util.errors import LedgerError, is_notion_id, normalize_id

#: The action of the record of a database that is made.
DATABASE_CREATE = "database-create"
#: The action of the record of a database that gets properties.
DATABASE_EXTEND = "database-extend"
#: The action of the record of a view that is made of a new database.
VIEW_CREATE = "view-create"
#: The action of the record of a run as a whole.
RUN = "run"
#: The action of the record of a property's options.
BACKFILL = "notion-backfill-apply"
#: The status of a manifest that was left out of a sync, because it has violations.
INVALID = "invalid"
#: The status of a create that is about to be sent; what becomes of it is a record of its own.
BEGUN = "begun"


def entry(
    change: Change,
    status: str,
    *,
    source: str,
    page_id: str = "",
    error: str = "",
    attempt: int = 0,
) -> dict[str, object]:
    """Return the ledger's record of one change; ``source`` is the data source of its page."""
    record: dict[str, object] = {
        "module": change.module,
        "page_id": page_id or change.page_id or None,
        "sha": change.sha,
        "action": change.kind.value,
        "status": str(status),
    }
    if change.path:
        record["path"] = change.path
    record["data_source_id"] = source
    if error:
        record["error"] = error
    if attempt:
        record["attempt"] = attempt
    return record


def option_entry(change: OptionChange, error: str = "", *, tried: bool = True) -> dict[str, object]:
    """Return the ledger's record of one property's options.

    Args:
        change: what was planned. After an error the property has what it had: nothing is listed as
            added, and ``total_options`` is what Notion holds.
        error: why it was not done, "" where it was.
        tried: whether a request was sent.
    """
    record: dict[str, object] = {"action": BACKFILL, "properties": [change.property_name]}
    if error:
        status = "error" if tried else "not_attempted"
        return record | {"status": status, "total_options": change.before, "error": error}
    record |= {"status": "success", "total_options": change.total}
    if change.add:
        record["added"] = [name for name, _ in change.add]
    if change.by_pages:
        record["by_pages"] = list(change.by_pages)
    if change.remove:
        record["removed"] = [removal.name for removal in change.remove]
    return record


def database_entry(
    status: str,
    *,
    parent: str,
    title: str,
    database: str,
    properties: Sequence[str],
    error: str = "",
) -> dict[str, object]:
    """Return the ledger's record of a database that is made, or gets properties.

    Args:
        status: what became of it; :data:`BEGUN` before a create is sent.
        parent: the page that it is made below; "" where it is there.
        title: what it is called; "" where it is there.
        database: its id; "" where it is not known.
        properties: the properties that it is to get.
        error: why it was not done, in words.
    """
    record: dict[str, object] = {
        "action": DATABASE_CREATE if parent else DATABASE_EXTEND,
        "properties": list(properties),
        "status": status,
        "database_id": database or None,
    }
    if parent:
        record |= {"parent_id": parent, "title": title}
    if error:
        record["error"] = error
    return record


def view_entry(status: str, database: str, name: str, error: str = "") -> dict[str, object]:
    """Return the ledger's record of a view that was to be made of a database, by its id."""
    record: dict[str, object] = {
        "action": VIEW_CREATE,
        "view": name,
        "status": status,
        "database_id": database,
    }
    return record | ({"error": error} if error else {})


#: What proves which SHA a page bore: it was written, or seen. A preview proves nothing.
_PROOFS = frozenset(
    {
        (ChangeKind.CREATE, "success"),
        (ChangeKind.UPDATE, "success"),
        (ChangeKind.ADOPT, "success"),
        (ChangeKind.RESTORE, "success"),
        (ChangeKind.ARCHIVE, "success"),
        (ChangeKind.SKIP, "sha_match"),
        (ChangeKind.DRIFT, "drift"),
    }
)


@dataclass(frozen=True, slots=True)
class PageState:
    """The last thing that a ledger proves of a page.

    Args:
        sha: the provenance SHA that it bore.
        page_id: the page.
        path: the manifest, relative to the root.
        module: the module's name.
        source: the data source of the page, "" where the record is older than that.
        action: what was done, as a :class:`ChangeKind`'s value.
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
        problem: why it proves nothing although it is there, "" where it does or is not.
        line: where it breaks, 1-based; 0 where it does not.
        last_write: when a page was last written, UTC, ISO 8601; "" where none is known of.
    """

    modules: Mapping[str, PageState] = field(default_factory=dict)
    problem: str = ""
    line: int = 0
    last_write: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether there is none, or one that knows of no page, as after a preview alone."""
        return not self.problem and not self.modules


@dataclass(frozen=True, slots=True)
class DatabaseAttempt:
    """An attempt to make a database.

    Args:
        database: its id, "" where it is not known whether it was made.
        title: what it was to be called.
        ts: when the attempt was recorded, UTC, ISO 8601.
    """

    database: str
    title: str
    ts: str


@dataclass(slots=True)
class LedgerState:
    """What the records of a ledger come to.

    Attributes:
        chain: whether they stand as they were written.
        pages: page id → its last state; the page that was recorded last comes last.
        newest_database: the id of the database that was made last, "" for none.
        last_write: when a page was last written, as of a :class:`LedgerView`.
        views: (id of the database, name) of each view that was created.
    """

    chain: Chain = field(default_factory=Chain)
    pages: dict[str, PageState] = field(default_factory=dict)
    newest_database: str = ""
    last_write: str = ""
    views: set[tuple[str, str]] = field(default_factory=set)
    _made: dict[str, DatabaseAttempt] = field(default_factory=dict)
    _in_doubt: dict[str, DatabaseAttempt] = field(default_factory=dict)
    #: Modules whose last record proves nothing: a failure, a conflict, an archived page.
    _unsettled: set[str] = field(default_factory=set)

    @property
    def broken(self) -> Break | None:
        """Where the chain breaks first, None where it holds."""
        return self.chain.broken

    def add(self, record: Mapping[str, Any]) -> None:
        """Fold the next record."""
        if record.get("action") == DATABASE_CREATE:
            self._add_database(record)
            return
        if (record.get("action"), record.get("status")) == (VIEW_CREATE, "success"):
            self.views.add((str(record.get("database_id")), str(record.get("view"))))
            return
        module, page_id = record.get("module"), normalize_id(record.get("page_id"))
        if not isinstance(module, str) or not module:
            return
        action, status = str(record.get("action")), str(record.get("status"))
        if not page_id or (action, status) not in _PROOFS:
            self._unsettled.add(module)
            return
        self._unsettled.discard(module)
        before = self.pages.pop(page_id, None)
        said = {key: str(record.get(key) or "") for key in ("sha", "path", "data_source_id")}
        # A page that goes to the trash has no manifest any more.
        path = said["path"] or (before.path if before else "")
        state = PageState(said["sha"], page_id, path, module, said["data_source_id"], action)
        self.pages[page_id] = state
        if status == "success":
            self.last_write = str(record.get("ts") or "")

    def _add_database(self, record: Mapping[str, Any]) -> None:
        """Fold an attempt to make a database.

        A ledger is a file that anybody may have changed, so what it calls a database and is no
        Notion id proves nothing.
        """
        parent, named = str(record.get("parent_id")), record.get("database_id")
        if named and not is_notion_id(named):
            return
        database = str(named or "")
        title, ts = str(record.get("title") or ""), str(record.get("ts") or "")
        attempt = DatabaseAttempt(database, title, ts)
        self._in_doubt.pop(parent, None)
        if database:
            self._made[parent], self.newest_database = attempt, database
        elif record.get("status") in (BEGUN, "unknown"):
            self._in_doubt[parent] = attempt

    def require_readable(self, path: Path) -> None:
        """Check that every line was read, where one that was not may hide what matters.

        Raises:
            LedgerError: the file cannot be read, or a line is not a record.
        """
        if self.broken is not None and not self.broken.line:
            raise LedgerError(f"The ledger {path} cannot be read: {self.broken.reason}.")
        if self.chain.unreadable:
            raise LedgerError(
                f"{path}:{self.chain.unreadable}: the line is not a JSON object.",
                "Run `lukhas-notion ledger verify`.",
            )

    def created_below(self, parent: str) -> DatabaseAttempt | None:
        """Return the newest attempt below a page, None where there is none that could matter."""
        return self._in_doubt.get(parent) or self._made.get(parent)

    def has_created(self, database: str) -> bool:
        """Return whether a database is the newest one that was created below a page."""
        return any(attempt.database == database for attempt in self._made.values())

    def modules(self, wanted: Callable[[str], bool]) -> dict[str, PageState]:
        """Return what the records prove of each module's page.

        A page is one module's: where a later record has it under another name, the earlier module
        has none any more; nor has one whose page was moved to the trash.

        Args:
            wanted: whether the configuration includes a manifest's path: several configurations
                may share a ledger. Records from before paths were recorded count for every one.
        """
        return {
            last.module: last
            for last in self.pages.values()
            if not last.archived and (not last.path or wanted(last.path))
        }

    def view(self, wanted: Callable[[str], bool]) -> LedgerView:
        """Return what is proved of each module; a broken chain proves nothing."""
        if self.broken is not None:
            return LedgerView(problem=self.broken.reason, line=self.broken.line)
        return LedgerView(self.modules(wanted), last_write=self.last_write)

    def has_skip(self, change: Change, source: str) -> bool:
        """Return whether the last record of a page is a skip at this SHA already."""
        last = self.pages.get(change.page_id)
        wanted = PageState(
            change.sha, change.page_id, change.path, change.module, source, ChangeKind.SKIP
        )
        return last == wanted and change.module not in self._unsettled


def fold(lines: Iterable[bytes]) -> LedgerState:
    """Return what the lines of a ledger come to, the oldest first; no line is an error."""
    state = LedgerState()
    for line in lines:
        if (record := state.chain.follow(line)) is not None:
            state.add(record)
    return state
