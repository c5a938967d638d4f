"""YAML read strictly: the JSON values of its documents, and their places in the text.

The language is YAML 1.2 with its core schema: ``no`` is text, ``010`` is ten, ``0o10`` is eight and
``1:30`` is text. A key is the text as it is written, also ``200``. Tags, merge keys (``<<``), keys
that are lists or objects, duplicate keys, ``.inf`` and ``.nan`` are refused, because they are not
JSON or readers differ about them.

PyYAML only parses: it reports events with their places, and resolves, constructs and composes
nothing. An alias has the value of its anchor; the size of all aliases together is limited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from lukhas_notion.manifests.json_values import JsonValue, join_pointer, quote
from lukhas_notion.manifests.source_text import (
    BEYOND,
    INTEGER_DIGITS,
    MAX_DEPTH,
    MAX_INTEGER,
    SURROGATE,
    TOO_LARGE,
    YAML,
    Node,
    Problem,
    TextError,
    depth_error,
    duplicate_error,
    empty_error,
    kind_error,
    number_error,
    surrogate_error,
    syntax_error,
    text_error,
)

# libyaml's parser, or the same one in Python where the platform does not have libyaml.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

#: Values, and characters of scalars, of all aliases of a document together.
MAX_ALIASED = 1_000_000
#: First characters of plain scalars that may be something else than text.
_TYPED = frozenset("-+.0123456789~nNtTfF")
_WORDS: dict[str, JsonValue] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document: its value, the places of that, and its number in the file, from 0."""

    value: JsonValue
    root: Node
    number: int


def parse_documents(text: str) -> list[YamlDocument]:
    """Return the documents of a YAML text that are not empty.

    Raises:
        TextError: the text is not YAML, is empty, or has a construct that is refused here.
    """
    try:
        documents = list(_Composer(text).documents())
    except TextError as error:
        raise kind_error(text, YAML) or error from None
    except yaml.YAMLError as error:
        raise kind_error(text, YAML) or _syntax_error(text, error) from None
    if not documents:
        raise empty_error(YAML)
    return documents


@dataclass(slots=True)
class _Composed:
    """A value with its places; the size and the depth that an alias of it adds."""

    value: JsonValue
    node: Node
    size: int
    depth: int


@dataclass(slots=True)
class _Frame:
    """A list or an object that is being read.

    Args:
        value: its content so far.
        node: its place.
        anchor: the name of its anchor, "" for none.
        is_flow: whether it is written in brackets.
        key: the key of the next value, None where a key comes next.
        key_place: the place of that key.
        keys: the place of each key so far.
    """

    value: list[JsonValue] | dict[str, JsonValue]
    node: Node
    anchor: str
    is_flow: bool
    key: str | None = None
    key_place: tuple[int, int] | None = None
    keys: dict[str, int] = field(default_factory=dict)
    size: int = 1
    depth: int = 1


