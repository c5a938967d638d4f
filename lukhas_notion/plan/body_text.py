"""Write the text within one block of a page's body: marks, code, links and their addresses."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from lukhas_notion.plan.values import address_problem

#: Returns the address of a file of the repository, by its path from the repository's top.
Address = Callable[[str], str]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
#: Characters that a link's address must not have: they end it, are brackets or braces, or begin an
#: equation.
_UNSAFE = re.compile(r"[^A-Za-z0-9._~:/?#@!&'*+,;=%-]")


@dataclass
class BodyLinks:
    """The links of one file; ``left_out`` has the reason for each link that became text."""

    path: str
    page: Address
    file: Address
    left_out: dict[str, str] = field(default_factory=dict)

    def target(self, raw: str, *, image: bool = False) -> str:
        """Return a link's address, "" if the page cannot have the link."""
        address, why = self._resolve(raw, self.file if image else self.page)
        if why := why or address_problem(address):
            self.left_out[raw] = why
            return ""
        return address

    def _resolve(self, raw: str, address: Address) -> tuple[str, str]:
        if _SCHEME.match(raw):
            return self._absolute(raw)
        path, mark, fragment = raw.partition("#")
        path = unquote(path.partition("?")[0])
        folder = "" if path.startswith("/") else posixpath.dirname(self.path)
        whole = posixpath.normpath(posixpath.join(folder, path.lstrip("/"))) if path else self.path
        if whole == ".." or whole.startswith("../"):
            return "", "leaves the repository"
        found = address("" if whole == "." else whole)
        return (_quoted(f"{found}{mark}{fragment}"), "") if found else ("", "has no address")

    @staticmethod
    def _absolute(raw: str) -> tuple[str, str]:
        try:
            parts = urlsplit(raw)
            host = parts.hostname
        except ValueError:
            return "", "is not a URL"
        if parts.scheme.lower() != "https" or not host:
            return "", "is not an https address"
        return _quoted(raw), ""


def _quoted(address: str) -> str:
    return _UNSAFE.sub(lambda found: _percent(found[0]), address)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


