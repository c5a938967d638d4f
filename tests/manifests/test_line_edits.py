"""Edits as whole lines, and what a reviewer can accept one by one."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.json import edit

from lukhas_notion.manifests.edits import Block, blocks

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
