"""What goes on the ledger: one record for each attempt, and for each thing a preview showed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lukhas_notion.option_plan import OptionChange
from lukhas_notion.plan import Change, ChangeKind, Plan

#: The action of the record of a database that is made.
DATABASE_CREATE = "database-create"
#: The status of a create that is about to be sent; what becomes of it is a record of its own.
BEGUN = "begun"


def entry(
    change: Change, status: str, *, page_id: str = "", error: str = "", attempt: int = 0
) -> dict[str, object]:
    """Return the ledger's record of one change."""
    record: dict[str, object] = {
        "module": change.module,
        "page_id": page_id or change.page_id or None,
        "sha": change.sha,
        "action": change.kind.value,
        "status": str(status),
    }
    if change.path:
        record["path"] = change.path
    if error:
        record["error"] = error
    if attempt:
        record["attempt"] = attempt
    return record


def option_entry(
    change: OptionChange, mode: str, status: str, error: str = ""
) -> dict[str, object]:
    """Return the ledger's record of one property's options; ``mode`` is apply or dryrun."""
    record: dict[str, object] = {
        "action": f"notion-backfill-{mode}",
        "properties": [change.property_name],
        "status": status,
        "total_options": change.total,
    }
    if change.add:
        record["added"] = [name for name, _ in change.add]
    if change.by_pages:
        record["by_pages"] = list(change.by_pages)
    if change.remove:
        record["removed"] = [removal.name for removal in change.remove]
    if error:
        record["error"] = error
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
        "action": DATABASE_CREATE if parent else "database-extend",
        "properties": list(properties),
        "status": status,
        "database_id": database or None,
    }
    if parent:
        record |= {"parent_id": parent, "title": title}
    if error:
        record["error"] = error
    return record


def preview_entries(plan: Plan) -> Iterable[dict[str, object]]:
    """Yield what a dry run puts on the ledger."""
    for option in plan.options:
        yield option_entry(option, "dryrun", "preview")
    for change in plan.changes:
        if change.kind is not ChangeKind.ORPHAN:
            yield entry(change, "preview")
