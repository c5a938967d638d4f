"""A verification for a terminal, as the whole report, as the step's summary and as an issue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from lukhas_notion.github.comment_text import COMMENT, SUMMARY, fit
from lukhas_notion.github.comment_text import Section as Part
from lukhas_notion.plan.finding import Finding, Side
from lukhas_notion.report.console import screenful, value_lines, verdict_line
from lukhas_notion.report.markdown import WHOLE, Markdown, address, headline, provenance
from lukhas_notion.report.run_sections import ending
from lukhas_notion.report.screen import Line, Style
from lukhas_notion.report.sections import (
    FEW,
    Accent,
    Name,
    Row,
    Section,
    Text,
    Topic,
    without_values,
)
from lukhas_notion.util.sanitize import markdown_message
from lukhas_notion.util.text import counted
from lukhas_notion.verify.verify import Verification

#: So many of those that findings of one kind are about are named.
_FIRST = 3
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
    every = []
    for side, where in _SIDES.items():
        kinds = sorted({each.kind for each in v.findings if each.side is side})
        for kind in kinds:
            alike = [each for each in v.findings if each.kind is kind]
            groups = group(alike) if len(alike) > FEW else [[each] for each in alike]
            rows = [_row(each[0]) if len(each) == 1 else _group_row(each) for each in groups]
            what = f"{kind.spec.means} {kind.spec.remedy}"
            title = f"{kind} ({len(alike):,})"
            yield Section(Topic.FINDINGS, f"{where}: {title}", rows, _ACCENTS[side], [what])
            if len(groups) < len(alike):
                every.append(
                    Section(Topic.FINDINGS, f"All {title}", list(map(_row, alike)), folded=True)
                )
    yield from every


def _row(found: Finding) -> Row:
    place = (Name(f"{found.path}:{found.line}"),) if found.line else ()
    about: Text = (Name(subject(found), found.url),)
    if place:
        about = place if found.subject == found.path else (*about, " (", *place, ")")
    return Row((*about, f": {found.message}"), values=found.visible)


def _group_row(found: Sequence[Finding]) -> Row:
    about = {subject(each): Name(subject(each), each.url) for each in found}
    named = [span for name in list(about.values())[:_FIRST] for span in (", ", name)][1:]
    return Row((f"{counted(len(found), 'finding')}: {_common(found)} ", *named, _more(about)))


# --- many of a kind -------------------------------------------------------------------------------


def group(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return findings by their kind, properties and editor, the largest group first.

    What is wrong in a file is of one kind where the message differs in values alone.
    """
    groups: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for found in findings:
        names = tuple(each.name for each in found.visible)
        said = without_values(found.message) if found.line else ""
        groups[found.kind, names, found.editor.name, said].append(found)
    return sorted(groups.values(), key=len, reverse=True)


def _common(found: Sequence[Finding]) -> str:
    """Return what findings of a group say, as far as it is the same."""
    first = found[0]
    if len({each.message for each in found}) == 1:
        return first.message
    return without_values(first.message) if first.line else first.kind.spec.means


def _more(about: Collection[str]) -> str:
    return f" and {len(about) - _FIRST:,} more" if len(about) > _FIRST else ""


# --- for a terminal -------------------------------------------------------------------------------


def lines(v: Verification, *, verbose: bool = False) -> Iterator[Line]:
    """Yield what was found, what to do about each kind, and the verdict.

    A few findings are told one by one, many by their kind, as many as a screen shows.

    Args:
        v: the verification.
        verbose: whether each is listed, however many there are.
    """
    if verbose or len(v.findings) <= FEW:
        for found in v.findings:
            yield from _finding(found)
    else:
        yield from _grouped(v.findings)
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


def _finding(found: Finding) -> Iterator[Line]:
    place = f"{found.path}:{found.line}" if found.line else subject(found)
    yield Line.of(*_beginning(found, place), f": {found.message}  ({found.kind})", indent=12)
    for each in found.visible:
        yield from value_lines(each)


def _beginning(found: Finding, about: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{found.side:<10}  ", _STYLES[found.side]), (about, Style.STRONG)


def _grouped(findings: Iterable[Finding]) -> Iterator[Line]:
    """Yield groups of findings, as many as a screen shows."""
    told = (
        (len(each), list(_group(each) if len(each) > 1 else _finding(each[0])))
        for each in group(findings)
    )
    yield from screenful(told, "finding")


def _group(found: Sequence[Finding]) -> Iterator[Line]:
    """Yield what several findings have in common, and what the first are about."""
    first = found[0]
    start = _beginning(first, counted(len(found), "finding"))
    yield Line.of(*start, f": {_common(found)}  ({first.kind})", indent=12)
    about = list(dict.fromkeys(map(subject, found)))
    yield Line.of((f"    {', '.join(about[:_FIRST])}{_more(about)}", Style.QUIET))


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
    top = Part(f"## {_verdict(v)}\n\nThis issue is kept up to date, and closed when all is well.")
    foot = Part(f"---\n<sub>[The run]({address(run_url)})</sub>")
    return fit([top, *_parts(sections(v)), foot], *COMMENT, first=first).removeprefix(f"{first}\n")


def _verdict(v: Verification) -> str:
    return markdown_message(headline(v.verdict))


def _parts(found: Iterable[Section]) -> Iterator[Part]:
    show = Markdown("###")
    for section in found:
        yield from show.parts(section)
