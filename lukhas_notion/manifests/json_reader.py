"""JSON read strictly: what is refused, and where in the text it stands.

A manifest may be written by a stranger, so nothing here recurses without a bound, backtracks or
takes more than linear time; and what two JSON readers could understand differently is refused:
duplicate keys, ``NaN``, half surrogate pairs, numbers beyond those that I-JSON (RFC 7493) promises.

The fast path is the standard library's parser; places are sought only once something is wrong.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import TypeAlias

from lukhas_notion.manifests.json_locations import (
    STRING,
    Span,
    locate,
    locate_key,
    locate_nearest,
    position,
    scan,
    spans,
    unquote,
)
from lukhas_notion.manifests.pointers import join_pointer
from lukhas_notion.util.read_files import recognise

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_INTEGER",
    "JsonObject",
    "JsonTextError",
    "JsonValue",
    "Span",
    "decode",
    "locate",
    "locate_key",
    "locate_nearest",
    "parse",
    "parse_text",
    "spans",
]

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 200
MAX_INTEGER = 2**53 - 1

# As many characters as the longest allowed integer has, sign included.
_INTEGER_DIGITS = len(str(-MAX_INTEGER))
_BRACKET = re.compile(STRING + r"|[\[\]{}]", re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonTextError(Exception):
    """A text that is not JSON, or not JSON that every reader understands alike.

    Args:
        message: what is wrong, in words for a person.
        line: 1-based.
        column: 1-based, in characters.
        pointer: the JSON pointer of what is wrong; "" for the whole document.
        rule: ``json.`` and a stable name.
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


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Return the value of a JSON document in UTF-8.

    Raises:
        JsonTextError: it is not one, or is larger than ``max_bytes`` or deeper than ``max_depth``.
    """
    return parse_text(decode(data, max_bytes=max_bytes), max_depth=max_depth)


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a JSON document in UTF-8.

    Raises:
        JsonTextError: it is too large, empty, begins with a byte order mark, or is not UTF-8.
    """
    if len(data) > max_bytes:
        message = f"the file is larger than {max_bytes:,} bytes"
        remedy = "Make it smaller, or exclude it."
        raise JsonTextError(message, 1, 1, pointer="", rule="json.size", remedy=remedy)
    encoding = _other_encoding(data)
    if encoding:
        message = f"the file is {encoding}; JSON is plain UTF-8"
        remedy = "Save the file as UTF-8 without a byte order mark."
        raise JsonTextError(message, 1, 1, pointer="", rule="json.encoding", remedy=remedy)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x} cannot stand here"
        remedy = "Save the file as UTF-8."
        raise _error(before, len(before), message, rule="json.encoding", remedy=remedy) from None
    if not text.strip(" \t\r\n"):
        remedy = "Write a JSON object into it."
        raise JsonTextError("the file is empty", 1, 1, pointer="", rule="json.empty", remedy=remedy)
    return text


