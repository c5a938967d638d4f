"""The schema gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lukhas_notion.manifests.manifest import Manifest, Violation, read_manifest
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.read_files import packaged_schema
from lukhas_notion.validate.gates import SchemaGate

DRAFT = "https://json-schema.org/draft/2020-12/schema"
OLDEST = "http://json-schema.org/draft-04/schema"


def _gate(root: Path, schema: Any, **others: Any) -> SchemaGate:
    for name, content in {"schema": schema, **others}.items():
        (root / f"{name}.json").write_text(json.dumps(content, indent=1))
    return SchemaGate.load(root / "schema.json", root=root)


def _check(root: Path, schema: Any, value: Any, **others: Any) -> list[Violation]:
    gate = _gate(root, schema, **others)
    (root / "m.json").write_text(json.dumps(value, indent=1))
    manifest = read_manifest(root, "m.json")
    assert isinstance(manifest, Manifest)
    return gate.check(manifest)


def _properties(**schemas: Any) -> dict[str, Any]:
    return {"properties": schemas}


WORDS: list[tuple[dict[str, Any], Any, str, str]] = [
    ({"type": "string"}, 7, "type", "7 is a number; it must be text"),
    ({"type": ["integer", "null"]}, "x", "type", "must be a whole number or null"),
    ({"enum": ["alpha", "beta"]}, "Alpa", "enum", 'is not one of "alpha" or "beta"'),
    ({"enum": [1, None]}, [1], "enum", "a list of 1 is not one of 1 or null"),
    ({"const": True}, 1, "const", "1 must be true"),
    ({"format": "date-time"}, "yesterday", "format", '"yesterday" is not a date and time with'),
    ({"format": "uri"}, "./docs", "format", '"./docs" is not an absolute URL'),
    ({"pattern": "^a$"}, "b", "pattern", '"b" does not match the pattern "^a$"'),
    ({"minimum": 0}, -1, "minimum", "-1 must be at least 0"),
    ({"exclusiveMaximum": 5}, 5, "exclusiveMaximum", "5 must be less than 5"),
    ({"multipleOf": 2}, 3, "multipleOf", "3 must be a multiple of 2"),
    ({"minLength": 1}, "", "minLength", "text that is empty"),
    ({"maxLength": 2}, "abc", "maxLength", "3 characters here; at most 2 are allowed"),
    ({"minItems": 2}, [1], "minItems", "1 item here; at least 2 are needed"),
    ({"maxProperties": 0}, {"a": 1}, "maxProperties", "1 key here; at most 0 are allowed"),
    ({"not": {"type": "null"}}, None, "not", "null must not be null"),
    ({"contains": {"const": 1}}, [2], "contains", "must have an item that is 1"),
    ({"prefixItems": [True], "items": False}, [1, 2], "items", "2 items here; at most 1"),
    (False, 1, "false", "this is not allowed here"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("schema", "value", "keyword", "said"), WORDS)
def test_each_keyword_is_said_in_words(
    tmp_path: Path, schema: Any, value: Any, keyword: str, said: str
) -> None:
    """A violation has the rule, the pointer, the line and words for a person."""
    (found,) = _check(tmp_path, _properties(x=schema), {"a": 1, "x": value})

    assert (found.path, found.pointer, found.line) == ("m.json", "/x", 3)
    assert found.rule == f"schema.{keyword}"
    assert said in found.message


def test_required_is_at_the_object_and_unknown_keys_at_the_key(tmp_path: Path) -> None:
    """Each missing and each unknown key is a violation of its own, in the order of the lines."""
    schema = _properties(
        o={"required": ["p", "q"], "additionalProperties": False, "properties": {"p": {}}}
    )

    found = _check(tmp_path, schema, {"o": {"r": 1, "s": 2}})

    assert [(v.line, v.column, v.pointer, v.rule) for v in found] == [
        (2, 7, "/o", "schema.required"),
        (2, 7, "/o", "schema.required"),
        (3, 3, "/o/r", "schema.additionalProperties"),
        (4, 3, "/o/s", "schema.additionalProperties"),
    ]
    assert 'the key "q" is missing' in found[1].message
    assert all(v.remedy for v in found)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"propertyNames": {"pattern": "^[a-z]$"}}, "/BAD"),
        ({"patternProperties": {"^B": {"type": "string"}}}, "/BAD"),
        ({"patternProperties": {"^a": True}, "additionalProperties": False}, "/BAD"),
        ({"additionalProperties": {"type": "string"}}, "/BAD"),
        ({"properties": {"BAD": {"items": {"type": "null"}}}}, "/BAD/0"),
        ({"properties": {"BAD": {"uniqueItems": True}}}, "/BAD/1"),
        ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"maxProperties": 0}}}, ""),
        ({"$dynamicRef": "#a", "$defs": {"a": {"$dynamicAnchor": "a", "maxProperties": 0}}}, ""),
    ],
)
def test_places_of_keywords(tmp_path: Path, schema: Any, pointer: str) -> None:
    """Every applicator leads to the value, or the key, that is wrong."""
    (found,) = _check(tmp_path, schema, {"BAD": [1.0, 1]} if "/1" in pointer else {"BAD": [1]})

    assert found.pointer == pointer


@pytest.mark.parametrize(
    ("items", "unique"),
    [
        ([1, True, "1", None, [1], {"a": 1}, 0, False], True),
        ([{"a": [1]}, {"a": [1.0]}], False),
        ([[True], [1]], True),
        ([{"a": True}, {"a": 1}], True),
    ],
)
def test_unique_items_are_compared_as_json(tmp_path: Path, items: Any, unique: bool) -> None:
    """1 and 1.0 are one number; 1 and true are two values, however deep."""
    found = _check(tmp_path, _properties(x={"uniqueItems": True}), {"x": items})

    assert (found == []) is unique


CHOICES = {
    "oneOf": [
        {"title": "a link", "type": "string", "format": "uri"},
        {
            "type": "object",
            "required": ["href"],
            "properties": {"href": {"format": "uri"}, "kind": {"enum": ["doc", "code"]}},
        },
        {"$ref": "#/$defs/nothing"},
    ]
}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no link", 'the closest is a link, which fails because "no link" is not an absolute URL'),
        ({"href": "u:x", "kind": "dox"}, 'fails because at "kind" "dox" is not one of'),
        ({}, 'an object with "href", which fails because the key "href" is missing'),
        (7, 'must be one of these: a link, an object with "href" or "nothing"'),
    ],
)
def test_choices_name_the_closest(tmp_path: Path, value: Any, said: str) -> None:
    """Of several schemas, the one that was most likely meant is explained."""
    schema = {**_properties(x=CHOICES), "$defs": {"nothing": {"type": "null"}}}

    (found,) = _check(tmp_path, schema, {"x": value})

    assert found.rule == "schema.oneOf"
    assert said in found.message
    assert len(found.message) < 500


def test_a_choice_that_fits_twice_says_so(tmp_path: Path) -> None:
    """A oneOf with two branches that hold is said to match more than one."""
    schema = _properties(x={"oneOf": [{"type": "string"}, {"minLength": 1}]})

    (found,) = _check(tmp_path, schema, {"x": "./docs"})

    assert "matches more than one of these" in found.message


def test_nearly_right_values_get_the_right_one(tmp_path: Path) -> None:
    """An enum's remedy is the value that was meant."""
    (found,) = _check(tmp_path, _properties(x={"enum": ["Production"]}), {"x": "production "})

    assert found.remedy == 'Did you mean "Production"?'


