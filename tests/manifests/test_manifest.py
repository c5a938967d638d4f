"""Manifests, read and hashed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from lukhas_notion.manifests.discovery import find_manifests
from lukhas_notion.manifests.manifest import (
    MAX_BYTES,
    Manifest,
    Violation,
    canonical_json,
    provenance_sha,
    read_manifest,
)

CORPUS = (
    Path(__file__).resolve().parents[2] / ".." / "shared" / "corpora" / "home-assistant-2024.1.6"
)


def _read(root: Path, data: bytes, path: str = "module.manifest.json") -> Manifest | Violation:
    (root / path).write_bytes(data)
    return read_manifest(root, path)


def test_reads_value_text_sha_and_places(tmp_path: Path) -> None:
    """A manifest has its value, its exact text, its hash and the place of each value."""
    data = b'{\r\n  "module": "m",\r\n  "tags": ["a"]\r\n}\r\n'

    manifest = _read(tmp_path, data)

    assert isinstance(manifest, Manifest)
    assert manifest.path == "module.manifest.json"
    assert manifest.value == {"module": "m", "tags": ["a"]}
    assert manifest.document.text.encode() == data
    assert manifest.sha == hashlib.sha256(b'{"module":"m","tags":["a"]}').hexdigest()
    assert manifest.place("/tags/0") == (3, 12)
    assert manifest.place("/absent/0") == (1, 1)
    assert manifest.key_place("/tags") == (3, 3)


@pytest.mark.parametrize(
    ("data", "line", "column", "rule"),
    [
        (b"", 1, 1, "json.empty"),
        (b"\xff\xfe{\0}\0", 1, 1, "json.encoding"),
        (b'{\n"a":1,\n"a":2}', 3, 1, "json.duplicate"),
        (b"\n [1]", 2, 2, "manifest.object"),
        (b'"text"', 1, 1, "manifest.object"),
        (b"[" * 100_000, 1, 201, "json.depth"),
        (b" " * (MAX_BYTES + 1), 1, 1, "json.size"),
    ],
)
def test_a_bad_file_is_one_violation(
    tmp_path: Path, data: bytes, line: int, column: int, rule: str
) -> None:
    """A file that cannot be read is a violation with its place, never an exception."""
    found = _read(tmp_path, data)

    assert isinstance(found, Violation)
    assert (found.path, found.line, found.column, found.rule) == (
        "module.manifest.json",
        line,
        column,
        rule,
    )
    assert found.remedy


def test_a_hundred_megabytes_are_not_read(tmp_path: Path) -> None:
    """A huge file is refused by its size, without the memory to read it."""
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    tracemalloc.start()
    found = read_manifest(tmp_path, "huge.json")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(found, Violation)
    assert found.rule == "json.size"
    assert most < 5_000_000


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("folder", "file.folder"),
        ("pipe", "file.special"),
        ("absent.json", "file.unreadable"),
        ("circle", "file.unreadable"),
        ("nul\0", "file.unreadable"),
        ("out", "file.outside"),
        ("../secret.json", "file.outside"),
        ("folder/../../secret.json", "file.outside"),
        ("linked/secret.json", "file.outside"),
        ("/dev/zero", "file.outside"),
    ],
)
def test_only_files_of_the_repository_are_read(tmp_path: Path, path: str, rule: str) -> None:
    """Folders, pipes, circles of links and every way out of the root are violations."""
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "secret.json").write_text('{"token": "secret"}')
    os.mkfifo(root / "pipe")
    (root / "circle").symlink_to("circle")
    (root / "out").symlink_to(tmp_path / "secret.json")
    (root / "linked").symlink_to(tmp_path)

    found = read_manifest(root, path)

    assert isinstance(found, Violation)
    assert found.rule == rule
    assert "token" not in found.message


def test_a_link_inside_the_repository_is_read(tmp_path: Path) -> None:
    """A link is read as its file, even if the root itself is a link."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a.json").write_text("{}")
    (tmp_path / "root" / "b.json").symlink_to("a.json")
    (tmp_path / "way").symlink_to("root")

    assert isinstance(read_manifest(tmp_path / "way", "b.json"), Manifest)


