"""The sections of a comment that tell of pages: written, moved to the trash, or left alone."""

from __future__ import annotations

from collections.abc import Iterator

from lukhas_notion.escape import markdown_code, markdown_message
from lukhas_notion.plan import NO_MANIFEST, Change, ChangeKind
from lukhas_notion.report.budget import Section
from lukhas_notion.report.comment_context import CommentContext
from lukhas_notion.report.pages import folded, page_link
from lukhas_notion.result import RunResult
from lukhas_notion.words import counted


def conflicts(run: RunResult) -> Iterator[Section]:
    """Tell of modules that two pages bear the name of."""
    conflicts = run.of(ChangeKind.CONFLICT)
    if conflicts:
        rows = [f"- {page_link(change)}: {markdown_message(change.reason)}" for change in conflicts]
        yield Section(f"### ⛔ Conflicts ({len(conflicts)})\n", rows)


def archives(run: RunResult) -> Iterator[Section]:
    """Tell of pages that go to the trash."""
    archived = run.of(ChangeKind.ARCHIVE)
    if archived:
        head = (
            f"### 🗑️ To the trash ({len(archived)})\n\nNo manifest has these names any more. "
            "Notion's trash gives pages back.\n"
        )
        rows = [f"- {page_link(change)}: {markdown_message(change.reason)}" for change in archived]
        yield Section(head, rows)


def pages(run: RunResult) -> Iterator[Section]:
    """Tell of pages that are written."""
    planned = run.plan.writes if run.plan else ()
    writes = [change for change in planned if change.kind is not ChangeKind.ARCHIVE]
    if writes:
        rows = [folded(change) for change in writes]
        more = "_… and {n} more, in the full report._"
        yield Section(f"### Pages ({len(writes)})\n", rows, more=lambda n: more.format(n=n))


def drift(run: RunResult) -> Iterator[Section]:
    """Tell of pages that were edited in Notion."""
    drifted = run.of(ChangeKind.DRIFT)
    if drifted:
        head = (
            f"### ↩️ Edited in Notion ({len(drifted)})\n\nLeft as they are; "
            "`--repair-drift` writes the manifest's values over them.\n"
        )
        yield Section(head, [folded(change) for change in drifted])


def moved(context: CommentContext) -> Iterator[Section]:
    """Tell of manifests that the pull request deletes or renames."""
    if not context.moved:
        return
    rows = []
    for item in context.moved:
        module = f" (module {markdown_code(item.module)})" if item.module else ""
        if item.new_path:
            rows.append(
                f"- {markdown_code(item.path)}{module} is renamed to {markdown_code(item.new_path)}"
            )
        else:
            rows.append(f"- {markdown_code(item.path)}{module} is deleted{_fate(context)}")
    yield Section(f"### 🗑️ Deleted and renamed manifests ({len(rows)})\n", rows)


def _fate(context: CommentContext) -> str:
    """Return what becomes of a deleted manifest's page; with Notion read, the plan says it."""
    if not context.archives:
        return ": its page stays in Notion, without a manifest"
    return ": merging is to move its page to Notion's trash" if context.compared_with_base else ""


def _orphan_row(change: Change) -> str:
    why = "" if change.reason == NO_MANIFEST else f": {markdown_message(change.reason)}"
    return f"- {page_link(change)}{why}"


def orphans(run: RunResult, context: CommentContext) -> Iterator[Section]:
    """Tell of pages that no manifest is for."""
    orphans = run.of(ChangeKind.ORPHAN)
    if orphans and context.whole:
        head = (
            f"<details><summary>👻 {counted(len(orphans), 'page')} without a manifest, "
            "left alone</summary>\n"
        )
        yield Section(head, [_orphan_row(change) for change in orphans], "\n</details>")
