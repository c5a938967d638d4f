"""Sections as GitHub's Markdown, for report, comment, summary and issue; the report of a run."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from lukhas_notion.config.gates import headlines
from lukhas_notion.github.comment_text import Limit, Part, fit
from lukhas_notion.ledger.file import RunInfo
from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.plan import ChangeKind
from lukhas_notion.report.run_sections import counts, sections
from lukhas_notion.report.sections import (
    SOME,
    Accent,
    Form,
    Name,
    Option,
    Piece,
    Row,
    Section,
    Text,
    Topic,
    ValueDiff,
    counts_of,
    diff,
    excerpt,
    is_short,
)
from lukhas_notion.report.violations import FEW, Group
from lukhas_notion.sync.result import RunResult, Tone, Verdict
from lukhas_notion.util.sanitize import (
    html,
    markdown_code,
    markdown_html,
    markdown_inline,
    markdown_message,
    markdown_value,
)
from lukhas_notion.util.text import counted, first_of

_VERDICTS = {Tone.GOOD: "✅", Tone.CHANGES: "📝", Tone.BLOCKED: "⛔", Tone.FAILED: "❌"}
_ACCENTS = {Accent.ERROR: "❌", Accent.BLOCKED: "⛔"}
_TOPICS = {
    Topic.TRASH: "🗑️",
    Topic.HIDDEN_CHANGES: "✏️",
    Topic.RECORDS: "🔗",
    Topic.DRIFT: "↩️",
    Topic.ARCHIVED: "📦",
    Topic.MOVED: "🗑️",
    Topic.LEFT_ALONE: "👻",
}
_COLORS = {
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
#: Characters of the longest new text that is not folded.
_FOLDED_TEXT = 300
#: Changed lines of the longest text that is not folded.
_FOLDED_LINES = 20
#: The number of values named for one kind of violation.
_NAMED = 12
#: Characters of an id that are shown.
SHORT_ID = 12
#: The number of files named for one kind of violation.
_FIRST = 3


def headline(verdict: Verdict) -> str:
    """Return a verdict as plain text, after its sign."""
    return f"{_VERDICTS[verdict.tone]} {verdict.headline}"


def text(spans: Text) -> str:
    """Return a text with names as code, linked where they have an address."""
    return "".join(map(_span, spans)).strip()


def _span(span: str | Name | Option) -> str:
    if isinstance(span, Option):
        return f"{_COLORS.get(span.color, '⚫')} {markdown_code(span.text)}"
    if isinstance(span, Name):
        return link(markdown_code(span.text), span.url)
    core = span.strip()
    if not core:
        return span
    start = span.index(core)
    return f"{span[:start]}{markdown_message(core)}{span[start + len(core) :]}"


def link(shown: str, url: str) -> str:
    """Return Markdown as a link, or as it is where the address cannot be linked."""
    return f"[{shown}]({address(url)})" if address(url) else shown


def address(url: str) -> str:
    """Return an address quoted for a link, "" where it is not an HTTP address."""
    return quote(url, safe=":/?&=#%-_.~") if url.startswith(("https://", "http://")) else ""


@dataclass(frozen=True)
class Markdown:
    """Renders sections as parts of a document.

    Args:
        level: the marker of a heading, ``##`` or ``###``.
        files: the address of the files, to which path and line are added; "" for none.
        whole: whether every violation is listed in addition to each kind.
        longest: the maximum number of characters of a text.
    """

    level: str
    files: str = ""
    whole: bool = False
    longest: int = 3_000

    def parts(self, section: Section) -> Iterator[Part]:
        """Yield the parts of a section."""
        rows = [self.row(section, row) for row in section.rows]
        few = is_few(section.groups)
        rows += [self._kind(group, one_by_one=few) for group in section.groups]
        sign = _TOPICS.get(section.topic) or _ACCENTS.get(section.accent, "")
        title = f"{sign} {section.title}".strip()
        intro = "".join(f"\n{markdown_message(paragraph)}\n" for paragraph in section.intro)
        if any(value.before for row in section.rows for value in row.values):
            legend = self.legend(section)
            intro += f"\n<sub>{legend}</sub>\n" if legend else ""
        if section.folded:
            yield Part(f"{FOLD.format(title)}{intro}", rows, "\n</details>")
        else:
            yield Part(f"{self.level} {title}\n{intro}" if title else "", rows)
        if self.whole and not is_few(section.groups):
            violations = sorted(v for group in section.groups for v in group.violations)
            title = f"All {counted(len(violations), 'violation')}"
            yield Part(FOLD.format(title), list(map(self._violation, violations)), "\n</details>")

    def row(self, section: Section, row: Row) -> str:
        """Return one row, on one or more lines."""
        if section.topic is Topic.NOTICES:
            return f"> {text(row.text)}\n"
        lines = [f"- {text(row.text)}"]
        lines += [f"  {line}" for value in row.values for line in self.value(value)]
        return "\n".join(lines)

    def legend(self, section: Section) -> str:
        """Return what is left and right of an arrow, "" if the section has no values."""
        return section.legend

    # --- values -------------------------------------------------------------------------------

    def value(self, change: PropertyChange, *, is_new: bool = False) -> list[str]:
        """Return one property's difference as a list item of one or two lines.

        ``is_new`` shows only the new value, because there was no page before.
        """
        difference = diff(change)
        name = f"- **{markdown_inline(change.name)}**"
        apart = f" ({difference.apart})" if difference.apart else ""
        if difference.form is Form.NAMES:
            most = SOME if self.longest < sys.maxsize else None
            names = " ".join(
                f"{_SIGNS[sign]} {markdown_code(word)}" for sign, word in difference.pieces[:most]
            )
            if more := difference.pieces[SOME:] if most else ():
                names = f"{counts_of(difference)}: {names} and {len(more):,} more"
            return [f"{name}: {names}{apart}"]
        if difference.form is not Form.WHOLE:
            block = f"<blockquote>{self._pieces(difference)}</blockquote>"
            if len(difference.pieces) > _FOLDED_LINES and difference.form is Form.LINES:
                block = f"<details><summary>{counts_of(difference)}</summary>{block}</details>"
            return [name, f"  {block}"]
        if not difference.before and not is_short(difference.after):
            return [name, f"  {self._whole(difference.after)}"]
        after = markdown_value(excerpt(difference.after)) if difference.after else "_empty_"
        before = markdown_value(excerpt(difference.before)) if difference.before else "_empty_"
        return [f"{name}: {after}" if is_new else f"{name}: {before} → {after}{apart}"]

    def _pieces(self, difference: ValueDiff) -> str:
        """Return words or lines with marks for what was removed and added."""
        if difference.form is Form.LINES:
            lines = (
                f"{_SIGNS.get(p.sign, '')} {markdown_html(p.text)}" for p in self._cut(difference)
            )
            return "<br>".join(line.strip() for line in lines)
        shown, last = "", Piece("=", "")
        for piece in self._cut(difference):
            spaced = last.text[-1:].isspace() or piece.text[:1].isspace()
            if last.sign == "-" and piece.sign == "+" and not spaced:
                shown += " "
            shown += _TAGS[piece.sign].format(markdown_html(piece.text))
            last = piece
        return shown

    def _cut(self, difference: ValueDiff) -> Iterator[Piece]:
        """Yield the pieces of a difference, up to the maximum length."""
        left = self.longest
        for number, piece in enumerate(difference.pieces):
            yield Piece(piece.sign, piece.text[:left])
            left -= len(piece.text)
            if left < 0:
                more = -left + sum(len(rest.text) for rest in difference.pieces[number + 1 :])
                yield Piece("=", f" … {more:,} characters more, in the full report")
                return

    def _whole(self, value: str) -> str:
        """Return a long text, folded under its beginning where it is very long."""
        cut = value[: self.longest]
        more = len(value) - len(cut)
        left = f" … {more:,} characters more, in the full report" if more else ""
        shown = "<br>".join(markdown_html(line) for line in cut.split("\n"))
        block = f"<blockquote>{shown}{left}</blockquote>"
        if len(value) <= _FOLDED_TEXT:
            return block
        return f"<details><summary>{markdown_html(excerpt(value))}</summary>{block}</details>"

    # --- violations ---------------------------------------------------------------------------

    def _kind(self, group: Group, *, one_by_one: bool) -> str:
        """Return one kind of violation: singly, or as its message, values and first files."""
        if one_by_one or len(group.violations) == 1:
            return "\n".join(map(self._violation, group.violations))
        pointer = f" at {markdown_code(group.pointer)}" if group.pointer else ""
        lines = [f"- **{group.size}**{pointer}: {markdown_message(group.message)}"]
        lines += [f"→ {markdown_message(group.advice)}"] if group.advice else []
        if group.values:
            lines.append(first_of(list(map(markdown_code, group.values)), _NAMED))
        lines.append(first_of(list(map(self._place, group.first_places.values())), _FIRST))
        return "<br>".join(lines)

    def _violation(self, v: Violation) -> str:
        pointer = f" at {markdown_code(v.pointer)}" if v.pointer else ""
        advice = f"<br>→ {markdown_message(v.advice)}" if v.advice else ""
        rule = f" ({v.rule})" if self.whole else ""
        return f"- {self._place(v)}{pointer}: {markdown_message(v.message)}{rule}{advice}"

    def _place(self, v: Violation) -> str:
        column = f":{v.column}" if self.whole else ""
        url = f"{self.files}{quote(v.path)}#L{v.line}" if self.files else ""
        return link(markdown_code(f"{v.path}:{v.line}{column}"), url)


def is_few(groups: Sequence[Group]) -> bool:
    """Return whether there are so few violations that each is listed singly."""
    return sum(len(group.violations) for group in groups) <= FEW


FOLD = "<details><summary>{}</summary>\n"
_SIGNS = {"-": "➖", "+": "➕", "…": "…"}
_TAGS = {"=": "{}", "-": "<del>{}</del>", "+": "<ins>{}</ins>"}


# --- the report of a run ------------------------------------------------------------------------

TITLE = "# 🔄 Notion Sync Report"
WHOLE = Limit(sys.maxsize, len)
#: The topics above the summary, and between summary and pages.
_FIRST_TOPICS = frozenset(list(Topic)[: list(Topic).index(Topic.COLUMNS)])
_SCHEMA_TOPICS = frozenset({Topic.COLUMNS, Topic.OPTIONS})


class _Details(Markdown):
    """Markdown that shows each page by the line of the original report."""

    def row(self, section: Section, row: Row) -> str:
        """Return a page's line, with reason, link and values below."""
        change = row.change
        if change is None:
            return super().row(section, row)
        sha = f" (sha:{change.sha[:8]})" if change.sha else ""
        mark = f" **{row.mark}**" if row.mark else ""
        lines = [f"- {markdown_code(change.module)} → {row.word}{sha}{mark}"]
        reason = "" if section.topic is Topic.DRIFT else change.reason  # its heading says it
        if why := "; ".join(filter(None, (reason, change.editor.phrase))):
            lines.append(f"  - {markdown_message(why)}")
        url = next(span.url for span in row.text if isinstance(span, Name))
        if url and section.topic is not Topic.UNCHANGED:
            lines.append(f"  - {link('the page in Notion', url)}")
        for value in row.values:
            item = self.value(value, is_new=change.kind is ChangeKind.CREATE)
            lines += [f"  {line}" for line in item]
        return "\n".join(lines)


