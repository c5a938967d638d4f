"""The ledger's records of a whole run: how it ended, and which manifests it left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from lukhas_notion.ledger.state import INVALID, RUN
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.sync.options import SyncOptions
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.errors import LedgerError, NotReviewed
from lukhas_notion.util.text import counted
from lukhas_notion.validate.select import Selection

_COUNTED = (
    ("created", ChangeKind.CREATE),
    ("updated", ChangeKind.UPDATE),
    ("adopted", ChangeKind.ADOPT),
    ("restored", ChangeKind.RESTORE),
    ("archived", ChangeKind.ARCHIVE),
    ("skipped", ChangeKind.SKIP),
    ("drifted", ChangeKind.DRIFT),
)


def end(options: SyncOptions, result: RunResult) -> dict[str, object] | None:
    """Return the record of how a run ended; None if that is because the ledger is not writable."""
    cause = result.error or result.refusal or result.stopped
    if isinstance(cause, LedgerError):
        return None
    verdict = result.verdict()
    refused = result.result is None and (result.error is None or type(cause) is NotReviewed)
    status = "success" if not verdict.reason else "refused" if refused else "error"
    record: dict[str, object] = {"action": RUN, "command": "sync" if options.pages else "backfill"}
    if not options.pages:
        record["properties"] = list(options.backfill)
    record["status"] = status
    if verdict.reason:
        error = cause.message if cause else verdict.headline
        record |= {"reason": verdict.reason, "error": error}
    return record | {"counts": _counts(result)}


def _counts(result: RunResult) -> dict[str, int]:
    counts = {
        "manifests": result.checked,
        "violations": len(result.violations),
        "changes": result.planned,
        "unapplied": result.unapplied,
    }
    if result.result is not None:
        counts |= {name: result.done(kind) for name, kind in _COUNTED}
        counts["options"] = result.options_added + result.options_removed
    return counts


def left_out(selection: Selection, refused: Sequence[Violation]) -> Iterator[dict[str, object]]:
    """Yield the records of the manifests that a sync leaves out.

    Args:
        selection: the manifests.
        refused: further violations, which were found when the manifests were compared with Notion.
    """
    modules = {want.path: want.module for want in selection.desired}
    invalid = dict(selection.invalid) | {v.manifest: modules[v.manifest] for v in refused}
    violations: dict[str, list[Violation]] = defaultdict(list)
    for violation in (*selection.violations, *refused):
        for path in violation.manifests:
            violations[path].append(violation)
    for path, module in sorted(invalid.items()):
        first, *others = violations[path]
        more = f" (and {counted(len(others), 'other violation')})" if others else ""
        yield {
            "module": module or None,
            "page_id": None,
            "action": ChangeKind.SKIP.value,
            "status": INVALID,
            "path": path,
            "error": f"{first.path}:{first.line}: {first.message}{more}",
        }
