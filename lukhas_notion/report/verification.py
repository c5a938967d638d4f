"""A verification for a terminal, as the whole report, as the step's summary and as an issue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lukhas_notion.github.fit_text import COMMENT, SUMMARY, fit
from lukhas_notion.github.fit_text import Section as Part
from lukhas_notion.plan.finding import Finding, Side
from lukhas_notion.report.console import value_lines, verdict_line
from lukhas_notion.report.markdown import WHOLE, Markdown, address, headline, provenance
from lukhas_notion.report.run_sections import ending
from lukhas_notion.report.screen import Line, Style
from lukhas_notion.report.sections import Accent, Name, Row, Section, Topic
from lukhas_notion.util.sanitize import markdown_message
from lukhas_notion.util.text import counted
from lukhas_notion.verify.verify import Verification

TITLE = "# 🔎 Notion Verify Report"
_SIDES = {
    Side.NOTION: "In Notion",
    Side.REPOSITORY: "In the repository",
    Side.LEDGER: "On the ledger",
}
_ACCENTS = {
    Side.NOTION: Accent.DRIFT,
    Side.REPOSITORY: Accent.UPDATE,
    Side.LEDGER: Accent.ERROR,
}
_STYLES = {
    Side.NOTION: Style.DRIFT,
    Side.REPOSITORY: Style.UPDATE,
    Side.LEDGER: Style.ERROR,
}


def subject(found: Finding) -> str:
    """Return what a finding is about, in plain text."""
    return found.subject or ("a page without a title" if found.page_id else "ledger")


def sections(v: Verification) -> Iterator[Section]:
    """Yield what there is to say of a verification: what a repair came to, then each finding."""
    if v.notes:
        yield Section(Topic.NOTICES, rows=[Row((each,), "note:") for each in v.notes])
    if v.repair is not None:
        told = (Topic.STOP, Topic.FAILURES)
        found = (each for each in ending(v.repair) if each.topic in told)
        yield from (replace(each, title=f"The repair: {each.title.lower()}") for each in found)
    for side, where in _SIDES.items():
        kinds = sorted({each.kind for each in v.findings if each.side is side})
        for kind in kinds:
            rows = [_row(each) for each in v.findings if each.kind is kind]
            what = f"{kind.spec.means} {kind.spec.remedy}"
            title = f"{where}: {kind} ({len(rows):,})"
            yield Section(Topic.FINDINGS, title, rows, _ACCENTS[side], [what])


def _row(found: Finding) -> Row:
    about = Name(subject(found), found.url)
    place = (" (", Name(f"{found.path}:{found.line}"), ")") if found.line else ()
    return Row((about, *place, f": {found.message}"), values=found.properties)


# --- for a terminal -------------------------------------------------------------------------------


def lines(v: Verification) -> Iterator[Line]:
    """Yield every finding, what to do about each kind, and the verdict."""
    for found in v.findings:
        place = f"{found.path}:{found.line}" if found.line else subject(found)
        side = (f"{found.side:<10}  ", _STYLES[found.side])
        yield Line.of(side, (place, Style.STRONG), f": {found.message}  ({found.kind})", indent=12)
        for each in found.properties:
            yield from value_lines(each)
    kinds = sorted({found.kind for found in v.findings})
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


# --- as Markdown ----------------------------------------------------------------------------------


def render(v: Verification) -> str:
    """Return the whole report."""
    generated = f"_Generated {v.generated.isoformat(timespec='microseconds')}_"
    top = f"{TITLE}\n{generated}\n\n**{_verdict(v)}.**"
    ignored = [_row(each) for each in v.ignored]
    title = f"Ignored ({counted(len(ignored), 'finding')})"
    more = [Section(Topic.FINDINGS, title, ignored, folded=True)] if ignored else []
    parts = [Part(top), *_parts([*sections(v), *more]), Part(provenance(v.info))]
    return fit(parts, *WHOLE) + "\n"


def summary(v: Verification) -> str:
    """Return the step's summary, of at most a million bytes."""
    parts = [Part(f"## {_verdict(v)}"), *_parts(sections(v)), Part(provenance(v.info))]
    return fit(parts, *SUMMARY)


def issue(v: Verification, run_url: str, *, first: str = "") -> str:
    """Return the issue's text, of a size that leaves room for ``first`` as its first line.

    It says nothing that differs from one run to the next while the findings are the same, so that
    an issue with nothing new to say is left alone.
    """
    top = Part(f"{_verdict(v)}\n\nThis issue is kept up to date, and closed when all is well.")
    foot = Part(f"---\n<sub>[The run]({address(run_url)})</sub>")
    return fit([top, *_parts(sections(v)), foot], *COMMENT, first=first).removeprefix(f"{first}\n")


def _verdict(v: Verification) -> str:
    return markdown_message(headline(v.verdict))


def _parts(found: Iterable[Section]) -> Iterator[Part]:
    show = Markdown("###")
    for section in found:
        yield from show.parts(section)
