r"""Markdown of a repository, written anew as the body of a Notion page. Pure.

Notion reads a dialect in which tags do things: ``<page url="…">`` moves a page, other tags embed
databases, mention people and mirror blocks; ``{…}`` sets attributes and ``:::`` opens a callout
(developers.notion.com, "Enhanced markdown format", version 1, which API version 2026-03-11 reads).
The file may be a stranger's. So no part of it is passed on as it is: it is parsed as CommonMark
with GitHub's tables, task lists and strikethrough, and written anew from the tree. What the tree
does not say cannot be written: a tag becomes text that shows its letters.

========================== ======================================================================
of the file                on the page
========================== ======================================================================
paragraph, heading, list,  the same; headings below the fourth level become the fourth
task list, quote, rule
table                      a table with a header row
fenced or indented code    a code block; one that contains three backticks becomes text
link                       the same where it leads to https, else its text
relative link              the file on the default branch; one that leaves the repository, its text
image alone in a paragraph an image, where it comes from https or from the repository
image within a text        a link to it
HTML comment               nothing, as on GitHub
any other tag, brace, …    text
========================== ======================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.tree import SyntaxTreeNode

from lukhas_notion.plan.body_links import Address, BodyLinks

#: Blocks in one request (developers.notion.com, "Request limits").
MAX_BLOCKS = 1_000
#: Bytes of a file and of a body: a request may have 500 KB, and a file of this size is read within
#: two seconds, whatever is in it.
MAX_BODY_BYTES = 200_000
#: Lines of a file: the parser looks at each of them once for every quote around it.
MAX_LINES = 20_000
#: Lists and quotes inside each other. The parser would leave out what is deeper.
MAX_NESTING = 30

#: The parser looks from every delimiter to the end of its text. This bounds the sum over all texts
#: of delimiters times length, at which it needs a second or two.
MAX_SEARCH = 100_000_000
_DELIMITERS = "[<*_~`"
#: Tokens of the parser that make no block of their own.
_NO_BLOCK = frozenset(
    {
        *("inline", "paragraph_open", "bullet_list_open", "ordered_list_open"),
        *("thead_open", "tbody_open", "th_open", "td_open"),
    }
)

#: The characters that Notion asks to escape.
_SPECIAL = re.compile(r"[\\*~`$\[\]<>{}|^]")
#: An entity would be decoded a second time: "&amp;lt;" is the text "&lt;".
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
#: What begins a block of another kind at the start of a line.
_BLOCK_START = re.compile(r"[#+=-]|:::|_{3,}|(?P<number>[0-9]+)(?=[.)])")
#: An address in a text, which Notion may read as a link.
_BARE = re.compile(r"https?://[^\s<>\"'`\\]*[^\s<>\"'`\\.,;:!?)\]}*_~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAK = re.compile(r"[\n\r\u0085\u2028\u2029]")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,40}")
#: A task's mark, as it is written in a text.
_TASK = re.compile(r"\\\[([ xX])\\\] ")
#: Code that may not be read as code: Notion may look for tags in it, or for its end.
_IN_CODE = re.compile(r"[`<\n]|\\$")
_MARKS = {"strong": "**", "em": "*", "s": "~~"}


class BodyError(Exception):
    """A body that Notion cannot hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Body:
    """A page's body.

    Args:
        text: the body in Notion's Markdown.
        blocks: how many blocks it makes.
        left_out: the targets of links and images that became text, each with its reason.
    """

    text: str
    blocks: int
    left_out: tuple[tuple[str, str], ...] = ()


def write_body(source: str, path: str, page: Address, file: Address) -> Body:
    """Return the body that a Markdown text makes.

    Args:
        source: the text, as CommonMark with GitHub's tables, task lists and strikethrough.
        path: the file that it is in, from the repository's top; relative links begin there.
        page: the address of a file for a reader, for links.
        file: the address of a file's bytes, for images.

    Raises:
        BodyError: the body is longer, of more blocks, or nested deeper than Notion takes.
    """
    # The size is looked at before anything is parsed.
    _check_size(len(source.encode("utf-8", "surrogatepass")))
    if (breaks := source.count("\n")) > MAX_LINES:
        raise BodyError(f"has {breaks:,} lines; a body can have {MAX_LINES:,}")
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING * 3})
    parser.enable(["table", "strikethrough"])
    parser.core.ruler.before("inline", "bound_work", _bound_work)
    tree = SyntaxTreeNode(parser.parse(source))
    writer = _Writer(BodyLinks(path, page, file))
    lines = writer.blocks(tree.children, 0)
    text = "\n".join(lines).strip("\n")
    _check_blocks(writer.count)
    _check_size(len(text.encode("utf-8", "surrogatepass")))
    return Body(text, writer.count, tuple(writer.links.left_out.items()))


