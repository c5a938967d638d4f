"""Several manifests in one file: entries of a document, and documents of a YAML file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.growth import LINEAR, growth

from lukhas_notion.manifests import manifest as manifests
from lukhas_notion.manifests.manifest import (
    MAX_BYTES,
    Manifest,
    ManifestForm,
    Violation,
    entry_path,
    file_of,
    is_entry,
    parse_file,
    provenance_sha,
    read_file,
    read_manifest,
    split_path,
)

SERVICES = ManifestForm(items="/services/*")
LIST = b'{\n "services": [\n  {"name": "a"},\n  {"name": "b", "x": [1]}\n ]\n}\n'
YAML = b"services:\n  a: {n: 1}\n---\n# none\n---\nservices:\n  b:\n    n: 2\n"


def paths(found: list[Manifest | Violation]) -> list[str]:
    """Return the paths of manifests, all of which could be read."""
    assert all(isinstance(each, Manifest) for each in found), found
    return [each.path for each in found]


def wrong(file: str, content: bytes, form: ManifestForm = SERVICES) -> Violation:
    """Return the only violation of a file."""
    (found,) = (each for each in parse_file(file, content, form) if isinstance(each, Violation))
    return found


def test_thousands_of_documents_take_linear_time(tmp_path: Path) -> None:
    """Also where each is read again, to find the place of a violation."""

    def read_each(count: int) -> None:
        (tmp_path / "many.yaml").write_text("---\nmodule: a\n" * count)
        for each in read_file(tmp_path, "many.yaml"):
            assert isinstance(each, Manifest)
            assert read_manifest(tmp_path, each.path).path == each.path

    assert growth(read_each, 250) < LINEAR


def test_every_entry_is_a_manifest_with_a_path_of_its_own() -> None:
    """Its value, its hash and its places are those of the entry; its text is the file's."""
    one, two = parse_file("s.json", LIST, SERVICES)
    assert isinstance(one, Manifest)
    assert isinstance(two, Manifest)

    assert paths([one, two]) == ["s.json#/services/0", "s.json#/services/1"]
    assert (one.value, two.value) == ({"name": "a"}, {"name": "b", "x": [1]})
    assert two.sha == provenance_sha({"name": "b", "x": [1]})
    assert (two.place("/x/0"), two.place(""), two.key_place("/x")) == ((4, 23), (4, 3), (4, 17))
    assert two.document.text.encode() == LIST
    assert two.size == len('{"name": "b", "x": [1]}')


def test_every_document_is_looked_into() -> None:
    """An object's entries are named by their keys; empty documents count."""
    assert paths(parse_file("s.yaml", YAML, SERVICES)) == [
        "s.yaml#0/services/a",
        "s.yaml#2/services/b",
    ]
    assert paths(parse_file("s.yaml", YAML, ManifestForm())) == ["s.yaml#0", "s.yaml#2"]
    assert paths(parse_file("s.yaml", b"a: 1\n", ManifestForm())) == ["s.yaml"]


def test_a_violation_of_an_entry_is_one_of_its_file() -> None:
    """The violation has the pointer from the file's top, and the manifest's own path."""
    two = parse_file("s.yaml", YAML, SERVICES)[1]
    assert isinstance(two, Manifest)
    line, column = two.place("/n")

    found = Violation(two.path, line, column, "/n", "r", "m").in_file()

    assert (found.path, found.line, found.pointer) == ("s.yaml", 8, "/services/b/n")
    assert found.manifest == two.path == "s.yaml#2/services/b"
    other = Violation("README.md", 1, 1, "", "r", "m")
    assert other.in_file() is other
    both = Violation(two.path, 1, 1, "", "r", "m", also=("s.yaml#0/services/a", "m.json")).in_file()
    assert both.manifests == ("s.yaml#2/services/b", "s.yaml#0/services/a", "m.json")
    assert both.files == ("s.yaml", "m.json")


def test_one_of_several_is_read_by_its_path(tmp_path: Path) -> None:
    """A manifest that is gone is a violation, and so is a path that means several."""
    (tmp_path / "s.json").write_bytes(LIST)

    found = read_manifest(tmp_path, "s.json#/services/1", SERVICES)

    assert isinstance(found, Manifest)
    assert found.value == {"name": "b", "x": [1]}
    for path, said in (("s.json#/services/2", "it is gone"), ("s.json", "more than one manifest")):
        gone = read_manifest(tmp_path, path, SERVICES)
        assert isinstance(gone, Violation)
        assert said in gone.message
    assert len(read_file(tmp_path, "s.json", SERVICES, discovered=True)) == 2


