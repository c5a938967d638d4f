"""The text of a JSON or YAML file: where its values are, its decoding, its limits and its errors.

The content of a file is a JSON value in both languages. Both refuse what two readers could
understand differently: duplicate keys, numbers beyond those that I-JSON (RFC 7493) promises, half
surrogate pairs.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from lukhas_notion.manifests.json_values import join_pointer, members, split_pointer
from lukhas_notion.util.text import shortened

#: Bytes of a file of names or of a schema; a manifest has fewer.
MAX_TEXT_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 200
MAX_INTEGER = 2**53 - 1
#: Characters of the longest allowed integer, with its sign.
INTEGER_DIGITS = len(str(-MAX_INTEGER))
TOO_LARGE = "is too large for a double"
BEYOND = f"is beyond ±{MAX_INTEGER}, the integers that every JSON reader holds"
SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Span:
    """The place of a value or a key: ``text[start:end]``, quotation marks included.

    ``line`` and ``column`` are 1-based and count characters.
    """

    line: int
    column: int
    start: int
    end: int


@dataclass(slots=True)
class Node:
    """The place of one value and of its key, in characters from 0, and the nodes inside it."""

    start: int
    end: int
    key: tuple[int, int] | None = None
    inside: dict[str, Node] | list[Node] | None = None

    def child(self, token: str) -> Node | None:
        """Return the node at a key or an index."""
        if isinstance(self.inside, dict):
            return self.inside.get(token)
        # A number of more than ten digits is not an index of a text that fits into memory.
        if isinstance(self.inside, list) and token.isascii() and token.isdecimal():
            index = int(token[:11])
            return self.inside[index] if index < len(self.inside) else None
        return None


class Places:
    """The places of the values of one document.

    Args:
        text: the text of the whole file.
        root: the document's value.
    """

    def __init__(self, text: str, root: Node) -> None:
        self._text = text
        self._root = root

    def value(self, pointer: str) -> Span:
        """Return the place of a value.

        Raises:
            KeyError: the document does not have it.
        """
        node = self._find(pointer)
        return self.span(node.start, node.end)

    def key(self, pointer: str) -> Span:
        """Return the place of a member's key.

        Raises:
            KeyError: the document does not have the member, or it is an item of a list.
        """
        node = self._find(pointer)
        if node.key is None:
            raise KeyError(pointer)
        return self.span(*node.key)

    def nearest(self, pointer: str) -> Span:
        """Return the place of a value, or else of the innermost one that would be around it."""
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
            inner = [(pointer + join_pointer([key]), child) for key, child in members(node.inside)]
            waiting.extend(reversed(inner))

    def span(self, start: int, end: int) -> Span:
        """Return a part of the text as a span."""
        ends = _line_ends(self._text)
        line = bisect_left(ends, start)
        return Span(line + 1, start - (ends[line - 1] if line else -1), start, end)

    def _find(self, pointer: str) -> Node:
        node: Node | None = self._root
        for token in split_pointer(pointer):
            node = node.child(token) if node else None
        if node is None:
            raise KeyError(pointer)
        return node


@lru_cache(maxsize=8)
def _line_ends(text: str) -> list[int]:
    """Return where the lines of a text end; a file of many documents asks for each of them."""
    return [match.start() for match in re.finditer("\n", text)]


class Language(NamedTuple):
    """A language of manifests, and the stable names of its rules."""

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


@dataclass(eq=False)
class TextError(Exception):
    """A text that not every reader understands alike.

    Args:
        rule: a stable name that begins with the language, such as ``json.syntax``.
        message: what is wrong, for the author of the text.
        remedy: what to do about it.
        pointer: the JSON pointer of what is wrong; "" for the whole document.
        line: 1-based.
        column: 1-based, in characters.
    """

    rule: str
    message: str
    remedy: str
    pointer: str
    line: int
    column: int


def text_error(
    text: str, offset: int, rule: str, message: str, remedy: str, pointer: str = ""
) -> TextError:
    """Return an error at one character of a text."""
    column = offset - text.rfind("\n", 0, offset)
    return TextError(rule, message, remedy, pointer, _line(text, offset), column)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def decode(data: bytes, language: Language = JSON, *, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Return the text of a file in UTF-8.

    Raises:
        TextError: it is too large, empty, begins with a byte order mark, or is not UTF-8.
    """
    if len(data) > max_bytes:
        message = f"the file is larger than {max_bytes:,} bytes"
        raise text_error("", 0, language.size, message, "Make it smaller, or exclude it.")
    if encoding := _other_encoding(data):
        message = f"the file is {encoding}; {language.name} is plain UTF-8 here"
        remedy = "Save the file as UTF-8 without a byte order mark."
        raise text_error("", 0, language.encoding, message, remedy)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} is not valid here"
        remedy = "Save the file as UTF-8."
        raise text_error(before, len(before), language.encoding, message, remedy) from None
    if not text.strip(" \t\r\n"):
        raise empty_error(language)
    return text


