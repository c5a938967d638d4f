"""A verification as Markdown: the whole report, the step's summary, and the issue's text."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from lukhas_notion.github.fit_text import (
    COMMENT,
    SUMMARY,
    Limit,
    Section,
    fit,
)
from lukhas_notion.plan.finding import Finding, FindingKind, Side
from lukhas_notion.report.markdown import Markdown, address, headline
from lukhas_notion.report.run_sections import remedies
from lukhas_notion.report.verification import subject
from lukhas_notion.sync.outcome import OptionOutcome, Outcome
from lukhas_notion.util.sanitize import markdown_code, markdown_message
from lukhas_notion.util.text import counted
from lukhas_notion.verify.verify import Verification

TITLE = "# 🔎 Notion Verify Report"
_WHOLE = Limit(sys.maxsize, len)
_HEADS = {
    Side.NOTION: "Notion says otherwise",
    Side.REPOSITORY: "The repository says otherwise",
    Side.LEDGER: "The ledger says otherwise",
}


def render(v: Verification) -> str:
    """Return the whole report."""
    top = (
        f"{TITLE}\n_Generated {v.generated.isoformat(timespec='microseconds')}_\n\n"
        f"_{_provenance(v)}_\n\n{_verdict(v)}"
    )
    return fit([Section(top), *_body(v), *_ignored(v.ignored)], *_WHOLE) + "\n"


def summary(v: Verification) -> str:
    """Return the step's summary, of at most a million bytes."""
    top = Section(f"## {_verdict(v)}\n\n<sub>{_provenance(v)}</sub>")
    return fit([top, *_body(v)], *SUMMARY)


def issue(v: Verification, run_url: str, *, first: str = "") -> str:
    """Return the issue's text, of a size that leaves room for ``first`` as its first line.

    It says nothing that differs from one run to the next while the findings are the same, so that
    an issue with nothing new to say is left alone.
    """
    top = Section(f"{_verdict(v)}\n\nThis issue is kept up to date, and closed when all is well.")
    foot = Section(f"---\n<sub>[The run]({address(run_url)})</sub>")
    return fit([top, *_body(v), foot], *COMMENT, first=first).removeprefix(f"{first}\n")


def _verdict(v: Verification) -> str:
    return markdown_message(headline(v.verdict))


def _provenance(v: Verification) -> str:
    commit = f" · commit {v.info.commit}" if v.info.commit else ""
    return f"run {v.info.run} · lukhas-notion {v.info.tool}{commit}"


def _body(v: Verification) -> Iterator[Section]:
    yield Section("", [f"> {markdown_message(note)}\n" for note in v.notes])
    if v.repair is not None and v.repair.refusal is not None:
        refusal = v.repair.refusal
        said = f"{markdown_message(refusal.message)} {markdown_message(refusal.remedy)}"
        yield Section(f"### The repair was refused\n\n{said}")
    if v.repair is not None and v.repair.failures:
        told = [(markdown_code(o.change.module), o.error) for o in v.repair.failures]
        rows = [f"- not repaired: {module}: {markdown_message(why)}" for module, why in told]
        failed: list[Outcome | OptionOutcome] = [*v.repair.option_failures, *v.repair.failures]
        what = "\n\n".join(map(markdown_message, remedies(failed)))
        head = f"### The repair is not complete ({len(rows)})\n"
        yield Section(f"{head}\n{what}\n" if what else head, rows)
    for side, head in _HEADS.items():
        found = [each for each in v.findings if each.side is side]
        if found:
            yield Section(f"### {head} ({len(found)})\n", list(_rows(found)))
    yield from _remedies(v.findings)


def _rows(found: Sequence[Finding]) -> Iterator[str]:
    for each in found:
        yield "\n".join(_row(each))


def _row(found: Finding) -> Iterator[str]:
    about = markdown_code(found.subject) if found.subject else subject(found)
    if address(found.url):
        about = f"[{about}]({address(found.url)})"
    place = f" ({markdown_code(f'{found.path}:{found.line}')})" if found.line else ""
    yield f"- **{found.kind}** {about}{place}: {markdown_message(found.message)}"
    for change in found.properties:
        yield from (f"  {line}" for line in Markdown("###").value(change))


def _remedies(findings: Iterable[Finding]) -> Iterator[Section]:
    kinds: list[FindingKind] = sorted({found.kind for found in findings})
    if kinds:
        rows = [
            f"- **{kind}**: {kind.spec.means} {markdown_message(kind.spec.remedy)}"
            for kind in kinds
        ]
        yield Section("### What to do\n", rows)


def _ignored(ignored: Sequence[Finding]) -> Iterator[Section]:
    if ignored:
        yield Section(f"### Ignored ({counted(len(ignored), 'finding')})\n", list(_rows(ignored)))
