"""The same content as the Markdown report, for a machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.options import OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.values import Value
from lukhas_notion.report.violations import violations_data
from lukhas_notion.sync.outcome import OptionOutcome, Outcome
from lukhas_notion.sync.result import RunResult, Verdict
from lukhas_notion.util.errors import LukhasNotionError

FORMAT = 1


def document(run: RunResult) -> dict[str, Any]:
    """Return the report as JSON-ready data; ``format`` rises when a reader would have to change."""
    return {
        **head(run.generated, run.info),
        "dry_run": run.dry_run,
        **verdict(run.verdict()),
        "requests": run.requests,
        "seconds": round(run.seconds, 3),
        "checked": run.checked,
        "summary": summary(run),
        "notices": list(run.notices),
        "violations": violations_data(run.violations),
        "unapplied": [_outcome(o) for o in run.failures]
        + [_option_outcome(o) for o in run.option_failures]
        + [_change(c) for c in run.of(ChangeKind.CONFLICT)],
        "refusal": asdict(run.refusal) if run.refusal else None,
        "error": error(run.error) if run.error else None,
        "unrecorded": list(run.unrecorded),
        "stopped": run.stopped.message if run.stopped else None,
        "plan": plan_document(run.plan) if run.plan else None,
        "outcomes": [_outcome(o) for o in run.result.outcomes] if run.result else [],
        "option_outcomes": [_option_outcome(o) for o in run.result.options] if run.result else [],
    }


def head(generated: datetime, info: RunInfo) -> dict[str, Any]:
    """Return what every report begins with."""
    return {
        "format": FORMAT,
        "generated": generated.isoformat(timespec="microseconds"),
        "run": info.run,
        "tool_version": info.tool,
        "commit": info.commit,
    }


def verdict(found: Verdict) -> dict[str, Any]:
    """Return how something ended, as data."""
    return {"exit_code": found.exit_code, "reason": found.reason, "headline": found.headline}


def error(ended: LukhasNotionError) -> dict[str, str]:
    """Return why a run ended before there was a plan, as data."""
    return {"reason": ended.reason, "message": ended.message, "remedy": ended.remedy}


def summary(run: RunResult) -> dict[str, int]:
    """Return the counts."""
    return {
        "created": run.done(ChangeKind.CREATE),
        "updated": run.done(ChangeKind.UPDATE),
        "adopted": run.done(ChangeKind.ADOPT),
        "restored": run.done(ChangeKind.RESTORE),
        "archived": run.done(ChangeKind.ARCHIVE),
        "held": len(run.held),
        "skipped": run.done(ChangeKind.SKIP),
        "drifted": run.done(ChangeKind.DRIFT),
        "orphans": run.done(ChangeKind.ORPHAN) + run.done(ChangeKind.UNMANAGED),
        "unmanaged": run.done(ChangeKind.UNMANAGED),
        "others": run.plan.others if run.plan else 0,
        "conflicts": len(run.of(ChangeKind.CONFLICT)),
        "violations": len(run.violations),
        "properties_added": run.properties_added,
        "options_added": run.options_added,
        "options_removed": run.options_removed,
        "unapplied": run.unapplied,
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as data: everything a reviewer, or a later run, needs of it."""
    return {
        "format": FORMAT,
        "digest": plan.digest,
        "database_id": plan.schema.database_id,
        "data_source_id": plan.schema.data_source_id,
        "orphans_known": plan.orphans_known,
        "operations": list(plan.operations()),
        "columns": [{"name": c.name, "type": c.type.value} for c in plan.columns],
        "options": [_options(option) for option in plan.options],
        "changes": [_change(change) for change in plan.changes],
    }


def _options(option: OptionChange) -> dict[str, Any]:
    return {
        "property": option.property_name,
        "add": [{"name": name, "color": color} for name, color in option.add],
        "by_pages": list(option.by_pages),
        "waiting": list(option.waiting),
        "remove": [{"name": r.name, "pages": r.pages} for r in option.remove],
        "total": option.total,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "module": change.module,
        "path": change.path,
        "sha": change.sha,
        "page_id": change.page_id,
        "url": change.url,
        "reason": change.reason,
        "properties": properties(change.properties),
        "drift": properties(change.drift),
    }


def properties(changes: Iterable[PropertyChange]) -> list[dict[str, Any]]:
    """Return each property's two values."""
    return [
        {
            "name": p.name,
            "type": p.type.stored_as.value,
            "before": _value(p.before),
            "after": _value(p.after),
            **({"cause": p.cause.value} if p.cause else {}),
        }
        for p in changes
    ]


def _value(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _option_outcome(outcome: OptionOutcome) -> dict[str, Any]:
    return {
        "property": outcome.change.property_name,
        "status": str(outcome.status),
        "error": outcome.error,
        "remedy": outcome.remedy,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "module": outcome.change.module,
        "kind": outcome.change.kind.value,
        "status": str(outcome.status),
        "page_id": outcome.page_id,
        "url": outcome.url,
        "error": outcome.error,
        "remedy": outcome.remedy,
    }