@pytest.mark.parametrize(
    ("volatile", "kept"),
    [
        (["/a"], {"list": [{"t": 1, "v": 2}, {"t": 3, "v": 4}], "x~/*": {"t": 5}}),
        (["/a/b"], {"a": {}, "list": [{"t": 1, "v": 2}, {"t": 3, "v": 4}], "x~/*": {"t": 5}}),
        (["/list/*/t"], {"a": {"b": 1}, "list": [{"v": 2}, {"v": 4}], "x~/*": {"t": 5}}),
        (["/list/0", "/list/1"], {"a": {"b": 1}, "list": [], "x~/*": {"t": 5}}),
        (["/list/1/v"], {"a": {"b": 1}, "list": [{"t": 1, "v": 2}, {"t": 3}], "x~/*": {"t": 5}}),
        (
            ["/x~0~1*/t", "/*/b"],
            {"a": {}, "list": [{"t": 1, "v": 2}, {"t": 3, "v": 4}], "x~/*": {}},
        ),
        (["/*"], {}),
    ],
)
def test_volatile_pointers_are_left_out(volatile: list[str], kept: object) -> None:
    """The hash is that of the document without what the pointers name; a star is one step."""
    document = {"a": {"b": 1}, "list": [{"t": 1, "v": 2}, {"t": 3, "v": 4}], "x~/*": {"t": 5}}
    before = json.dumps(document)

    assert provenance_sha(document, volatile) == provenance_sha(kept, ())  # type: ignore[arg-type]
    assert json.dumps(document) == before


def test_default_volatile_pointer() -> None:
    """The time of extraction does not change the hash; the origin does."""

    def sha(at: str, source: str) -> str:
        origin = {"extracted_at": at, "source": source}
        return provenance_sha({"_provenance": {"features": origin}})  # type: ignore[dict-item]

    assert sha("2025-10-01", "a") == sha("2025-10-02", "a")
    assert sha("2025-10-01", "a") != sha("2025-10-01", "b")


def test_a_volatile_pointer_begins_with_a_slash() -> None:
    """A volatile pointer without a slash is an error."""
    with pytest.raises(ValueError, match="not a JSON pointer"):
        provenance_sha({}, ["_provenance"])


OBJECTS = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    ),
)


def _shuffled(value: object, order: random.Random) -> object:
    if isinstance(value, dict):
        items = [(key, _shuffled(item, order)) for key, item in value.items()]
        order.shuffle(items)
        return dict(items)
    return [_shuffled(item, order) for item in value] if isinstance(value, list) else value


@given(OBJECTS, st.randoms(use_true_random=False), st.sampled_from([None, 1, "\t"]))
def test_sha_ignores_order_and_spacing(value: dict, order: random.Random, indent: object) -> None:  # type: ignore[type-arg]
    """Neither the order of keys nor white space nor escapes change the hash."""
    text = json.dumps(_shuffled(value, order), indent=indent)  # type: ignore[arg-type]

    assert provenance_sha(json.loads(text)) == provenance_sha(value)


@given(OBJECTS, OBJECTS)
def test_sha_tells_documents_apart(one: dict, other: dict) -> None:  # type: ignore[type-arg]
    """Two documents have one hash exactly when they are the same JSON."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (provenance_sha(one, ()) == provenance_sha(other, ())) is same


#: Texts that a quick encoder could write otherwise: by their order, their escapes or their ends.
TEXTS = st.text(max_size=4) | st.sampled_from(
    ["\x07", "\x7f", "\u2028", "\ue000", "\U0001f642", "1.0,"]
)
NUMBERS = (
    st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([1.0, -0.0, 1e-7, 1e21, 123456789012345680.0])
)


@given(
    st.recursive(
        st.none() | st.booleans() | NUMBERS | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    )
)
def test_canonical_json_is_rfc_8785(value: object) -> None:
    """The result equals that of the reference implementation for every value."""
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_importing_it_imports_no_schema_library() -> None:
    """Reading manifests does not pay for jsonschema, an HTTP client or regex."""
    code = (
        "import sys, lukhas_notion.manifests.manifest, lukhas_notion.validate.gates, "
        "lukhas_notion.validate.vocabulary; "
        "print(*{'jsonschema', 'regex', 'httpx', 'referencing', 'rich'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real manifests is not here")
def test_every_home_assistant_manifest_is_read_and_hashed() -> None:
    """1,221 manifests of an unrelated shape are found, read and have different hashes."""
    paths = find_manifests(CORPUS, ["components/*/manifest.json"])
    read = [read_manifest(CORPUS, path) for path in paths]

    assert len(paths) == 1221
    assert all(isinstance(each, Manifest) for each in read)
    assert len({each.sha for each in read if isinstance(each, Manifest)}) == 1221
