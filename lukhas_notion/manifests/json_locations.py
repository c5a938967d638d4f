"""Where the values and keys of a JSON text stand.

For texts whose syntax is known to be right (:func:`lukhas_notion.manifests.json_reader.parse` has
seen to it). Nothing recurses or backtracks. A text is indexed once, when somebody first asks for a
place in it, and the last few indexes are kept.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from lukhas_notion.manifests.pointers import join_pointer, split_pointer

STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
"""A regular expression for one string, closed or not, that cannot backtrack."""

_TOKEN = re.compile(STRING + r'|[\[\]{}]|[^ \t\r\n:,\[\]{}"]++', re.DOTALL)
_INDEXES_KEPT = 4

Role = Literal["key", "scalar", "open", "close"]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value or a key stands: ``text[start:end]``, quotation marks included.

    ``line`` and ``column`` are 1-based and count characters.
    """

    line: int
    column: int
    start: int
    end: int


def locate(text: str, pointer: str) -> Span:
    """Return where the value that ``pointer`` names stands.

    Raises:
        KeyError: the document has no such value.
    """
    node = _find(text, pointer)
    return _span(text, node.start, node.end)


def locate_key(text: str, pointer: str) -> Span:
    """Return where the key of the member that ``pointer`` names stands.

    Raises:
        KeyError: the document has no such member, or it is an item of a list.
    """
    node = _find(text, pointer)
    if node.key is None:
        raise KeyError(pointer)
    return _span(text, *node.key)


def locate_nearest(text: str, pointer: str) -> Span:
    """Return where the value stands, or else the innermost one around where it would be."""
    tokens = split_pointer(pointer)
    node = _index(text).root
    for token in tokens:
        inner = node.child(token)
        if inner is None:
            break
        node = inner
    return _span(text, node.start, node.end)


def spans(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the pointer and the place of every value, an outer one before those inside it."""
    waiting = [("", _index(text).root)]
    while waiting:
        pointer, node = waiting.pop()
        yield pointer, _span(text, node.start, node.end)
        inner = [(pointer + join_pointer([token]), child) for token, child in node.members()]
        waiting.extend(reversed(inner))


def position(text: str, offset: int) -> tuple[int, int]:
    """Return the line and the column of a character, both 1-based."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def scan(text: str) -> Iterator[tuple[Role, int, int]]:
    """Yield every key, scalar and bracket of a text, with its start and its end."""
    around: list[str] = []
    key_next = False
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        char = text[start]
        if key_next and char == '"':
            yield "key", start, end
            key_next = False
            continue
        if char in "[{":
            yield "open", start, end
            around.append(char)
        elif char in "]}":
            around.pop()
            yield "close", start, end
        else:
            yield "scalar", start, end
        key_next = bool(around) and around[-1] == "{"


def unquote(raw: str) -> str:
    """Return the text that a JSON string stands for."""
    return str(json.loads(raw)) if "\\" in raw else raw[1:-1]


@dataclass(slots=True)
class _Node:
    """One value: where it and its key stand, and what is inside it."""

    start: int
    end: int
    key: tuple[int, int] | None = None
    inside: dict[str, _Node] | list[_Node] | None = None

    def child(self, token: str) -> _Node | None:
        if isinstance(self.inside, dict):
            return self.inside.get(token)
        # Longer numbers than ten digits are no index of a text that fits into memory.
        if isinstance(self.inside, list) and token.isascii() and token.isdecimal():
            index = int(token[:11])
            return self.inside[index] if index < len(self.inside) else None
        return None

    def members(self) -> Iterator[tuple[str | int, _Node]]:
        if isinstance(self.inside, dict):
            yield from self.inside.items()
        elif isinstance(self.inside, list):
            yield from enumerate(self.inside)


@dataclass(frozen=True, slots=True)
class _Index:
    root: _Node
    line_ends: list[int] = field(default_factory=list)


@lru_cache(maxsize=_INDEXES_KEPT)
def _index(text: str) -> _Index:
    document = _Node(0, len(text), inside=[])
    open_nodes = [document]
    key: tuple[int, int] | None = None
    for role, start, end in scan(text):
        if role == "key":
            key = (start, end)
            continue
        if role == "close":
            open_nodes.pop().end = end
            continue
        node = _Node(start, end, key)
        parent = open_nodes[-1].inside
        if isinstance(parent, list):
            parent.append(node)
        elif isinstance(parent, dict) and key is not None:
            parent[unquote(text[slice(*key)])] = node
        key = None
        if role == "open":
            node.inside = {} if text[start] == "{" else []
            open_nodes.append(node)
    (root,) = (node for _, node in document.members())
    return _Index(root, [m.start() for m in re.finditer("\n", text)])


def _find(text: str, pointer: str) -> _Node:
    node: _Node | None = _index(text).root
    for token in split_pointer(pointer):
        node = node.child(token) if node else None
    if node is None:
        raise KeyError(pointer)
    return node


def _span(text: str, start: int, end: int) -> Span:
    ends = _index(text).line_ends
    line = bisect_left(ends, start)
    return Span(line + 1, start - (ends[line - 1] if line else -1), start, end)