#: The characters that Notion asks to escape.
_SPECIAL = re.compile(r"[\\*~`$\[\]<>{}|^]")
#: An entity would be decoded a second time: "&amp;lt;" is the text "&lt;".
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
#: The start of a line that begins a block of another kind.
_BLOCK_START = re.compile(r"[#+=-]|:::|_{3,}|(?P<number>[0-9]+)(?=[.)])")
#: An address in a text, which Notion may turn into a link. A parenthesis that it does not open ends
#: it.
_BARE = re.compile(
    r"https?://(?:[^\s<>\"'`\\()]|\([^\s<>\"'`\\()]*\)|\()+(?<![.,;:!?\]}*_~])", re.IGNORECASE
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE_BREAK = re.compile(r"[\n\r\u0085\u2028\u2029]")
#: Code that cannot be written as code: Notion may find tags in it, or its end.
_IN_CODE = re.compile(r"[`<\n]|\\$")
_CAN_BE_EMPTY = ("text", "html_inline")
_MARKS = {"strong": "**", "em": "*", "s": "~~"}
#: Replaces an underscore when a text is read back: it is punctuation, too, but never a mark.
_LETTER = "\u203f"


class BodyText:
    """Writes the texts of one file.

    Each text is read back as CommonMark. If its emphasis is not the same, as when a comment or a
    link between a mark and a letter was left out, the text is written without emphasis.

    Args:
        links: the links of the file.
    """

    def __init__(self, links: BodyLinks) -> None:
        self._links = links
        self._in_link = False
        self._has_marks = True

    def of(self, node: SyntaxTreeNode) -> str:
        """Return the text of a block."""
        return "".join(
            self.inline(inline.children) for inline in node.children if inline.type == "inline"
        )

    def inline(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        """Return the inline parts of one block as its text."""
        text = self._joined(nodes)
        is_marked = any(each.type in _MARKS for node in nodes for each in node.walk())
        if is_marked and list(_letters(_read(text))) != list(_letters(nodes)):
            self._has_marks = False
            text = self._joined(nodes)
            self._has_marks = True
        return text.strip(" ")

    def _joined(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        text = ""
        shown = (node for node in nodes if node.type not in _CAN_BE_EMPTY or _shown(node))
        for kind, group in groupby(shown, key=lambda node: node.type):
            if kind in _MARKS:  # neighbours become one, or their marks would touch
                within = self._joined([part for node in group for part in node.children])
                parts = [_marked(_MARKS[kind], within) if self._has_marks else within]
            else:
                parts = list(map(self._part, group))
            for part in parts:
                if part.startswith("[") and text.endswith("!"):
                    text = f"{text[:-1]}\\!"  # or the link would be an image
                if part.startswith("`") and text.endswith("`") and not text.endswith("\\`"):
                    text = text[:-1] + part[1:]  # or neither would be code
                else:
                    text += part
        return text

    def _part(self, node: SyntaxTreeNode) -> str:
        kind = node.type
        if kind == "softbreak":
            return " "
        if kind == "hardbreak":
            return "<br>"
        if kind == "link":
            return self._link(node)
        if kind == "image":
            return self._image(node)
        if kind == "html_inline":
            return self.plain(_shown(node))
        if kind == "code_inline":
            code = CONTROL.sub("\ufffd", node.content)
            is_text = self._in_link or _IN_CODE.search(code)
            return self.plain(code) if is_text else f"`{code}`"
        return self.plain(node.content)

    def lines(self, text: str) -> str:
        """Return lines of text that Notion shows letter for letter, in one block."""
        return "<br>".join(self.plain(line.strip("\t ")) for line in LINE_BREAK.split(text))

    def plain(self, text: str) -> str:
        """Return a text letter for letter; an address in it becomes a link, so it ends there."""
        if self._in_link:
            return escaped(text)
        written, at = "", 0
        for found in _BARE.finditer(text):
            target = self._links.target(found[0]) if found[0].lower().startswith("https:") else ""
            shown = f"[{escaped(found[0])}]({target})" if target else f"`{found[0]}`"
            before = escaped(text[at : found.start()])
            written += f"{before[:-1]}\\!" if before.endswith("!") and target else before
            written, at = written + shown, found.end()
        return written + escaped(text[at:])

    def _image(self, node: SyntaxTreeNode) -> str:
        """Return a link to an image; within a link, as for a badge, only its text."""
        target = ""
        if not self._in_link:
            target = self._links.target(str(node.attrs.get("src", "")), image=True)
        text = plain(node)
        return f"[{escaped(text or target)}]({target})" if target else self.plain(text)

    def _link(self, node: SyntaxTreeNode) -> str:
        within = self._in_link  # an address in angle brackets may be in another link's text
        target = "" if within else self._links.target(str(node.attrs.get("href", "")))
        self._in_link = within or bool(target)
        text = self._joined(node.children).strip(" ")
        self._in_link = within
        return f"[{text or escaped(target)}]({target})" if target else text


def is_space(node: SyntaxTreeNode) -> bool:
    """Return whether a part of a text is white space."""
    return node.type in ("softbreak", "hardbreak") or (
        node.type == "text" and not node.content.strip()
    )


def without_comments(html: str) -> str:
    """Return HTML without its comments, which a reader does not see."""
    parts, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 4)) >= 0:
        parts.append(html[at:start])
        at = end + 3
    return "".join([*parts, html[at:]])


def plain(node: SyntaxTreeNode) -> str:
    """Return the letters of an image's description."""
    if node.type in ("softbreak", "hardbreak"):
        return " "
    return "".join(plain(part) for part in node.children) if node.children else node.content


def _marked(mark: str, text: str) -> str:
    """Return a text with marks; spaces at its ends stay outside."""
    shown = text.strip(" ")
    return text.replace(shown, f"{mark}{shown}{mark}") if shown else text


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("strikethrough")


def _read(text: str) -> list[SyntaxTreeNode]:
    """Parse a text that was written for Notion, in which an underscore is never a mark."""
    tokens = _inline_parser().parseInline(text.replace("<br>", " ").replace("_", _LETTER))
    return list(SyntaxTreeNode(tokens).children[0].children)


def _shown(node: SyntaxTreeNode) -> str:
    return without_comments(node.content) if node.type == "html_inline" else plain(node)


def _letters(
    nodes: Iterable[SyntaxTreeNode], marks: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each visible character with its marks."""
    for node in nodes:
        if node.type in _MARKS or node.type == "link":
            yield from _letters(node.children, marks | ({node.type} & _MARKS.keys()))
        else:
            written = CONTROL.sub("\ufffd", _shown(node)).replace("_", _LETTER)
            yield from ((char, marks) for char in written if not char.isspace())


def escaped(text: str) -> str:
    """Return text that Notion shows letter for letter, on one line."""
    shown = CONTROL.sub("\ufffd", LINE_BREAK.sub(" ", text))
    return _ENTITY.sub(r"\\&", _SPECIAL.sub(r"\\\g<0>", shown))


def not_a_block(text: str) -> str:
    r"""Return a block's text with its start escaped if it would begin a block of another kind.

    If Notion does not remove the backslash, it is visible, which is the lesser harm.

    >>> not_a_block("1. of many"), not_a_block("- so")
    ('1\\. of many', '\\- so')
    """
    text = text.lstrip(" \t")
    found = _BLOCK_START.match(text)
    if found is None:
        return text
    at = found.end("number") if found["number"] else 0
    return f"{text[:at]}\\{text[at:]}"
