"""Whether the database has what the mapping writes, before anything is planned."""

from __future__ import annotations

import difflib

from lukhas_notion.errors import SetupError
from lukhas_notion.mapping import PropertyMapping
from lukhas_notion.snapshot import Schema
from lukhas_notion.values import PropertyType

#: What the types are called where a person adds one in Notion.
TYPE_NAMES = {
    PropertyType.TITLE: "Title",
    PropertyType.RICH_TEXT: "Text",
    PropertyType.NUMBER: "Number",
    PropertyType.MULTI_SELECT: "Multi-select",
    PropertyType.SELECT: "Select",
    PropertyType.DATE: "Date",
    PropertyType.CHECKBOX: "Checkbox",
    PropertyType.URL: "URL",
}


def fit(mapping: PropertyMapping, schema: Schema) -> PropertyMapping:
    """Return the mapping without the optional properties that the database has not.

    Raises:
        SetupError: a required property is missing, or one is of another type; all of them are
            named at once.
    """
    problems: list[str] = []
    absent: set[str] = set()
    for spec in mapping.properties:
        found = schema.properties.get(spec.name)
        wanted = TYPE_NAMES[spec.type]
        if found is None and spec.required:
            problems.append(
                f"Property '{spec.name}' not found in database: add a property of type "
                f"{wanted} with exactly this name{_near(spec.name, schema)}."
            )
        elif found is None:
            absent.add(spec.name)
        elif found.type != spec.type:
            problems.append(
                f"Property '{spec.name}' has the type {found.type} in the database: it must be "
                f"{wanted} ({spec.type})."
            )
    if problems:
        raise SetupError(
            "\n".join(problems),
            "In Notion, open the database, click + at the right of the header row, choose the "
            "type, and write the name exactly so: it is case-sensitive.",
        )
    return mapping.without(absent)


def _near(name: str, schema: Schema) -> str:
    for other in schema.properties:
        if other.casefold().strip() == name.casefold().strip():
            return f" (there is '{other}', which differs by case or spaces)"
    close = difflib.get_close_matches(name, list(schema.properties), 1, 0.75)
    return f" (there is '{close[0]}')" if close else ""