@pytest.mark.parametrize("services", [b"[]", b"{}", b"[null]"])
def test_a_file_may_have_no_entry(services: bytes) -> None:
    """An empty list of manifests is valid; null counts as absent."""
    assert parse_file("s.json", b'{"services": %s}' % services, SERVICES) == []


@pytest.mark.parametrize(
    ("file", "content", "form", "rule", "said", "remedy"),
    [
        ("s.json", b"{}", SERVICES, "manifest.items", "/services is not there", "Correct"),
        (
            "s.json",
            b'{"service": [{}]}',
            SERVICES,
            "manifest.items",
            "no manifest is at /services/*",
            "The nearest there is /service/*.",
        ),
        (
            "s.json",
            b'{"services": "x"}',
            SERVICES,
            "manifest.items",
            "/services is text",
            "Correct",
        ),
        ("s.json", b"[]", ManifestForm(items="/a"), "manifest.items", "/a is not there", "Correct"),
        ("s.json", b'{"services": [{}, 1]}', SERVICES, "manifest.object", "is a number", "Write {"),
        ("s.yaml", b"- a\n", ManifestForm(), "manifest.object", "this is a list", "key: value"),
        ("s.yaml", b"a: 1\n---\nb\n", ManifestForm(), "manifest.object", "this is text", "key:"),
        ("MODULES", LIST, SERVICES, "file.name", "ends in .json, .yaml or .yml", "Rename"),
        ("s.json#/x", b"{}", ManifestForm(), "file.name", "looks like that of one", "Rename"),
        ("s.yaml", b"a: [", SERVICES, "yaml.syntax", "not YAML", "Write a value"),
        ("s.yaml", b"# a\n", ManifestForm(), "yaml.empty", "is empty", "or delete it."),
        (
            "s.yaml",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
            ManifestForm(),
            "yaml.kind",
            "this is a Git LFS pointer",
            "lfs: true",
        ),
    ],
)
def test_what_is_wrong_with_a_file_of_several_is_said_at_its_place(
    file: str, content: bytes, form: ManifestForm, rule: str, said: str, remedy: str
) -> None:
    """A violation is at its place, and the other manifests of the file are read."""
    found = wrong(file, content, form) if file != "MODULES" else parse_file(file, content, form)[0]

    assert isinstance(found, Violation)
    assert found.rule == rule
    assert said in found.message
    assert remedy in found.remedy
    assert found.path == file


def test_a_file_of_several_may_be_larger_and_each_of_them_may_not() -> None:
    """With items, a file can be several times as large as one manifest."""
    large = {"services": [{"t": "x" * 600_000}, {"t": "x" * 600_000}, {"t": "x" * MAX_BYTES}]}
    content = json.dumps(large).encode()

    found = parse_file("s.json", content, SERVICES)

    assert [isinstance(each, Manifest) for each in found] == [True, True, False]
    assert wrong("s.json", content).rule == "json.size"
    assert wrong("s.json", content).entry == "/services/2"
    assert wrong("s.json", content, ManifestForm()).rule == "json.size"
    assert SERVICES.max_bytes == manifests.MAX_FILE_BYTES
    assert wrong("s.json", b" " * (SERVICES.max_bytes + 1)).rule == "json.size"


def test_the_manifests_of_one_file_are_counted() -> None:
    """A file with too many manifests is refused, since a few megabytes could be a million."""
    most = manifests.MAX_ENTRIES
    full = b'{"services": [{}%s]}' % (b",{}" * (most - 1))
    assert len(parse_file("s.json", full, SERVICES)) == most
    for file, content, form in (
        ("s.json", full.replace(b"]", b",{}]"), SERVICES),
        ("s.yaml", b"--- {}\n" * (most + 1), ManifestForm()),
    ):
        assert "more than 10,000 manifests" in wrong(file, content, form).message


def test_yaml_has_the_hash_of_the_same_json() -> None:
    """Comments, order, quotation marks and anchors do not change the hash."""
    one, two = (
        parse_file("m.yaml", b"# c\nb: &x [1, 'two']\na: {c: *x, d: 1.50}\n")[0],
        parse_file("m.json", b'{"a": {"d": 1.5, "c": [1, "two"]}, "b": [1, "two"]}')[0],
    )
    assert isinstance(one, Manifest)
    assert isinstance(two, Manifest)
    assert one.sha == two.sha


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
    """A path is split into file, document and pointer; a folder named c# is part of the file."""
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
    """A path that is put together is split into the same parts."""
    path = entry_path(file, number, pointer)

    assert split_path(path) == (file, number, pointer)
    assert file_of(path) == file_of(file) == file
