"""The Markdown report: failures first, then the summary, then every module, never capped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lukhas_notion.config.gates import headlines
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.options import MAX_LISTED, OptionChange
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.report.diff import diff
from lukhas_notion.report.remedies import remedy_rows
from lukhas_notion.sync.outcome import Status
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.plural import counted
from lukhas_notion.util.sanitize import (
    markdown_code,
    markdown_fence,
    markdown_inline,
    markdown_message,
    markdown_value,
)

TITLE = "# 🔄 Notion Sync Report"

#: What each kind of change is called in the report's details.
ACTIONS = {
    ChangeKind.CREATE: "create",
    ChangeKind.UPDATE: "update",
    ChangeKind.SKIP: "skip(sha-match)",
    ChangeKind.DRIFT: "drift",
    ChangeKind.ORPHAN: "orphan",
    ChangeKind.UNMANAGED: "unmanaged",
    ChangeKind.ADOPT: "adopt",
    ChangeKind.RESTORE: "restore",
    ChangeKind.ARCHIVED: "archived in Notion",
    ChangeKind.CONFLICT: "conflict",
    ChangeKind.ARCHIVE: "archive",
}


def render(run: RunResult) -> str:
    """Return the whole report."""
    parts = [
        [TITLE, f"_Generated {run.generated.isoformat(timespec='microseconds')}_"],
        [f"_{_provenance(run)}_"],
        missing_gates(run.violations),
        [f"> {markdown_message(notice)}" for notice in run.notices],
        list(_error(run)),
        list(_refusal(run)),
        list(_failures(run)),
        list(_violations(run.violations)),
        list(_summary(run)),
        list(_columns(run)),
        list(_options(run)),
        list(_details(run)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def missing_gates(violations: Iterable[Violation]) -> list[str]:
    """Return a line for each gate that is missing, for the top of a report."""
    return [f"> ❌ A gate is missing. {markdown_message(said)}" for said in headlines(violations)]


def _provenance(run: RunResult) -> str:
    pieces = ["Dry run: nothing was written to Notion"] if run.dry_run else []
    pieces.append(f"run {run.info.run}")
    pieces.append(f"lukhas-notion {run.info.tool}")
    if run.info.commit:
        pieces.append(f"commit {run.info.commit}")
    if run.plan is not None:
        pieces.append(f"plan {run.plan.digest}")
    return " · ".join(pieces)


def _error(run: RunResult) -> Iterator[str]:
    if run.error is None:
        return
    yield "## ❌ Ended before anything was written"
    yield ""
    for line in run.error.message.splitlines():
        yield f"- {markdown_message(line)}"
    if run.error.remedy:
        yield ""
        yield markdown_message(run.error.remedy)


def _refusal(run: RunResult) -> Iterator[str]:
    if run.refusal is None:
        return
    yield "## ❌ Refused: nothing was written"
    yield ""
    yield f"{markdown_message(run.refusal.message)} {markdown_message(run.refusal.remedy)}"
    yield ""
    for line in run.refusal.details:
        yield f"- {markdown_code(line)}"


def _failures(run: RunResult) -> Iterator[str]:
    conflicts = run.of(ChangeKind.CONFLICT)
    if run.refusal or not (run.unapplied or run.stopped):
        return
    yield f"## ❌ Not applied ({run.unapplied})"
    yield ""
    if run.stopped:
        yield f"The run ended early: {markdown_message(run.stopped.message)}"
        yield ""
    if run.unrecorded:
        named = ", ".join(map(markdown_code, run.unrecorded))
        yield f"In Notion, and not on the ledger: {named}"
        yield ""
    for option in run.option_failures:
        yield (
            f"- options of {markdown_code(option.change.property_name)} → "
            f"{option.status}: {markdown_message(option.error)}"
        )
    for outcome in run.failures:
        word = "unknown" if outcome.status is Status.UNKNOWN else "not applied"
        yield (
            f"- {markdown_code(outcome.change.module)} → {outcome.change.kind} {word}: "
            f"{markdown_message(outcome.error)}"
        )
    for change in conflicts:
        yield f"- {markdown_code(change.module)} → conflict: {markdown_message(change.reason)}"
    if rows := remedy_rows([*run.option_failures, *run.failures]):
        yield ""
        yield from rows


def _violations(violations: Iterable[Violation]) -> Iterator[str]:
    found = list(violations)
    if not found:
        return
    yield f"## ❌ Violations ({len(found)})"
    yield ""
    for v in found:
        place = markdown_code(f"{v.path}:{v.line}:{v.column}")
        pointer = f" at {markdown_code(v.pointer)}" if v.pointer else ""
        remedy = f" — {markdown_message(v.advice)}" if v.advice else ""
        yield f"- {place}{pointer}: {markdown_message(v.message)}{remedy} ({v.rule})"


def _summary(run: RunResult) -> Iterator[str]:
    yield "## Summary"
    yield ""
    for name, count, always in counts(run):
        if always or count:
            yield f"- **{name}**: {count}"


def counts(run: RunResult) -> list[tuple[str, int, bool]]:
    """Return (label, count, whether it is shown when 0), in the report's order."""
    return [
        ("Created", run.done(ChangeKind.CREATE), True),
        ("Updated", run.done(ChangeKind.UPDATE), True),
        ("Adopted", run.done(ChangeKind.ADOPT), False),
        ("Restored", run.done(ChangeKind.RESTORE), False),
        ("Archived", run.done(ChangeKind.ARCHIVE), False),
        ("To archive with --apply", len(run.held), False),
        ("Skipped", run.done(ChangeKind.SKIP), True),
        ("Not applied", run.unapplied, False),
        ("Drift", run.done(ChangeKind.DRIFT), False),
        ("Orphans", run.done(ChangeKind.ORPHAN), False),
        ("Unmanaged", run.done(ChangeKind.UNMANAGED), False),
        ("Of other repositories", run.plan.others if run.plan else 0, False),
        ("Conflicts", len(run.of(ChangeKind.CONFLICT)), False),
        ("Violations", len(run.violations), False),
        ("Properties added", run.properties_added, False),
        ("Options added", run.options_added, False),
        ("Options removed", run.options_removed, False),
    ]


