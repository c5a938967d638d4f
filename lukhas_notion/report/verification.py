"""A verification as terminal lines, report, step summary and issue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lukhas_notion.github.comment_text import COMMENT, SUMMARY, Part, fit
from lukhas_notion.plan.finding import Finding, Side
from lukhas_notion.report.console import STYLES, screenful, value_lines, verdict_line
from lukhas_notion.report.markdown import WHOLE, Markdown, address, headline, provenance
from lukhas_notion.report.run_sections import Legend, ending
from lukhas_notion.report.screen import Line, Style
from lukhas_notion.report.sections import (
    Accent,
    Name,
    Row,
    Section,
    Text,
    Topic,
)
from lukhas_notion.report.violations import FEW, without_values
from lukhas_notion.util.sanitize import markdown_message
from lukhas_notion.util.text import counted, first_of
from lukhas_notion.verify.verify import Verification

#: The number of subjects named for a group of findings.
_FIRST = 3
TITLE = "# 🔎 Notion Verify Report"
#: The sides in the order of a report.
_SIDES = (Side.NOTION, Side.REPOSITORY, Side.LEDGER)
_ACCENTS = {
    Side.NOTION: Accent.DRIFT,
    Side.REPOSITORY: Accent.UPDATE,
    Side.LEDGER: Accent.ERROR,
}


def subject(finding: Finding) -> str:
    """Return the subject of a finding, in plain text."""
    return finding.subject or ("a page without a title" if finding.page_id else "ledger")


def sections(v: Verification) -> Iterator[Section]:
    """Yield the sections of a verification: notes, failures of a repair, findings."""
    if v.notes:
        yield Section(Topic.NOTICES, rows=[Row((note,), "note:") for note in v.notes])
    if v.repair is not None:
        for section in ending(v.repair):
            if section.topic in (Topic.STOP, Topic.FAILURES):
                yield replace(section, title=f"The repair: {section.title.lower()}")
    every = []
    for side in _SIDES:
        where = f"{side.where[0].upper()}{side.where[1:]}"
        kinds = sorted({finding.kind for finding in v.findings if finding.side is side})
        for kind in kinds:
            alike = [finding for finding in v.findings if finding.kind is kind]
            groups = group_findings(alike) if len(alike) > FEW else [[finding] for finding in alike]
            rows = [_row(same[0]) if len(same) == 1 else _group_row(same) for same in groups]
            what = f"{kind.spec.means} {kind.spec.remedy}"
            title = f"{kind} ({len(alike):,})"
            legend = Legend.EDIT if alike[0].is_edit else Legend.CHANGE
            found = Section(Topic.FINDINGS, f"{where}: {title}", rows, _ACCENTS[side], [what])
            yield (found := replace(found, legend=legend))
            if len(groups) < len(alike):
                rows = list(map(_row, alike))
                every.append(replace(found, title=f"All {title}", rows=rows, intro=(), folded=True))
    yield from every


def _row(finding: Finding) -> Row:
    place = (Name(f"{finding.path}:{finding.line}"),) if finding.line else ()
    about: Text = (Name(subject(finding), finding.url),)
    if place:
        about = place if finding.subject == finding.path else (*about, " (", *place, ")")
    # The section says already what all its findings mean.
    message = "" if finding.message == finding.kind.spec.means else f": {finding.message}"
    return Row((*about, message), values=finding.visible)


def _group_row(findings: Sequence[Finding]) -> Row:
    subjects = {subject(finding): Name(subject(finding), finding.url) for finding in findings}
    named = [span for name in list(subjects.values())[:_FIRST] for span in (", ", name)][1:]
    count, more = counted(len(findings), "finding"), len(subjects) - _FIRST
    others = f" and {more:,} more" if more > 0 else ""
    return Row((f"{count}: {_common(findings)} ", *named, others))


# --- many of a kind -------------------------------------------------------------------------------


def group_findings(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return findings in groups of one kind, properties and editor, the largest group first.

    Findings with a line are in one group where their messages differ only in values.
    """
    groups: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        names = tuple(value.name for value in finding.visible)
        message = without_values(finding.message) if finding.line else ""
        groups[finding.kind, names, finding.editor.name, message].append(finding)
    return sorted(groups.values(), key=len, reverse=True)


