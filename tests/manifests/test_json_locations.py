"""Where values and keys stand in a JSON text."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.json import DOCUMENTS, written

from lukhas_notion.manifests.json_reader import json_places
from lukhas_notion.manifests.pointers import split_pointer

TEXT = '{\n  "a": [1, {"b/c": "é"}],\n  "": null, "q\\"~": -1.5\n}\n'


@pytest.mark.parametrize(
    ("pointer", "line", "column", "found"),
    [
        ("", 1, 1, TEXT.strip()),
        ("/a", 2, 8, '[1, {"b/c": "é"}]'),
        ("/a/0", 2, 9, "1"),
        ("/a/1/b~1c", 2, 20, '"é"'),
        ("/", 3, 7, "null"),
        ('/q"~0', 3, 21, "-1.5"),
    ],
)
def test_locates_values(pointer: str, line: int, column: int, found: str) -> None:
    """A value's place is its first character, and its span exactly its text."""
    span = json_places(TEXT).value(pointer)

    assert (span.line, span.column, TEXT[span.start : span.end]) == (line, column, found)


def test_locates_keys() -> None:
    """A key's span has its quotation marks and its escapes."""
    span = json_places(TEXT).key('/q"~0')

    assert (span.line, TEXT[span.start : span.end]) == (3, '"q\\"~"')


@pytest.mark.parametrize("pointer", ["/b", "/a/2", "/a/x", "/a/0/0", "/a/" + "9" * 5_000, "/a/²"])
def test_absent_values_have_no_place(pointer: str) -> None:
    """What is not there raises KeyError, and its nearest place is the value around it."""
    with pytest.raises(KeyError):
        json_places(TEXT).value(pointer)

    around = "/a/0" if pointer == "/a/0/0" else "/a" if pointer.startswith("/a") else ""
    assert json_places(TEXT).nearest(pointer) == json_places(TEXT).value(around)


@pytest.mark.parametrize("pointer", ["", "/a/0", "/b"])
def test_items_have_no_key(pointer: str) -> None:
    """The document, an item of a list and an absent member have no key."""
    with pytest.raises(KeyError):
        json_places(TEXT).key(pointer)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_every_span_holds_its_value(document: object, gap: random.Random) -> None:
    """However a document is spaced, each span is the JSON of the value that its pointer names."""
    text = written(document, gap)
    pointers = []
    for pointer, span in json_places(text).every():
        pointers.append(pointer)
        value = document
        for token in split_pointer(pointer):
            value = value[int(token)] if isinstance(value, list) else value[token]  # type: ignore[index]
        assert json.loads(text[span.start : span.end]) == value
        assert text.split("\n")[span.line - 1][span.column - 1] == text[span.start]
        assert json_places(text).value(pointer) == span
    assert len(pointers) == _count(document)


def _count(value: object) -> int:
    if isinstance(value, dict):
        return 1 + sum(_count(item) for item in value.values())
    return 1 + sum(_count(item) for item in value) if isinstance(value, list) else 1
