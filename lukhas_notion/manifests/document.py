"""The documents of a JSON or YAML file, read with the place of every value.

JSON is read as RFC 8259 defines it; :mod:`lukhas_notion.manifests.yaml_reader` reads YAML.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Literal

from lukhas_notion.manifests.json_values import JsonObject, JsonValue, join_pointer
from lukhas_notion.manifests.source_text import (
    BEYOND,
    INTEGER_DIGITS,
    JSON,
    MAX_DEPTH,
    MAX_INTEGER,
    SURROGATE,
    TOO_LARGE,
    YAML,
    Language,
    Node,
    Places,
    Problem,
    TextError,
    decode,
    depth_error,
    duplicate_error,
    kind_error,
    number_error,
    surrogate_error,
    syntax_error,
)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file.

    Args:
        text: the text of the whole file.
        value: the content of the document.
        number: its number in the file, from 0; None where it is the only one.
        find_places: finds the places of its values in the text.
        language: the language of the file.
    """

    text: str = field(repr=False)
    value: JsonValue = field(repr=False)
    number: int | None
    find_places: Callable[[], Places] = field(repr=False, compare=False)
    language: Language = JSON

    @property
    def places(self) -> Places:
        """The places of its values."""
        return self.find_places()


def language_of(path: str) -> Language:
    """Return the language of a file by its extension."""
    return YAML if path.lower().endswith((".yaml", ".yml")) else JSON


def read_documents(path: str, content: bytes, max_bytes: int) -> list[Document]:
    """Return the documents of a file, at least one.

    Raises:
        TextError: the file is invalid, or larger than ``max_bytes``.
    """
    language = language_of(path)
    return documents_of(decode(content, language, max_bytes=max_bytes), language)


def documents_of(text: str, language: Language) -> list[Document]:
    """Return the documents of a text, at least one.

    Raises:
        TextError: the text is invalid.
    """
    if language is JSON:
        return [Document(text, parse_text(text), None, partial(json_places, text))]
    # It takes a fortieth of a second to import, which only repositories with YAML need.
    from lukhas_notion.manifests.yaml_reader import parse_documents

    parsed = parse_documents(text)
    return [
        Document(
            text,
            document.value,
            document.number if len(parsed) > 1 else None,
            partial(Places, text, document.root),
            YAML,
        )
        for document in parsed
    ]


# --- JSON --------------------------------------------------------------------------------------

