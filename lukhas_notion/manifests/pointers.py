"""JSON pointers (RFC 6901), and the places in a file that they lead to."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ANY = "*"
Found = tuple[str, Any]
"""A pointer without ``*``, and the value that it leads to."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
Tokens = tuple[str, ...]


@lru_cache(maxsize=1 << 12)
def split_pointer(pointer: str) -> Tokens:
    """Return the reference tokens of a pointer, unescaped.

    Raises:
        ValueError: it is neither empty nor begins with a slash.
    """
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"not a JSON pointer: {pointer!r}")
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:])


def join_pointer(tokens: Iterable[str | int]) -> str:
    """Return the pointer made of these reference tokens."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def has_any(pointer: str) -> bool:
    """Whether a pointer has a ``*``, and so may lead to several values."""
    return ANY in split_pointer(pointer)


def resolve(value: object, pointer: str) -> Any:
    """Return the first value that a pointer leads to, None where there is none."""
    tokens = split_pointer(pointer)
    if ANY in tokens:
        return next((got for _, got in find(value, pointer)), None)
    for token in tokens:
        value = _child(value, token)
    return value


def find(value: object, pointer: str) -> list[Found]:
    """Return every value that a pointer leads to, in the order of the document."""
    tokens = split_pointer(pointer)
    if ANY not in tokens:
        got = resolve(value, pointer)
        return [] if got is None else [(pointer, got)]
    found: list[tuple[str, Any]] = [("", value)]
    for token in tokens:
        found = [
            (at + join_pointer([key]), inner)
            for at, outer in found
            for key, inner in (members(outer) if token == ANY else [(token, _child(outer, token))])
            if inner is not None
        ]
    return found


def members(value: object) -> Iterable[tuple[str | int, Any]]:
    """Return what is in an object or a list, by key or index."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _child(value: object, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    if isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
        return value[int(token)]
    return None


def overlap(pointer: str, pattern: str) -> bool:
    """Whether a place is meant by a pattern, is inside what it means, or around it."""
    return bool(pointer) and _fits(pointer, pattern)


def is_meant(pointer: str, pattern: str) -> bool:
    """Whether a pattern leads to a place."""
    return pointer.count("/") == pattern.count("/") and _fits(pointer, pattern)


def _fits(pointer: str, pattern: str) -> bool:
    pairs = zip(split_pointer(pointer), split_pointer(pattern), strict=False)
    return all(wanted in (ANY, token) for token, wanted in pairs)


def without(value: Any, patterns: Sequence[Tokens]) -> Any:
    """Return a value less what the patterns, as tokens, mean; the rest is not copied."""
    if not patterns:
        return value
    if isinstance(value, dict):
        pruned = ((key, item, _below(key, patterns)) for key, item in value.items())
        return {key: without(item, inner) for key, item, inner in pruned if () not in inner}
    if isinstance(value, list):
        numbered = ((item, _below(str(i), patterns)) for i, item in enumerate(value))
        return [without(item, inner) for item, inner in numbered if () not in inner]
    return value


def _below(token: str, patterns: Sequence[Tokens]) -> list[Tokens]:
    return [pattern[1:] for pattern in patterns if pattern[0] in (ANY, token)]


def pointers_in(value: object, most: int) -> Iterator[str]:
    """Yield the pointers of what is in a value, those of its top first; ``most`` at most.

    The items of a list have one pointer, with a ``*``.
    """
    waiting: dict[str, list[object]] = {"": [value]}
    while waiting and most > 0:
        pointer, values = next(iter(waiting.items()))
        del waiting[pointer]
        if pointer:
            yield pointer
            most -= 1
        for outer in values[:most]:
            for key, inner in members(outer):
                step = join_pointer([key if isinstance(key, str) else ANY])
                if len(waiting) < most:
                    waiting.setdefault(pointer + step, []).append(inner)


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
