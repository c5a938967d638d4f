"""The pull request's comment, its suggestions, and the step summary.

Comment and summary begin with the verdict, the counts and what blocks the merge.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from lukhas_notion.github.comment_text import COMMENT, SUMMARY, Part, fit
from lukhas_notion.manifests.edits import Block, Edit
from lukhas_notion.manifests.manifest import fixable
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.plan.values import text_units
from lukhas_notion.report import markdown
from lukhas_notion.report.run_sections import Legend, counts
from lukhas_notion.report.run_sections import sections as run_sections
from lukhas_notion.report.sections import Name, Row, Section, Text, Topic
from lukhas_notion.sync.result import RunResult
from lukhas_notion.util.sanitize import (
    html,
    markdown_code,
    markdown_html,
    markdown_message,
    markdown_suggestion,
    visible_block,
)
from lukhas_notion.util.text import counted, shortened

#: Values of a section that are shown without unfolding pages, at most.
_OPEN = 12
#: Pages of a section in front of the fold that has the others.
_FIRST_PAGES = 20
#: Characters of the values of one change, at most.
_LONGEST_ROW = 6_000
#: Characters of a module's name, and of the names of its properties, at most.
_LONGEST_NAME = 120
#: The topics that show pages with their values.
_BLOCKS = (Topic.PAGES, Topic.OTHER_PAGES, Topic.DRIFT)
#: Characters of a suggestion, and names that it lists, at most.
_LONGEST_SUGGESTION = 8_000
_NAMED_EDITS = 10
_SIGNS = {"create": "🆕", "update": "✏️", "drift": "↩️", "restore": "♻️"}
_DONE = {"create": "created", "update": "updated", "restore": "restored"}


@dataclass(frozen=True, slots=True)
class Moved:
    """A manifest that the pull request deletes or renames.

    ``module`` is the module in the base branch, "" where it is not known. ``new_path`` is "" for a
    deletion.
    """

    path: str
    new_path: str = ""
    module: str = ""


@dataclass(frozen=True, slots=True)
class CommentContext:
    """What comment and summary say in addition to the result.

    Args:
        server_url: GitHub's address, for links to files.
        repository: ``owner/name``.
        head_sha: the commit of the comment.
        run_url: the run that wrote it.
        comment_id: the name of one of several databases, "" for the only one.
        prefix: the root's folder inside the repository, "" or ending in a slash.
        whole: whether all manifests were checked, or only the changed ones.
        why: why all were checked although the pull request changes a few; it continues "because".
        touched: the manifests that the pull request changes, where all were checked.
        archives: whether pages without a manifest are moved to the trash.
        moved: manifests that were deleted or renamed.
        compared_with_base: whether Notion was not read.
        requests: the estimated requests of the apply; 0 where there is nothing to do.
        seconds: the estimated duration of the apply.
        suggested: the number of fixable names that have a suggestion on their line.
        base: the pull request's base branch, where it is not the applied branch.
        applied_branch: the applied branch, where ``base`` is another one; else "".
    """

    server_url: str
    repository: str
    head_sha: str
    run_url: str
    comment_id: str = ""
    prefix: str = ""
    whole: bool = True
    why: str = ""
    touched: Collection[str] | None = None
    archives: bool = False
    moved: Sequence[Moved] = ()
    compared_with_base: bool = False
    requests: int = 0
    seconds: int = 0
    suggested: int = 0
    base: str = ""
    applied_branch: str = ""


def comment(
    run: RunResult, context: CommentContext, *, first: str = "", hidden: Sequence[str] = ()
) -> str:
    """Return the comment, with ``first`` as its first line and hidden lines at its end."""
    return fit(comment_parts(run, context), *COMMENT, first=first, hidden=hidden)


def summary(run: RunResult, context: CommentContext) -> str:
    """Return the step summary, of at most a million bytes."""
    return fit(comment_parts(run, context, whole=True), *SUMMARY)


def headline(run: RunResult, context: CommentContext) -> str:
    """Return the verdict as the comment's title."""
    merging = f"When it reaches {context.applied_branch}, this" if context.applied_branch else ""
    return markdown.headline(run.verdict(merging or "Merging"))


