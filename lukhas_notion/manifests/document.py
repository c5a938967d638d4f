"""The documents of a JSON or YAML file, read with the place of every value."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from lukhas_notion.manifests.json_values import JsonObject, JsonValue, join_pointer
from lukhas_notion.manifests.source_text import (
    BEYOND,
    INTEGER_DIGITS,
    JSON,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INTEGER,
    SURROGATE,
    TOO_LARGE,
    YAML,
    Language,
    Node,
    Places,
    TextError,
    decode,
    duplicate,
    half_pair,
    no_number,
    other_kind,
    text_error,
    too_deep,
)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file.

    Args:
        text: the text of the whole file.
        value: what the document says.
        number: its number in the file, from 0; None where it is the only one.
        find_places: finds its places in the text.
        language: what it is written in.
    """

    text: str = field(repr=False)
    value: JsonValue = field(repr=False)
    number: int | None
    find_places: Callable[[], Places] = field(repr=False, compare=False)
    language: Language = JSON

    @property
    def places(self) -> Places:
        """Where its values stand."""
        return self.find_places()


def language_of(path: str) -> Language:
    """Return the language of a file by its ending."""
    return YAML if path.lower().endswith((".yaml", ".yml")) else JSON


def read_documents(path: str, content: bytes, max_bytes: int) -> list[Document]:
    """Return the documents of a file, at least one.

    Raises:
        TextError: it cannot be read; the error has the place.
    """
    language = language_of(path)
    return documents_of(decode(content, language, max_bytes=max_bytes), language)


def documents_of(text: str, language: Language) -> list[Document]:
    """Return the documents of a text, at least one.

    Raises:
        TextError: as :func:`read_documents`.
    """
    if language is JSON:
        return [Document(text, parse_text(text), None, lambda: json_places(text))]
    # A fortieth of a second to import, which a repository without YAML need not pay.
    from lukhas_notion.manifests.yaml_reader import parse_documents

    found = parse_documents(text)
    return [
        Document(
            text,
            each.value,
            each.number if len(found) > 1 else None,
            lambda root=each.root: Places(text, root),  # type: ignore[misc]
            YAML,
        )
        for each in found
    ]


STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
"""A regular expression for one string, closed or not, that cannot backtrack."""

_TOKEN = re.compile(STRING + r'|[\[\]{}]|[^ \t\r\n:,\[\]{}"]++', re.DOTALL)
_INDEXES_KEPT = 4

Role = Literal["key", "scalar", "open", "close"]


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


@lru_cache(maxsize=_INDEXES_KEPT)
def json_places(text: str) -> Places:
    """Return the places of a JSON text."""
    listed: list[Node] = []
    open_nodes = [Node(0, len(text), inside=listed)]
    key: tuple[int, int] | None = None
    for role, start, end in scan(text):
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
            parent[unquote(text[slice(*key)])] = node
        key = None
        if role == "open":
            node.inside = {} if text[start] == "{" else []
            open_nodes.append(node)
    (root,) = listed
    return Places(text, root)


_BRACKET = re.compile(STRING + r"|[\[\]{}]", re.DOTALL)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Return the value of a JSON document in UTF-8.

    Raises:
        TextError: it is not one, or is larger than ``max_bytes`` or deeper than ``max_depth``.
    """
    return parse_text(decode(data, max_bytes=max_bytes), max_depth=max_depth)


def parse_text(text: str, *, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Return the value of a JSON text.

    Raises:
        TextError: it is not JSON, or deeper than ``max_depth``.
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
            raise too_deep(text, match.start(), JSON, max_depth)


def _syntax_error(text: str, error: json.JSONDecodeError) -> TextError:
    """Say it in the same words, at the same place, whatever the version of Python."""
    if other := other_kind(text, JSON):
        return other
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
    return text_error(text, offset, f"not JSON: {said}", rule=JSON.syntax, remedy=remedy)


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
                raise duplicate(text, name, keys[name], start, JSON, join_pointer(tokens))
            if SURROGATE.search(name):
                raise half_pair(text, start, JSON, join_pointer(tokens[:-1]))
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
        if _ESCAPED_SURROGATE.search(raw) and SURROGATE.search(unquote(raw)):
            raise half_pair(text, start, JSON, join_pointer(tokens))
    elif problem := _number_problem(raw):
        raise no_number(text, start, raw, problem, JSON, join_pointer(tokens))


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
