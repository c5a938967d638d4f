"""Text in a JSON document, replaced in place: every other byte of the file stays as it is.

Pure: a text and what is to stand where → edits → the new text. What is written is proven by
reading it again (:func:`edited`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lukhas_notion.manifests.json_reader import JsonTextError, JsonValue, locate, parse_text
from lukhas_notion.manifests.pointers import join_pointer, split_pointer

_ESCAPED = re.compile(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")


class UnprovenEdit(Exception):
    """The new text does not say what it was meant to say: it must not be written."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: ``text[start:end]`` becomes ``new``.

    Args:
        start: in characters, from 0.
        end: likewise, exclusive.
        new: what stands there afterwards; "" for an item that is removed.
        pointer: the JSON pointer of the value, in the document as it was.
        before: the text that stands there.
        after: the text that is meant.
        asked: whether this place was named, and not only made superfluous by another one.
        since: where that begins without which this edit would not be right: the item that makes
            this one superfluous, if it is edited itself; else ``start``.
    """

    start: int
    end: int
    new: str
    pointer: str
    before: str
    after: str
    asked: bool
    since: int

    @property
    def removes(self) -> bool:
        """Whether an item of a list goes, with its comma."""
        return not self.new


def edited(text: str, value: JsonValue, texts: Mapping[str, str]) -> tuple[str, tuple[Edit, ...]]:
    """Return the document with other texts in it, and the edits that lead there, in order.

    In a list no text is made to stand twice: the later one is removed, from the end of the item
    before it on, so that comma, line break and indentation go with it.

    Args:
        text: the document.
        value: what it says.
        texts: the JSON pointers of texts → what is to stand there.

    Raises:
        LookupError: a pointer leads nowhere.
        UnprovenEdit: the result is not what was meant.
    """
    removed = _superfluous(value, texts)
    edits = tuple(sorted(_edits(text, value, texts, removed), key=lambda edit: edit.start))
    result = applied(text, edits)
    try:
        found = parse_text(result)
    except JsonTextError as error:
        raise UnprovenEdit(error.message) from error
    if _exact(found) != _exact(_meant(value, texts, removed, "")):
        raise UnprovenEdit("more than the named texts would change")
    return result, edits


def applied(text: str, edits: Iterable[Edit], *, offset: int = 0) -> str:
    """Return a text, or a piece of one that begins at ``offset``, with edits made in it."""
    pieces, done = [], 0
    for edit in edits:
        pieces += [text[done : edit.start - offset], edit.new]
        done = edit.end - offset
    return "".join([*pieces, text[done:]])


def _superfluous(value: JsonValue, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the items that would stand twice: their pointers → the pointer of the first one.

    What stands twice already, with nothing edited, is left to whoever wrote it.
    """
    gone: dict[str, str] = {}
    for place in dict.fromkeys(pointer.rpartition("/")[0] for pointer in texts):
        items = _at(value, place)
        if not isinstance(items, list):
            continue
        first: dict[str, str] = {}
        for index, item in enumerate(items):
            pointer = f"{place}/{index}"
            name = texts.get(pointer, item)
            if not isinstance(name, str):
                continue
            kept = first.setdefault(name, pointer)
            if kept != pointer and (kept in texts or pointer in texts):
                gone[pointer] = kept
    return gone


def _edits(
    text: str, value: JsonValue, texts: Mapping[str, str], removed: Mapping[str, str]
) -> Iterator[Edit]:
    ascii_only = text.isascii() and _ESCAPED.search(text) is not None
    for pointer, new in texts.items():
        if pointer not in removed:
            span = locate(text, pointer)
            written = json.dumps(new, ensure_ascii=ascii_only)
            before = str(_at(value, pointer))
            yield Edit(span.start, span.end, written, pointer, before, new, True, span.start)
    for pointer, kept in removed.items():
        place, _, index = pointer.rpartition("/")
        # The first of a list is never removed, so there is always one before it.
        start = locate(text, f"{place}/{int(index) - 1}").end
        since = locate(text, kept).start if kept in texts else start
        before = str(_at(value, pointer))
        after = texts.get(pointer, before)
        end = locate(text, pointer).end
        yield Edit(start, end, "", pointer, before, after, pointer in texts, since)


def _at(value: JsonValue, pointer: str) -> JsonValue:
    for token in split_pointer(pointer):
        if isinstance(value, list) and token.isdecimal():
            value = value[int(token)]
        elif isinstance(value, dict):
            value = value[token]
        else:
            raise KeyError(pointer)
    return value


def _meant(
    value: JsonValue, texts: Mapping[str, str], removed: Mapping[str, str], pointer: str
) -> JsonValue:
    """Return what the document is to say, made without looking at its text."""
    if pointer in texts:
        return texts[pointer]
    if isinstance(value, dict):
        return {
            key: _meant(item, texts, removed, pointer + join_pointer([key]))
            for key, item in value.items()
        }
    if isinstance(value, list):
        placed = ((f"{pointer}/{index}", item) for index, item in enumerate(value))
        return [_meant(item, texts, removed, at) for at, item in placed if at not in removed]
    return value


def _exact(value: JsonValue) -> str:
    """Return a text that two values share only if they are equal to the type and the order."""
    return json.dumps(value)
