"""Keys that other tools add and that the mapping reads, beside a schema that does not list them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.core import manifest

from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.validate.gates import SchemaGate

READS = ("/module", "/features", "/apis", "/performance/p95", "/_provenance/*/extracted_at")
CLOSED = {
    "type": "object",
    "properties": {"module": {"type": "string"}},
    "required": ["module"],
    "additionalProperties": False,
}
ENRICHED = {
    "module": "m",
    "features": ["a"],
    "apis": {"x": {}},
    "_provenance": {"git": {"extracted_at": "2026-01-31"}},
}


def check(folder: Path, schema: object, value: Any) -> list[Violation]:
    """Return the violations of a manifest by a schema."""
    (folder / "s.json").write_text(json.dumps(schema))
    gate = SchemaGate.load(folder / "s.json", root=folder, reads=READS)
    return gate.check(manifest(value))


@pytest.mark.parametrize(
    "schema",
    [
        CLOSED,
        {**CLOSED, "additionalProperties": {"type": "string"}},
        {"$ref": "#/$defs/m", "$defs": {"m": CLOSED}},
        {"allOf": [{"required": ["module"]}, CLOSED]},
        {"anyOf": [{"required": ["name"]}, CLOSED]},
        {"oneOf": [{"required": ["name"]}, CLOSED]},
        {"if": {"required": ["module"]}, "then": CLOSED},
        {"properties": {"module": True}, "unevaluatedProperties": False},
        {"allOf": [{"properties": {"module": True}}], "unevaluatedProperties": False},
        {"propertyNames": {"enum": ["module"]}},
        {"propertyNames": {"pattern": "^[a-z]{6}$"}},
        {"patternProperties": {"^[^m]": False}},
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "properties": {"module": {}},
            "additionalProperties": False,
        },
    ],
)
def test_a_key_that_is_read_is_known(tmp_path: Path, schema: object) -> None:
    """Enriched manifests pass every kind of closed schema; other unlisted keys do not."""
    assert check(tmp_path, schema, ENRICHED) == []
    assert check(tmp_path, schema, {**ENRICHED, "own9er": 1}) != []


def test_only_the_keys_at_the_top_are_known(tmp_path: Path) -> None:
    """A key that is read is accepted only at the top of the manifest."""
    schema = {**CLOSED, "properties": {"module": True, "inner": CLOSED}}
    (found,) = check(tmp_path, schema, {"module": "m", "inner": ENRICHED | {"module": "m"}})[:1]
    assert found.pointer.startswith("/inner/")
    assert found.remedy == "Remove it, or correct its spelling."


def test_what_the_schema_says_of_a_known_key_still_counts(tmp_path: Path) -> None:
    """A key that is read must still pass the key's own schema."""
    schema = {**CLOSED, "properties": {"module": True, "features": {"type": "string"}}}
    (found,) = check(tmp_path, schema, ENRICHED)
    assert (found.rule, found.pointer) == ("schema.type", "/features")


@pytest.mark.parametrize(
    ("schema", "value", "pointer"),
    [
        ({"properties": {"features": False}}, ENRICHED, "/features"),
        (
            {"properties": {"performance": {"additionalProperties": False}}},
            {"module": "m", "performance": {"p95": 1}},
            "/performance/p95",
        ),
        (
            {"properties": {"features": {"prefixItems": [True, False]}}},
            {"module": "m", "features": ["a", "b"]},
            "/features/1",
        ),
        (
            {"anyOf": [{"properties": {"apis": False}}, {"required": ["zone"]}]},
            {"module": "m", "apis": {}},
            "",
        ),
    ],
)
def test_nobody_is_told_to_remove_what_is_read(
    tmp_path: Path, schema: object, value: Any, pointer: str
) -> None:
    """It is the schema that has to change, or the mapping."""
    (found,) = check(tmp_path, schema, value)
    assert found.pointer == pointer
    assert found.remedy == "Allow it in the schema, because a property is read from it."


def test_nobody_is_told_to_remove_a_whole_manifest(tmp_path: Path) -> None:
    """For a schema that allows nothing, the remedy is to change the schema."""
    (found,) = check(tmp_path, False, {"module": "m"})
    assert found.pointer == ""
    assert found.remedy == "Change the schema."


def test_a_manifest_that_is_valid_stays_so(tmp_path: Path) -> None:
    """Two closed shapes that differ only by a read key do not both match."""
    shapes = [CLOSED, {**CLOSED, "properties": {"module": True, "features": {"type": "array"}}}]
    value = {"module": "m", "features": ["a"]}
    assert check(tmp_path, {"oneOf": shapes}, value) == []
    spoilt = {"oneOf": shapes, "properties": {"zone": {"type": "string"}}}
    found = check(tmp_path, {"allOf": [spoilt]}, {**value, "zone": 7})
    assert "matches more than one" not in " ".join(v.message for v in found)
