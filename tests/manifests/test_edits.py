"""Texts replaced in place, and the edits as whole lines."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.json import SOUND, edit, written

from lukhas_notion.manifests.document import documents_of, json_places, parse_text
from lukhas_notion.manifests.edits import Block, UnprovenEdit, apply_edits, blocks, replace_texts
from lukhas_notion.manifests.json_values import join_pointer
from lukhas_notion.manifests.source_text import YAML


def fixed(text: str, texts: dict[str, str]) -> str:
    """Return the text with texts replaced."""
    return edit(text, json.loads(text), texts)[0]


@pytest.mark.parametrize(
    ("before", "texts", "after"),
    [
        ('{"a": "x"}', {"/a": "y"}, '{"a": "y"}'),
        ('["x"]\n', {"/0": "y"}, '["y"]\n'),
        ('[\n  "a",\n  "x",\n  "b"\n]', {"/1": "a"}, '[\n  "a",\n  "b"\n]'),
        ('[\r\n\t"a",\r\n\t"x"\r\n]\r\n', {"/1": "a"}, '[\r\n\t"a"\r\n]\r\n'),
        ('["a" , "x" , "b"]', {"/1": "a"}, '["a" , "b"]'),
        ('[ "a"\n, "x"\n, "b"\n]', {"/1": "a"}, '[ "a"\n, "b"\n]'),
        ('["x","b","a"]', {"/0": "a"}, '["a","b"]'),
        ('["x","y","b"]', {"/0": "a", "/1": "a"}, '["a","b"]'),
        ('["a","x","y"]', {"/1": "a", "/2": "a"}, '["a"]'),
        ('["a","a","x"]', {"/2": "b"}, '["a","a","b"]'),
        ('["a","a","x"]', {"/2": "a"}, '["a","a"]'),
        ('[["a"],"x"]', {"/1": "a"}, '[["a"],"a"]'),
        ('{"~/": {"": "\\u0078"}}', {"/~0~1/": 'q"'}, '{"~/": {"": "q\\""}}'),
        ('["é","x"]', {"/1": "ü"}, '["é","ü"]'),
        ('["\\u00e9","x"]', {"/1": "ü"}, '["\\u00e9","\\u00fc"]'),
        ('["\\n","x"]', {"/1": "ü"}, '["\\n","ü"]'),
        ('[1.50, 1E2, "x"]', {"/2": "y"}, '[1.50, 1E2, "y"]'),
    ],
)
def test_layout_stays_as_it_is(before: str, texts: dict[str, str], after: str) -> None:
    """A repeated item is removed with its comma and its line; all else is unchanged."""
    assert fixed(before, texts) == after


def test_an_item_that_goes_says_what_it_depends_on() -> None:
    """A removal names the edit that makes it right."""
    _, edits = edit('["x", "b", "a", "y"]', ["x", "b", "a", "y"], {"/0": "a", "/3": "b"})
    told = [(e.pointer, e.before, e.after, e.removes, e.asked, e.since) for e in edits]
    assert told == [
        ("/0", "x", "a", False, True, 1),
        ("/2", "a", "a", True, False, 1),
        ("/3", "y", "b", True, True, 14),
    ]


def test_a_text_that_is_not_what_was_read_is_not_edited() -> None:
    """An edit whose result has other content is refused, even if the places are wrong."""
    with pytest.raises(UnprovenEdit):
        edit('["x", 1]', ["x", 1.0], {"/0": "y"})
    with pytest.raises(UnprovenEdit):
        edit('{"a": "x", "b": 1}', {"b": 1, "a": "x"}, {"/a": "y"})


def test_a_pointer_that_leads_nowhere_is_an_error() -> None:
    """A pointer that leads nowhere is an error, and nothing is edited."""
    for pointer in ("/b", "/a/b/c", "/a/7"):
        with pytest.raises(LookupError):
            edit('{"a": ["x"]}', {"a": ["x"]}, {pointer: "y"})


SYNONYMS = {"find": "search", "Search": "search", "out": "export", "e": "é", "ls": "\u2028"}
ITEMS = st.sampled_from([*SYNONYMS, "search", "export", "other"]) | SOUND


def texts_of(value: Any, pointer: str = "") -> dict[str, str]:
    """Return every synonym in a document: its pointer → its name."""
    if isinstance(value, str):
        return {pointer: SYNONYMS[value]} if value in SYNONYMS else {}
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    found: dict[str, str] = {}
    for key, item in inside:
        found |= texts_of(item, pointer + join_pointer([key]))
    return found


def renamed(value: Any) -> Any:
    """Return the content of the edited document, computed without its text."""
    if isinstance(value, str):
        return SYNONYMS.get(value, value)
    if isinstance(value, dict):
        return {key: renamed(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    made: list[Any] = []
    first: dict[str, int] = {}
    for index, item in enumerate(value):
        name = renamed(item)
        if isinstance(name, str):
            kept = first.setdefault(name, index)
            if kept != index and (value[kept] in SYNONYMS or item in SYNONYMS):
                continue
        made.append(name)
    return made


@given(
    st.dictionaries(st.text(max_size=3), st.lists(ITEMS, max_size=8) | ITEMS, max_size=5),
    st.randoms(use_true_random=False),
)
def test_any_layout_keeps_every_other_byte(document: Any, gap: random.Random) -> None:
    """Only the names change, whatever is around them, and a second edit changes nothing."""
    text = written(document, gap)
    texts = texts_of(document)

    result, edits = edit(text, parse_text(text), texts)

    assert json.dumps(parse_text(result)) == json.dumps(renamed(document))
    done = shift = 0
    for one in edits:
        kept = text[done : one.start]
        assert result[done + shift : one.start + shift] == kept
        assert result[one.start + shift :].startswith(one.new)
        assert json_places(text).value(one.pointer).end == one.end
        done, shift = one.end, shift + len(one.new) - (one.end - one.start)
    assert result[done + shift :] == text[done:]
    assert result == apply_edits(text, edits)
    assert (edits == ()) is (texts == {})
    again = parse_text(result)
    assert texts_of(again) == {}
    assert edit(result, again, {}) == (result, ())


def edit_yaml(text: str, *texts: dict[str, str]) -> str:
    """Return a YAML file with texts of its documents replaced."""
    return replace_texts(documents_of(text, YAML), texts)[0]


@pytest.mark.parametrize(
    ("before", "texts", "after"),
    [
        ("a: x # c\n", {"/a": "y"}, "a: y # c\n"),
        ("a: 'x'\n", {"/a": "it's"}, "a: 'it''s'\n"),
        ('a: "x"\r\n', {"/a": 'q"'}, 'a: "q\\""\r\n'),
        ("a: x\n", {"/a": "no: y"}, 'a: "no: y"\n'),
        ("a: x\n", {"/a": "010"}, 'a: "010"\n'),
        ("a: x\n", {"/a": "true"}, 'a: "true"\n'),
        ("a: x\n", {"/a": "no"}, "a: no\n"),
        ("a: x\n", {"/a": "\u00fc b"}, 'a: "\u00fc b"\n'),
        ("a: [x, y] # c\n", {"/a/1": "z"}, "a: [x, z] # c\n"),
        ("a: [x, y]\n", {"/a/1": "x"}, "a: [x]\n"),
        (
            "a:\n- x  # one\n# between\n- y  # two\n- z\n",
            {"/a/1": "x"},
            "a:\n- x  # one\n# between\n- z\n",
        ),
        ("a:\r\n  - x\r\n  - y\r\n", {"/a/1": "x"}, "a:\r\n  - x\r\n"),
        ("a:\n  - x\n  - y", {"/a/1": "x"}, "a:\n  - x"),
        ("a:\n  - y\n  - b\n  - x\n", {"/a/0": "x"}, "a:\n  - x\n  - b\n"),
        ("a: &n x\nb: [y]\n", {"/b/0": "z"}, "a: &n x\nb: [z]\n"),
        ("a: &n [y]\nb: *n\n", {"/a/0": "z", "/b/0": "z"}, "a: &n [z]\nb: *n\n"),
        ("? x\n: y\n", {"/x": "z"}, "? x\n: z\n"),
    ],
)
def test_yaml_stays_as_it_is_written(before: str, texts: dict[str, str], after: str) -> None:
    """Style, comments and order stay; a repeated item is removed with its comma or line."""
    assert edit_yaml(before, texts) == after


def test_documents_of_one_file_are_edited_together() -> None:
    """Several documents are edited at once, each by its own pointers."""
    text = "a: x\n---\n# empty\n---\na: x\n"

    assert edit_yaml(text, {"/a": "y"}, {"/a": "z"}) == "a: y\n---\n# empty\n---\na: z\n"


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("a: |\n  x\n", {"/a": "y"}),
        ("a: &n x\nb: *n\n", {"/a": "y"}),
        ("a: &n x\nb: *n\n", {"/b": "y"}),
        ("a: &n [x]\nb: *n\n", {"/a/0": "y"}),
        ("a: [x, # c\n  y]\n", {"/a/1": "x"}),
    ],
)
def test_yaml_that_cannot_be_edited_for_certain_is_left(text: str, texts: dict[str, str]) -> None:
    """Blocks, anchored values, and lists that would lose a comment are not edited."""
    with pytest.raises(UnprovenEdit):
        edit_yaml(text, texts)


NAMES = {"x": "a", "y": "a", "z": "c"}


def found(text: str) -> list[Block]:
    """Return the blocks that fixing the names in a list of texts makes."""
    value = json.loads(text)
    texts = {f"/{n}": NAMES[item] for n, item in enumerate(value) if item in NAMES}
    return blocks(text, edit(text, value, texts)[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[\n"b",\n"x",\n"d"\n]\n', [(3, ['"x",'], ['"a",'])]),
        ('["x", "b", "z"]', [(1, ['["x", "b", "z"]'], ['["a", "b", "c"]'])]),
        ('[\n"x",\n"z"\n]', [(2, ['"x",'], ['"a",']), (3, ['"z"'], ['"c"'])]),
        ('[\n"a",\n"x",\n"b"\n]', [(2, ['"a",', '"x",'], ['"a",'])]),
        ('[\n"a",\n"x"\n]', [(2, ['"a",', '"x"'], ['"a"'])]),
        ('[\n"x",\n"b",\n"a"\n]', [(2, ['"x",', '"b",', '"a"'], ['"a",', '"b"'])]),
        ('[\n"x",\n"b",\n"z",\n"y",\n"d"\n]', [
            (2, ['"x",', '"b",', '"z",', '"y",'], ['"a",', '"b",', '"c",']),
        ]),
        ('[\r\n"x"\r\n]', [(2, ['"x"\r'], ['"a"\r'])]),
        ('["b"]', []),
    ],
)  # fmt: skip
def test_blocks(text: str, expected: list[tuple[int, list[str], list[str]]]) -> None:
    """Fixes on one line are one block; so is a removal with the line that makes it right."""
    assert [(b.first, list(b.old), list(b.new)) for b in found(text)] == expected


@given(
    st.lists(st.sampled_from([*NAMES, "a", "b", "c"]), max_size=12),
    st.sampled_from([",\n", ", ", "\n, ", ",\r\n"]),
    st.randoms(use_true_random=False),
)
def test_accepting_all_of_them_is_the_fix(items: list[str], comma: str, gap: random.Random) -> None:
    """In any order, and with blocks apart as well as together, the lines become the new text."""
    text = f"[\n{comma.join(json.dumps(item) for item in items)}]"
    texts = {f"/{n}": NAMES[item] for n, item in enumerate(items) if item in NAMES}
    result, edits = edit(text, list(items), texts)
    for made in (blocks(text, edits), blocks(text, [replace(e, since=e.start) for e in edits])):
        assert [e.start for b in made for e in b.edits] == [e.start for e in edits]
        assert all(one.last < two.first for one, two in pairwise(made))
        lines: list[Any] = text.split("\n")
        for block in sorted(made, key=lambda _: gap.random()):
            assert lines[block.first - 1 : block.last] == list(block.old)
            assert block.new
            lines[block.first - 1 : block.last] = [
                "\n".join(block.new),
                *[None] * (len(block.old) - 1),
            ]
        assert "\n".join(line for line in lines if line is not None) == result
