"""The sections of a comment that tell of pages: written, moved to the trash, or left alone."""

from __future__ import annotations

from collections.abc import Iterator

from lukhas_notion.github.fit_text import Section
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.report.comment_context import CommentContext
from lukhas_notion.report.pages import as_drift, folded, page_link
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.plural import counted
from lukhas_notion.util.sanitize import markdown_code, markdown_message


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
        head = f"### 🗑️ To the trash ({len(archived)})\n\nNotion's trash gives pages back.\n"
        rows = [f"- {page_link(change)}: {markdown_message(change.reason)}" for change in archived]
        yield Section(head, rows)


def pages(run: RunResult) -> Iterator[Section]:
    """Tell of pages that are written."""
    planned = run.plan.writes if run.plan else ()
    writes = [c for c in planned if c.kind not in (ChangeKind.ARCHIVE, ChangeKind.ADOPT)]
    if adopted := [change for change in planned if change.kind is ChangeKind.ADOPT]:
        head = (
            f"<details><summary>🔗 {counted(len(adopted), 'page')} to get a record of the "
            "manifest</summary>\n"
        )
        yield Section(head, [f"- {page_link(change)}" for change in adopted], "\n</details>")
    if writes:
        rows = [folded(change) for change in writes]
        more = "_… and {n} more, in the full report._"
        yield Section(f"### Pages ({len(writes)})\n", rows, more=lambda n: more.format(n=n))


def drift(run: RunResult) -> Iterator[Section]:
    """Tell of pages that were edited in Notion and are left alone there."""
    drifted = run.plan.drifted if run.plan else ()
    if drifted:
        head = (
            f"### ↩️ Edited in Notion ({len(drifted)})\n\nLeft as they are; "
            "`--repair-drift` writes the manifest's values over them.\n"
        )
        yield Section(head, [folded(as_drift(change)) for change in drifted])


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


def archived(run: RunResult) -> Iterator[Section]:
    """Tell of modules whose pages are archived in Notion."""
    found = run.of(ChangeKind.ARCHIVED)
    if found:
        rows = [f"- {page_link(change)}" for change in found]
        yield Section(f"### 📦 Archived in Notion, and left alone ({len(found)})\n", rows)


def _row(change: Change) -> str:
    return f"- {page_link(change)}: {markdown_message(change.reason)}"


def orphans(run: RunResult, context: CommentContext) -> Iterator[Section]:
    """Tell of pages that no manifest is for."""
    for kind, words in (
        (ChangeKind.ORPHAN, "without a manifest"),
        (ChangeKind.UNMANAGED, "unmanaged"),
    ):
        found = run.of(kind)
        if found and context.whole:
            head = f"<details><summary>👻 {counted(len(found), 'page')} {words}, left alone"
            rows = [_row(change) for change in found]
            yield Section(f"{head}</summary>\n", rows, "\n</details>")
