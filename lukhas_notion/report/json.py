"""The result of every command as JSON-ready data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.database import Editor, OptionChange
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import Change, ChangeKind, Plan
from lukhas_notion.plan.values import Value
from lukhas_notion.sync.result import OptionOutcome, Outcome, RunResult, Verdict
from lukhas_notion.util.errors import LukhasNotionError

if TYPE_CHECKING:
    from lukhas_notion.plan.finding import Finding
    from lukhas_notion.setup.adopt import Adoption
    from lukhas_notion.setup.result import Diagnosis, SetupPlan, SetupResult
    from lukhas_notion.setup.vocabularies import Growth
    from lukhas_notion.validate.vocabulary_gate import FixResult
    from lukhas_notion.verify.verify import Verification

FORMAT = 1
_VIOLATION = tuple(field.name for field in fields(Violation))


def document(run: RunResult) -> dict[str, Any]:
    """Return a run; ``format`` rises with each change that breaks a reader."""
    return {
        **head(run.generated, run.info),
        "dry_run": run.dry_run,
        **verdict(run.verdict()),
        "requests": run.requests,
        "seconds": round(run.seconds, 3),
        "checked": run.checked,
        "summary": summary(run),
        "notices": list(run.notices),
        "violations": violations(run.violations),
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
    """Return the fields shared by all reports."""
    return {
        "format": FORMAT,
        "generated": generated.isoformat(timespec="microseconds"),
        "run": info.run,
        "tool_version": info.tool,
        "commit": info.commit,
    }


def verdict(ended: Verdict) -> dict[str, Any]:
    """Return a verdict."""
    return {"exit_code": ended.exit_code, "reason": ended.reason, "headline": ended.headline}


def error(ended: LukhasNotionError) -> dict[str, str]:
    """Return the error of a run that ended before there was a plan."""
    return {"reason": ended.reason, "message": ended.message, "remedy": ended.remedy}


def summary(run: RunResult) -> dict[str, int]:
    """Return the counts."""
    return {
        "created": run.done(ChangeKind.CREATE),
        "updated": run.done(ChangeKind.UPDATE),
        "adopted": run.done(ChangeKind.ADOPT),
        "restored": run.done(ChangeKind.RESTORE),
        "archived": run.done(ChangeKind.ARCHIVE),
        "held": len(run.held_removals),
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
    """Return a plan, with everything that a reviewer or a later run needs."""
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
        **_editor(change.editor),
        "properties": properties(change.properties),
        "drift": properties(change.drift),
    }


def _editor(editor: Editor) -> dict[str, str]:
    return {"editor": editor.id, "editor_name": editor.name}


def properties(changes: Iterable[PropertyChange]) -> list[dict[str, Any]]:
    """Return each property with its value before and after."""
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


# --- other commands -------------------------------------------------------------------------------


def violations(found: Iterable[Violation]) -> list[dict[str, Any]]:
    """Return every violation."""
    # Not asdict(), which copies every value: there may be tens of thousands.
    return [{name: getattr(violation, name) for name in _VIOLATION} for violation in found]


def fixes(result: FixResult) -> dict[str, Any]:
    """Return the result of ``validate --fix``: ``fixed`` and ``not_fixed``."""
    fixed = [
        {
            "path": file.path,
            "line": edit.line,
            "pointer": edit.pointer,
            "before": edit.before,
            "after": edit.after,
            "removed": edit.removes,
        }
        for file in result.fixed
        for edit in file.edits
    ]
    left = [
        {"path": file.path, "message": file.message, "remedy": file.remedy}
        for file in result.not_fixed
    ]
    return {"fixed": fixed, "not_fixed": left}


def verification(v: Verification) -> dict[str, Any]:
    """Return a verification; ``format`` rises with each change that breaks a reader."""
    from lukhas_notion.plan.finding import Side

    return {
        **head(v.generated, v.info),
        **verdict(v.verdict),
        "in_sync": v.in_sync,
        "modules": v.modules,
        "compared": v.compared,
        "requests": v.requests,
        "seconds": round(v.seconds, 3),
        "summary": {side.value: v.count(side) for side in Side},
        "findings": _findings(v.findings),
        "ignored": _findings(v.ignored),
        "notes": list(v.notes),
        "failure": v.failure.message if v.failure else None,
        "before_repair": _findings(v.before),
        "repair": document(v.repair) if v.repair else None,
    }


def _findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "kind": finding.kind.value,
            "disagrees": finding.side.value,
            "subject": finding.subject,
            "message": finding.message,
            "remedy": finding.kind.spec.remedy,
            "path": finding.path,
            "line": finding.line,
            "page_id": finding.page_id,
            "url": finding.url,
            "pages": finding.pages,
            **_editor(finding.editor),
            "properties": properties(finding.properties),
        }
        for finding in findings
    ]


def diagnosis(result: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis."""
    from lukhas_notion.setup.result import Level

    return {
        **verdict(result.verdict),
        "requests": result.requests,
        "failures": len(result.of(Level.FAILURE)),
        "warnings": len(result.of(Level.WARNING)),
        "checks": [asdict(check) for check in result.checks],
    }


