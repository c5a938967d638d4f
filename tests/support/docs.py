"""The project's Markdown pages, read as what a test can hold: blocks, markers, links, anchors.

A marker is a comment on a line of its own, ``<!-- KEY: VALUE -->``; readers do not see it.

- ``session: KIND`` begins a new session: ``empty``, ``example``, ``synced`` or ``checkout``.
- ``in Notion: JSON`` is what a person does in Notion at that point.
- before a block, ``file: PATH`` puts its text into a file of the session;
- ``terminal`` lets its one command run on, in a terminal of its own;
- ``not run: REASON`` says why nobody runs it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [
    page.relative_to(PROJECT).as_posix()
    for page in (
        *sorted(PROJECT.glob("*.md")),
        *sorted((PROJECT / "docs").rglob("*.md")),
        *sorted((PROJECT / "examples").glob("*.md")),
    )
]
SHELL = ("sh", "console")
KEYS = ("session", "in Notion", "file", "terminal", "not run", "command", "generated", "end")
_MARKER = re.compile(r"<!-- ([A-Za-z][A-Za-z ]*?)(?:: (.+?))? -->")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, its first line in the page, and its markers."""

    language: str
    text: str
    line: int
    markers: dict[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        """Whether a test runs it, or writes it into a file."""
        return "not run" not in self.markers and (self.language in SHELL or "file" in self.markers)


@dataclass(frozen=True)
class Marker:
    """A marker that stands for itself: it begins a session, or something happens in Notion."""

    key: str
    value: str
    line: int


def parsed(page: str) -> list[Token]:
    """Return a page's tokens; ``page`` is relative to the project."""
    text = (PROJECT / page).read_text(encoding="utf-8")
    return MarkdownIt("commonmark").enable("table").parse(text)


def content(tokens: list[Token]) -> Iterator[Block | Marker]:
    """Yield the blocks and the markers that stand for themselves, in order."""
    waiting: dict[str, str] = {}
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            for key, value in _MARKER.findall(token.content):
                if key in ("session", "in Notion"):
                    yield Marker(key, value, line)
                elif key not in ("generated", "end"):
                    waiting[key] = value
        elif token.type == "fence":
            yield Block(token.info.strip(), token.content, line, waiting)
            waiting = {}
        elif token.type not in ("list_item_open", "bullet_list_open", "ordered_list_open"):
            waiting = {}


def unknown_markers(tokens: list[Token]) -> list[str]:
    """Return the keys of markers that mean nothing."""
    html = "".join(t.content for t in tokens if t.type == "html_block")
    return [key for key, _ in _MARKER.findall(html) if key not in KEYS]


def blocks(page: str) -> list[Block]:
    """Return a page's fenced blocks."""
    return [each for each in content(parsed(page)) if isinstance(each, Block)]


def links(page: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the target of every link and image, those in HTML too."""
    for token in parsed(page):
        line = token.map[0] + 1 if token.map else 0
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                yield line, str(target)
        for target in re.findall(r'(?:href|src)="([^"]+)"', token.content):
            if token.type in ("html_block", "inline"):
                yield line, target


def spoken_commands(page: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the words of every ``lukhas-notion`` command within a sentence or table.

    One with a placeholder for the command itself, or that is cut short by ``…``, is passed over.
    """
    for token in parsed(page):
        for child in token.children or ():
            words = child.content.split(" # ")[0]
            if child.type == "code_inline" and words.startswith("lukhas-notion "):
                _, *rest = shlex.split(words)
                if "…" not in words and not rest[0].isupper():
                    yield token.map[0] + 1 if token.map else 0, rest


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    found: dict[str, int] = {}
    tokens = parsed(page)
    for opened, inline in pairwise(tokens):
        if opened.type == "heading_open":
            said = "".join(c.content for c in inline.children or ())
            slug = re.sub(r"[^\w\- ]", "", said.strip().lower()).replace(" ", "-")
            found[slug] = found.get(slug, -1) + 1
    return {
        slug if number == 0 else f"{slug}-{number}"
        for slug, times in found.items()
        for number in range(times + 1)
    }
