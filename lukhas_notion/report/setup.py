"""A set-up told to a terminal, and as data for a machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lukhas_notion.report import json as report_json
from lukhas_notion.report.violations import violation_lines, violations_data
from lukhas_notion.setup.adopt import Adoption
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.setup.plan import SetupPlan
from lukhas_notion.setup.result import SetupResult
from lukhas_notion.util.sanitize import terminal
from lukhas_notion.util.text import counted

#: Options of one property that are listed.
_LISTED = 10
#: Characters of a column of the table of a proposal, at most.
_WIDEST = 40


def proposal_lines(adoption: Adoption) -> Iterator[str]:
    """Yield a table of the properties that are proposed, and what was left out, with the reason."""
    proposal = adoption.proposal
    yield terminal(f"{counted(proposal.files, 'file')}: {', '.join(adoption.patterns)}")
    rows = [("property", "type", "from", "files", "values")]
    for column in proposal.columns:
        spec, samples = column.spec, " · ".join(column.samples)
        rows.append((spec.name, spec.type, spec.pointers[0], str(column.files), samples))
    yield from _table([tuple(map(terminal, row)) for row in rows])
    if proposal.body:
        yield terminal(f"body      {proposal.body}")
    if proposal.key:
        yield terminal(f"key       {proposal.key}")
    for pointer in proposal.volatile:
        yield terminal(f"volatile  {pointer}")
    for pointer, why in proposal.left_out:
        yield terminal(f"left out  {pointer}: {why}")


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield the rows of a table; its last column is as wide as it is."""
    widths = [min(max(map(len, cells)), _WIDEST) + 2 for cells in zip(*rows, strict=True)]
    for row in rows:
        padded = (f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=False))
        yield f"{''.join(padded)}{row[-1]}".rstrip()


def plan_lines(plan: SetupPlan | None, files: Sequence[SetupFile], title: str) -> Iterator[str]:
    """Yield a line for each thing that is added to Notion, if anything is, and for each file."""
    if plan is not None:
        yield from _notion_lines(plan, title)
    for file in files:
        yield terminal(f"file      {f'{file.path} is kept' if file.is_kept else f'+ {file.path}'}")


def _notion_lines(plan: SetupPlan, title: str) -> Iterator[str]:
    if plan.schema is None:
        yield terminal(f"database  + {title}")
    else:
        yield terminal(f"database  {plan.schema.title or 'untitled'}  {plan.schema.url}")
    for said in plan.doubts:
        yield terminal(f"note: {said}")
    for addition in plan.additions:
        yield terminal(f"property  + {addition.name} ({addition.type})")
        yield from _option_lines(addition.name, addition.options)
    for option in plan.options:
        yield from _option_lines(option.property_name, option.add)
    if plan.is_empty:
        yield "Notion has every property and every option already."


def _option_lines(name: str, options: Sequence[tuple[str, str]]) -> Iterator[str]:
    for option, color in options[:_LISTED]:
        yield terminal(f"option    {name} + {option} ({color})")
    if more := options[_LISTED:]:
        yield terminal(f"option    {name} + {len(more)} more")


def closing_lines(result: SetupResult) -> Iterator[str]:
    """Yield how it ended: what is not as it should be first, what is left to do last."""
    yield from violation_lines(result.violations)
    if result.violations:
        yield f"{result.verdict.headline}."
        return
    for said in result.unapplied:
        yield terminal(f"NOT IN NOTION: {said}")
    if result.unapplied:
        yield f"{result.verdict.headline}."
    for said in result.notices:
        yield terminal(f"note: {said}")
    if result.dry_run:
        yield f"{result.verdict.headline}. {counted(result.requests, 'request')}."
        return
    if result.schema is not None:
        yield terminal(f"The database: {result.schema.database_id}  {result.schema.url}")
    for number, said in enumerate(result.left, 1):
        yield terminal(f"{number}. {said}")


def document(result: SetupResult, adoption: Adoption | None = None) -> dict[str, Any]:
    """Return the set-up as JSON-ready data, with the mapping that was proposed for it, if any."""
    plan, schema = result.plan, result.schema
    proposed = {"proposal": _proposal(adoption)} if adoption else {}
    return {
        **proposed,
        "dry_run": result.dry_run,
        **report_json.verdict(result.verdict),
        "requests": result.requests,
        "database_id": schema.database_id if schema else None,
        "data_source_id": schema.data_source_id if schema else None,
        "url": schema.url if schema else None,
        "creates": bool(plan and plan.creates),
        "properties": [{"name": a.name, "type": a.type.value} for a in plan.additions]
        if plan
        else [],
        "options": _options(plan) if plan else [],
        "waiting": {name: list(names) for name, names in plan.waiting.items()} if plan else {},
        "files": [{"path": f.path, "kept": f.is_kept} for f in result.files],
        "violations": violations_data(result.violations),
        "unapplied": list(result.unapplied),
        "notices": [*(plan.doubts if plan else ()), *result.notices],
        "left": list(result.left),
    }


def _proposal(adoption: Adoption) -> dict[str, Any]:
    proposal = adoption.proposal
    return {
        "files": proposal.files,
        "include": list(adoption.patterns),
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


def _options(plan: SetupPlan) -> list[dict[str, str]]:
    added = [(a.name, a.options) for a in plan.additions]
    added += [(o.property_name, o.add) for o in plan.options]
    return [
        {"property": name, "name": option, "color": color}
        for name, options in added
        for option, color in options
    ]
