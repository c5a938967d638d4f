r"""Texts in a JSON or YAML file, replaced in place: every other byte of the file stays as it is.

Pure: documents and what is to stand where → edits → the new text. What is written is proven by
reading it again (:func:`edited`). :func:`blocks` shows edits as whole lines: what a diff has, and
what a reviewer can accept. A line ends at ``\n`` alone, as it does for git; the ``\r`` of a file
from Windows is part of it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lukhas_notion.manifests.document import Document, documents_of
from lukhas_notion.manifests.json_values import JsonValue, join_pointer, split_pointer
from lukhas_notion.manifests.source_text import JSON, YAML, TextError

_ESCAPED = re.compile(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")
#: Text that YAML takes for itself without quotation marks, unless it is a number or a word.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/+-]*[A-Za-z0-9])?")
#: What stands before an item of a list that has a line of its own in YAML.
_DASH = re.compile(r"[ ]*-[ ]+")


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
        line: the value's line, from 1.
        before: the text that stands there.
        after: the text that is meant.
        asked: whether this place was named, and not only made superfluous by another one.
        since: the start of the item that makes this edit redundant, where that one is edited as
            well; else ``start``. In ``["find", "search"]`` the second item goes because the first
            becomes ``search``, and the two edits belong together.
    """

    start: int
    end: int
    new: str
    pointer: str
    line: int
    before: str
    after: str
    asked: bool
    since: int

    @property
    def removes(self) -> bool:
        """Whether an item of a list goes, with its comma or its line."""
        return not self.new


def edited(
    documents: Sequence[Document], texts: Sequence[Mapping[str, str]]
) -> tuple[str, tuple[Edit, ...]]:
    """Return the file with other texts in it, and the edits that lead there, in order.

    In a list no text is made to stand twice: the later one is removed, with its comma or its line.

    Args:
        documents: every document of the file.
        texts: for each of them, the JSON pointers of texts → what is to stand there.

    Raises:
        LookupError: a pointer leads nowhere.
        UnprovenEdit: the result is not what was meant.
    """
    text, language = documents[0].text, documents[0].language
    meant, made = [], dict[tuple[int, int], Edit]()
    for document, named in zip(documents, texts, strict=True):
        removed = _superfluous(document.value, named)
        meant.append(_meant(document.value, named, removed, ""))
        # A text that an alias repeats is edited once.
        made |= {(edit.start, edit.end): edit for edit in _edits(document, named, removed)}
    edits = tuple(sorted(made.values(), key=lambda edit: edit.start))
    result = applied(text, edits)
    try:
        found = documents_of(result, language)
    except TextError as error:
        raise UnprovenEdit(error.message) from error
    if _exact([document.value for document in found]) != _exact(meant):
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
    document: Document, texts: Mapping[str, str], removed: Mapping[str, str]
) -> Iterator[Edit]:
    places = document.places
    for pointer, new in texts.items():
        before = str(_at(document.value, pointer))
        if pointer not in removed:
            span = places.value(pointer)
            written = _written(document, span.start, span.end, new)
            at = (span.start, span.end, written, pointer, span.line)
            yield Edit(*at, before, new, asked=True, since=span.start)
    for pointer, kept in removed.items():
        before = str(_at(document.value, pointer))
        start, end = _removal(document, pointer)
        since = places.value(kept).start if kept in texts else start
        at = (start, end, "", pointer, places.value(pointer).line)
        after = texts.get(pointer, before)
        yield Edit(*at, before, after, asked=pointer in texts, since=min(since, start))


def _written(document: Document, start: int, end: int, new: str) -> str:
    """Return how a text is written in the place of another one, in the style of that."""
    text = document.text
    if document.language is JSON:
        return json.dumps(new, ensure_ascii=text.isascii() and _ESCAPED.search(text) is not None)
    mark = text[start:end][:1]
    if mark in ("|", ">", "&", "*", "!"):
        raise UnprovenEdit("it is written as a block, or with an anchor or an alias")
    if mark == "'" and new.isprintable():
        return "'" + new.replace("'", "''") + "'"
    is_plain = mark != '"' and _PLAIN.fullmatch(new) and documents_of(new, YAML)[0].value == new
    return new if is_plain else json.dumps(new, ensure_ascii=False)


def _removal(document: Document, pointer: str) -> tuple[int, int]:
    """Return what of the text goes with an item of a list, which is never the first."""
    text, own = document.text, document.places.value(pointer)
    place, _, index = pointer.rpartition("/")
    before = document.places.value(f"{place}/{int(index) - 1}").end
    if document.language is JSON:
        # Comma, line break and indentation go with it.
        return before, own.end
    begin, until = text.rfind("\n", 0, own.start) + 1, text.find("\n", own.end)
    if _DASH.fullmatch(text, begin, own.start):
        last = len(text) if until < 0 else until + 1
        return (begin, last) if until >= 0 else (begin - 1, last)
    if "#" in text[before : own.start] or "," not in text[before : own.start]:
        raise UnprovenEdit("an item that would stand twice has no line of its own")
    return before, own.end


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


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that become other lines, and depend on no line outside.

    Args:
        first: the number of the first line, from 1, in the text as it was.
        old: the lines, without their ends.
        new: what becomes of them; never without any line.
        edits: which edits these are.
    """

    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    edits: tuple[Edit, ...]

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + len(self.old) - 1


def blocks(text: str, edits: Sequence[Edit]) -> list[Block]:
    """Return the blocks that edits of a text make, from its beginning to its end.

    Args:
        text: as it was.
        edits: in order, none over another.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return [
        _trimmed(_block(lines, starts, first, last, made))
        for first, last, made in _ranges(starts, edits)
    ]


def _ranges(
    starts: Sequence[int], edits: Sequence[Edit]
) -> Iterator[tuple[int, int, tuple[Edit, ...]]]:
    """Yield the first and the last line, from 0, that edits reach together, with those edits."""
    reach = [(_line(starts, e.since), _line(starts, e.end), e) for e in edits]
    # Ordered by where they begin: one that depends on an item further up begins there.
    reach.sort(key=lambda each: each[:2])
    held: list[Edit] = []
    first = last = -1
    for start, end, edit in reach:
        if held and start > last:
            yield first, last, _in_order(held)
            held, last = [], -1
        if not held:
            first = start
        last = max(last, end)
        held.append(edit)
    if held:
        yield first, last, _in_order(held)


def _line(starts: Sequence[int], offset: int) -> int:
    return bisect_right(starts, offset) - 1


def _in_order(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda edit: edit.start))


def _block(
    lines: Sequence[str], starts: Sequence[int], first: int, last: int, edits: tuple[Edit, ...]
) -> Block:
    old = tuple(lines[first : last + 1])
    new = applied("\n".join(old), edits, offset=starts[first])
    return Block(first + 1, old, tuple(new.split("\n")), edits)


def _trimmed(block: Block) -> Block:
    """Return a block without the lines at its ends that stay as they are.

    One new line is always left: how an empty suggestion is understood is nowhere written down.
    """
    old, new, first = list(block.old), list(block.new), block.first
    while min(len(old), len(new)) > 1 and old[0] == new[0]:
        del old[0], new[0]
        first += 1
    while min(len(old), len(new)) > 1 and old[-1] == new[-1]:
        del old[-1], new[-1]
    return Block(first, tuple(old), tuple(new), block.edits)