_MARKS = (
    (b"\xef\xbb\xbf", "UTF-8 with a byte order mark"),
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def _other_encoding(data: bytes) -> str:
    """Return the name of the encoding where it is not plain UTF-8, otherwise ""."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    # Both languages begin with two ASCII characters, so that the zeros show the width (RFC 4627,
    # section 3).
    if data[:4].count(0) == 3:
        return "UTF-32 without a byte order mark"
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        return "UTF-16 without a byte order mark"
    return ""


# --- the kinds of other files ------------------------------------------------------------------


class FileKind(NamedTuple):
    """The kind of a file that cannot be parsed: the end of a sentence about it, and the remedy."""

    name: str
    remedy: str
    is_gits: bool = False
    """Whether git leaves such a file in the place of any other file."""


_LFS = FileKind(
    "a Git LFS pointer, not the file that it stands for",
    "Check out with `lfs: true` (actions/checkout), or run `git lfs pull`.",
    is_gits=True,
)
_ANNEX = FileKind(
    "a git-annex pointer, not the file that it stands for", "Run `git annex get`.", is_gits=True
)
_CONFLICT = FileKind(
    "a file with a merge conflict", "Resolve the conflict, and commit the result.", is_gits=True
)
_TEMPLATE = FileKind(
    "a template, not the file that is made of it",
    "Exclude it: [manifests] exclude in lukhas-notion.toml.",
)
_HELM = _TEMPLATE._replace(name="a Helm template, not the file that is made of it")
_WRITE = "Write it as JSON or YAML, or exclude it."

#: Characters at the beginning of a file that show its kind.
_LOOKED_AT = 20_000
_IN_HELM = re.compile(r"\{\{-? ?(?:include |define |template |\.(?:Values|Release|Chart|Files)\b)")
_IN_TEMPLATES = re.compile(r"\{\{[-~]? ?[\w.$]|\{%[-+]? ?\w|<%[=-]? ?\w|\$\{\{ ?\w")
_CONFLICTS = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
# The kind by the first line that is neither blank nor a comment.
_BY_LINE = (
    (re.compile(r"version https?://[\w.-]+/spec/v\d"), _LFS),
    (re.compile(r"(?:\.\./){0,40}(?:\.git)?/?annex/objects/"), _ANNEX),
    (re.compile(r"<[!?A-Za-z]"), FileKind("HTML or XML", _WRITE)),
    (re.compile(r"\[{1,2}[A-Za-z_][\w.-]*\]{1,2}$|[\w.-]+ ?= ?\S"), FileKind("TOML", _WRITE)),
    (
        re.compile(r"%YAML|---(?:\s|$)|- \S|[\w./-]+ ?:(?:\s|$)"),
        FileKind("YAML", "Name the file .yaml or .yml, write it as JSON, or exclude it."),
    ),
)


def recognise(text: str) -> FileKind | None:
    """Return the kind of a text that cannot be parsed, None where it is not clear."""
    start = text[:_LOOKED_AT]
    if _CONFLICTS.search(start):
        return _CONFLICT
    if _IN_HELM.search(start):
        return _HELM
    if _IN_TEMPLATES.search(start):
        return _TEMPLATE
    lines = (line.strip() for line in start.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return next((kind for pattern, kind in _BY_LINE if pattern.match(first)), None)


# --- errors of both languages ----------------------------------------------------------------


class Problem(NamedTuple):
    """A part of a parser's message, our message in its place, and the remedy."""

    part: str
    message: str
    remedy: str = ""


def syntax_error(
    text: str, offset: int, reason: str, problems: Iterable[Problem], language: Language
) -> TextError:
    """Return the error of the first problem that a parser's message names."""
    other = Problem("", reason or "it cannot be parsed")
    problem = next((known for known in problems if known.part in reason), other)
    message = f"not {language.name}: {problem.message}"
    return text_error(text, offset, language.syntax, message, problem.remedy)


def empty_error(language: Language) -> TextError:
    """Return the error of a file without content."""
    remedy = f"Write a {language.name} object into it."
    return text_error("", 0, language.empty, "the file is empty", remedy)


def kind_error(text: str, language: Language) -> TextError | None:
    """Return the error that names the kind of a text in another format; None if it is not clear."""
    kind = recognise(text)
    if kind is None or kind.name == language.name:
        return None
    return text_error(text, 0, language.kind, f"this is {kind.name}", kind.remedy)


def depth_error(text: str, offset: int, language: Language) -> TextError:
    """Return the error of lists and objects that are nested too deep."""
    message = f"lists and objects are nested more than {MAX_DEPTH} deep"
    return text_error(text, offset, language.depth, message, "Flatten it.")


def number_error(
    text: str, offset: int, raw: str, problem: str, language: Language, pointer: str
) -> TextError:
    """Return the error of a number that not every reader can represent."""
    remedy = "Write a number that a double holds, or write it as text."
    message = f"{shortened(raw, 40)} {problem}"
    return text_error(text, offset, language.number, message, remedy, pointer)


def duplicate_error(
    text: str, name: str, first: int, second: int, language: Language, pointer: str
) -> TextError:
    """Return the error of a key that an object has twice."""
    lines = f"line {_line(text, first)} and line {_line(text, second)}"
    message = f"the key {json.dumps(shortened(name, 60))} is there twice, in {lines}"
    return text_error(text, second, language.duplicate, message, "Delete one of the two.", pointer)


def surrogate_error(text: str, offset: int, language: Language, pointer: str) -> TextError:
    """Return the error of an escape that is not a character."""
    message = "half of a surrogate pair (\\ud800 to \\udfff) is not a character"
    remedy = "Write the character itself, or both halves of its escape."
    if language is YAML:
        remedy = "Write the character itself."
    return text_error(text, offset, language.surrogate, message, remedy, pointer)