def setup(result: SetupResult, adoption: Adoption | None = None) -> dict[str, Any]:
    """Return a set-up, with the mapping proposed for it, if any."""
    plan, schema = result.plan, result.schema
    additions = plan.additions if plan else ()
    return {
        **({"proposal": _proposal(adoption)} if adoption else {}),
        "dry_run": result.dry_run,
        **verdict(result.verdict),
        "requests": result.requests,
        "database_id": schema.database_id if schema else None,
        "data_source_id": schema.data_source_id if schema else None,
        "url": schema.url if schema else None,
        "creates": bool(plan and plan.creates),
        "properties": [{"name": a.name, "type": a.type.value} for a in additions],
        "options": _added_options(plan) if plan else [],
        "views": [{"name": v.name, "type": v.type} for v in plan.views] if plan else [],
        "waiting": {name: list(names) for name, names in plan.waiting.items()} if plan else {},
        "files": [{"path": f.path, "kept": not f.is_written} for f in result.files],
        "violations": violations(result.violations),
        "unapplied": list(result.unapplied),
        "notices": [*(plan.doubts if plan else ()), *result.notices],
        "left": list(result.left),
    }


def growth(growths: Sequence[Growth], *, adds: bool, dry_run: bool) -> dict[str, Any]:
    """Return the names in use that vocabularies lack, and those that are added."""
    return {
        "exit_code": 0,
        "dry_run": dry_run,
        "files": [
            {
                "path": growing.file.display,
                "properties": list(growing.properties),
                "added": [name.name for name in growing.lacking] if adds else [],
                "lacking": [
                    {"name": name.name, "manifests": name.manifests, "near": list(name.near)}
                    for name in growing.lacking
                ],
                "skipped": [{"name": n, "reason": why} for n, why in growing.skipped],
            }
            for growing in growths
        ],
    }


def _added_options(plan: SetupPlan) -> list[dict[str, str]]:
    added = [(a.name, a.options) for a in plan.additions]
    added += [(o.property_name, o.add) for o in plan.options]
    return [
        {"property": name, "name": option, "color": color}
        for name, options in added
        for option, color in options
    ]


def _proposal(adoption: Adoption) -> dict[str, Any]:
    proposal = adoption.proposal
    return {
        "files": proposal.files,
        "include": list(adoption.patterns),
        "items": adoption.form.items,
        "where": {pointer: list(texts) for pointer, texts in adoption.form.where.items()},
        "key": proposal.key,
        "body": proposal.body,
        "volatile": list(proposal.volatile),
        "properties": [
            {
                "name": column.spec.name,
                "type": column.spec.type.value,
                "from": column.spec.pointers[0],
                "files": column.files,
                "reason": column.reason,
                "values": list(column.samples),
            }
            for column in proposal.columns
        ],
        "left_out": [{"from": pointer, "reason": why} for pointer, why in proposal.left_out],
    }
