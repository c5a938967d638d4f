r"""Convert Markdown of a repository to the body of a Notion page. Pure.

In Notion's dialect tags have effects: ``<page url="…">`` moves a page, other tags embed databases,
mention people and mirror blocks; ``{…}`` sets attributes and ``:::`` opens a callout
(developers.notion.com, "Enhanced markdown format", version 1, which API version 2026-03-11 reads).
The file may be untrusted, so no part of it is passed on unchanged: it is parsed as CommonMark with
GitHub's tables, task lists and strikethrough, and a new text is written from the tree. Everything
that the tree does not have is lost as markup: a tag becomes text that shows its letters.

========================== ======================================================================
in the file                on the page
========================== ======================================================================
paragraph, heading, list,  the same; headings below the fourth level become the fourth, and
task list, quote, rule     numbers begin at 1
table                      a table with a header row
fenced or indented code    a code block; one that contains three backticks becomes text
link                       the same where it leads to https, else its text
footnote                   text
relative link              the file on the default branch; one that leaves the repository, its text
image alone in a paragraph an image, where it comes from https or from the repository
image within a text        a link to it
HTML comment               nothing, as on GitHub
any other tag, brace, …    text
========================== ======================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_core import StateCore
from markdown_it.tree import SyntaxTreeNode

from lukhas_notion.plan.body_text import (
    CONTROL,
    LINE_BREAK,
    Address,
    BodyLinks,
    BodyText,
    escaped,
    is_space,
    not_a_block,
    plain,
    without_comments,
)

#: Blocks in one request (developers.notion.com, "Request limits").
MAX_BLOCKS = 1_000
#: Bytes of a file and of a body: a request may have 500 KB, and any file of this size is converted
#: within two seconds.
MAX_BODY_BYTES = 200_000
#: Lines of a file: the parser reads each line once for every quote around it.
MAX_LINES = 20_000
#: Levels of lists and quotes, or of marks and links. The parser would leave out deeper blocks, and
#: the functions that write marks recurse once for each level.
MAX_NESTING = 30
#: The sum over all texts of delimiters times length: the parser reads from every delimiter to the
#: end of its text. It needs less than a second for this sum, and another to read the result back.
MAX_SEARCH = 25_000_000
#: Cells of all tables. The parser adds cells to short rows.
MAX_CELLS = 10_000
_DELIMITERS = "[<*_~`"
_TOO_DEEP = f"is nested deeper than {MAX_NESTING} levels"
#: Tokens of the parser that are not blocks of their own.
_NO_BLOCK = frozenset(
    {
        *("inline", "paragraph_open", "bullet_list_open", "ordered_list_open"),
        *("thead_open", "tbody_open", "th_open", "td_open"),
    }
)

_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,40}")
#: A task's mark in an escaped text.
_TASK = re.compile(r"\\\[([ xX])\\\] ")


class BodyError(Exception):
    """Notion cannot hold a body; the message has the reason."""


@dataclass(frozen=True, slots=True)
class Body:
    """A page's body.

    Args:
        text: the body in Notion's Markdown.
        blocks: the number of its blocks.
        left_out: (target, reason) of each link and image that became text.
    """

    text: str
    blocks: int
    left_out: tuple[tuple[str, str], ...] = ()


def write_body(source: str, path: str, page: Address, file: Address) -> Body:
    """Return the body for a Markdown text.

    Args:
        source: the text, as CommonMark with GitHub's tables, task lists and strikethrough.
        path: its file, relative to the repository's top, from which relative links start.
        page: returns the address of a file's page, for links.
        file: returns the address of a file's bytes, for images.

    Raises:
        BodyError: the body is longer, has more blocks, or is nested deeper than Notion accepts.
    """
    # The size is checked before anything is parsed.
    _check_size(len(source.encode("utf-8", "surrogatepass")))
    if (breaks := source.count("\n")) > MAX_LINES:
        raise BodyError(f"has {breaks:,} lines; a body can have {MAX_LINES:,}")
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING * 3})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.at("reference", _definition)
    parser.core.ruler.before("inline", "bound_work", _bound_work)
    parser.core.ruler.after("inline", "bound_depth", _bound_depth)
    tree = SyntaxTreeNode(parser.parse(source))
    writer = _Writer(BodyLinks(path, page, file))
    lines = writer.blocks(tree.children, 0)
    text = "\n".join(lines).strip("\n")
    _check_blocks(writer.count)
    _check_size(len(text.encode("utf-8", "surrogatepass")))
    return Body(text, writer.count, tuple(writer.links.left_out.items()))


def _definition(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Read the definition of a link; that of a footnote is text."""
    is_note = state.src.startswith("[^", state.bMarks[first] + state.tShift[first])
    return not is_note and reference(state, first, last, silent)


