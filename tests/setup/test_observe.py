"""Places of files, what they are called, and the schema that all files pass."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lukhas_notion.setup.observe import column_name, infer_schema, is_date, is_url, observe

NESTED: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "a", "2026-01-31"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdef"), inner),
    max_leaves=12,
)


def test_places_are_the_leaves_in_the_order_of_the_files() -> None:
    """Objects are descended into, a list is one value, and pointers are escaped."""
    top = observe([{"a": {"x/y": 1}, "b": [1]}, {"c": "", "a": {"z": None}}])
    assert [(p.pointer, len(p.leaves), len(p.values)) for p in top.places()] == [
        ("/a/x~1y", 1, 1),
        ("/a/z", 1, 0),
        ("/b", 1, 1),
        ("/c", 1, 0),
    ]


def test_an_object_of_names_is_one_place() -> None:
    """The keys of dependencies are names; those of a record are fields."""
    files = [{"deps": {f"d{n}-{m}": "1" for m in range(3)}, "at": {"k": n}} for n in range(4)]
    top = observe(files)
    assert [place.pointer for place in top.places()] == ["/deps", "/at/k"]
    assert len(top.inside["deps"].values) == 4


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (["iot_class"], "IoT class"),
        (["configFlow"], "Config flow"),
        (["spec", "providesApis"], "Provides APIs"),
        (["metadata", "annotations", "backstage.io/techdocs-ref"], "Annotations techdocs ref"),
        (["observed", "observed_at"], "Observed at"),
        (["SLA"], "SLA"),
        (["codeowners"], "Code owners"),
        (["HTTPServer"], "HTTP server"),
        (["latency_p95_ms"], "Latency p95 ms"),
        (["npm"], "npm"),
        (["---"], ""),
    ],
)
def test_names_are_as_people_write_them(path: list[str], name: str) -> None:
    """Words are separated, known words keep their spelling, and the first has a capital letter."""
    assert column_name(path) == name


def test_what_a_text_is() -> None:
    """Only a whole text is an address or a date."""
    assert is_url("https://a.example/b?c")
    assert not any(map(is_url, ["a.example", "https://", "see https://a.example", "ftp://a.b"]))
    assert is_date("2026-01-31T10:00:00Z")
    assert not is_date("January")


@given(st.lists(st.dictionaries(st.sampled_from("abc"), NESTED), min_size=1, max_size=6))
def test_every_file_passes_the_schema(files: list[dict[str, Any]]) -> None:
    """The schema that is inferred from any files is valid, and they pass it."""
    schema = infer_schema(observe(files))
    Draft202012Validator.check_schema(schema)
    for value in files:
        Draft202012Validator(schema).validate(value)


def test_the_schema_says_what_the_files_share() -> None:
    """The schema has types, required keys, the contents of lists and maps, and formats."""
    files = [
        {
            "name": f"m{n}",
            "url": f"https://a.example/{n}",
            "on": n % 2 == 0,
            "size": [n, n / 2],
            "owners": [{"email": f"p{n}@a.example"}],
            "deps": {f"d{n}": "1", f"e{n}": "2"},
            **({"note": None} if n else {}),
        }
        for n in range(4)
    ]
    schema = infer_schema(observe(files))
    assert schema["required"] == ["name", "url", "on", "size", "owners", "deps"]
    properties = schema["properties"]
    assert properties["url"] == {"type": "string", "format": "uri"}
    assert properties["on"] == {"type": "boolean"}
    assert properties["size"] == {"type": "array", "items": {"type": "number"}}
    assert properties["owners"]["items"]["properties"]["email"]["format"] == "email"
    assert properties["deps"] == {"type": "object", "additionalProperties": {"type": "string"}}
    assert properties["note"] == {"type": "null"}
