"""What goes on the ledger: one record for each attempt, and one for each run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.util.plural import counted

#: The action of the record of a database that is made.
DATABASE_CREATE = "database-create"
#: The action of the record of a database that gets properties.
DATABASE_EXTEND = "database-extend"
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


def run_entry(
    *,
    command: str,
    status: str,
    counts: Mapping[str, int],
    reason: str = "",
    error: str = "",
    properties: Sequence[str] = (),
) -> dict[str, object]:
    """Return the ledger's record of a run: the last one of the run.

    Args:
        command: ``sync`` or ``backfill``.
        status: ``success``, ``refused`` by a gate or the safety of the plan, or ``error``.
        counts: of manifests, violations, changes, and what became of pages.
        reason: why it failed, as a word for a machine.
        error: why, in words.
        properties: of a backfill: the properties whose options were to be added.
    """
    record: dict[str, object] = {"action": RUN, "command": command}
    if properties:
        record["properties"] = list(properties)
    record["status"] = status
    record |= {key: text for key, text in (("reason", reason), ("error", error)) if text}
    return record | {"counts": dict(counts)}


def left_out_entries(
    invalid: Mapping[str, str], violations: Iterable[Violation]
) -> Iterator[dict[str, object]]:
    """Yield the ledger's record of each manifest that a sync left out.

    Args:
        invalid: path → module, "" where it is not known.
        violations: why; the first of each manifest is its record's ``error``.
    """
    found: dict[str, list[Violation]] = defaultdict(list)
    for violation in violations:
        for path in violation.files:
            found[path].append(violation)
    for path, module in sorted(invalid.items()):
        first, *others = found[path]
        more = f" (and {counted(len(others), 'other violation')})" if others else ""
        yield {
            "module": module or None,
            "page_id": None,
            "action": ChangeKind.SKIP.value,
            "status": INVALID,
            "path": path,
            "error": f"{first.path}:{first.line}: {first.message}{more}",
        }


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