def _common(findings: Sequence[Finding]) -> str:
    """Return the message shared by all findings of a group."""
    first = findings[0]
    if len({finding.message for finding in findings}) == 1:
        return first.message
    return without_values(first.message) if first.line else first.kind.spec.means


# --- for a terminal -------------------------------------------------------------------------------


def lines(v: Verification, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the findings, a remedy for each kind, and the verdict.

    A few findings are listed singly, many in groups, as many as a screen shows.

    Args:
        v: the verification.
        verbose: whether each finding is listed singly.
    """
    if verbose or len(v.findings) <= FEW:
        for finding in v.findings:
            yield from _finding(finding)
    else:
        yield from _grouped(v.findings)
    kinds = sorted({finding.kind for finding in v.findings})
    if kinds:
        yield Line.of(("What to do:", Style.STRONG))
    for kind in kinds:
        yield Line.of(f"    {kind}: {kind.spec.remedy}", indent=8)
    for note in v.notes:
        yield Line.of(f"note: {note}", indent=6)
    if v.failure is not None and v.failure.remedy:
        yield Line.of(f"note: {v.failure.remedy}", indent=6)
    yield verdict_line(v.verdict)
    yield Line.of(f"{counted(v.requests, 'request')} · {v.seconds:.1f} s")


def _finding(finding: Finding) -> Iterator[Line]:
    place = f"{finding.path}:{finding.line}" if finding.line else subject(finding)
    yield Line.of(*_beginning(finding, place), f": {finding.message}  ({finding.kind})", indent=12)
    for value in finding.visible:
        yield from value_lines(value)


def _beginning(finding: Finding, about: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{finding.side:<10}  ", STYLES[_ACCENTS[finding.side]]), (about, Style.STRONG)


def _grouped(findings: Iterable[Finding]) -> Iterator[Line]:
    groups = (
        (len(alike), list(_group(alike) if len(alike) > 1 else _finding(alike[0])))
        for alike in group_findings(findings)
    )
    yield from screenful(groups, "finding")


def _group(findings: Sequence[Finding]) -> Iterator[Line]:
    """Yield the fields shared by several findings, and the first subjects."""
    first = findings[0]
    start = _beginning(first, counted(len(findings), "finding"))
    yield Line.of(*start, f": {_common(findings)}  ({first.kind})", indent=12)
    subjects = list(dict.fromkeys(map(subject, findings)))
    yield Line.of((f"    {first_of(subjects, _FIRST)}", Style.QUIET))


# --- as Markdown ----------------------------------------------------------------------------------


def render(v: Verification) -> str:
    """Return the whole report."""
    generated = f"_Generated {v.generated.isoformat(timespec='microseconds')}_"
    top = f"{TITLE}\n{generated}\n\n**{_verdict(v)}.**"
    ignored = [_row(finding) for finding in v.ignored]
    title = f"Ignored ({counted(len(ignored), 'finding')})"
    more = [Section(Topic.FINDINGS, title, ignored, folded=True)] if ignored else []
    parts = [Part(top), *_parts([*sections(v), *more]), Part(provenance(v.info))]
    return fit(parts, *WHOLE) + "\n"


def summary(v: Verification) -> str:
    """Return the step summary, of at most a million bytes."""
    parts = [Part(f"## {_verdict(v)}"), *_parts(sections(v)), Part(provenance(v.info))]
    return fit(parts, *SUMMARY)


def issue(v: Verification, run_url: str, *, first: str = "") -> str:
    """Return the issue's text, of a size that leaves room for ``first`` as its first line.

    The text is the same for every run with the same findings, so that the issue is left alone.
    """
    top = Part(f"## {_verdict(v)}\n\nThis issue is kept up to date, and closed when all is well.")
    foot = Part(f"---\n<sub>[The run]({address(run_url)})</sub>")
    return fit([top, *_parts(sections(v)), foot], *COMMENT, first=first).removeprefix(f"{first}\n")


def _verdict(v: Verification) -> str:
    return markdown_message(headline(v.verdict))


def _parts(sections: Iterable[Section]) -> Iterator[Part]:
    show = Markdown("###")
    for section in sections:
        yield from show.parts(section)
