"""One page's change as a block of the comment: collapsed, its values before and after."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from lukhas_notion.plan.differences import PropertyChange
from lukhas_notion.plan.notion_limits import text_units
from lukhas_notion.plan.plan import Change, ChangeKind
from lukhas_notion.report.diff import diff
from lukhas_notion.util.sanitize import (
    html,
    markdown_code,
    markdown_fence,
    markdown_html,
    markdown_inline,
    markdown_value,
)

#: No single change fills more than this of the document.
_LONGEST_ROW = 6_000

_SIGNS = {
    ChangeKind.CREATE: "🆕",
    ChangeKind.UPDATE: "✏️",
    ChangeKind.DRIFT: "↩️",
    ChangeKind.RESTORE: "♻️",
}


def as_drift(change: Change) -> Change:
    """Return the part of a change that is left alone, as a change of its own."""
    reason = change.reason if change.kind is ChangeKind.DRIFT else ""
    return replace(change, kind=ChangeKind.DRIFT, properties=change.drift, reason=reason)


def folded(change: Change) -> str:
    """Return one change as a collapsed block: short values in a table, long ones below it."""
    told = [p for p in change.properties if p.after != change.sha and not _is_name(p, change)]
    names = ", ".join(p.name for p in told)
    module, listed = markdown_html(_shortened(change.module)), markdown_html(_shortened(names))
    head = (
        f"<details><summary>{_SIGNS[change.kind]} <b>{module}</b> {change.kind} "
        f"<sub>{listed}</sub></summary>\n"
    )
    rows, blocks = [], []
    left = _LONGEST_ROW
    for index, item in enumerate(told):
        row, block = _property(item)
        left -= text_units(row) + text_units(block)
        if left < 0:
            blocks.append(f"_{len(told) - index} more, in the full report._")
            break
        rows.append(row)
        blocks.append(block)
    table = "\n".join([_TABLE_HEAD, *filter(None, rows)]) if any(rows) else ""
    why = markdown_inline(change.reason) if change.reason else ""
    body = [why, table, *blocks, _origin(change)]
    return "\n\n".join([head, *filter(None, body), "</details>"])


def _is_name(item: PropertyChange, change: Change) -> bool:
    """Whether it says no more than the block's own head: the name of a page that has no other."""
    return item.after == change.module and not item.before


_TABLE_HEAD = "| Property | In Notion now | Afterwards |\n| --- | --- | --- |"


def _property(change: PropertyChange) -> tuple[str, str]:
    """Return a table's row, or a block, for one property; the other is ""."""
    found = diff(change)
    name = f"**{markdown_inline(change.name)}**"
    apart = f" ({found.apart})" if found.apart else ""
    if not found.lines:
        before = markdown_value(found.before) if found.before else "_empty_"
        after = markdown_value(found.after) if found.after else "_empty_"
        return f"| {name} | {before} | {after}{apart} |", ""
    if isinstance(change.after, tuple):
        told = " ".join(f"{_WORDS[sign]} {markdown_code(word)}" for sign, word in found.segments)
        return "", f"{name}: {told}{apart}"
    if found.segments:
        told = "".join(_TAGS[sign].format(markdown_html(word)) for sign, word in found.segments)
        return "", f"{name}\n\n<blockquote>{_within(told)}</blockquote>"
    return "", f"{name}\n\n{markdown_fence(_within(chr(10).join(found.lines)), 'diff')}"


_WORDS = {"-": "➖", "+": "➕"}
_TAGS = {"=": "{}", "-": "<del>{}</del>", "+": "<ins>{}</ins>"}


def _within(text: str) -> str:
    """Return a diff that leaves room for others."""
    if len(text) <= _LONGEST_ROW // 2:
        return text
    # Cut at a line, or at a tag that begins: never within one.
    cut = text[: _LONGEST_ROW // 2]
    cut = cut[: max(cut.rfind("\n"), cut.rfind("<del>"), cut.rfind("<ins>"), 0)] or ""
    return f"{cut}\n… {len(text) - len(cut):,} characters more, in the full report"


def _origin(change: Change) -> str:
    """Return where a page is and what it comes from."""
    held = next((str(p.before) for p in change.properties if p.after == change.sha), "")
    sha = f"{held[:8]} → {change.sha[:8]}" if held else change.sha[:8]
    source = f" from {markdown_code(change.path)}" if change.path else ""
    return f"<sub>{page_link(change)}{source}, sha {html(sha)}</sub>"


def page_link(change: Change) -> str:
    """Return a module's name, linked to its page where there is one."""
    name = markdown_code(change.module)
    return f"[{name}]({address(change.url)})" if address(change.url) else name


def address(url: str) -> str:
    """Return an address that can stand in a link, or "" when it is none."""
    return quote(url, safe=":/?&=#%-_.~") if url.startswith(("https://", "http://")) else ""


def _shortened(text: str, longest: int = 120) -> str:
    return text if len(text) <= longest else text[:longest] + "…"
