"""The documents of a file: JSON read strictly, with the place of every value."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth
from support.json import DOCUMENTS, written

from lukhas_notion.manifests.document import json_places, language_of, parse_text, read_documents
from lukhas_notion.manifests.json_values import split_pointer
from lukhas_notion.manifests.source_text import JSON, YAML, TextError, decode


def test_the_ending_says_the_language() -> None:
    """The extension decides the language, in any case; everything else is JSON."""
    names = ("a.yaml", "a.YML", "a.json", "a.yaml.json", "catalog")

    assert [language_of(name) for name in names] == [YAML, YAML, JSON, JSON, JSON]


def test_a_yaml_file_with_one_document_is_that() -> None:
    """A document has a number only where the file has several."""
    one = read_documents("a.yaml", b"---\na: 1\n---\n# nothing\n", 99)
    two = read_documents("a.yml", b"a: 1\n---\nb: 2\n", 99)

    assert [(each.number, each.value) for each in one] == [(None, {"a": 1})]
    assert [(each.number, each.value) for each in two] == [(0, {"a": 1}), (1, {"b": 2})]
    assert two[1].places.value("/b").line == 3
    assert [each.number for each in read_documents("a.json", b"[]", 99)] == [None]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"a" * 100, "yaml.size"),
        (b"\xef\xbb\xbfa: 1", "yaml.encoding"),
        (b"a: \xff", "yaml.encoding"),
        (b" \n", "yaml.empty"),
    ],
)
def test_yaml_is_decoded_as_strictly_as_json(content: bytes, rule: str) -> None:
    """YAML has the same limits of size, encoding and emptiness as JSON."""
    with pytest.raises(TextError) as raised:
        read_documents("a.yaml", content, 99)
    assert raised.value.rule == rule


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
    """Text that JSON readers differ about is refused at its place, with a remedy."""
    with pytest.raises(TextError) as caught:
        parse_text(decode(data))

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
        parse_text(decode(data))

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
    assert parse_text(decode(data)) == value


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
        parse_text(decode(data))

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
            parse_text(decode(make(size)))

    assert growth(refused, 5_000) < LINEAR


@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0d8e1-. \n', max_size=60).map(str.encode)
)
def test_raises_nothing_else(data: bytes) -> None:
    """Whatever the bytes, there is a value or a TextError."""
    with contextlib.suppress(TextError):
        parse_text(decode(data))


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
    """A value that the standard library writes is read back unchanged."""
    assert parse_text(decode(json.dumps(value, ensure_ascii=ascii_only).encode())) == value


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
    """An absent value raises KeyError, and its nearest place is the value around it."""
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