def _bound_work(state: StateCore) -> None:
    """Refuse what would keep the parser busy, once it knows the blocks and before their texts."""
    tokens = state.tokens
    _check_blocks(sum(token.nesting >= 0 and token.type not in _NO_BLOCK for token in tokens))
    texts = (token.content for token in tokens if token.type == "inline")
    cost = sum(len(text) * sum(text.count(mark) for mark in _DELIMITERS) for text in texts)
    if cost > MAX_SEARCH:
        raise BodyError("has thousands of brackets, tags or stars in one paragraph")


def _check_blocks(count: int) -> None:
    if count > MAX_BLOCKS:
        raise BodyError(f"makes {count:,} blocks; Notion takes {MAX_BLOCKS:,}")


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise BodyError(f"has {size:,} bytes; a body can have {MAX_BODY_BYTES:,}")


class _Writer:
    """Writes the blocks of one tree, and counts them."""

    def __init__(self, links: BodyLinks) -> None:
        self.links = links
        self.count = 0
        self._in_link = False

    def blocks(self, nodes: Iterable[SyntaxTreeNode], depth: int) -> list[str]:
        """Return the lines of blocks that stand ``depth`` levels deep, a tab for each level."""
        if depth > MAX_NESTING:
            raise BodyError(f"is nested deeper than {MAX_NESTING} levels")
        lines: list[str] = []
        for node in nodes:
            lines += self._block(node, depth)
        return lines

    def _block(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        kind = node.type
        if kind == "heading":
            level, text = min(int(node.tag[1:]), 4), self._inline_of(node)
            return self._line(depth, "#" * level + " ", text) if text else []
        if kind == "paragraph":
            return self._paragraph(node, depth)
        if kind in ("bullet_list", "ordered_list"):
            return self._list(node, depth)
        if kind == "blockquote":
            return self._quote(node, depth)
        if kind in ("fence", "code_block"):
            return self._code(node, depth)
        if kind == "table":
            return self._table(node, depth)
        if kind == "hr":
            return self._raw(depth, "---")
        return self._html(node, depth)

    def _raw(self, depth: int, *lines: str) -> list[str]:
        self.count += 1
        return ["\t" * depth + line for line in lines]

    def _line(self, depth: int, prefix: str, text: str) -> list[str]:
        return self._raw(depth, (prefix + _not_a_block(text)).rstrip(" "))

    def _paragraph(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        inline = node.children[0].children if node.children else []
        shown = [part for part in inline if not _is_space(part)]
        if shown and all(part.type == "image" for part in shown):
            lines: list[str] = []
            for part in shown:
                lines += self._image(part, depth)
            return lines
        text = self._inline(inline)
        return self._line(depth, "", text) if text else []

    def _image(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        caption = _plain(node)
        target = self.links.target(str(node.attrs.get("src", "")), image=True)
        if target:
            return self._raw(depth, f"![{_escaped(caption)}]({target})")
        return self._line(depth, "", _escaped(caption)) if caption else []

    def _list(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        first = int(node.attrs.get("start", 1))
        lines: list[str] = []
        for number, item in enumerate(node.children, start=first):
            prefix = "- " if node.type == "bullet_list" else f"{number}. "
            lines += self._item(item, prefix, depth)
        return lines

    def _item(self, item: SyntaxTreeNode, prefix: str, depth: int) -> list[str]:
        children = list(item.children)
        text = ""
        if children and children[0].type == "paragraph":
            text = self._inline_of(children.pop(0))
        if prefix == "- " and (task := _TASK.match(text)):
            prefix, text = f"- [{task[1].lower()}] ", text[task.end() :]
        return [*self._line(depth, prefix, text), *self.blocks(children, depth + 1)]

    def _quote(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        """Return a quote: its paragraphs are its text, and what follows is below it."""
        children = list(node.children)
        texts = []
        while children and children[0].type == "paragraph":
            texts.append(self._inline_of(children.pop(0)))
        text = "<br>".join(text for text in texts if text)
        return [*self._line(depth, "> ", text), *self.blocks(children, depth + 1)]

    def _code(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        code = _CONTROL.sub("\ufffd", node.content).removesuffix("\n")
        if "```" in code:
            # Whether Notion knows a longer fence is not known; a text cannot be left by force.
            return self._line(depth, "", _escaped_lines(code))
        found = _LANGUAGE.match(node.info.strip()) if node.info else None
        language = found[0] if found else ""
        return self._raw(depth, f"```{language}", *_LINE_BREAK.sub("\n", code).split("\n"), "```")

    def _table(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        lines = self._raw(depth, '<table header-row="true">')
        for section in node.children:
            for row in section.children:
                lines += self._raw(depth + 1, "<tr>")
                for cell in row.children:
                    lines.append("\t" * (depth + 2) + f"<td>{self._inline_of(cell)}</td>")
                lines.append("\t" * (depth + 1) + "</tr>")
        return [*lines, "\t" * depth + "</table>"]

    def _html(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        shown = _without_comments(node.content).strip()
        return self._line(depth, "", _escaped_lines(shown)) if shown else []

    def _inline_of(self, node: SyntaxTreeNode) -> str:
        """Return the text of a block."""
        return "".join(
            self._inline(inline.children) for inline in node.children if inline.type == "inline"
        )

    def _inline(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        text = ""
        for node in nodes:
            part = self._part(node)
            if part.startswith("[") and text.endswith("!"):
                text = f"{text[:-1]}\\!"  # or the link would be an image
            text += part
        return text.strip(" ")

    def _part(self, node: SyntaxTreeNode) -> str:
        kind = node.type
        if kind == "softbreak":
            return " "
        if kind == "hardbreak":
            return "<br>"
        if kind in _MARKS:
            return _marked(_MARKS[kind], self._inline(node.children))
        if kind == "link":
            return self._link(node)
        if kind == "image":
            target = self.links.target(str(node.attrs.get("src", "")), image=True)
            text = _escaped(_plain(node))
            return f"[{text or _escaped(target)}]({target})" if target else text
        if kind == "html_inline":
            return _escaped(_without_comments(node.content))
        if kind == "code_inline":
            code = _CONTROL.sub("\ufffd", node.content)
            is_text = self._in_link or _IN_CODE.search(code)
            return _escaped(code) if is_text else f"`{code}`"
        return self._text(node.content)

    def _text(self, text: str) -> str:
        """Return a text; an address in it is written as a link, which says where it ends."""
        if self._in_link:
            return _escaped(text)
        written, at = "", 0
        for found in _BARE.finditer(text):
            target = self.links.target(found[0]) if found[0].startswith("https:") else ""
            shown = f"[{_escaped(found[0])}]({target})" if target else f"`{found[0]}`"
            before = _escaped(text[at : found.start()])
            written += f"{before[:-1]}\\!" if before.endswith("!") and target else before
            written, at = written + shown, found.end()
        return written + _escaped(text[at:])

    def _link(self, node: SyntaxTreeNode) -> str:
        """Return a link. A link around an image, as badges are, keeps the image's text."""
        self._in_link = True
        inner = "".join(
            _escaped(_plain(part)) if part.type == "image" else self._part(part)
            for part in node.children
        ).strip(" ")
        self._in_link = False
        target = self.links.target(str(node.attrs.get("href", "")))
        return f"[{inner or _escaped(target)}]({target})" if target else inner


def _is_space(node: SyntaxTreeNode) -> bool:
    return node.type in ("softbreak", "hardbreak") or (
        node.type == "text" and not node.content.strip()
    )


def _without_comments(html: str) -> str:
    parts, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        parts.append(html[at:start])
        at = end + 3
    return "".join([*parts, html[at:]])


def _plain(node: SyntaxTreeNode) -> str:
    """Return the letters of an image's description."""
    if node.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(_plain(part) for part in node.children) if node.children else node.content


def _marked(mark: str, text: str) -> str:
    return f"{mark}{text}{mark}" if text else ""


def _escaped(text: str) -> str:
    """Return text that Notion shows letter for letter, on one line."""
    shown = _CONTROL.sub("\ufffd", _LINE_BREAK.sub(" ", text))
    return _ENTITY.sub(r"\\&", _SPECIAL.sub(r"\\\g<0>", shown))


def _escaped_lines(text: str) -> str:
    return "<br>".join(_escaped(line.strip("\t ")) for line in _LINE_BREAK.split(text))


def _not_a_block(text: str) -> str:
    r"""Return a block's text so that its start begins no block of another kind.

    Where Notion does not take the backslash away, it shows; that is the lesser harm.

    >>> _not_a_block("1. of many"), _not_a_block("- so")
    ('1\\. of many', '\\- so')
    """
    text = text.lstrip(" \t")
    found = _BLOCK_START.match(text)
    if found is None:
        return text
    at = found.end("number") if found["number"] else 0
    return f"{text[:at]}\\{text[at:]}"
