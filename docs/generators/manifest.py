"""The reference of a manifest: the packaged schema as a table, one row per member."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generators.tables import code, table
from lukhas_notion.config import config
from lukhas_notion.manifests.json_values import TYPES
from lukhas_notion.util.read_files import packaged_schema

#: What a schema's format or pattern means, in words.
_FORMATS = {
    "date-time": "a date and time with time zone: `2026-01-31T12:00:00Z`",
    "uri": "an absolute URL",
    "uri-reference": "a URL, or a path",
}


def members() -> str:
    """Return the table of everything that the packaged schema knows."""
    rows = [
        [code(pointer), _shape(node), _said(node), _property(pointer)]
        for pointer, node in walk(json.loads(packaged_schema()))
    ]
    return table(["Place", "Value", "Meaning", "In Notion"], rows)


def walk(schema: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON pointer and the schema of every member, references followed, in order."""
    definitions = schema["$defs"]

    def below(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
        named = dict(node.get("properties", {}))
        if isinstance(node.get("additionalProperties"), dict):
            named["NAME"] = node["additionalProperties"]
        for name, each in named.items():
            reference = each.get("$ref", "").rpartition("/")[2]
            whole = {**definitions.get(reference, {}), **each}
            required = name in node.get("required", ())
            yield f"{prefix}/{name}", {**whole, "is required": required}
            yield from below(whole, f"{prefix}/{name}")

    yield from below(schema, "")


def _shape(node: Mapping[str, Any]) -> str:
    said = TYPES[node["type"]]
    if node["type"] == "array":
        said = f"a list of {TYPES[node['items']['type']]}s" if node.get("items") else said
        said = said.replace("texts", "texts, each once" if node.get("uniqueItems") else "texts")
    if isinstance(node.get("additionalProperties"), dict):
        said = "an object: `NAME` → an object"
    if "minimum" in node:
        said += f" from {node['minimum']}" + (
            f" to {node['maximum']}" if "maximum" in node else " on"
        )
    said = _FORMATS.get(node.get("format", ""), said)
    return f"{said}, **required**" if node["is required"] else said


def _said(node: Mapping[str, Any]) -> str:
    return str(node["description"])


def _property(pointer: str) -> str:
    """Return the default property that a member feeds."""
    feeds = (p.name for p in config.DEFAULT_PROPERTIES if pointer in p.pointers)
    return next(feeds, "")
