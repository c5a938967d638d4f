"""A page's body as HTML. All text is escaped."""

from __future__ import annotations

import re
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
_PLACEHOLDER = re.compile("\x02(\\d+)\x03")
_ITEMS = {"bullet": "ul", "task": "ul", "number": "ol"}


def html(body: str) -> str:
    """Return a page's body as HTML; its headings are one level below the page's title."""
    return _tree(markdown.blocks(body), 0)


def _tree(blocks: list[Block], depth: int) -> str:
    """Return blocks of one depth with their children; consecutive items are one list.

    A block that is too deep is shown at this depth.
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
    cells = ("".join(f"<td>{_inline(cell)}</td>" for cell in row) for row in rows[1:])
    lines = "".join(f"<tr>{line}</tr>" for line in cells)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div class="wide" tabindex="0" role="region" aria-label="Table">{table}</div>'


def _inline(text: str, *, linked: bool = False) -> str:
    """Return inline Markdown as HTML; the text of a link (``linked``) has no links in it.

    Code, links and escaped characters are replaced by placeholders while styles are read, because
    they cannot contain styles.
    """
    parts: list[str] = []
    shown = ""
    for kind, content, address in markdown.inline(_ATTRIBUTES.sub("", text)):
        if kind == "text":
            shown += content.replace("\x02", "").replace("\x03", "")
        else:
            shown += f"\x02{len(parts)}\x03"
            parts.append(_part(kind, content, "" if linked else address))
    shown = escape(shown)
    for pattern, tag in _STYLES:
        shown = pattern.sub(rf"<{tag}>\1</{tag}>", shown)
    return f"<bdi>{_PLACEHOLDER.sub(lambda match: parts[int(match[1])], shown)}</bdi>"


def _part(kind: str, text: str, address: str) -> str:
    if kind == "code":
        return f"<code>{escape(text)}</code>"
    if kind == "break":
        return "<br>"
    if kind in ("link", "image"):
        # Pictures are not loaded: the pages have no external resources.
        label = escape(text) if text == address else _inline(text, linked=True)
        if kind == "image":
            label = f"🖼 {label or 'picture'}"
        if not _WEB.match(address):
            return label
        return f'<a class="link" rel="noreferrer" href="{escape(address)}">{label}</a>'
    return escape(text)
