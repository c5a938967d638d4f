"""YAML 1.2 read strictly: values, places and refusals."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.manifests import yaml_reader
from lukhas_notion.manifests.source_text import MAX_DEPTH, Places, TextError
from lukhas_notion.manifests.yaml_reader import MAX_ALIASED, parse_documents

LOADERS = [yaml.BaseLoader, *([yaml.CBaseLoader] if yaml.__with_libyaml__ else [])]


@pytest.fixture(name="loader", params=LOADERS, autouse=True)
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test with libyaml's parser and with the one in Python."""
    monkeypatch.setattr(yaml_reader, "_Loader", request.param)


def value_of(text: str) -> Any:
    """Return the value of the only document of a text."""
    (document,) = parse_documents(text)
    return document.value


def refused(text: str) -> TextError:
    """Return why a text is refused."""
    with pytest.raises(TextError) as raised:
        parse_documents(text)
    return raised.value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *(("no", "no"), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("y", "y")),
        *(("true", True), ("False", False), ("TRUE", True), ("tRue", "tRue")),
        *(("null", None), ("~", None), ("", None), ("Null", None), ("nUll", "nUll")),
        *(("1", 1), ("-1", -1), ("+1", 1), ("010", 10), ("0o10", 8), ("0x1F", 31), ("-0", 0)),
        *(("1_000", "1_000"), ("1:30", "1:30"), ("0b1", "0b1"), ("-0x1", "-0x1"), ("0o8", "0o8")),
        *(("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1E-2", -0.01), (".", ".")),
        *(("2026-01-31", "2026-01-31"), ("12:30:45", "12:30:45"), ("1.2.3", "1.2.3")),
        *(('"1"', "1"), ("'no'", "no"), ('"\\u00e9"', "é"), ('"\\U0001F642"', "🙂")),
        *(("a b", "a b"), ("a#b", "a#b"), ("-a", "-a"), ("=", "="), ("<<", "<<")),
        *(("|\n  a\n  b\n", "a\nb\n"), (">-\n  a\n  b\n", "a b"), ("a\n b", "a b")),
        *(("[1, [2], {a: b}]", [1, [2], {"a": "b"}]), ("{}", {}), ("[]", [])),
        *(("9007199254740991", 2**53 - 1), ("-9007199254740991", 1 - 2**53)),
    ],
)
def test_scalars_are_those_of_the_core_schema(written: str, value: object) -> None:
    """Only the words and numbers of the core schema, without quotation marks, are not text."""
    found = value_of(f"k: {written}\n")

    assert found == {"k": value}
    assert type(found["k"]) is type(value)


def test_keys_are_the_text_that_is_written() -> None:
    """A key is its text, even if it is a number or a word."""
    text = '200: a\ntrue: b\n~: c\n"1": d\n1.50: e\n? long\n: f\n"<<": g\n'

    assert list(value_of(text)) == ["200", "true", "~", "1", "1.50", "long", "<<"]


def test_documents_are_numbered_as_they_stand_in_the_file() -> None:
    """A document of comments alone is skipped, and counted."""
    found = parse_documents("# first\na: 1\n---\n# nothing\n---\n~\n--- [b]\n...\n---\n")

    assert [(each.number, each.value) for each in found] == [(0, {"a": 1}), (2, None), (3, ["b"])]


def test_an_alias_is_the_value_of_its_anchor() -> None:
    """An alias has the value of the last anchor of its name; its content is at the anchor."""
    text = "a: &x {b: 1}\nc: *x\nd: &x [2]\ne: *x\n"
    (document,) = parse_documents(text)
    places = Places(text, document.root)

    assert document.value == {"a": {"b": 1}, "c": {"b": 1}, "d": [2], "e": [2]}
    assert (places.value("/c").line, places.value("/c/b").line, places.key("/c").line) == (2, 1, 2)