def comment_parts(run: RunResult, context: CommentContext, *, whole: bool = False) -> list[Part]:
    """Return the parts of comment and summary, the most important first.

    ``whole`` lists every violation in addition to each kind.
    """
    blob = f"{context.server_url}/{context.repository}/blob/{context.head_sha}"
    files = f"{blob}/{quote(context.prefix)}"
    show = _Blocks("###", files, whole, dry_run=run.dry_run, context=context)
    parts = [Part("\n\n".join(_top(run, context)))]
    for section in (*run_sections(run, context.touched), *_moved(context)):
        if section.topic is Topic.UNCHANGED:
            continue  # the counts have the number
        if section.topic is Topic.LEFT_ALONE and not context.whole:
            continue  # not all pages are known
        parts += show.parts(_with_fixes(section, run, context))
    return [*parts, Part(_foot(run, context))]


def _top(run: RunResult, context: CommentContext) -> Iterator[str]:
    name = f" · {markdown_code(context.comment_id)}" if context.comment_id else ""
    yield f"## {markdown_message(headline(run, context))}{name}"
    yield from markdown.missing_gates(run.violations)
    if run.plan is None:
        yield f"{counted(run.checked, 'manifest')} checked"
    else:
        parts = [f"**{count.count:,}** {count.words}" for count in counts(run) if count.count]
        yield " · ".join(parts) or "No page is affected."
    if context.why and run.dry_run:
        yield markdown_message(f"All manifests are compared, because {context.why}.")
    if context.applied_branch:
        base, branch = markdown_code(context.base), markdown_code(context.applied_branch)
        nothing = f"> Merging into {base} changes nothing in Notion"
        yield f"{nothing}: this applies when it reaches {branch}."
    if context.compared_with_base and run.plan is not None:
        yield (
            "> [!NOTE]\n> Compared with the base branch; Notion was not read. Edits made in "
            "Notion, missing options and pages without a manifest are not seen."
        )


def _with_fixes(section: Section, run: RunResult, context: CommentContext) -> Section:
    """Return the violations with how many can be fixed and how; any other section as it is."""
    count = fixable(run.violations) if section.topic is Topic.VIOLATIONS else 0
    if not count:
        return section
    suggested = min(context.suggested, count)
    root = f" --root {shlex.quote(context.prefix.rstrip('/'))}" if context.prefix else ""
    command = f"lukhas-notion validate --all --fix{root}"
    ways = [f"{suggested:,} by the suggestions in the changed files"] if suggested else []
    ways += [f"{count - suggested:,} by `{command}`"] if count > suggested else []
    return replace(section, intro=[f"🔧 {count:,} can be fixed: {', '.join(ways)}."])


def _moved(context: CommentContext) -> Iterator[Section]:
    """Yield the manifests that the pull request deletes or renames."""
    rows = []
    for item in context.moved:
        module = (" (module ", Name(item.module), ")") if item.module else ()
        fate: Text = (" is deleted", _fate(context))
        if item.new_path:
            fate = (" is renamed to ", Name(item.new_path))
        rows.append(Row((Name(item.path), *module, *fate)))
    if rows:
        fates = [bool(item.new_path) for item in context.moved]
        title = "Renamed" if all(fates) else "Deleted and renamed" if any(fates) else "Deleted"
        yield Section(Topic.MOVED, f"{title} manifests ({len(rows)})", rows)


def _fate(context: CommentContext) -> str:
    """Return what happens to a deleted manifest's page, "" where the plan says it."""
    if not context.archives:
        return ": its page stays in Notion, without a manifest"
    return ": merging moves its page to Notion's trash" if context.compared_with_base else ""


def _foot(run: RunResult, context: CommentContext) -> str:
    pieces = [f"[run and full report]({markdown.address(context.run_url)})"]
    if context.requests and run.dry_run:
        requests = counted(context.requests, "request")
        pieces.append(f"applying costs about {requests}, {context.seconds:,} s")
    if not context.whole:
        pieces.append("changed manifests only")
    known = {"plan": run.plan.digest} if run.plan else {}
    return markdown.ids({**known, "commit": context.head_sha}, *pieces)