def _bound_work(state: StateCore) -> None:
    """Refuse expensive texts after the parser has found the blocks and before it parses texts."""
    tokens = state.tokens
    _check_blocks(sum(token.nesting >= 0 and token.type not in _NO_BLOCK for token in tokens))
    cells = sum(token.type in ("th_open", "td_open") for token in tokens)
    if cells > MAX_CELLS:
        raise BodyError(f"has tables of {cells:,} cells; a body can have {MAX_CELLS:,}")
    texts = (token.content for token in tokens if token.type == "inline")
    cost = sum(len(text) * sum(text.count(mark) for mark in _DELIMITERS) for text in texts)
    if cost > MAX_SEARCH:
        raise BodyError("has thousands of brackets, tags or stars in one paragraph")


def _bound_depth(state: StateCore) -> None:
    """Refuse marks, links and images that are nested too deep."""
    left = [(0, token) for token in state.tokens if token.children]
    while left:
        above, token = left.pop()
        for child in token.children or []:
            depth = above + child.level
            if depth > MAX_NESTING:
                raise BodyError(_TOO_DEEP)
            left.append((depth + 1, child))  # the levels in an image's description start at 0 again


def _check_blocks(count: int) -> None:
    if count > MAX_BLOCKS:
        raise BodyError(f"makes {count:,} blocks; Notion accepts {MAX_BLOCKS:,}")


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise BodyError(f"has {size:,} bytes; a body can have {MAX_BODY_BYTES:,}")


class _Writer:
    """Writes the blocks of one tree, and counts them."""

    def __init__(self, links: BodyLinks) -> None:
        self.links = links
        self.count = 0
        self._text = BodyText(links)

    def blocks(self, nodes: Iterable[SyntaxTreeNode], depth: int) -> list[str]:
        """Return the lines of blocks at a depth, with a tab for each level."""
        if depth > MAX_NESTING:
            raise BodyError(_TOO_DEEP)
        lines: list[str] = []
        number = 0  # Notion numbers a list on that comes right after another
        for node in nodes:
            if node.type == "ordered_list":
                written = self._list(node, depth, number)
                number += len(node.children)
            else:
                written = self._block(node, depth)
                number = 0 if written else number
            lines += written
        return lines

    def _block(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        kind = node.type
        if kind == "heading":
            level, text = min(int(node.tag[1:]), 4), self._text.of(node)
            return self._line(depth, "#" * level + " ", text) if text else []
        if kind == "paragraph":
            return self._paragraph(node, depth)
        if kind == "bullet_list":
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
        return self._raw(depth, (prefix + not_a_block(text)).rstrip(" "))

    def _paragraph(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        inline = node.children[0].children if node.children else []
        shown = [part for part in inline if not is_space(part)]
        if shown and all(part.type == "image" for part in shown):
            lines: list[str] = []
            for part in shown:
                lines += self._image(part, depth)
            return lines
        text = self._text.inline(inline)
        return self._line(depth, "", text) if text else []

    def _image(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        caption = plain(node)
        target = self.links.target(str(node.attrs.get("src", "")), image=True)
        if target:
            return self._raw(depth, f"![{escaped(caption)}]({target})")
        return self._line(depth, "", self._text.plain(caption)) if caption else []

    def _list(self, node: SyntaxTreeNode, depth: int, before: int = 0) -> list[str]:
        lines: list[str] = []
        for number, item in enumerate(node.children, start=before + 1):
            prefix = "- " if node.type == "bullet_list" else f"{number}. "
            lines += self._item(item, prefix, depth)
        return lines

    def _item(self, item: SyntaxTreeNode, prefix: str, depth: int) -> list[str]:
        children = list(item.children)
        text = ""
        if children and children[0].type == "paragraph":
            text = self._text.of(children.pop(0))
        if prefix == "- " and (task := _TASK.match(text)):
            prefix, text = f"- [{task[1].lower()}] ", text[task.end() :]
        return [*self._line(depth, prefix, text), *self.blocks(children, depth + 1)]

    def _quote(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        """Return a quote: its first paragraphs are its text, and other blocks are its children."""
        children = list(node.children)
        texts = []
        while children and children[0].type == "paragraph":
            texts.append(self._text.of(children.pop(0)))
        text = "<br>".join(text for text in texts if text)
        return [*self._line(depth, "> ", text), *self.blocks(children, depth + 1)]

    def _code(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        code = CONTROL.sub("\ufffd", node.content).removesuffix("\n")
        if "```" in code:
            # It is not known whether Notion reads longer fences; a text has no end to forge.
            return self._line(depth, "", self._text.lines(code))
        found = _LANGUAGE.match(node.info.strip()) if node.info else None
        language = found[0] if found else ""
        return self._raw(depth, f"```{language}", *LINE_BREAK.sub("\n", code).split("\n"), "```")

    def _table(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        lines = self._raw(depth, '<table header-row="true">')
        for section in node.children:
            for row in section.children:
                lines += self._raw(depth + 1, "<tr>")
                for cell in row.children:
                    lines.append("\t" * (depth + 2) + f"<td>{self._text.of(cell)}</td>")
                lines.append("\t" * (depth + 1) + "</tr>")
        return [*lines, "\t" * depth + "</table>"]

    def _html(self, node: SyntaxTreeNode, depth: int) -> list[str]:
        shown = without_comments(node.content).strip()
        return self._line(depth, "", self._text.lines(shown)) if shown else []