def test_messages_are_short(tmp_path: Path) -> None:
    """Only the beginning of a long value is quoted."""
    schema = _properties(x={"enum": [f"name-{i}" for i in range(500)], "pattern": "^$"})

    found = _check(tmp_path, schema, {"x": "y" * 100_000})

    assert [v.rule for v in found] == ["schema.enum", "schema.pattern"]
    assert all(len(v.message) < 600 for v in found)


@pytest.mark.parametrize(
    ("draft", "wrong"),
    [
        ("https://json-schema.org/draft/2019-09/schema", {"x": ["a", 1], "n": 1.5}),
        ("http://json-schema.org/draft-07/schema#", {"x": ["a", 1], "n": 1.5}),
        ("http://json-schema.org/draft-06/schema#", {"x": ["a", 1], "n": 1.5}),
        ("http://json-schema.org/draft-04/schema#", {"x": ["a", 1], "n": 1.0}),
    ],
)
def test_older_drafts(tmp_path: Path, draft: str, wrong: Any) -> None:
    """``$schema`` decides the draft: lists of items, and what a whole number is."""
    schema = {
        "$schema": draft,
        "definitions": {"t": {"type": "string"}},
        **_properties(x={"items": [{}, {"$ref": "#/definitions/t"}]}, n={"type": "integer"}),
    }

    assert {v.pointer for v in _check(tmp_path, schema, wrong)} == {"/x/1", "/n"}


