"""Output of `init`, `vocabulary add`, `doctor` and `validate --fix`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lukhas_notion.manifests.edits import Block, Edit, blocks
from lukhas_notion.manifests.json_values import any_of, quote
from lukhas_notion.report.console import verdict_line, violation_lines
from lukhas_notion.report.screen import Line, Style, table
from lukhas_notion.setup.adopt import Adoption
from lukhas_notion.setup.columns import ADDRESSES
from lukhas_notion.setup.configuration_text import AS_PEOPLE
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.setup.result import Check, Diagnosis, Level, SetupPlan, SetupResult
from lukhas_notion.setup.vocabularies import Growth
from lukhas_notion.util.sanitize import markdown_message, terminal, terminal_block
from lukhas_notion.util.text import counted, difference
from lukhas_notion.validate.vocabulary_gate import FixedFile, FixResult

# --- init -----------------------------------------------------------------------------------------

#: Maximums: the options listed for one property, and the width of a column of a proposal.
_LISTED, _WIDEST = 10, 30


def proposal_lines(adoption: Adoption) -> Iterator[Line]:
    """Yield a table of the proposed properties, and what was left out with the reason."""
    proposal = adoption.proposal
    yield Line.of(f"{counted(proposal.files, 'manifest')}: {', '.join(adoption.patterns)}")
    rows = [("property", "type", "from", "manifests", "values")]
    for column in proposal.columns:
        spec, samples = column.spec, " · ".join(column.samples)
        rows.append((spec.name, spec.type, spec.pointers[0], f"{column.files:,}", samples))
    yield from table(rows, _WIDEST)
    form = adoption.form
    where = [("where", f"{at} = {any_of(texts)}") for at, texts in form.where.items()]
    volatile = [("volatile", pointer) for pointer in proposal.volatile]
    named = (("items", form.items), *where, ("body", proposal.body), ("key", proposal.key))
    for word, value in (*named, *volatile):
        if value:
            yield Line.of(f"{word:<10}{value}")
    for pointer, why in proposal.left_out:
        yield Line.of(f"left out  {pointer}: {why}", indent=10)
    if people := [each.spec.name for each in proposal.columns if each.reason == ADDRESSES]:
        yield Line.of(f"note: {', '.join(people)}: {AS_PEOPLE}.", indent=6)


def plan_lines(plan: SetupPlan | None, files: Sequence[SetupFile], title: str) -> Iterator[Line]:
    """Yield a line for each addition to Notion and for each file."""
    if plan is not None:
        yield from _notion_lines(plan, title)
    for file in files:
        kept = "gets the database's id" if file.gets_database else "is kept"
        text = f"{file.path} {kept}" if file.is_kept else file.path
        yield _line("file", "" if file.is_kept else "+", text)


def _notion_lines(plan: SetupPlan, title: str) -> Iterator[Line]:
    if plan.schema is None:
        yield _line("database", "+", title)
    else:
        yield _line("database", "", f"{plan.schema.title or 'untitled'}  {plan.schema.url}")
    for doubt in plan.doubts:
        yield Line.of(f"note: {doubt}", indent=6)
    for addition in plan.additions:
        yield _line("property", "+", f"{addition.name} ({addition.type})")
        yield from _option_lines(addition.name, addition.options)
    for option in plan.options:
        yield from _option_lines(option.property_name, option.add)
    for view in plan.views:
        yield _line("view", "+", f"{view.name} ({view.type})")
    if plan.is_empty:
        yield Line.of("Notion has every property and every option already.")


def _option_lines(name: str, options: Sequence[tuple[str, str]]) -> Iterator[Line]:
    for option, color in options[:_LISTED]:
        yield _line("option", f"{name} +", f"{option} ({color})")
    if more := options[_LISTED:]:
        yield _line("option", f"{name} +", f"{len(more)} more")


def _line(word: str, sign: str, text: str) -> Line:
    style = Style.CREATE if sign else Style.PLAIN
    return Line.of((f"{word:<10}", style), f"{sign} {text}".strip(), indent=10)


def closing_lines(result: SetupResult) -> Iterator[Line]:
    """Yield the result of a set-up: failures first, the remaining steps last."""
    yield from violation_lines(result.violations)
    for unapplied in result.unapplied:
        yield Line.of((f"NOT IN NOTION: {unapplied}", Style.ERROR))
    if result.verdict.reason:
        yield verdict_line(result.verdict)
    if result.violations:
        return
    for notice in result.notices:
        yield Line.of(f"note: {notice}", indent=6)
    if result.dry_run:
        yield Line.of(f"{result.verdict.headline}. {counted(result.requests, 'request')}.")
        return
    for number, step in enumerate(result.left, 1):
        yield Line.of(f"{number}. {step}", indent=3)
    if result.schema is not None:
        yield Line.of(f"The database: {result.schema.database_id}  {result.schema.url}")


# --- vocabulary add -------------------------------------------------------------------------------


def growth_lines(growths: Sequence[Growth], *, adds: bool) -> Iterator[Line]:
    """Yield a line for each name missing from a vocabulary, with similar names."""
    sign = "+ " if adds else ""
    for growth in growths:
        for name in growth.lacking:
            near = f"; is it {any_of(name.near, quote)} misspelt?" if name.near else ""
            many = counted(name.manifests, "manifest")
            yield Line.of(f"{growth.file.display}  {sign}{name.name} (in {many}{near})")
        for skipped, why in growth.skipped:
            yield Line.of(f"{growth.file.display}  {quote(skipped)} is not added: it {why}.")


def growth_closing(growths: Sequence[Growth], *, adds: bool, dry_run: bool) -> str:
    """Return how many names were added, would be added, or can be added."""
    grown = [growth for growth in growths if growth.lacking]
    names = counted(sum(len(growth.lacking) for growth in grown), "name")
    if not grown:
        other = "other " if any(growth.skipped for growth in growths) else ""
        return f"The vocabularies have every {other}name that the manifests use."
    if not adds:
        return f"{names} can be added, and none was: name those to add, or pass --all."
    files = counted(len(grown), "file")
    return f"Dry run: {names} for {files}." if dry_run else f"Added {names} to {files}."


# --- doctor ---------------------------------------------------------------------------------------

_MARKS = {Level.PASS: "✅", Level.WARNING: "⚠️", Level.FAILURE: "❌"}
_STYLES = {Level.PASS: Style.GOOD, Level.WARNING: Style.UPDATE, Level.FAILURE: Style.ERROR}
#: Columns of a check's result, and the maximum number of columns of its subject.
_RESULT, _SUBJECT = 9, 40


def doctor_lines(diagnosis: Diagnosis) -> Iterator[Line]:
    """Yield a table of the checks, with each fix below its finding, and the verdict."""
    width = max((len(terminal(check.subject)) for check in diagnosis.checks), default=0)
    width = min(width, _SUBJECT) + 2
    for check in diagnosis.checks:
        first, *more = [*check.found.split("\n"), *filter(None, [check.fix])]
        result = (f"{check.level:<{_RESULT}}", _STYLES[check.level])
        indent = _RESULT + width
        yield Line.of(result, f"{terminal(check.subject):<{width}}", first, indent=indent)
        for line in more:
            yield Line.of(f"{'':{indent}}{line}", indent=indent)
    yield verdict_line(diagnosis.verdict)


def doctor_markdown(diagnosis: Diagnosis) -> str:
    """Return the diagnosis as a Markdown section, failures first."""
    rows = [_cells(check) for level in reversed(Level) for check in diagnosis.of(level)]
    head = ["| Result | Checked | Finding | What to do |", "| --- | --- | --- | --- |"]
    top = ["## Notion set-up", "", f"{diagnosis.verdict.headline}.", ""]
    return "\n".join([*top, *head, *rows, ""])


def _cells(check: Check) -> str:
    shown = " | ".join(map(markdown_message, (check.subject, check.found, check.fix)))
    return f"| {_MARKS[check.level]} {check.level} | {shown} |"


# --- validate --fix -------------------------------------------------------------------------------

#: Lines around a change in a diff.
_CONTEXT = 3
_NO_NEWLINE = "\\ No newline at end of file"


def fixed_lines(fixes: FixResult) -> Iterator[str]:
    """Yield a line for each text that was replaced or removed."""
    for fixed in fixes.fixed:
        for edit in fixed.edits:
            place = f"{fixed.path}:{edit.line}"
            yield terminal(f"{place}: {_edit(edit)} (at {edit.pointer})")


def not_fixed_lines(fixes: FixResult) -> Iterator[str]:
    """Yield a line for each file that could not be fixed, with its remedy below."""
    for left in fixes.not_fixed:
        yield terminal(f"{left.path}: not fixed: {left.message}")
        if left.remedy:
            yield terminal(f"    {left.remedy}")


def _edit(edit: Edit) -> str:
    seen = f": {apart}" if (apart := difference(edit.before, edit.after)) else ""
    if not edit.removes:
        return f"{quote(edit.before)} is now {quote(edit.after)}{seen}"
    return f"{quote(edit.before)} is removed, {quote(edit.after)} is there already{seen}"


def unified_diff(fixed: FixedFile) -> Iterator[str]:
    """Yield the lines of a unified diff, without line ends and not escaped for a terminal.

    The diff is made from the edits: to compare a hostile file takes too long.
    """
    lines = fixed.before.split("\n")
    ends = lines[-1] == ""
    if ends:
        lines.pop()
    yield f"--- a/{fixed.path}"
    yield f"+++ b/{fixed.path}"
    grown = 0
    # Edits depend on each other only where a reviewer accepts them one by one.
    edits = [replace(edit, since=edit.start) for edit in fixed.edits]
    for hunk in _hunks(blocks(fixed.before, edits)):
        first = max(hunk[0].first - _CONTEXT, 1)
        last = min(hunk[-1].last + _CONTEXT, len(lines))
        more = sum(len(block.new) - len(block.old) for block in hunk)
        size = last - first + 1
        yield f"@@ -{first},{size} +{first + grown},{size + more} @@"
        yield from _body(hunk, lines, first, last, ends=ends)
        grown += more


def terminal_diff(fixed: FixedFile) -> Iterator[str]:
    r"""Yield the same diff escaped for a terminal, without the ``\r`` at the end of a line."""
    for line in unified_diff(fixed):
        # A file's name may contain a line end; a line of a file does not.
        yield terminal_block(line.removesuffix("\r")).replace("\n", "\\u{a}")


def _hunks(changes: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield groups of blocks with touching contexts."""
    hunk: list[Block] = []
    for block in changes:
        if hunk and block.first - hunk[-1].last > 2 * _CONTEXT + 1:
            yield hunk
            hunk = []
        hunk.append(block)
    if hunk:
        yield hunk


def _body(
    hunk: Sequence[Block], lines: Sequence[str], first: int, last: int, *, ends: bool
) -> Iterator[str]:
    """Yield a hunk's lines; ``ends`` is whether the file's last line has an end."""
    done = first
    for block in hunk:
        before, old, new, after = _parts(block)
        yield from (f" {line}" for line in (*lines[done - 1 : block.first - 1], *before))
        cut = not ends and block.last == len(lines) and not after
        for sign, changed in (("-", old), ("+", new)):
            yield from (f"{sign}{line}" for line in changed)
            if cut:
                yield _NO_NEWLINE
        yield from (f" {line}" for line in after)
        done = block.last + 1
    yield from (f" {line}" for line in lines[done - 1 : last])
    if not ends and last == len(lines) and not cut:
        yield _NO_NEWLINE


def _parts(block: Block) -> tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str]]:
    """Return a block's unchanged first lines, old lines, new lines, and unchanged last lines."""
    old, new = block.old, block.new
    shorter = min(len(old), len(new))
    head = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    cut = len(old) - tail
    return old[:head], old[head:cut], new[head : len(new) - tail], old[cut:]
