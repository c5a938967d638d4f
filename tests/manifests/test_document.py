"""The documents of a file, and the paths of several manifests in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.manifests.document import (
    entry_path,
    file_of,
    files_of,
    is_entry,
    language_of,
    read_documents,
    split_path,
)
from lukhas_notion.manifests.source_text import JSON, YAML, TextError


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("a/service.json", ("a/service.json", None, "")),
        ("a/service.json#/services/3", ("a/service.json", None, "/services/3")),
        ("a/catalog.yaml#1", ("a/catalog.yaml", 1, "")),
        ("a/catalog.YML#1/x~1y", ("a/catalog.YML", 1, "/x~1y")),
        ("c#/service.json", ("c#/service.json", None, "")),
        ("a.json#/b.json#/c", ("a.json#/b.json", None, "/c")),
        ("a#1.json", ("a#1.json", None, "")),
        ("a.json#b", ("a.json#b", None, "")),
        ("a.json#", ("a.json#", None, "")),
    ],
)
def test_a_path_has_a_file_and_perhaps_a_document_and_a_pointer(
    path: str, parts: tuple[str, int | None, str]
) -> None:
    """A folder called c# is none of it."""
    assert split_path(path) == parts
    assert file_of(path) == parts[0]
    assert is_entry(path) is (parts[1:] != (None, ""))


@given(
    st.sampled_from(["a.json", "x y/b.yaml", "c#/d.yml"]),
    st.none() | st.integers(0, 99),
    st.sampled_from(["", "/services/0", "/a~1b/é"]),
)
def test_a_path_is_put_together_and_taken_apart(
    file: str, number: int | None, pointer: str
) -> None:
    """Whatever the file is called; without number and pointer it is the file's own."""
    path = entry_path(file, number, pointer)

    assert split_path(path) == (file, number, pointer)
    assert files_of([path, file, path]) == [file]


def test_the_ending_says_the_language() -> None:
    """In capital letters too; everything else is JSON."""
    names = ("a.yaml", "a.YML", "a.json", "a.yaml.json", "catalog")

    assert [language_of(name) for name in names] == [YAML, YAML, JSON, JSON, JSON]


def test_a_yaml_file_with_one_document_is_that() -> None:
    """A number comes only with a second one; JSON has one in any case."""
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
    """Its size, its encoding, and that there is something in it."""
    with pytest.raises(TextError) as raised:
        read_documents("a.yaml", content, 99)
    assert raised.value.rule == rule
