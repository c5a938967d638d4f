"""The reference of the configuration: every key of its JSON Schema, and every variable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generators.tables import code, table
from lukhas_notion.config import config
from lukhas_notion.config.document import key_schema, kind_of, shape
from lukhas_notion.config.settings import DEFAULT_API_URL, DEFAULT_RATE
from lukhas_notion.plan.property_types import PROPERTY_TYPES
from lukhas_notion.plan.property_types import kind_of as property_kind

#: (variable, default, meaning)
VARIABLES = (
    ("NOTION_TOKEN", "", "the integration's token; it is read from nowhere else"),
    ("NOTION_DATABASE_ID", "", "the database: its id, with or without hyphens, or any Notion URL"),
    ("NOTION_DATA_SOURCE_ID", "", "the data source, where the database has several"),
    (
        "NOTION_RATE_LIMIT",
        f"{DEFAULT_RATE:g}",
        "operations per second, as an average over a minute",
    ),
    ("NOTION_API_URL", DEFAULT_API_URL, "where Notion is; never taken from the file"),
    ("GITHUB_TOKEN", "", "never used by the commands; taken out of everything they print"),
)


def keys() -> str:
    """Return the table of all keys but those of a property."""
    rows = []
    for name in shape()["properties"]:
        if name != "properties":
            rows += [[code(f"[{name}]"), *row] for row in _rows(key_schema((name,)))]
    return table(["Table", "Key", "Type", "Default", "Meaning"], rows)


def property_keys() -> str:
    """Return the table of a property's keys."""
    rows = _rows(key_schema(("properties", "NAME")))
    return table(["Key", "Type", "Default", "Meaning"], rows)


def _rows(part: dict[str, Any]) -> Iterator[list[str]]:
    """Yield a row for each key of a table, as the schema describes it."""
    keys = dict(part["properties"])
    if part["additionalProperties"]:
        keys["PROPERTY"] = part["additionalProperties"]
    whole = shape()
    for key, each in keys.items():
        if "not" in each:
            continue
        reference = each.get("$ref", "").rpartition("/")[2]
        each = {**whole["$defs"].get(reference, {}), **each}  # noqa: PLW2901
        default = json.dumps(each["default"]) if "default" in each else ""
        yield [code(key), kind_of(each), code(default), each["description"]]


def property_types() -> str:
    """Return the table of the types of property."""
    rows = [
        [code(kind.type), kind.label, kind.takes, ", ".join(map(code, kind.settings))]
        for kind in map(property_kind, PROPERTY_TYPES)
    ]
    return table(["Type", "In Notion", "From the manifest", "Keys of its own"], rows)


def default_mapping() -> str:
    """Return the table of the default properties."""
    rows = [
        [
            p.name,
            code(p.type),
            code(", ".join(p.pointers)),
            code(p.each.text if p.each else ""),
            "yes" if p.required else "no",
        ]
        for p in config.DEFAULT_PROPERTIES
    ]
    return table(["Property", "Type", "From", "Each", "Required"], rows)


def variables() -> str:
    """Return the table of environment variables."""
    rows = [[code(name), code(default), said] for name, default, said in VARIABLES]
    return table(["Variable", "Default", "Meaning"], rows)