def render(run: RunResult) -> str:
    """Return the whole report: failures, counts, and every module."""
    everything = sections(run)
    generated = f"_Generated {run.generated.isoformat(timespec='microseconds')}_"
    dry = " Dry run: nothing was written to Notion." if run.dry_run else ""
    verdict = f"**{markdown_message(headline(run.verdict()))}.**{dry}"
    summary = [f"- **{count.label}**: {count.count}" for count in counts(run)]

    def of(topics: Container[Topic], show: Markdown) -> Iterator[Part]:
        for section in everything:
            if section.topic in topics:
                yield from show.parts(section)

    details = _Details("###", whole=True, longest=sys.maxsize)
    pages = list(of(set(Topic) - _FIRST_TOPICS - _SCHEMA_TOPICS, details))
    parts = [
        Part(f"{TITLE}\n{generated}\n\n{verdict}"),
        Part("", missing_gates(run.violations)),
        *of(_FIRST_TOPICS, replace(details, level="##")),
        Part("## Summary\n", summary),
        *of(_SCHEMA_TOPICS, Markdown("##")),
        *([Part("## Details")] if pages else []),
        *pages,
        Part(provenance(run.info, run.plan.digest if run.plan else "")),
    ]
    return fit(parts, *WHOLE) + "\n"


def missing_gates(violations: Iterable[Violation]) -> list[str]:
    """Return a line for each missing gate, for the top of a report."""
    return [f"> ❌ A gate is missing. {markdown_message(line)}" for line in headlines(violations)]


def provenance(info: RunInfo, digest: str = "") -> str:
    """Return run, version, commit and plan for the foot of a report."""
    known = {"run": info.run, "lukhas-notion": info.tool, "commit": info.commit, "plan": digest}
    return ids({name: value for name, value in known.items() if value})


def ids(known: Mapping[str, str], *more: str) -> str:
    """Return ids for the foot of a document, shortened, and whole in a fold."""
    short = [f"{name} <code>{html(value[:SHORT_ID])}</code>" for name, value in known.items()]
    foot = f"---\n<sub>{' · '.join([*more, *short])}</sub>"
    long = [f"- {name} {markdown_code(value)}" for name, value in known.items() if value[SHORT_ID:]]
    if not long:
        return foot
    return f"{foot}\n<details><summary>Full ids</summary>\n\n" + "\n".join([*long, "\n</details>"])