@dataclass(frozen=True)
class _Blocks(markdown.Markdown):
    """Markdown that shows each page as a collapsed block with its values before and after."""

    dry_run: bool = True
    context: CommentContext | None = None

    def parts(self, section: Section) -> Iterator[Part]:
        """Yield a section: the first pages, and a fold with the others."""
        more = "_… and {n:,} more, in the full report._"
        for each in super().parts(section):
            part = replace(each, more=lambda n: more.format(n=n))
            if section.topic in _BLOCKS and len(part.rows) > _FIRST_PAGES:
                others = part.rows[_FIRST_PAGES:]
                yield replace(part, rows=part.rows[:_FIRST_PAGES])
                head = markdown.FOLD.format(f"{len(others):,} more")
                yield replace(part, head=head, rows=others, tail="\n</details>")
            else:
                yield part

    def legend(self, section: Section) -> str:
        """Return the legend; a preview says what merging does."""
        if section.legend != Legend.PLAN or not self.dry_run:
            return section.legend
        base = self.context is not None and self.context.compared_with_base
        return f"{'the base branch' if base else 'in Notion now'} → after merging"

    def row(self, section: Section, row: Row) -> str:
        """Return a page as a block, or as its link with the reason."""
        change = row.change
        if change is None:
            return super().row(section, row)
        if section.topic in _BLOCKS:
            return self._block(section, row, change)
        reason = f": {markdown_message(change.reason)}" if change.reason else ""
        return f"- {markdown.text(row.text)}{reason}"

    def _block(self, section: Section, row: Row, change: Change) -> str:
        done = section.legend == Legend.APPLIED
        word = (row.mark or _DONE.get(row.word, row.word)) if done else row.word
        names = shortened(", ".join(value.name for value in row.values), _LONGEST_NAME)
        module = shortened(change.module, _LONGEST_NAME)
        reason = (
            change.reason if row.word == change.kind and section.topic is not Topic.DRIFT else ""
        )
        warns, who = bool(change.overwrites and reason), change.editor.phrase
        names = "" if warns and reason.endswith(f": {names}") else names
        about = " · ".join(filter(None, [names, reason if warns else "", who]))
        is_open = len(section.rows) <= _OPEN >= sum(len(each.values) for each in section.rows)
        head = (
            f"<details{' open' if is_open else ''}><summary>{'⚠️' if warns else _SIGNS[row.word]} "
            f"<b>{markdown_html(module)}</b> {html(word)} "
            f"<sub>{markdown_html(about)}</sub></summary>\n"
        )
        reason = "" if warns else reason
        values, left = [], _LONGEST_ROW
        for index, value in enumerate(row.values):
            lines = "\n".join(self.value(value, is_new=change.kind is ChangeKind.CREATE))
            left -= text_units(lines)
            if left < 0:
                values.append(f"\n_{len(row.values) - index} more, in the full report._")
                break
            values.append(lines)
        body = [markdown_message(reason), "\n".join(values), _origin(row, change)]
        return "\n\n".join([head, *filter(None, body), "</details>"])


def _origin(row: Row, change: Change) -> str:
    """Return a page's link, its manifest, and its SHA before and after."""
    before = next((str(p.before) for p in change.properties if p.after == change.sha), "")
    sha = f"{before[:8]} → {change.sha[:8]}" if before else change.sha[:8]
    source = f" from {markdown_code(change.path)}" if change.path else ""
    return f"<sub>{markdown.text(row.text)}{source}, sha {html(sha)}</sub>"


# --- suggestions ----------------------------------------------------------------------------------


def suggestion(block: Block) -> str | None:
    """Return the text of a suggestion's comment, None where a suggestion cannot show the change.

    That is where the old or new lines have an invisible character, or are too long to read.
    """
    if any(visible_block(line) != line for line in block.old):
        return None
    offered = markdown_suggestion("\n".join(block.new))
    if offered is None or len(offered) > _LONGEST_SUGGESTION:
        return None
    edits = [f"- {_offered(edit)}" for edit in block.edits[:_NAMED_EDITS]]
    if len(block.edits) > _NAMED_EDITS:
        edits.append(f"- … and {len(block.edits) - _NAMED_EDITS} more")
    return "\n".join([*edits, "", offered])


def _offered(edit: Edit) -> str:
    name = markdown_code(edit.after)
    if not edit.asked:
        return f"{name} is there already."
    there = ", which is there already" if edit.removes else ""
    return f"{markdown_code(edit.before)} is {name} in the vocabulary{there}."
