"""JSON Schema's keywords, each with a value that it allows and one that it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.manifests.manifest import Manifest, parse_file
from lukhas_notion.validate.gates import SchemaGate

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_6 = "http://json-schema.org/draft-06/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
DRAFT_2019 = "https://json-schema.org/draft/2019-09/schema"
DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema"

Case = tuple[dict[str, Any], Any, Any]
POSITIVE = {"exclusiveMinimum": 0}

#: A schema, a value that it allows, and one that it does not.
CASES: dict[str, list[Case]] = {
    DRAFT_2020: [
        ({"type": "integer"}, 3.0, 3.5),
        ({"type": ["null", "boolean"]}, False, 0),
        ({"enum": [1, "a", [1], {"a": [True]}]}, {"a": [True]}, {"a": [1]}),
        ({"enum": [0]}, 0.0, False),
        ({"const": {"a": 1, "b": [2]}}, {"b": [2.0], "a": 1.0}, {"a": 1, "b": [True]}),
        ({"multipleOf": 0.1}, 0.3, 0.35),
        ({"multipleOf": 0.5}, 1e308, 1.25),
        ({"minimum": 2}, 2, 1.9),
        ({"maximum": 2}, 2, 2.1),
        ({"exclusiveMinimum": 2}, 2.1, 2),
        ({"exclusiveMaximum": 2}, 1.9, 2),
        ({"minimum": 2}, "1", 1),
        ({"format": "date"}, 7, "7"),
        ({"format": "lane"}, "anything", None),
        ({"minLength": 2}, "\U0001f642\U0001f642", "\U0001f642"),
        ({"maxLength": 2}, "\U0001f642\U0001f642", "abc"),
        ({"pattern": "b"}, "abc", "ac"),
        ({"minItems": 1}, [0], []),
        ({"maxItems": 1}, [0], [0, 1]),
        ({"uniqueItems": True}, [1, True, "1", [1], [True]], [[1, {"a": 0}], [1.0, {"a": 0}]]),
        ({"uniqueItems": False}, [1, 1], None),
        ({"minProperties": 1}, {"a": 0}, {}),
        ({"maxProperties": 1}, {"a": 0}, {"a": 0, "b": 0}),
        ({"required": ["a", "b"]}, {"a": 0, "b": 0}, {"a": 0}),
        ({"dependentRequired": {"a": ["b"]}}, {"b": 0}, {"a": 0}),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {}, {"a": 0}),
        ({"properties": {"a": POSITIVE}}, {"a": 1, "b": -1}, {"a": -1}),
        ({"patternProperties": {"^x": POSITIVE}}, {"x1": 1, "y": -1}, {"x1": -1}),
        ({"properties": {"a": {}}, "additionalProperties": POSITIVE}, {"a": -1}, {"b": -1}),
        ({"patternProperties": {"^x": {}}, "additionalProperties": False}, {"x1": 0}, {"y": 0}),
        ({"propertyNames": {"maxLength": 2}}, {"ab": 0}, {"abc": 0}),
        ({"prefixItems": [{}, POSITIVE]}, [-1, 1, -1], [-1, -1]),
        ({"prefixItems": [{}], "items": POSITIVE}, [-1, 1], [-1, 1, -1]),
        ({"prefixItems": [{}], "items": False}, [1], [1, 1]),
        ({"items": POSITIVE}, [1, 2], [1, -2]),
        ({"contains": POSITIVE}, [-1, 1], [-1]),
        ({"contains": POSITIVE, "minContains": 2}, [1, 1], [1, -1]),
        ({"contains": POSITIVE, "minContains": 0}, [], None),
        ({"contains": POSITIVE, "maxContains": 1}, [1, -1], [1, 1]),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, 2, 4),
        ({"anyOf": [{"minimum": 3}, {"maximum": 1}]}, 0, 2),
        ({"oneOf": [{"minimum": 1}, {"maximum": 3}]}, 0, 2),
        ({"not": {"minimum": 1}}, 0, 1),
        ({"if": {"minimum": 5}, "then": {"maximum": 7}, "else": {"maximum": 3}}, 6, 4),
        ({"if": {"minimum": 5}, "then": {"maximum": 7}}, 4, 8),
        ({"then": False, "else": False}, 1, None),
        ({"$ref": "#/$defs/a~1b%25", "$defs": {"a/b%": POSITIVE}}, 1, -1),
        ({"$ref": "#plus", "$defs": {"p": {"$anchor": "plus", **POSITIVE}}}, 1, -1),
        ({"$ref": "#/$defs/p", "maximum": 3, "$defs": {"p": POSITIVE}}, 1, 4),
        (
            {"$id": "urn:a", "$ref": "urn:b", "$defs": {"b": {"$id": "urn:b", **POSITIVE}}},
            1,
            -1,
        ),
        ({"unevaluatedProperties": False, "properties": {"a": {}}}, {"a": 0}, {"b": 0}),
        ({"unevaluatedProperties": POSITIVE}, {"a": 1}, {"a": -1}),
        (
            {"unevaluatedProperties": False, "not": {"not": {"properties": {"a": {}}}}},
            {},
            {"a": 0},
        ),
        (
            {
                "unevaluatedProperties": False,
                "anyOf": [{"properties": {"a": POSITIVE}}, {"properties": {"b": POSITIVE}}],
            },
            {"a": 1, "b": 1},
            {"a": 1, "b": -1},
        ),
        (
            {"allOf": [{"properties": {"a": {}}}, {"unevaluatedProperties": False}]},
            {},
            {"a": 0},
        ),
        (
            {"unevaluatedProperties": False, "allOf": [{"additionalProperties": True}]},
            {"a": 0},
            None,
        ),
        ({"unevaluatedItems": False, "prefixItems": [{}]}, [0], [0, 0]),
        ({"unevaluatedItems": False, "contains": POSITIVE}, [1, 2], [1, -1]),
        ({"unevaluatedItems": False, "allOf": [{"items": {}}]}, [0, 0], None),
        ({"unevaluatedItems": POSITIVE, "prefixItems": [{}]}, [-1, 1], [-1, -1]),
        ({"unevaluatedItems": False, "if": {"prefixItems": [{"const": 1}]}}, [1], [2]),
    ],
    DRAFT_2019: [
        ({"items": [{}, POSITIVE], "additionalItems": False}, [-1, 1], [-1, 1, 1]),
        ({"items": [{}], "additionalItems": POSITIVE}, [-1, 1], [-1, -1]),
        ({"items": {}, "additionalItems": False}, [1, 2], None),
        ({"prefixItems": [False], "items": POSITIVE}, [1], [-1]),
        ({"contains": POSITIVE, "minContains": 2}, [1, 1], [1]),
        ({"unevaluatedItems": False, "items": [{}]}, [0], [0, 0]),
        ({"unevaluatedItems": False, "contains": {}, "minContains": 0}, [], [1]),
        ({"properties": {"a": {"$recursiveRef": "#"}, "b": POSITIVE}}, {"a": {}}, {"a": {"b": 0}}),
    ],
    DRAFT_7: [
        ({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, {"b": 0}, {"c": 0}),
        ({"dependencies": {"a": ["b"]}}, {"a": 0, "b": 0}, {"a": 0}),
        ({"$ref": "#/definitions/p", "maximum": 3, "definitions": {"p": POSITIVE}}, 4, -1),
        ({"if": POSITIVE, "then": {"maximum": 3}}, 3, 4),
    ],
    DRAFT_6: [
        ({"contains": POSITIVE, "minContains": 2}, [1], []),
        ({"if": True, "then": False}, 1, None),
        ({"type": "integer"}, 1.0, 1.5),
    ],
    DRAFT_4: [
        ({"minimum": 2, "exclusiveMinimum": True}, 3, 2),
        ({"maximum": 2, "exclusiveMaximum": True}, 1, 2),
        ({"maximum": 2, "exclusiveMaximum": False}, 2, 3),
        ({"type": "integer"}, 1, 1.0),
        ({"const": 1}, 2, None),
        ({"id": "urn:a", "properties": {"a": {"$ref": "#"}}, "maxProperties": 1}, {"a": {}}, None),
    ],
}
FLAT = [(draft, *case) for draft, cases in CASES.items() for case in cases]


def holds(root: Path, draft: str, schema: Any, value: Any) -> bool:
    """Return whether a value is allowed, next to a second one without conditions."""
    whole = {**schema, "$schema": draft}
    (root / "s.json").write_text(json.dumps(whole))
    (root / "outer.json").write_text(
        json.dumps({"$schema": draft, "properties": {"x": {"$ref": "s.json"}}})
    )
    manifest = parse_file("m.json", json.dumps({"x": value, "y": 1}).encode())[0]
    assert isinstance(manifest, Manifest)
    referred = SchemaGate.load(root / "outer.json", root=root).check(manifest)
    if isinstance(value, dict):
        manifest = parse_file("m.json", json.dumps(value).encode())[0]
        assert isinstance(manifest, Manifest)
        direct = SchemaGate.load(root / "s.json", root=root).check(manifest)
        assert bool(direct) is bool(referred)
    return not referred


@pytest.mark.parametrize(("draft", "schema", "good", "bad"), FLAT)
def test_each_keyword_tells_good_from_bad(
    tmp_path: Path, draft: str, schema: Any, good: Any, bad: Any
) -> None:
    """A keyword follows its draft, both within one document and through resolved references.

    Without a bad value (None), no value is refused.
    """
    assert holds(tmp_path, draft, schema, good)
    assert holds(tmp_path, draft, schema, bad) is (bad is None)
