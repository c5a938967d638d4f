r"""A page's body: Markdown, read into blocks and written as Notion writes it.

Recorded: blank lines between blocks and the last line break are dropped, numbered lists are
renumbered, and a space precedes attributes (``text{color="blue"}`` becomes
``text {color="blue"}``). Documented, or seen in public: every line is one block, children are
indented by tabs, headings 5 and 6 become 4, a table of pipes becomes one of tags, and an address
becomes a link. Everything else in Notion's dialect (mentions, embeds, moved pages, columns,
equations, synced blocks) is refused, and so is an escaped pipe in a table of pipes, where Notion
loses text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lukhas_notion.emulator.errors import validation

MAX_BLOCKS = 1000
"""The largest number of blocks in one request."""
EMPTY = "<empty-block/>"

_FENCE = re.compile(r"(`{3,})[ ]*([^`\n]*)")
_HEADING = re.compile(r"(#{1,6})[ ]+(.*)")
_TASK = re.compile(r"[-*+] \[([ xX])\](?:[ ]+(.*))?")
_BULLET = re.compile(r"[-*+](?:[ ]+(.*))?")
_NUMBER = re.compile(r"\d{1,9}[.](?:[ ]+(.*))?")
_QUOTE = re.compile(r">[ ]?(.*)")
_PIPES = re.compile(r"\|(.*)\|[ ]*")
_DELIMITERS = re.compile(r"\|(?:[ ]*:?-+:?[ ]*\|)+[ ]*")
_TABLE = re.compile(r'<table(?: (?:header-row|header-column|fit-page-width)="(?:true|false)")*>')
_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<td>(.*?)</td>", re.DOTALL)
_ATTRIBUTES = re.compile(r'(?P<text>.*?)[ ]*(?P<set>\{color="[a-z_]+"\})')
_CODE = re.compile(r"(`+)(?!`)(.*?)(?<!`)\1(?!`)")
_ESCAPED = re.compile(r"\\[!-/:-@\[-`{-~]")
_LINK = re.compile(r"!?\[((?:\\.|[^\[\]\\])*)\]\(([^()\s]*)\)")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]]+[^\s<>()\[\].,;:!?*_~]")
_LIVE = re.compile(r"<(?!br>)[A-Za-z/!]|[{}]|\$\$|\$`|\[\^")


@dataclass(frozen=True)
class Block:
    """One block of a body.

    Args:
        kind: ``paragraph``, ``heading``, ``bullet``, ``number``, ``task``, ``quote``, ``divider``,
            ``code``, ``table`` or ``empty``.
        text: its text as inline Markdown; that of a code block is literal.
        depth: the number of blocks above it.
        level: the level of a heading, from 1 to 4.
        done: whether a task is done.
        language: the language of a code block.
        rows: the rows of a table, each a list of cells; the first row is the header.
    """

    kind: str
    text: str = ""
    depth: int = 0
    level: int = 0
    done: bool = False
    language: str = ""
    rows: list[list[str]] = field(default_factory=list)


def normalised(text: str) -> str:
    """Return Markdown as Notion returns it.

    Raises:
        ApiError: it is not emulated, or has too many blocks (400).
    """
    return written(blocks(text))


def blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text.

    Raises:
        ApiError: it is not emulated, or has too many blocks (400).
    """
    result = list(_Reader(text).read())
    if len(result) > MAX_BLOCKS:
        raise validation(f"body failed validation: {len(result)} blocks, at most {MAX_BLOCKS}.")
    return result


def written(blocks: list[Block]) -> str:
    """Return blocks as Notion writes them: tables and code on several lines, others on one."""
    lines: list[str] = []
    numbers: dict[int, int] = {}
    for block in blocks:
        for depth in [level for level in numbers if level > block.depth]:
            del numbers[depth]
        if block.kind == "number":
            numbers[block.depth] = numbers.get(block.depth, 0) + 1
        else:
            numbers.pop(block.depth, None)
        indent = "\t" * block.depth
        lines += [f"{indent}{line}" for line in _lines(block, numbers.get(block.depth, 0))]
    return "\n".join(lines)


def title_and_rest(text: str) -> tuple[str, str]:
    """Return the heading at the start, which becomes a page's title, and the text after it."""
    first, _, rest = text.lstrip("\n").partition("\n")
    heading = re.fullmatch(r"#[ ]+(.*)", first)
    return (heading[1].strip(), rest) if heading else ("", text)


