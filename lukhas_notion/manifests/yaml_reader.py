"""YAML read strictly: the JSON values that its documents say, and where in the text they stand.

The language is YAML 1.2 with its core schema: ``no`` is text, ``010`` is ten, ``0o10`` is eight and
``1:30`` is text. A key is the text that is written, also ``200``. What is not JSON, or not what
everybody expects, is refused: tags, merge keys (``<<``), keys that are lists or objects, keys that
are there twice, ``.inf`` and ``.nan``.

PyYAML's parser gives events with their places; nothing of PyYAML resolves, constructs or composes
anything. An alias stands for the value of its anchor, and what all of them add up to is bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
    TextError,
    duplicate,
    empty_file,
    half_pair,
    no_number,
    other_kind,
    text_error,
    too_deep,
)

# The same parser twice: libyaml's, and where the platform has none, the one in Python.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

#: Values, and characters of scalars, that the aliases of a document may add up to.
MAX_ALIASED = 1_000_000
#: By its first character, a plain scalar may be something else than text.
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
    """One document: what it says, where its values stand, and its number in the file, from 0."""

    value: JsonValue
    root: Node
    number: int


def parse_documents(text: str) -> list[YamlDocument]:
    """Return the documents of a YAML text that are not empty.

    Raises:
        TextError: it is not YAML, has none of them, or has what is refused here.
    """
    try:
        found = list(_Composer(text).documents())
    except TextError as error:
        raise other_kind(text, YAML) or error from None
    except yaml.YAMLError as error:
        raise other_kind(text, YAML) or _syntax_error(text, error) from None
    if not found:
        raise empty_file(YAML)
    return found


@dataclass(slots=True)
class _Anchored:
    """A value that has an anchor, with what an alias of it adds."""

    value: JsonValue
    node: Node
    weight: int
    height: int


@dataclass(slots=True)
class _Frame:
    """A list or an object that is being read.

    Args:
        value: what it holds so far.
        node: where it stands.
        anchor: its anchor's name, "" for none.
        is_flow: whether it is written in brackets.
        key: the key whose value comes next, and where it stands; None where a key comes next.
    """

    value: list[JsonValue] | dict[str, JsonValue]
    node: Node
    anchor: str
    is_flow: bool
    key: str | None = None
    key_place: tuple[int, int] | None = None
    keys: dict[str, int] = field(default_factory=dict)
    weight: int = 1
    height: int = 1


class _Composer:
    """Makes values of the events of a text, without recursion."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._frames: list[_Frame] = []
        self._anchors: dict[str, _Anchored] = {}
        self._aliased = 0

    def documents(self) -> Iterator[YamlDocument]:
        """Yield each document that is not empty."""
        number = -1
        root: _Anchored | None = None
        for event in yaml.parse(self._text, Loader=_Loader):
            if isinstance(event, yaml.DocumentStartEvent):
                number += 1
                self._anchors, self._aliased, root = {}, 0, None
                self._require_version(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                if root is not None and not _is_blank(root):
                    yield YamlDocument(root.value, root.node, number)
            elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                root = self._take(event) or root

    def _take(self, event: Any) -> _Anchored | None:
        """Take the next event of a document; return its root where that is complete."""
        if isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
            return None
        if isinstance(event, yaml.CollectionEndEvent):
            made, anchor = self._closed(event), ""
        elif isinstance(event, yaml.AliasEvent):
            made, anchor = self._alias(event), ""
        else:
            if self._takes_key(event):
                return None
            made, anchor = self._scalar(event), event.anchor or ""
        if anchor:
            self._anchors[anchor] = made
        return self._placed(made)

    def _open(self, event: Any) -> None:
        start = event.start_mark.index
        self._require_untagged(event)
        self._require_key(start)
        if len(self._frames) == MAX_DEPTH:
            raise too_deep(self._text, start, YAML)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        node = Node(start, event.end_mark.index, inside=[] if is_list else {})
        frame = _Frame([] if is_list else {}, node, event.anchor or "", bool(event.flow_style))
        if frame.anchor:
            # Its own contents cannot refer to it.
            self._anchors.pop(frame.anchor, None)
        self._frames.append(frame)

    def _closed(self, event: Any) -> _Anchored:
        frame = self._frames.pop()
        if frame.is_flow:
            frame.node.end = event.end_mark.index
        made = _Anchored(frame.value, frame.node, frame.weight, frame.height)
        if frame.anchor:
            self._anchors[frame.anchor] = made
        return made

    def _alias(self, event: Any) -> _Anchored:
        start, name = event.start_mark.index, event.anchor
        self._require_key(start)
        target = self._anchors.get(name)
        if target is None:
            opened = any(frame.anchor == name for frame in self._frames)
            why = "stands inside what it refers to" if opened else "refers to no anchor before it"
            raise self._error(start, f"the alias {quote('*' + name)} {why}", "Write the value out.")
        self._aliased += target.weight
        if self._aliased > MAX_ALIASED:
            said = f"the aliases add up to more than {MAX_ALIASED:,} values and characters"
            raise self._error(start, said, "Write the values out.", rule="yaml.alias")
        if len(self._frames) + target.height > MAX_DEPTH:
            raise too_deep(self._text, start, YAML)
        # The alias is the value's place; what is inside it stands at the anchor.
        node = Node(start, event.end_mark.index, inside=target.node.inside)
        return _Anchored(target.value, node, target.weight, target.height)

    def _scalar(self, event: Any) -> _Anchored:
        start = event.start_mark.index
        self._require_untagged(event)
        text = event.value
        if not text.isascii() and SURROGATE.search(text):
            raise half_pair(self._text, start, YAML, self._pointer())
        value: JsonValue = text
        if not event.style and (not text or text[0] in _TYPED):
            value = self._plain(text, start)
        return _Anchored(value, Node(start, event.end_mark.index), 1 + len(text), 0)

    def _plain(self, text: str, start: int) -> JsonValue:
        """Return what a scalar without quotation marks is by the core schema."""
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
            raise no_number(self._text, start, text, problem, YAML, self._pointer())
        return text

    def _takes_key(self, event: Any) -> bool:
        """Take a scalar as the next key of an object, where one comes next."""
        frame = self._frames[-1] if self._frames else None
        if frame is None or isinstance(frame.value, list) or frame.key is not None:
            return False
        start, name = event.start_mark.index, event.value
        self._require_untagged(event)
        if event.anchor:
            raise self._error(start, "a key has an anchor", "Write the anchor at the value.")
        if name == "<<" and not event.style:
            said = "a merge key (<<) is not YAML 1.2"
            raise self._error(start, said, "Write the keys out.", rule="yaml.merge")
        if not name.isascii() and SURROGATE.search(name):
            raise half_pair(self._text, start, YAML, self._pointer())
        if name in frame.keys:
            first, pointer = frame.keys[name], self._pointer() + join_pointer([name])
            raise duplicate(self._text, name, first, start, YAML, pointer)
        frame.key, frame.key_place = name, (start, event.end_mark.index)
        frame.keys[name] = start
        return True

    def _placed(self, made: _Anchored) -> _Anchored | None:
        """Put a value where it belongs; return it where it is the document's root."""
        if not self._frames:
            return made
        frame = self._frames[-1]
        frame.weight += made.weight
        frame.height = max(frame.height, made.height + 1)
        if not frame.is_flow:
            frame.node.end = max(frame.node.end, made.node.end)
        inside = frame.node.inside
        if isinstance(frame.value, list) and isinstance(inside, list):
            frame.value.append(made.value)
            inside.append(made.node)
        elif isinstance(frame.value, dict) and isinstance(inside, dict) and frame.key is not None:
            made.node.key = frame.key_place
            frame.value[frame.key] = made.value
            inside[frame.key] = made.node
            frame.key = None
        return None

    def _require_key(self, start: int) -> None:
        """Check that no list, object or alias stands where a key is to be."""
        frame = self._frames[-1] if self._frames else None
        if frame is not None and isinstance(frame.value, dict) and frame.key is None:
            raise self._error(start, "a key is not text", "Write the key as text.", rule="yaml.key")

    def _require_untagged(self, event: Any) -> None:
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            said = f"the tag {quote(tag)} makes it more than a JSON value"
            raise self._error(event.start_mark.index, said, "Take the tag out.", rule="yaml.tag")

    def _require_version(self, event: Any) -> None:
        if event.version is not None and tuple(event.version) != (1, 2):
            said = f"%YAML {'.'.join(map(str, event.version))}, and it is read as YAML 1.2"
            remedy = "Take the line out, and see that nothing in the file means something else."
            raise self._error(event.start_mark.index, said, remedy)

    def _pointer(self) -> str:
        """Return the pointer of what is being read."""
        tokens: list[str | int] = []
        for frame in self._frames:
            if isinstance(frame.value, list):
                tokens.append(len(frame.value))
            elif frame.key is not None:
                tokens.append(frame.key)
        return join_pointer(tokens)

    def _error(
        self, offset: int, message: str, remedy: str, *, rule: str = "yaml.syntax"
    ) -> TextError:
        pointer = self._pointer()
        return text_error(self._text, offset, message, rule=rule, remedy=remedy, pointer=pointer)


def _decimal(text: str) -> int | None:
    digits = text.lstrip("+-").lstrip("0") or "0"
    if len(digits) >= INTEGER_DIGITS:
        return None
    return -int(digits) if text.startswith("-") else int(digits)


def _is_blank(root: _Anchored) -> bool:
    """Whether a document has nothing but comments."""
    return root.value is None and root.node.start == root.node.end


_OPEN_TEXT = "unexpected end of stream"


class _Problem(NamedTuple):
    """A part of the parsers' messages, which differ a little; and what is said in their place."""

    part: str
    message: str
    remedy: str = ""


_PROBLEMS = (
    _Problem(
        "mapping values are not allowed",
        "a second colon where a value stands",
        'Put the value in quotes: key: "a: b".',
    ),
    _Problem("could not find expected ':'", "a key without a colon", "Write key: value."),
    _Problem(_OPEN_TEXT, "the text that begins here is never closed", "Add the quotation mark."),
    _Problem(
        "cannot start any token",
        "text begins with a character that means something else",
        "Put the text in quotes.",
    ),
    _Problem(
        "alphabetic or numeric character",
        "an anchor or an alias without a name",
        "Put the text in quotes.",
    ),
    _Problem("unknown escape", "a backslash that begins no escape", "Write the backslash as \\\\."),
    _Problem(
        "expected escape sequence", "an escape that is not complete", "Write all of its digits."
    ),
    _Problem("hexdecimal number", "an escape that is not complete", "Write all of its digits."),
    _Problem(
        "Unicode character code", "an escape that is not a character", "Write the character itself."
    ),
    _Problem("invalid Unicode", "an escape that is not a character", "Write the character itself."),
    _Problem("control characters are not allowed", "a control character", "Write it as an escape."),
    _Problem("special characters are not allowed", "a control character", "Write it as an escape."),
    _Problem("<block end>", "the indentation does not fit what is around it", "Indent it alike."),
    _Problem("expected key", "the indentation does not fit what is around it", "Indent it alike."),
    _Problem("'-' indicator", "the indentation does not fit what is around it", "Indent it alike."),
    _Problem(
        "sequence entries are not allowed",
        "a list begins where a value stands",
        "Begin the list in a line of its own.",
    ),
    _Problem(
        "',' or ']'", "a bracket is never closed, or a comma is missing", "Close the bracket."
    ),
    _Problem("',' or '}'", "a brace is never closed, or a comma is missing", "Close the brace."),
    _Problem(
        "node content",
        "a value is missing here, or a character that means something else stands in its place",
        "Write a value, or put the text in quotes.",
    ),
    _Problem(
        "<document start>", "more text after the end of the document", "Begin a document with ---."
    ),
    _Problem("incompatible YAML document", "another version of YAML", "Take the %YAML line out."),
)


def _syntax_error(text: str, error: yaml.YAMLError) -> TextError:
    """Return what a parser says as an error: in the same words, whichever parser it was."""
    mark = getattr(error, "problem_mark", None)
    offset = min(mark.index if mark else getattr(error, "position", 0) or 0, len(text))
    problem = str(getattr(error, "problem", "") or getattr(error, "reason", "") or "")
    begin = text.rfind("\n", 0, offset) + 1
    indent = re.match(r"[ ]*\t", text[begin:])
    if text[offset : offset + 1] == "\t" or indent:
        offset = begin + indent.end() - 1 if indent else offset
        said, remedy = "a tab in the indentation", "Write spaces in its place."
    else:
        if _OPEN_TEXT in problem and (begun := getattr(error, "context_mark", None)):
            offset = begun.index
        other = _Problem("", problem or "it cannot be parsed")
        known = next((each for each in _PROBLEMS if each.part in problem), other)
        said, remedy = known.message, known.remedy
    return text_error(text, offset, f"not YAML: {said}", rule=YAML.syntax, remedy=remedy)
