"""What goes on the ledger: one record for each attempt.

Those of a run, and of manifests that it left out: :mod:`lukhas_notion.sync.run_record`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import Change

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
