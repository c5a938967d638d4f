"""A page's body as HTML: Notion's Markdown, block by block. All text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from lukhas_notion.emulator import markdown
from lukhas_notion.emulator.markdown import Block

_WEB = re.compile(r"https?://", re.IGNORECASE)
_STYLES = (
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), "strong"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), "s"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?![\w*])"), "em"),
)
_ATTRIBUTES = re.compile(r' \{color="[a-z_]+"\}$')
_HELD = re.compile("\x02(\\d+)\x03")
_ITEMS = {"bullet": "ul", "task": "ul", "number": "ol"}


def html(body: str) -> str:
    """Return a body that the emulator keeps as HTML, with its headings below the page's title."""
    return _tree(markdown.blocks(body), 0)


def _tree(blocks: list[Block], depth: int) -> str:
    """Return blocks of one depth, each with its children; items that follow one another in a list.

    A block that is deeper than its parent allows stands beside the others.
    """
    parts: list[str] = []
    around = ""
    position = 0
    while position < len(blocks):
        block = blocks[position]
        end = position + 1
        while end < len(blocks) and blocks[end].depth > max(depth, block.depth):
            end += 1
        children = _tree(blocks[position + 1 : end], depth + 1) if end > position + 1 else ""
        tag = _ITEMS.get(block.kind, "")
        if tag != around:
            parts += [f"</{around}>" if around else "", f"<{tag}>" if tag else ""]
            around = tag
        parts.append(_block(block, children))
        position = end
    parts.append(f"</{around}>" if around else "")
    return "".join(parts)


def _block(block: Block, children: str) -> str:
    text = _inline(block.text)
    if block.kind == "heading":
        return f"<h{block.level + 1}>{text}</h{block.level + 1}>{children}"
    if block.kind == "task":
        state, mark, label = ("box on", "✓", "done") if block.done else ("box", "", "to do")
        box = f'<span class="{state}" role="img" aria-label="{label}">{mark}</span>'
        return f'<li class="task">{box} {text}{children}</li>'
    if block.kind in _ITEMS:
        return f"<li>{text}{children}</li>"
    if block.kind == "quote":
        return f"<blockquote>{text}{children}</blockquote>"
    if block.kind == "code":
        label = escape(block.language or "Code")
        return f'<pre tabindex="0" aria-label="{label}"><code>{escape(block.text)}</code></pre>'
    if block.kind == "divider":
        return "<hr>"
    if block.kind == "table":
        return _table(block.rows)
    return f"<p>{text}</p>{children}"


def _table(rows: list[list[str]]) -> str:
    head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in rows[0])
    lines = (_cells(row) for row in rows[1:])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    return f'<div class="wide" tabindex="0" role="region" aria-label="Table">{table}</div>'


def _cells(row: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>"


def _inline(text: str, *, linked: bool = False) -> str:
    """Return inline Markdown as HTML; what is ``linked`` already has no link of its own.

    What is no style (code, links, escaped characters) is set aside first, so that no style is
    read out of it.
    """
    held: list[str] = []
    shown = ""
    for kind, said, address in markdown.inline(_ATTRIBUTES.sub("", text)):
        if kind == "text":
            shown += said.replace("\x02", "").replace("\x03", "")
        else:
            shown += f"\x02{len(held)}\x03"
            held.append(_part(kind, said, "" if linked else address))
    shown = escape(shown)
    for pattern, tag in _STYLES:
        shown = pattern.sub(rf"<{tag}>\1</{tag}>", shown)
    return f"<bdi>{_HELD.sub(lambda found: held[int(found[1])], shown)}</bdi>"


def _part(kind: str, said: str, address: str) -> str:
    if kind == "code":
        return f"<code>{escape(said)}</code>"
    if kind == "break":
        return "<br>"
    if kind in ("link", "image"):
        # A picture is named and not loaded: nothing of these pages comes from elsewhere.
        label = escape(said) if said == address else _inline(said, linked=True)
        if kind == "image":
            label = f"🖼 {label or 'picture'}"
        if not _WEB.match(address):
            return label
        return f'<a class="link" rel="noreferrer" href="{escape(address)}">{label}</a>'
    return escape(said)
