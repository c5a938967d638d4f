r"""Texts in a JSON or YAML file, replaced in place: every other byte of the file stays as it is.

:func:`replace_texts` proves an edit by reading the new text. :func:`blocks` shows edits as whole
lines, which diffs and suggestions to reviewers need. A line ends at ``\n`` alone, as for git; the
``\r`` of a file from Windows is part of the line.
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
#: Text that YAML reads as text without quotation marks, unless it is a number or a word.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/+-]*[A-Za-z0-9])?")
#: What precedes an item of a list on a line of its own in YAML.
_DASH = re.compile(r"[ ]*-[ ]+")


class UnprovenEdit(Exception):
    """The new text would not have the intended content: it must not be written."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: ``text[start:end]`` becomes ``new``.

    Args:
        start: in characters, from 0.
        end: likewise, exclusive.
        new: the replacement; "" for an item that is removed.
        pointer: the JSON pointer of the value, in the document before all edits.
        line: the value's line, from 1.
        before: the present text of the value.
        after: the intended text of the value.
        asked: whether the caller named this value; otherwise another edit made it redundant.
        since: the start of the item that makes this edit redundant, where that one is edited as
            well; else ``start``. In ``["find", "search"]`` the second item is removed because the
            first becomes ``search``, and the two edits belong together.
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
        """Whether an item of a list is removed, with its comma or its line."""
        return not self.new


def replace_texts(
    documents: Sequence[Document], texts: Sequence[Mapping[str, str]]
) -> tuple[str, tuple[Edit, ...]]:
    """Return the file with texts replaced, and the edits in order.

    Where a replacement would repeat an item of its list, the later one is removed, with its comma
    or its line.

    Args:
        documents: every document of the file.
        texts: for each document, the JSON pointers of texts → their replacements.

    Raises:
        LookupError: a pointer leads nowhere.
        UnprovenEdit: the result would not have the intended content.
    """
    text, language = documents[0].text, documents[0].language
    intended: list[JsonValue] = []
    edits: dict[tuple[int, int], Edit] = {}
    for document, replacements in zip(documents, texts, strict=True):
        removed = _repeated(document.value, replacements)
        intended.append(_intended(document.value, replacements, removed, ""))
        # A text that an alias repeats is edited once.
        edits |= {(e.start, e.end): e for e in _edits(document, replacements, removed)}
    ordered = tuple(sorted(edits.values(), key=lambda edit: edit.start))
    result = apply_edits(text, ordered)
    try:
        actual = [document.value for document in documents_of(result, language)]
    except TextError as error:
        raise UnprovenEdit(error.message) from error
    # As JSON, values are equal only if their types and their order are.
    if json.dumps(actual) != json.dumps(intended):
        raise UnprovenEdit("more than the named texts would change")
    return result, ordered


def apply_edits(text: str, edits: Iterable[Edit], *, offset: int = 0) -> str:
    """Return a text, or a part of one that begins at ``offset``, with edits applied."""
    parts, done = [], 0
    for edit in edits:
        parts += [text[done : edit.start - offset], edit.new]
        done = edit.end - offset
    return "".join([*parts, text[done:]])


def _repeated(value: JsonValue, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the items that would repeat another one: their pointers → that of the first one.

    Items that are repeated already, and not edited, are left to the author.
    """
    removed: dict[str, str] = {}
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
                removed[pointer] = kept
    return removed


def _edits(
    document: Document, texts: Mapping[str, str], removed: Mapping[str, str]
) -> Iterator[Edit]:
    places = document.places
    for pointer in dict.fromkeys([*texts, *removed]):
        span = places.value(pointer)
        before = str(_at(document.value, pointer))
        after = texts.get(pointer, before)
        if pointer in removed:
            new, (start, end) = "", _removal(document, pointer)
            kept = removed[pointer]
            since = min(start, places.value(kept).start) if kept in texts else start
        else:
            start, end = span.start, span.end
            new, since = _written(document, start, end, after), start
        asked = pointer in texts
        yield Edit(start, end, new, pointer, span.line, before, after, asked, since)


def _written(document: Document, start: int, end: int, new: str) -> str:
    """Return a text as it is written in the place of another one, in the style of that."""
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
    """Return the part of the text that is removed with an item of a list, never the first."""
    text, own = document.text, document.places.value(pointer)
    place, _, index = pointer.rpartition("/")
    before = document.places.value(f"{place}/{int(index) - 1}").end
    if document.language is JSON:
        # The comma, the line break and the indentation before it.
        return before, own.end
    begin, until = text.rfind("\n", 0, own.start) + 1, text.find("\n", own.end)
    if _DASH.fullmatch(text, begin, own.start):
        return (begin, until + 1) if until >= 0 else (begin - 1, len(text))
    if "#" in text[before : own.start] or "," not in text[before : own.start]:
        raise UnprovenEdit("a repeated item of a list has no line of its own")
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


def _intended(
    value: JsonValue, texts: Mapping[str, str], removed: Mapping[str, str], pointer: str
) -> JsonValue:
    """Return the intended content of the document, made without its text."""
    if pointer in texts:
        return texts[pointer]
    if isinstance(value, dict):
        return {
            key: _intended(item, texts, removed, pointer + join_pointer([key]))
            for key, item in value.items()
        }
    if isinstance(value, list):
        placed = ((f"{pointer}/{index}", item) for index, item in enumerate(value))
        return [_intended(item, texts, removed, at) for at, item in placed if at not in removed]
    return value


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are replaced together, and depend on no other line.

    Args:
        first: the number of the first line, from 1, in the text before all edits.
        old: the lines, without their ends.
        new: the lines that replace them, at least one.
        edits: the edits of these lines.
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
    """Return the blocks of the edits of a text, in order.

    Args:
        text: the text before all edits.
        edits: in order, none over another.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    reach = [(bisect_right(starts, e.since) - 1, bisect_right(starts, e.end) - 1, e) for e in edits]
    # An edit that depends on an item further up begins there.
    reach.sort(key=lambda reached: reached[:2])
    groups: list[tuple[int, list[Edit]]] = []
    ends: list[int] = []
    for first, last, edit in reach:
        if ends and first <= ends[-1]:
            ends[-1] = max(ends[-1], last)
        else:
            groups.append((first, []))
            ends.append(last)
        groups[-1][1].append(edit)
    return [
        _block(lines[first : last + 1], first, starts[first], group)
        for (first, group), last in zip(groups, ends, strict=True)
    ]


def _block(old: list[str], first: int, offset: int, edits: Iterable[Edit]) -> Block:
    """Return a block without the lines at its ends that stay as they are.

    At least one new line is kept: what an empty suggestion means is not documented.
    """
    ordered = tuple(sorted(edits, key=lambda edit: edit.start))
    new = apply_edits("\n".join(old), ordered, offset=offset).split("\n")
    while min(len(old), len(new)) > 1 and old[0] == new[0]:
        del old[0], new[0]
        first += 1
    while min(len(old), len(new)) > 1 and old[-1] == new[-1]:
        del old[-1], new[-1]
    return Block(first + 1, tuple(old), tuple(new), ordered)
