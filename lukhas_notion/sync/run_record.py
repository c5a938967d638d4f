"""What the ledger says of a run as a whole: that it ended early, and what it left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lukhas_notion.ledger.records import (
    BACKFILL,
    SYNC,
    left_out_entries,
    run_entry,
)
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.errors import LedgerError, LukhasNotionError, NotReviewed
from lukhas_notion.util.plural import counted
from lukhas_notion.validate.select import Selection


def early_end(options: SyncOptions, result: RunResult) -> dict[str, object] | None:
    """Return the record of a run that was to write and ended before its work did.

    None where there is nothing to record: a dry run, a run that came to its end, or one that ended
    because the ledger cannot be written.
    """
    cause = result.error or result.refusal or result.stopped
    came_to_its_end = cause is None and result.plan is not None
    if options.dry_run or came_to_its_end or isinstance(cause, LedgerError):
        return None
    failed = isinstance(cause, LukhasNotionError) and not isinstance(cause, NotReviewed)
    said = cause.message if cause else f"{counted(len(result.violations), 'violation')} found."
    return run_entry(
        action=SYNC if options.pages else BACKFILL,
        status="error" if failed else "refused",
        reason=result.verdict().reason,
        error=said,
        counts={
            "manifests": result.checked,
            "violations": len(result.violations),
            "changes": result.planned,
            "unapplied": result.unapplied,
        },
        properties=() if options.pages else options.backfill,
    )


def left_out(selection: Selection, refused: Sequence[Violation]) -> Iterator[dict[str, object]]:
    """Yield the records of the manifests that a sync leaves out.

    Args:
        selection: what was read and checked.
        refused: the options that only the database shows to be missing.
    """
    modules = {want.path: want.module for want in selection.desired}
    invalid = dict(selection.invalid) | {v.path: modules[v.path] for v in refused}
    yield from left_out_entries(invalid, [*selection.violations, *refused])