def parse_text(text: str, *, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Return the value of a JSON text.

    Raises:
        JsonTextError: it is not JSON, or deeper than ``max_depth``.
    """
    _refuse_depth(text, max_depth)
    hooks = _Hooks()
    try:
        value: JsonValue = json.loads(
            text,
            object_pairs_hook=hooks.pairs,
            parse_int=hooks.integer,
            parse_float=hooks.real,
            parse_constant=hooks.constant,
        )
    except json.JSONDecodeError as error:
        raise _syntax_error(text, error) from None
    if hooks.suspicious or _ESCAPED_SURROGATE.search(text):
        _diagnose(text)
    return value


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
    # JSON begins with two ASCII characters, so the zeros tell the width (RFC 4627, section 3).
    if data[:4].count(0) == 3:
        return "UTF-32 without a byte order mark"
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        return "UTF-16 without a byte order mark"
    return ""


class _Hooks:
    """What the parser met that is JSON by its grammar and not by our rules.

    The hooks only take note, so that a syntax error further on still comes first, and the
    diagnosis that names the place can trust the syntax.
    """

    def __init__(self) -> None:
        self.suspicious = False

    def pairs(self, pairs: list[tuple[str, JsonValue]]) -> JsonObject:
        result = dict(pairs)
        if len(result) != len(pairs):
            self.suspicious = True
        return result

    def integer(self, digits: str) -> int:
        if len(digits) <= _INTEGER_DIGITS and abs(value := int(digits)) <= MAX_INTEGER:
            return value
        self.suspicious = True
        return 0

    def real(self, digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            self.suspicious = True
        return value

    def constant(self, _name: str) -> None:
        self.suspicious = True


def _refuse_depth(text: str, max_depth: int) -> None:
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for match in _BRACKET.finditer(text):
        char = text[match.start()]
        if char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        if depth > max_depth:
            message = f"lists and objects stand more than {max_depth} deep in one another"
            raise _error(text, match.start(), message, rule="json.depth", remedy="Flatten it.")


def _syntax_error(text: str, error: json.JSONDecodeError) -> JsonTextError:
    """Say it in the same words, at the same place, whatever the version of Python."""
    if kind := recognise(text):
        message = f"this is {kind.name}"
        return _error(text, 0, message, rule="json.kind", remedy=kind.remedy)
    here = text[error.pos : error.pos + 1]
    before = text[: error.pos].rstrip(" \t\r\n")
    offset = error.pos
    if "trailing comma" in error.msg or (here in ("]", "}") and before.endswith(",")):
        offset = error.pos if here == "," else len(before) - 1
        said, remedy = "a comma before a closing bracket", "Delete the comma."
    elif not here:
        said, remedy = "the file ends in the middle of the document", "Write the rest of it."
    elif here in ("/", "#"):
        said, remedy = "a comment; JSON has none", "Delete the comment."
    elif here == "'":
        said, remedy = "text in single quotes", 'Use double quotes: "…".'
    else:
        said, remedy = next(
            (words for start, *words in _SYNTAX if error.msg.startswith(start)), (error.msg, "")
        )
    return _error(text, offset, f"not JSON: {said}", rule="json.syntax", remedy=remedy)


_SYNTAX = (
    ("Expecting value", "a value is missing here", "Write a JSON value."),
    ("Expecting property name", "a key in double quotes is missing here", 'Write "key": value.'),
    ("Expecting ':'", "the colon between key and value is missing here", 'Write "key": value.'),
    ("Expecting ','", "a comma or a closing bracket is missing here", "Add it."),
    ("Extra data", "there is more text after the end of the document", "Delete it."),
    ("Unterminated string", "the text that begins here is never closed", "Add a double quote."),
    ("Invalid control", "a line break or control character inside text", "Write \\n or \\t."),
    ("Invalid \\", "a backslash that begins no JSON escape", "Write the backslash as \\\\."),
)


def _diagnose(text: str) -> None:
    """Raise for the first key or value that JSON readers differ about, if there is one."""
    # One entry for every container around: the keys seen so far, None in a list; and the token
    # of the value at hand.
    seen: list[dict[str, int] | None] = []
    tokens: list[str | int] = []
    for role, start, end in scan(text):
        if role == "close":
            seen.pop()
            tokens.pop()
            continue
        if role == "key":
            name = unquote(text[start:end])
            tokens[-1] = name
            keys = seen[-1] or {}
            if name in keys:
                raise _duplicate(text, name, keys[name], start, tokens)
            if _SURROGATE.search(name):
                raise _half_pair(text, start, tokens[:-1])
            seen[-1] = keys
            keys[name] = start
            continue
        if seen and seen[-1] is None:
            tokens[-1] = int(tokens[-1]) + 1
        if role == "open":
            seen.append({} if text[start] == "{" else None)
            tokens.append(-1)
        else:
            _check_scalar(text, start, text[start:end], tokens)


def _check_scalar(text: str, start: int, raw: str, tokens: Iterable[str | int]) -> None:
    if raw.startswith('"'):
        if _ESCAPED_SURROGATE.search(raw) and _SURROGATE.search(unquote(raw)):
            raise _half_pair(text, start, tokens)
    elif problem := _number_problem(raw):
        shown = raw if len(raw) <= 40 else raw[:40] + "…"
        remedy = "Write a number that a double holds, or write it as text."
        message = f"{shown} {problem}"
        raise _error(
            text, start, message, rule="json.number", remedy=remedy, pointer=join_pointer(tokens)
        )


def _number_problem(raw: str) -> str:
    if raw in ("true", "false", "null"):
        return ""
    digits = raw.removeprefix("-")
    if digits in ("NaN", "Infinity"):
        return "is not a number in JSON"
    if not digits.isdecimal():
        return "is too large for a double" if math.isinf(float(raw)) else ""
    if len(raw) <= _INTEGER_DIGITS and int(digits) <= MAX_INTEGER:
        return ""
    return f"is beyond ±{MAX_INTEGER}, the integers that every JSON reader holds"


def _duplicate(
    text: str, name: str, first: int, second: int, tokens: Iterable[str | int]
) -> JsonTextError:
    shown = json.dumps(name if len(name) <= 60 else name[:60] + "…", ensure_ascii=True)
    lines = f"line {position(text, first)[0]} and line {position(text, second)[0]}"
    message = f"the key {shown} is there twice, in {lines}"
    pointer = join_pointer(tokens)
    return _error(
        text,
        second,
        message,
        rule="json.duplicate",
        remedy="Delete one of the two.",
        pointer=pointer,
    )


def _half_pair(text: str, start: int, tokens: Iterable[str | int]) -> JsonTextError:
    message = "half of a surrogate pair (\\ud800 to \\udfff) is not a character"
    remedy = "Write the character itself, or both halves of its escape."
    return _error(
        text, start, message, rule="json.surrogate", remedy=remedy, pointer=join_pointer(tokens)
    )


def _error(
    text: str, offset: int, message: str, *, rule: str, remedy: str, pointer: str = ""
) -> JsonTextError:
    line, column = position(text, offset)
    return JsonTextError(message, line, column, pointer=pointer, rule=rule, remedy=remedy)