def inline(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of inline Markdown, each as kind, text and address.

    The kinds are ``text`` and ``escape`` (one character each), ``code``, ``link``, ``image`` and
    ``break``.
    """
    position = 0
    while position < len(text):
        for kind, pattern in _PARTS:
            match = pattern.match(text, position)
            if match is not None:
                yield _part(kind, match)
                position = match.end()
                break
        else:
            yield "text", text[position], ""
            position += 1


_PARTS = (
    ("escape", _ESCAPED),
    ("code", _CODE),
    ("link", _LINK),
    ("break", re.compile("<br>")),
    ("address", _ADDRESS),
)


def _part(kind: str, match: re.Match[str]) -> tuple[str, str, str]:
    if kind == "escape":
        return kind, match[0][1], ""
    if kind == "code":
        return kind, match[2], ""
    if kind == "link":
        return ("image" if match[0].startswith("!") else "link"), match[1], match[2]
    return ("link", match[0], match[0]) if kind == "address" else (kind, "", "")


def _lines(block: Block, number: int) -> list[str]:
    if block.kind == "code":
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
        return [f"{fence}{block.language}", *block.text.split("\n"), fence]
    if block.kind == "table":
        rows = (["<tr>", *(f"<td>{cell}</td>" for cell in row), "</tr>"] for row in block.rows)
        return ['<table header-row="true">', *itertools.chain(*rows), "</table>"]
    prefixes = {
        "heading": "#" * block.level + " ",
        "bullet": "- ",
        "number": f"{number}. ",
        "task": "- [x] " if block.done else "- [ ] ",
        "quote": "> ",
        "divider": "---",
        "empty": EMPTY,
    }
    return [(prefixes.get(block.kind, "") + block.text).rstrip()]


class _Reader:
    """Reads one text line by line."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")
        self._at = 0

    def read(self) -> Iterator[Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            bare = line.lstrip("\t")
            depth = len(line) - len(bare)
            self._at += 1
            if bare.strip():
                yield self._block(bare.rstrip(), depth)

    def _block(self, line: str, depth: int) -> Block:
        if line.startswith("  "):
            raise _refused("indentation by spaces", line)
        if fence := _FENCE.fullmatch(line):
            return self._code(fence[1], fence[2].strip(), depth)
        if _TABLE.fullmatch(line):
            return self._tags(depth)
        if _PIPES.fullmatch(line) and self._delimited(depth):
            return self._pipes(line, depth)
        if line == EMPTY:
            return Block("empty", depth=depth)
        if re.fullmatch(r"(?:-{3,}|\*{3,}|_{3,})", line):
            return Block("divider", depth=depth)
        if heading := _HEADING.fullmatch(line):
            level = min(len(heading[1]), 4)
            return Block("heading", _inline(heading[2]), depth, level=level)
        if task := _TASK.fullmatch(line):
            done = task[1] != " "
            return Block("task", _inline(task[2] or ""), depth, done=done)
        for kind, pattern in (("bullet", _BULLET), ("number", _NUMBER), ("quote", _QUOTE)):
            if match := pattern.fullmatch(line):
                return Block(kind, _inline(match[1] or ""), depth)
        return Block("paragraph", _inline(line), depth)

    def _code(self, fence: str, language: str, depth: int) -> Block:
        content: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            line = line.removeprefix("\t" * depth)
            if re.fullmatch(f"`{{{len(fence)},}}[ ]*", line):
                break
            content.append(line)
        return Block("code", "\n".join(content), depth, language=language)

    def _tags(self, depth: int) -> Block:
        content: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at].strip()
            self._at += 1
            if line == "</table>":
                table = "".join(content)
                rows = [
                    [_inline(cell, cells=True) for cell in _CELL.findall(row)]
                    for row in _ROW.findall(table)
                ]
                if _ROW.sub("", table).strip() or not rows or len(set(map(len, rows))) != 1:
                    raise _refused("a table", table)
                return Block("table", depth=depth, rows=rows)
            content.append(line)
        raise _refused("a table without an end", "<table>")

    def _delimited(self, depth: int) -> bool:
        following = self._lines[self._at : self._at + 1]
        return bool(following and _DELIMITERS.fullmatch(following[0].removeprefix("\t" * depth)))

    def _pipes(self, head: str, depth: int) -> Block:
        self._at += 1
        rows = [head]
        while self._at < len(self._lines) and _PIPES.fullmatch(self._lines[self._at].strip()):
            rows.append(self._lines[self._at].strip())
            self._at += 1
        if any("\\|" in row for row in rows):
            raise _refused("an escaped pipe in a table of pipes", head)
        cells = [[_inline(cell.strip()) for cell in row.strip()[1:-1].split("|")] for row in rows]
        width = len(cells[0])
        return Block("table", depth=depth, rows=[(row + [""] * width)[:width] for row in cells])


def _inline(text: str, *, cells: bool = False) -> str:
    """Return inline Markdown as Notion does: addresses as links, a space before attributes."""
    attributes = None if cells else _ATTRIBUTES.fullmatch(text)
    if attributes is not None:
        return f"{_inline(attributes['text'])} {attributes['set']}".strip()
    parts: list[str] = []
    plain = ""
    for kind, content, address in inline(text):
        if kind == "text":
            plain += content
        elif kind != "break":
            plain += "`" if kind == "code" else " "
        parts.append(_written(kind, content, address))
    if live := _LIVE.search(re.sub("<br>", "", plain)):
        raise _refused(f"{live[0]!r}, which is not escaped,", text)
    return "".join(parts)


def _written(kind: str, text: str, address: str) -> str:
    if kind == "escape":
        return f"\\{text}"
    if kind == "code":
        fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
        return f"{fence}{text}{fence}"
    if kind in ("link", "image"):
        if "%00" in address:
            raise _refused("an address with a NUL character", address)
        return f"{'!' if kind == 'image' else ''}[{text}]({address})"
    return "<br>" if kind == "break" else text


def _refused(what: str, where: str) -> Exception:
    return validation(f"body failed validation: {what} is not emulated here: {where[:80]}")