UNEVALUATED = {
    "$defs": {"base": {"properties": {"a": {}}}},
    "$ref": "#/$defs/base",
    "patternProperties": {"^x-": {}},
    "anyOf": [{"required": ["k"], "properties": {"k": {}}}, True],
    "if": {"required": ["c"]},
    "then": {"properties": {"c": {}}},
    "else": {"properties": {"d": {}}},
    "dependentSchemas": {"a": {"properties": {"b": {}}}},
    "unevaluatedProperties": False,
}


@pytest.mark.parametrize(
    ("value", "extra"),
    [
        ({"a": 1, "b": 1, "x-1": 1}, set()),
        ({"b": 1}, {"/b"}),
        ({"k": 1, "d": 1}, set()),
        ({"c": 1, "d": 1}, {"/d"}),
        ({"z": 1}, {"/z"}),
    ],
)
def test_unevaluated_properties(tmp_path: Path, value: Any, extra: set[str]) -> None:
    """Keys that an applied schema evaluates are allowed, all others are not."""
    assert {v.pointer for v in _check(tmp_path, UNEVALUATED, value)} == extra


def test_files_of_the_repository_may_be_referred_to(tmp_path: Path) -> None:
    """A relative $ref is resolved against the file that it is in."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.json").write_text('{"$ref": "../c.json#/$defs/t"}')
    schema = {"$schema": DRAFT, **_properties(x={"$ref": "sub/b.json"}, y={"$ref": "#"})}
    common = {"$schema": DRAFT, "$defs": {"t": {"type": "string", "format": "date"}}}

    found = _check(tmp_path, schema, {"x": "no", "y": {"x": 1}}, c=common)

    assert [(v.pointer, v.rule) for v in found] == [
        ("/x", "schema.format"),
        ("/y/x", "schema.type"),
    ]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "https://example.org/s.json"}, "schema.json:2: $ref"),
        ({"$ref": "https://example.org/s.json"}, "refuses to fetch"),
        ({"$ref": "../outside.json"}, "outside the repository"),
        ({"$ref": "file:///etc/passwd"}, "outside the repository"),
        ({"$ref": "file://host/x.json"}, "refuses to fetch"),
        ({"$id": "https://example.org/a/", "$ref": "b.json"}, "refuses to fetch"),
        ({"$ref": "absent.json"}, "cannot be read"),
        ({"$ref": "#/$defs/absent"}, "there is no such schema"),
        ({"$dynamicRef": "#absent"}, "schema.json:2: $ref"),
        ({"$schema": OLDEST, "patternProperties": {"(": {}}}, "is not a regular expression"),
        ({"$schema": OLDEST, "patternProperties": {"(" * 9000: {}}}, "is not a regular expression"),
        ({"$ref": "#/x", "x": {"pattern": 5}}, "not a valid JSON Schema"),
        ({"a": 1, "type": "strin"}, "schema.json:3: not a valid JSON Schema"),
        ({"pattern": "("}, "not a valid JSON Schema"),
        ({"patternProperties": {"(": {}}}, "("),
        ({"$schema": "https://example.org/own"}, "names no known version"),
        ({"$schema": 7}, "names no known version"),
        ([], "this is a list; it must be an object or true or false"),
    ],
)
def test_unusable_schemas_are_configuration_errors(tmp_path: Path, schema: Any, said: str) -> None:
    """A schema is refused if a file it refers to is invalid or outside the repository."""
    (tmp_path / "outside.json").write_text("{}")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.json").write_text("{}")

    with pytest.raises(ConfigError) as caught:
        _gate(root, schema)

    assert said in caught.value.message
    assert caught.value.message.startswith("schema.json:")


@pytest.mark.parametrize("content", [b"", b"{", b"\xef\xbb\xbf{}"])
def test_schemas_that_are_no_json_are_configuration_errors(tmp_path: Path, content: bytes) -> None:
    """A schema file that cannot be parsed is refused with its place."""
    (tmp_path / "s.json").write_bytes(content)

    with pytest.raises(ConfigError, match=r"^s\.json:1:\d+: "):
        SchemaGate.load(tmp_path / "s.json", root=tmp_path)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        {"$dynamicRef": "#a", "$dynamicAnchor": "a"},
    ],
)
def test_endless_references_are_a_violation(tmp_path: Path, schema: Any) -> None:
    """A schema that leads back to itself is one violation, without a traceback."""
    (found,) = _check(tmp_path, schema, {})

    assert found.rule == "schema.recursion"


def test_recursive_schemas_are_fine(tmp_path: Path) -> None:
    """A schema that refers to itself for inner values checks them at every level."""
    schema = _properties(name={"type": "string"}, child={"$ref": "#"})

    (found,) = _check(tmp_path, schema, {"child": {"child": {"name": 1}}})

    assert found.pointer == "/child/child/name"


def test_the_packaged_schema_loads(tmp_path: Path) -> None:
    """Without a schema file the packaged one holds: a module's name is required."""
    (tmp_path / "m.json").write_text('{"features": ["a", "a"]}')
    manifest = read_manifest(tmp_path, "m.json")
    assert isinstance(manifest, Manifest)

    found = SchemaGate.load(None, root=tmp_path).check(manifest)

    assert {v.rule for v in found} == {"schema.required", "schema.uniqueItems"}


