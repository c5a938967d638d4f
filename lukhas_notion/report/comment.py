"""The pull request's comment and the step summary: one view, two sizes.

At the top stands what a reviewer needs in five seconds: a verdict, the counts, what blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from lukhas_notion.github.fit_text import (
    COMMENT,
    SUMMARY,
    Section,
    fit,
)
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.plan.options import OptionChange
from lukhas_notion.report import comment_pages
from lukhas_notion.report.comment_context import CommentContext, Moved
from lukhas_notion.report.comment_fixes import fixes
from lukhas_notion.report.markdown import counts, missing_gates, waiting
from lukhas_notion.report.pages import address
from lukhas_notion.report.remedies import remedy_rows
from lukhas_notion.sync.outcome import Status
from lukhas_notion.sync.result import RunResult, Tone
from lukhas_notion.util.plural import counted
from lukhas_notion.util.sanitize import html, markdown_code, markdown_message

__all__ = ["CommentContext", "Moved", "comment", "headline", "sections", "summary"]

SIGNS = {Tone.GOOD: "✅", Tone.CHANGES: "📝", Tone.BLOCKED: "⛔", Tone.FAILED: "❌"}
_DOTS = {
    "blue": "🔵",
    "brown": "🟤",
    "gray": "⚪",
    "green": "🟢",
    "orange": "🟠",
    "pink": "🌸",
    "purple": "🟣",
    "red": "🔴",
    "yellow": "🟡",
}


_COMPARED = (
    "> Compared with the base branch; Notion was not read. Edits made in Notion, missing options "
    "and pages without a manifest are not seen."
)
_VIOLATIONS_HEAD = "| File | What is wrong | What to do |\n| --- | --- | --- |"


def comment(
    run: RunResult, context: CommentContext, *, first: str = "", hidden: Sequence[str] = ()
) -> str:
    """Return the comment, with ``first`` as its first line and hidden lines at its end."""
    return fit(sections(run, context), *COMMENT, first=first, hidden=hidden)


def summary(run: RunResult, context: CommentContext) -> str:
    """Return the step summary, of at most a million bytes."""
    return fit(sections(run, context), *SUMMARY)


def sections(run: RunResult, context: CommentContext) -> list[Section]:
    """Return what comment and summary consist of, the most important section first."""
    return list(_sections(run, context))


def _sections(run: RunResult, context: CommentContext) -> Iterator[Section]:
    yield Section(_top(run, context))
    yield from _error(run)
    yield Section("", [f"> {markdown_message(notice)}\n" for notice in run.notices])
    yield from _refusal(run)
    yield from _failures(run)
    yield from _violations(run.violations, context)
    yield from comment_pages.conflicts(run)
    yield from _columns(run)
    yield from _options(run)
    yield from comment_pages.archives(run)
    yield from comment_pages.pages(run)
    yield from comment_pages.drift(run)
    yield from comment_pages.archived(run)
    yield from comment_pages.moved(context)
    yield from comment_pages.orphans(run, context)
    yield Section(_foot(run, context))


def _top(run: RunResult, context: CommentContext) -> str:
    name = f" · {markdown_code(context.comment_id)}" if context.comment_id else ""
    lines = [f"## {markdown_message(headline(run, context))}{name}", ""]
    for said in missing_gates(run.violations):
        lines += [said, ""]
    lines.append(_counts_line(run))
    if context.applied_branch:
        base, branch = markdown_code(context.base), markdown_code(context.applied_branch)
        lines += ["", f"> Merging into {base} changes nothing in Notion: this applies when it "]
        lines[-1] += f"reaches {branch}."
    if context.compared_with_base and run.plan is not None:
        lines += [
            "",
            "> [!NOTE]",
            _COMPARED,
        ]
    return "\n".join(lines)


def headline(run: RunResult, context: CommentContext) -> str:
    """Return what a reviewer must know if they read nothing else."""
    merging = f"When it reaches {context.applied_branch}, this" if context.applied_branch else ""
    verdict = run.verdict(merging or "Merging")
    return f"{SIGNS[verdict.tone]} {verdict.headline}"


def _counts_line(run: RunResult) -> str:
    words = {
        "Created": "created" if not run.dry_run else "to create",
        "Updated": "updated" if not run.dry_run else "to update",
        "Adopted": "given a record" if not run.dry_run else "to get a record",
        "Restored": "restored from the trash" if not run.dry_run else "to restore from the trash",
        "Unmanaged": "unmanaged",
        "Properties added": "properties to add" if run.dry_run else "properties added",
        "Archived": "moved to the trash" if not run.dry_run else "to the trash",
        "Skipped": "unchanged",
        "Drift": "edited in Notion",
        "Orphans": "without a manifest",
        "Options added": "options to add" if run.dry_run else "options added",
        "Options removed": "options to remove" if run.dry_run else "options removed",
    }
    if run.plan is None:
        return f"{counted(run.checked, 'manifest')} checked"
    said = []
    for name, count, always in counts(run):
        if always or count:
            word = words.get(name, name.lower())
            word = word.replace("options", "option") if count == 1 else word
            said.append(f"**{count:,}** {word}")
    return " · ".join(said)


def _error(run: RunResult) -> Iterator[Section]:
    if run.error is not None:
        rows = [f"- {markdown_message(line)}" for line in run.error.message.splitlines()]
        rows += ["", markdown_message(run.error.remedy)] if run.error.remedy else []
        yield Section("### ❌ What is wrong\n", rows)


def _refusal(run: RunResult) -> Iterator[Section]:
    if run.refusal is not None:
        said = f"{markdown_message(run.refusal.message)} {markdown_message(run.refusal.remedy)}"
        rows = [f"- {markdown_code(line)}" for line in run.refusal.details]
        yield Section(f"### ❌ Refused\n\n{said}\n", rows)


def _failures(run: RunResult) -> Iterator[Section]:
    rows = [
        f"- options of {markdown_code(o.change.property_name)}: {markdown_message(o.error)}"
        for o in run.option_failures
    ]
    for outcome in run.failures:
        word = " (it may have been done)" if outcome.status is Status.UNKNOWN else ""
        rows.append(
            f"- {markdown_code(outcome.change.module)} {outcome.change.kind}{word}: "
            f"{markdown_message(outcome.error)}"
        )
    if run.unrecorded:
        named = ", ".join(map(markdown_code, run.unrecorded))
        rows.append(f"- in Notion, and not on the ledger: {named}")
    if rows or run.stopped:
        why = f"\n\n{markdown_message(run.stopped.message)}" if run.stopped else ""
        if what := remedy_rows([*run.option_failures, *run.failures]):
            why += "\n\n" + "\n".join(what)
        yield Section(f"### ❌ Not applied ({run.unapplied}){why}\n", rows)


def _violations(found: Sequence[Violation], context: CommentContext) -> Iterator[Section]:
    if not found:
        return
    head = f"### ❌ Violations ({len(found)})\n\n{fixes(found, context)}{_VIOLATIONS_HEAD}"
    yield Section(head, [_violation_row(v, context) for v in found])


def _violation_row(v: Violation, context: CommentContext) -> str:
    place = markdown_code(f"{v.path}:{v.line}")
    file = quote(context.prefix + v.path)
    blob = f"{context.server_url}/{context.repository}/blob/{context.head_sha}"
    place_url = f"{blob}/{file}#L{v.line}"
    pointer = f" at {markdown_code(v.pointer)}" if v.pointer else ""
    remedy = markdown_message(v.advice) if v.advice else "—"
    return f"| [{place}]({place_url}) | {markdown_message(v.message)}{pointer} | {remedy} |"


def _columns(run: RunResult) -> Iterator[Section]:
    columns = run.plan.columns if run.plan else ()
    if columns:
        rows = [f"- {markdown_code(column.name)} ({column.type})" for column in columns]
        yield Section("### Columns to add\n" if run.dry_run else "### Columns\n", rows)


def _options(run: RunResult) -> Iterator[Section]:
    changes = [o for o in run.plan.options if o.sends or o.by_pages] if run.plan else []
    if not changes:
        return
    rows = [row for change in changes for row in _option_rows(change)]
    yield Section("### Options\n", rows)


def _option_rows(change: OptionChange) -> Iterator[str]:
    name = markdown_code(change.property_name)
    for start in range(0, len(change.add), 20):
        added = change.add[start : start + 20]
        listed = " ".join(f"{_DOTS.get(color, '⚫')} {markdown_code(n)}" for n, color in added)
        yield f"- {name} gains {listed}"
    for start in range(0, len(change.by_pages), 20):
        listed = " ".join(map(markdown_code, change.by_pages[start : start + 20]))
        yield f"- {name} gains, by the pages that use them and without a colour, {listed}"
    if change.waiting:
        yield f"- {name}: {waiting(change)}"
    for removal in change.remove:
        uses = counted(removal.pages, "page")
        yield f"- {name} **loses** {markdown_code(removal.name)} (used by {uses})"


def _foot(run: RunResult, context: CommentContext) -> str:
    pieces = []
    if context.requests and not context.applied:
        requests = counted(context.requests, "request")
        pieces.append(f"applying costs about {requests}, {context.seconds:,} s")
    if run.plan is not None:
        pieces.append(f"plan <code>{run.plan.digest}</code>")
    if not context.whole:
        pieces.append("changed manifests only")
    pieces.append(f"commit <code>{html(context.head_sha[:12])}</code>")
    pieces.append(f"[run and full report]({address(context.run_url)})")
    return f"---\n<sub>{' · '.join(pieces)}</sub>"
