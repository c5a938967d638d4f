"""What set-ups add and what ``doctor`` finds: for a terminal, and as the step's summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lukhas_notion.manifests.json_values import any_of, quote
from lukhas_notion.report.console import verdict_line, violation_lines
from lukhas_notion.report.screen import Line, Style
from lukhas_notion.setup.adopt import Adoption
from lukhas_notion.setup.files import SetupFile
from lukhas_notion.setup.result import Check, Diagnosis, Level, SetupPlan, SetupResult
from lukhas_notion.setup.vocabularies import Growth
from lukhas_notion.util.sanitize import markdown_message, terminal
from lukhas_notion.util.text import counted

_MARKS = {Level.PASS: "✅", Level.WARNING: "⚠️", Level.FAILURE: "❌"}
_STYLES = {Level.PASS: Style.GOOD, Level.WARNING: Style.UPDATE, Level.FAILURE: Style.ERROR}
#: Columns of a check's result and, at most, of what was checked.
_RESULT, _SUBJECT = 9, 40
#: Options of one property that are listed.
_LISTED = 10
#: Characters of a column of the table of a proposal, at most.
_WIDEST = 40


# --- init -----------------------------------------------------------------------------------------


def proposal_lines(adoption: Adoption) -> Iterator[Line]:
    """Yield a table of the properties that are proposed, and what was left out, with the reason."""
    proposal = adoption.proposal
    yield Line.of(f"{counted(proposal.files, 'file')}: {', '.join(adoption.patterns)}")
    rows = [("property", "type", "from", "files", "values")]
    for column in proposal.columns:
        spec, samples = column.spec, " · ".join(column.samples)
        rows.append((spec.name, spec.type, spec.pointers[0], str(column.files), samples))
    yield from _table([tuple(map(terminal, row)) for row in rows])
    if proposal.body:
        yield Line.of(f"body      {proposal.body}")
    if proposal.key:
        yield Line.of(f"key       {proposal.key}")
    for pointer in proposal.volatile:
        yield Line.of(f"volatile  {pointer}")
    for pointer, why in proposal.left_out:
        yield Line.of(f"left out  {pointer}: {why}", indent=10)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[Line]:
    """Yield the rows of a table; its last column is as wide as it is."""
    widths = [min(max(map(len, cells)), _WIDEST) + 2 for cells in zip(*rows, strict=True)]
    for row in rows:
        padded = (f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=False))
        yield Line.of(f"{''.join(padded)}{row[-1]}".rstrip(), indent=sum(widths[:-1]))


def plan_lines(plan: SetupPlan | None, files: Sequence[SetupFile], title: str) -> Iterator[Line]:
    """Yield a line for each thing that is added to Notion, if anything is, and for each file."""
    if plan is not None:
        yield from _notion_lines(plan, title)
    for file in files:
        kept = "gets the database's id" if file.gets_database else "is kept"
        said = f"{file.path} {kept}" if file.is_kept else file.path
        yield _line("file", "" if file.is_kept else "+", said)


def _notion_lines(plan: SetupPlan, title: str) -> Iterator[Line]:
    if plan.schema is None:
        yield _line("database", "+", title)
    else:
        yield _line("database", "", f"{plan.schema.title or 'untitled'}  {plan.schema.url}")
    for said in plan.doubts:
        yield Line.of(f"note: {said}", indent=6)
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


def _line(word: str, sign: str, said: str) -> Line:
    style = Style.CREATE if sign else Style.PLAIN
    return Line.of((f"{word:<10}", style), f"{sign} {said}".strip(), indent=10)


def closing_lines(result: SetupResult) -> Iterator[Line]:
    """Yield how it ended: what is not as it should be first, what is left to do last."""
    yield from violation_lines(result.violations)
    for said in result.unapplied:
        yield Line.of((f"NOT IN NOTION: {said}", Style.ERROR))
    if result.verdict.reason:
        yield verdict_line(result.verdict)
    if result.violations:
        return
    for said in result.notices:
        yield Line.of(f"note: {said}", indent=6)
    if result.dry_run:
        yield Line.of(f"{result.verdict.headline}. {counted(result.requests, 'request')}.")
        return
    for number, said in enumerate(result.left, 1):
        yield Line.of(f"{number}. {said}", indent=3)
    if result.schema is not None:
        yield Line.of(f"The database: {result.schema.database_id}  {result.schema.url}")


# --- vocabulary add -------------------------------------------------------------------------------


def growth_lines(found: Sequence[Growth], *, adds: bool) -> Iterator[Line]:
    """Yield a line for each name that a vocabulary lacks, with what it may be a misspelling of."""
    sign = "+ " if adds else ""
    for growth in found:
        for each in growth.lacking:
            near = f"; is it {any_of(each.near, quote)} misspelt?" if each.near else ""
            many = counted(each.manifests, "manifest")
            yield Line.of(f"{growth.file.display}  {sign}{each.name} (in {many}{near})")
        for name, why in growth.skipped:
            yield Line.of(f"{growth.file.display}  {quote(name)} is not added: it {why}.")


def growth_closing(found: Sequence[Growth], *, adds: bool, dry_run: bool) -> str:
    """Return what was added, would be, or could be."""
    grown = [growth for growth in found if growth.lacking]
    many = counted(sum(len(growth.lacking) for growth in grown), "name")
    if not grown:
        return "The vocabularies have every name that the manifests use, or a synonym of it."
    if not adds:
        return f"{many} can be added, and nothing was: name those to add, or pass --all."
    files = counted(len(grown), "file")
    return f"Dry run: {many} for {files}." if dry_run else f"Added {many} to {files}."


# --- doctor ---------------------------------------------------------------------------------------


def lines(diagnosis: Diagnosis) -> Iterator[Line]:
    """Yield a table of the checks, each with its fix below the finding, and then the verdict."""
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


def markdown(diagnosis: Diagnosis) -> str:
    """Return the diagnosis as a Markdown section, failures first."""
    order = (Level.FAILURE, Level.WARNING, Level.PASS)
    rows = [_cells(check) for level in order for check in diagnosis.of(level)]
    head = ["| Result | Checked | Finding | What to do |", "| --- | --- | --- | --- |"]
    top = ["## Notion set-up", "", f"{diagnosis.verdict.headline}.", ""]
    return "\n".join([*top, *head, *rows, ""])


def _cells(check: Check) -> str:
    cells = (check.subject, check.found, check.fix)
    shown = " | ".join(markdown_message(cell.replace("\n", " ")) for cell in cells)
    return f"| {_MARKS[check.level]} {check.level} | {shown} |"