#: One string, closed or not. It cannot backtrack.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_TOKEN = re.compile(_STRING + r'|[\[\]{}]|[^ \t\r\n:,\[\]{}"]++', re.DOTALL)
_BRACKET = re.compile(_STRING + r"|[\[\]{}]", re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

_Role = Literal["key", "scalar", "open", "close"]


def parse_text(text: str) -> JsonValue:
    """Return the value of a JSON text.

    Raises:
        TextError: the text is not JSON, nested too deep, or ambiguous.
    """
    _require_depth(text)
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


class _Hooks:
    """Hooks of the parser that note what the grammar allows and we do not.

    They do not raise, so that a syntax error further on is reported first, and :func:`_diagnose`,
    which finds the place, can rely on the syntax.
    """

    def __init__(self) -> None:
        self.suspicious = False

    def pairs(self, pairs: list[tuple[str, JsonValue]]) -> JsonObject:
        result = dict(pairs)
        if len(result) != len(pairs):
            self.suspicious = True
        return result

    def integer(self, digits: str) -> int:
        if len(digits) <= INTEGER_DIGITS and abs(value := int(digits)) <= MAX_INTEGER:
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


def _require_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _BRACKET.finditer(text):
        char = text[match.start()]
        if char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise depth_error(text, match.start(), JSON)


_PROBLEMS = (
    Problem("trailing comma", "a comma before a closing bracket", "Delete the comma."),
    Problem("end of text", "the file ends in the middle of the document", "Write the rest of it."),
    Problem("comment", "a comment; JSON has none", "Delete the comment."),
    Problem("single quote", "text in single quotes", 'Use double quotes: "…".'),
    Problem("Expecting value", "a value is missing here", "Write a JSON value."),
    Problem(
        "Expecting property name", "a key in double quotes is missing here", 'Write "key": value.'
    ),
    Problem(
        "Expecting ':'", "the colon between key and value is missing here", 'Write "key": value.'
    ),
    Problem("Expecting ','", "a comma or a closing bracket is missing here", "Add it."),
    Problem("Extra data", "there is more text after the end of the document", "Delete it."),
    Problem(
        "Unterminated string", "the text that begins here is never closed", "Add a double quote."
    ),
    Problem("Invalid control", "a line break or control character in text", "Write \\n or \\t."),
    Problem("Invalid \\", "a backslash that begins no JSON escape", "Write the backslash as \\\\."),
)
#: The problem by the character at the error, where the parser's message does not have it.
_BY_CHARACTER = {"": "end of text", "/": "comment", "#": "comment", "'": "single quote"}


def _syntax_error(text: str, error: json.JSONDecodeError) -> TextError:
    """Return the error with a message and a place that do not depend on the version of Python."""
    if other := kind_error(text, JSON):
        return other
    here = text[error.pos : error.pos + 1]
    before = text[: error.pos].rstrip(" \t\r\n")
    offset, reason = error.pos, _BY_CHARACTER.get(here, error.msg)
    if "trailing comma" in error.msg or (here in ("]", "}") and before.endswith(",")):
        offset, reason = (error.pos if here == "," else len(before) - 1), "trailing comma"
    return syntax_error(text, offset, reason, _PROBLEMS, JSON)


def _diagnose(text: str) -> None:
    """Raise for the first key or value that JSON readers differ about, if there is one."""
    # For every container around: the keys seen so far with their places, None in a list; and the
    # token of the present value.
    seen: list[dict[str, int] | None] = []
    tokens: list[str | int] = []
    for role, start, end in _scan(text):
        if role == "close":
            seen.pop()
            tokens.pop()
            continue
        if role == "key":
            name = _unquote(text[start:end])
            tokens[-1] = name
            keys = seen[-1] or {}
            if name in keys:
                pointer = join_pointer(tokens)
                raise duplicate_error(text, name, keys[name], start, JSON, pointer)
            if SURROGATE.search(name):
                raise surrogate_error(text, start, JSON, join_pointer(tokens[:-1]))
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
        if _ESCAPED_SURROGATE.search(raw) and SURROGATE.search(_unquote(raw)):
            raise surrogate_error(text, start, JSON, join_pointer(tokens))
    elif problem := _number_problem(raw):
        raise number_error(text, start, raw, problem, JSON, join_pointer(tokens))


def _number_problem(raw: str) -> str:
    if raw in ("true", "false", "null"):
        return ""
    digits = raw.removeprefix("-")
    if digits in ("NaN", "Infinity"):
        return "is not a number in JSON"
    if not digits.isdecimal():
        return TOO_LARGE if math.isinf(float(raw)) else ""
    if len(raw) <= INTEGER_DIGITS and int(digits) <= MAX_INTEGER:
        return ""
    return BEYOND


@lru_cache(maxsize=4)
def json_places(text: str) -> Places:
    """Return the places of the values of a JSON text that :func:`parse_text` accepts."""
    roots: list[Node] = []
    open_nodes = [Node(0, len(text), inside=roots)]
    key: tuple[int, int] | None = None
    for role, start, end in _scan(text):
        if role == "key":
            key = (start, end)
            continue
        if role == "close":
            open_nodes.pop().end = end
            continue
        node = Node(start, end, key)
        parent = open_nodes[-1].inside
        if isinstance(parent, list):
            parent.append(node)
        elif isinstance(parent, dict) and key is not None:
            parent[_unquote(text[slice(*key)])] = node
        key = None
        if role == "open":
            node.inside = {} if text[start] == "{" else []
            open_nodes.append(node)
    return Places(text, roots[0])


def _scan(text: str) -> Iterator[tuple[_Role, int, int]]:
    """Yield every key, scalar and bracket of a text, with its start and its end."""
    around: list[str] = []
    is_key = False
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        char = text[start]
        if is_key and char == '"':
            yield "key", start, end
            is_key = False
            continue
        if char in "[{":
            yield "open", start, end
            around.append(char)
        elif char in "]}":
            around.pop()
            yield "close", start, end
        else:
            yield "scalar", start, end
        is_key = bool(around) and around[-1] == "{"


def _unquote(raw: str) -> str:
    """Return the text of a JSON string."""
    return str(json.loads(raw)) if "\\" in raw else raw[1:-1]
