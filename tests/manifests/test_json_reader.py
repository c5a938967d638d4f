"""JSON read strictly, and the places of its errors."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth

from lukhas_notion.manifests.json_reader import parse
from lukhas_notion.manifests.source_text import TextError

REFUSED = [
    (b"", 1, 1, "", "json.empty"),
    (b" \n\t", 1, 1, "", "json.empty"),
    (b"\xef\xbb\xbf{}", 1, 1, "", "json.encoding"),
    ("{}".encode("utf-16"), 1, 1, "", "json.encoding"),
    ("{}".encode("utf-16-be"), 1, 1, "", "json.encoding"),
    ("{}".encode("utf-32"), 1, 1, "", "json.encoding"),
    ("{}".encode("utf-32-le"), 1, 1, "", "json.encoding"),
    ('{\n"é":\xe9}'.encode("latin-1"), 2, 2, "", "json.encoding"),
    (b'{"a": 1,\n}', 1, 8, "", "json.syntax"),
    (b"[1, 2", 1, 6, "", "json.syntax"),
    (b"{'a': 1}", 1, 2, "", "json.syntax"),
    (b'{"a": 1 // no\n}', 1, 9, "", "json.syntax"),
    (b'{"a" 1}', 1, 6, "", "json.syntax"),
    (b'{"a": 1} x', 1, 10, "", "json.syntax"),
    (b'"a\nb"', 1, 3, "", "json.syntax"),
    (b'{"a":1,"b":[{"c":2,\n "c":3}]}', 2, 2, "/b/0/c", "json.duplicate"),
    (b'{"a":[1,NaN]}', 1, 9, "/a/1", "json.number"),
    (b'{"a":[[],-Infinity]}', 1, 10, "/a/1", "json.number"),
    (b'{"a":1e400}', 1, 6, "/a", "json.number"),
    (b"[9007199254740992]", 1, 2, "/0", "json.number"),
    (b"[-9007199254740992]", 1, 2, "/0", "json.number"),
    (b'{"x":["ok","\\udc00"]}', 1, 12, "/x/1", "json.surrogate"),
    (b'{"x":{"\\ud800":1}}', 1, 7, "/x", "json.surrogate"),
]


@pytest.mark.parametrize(("data", "line", "column", "pointer", "rule"), REFUSED)
def test_refuses_with_place(data: bytes, line: int, column: int, pointer: str, rule: str) -> None:
    """What JSON readers differ about is refused, at its place, with a remedy."""
    with pytest.raises(TextError) as caught:
        parse(data)

    error = caught.value
    assert (error.line, error.column, error.pointer, error.rule) == (line, column, pointer, rule)
    assert error.message
    assert error.remedy


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xef\xbb\xbf{}", "UTF-8 with a byte order mark"),
        ("{}".encode("utf-16"), "UTF-16"),
        ("{}".encode("utf-16-le"), "UTF-16 without"),
        ("{}".encode("utf-32"), "UTF-32"),
        ("{}".encode("utf-32-be"), "UTF-32 without"),
        (b'{"c":2,\n\n"c":3}', "line 1 and line 3"),
        (b'{"a": 1,}', "comma before a closing bracket"),
        (b"{'a': 1}", "single quotes"),
        (b"{# no\n}", "a comment"),
        (b"[1, 2", "ends in the middle"),
        (b'["\\q"]', "backslash"),
    ],
)
def test_says_what_is_wrong(data: bytes, named: str) -> None:
    """The message names the encoding, both lines of a key, or the slip in the syntax."""
    with pytest.raises(TextError) as caught:
        parse(data)

    assert named in caught.value.message


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\\\ud800"', "\\ud800"),
        (b"[9007199254740991,-9007199254740991]", [2**53 - 1, 1 - 2**53]),
        (b'{"a":{"b":1},"b":{"b":1}}', {"a": {"b": 1}, "b": {"b": 1}}),
        (b"1e300", 1e300),
        (b"[" * 200 + b"]" * 200, json.loads("[" * 200 + "]" * 200)),
        (b"[" + b"[]," * 300 + b"1]", [[]] * 300 + [1]),
    ],
)
def test_accepts_what_everybody_understands(data: bytes, value: object) -> None:
    """Pairs of surrogates, the largest integers and 200 levels are plain JSON."""
    assert parse(data) == value


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"[" * 200_000, "json.depth"),
        (b'{"a":' * 200_000, "json.depth"),
        (b"[" * 201 + b"]" * 201, "json.depth"),
        (b'"' + b'\\"' * 1_000_000, "json.syntax"),
        (b'["[' + b'\\"' * 1_000_000, "json.syntax"),
        (b"9" * 1_000_000, "json.number"),
        (b"[" + b"1," * 20_000 + b"NaN]", "json.number"),
        (b"x" * (10 * 1024 * 1024 + 1), "json.size"),
    ],
)
def test_hostile_text_is_refused(data: bytes, rule: str) -> None:
    """No depth, size, number or run of escapes ends by another exception."""
    with pytest.raises(TextError) as caught:
        parse(data)

    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "make",
    [
        lambda size: b"[" * size,
        lambda size: b'{"a":' * size,
        lambda size: b'"' + b'\\"' * size,
        lambda size: b'["[' + b'\\"' * size,
        lambda size: b"9" * size,
        lambda size: b"[" + b"1," * size + b"NaN]",
        lambda size: b"[" + b'"\\ud800",' * size + b"1]",
        lambda size: b"{" + b",".join(b'"%d":1' % n for n in range(size)) + b',"0":2}',
        lambda size: b"a: b\n" * size,
    ],
)
def test_hostile_text_is_refused_in_linear_time(make: Callable[[int], bytes]) -> None:
    """Eight times as much of it takes some eight times as long."""

    def refused(size: int) -> None:
        with pytest.raises(TextError):
            parse(make(size))

    assert growth(refused, 5_000) < LINEAR


@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0d8e1-. \n', max_size=60).map(str.encode)
)
def test_raises_nothing_else(data: bytes) -> None:
    """Whatever the bytes, there is a value or a TextError."""
    with contextlib.suppress(TextError):
        parse(data)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_agrees_with_the_standard_library(value: object, ascii_only: bool) -> None:
    """What json writes is read back as it was."""
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value