def _columns(run: RunResult) -> Iterator[str]:
    columns = run.plan.columns if run.plan else ()
    if columns:
        yield "## Columns to add" if run.dry_run else "## Columns"
        yield ""
        for column in columns:
            yield f"- {markdown_code(column.name)} ({column.type})"


def _options(run: RunResult) -> Iterator[str]:
    changes = [o for o in run.plan.options if o.says_something] if run.plan else []
    if not changes:
        return
    yield "## Options"
    yield ""
    for option in changes:
        for name, color in option.add:
            yield f"- {markdown_code(option.property_name)} + {markdown_code(name)} ({color})"
        for name in option.by_pages:
            yield f"- {markdown_code(option.property_name)} + {markdown_code(name)} (by a page)"
        if option.waiting:
            yield f"- {markdown_code(option.property_name)}: {waiting(option)}"
        for removal in option.remove:
            yield (
                f"- {markdown_code(option.property_name)} − {markdown_code(removal.name)} "
                f"(used by {counted(removal.pages, 'page')})"
            )


def waiting(option: OptionChange) -> str:
    """Say what becomes of the names of a vocabulary for which no request has room."""
    count = len(option.waiting)
    names, comes = ("name", "comes") if count == 1 else ("names", "come")
    return (
        f"{count:,} more {names} of the vocabulary {comes} with the first page that uses them "
        f"(Notion takes {MAX_LISTED} options in a request)"
    )


def _details(run: RunResult) -> Iterator[str]:
    if run.plan is None or not run.plan.changes:
        return
    failed = {id(o.change): o.status for o in run.failures}
    yield "## Details"
    yield ""
    for change in run.plan.changes:
        status = failed.get(id(change))
        suffix = f" **{status.replace('_', ' ')}**" if status else ""
        if change in run.held:
            suffix = " **planned, not done: needs --apply**"
        yield f"- {markdown_code(change.module)} → {ACTIONS[change.kind]}{_sha(change)}{suffix}"
        if change.reason:
            yield f"  - {markdown_message(change.reason)}"
        for item in change.properties:
            yield from property_lines(item)
        if change.drift and change.kind is not ChangeKind.DRIFT:
            yield "  - edited in Notion, and left alone:"
        for item in change.drift:
            yield from property_lines(item)


def _sha(change: Change) -> str:
    return f" (sha:{change.sha[:8]})" if change.sha else ""


def property_lines(change: PropertyChange) -> Iterator[str]:
    """Yield one property's before and after, as items of a nested list."""
    found = diff(change)
    name = markdown_inline(change.name)
    apart = f" ({found.apart})" if found.apart else ""
    if found.lines:
        yield f"  - **{name}**:{apart}"
        yield ""
        for line in markdown_fence("\n".join(found.lines), "diff").split("\n"):
            yield f"    {line}"
        yield ""
        return
    after = markdown_value(found.after) if found.after else "_empty_"
    before = f"{markdown_value(found.before)} → " if found.before else ""
    yield f"  - **{name}**: {before}{after}{apart}"