def test_the_packaged_schema_is_valid(tmp_path: Path) -> None:
    """A run does not check the packaged schema; as a file of a repository it passes the check."""
    (tmp_path / "schema.json").write_bytes(packaged_schema())

    SchemaGate.load(tmp_path / "schema.json", root=tmp_path)


@pytest.mark.parametrize("allowed", [True, False])
def test_boolean_schemas(tmp_path: Path, allowed: bool) -> None:
    """A schema that is just true or false allows all, or nothing."""
    assert (_check(tmp_path, allowed, {}) == []) is allowed


def test_a_property_may_be_called_as_a_keyword(tmp_path: Path) -> None:
    """Values under a property named propertyNames have the places of values."""
    schema = _properties(propertyNames={"items": {"type": "string"}})

    (found,) = _check(tmp_path, schema, {"propertyNames": [1]})

    assert (found.pointer, found.line, found.column) == ("/propertyNames/0", 3, 3)


def test_choices_within_choices_are_explained_to_a_depth(tmp_path: Path) -> None:
    """Choices nested without end are explained for a few levels, not all."""
    schema: Any = {"type": "null"}
    for _ in range(20):
        schema = {"anyOf": [schema, False]}

    (found,) = _check(tmp_path, _properties(x=schema), {"x": 1})

    assert found.message.count("must be one of these") == 4


def test_a_schema_that_takes_too_long_to_check_is_refused(tmp_path: Path) -> None:
    """A schema nested deeper than can be checked is an error of the configuration."""
    schema: Any = {}
    for _ in range(190):
        schema = {"not": schema}

    with pytest.raises(ConfigError, match="too large or too deep"):
        _gate(tmp_path, schema)


def test_embedded_resources_keep_their_own_base(tmp_path: Path) -> None:
    """A part with an $id of its own resolves its references against itself."""
    inner = {"$id": "urn:inner", "$ref": "#/$defs/t", "$defs": {"t": {"type": "null"}}}
    schema = {"$defs": {"t": {"type": "string"}}, **_properties(x=inner, y={"$ref": "#/$defs/t"})}

    assert _check(tmp_path, schema, {"x": None, "y": "text"}) == []


def test_a_choice_among_nothing(tmp_path: Path) -> None:
    """A choice in which no branch can match is reported without a closest branch."""
    (found,) = _check(tmp_path, _properties(x={"anyOf": [False, False]}), {"x": 1})

    assert found.message.endswith("1 must be one of these: nothing or nothing")


@pytest.mark.parametrize("value", [7, None, "text", {"a": {"b": [1]}}, [{}]])
def test_keywords_leave_other_kinds_of_value_alone(tmp_path: Path, value: Any) -> None:
    """A keyword ignores values of other types."""
    keywords = {
        "$ref": "#/$defs/any",
        "additionalProperties": {"additionalProperties": {"items": {}}},
        "patternProperties": {"^z": False},
        "propertyNames": {"maxLength": 1},
        "unevaluatedProperties": False,
        "dependentSchemas": {"z": False},
        "required": [],
        "items": {"pattern": "x"},
        "uniqueItems": True,
    }

    schema = {"$defs": {"any": True}, **_properties(x=keywords, y={"uniqueItems": False})}

    assert _check(tmp_path, schema, {"x": value, "y": [1, 1]}) == []
