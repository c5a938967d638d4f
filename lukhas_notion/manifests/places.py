"""Where the values and keys of a document stand in the text of its file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from lukhas_notion.manifests.pointers import join_pointer, split_pointer


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value or a key stands: ``text[start:end]``, quotation marks included.

    ``line`` and ``column`` are 1-based and count characters.
    """

    line: int
    column: int
    start: int
    end: int


@dataclass(slots=True)
class Node:
    """One value: where it and its key stand, in characters from 0, and what is inside it."""

    start: int
    end: int
    key: tuple[int, int] | None = None
    inside: dict[str, Node] | list[Node] | None = None

    def child(self, token: str) -> Node | None:
        """Return what is at one key or index."""
        if isinstance(self.inside, dict):
            return self.inside.get(token)
        # Longer numbers than ten digits are not an index of a text that fits into memory.
        if isinstance(self.inside, list) and token.isascii() and token.isdecimal():
            index = int(token[:11])
            return self.inside[index] if index < len(self.inside) else None
        return None

    def members(self) -> Iterator[tuple[str | int, Node]]:
        """Yield what is inside, by key or index."""
        if isinstance(self.inside, dict):
            yield from self.inside.items()
        elif isinstance(self.inside, list):
            yield from enumerate(self.inside)


class Places:
    """The places of one document.

    Args:
        text: the text of the whole file.
        root: the document's value.
    """

    def __init__(self, text: str, root: Node) -> None:
        self._text = text
        self._root = root
        self._line_ends: list[int] | None = None

    def value(self, pointer: str) -> Span:
        """Return where the value that ``pointer`` names stands.

        Raises:
            KeyError: the document has no such value.
        """
        node = self._find(pointer)
        return self.span(node.start, node.end)

    def key(self, pointer: str) -> Span:
        """Return where the key of the member that ``pointer`` names stands.

        Raises:
            KeyError: the document has no such member, or it is an item of a list.
        """
        node = self._find(pointer)
        if node.key is None:
            raise KeyError(pointer)
        return self.span(*node.key)

    def nearest(self, pointer: str) -> Span:
        """Return where the value stands, or else the innermost one around where it would be."""
        node = self._root
        for token in split_pointer(pointer):
            inner = node.child(token)
            if inner is None:
                break
            node = inner
        return self.span(node.start, node.end)

    def every(self) -> Iterator[tuple[str, Span]]:
        """Yield the pointer and the place of every value, an outer one before those inside it."""
        waiting = [("", self._root)]
        while waiting:
            pointer, node = waiting.pop()
            yield pointer, self.span(node.start, node.end)
            inner = [(pointer + join_pointer([token]), child) for token, child in node.members()]
            waiting.extend(reversed(inner))

    def span(self, start: int, end: int) -> Span:
        """Return the place of a piece of the text."""
        if self._line_ends is None:
            self._line_ends = [match.start() for match in re.finditer("\n", self._text)]
        ends = self._line_ends
        line = bisect_left(ends, start)
        return Span(line + 1, start - (ends[line - 1] if line else -1), start, end)

    def _find(self, pointer: str) -> Node:
        node: Node | None = self._root
        for token in split_pointer(pointer):
            node = node.child(token) if node else None
        if node is None:
            raise KeyError(pointer)
        return node


def position(text: str, offset: int) -> tuple[int, int]:
    """Return the line and the column of a character, both 1-based."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