@pytest.mark.parametrize(
    ("text", "rule", "place", "pointer", "said"),
    [
        ("a: !!str 1\n", "yaml.tag", (1, 4), "/a", 'the tag "!!str" makes it more'),
        ("a: !mine {}\n", "yaml.tag", (1, 4), "/a", 'the tag "!mine"'),
        ("a: ! b\n", "yaml.tag", (1, 4), "/a", 'the tag "!"'),
        ("!!set {a}\n", "yaml.tag", (1, 1), "", 'the tag "!!set"'),
        ("a: {b: 1}\n<<: {c: 1}\n", "yaml.merge", (2, 1), "", "a merge key (<<)"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "yaml.duplicate", (4, 3), "/b/c", "line 3 and line 4"),
        ('a: 1\n"a": 2\n', "yaml.duplicate", (2, 1), "/a", 'the key "a" is there twice'),
        ("? [a]\n: 1\n", "yaml.key", (1, 3), "", "a key is not text"),
        ("{ {a: 1}: 2}\n", "yaml.key", (1, 3), "", "a key is not text"),
        ("a: &x b\n*x : c\n", "yaml.key", (2, 1), "", "a key is not text"),
        ("&x a: b\n", "yaml.syntax", (1, 1), "", "a key has an anchor"),
        ("a: *x\n", "yaml.syntax", (1, 4), "/a", 'the alias "*x" refers to no anchor'),
        ("a: &x [b, *x]\n", "yaml.syntax", (1, 11), "/a/1", "is inside what it refers to"),
        ("a: .inf\n", "yaml.number", (1, 4), "/a", ".inf is not a number in JSON"),
        ("a: [-.INF]\n", "yaml.number", (1, 5), "/a/0", "-.INF is not a number"),
        ("a: .NaN\n", "yaml.number", (1, 4), "/a", ".NaN is not a number"),
        ("a: 1e999\n", "yaml.number", (1, 4), "/a", "1e999 is too large for a double"),
        ("a: 9007199254740992\n", "yaml.number", (1, 4), "/a", "is beyond ±9007199254740991"),
        ("a: " + "9" * 9_000 + "\n", "yaml.number", (1, 4), "/a", "9999… is beyond"),
        ("a:\n\tb: 1\n", "yaml.syntax", (2, 1), "", "a tab in the indentation"),
        ("a:\n  b: 1\n\t c: 1\n", "yaml.syntax", (3, 1), "", "a tab in the indentation"),
        ("a: b: c\n", "yaml.syntax", (1, 5), "", "a second colon within a value"),
        ("a: 'b\n\n", "yaml.syntax", (1, 4), "", "the text that begins here is never closed"),
        ("a: [b\n", "yaml.syntax", (2, 1), "", "a bracket is never closed"),
        ("a: {b: 1\n", "yaml.syntax", (2, 1), "", "a brace is never closed"),
        ("a: @b\n", "yaml.syntax", (1, 4), "", "a character that has a meaning in YAML"),
        ("a: *.js\n", "yaml.syntax", (1, 5), "", "an anchor or an alias without a name"),
        ("a: - b\n", "yaml.syntax", (1, 4), "", "a list begins in the line of its key"),
        ("- a\nb: 1\n", "yaml.syntax", (2, 1), "", "the indentation does not fit"),
        ("a: x\n b\nc\n", "yaml.syntax", (4, 1), "", "a key without a colon"),
        ("a: \x01\n", "yaml.syntax", (1, 4), "", "a control character"),
        ("%YAML 1.1\n---\na: no\n", "yaml.syntax", (1, 1), "", "it is read as YAML 1.2"),
        ("# nothing\n---\n...\n", "yaml.empty", (1, 1), "", "the file is empty"),
        ("a: {{ .Values.b }}\n", "yaml.kind", (1, 1), "", "a Helm template, not the file"),
        ("a: {{ b }}\n", "yaml.kind", (1, 1), "", "this is a template, not the file"),
        ("{% if b %}\na: 1\n", "yaml.kind", (1, 1), "", "this is a template, not the file"),
        ("<<<<<<< a\nb: 1\n=======\n", "yaml.kind", (1, 1), "", "a file with a merge conflict"),
        ("<!DOCTYPE html>\n<p>: {\n", "yaml.kind", (1, 1), "", "this is HTML or XML"),
    ],
)
def test_what_is_not_yaml_or_not_json_is_refused_at_its_place(
    text: str, rule: str, place: tuple[int, int], pointer: str, said: str
) -> None:
    """The message does not depend on the parser, and has a remedy."""
    error = refused(text)

    assert said in error.message
    assert (error.rule, (error.line, error.column), error.pointer) == (rule, place, pointer)
    assert error.remedy