class _Composer:
    """Makes values of the parser's events, without recursion."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._frames: list[_Frame] = []
        self._anchors: dict[str, _Composed] = {}
        self._aliased = 0

    def documents(self) -> Iterator[YamlDocument]:
        """Yield each document that is not empty."""
        number = -1
        root: _Composed | None = None
        for event in yaml.parse(self._text, Loader=_Loader):
            if isinstance(event, yaml.DocumentStartEvent):
                number += 1
                self._anchors, self._aliased, root = {}, 0, None
                self._require_version(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                # A document of comments alone is a null without any text.
                if root and (root.value is not None or root.node.start != root.node.end):
                    yield YamlDocument(root.value, root.node, number)
            elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                root = self._take(event) or root

    def _take(self, event: Any) -> _Composed | None:
        """Take the next event of a document; return the root when it is complete."""
        if isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
            return None
        if isinstance(event, yaml.CollectionEndEvent):
            composed, anchor = self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            composed, anchor = self._alias(event), ""
        elif self._takes_key(event):
            return None
        else:
            composed, anchor = self._scalar(event), event.anchor
        if anchor:
            self._anchors[anchor] = composed
        return self._add(composed)

    def _open(self, event: Any) -> None:
        start = event.start_mark.index
        self._require_untagged(event)
        self._require_key(start)
        if len(self._frames) == MAX_DEPTH:
            raise depth_error(self._text, start, YAML)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        node = Node(start, event.end_mark.index, inside=[] if is_list else {})
        frame = _Frame([] if is_list else {}, node, event.anchor or "", bool(event.flow_style))
        # Its own content cannot refer to it.
        self._anchors.pop(frame.anchor, None)
        self._frames.append(frame)

    def _close(self, event: Any) -> tuple[_Composed, str]:
        frame = self._frames.pop()
        if frame.is_flow:
            frame.node.end = event.end_mark.index
        return _Composed(frame.value, frame.node, frame.size, frame.depth), frame.anchor

    def _alias(self, event: Any) -> _Composed:
        start, name = event.start_mark.index, event.anchor
        self._require_key(start)
        target = self._anchors.get(name)
        if target is None:
            is_open = any(frame.anchor == name for frame in self._frames)
            why = "is inside what it refers to" if is_open else "refers to no anchor before it"
            raise self._error(start, f"the alias {quote('*' + name)} {why}", "Write the value out.")
        self._aliased += target.size
        if self._aliased > MAX_ALIASED:
            message = f"the aliases add up to more than {MAX_ALIASED:,} values and characters"
            raise self._error(start, message, "Write the values out.", rule="yaml.alias")
        if len(self._frames) + target.depth > MAX_DEPTH:
            raise depth_error(self._text, start, YAML)
        # The value is at the alias, and its content at the anchor.
        node = Node(start, event.end_mark.index, inside=target.node.inside)
        return _Composed(target.value, node, target.size, target.depth)

    def _scalar(self, event: Any) -> _Composed:
        start = event.start_mark.index
        self._require_untagged(event)
        text = event.value
        self._require_characters(text, start)
        value: JsonValue = text
        if not event.style and (not text or text[0] in _TYPED):
            value = self._plain(text, start)
        return _Composed(value, Node(start, event.end_mark.index), 1 + len(text), 0)

    def _plain(self, text: str, start: int) -> JsonValue:
        """Return the value of a scalar without quotation marks by the core schema."""
        if text in _WORDS:
            return _WORDS[text]
        problem = ""
        if _INTEGER.fullmatch(text):
            value = int(text, 0) if text[1:2] in ("o", "x") else _decimal(text)
            if value is not None and abs(value) <= MAX_INTEGER:
                return value
            problem = BEYOND
        elif _FLOAT.fullmatch(text):
            real = float(text)
            if not math.isinf(real):
                return real
            problem = TOO_LARGE
        elif _NOT_FINITE.fullmatch(text):
            problem = "is not a number in JSON"
        if problem:
            raise number_error(self._text, start, text, problem, YAML, self._pointer())
        return text

    def _takes_key(self, event: Any) -> bool:
        """Take a scalar as the next key of an object; return whether a key comes next."""
        frame = self._frames[-1] if self._frames else None
        if frame is None or isinstance(frame.value, list) or frame.key is not None:
            return False
        start, name = event.start_mark.index, event.value
        self._require_untagged(event)
        if event.anchor:
            raise self._error(start, "a key has an anchor", "Write the anchor at the value.")
        if name == "<<" and not event.style:
            message = "a merge key (<<) is not YAML 1.2"
            raise self._error(start, message, "Write the keys out.", rule="yaml.merge")
        self._require_characters(name, start)
        if name in frame.keys:
            first, pointer = frame.keys[name], self._pointer() + join_pointer([name])
            raise duplicate_error(self._text, name, first, start, YAML, pointer)
        frame.key, frame.key_place = name, (start, event.end_mark.index)
        frame.keys[name] = start
        return True

    def _add(self, composed: _Composed) -> _Composed | None:
        """Add a value to the list or object around it; return it if it is the root."""
        if not self._frames:
            return composed
        frame = self._frames[-1]
        frame.size += composed.size
        frame.depth = max(frame.depth, composed.depth + 1)
        if not frame.is_flow:
            frame.node.end = max(frame.node.end, composed.node.end)
        inside = frame.node.inside
        if isinstance(frame.value, list) and isinstance(inside, list):
            frame.value.append(composed.value)
            inside.append(composed.node)
        elif isinstance(frame.value, dict) and isinstance(inside, dict) and frame.key is not None:
            composed.node.key = frame.key_place
            frame.value[frame.key] = composed.value
            inside[frame.key] = composed.node
            frame.key = None
        return None

    def _require_key(self, start: int) -> None:
        """Refuse a list, an object or an alias as a key."""
        frame = self._frames[-1] if self._frames else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            raise self._error(start, "a key is not text", "Write the key as text.", rule="yaml.key")

    def _require_characters(self, text: str, start: int) -> None:
        if not text.isascii() and SURROGATE.search(text):
            raise surrogate_error(self._text, start, YAML, self._pointer())

    def _require_untagged(self, event: Any) -> None:
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            message = f"the tag {quote(tag)} makes it more than a JSON value"
            start = event.start_mark.index
            raise self._error(start, message, "Remove the tag.", rule="yaml.tag")

    def _require_version(self, event: Any) -> None:
        if event.version is not None and tuple(event.version) != (1, 2):
            message = f"%YAML {'.'.join(map(str, event.version))}, and it is read as YAML 1.2"
            remedy = "Remove the line, and check that nothing in the file changes its meaning."
            raise self._error(event.start_mark.index, message, remedy)

    def _pointer(self) -> str:
        """Return the pointer of the value that is being read."""
        tokens: list[str | int] = []
        for frame in self._frames:
            if isinstance(frame.value, list):
                tokens.append(len(frame.value))
            elif frame.key is not None:
                tokens.append(frame.key)
        return join_pointer(tokens)

    def _error(
        self, offset: int, message: str, remedy: str, *, rule: str = YAML.syntax
    ) -> TextError:
        return text_error(self._text, offset, rule, message, remedy, self._pointer())


def _decimal(text: str) -> int | None:
    """Return a decimal number, None where it has too many digits."""
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) >= INTEGER_DIGITS:
        return None
    return -int(digits) if text.startswith("-") else int(digits)


_OPEN_TEXT = "unexpected end of stream"
_PROBLEMS = (
    Problem("a tab", "a tab in the indentation", "Write spaces instead."),
    Problem(
        "mapping values are not allowed",
        "a second colon within a value",
        'Put the value in quotes: key: "a: b".',
    ),
    Problem("could not find expected ':'", "a key without a colon", "Write key: value."),
    Problem(_OPEN_TEXT, "the text that begins here is never closed", "Add the quotation mark."),
    Problem(
        "cannot start any token",
        "text begins with a character that has a meaning in YAML",
        "Put the text in quotes.",
    ),
    Problem(
        "alphabetic or numeric character",
        "an anchor or an alias without a name",
        "Put the text in quotes.",
    ),
    Problem("unknown escape", "a backslash that begins no escape", "Write the backslash as \\\\."),
    Problem(
        "expected escape sequence", "an escape that is not complete", "Write all of its digits."
    ),
    Problem("hexdecimal number", "an escape that is not complete", "Write all of its digits."),
    Problem(
        "Unicode character code", "an escape that is not a character", "Write the character itself."
    ),
    Problem("invalid Unicode", "an escape that is not a character", "Write the character itself."),
    Problem("control characters are not allowed", "a control character", "Write it as an escape."),
    Problem("special characters are not allowed", "a control character", "Write it as an escape."),
    *(
        Problem(
            words, "the indentation does not fit what is around it", "Indent it like its siblings."
        )
        for words in ("<block end>", "expected key", "'-' indicator")
    ),
    Problem(
        "sequence entries are not allowed",
        "a list begins in the line of its key",
        "Begin the list in a line of its own.",
    ),
    Problem("',' or ']'", "a bracket is never closed, or a comma is missing", "Close the bracket."),
    Problem("',' or '}'", "a brace is never closed, or a comma is missing", "Close the brace."),
    Problem(
        "node content",
        "a value is missing here, or begins with a character that has a meaning in YAML",
        "Write a value, or put the text in quotes.",
    ),
    Problem(
        "<document start>", "more text after the end of the document", "Begin a document with ---."
    ),
    Problem("incompatible YAML document", "another version of YAML", "Remove the %YAML line."),
)


def _syntax_error(text: str, error: yaml.YAMLError) -> TextError:
    """Return the error with a message that does not depend on the parser."""
    mark = getattr(error, "problem_mark", None)
    offset = min(mark.index if mark else getattr(error, "position", 0) or 0, len(text))
    reason = str(getattr(error, "problem", "") or getattr(error, "reason", "") or "")
    begin = text.rfind("\n", 0, offset) + 1
    indent = re.match(r"[ ]*\t", text[begin:])
    if text[offset : offset + 1] == "\t" or indent:
        offset, reason = (begin + indent.end() - 1 if indent else offset), "a tab"
    elif _OPEN_TEXT in reason and (opening := getattr(error, "context_mark", None)):
        offset = opening.index
    return syntax_error(text, offset, reason, _PROBLEMS, YAML)
