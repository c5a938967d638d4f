"""The text of a JSON or YAML file: its decoding, its limits, and what can be wrong with it.

What a file says is a JSON value, whichever language it is written in. What two readers could
understand differently is refused in both: duplicate keys, numbers beyond those that I-JSON
(RFC 7493) promises, half surrogate pairs.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lukhas_notion.manifests.json_values import join_pointer, split_pointer
from lukhas_notion.util.read_files import recognise

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 200
MAX_INTEGER = 2**53 - 1
#: As many characters as the longest allowed integer has, sign included.
INTEGER_DIGITS = len(str(-MAX_INTEGER))
SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_SHOWN = 40


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


class Language(NamedTuple):
    """A language that manifests are written in, and its rules by their stable names."""

    name: str
    size: str
    encoding: str
    empty: str
    kind: str
    syntax: str
    depth: str
    number: str
    duplicate: str
    surrogate: str


JSON = Language(
    "JSON",
    *("json.size", "json.encoding", "json.empty", "json.kind", "json.syntax"),
    *("json.depth", "json.number", "json.duplicate", "json.surrogate"),
)
YAML = Language(
    "YAML",
    *("yaml.size", "yaml.encoding", "yaml.empty", "yaml.kind", "yaml.syntax"),
    *("yaml.depth", "yaml.number", "yaml.duplicate", "yaml.surrogate"),
)


class TextError(Exception):
    """A text that does not say what every reader understands alike.

    Args:
        message: what is wrong, in words for a person.
        line: 1-based.
        column: 1-based, in characters.
        pointer: the JSON pointer of what is wrong; "" for the whole document.
        rule: the language and a stable name, such as ``json.syntax``.
        remedy: what to do about it.
    """

    def __init__(
        self, message: str, line: int, column: int, *, pointer: str, rule: str, remedy: str
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.pointer = pointer
        self.rule = rule
        self.remedy = remedy


def text_error(
    text: str, offset: int, message: str, *, rule: str, remedy: str, pointer: str = ""
) -> TextError:
    """Return the error at one character of a text."""
    line, column = position(text, offset)
    return TextError(message, line, column, pointer=pointer, rule=rule, remedy=remedy)


def decode(data: bytes, language: Language = JSON, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a file in UTF-8.

    Raises:
        TextError: it is too large, empty, begins with a byte order mark, or is not UTF-8.
    """
    if len(data) > max_bytes:
        message = f"the file is larger than {max_bytes:,} bytes"
        remedy = "Make it smaller, or exclude it."
        raise TextError(message, 1, 1, pointer="", rule=language.size, remedy=remedy)
    encoding = _other_encoding(data)
    if encoding:
        message = f"the file is {encoding}; {language.name} is plain UTF-8 here"
        remedy = "Save the file as UTF-8 without a byte order mark."
        raise TextError(message, 1, 1, pointer="", rule=language.encoding, remedy=remedy)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} cannot stand here"
        remedy = "Save the file as UTF-8."
        rule = language.encoding
        raise text_error(before, len(before), message, rule=rule, remedy=remedy) from None
    if not text.strip(" \t\r\n"):
        raise empty_file(language)
    return text


def empty_file(language: Language) -> TextError:
    """Return the error for a file that says nothing."""
    remedy = f"Write a {language.name} object into it."
    return TextError("the file is empty", 1, 1, pointer="", rule=language.empty, remedy=remedy)


_MARKS = (
    (b"\xef\xbb\xbf", "UTF-8 with a byte order mark"),
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def _other_encoding(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    # Both languages begin with two ASCII characters, so the zeros tell the width (RFC 4627,
    # section 3).
    if data[:4].count(0) == 3:
        return "UTF-32 without a byte order mark"
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        return "UTF-16 without a byte order mark"
    return ""


def other_kind(text: str, language: Language) -> TextError | None:
    """Return the error that says what a text is instead; None where that is not clear."""
    kind = recognise(text)
    if kind is None or kind.name == language.name:
        return None
    return text_error(text, 0, f"this is {kind.name}", rule=language.kind, remedy=kind.remedy)


def too_deep(text: str, offset: int, language: Language, max_depth: int = MAX_DEPTH) -> TextError:
    """Return the error for lists and objects that are nested too deep."""
    message = f"lists and objects stand more than {max_depth} deep in one another"
    return text_error(text, offset, message, rule=language.depth, remedy="Flatten it.")


def no_number(
    text: str, offset: int, raw: str, problem: str, language: Language, pointer: str
) -> TextError:
    """Return the error for a number that not every reader holds."""
    shown = raw if len(raw) <= _LONGEST_SHOWN else raw[:_LONGEST_SHOWN] + "…"
    remedy = "Write a number that a double holds, or write it as text."
    rule = language.number
    return text_error(text, offset, f"{shown} {problem}", rule=rule, remedy=remedy, pointer=pointer)


TOO_LARGE = "is too large for a double"
BEYOND = f"is beyond ±{MAX_INTEGER}, the integers that every JSON reader holds"


def duplicate(
    text: str, name: str, first: int, second: int, language: Language, pointer: str
) -> TextError:
    """Return the error for a key that an object has twice."""
    shown = json.dumps(name if len(name) <= 60 else name[:60] + "…", ensure_ascii=True)
    lines = f"line {position(text, first)[0]} and line {position(text, second)[0]}"
    message = f"the key {shown} is there twice, in {lines}"
    remedy, rule = "Delete one of the two.", language.duplicate
    return text_error(text, second, message, rule=rule, remedy=remedy, pointer=pointer)


def half_pair(text: str, offset: int, language: Language, pointer: str) -> TextError:
    """Return the error for an escape that is not a character."""
    message = "half of a surrogate pair (\\ud800 to \\udfff) is not a character"
    remedy = "Write the character itself, or both halves of its escape."
    if language is YAML:
        remedy = "Write the character itself."
    rule = language.surrogate
    return text_error(text, offset, message, rule=rule, remedy=remedy, pointer=pointer)