@pytest.mark.parametrize("escape", ["\\ud800", "\\uDFFF", "\\q", "\\x4"])
def test_an_escape_that_is_no_character_is_refused(escape: str) -> None:
    """An escape that is not a character is refused, such as half of a surrogate pair."""
    assert refused(f'a: "{escape}"\n').line == 1


def test_what_aliases_add_up_to_is_bounded() -> None:
    """The values of all aliases together are limited."""
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    bomb = "\n".join(["a0: &a0 [x]", *levels])

    error = refused(bomb)

    assert error.rule == "yaml.alias"
    assert f"{MAX_ALIASED:,}" in error.message
    assert refused("a: &a " + "x" * 600_000 + "\nb: [*a, *a]\n").rule == "yaml.alias"


def test_depth_is_bounded_through_aliases_too() -> None:
    """Nesting has the same limit as in JSON, however it is written."""
    deep = "[" * (MAX_DEPTH + 1)
    assert refused(deep).rule == "yaml.depth"
    half = MAX_DEPTH // 2 + 1
    text = f"a: &a {'[' * half}{']' * half}\nb: {'[' * half}*a{']' * half}\n"
    assert refused(text).rule == "yaml.depth"
    assert value_of("[" * MAX_DEPTH + "]" * MAX_DEPTH)


def test_places_of_keys_and_values() -> None:
    """Line and column of each, quotation marks included; a block ends with its last value."""
    text = 'é: "x"\r\nb:\r\n  - 1 # c\r\n  - {d: [2]}\r\n\r\n# end\r\n'
    (document,) = parse_documents(text)
    places = Places(text, document.root)

    found = {pointer: text[span.start : span.end] for pointer, span in places.every()}

    assert found["/é"] == '"x"'
    assert found["/b"] == "- 1 # c\r\n  - {d: [2]}"
    assert found["/b/1/d/0"] == "2"
    at = places.value("/b/1/d/0")
    assert (at.line, at.column) == (4, 10)
    assert (places.key("/b/1/d").line, places.key("/b/1/d").column) == (4, 6)
    assert places.nearest("/b/1/nothing") == places.value("/b/1")


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(categories=["L", "N", "P"]), max_size=4), inner)
    ),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_json_is_yaml(value: object) -> None:
    """JSON text has the same value when it is read as YAML; only a pair of escapes is refused."""
    text = json.dumps({"v": value}, ensure_ascii=False)
    found = value_of(text)

    assert json.dumps(found, sort_keys=True) == json.dumps({"v": value}, sort_keys=True)


@given(st.text(st.sampled_from(list("ab:-#&*!|>'\"%@`{}[],?<~0.\t\n \\")), max_size=40))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    """Every text is read or refused, and both parsers agree."""
    read: list[object] = []
    for loader in LOADERS:
        yaml_reader._Loader = loader
        read.append(None)
        with suppress(TextError):
            read[-1] = [each.value for each in parse_documents(text)]
    if None not in read:
        assert read.count(read[0]) == len(read)


HOSTILE = {
    "open": "[" * 60_000,
    "braces": "{? " * 20_000,
    "dashes": "- " * 30_000,
    "anchors": "&a " * 20_000,
    "quotes": "'" * 60_000,
    "escapes": '"' + "\\x41" * 15_000,
    "comments": "a: 1\n" + "#" * 60_000,
    "documents": "---\n" * 15_000,
    "one line": "a: b" + " b" * 30_000,
    "a long key": "a" * 60_000 + ": b",
    "blank lines": "a: x" + "\n" * 60_000 + "b: y",
    "steps": "\n".join(" " * n + "a:" for n in range(300)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile text is read or refused within as many events as it has characters."""
    events = 0

    def counted(text: str, **words: Any) -> Any:
        nonlocal events
        for event in parse(text, **words):
            events += 1
            yield event

    parse = yaml.parse
    monkeypatch.setattr(yaml, "parse", counted)
    with suppress(TextError):
        parse_documents(HOSTILE[name])
    assert 0 < events <= 2 * len(HOSTILE[name])
