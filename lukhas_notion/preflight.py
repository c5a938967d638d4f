"""Whether the database has what the mapping and the manifests need, before anything is written."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from lukhas_notion.config import Config
from lukhas_notion.errors import SetupError
from lukhas_notion.mapping import PropertyMapping, options
from lukhas_notion.option_plan import MAX_LISTED, MissingOption
from lukhas_notion.snapshot import Schema
from lukhas_notion.values import PropertyType
from lukhas_notion.violation import Violation

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

#: What to do about a property that is missing.
HOW_TO_ADD = (
    "In Notion, open the database, click + at the right of the header row, choose the type, and "
    "write the name exactly so: it is case-sensitive."
)


@dataclass(frozen=True, slots=True)
class Misfit:
    """A property that the database does not have as the mapping needs it.

    Args:
        name: the property's.
        found: the type that it has instead, by Notion's own word, "" where it is not there.
        message: what is wrong and how it must be, in a sentence.
    """

    name: str
    found: str
    message: str


def misfits(mapping: PropertyMapping, schema: Schema) -> list[Misfit]:
    """Return every required property that is missing, and every one that is of another type."""
    problems: list[Misfit] = []
    for spec in mapping.properties:
        found = schema.properties.get(spec.name)
        wanted = TYPE_NAMES[spec.type]
        if found is None and spec.required:
            said = (
                f"Property '{spec.name}' not found in database: add a property of type "
                f"{wanted} with exactly this name{_near(spec.name, schema)}."
            )
            problems.append(Misfit(spec.name, "", said))
        elif found is not None and found.type != spec.type:
            said = (
                f"Property '{spec.name}' has the type {found.type} in the database: it must be "
                f"{wanted} ({spec.type})."
            )
            problems.append(Misfit(spec.name, found.type, said))
    return problems


def fit(mapping: PropertyMapping, schema: Schema) -> PropertyMapping:
    """Return the mapping without the optional properties that the database has not.

    Raises:
        SetupError: a required property is missing, or one is of another type; all of them are
            named at once.
    """
    problems = misfits(mapping, schema)
    if problems:
        raise SetupError("\n".join(problem.message for problem in problems), HOW_TO_ADD)
    return mapping.without({p.name for p in mapping.properties if p.name not in schema.properties})


def respelled(name: str, schema: Schema) -> str:
    """Return the database's property that differs from ``name`` by case or spaces alone, or ""."""
    folded = name.casefold().strip()
    return next((p for p in schema.properties if p.casefold().strip() == folded and p != name), "")


def _near(name: str, schema: Schema) -> str:
    if other := respelled(name, schema):
        return f" (there is '{other}', which differs by case or spaces)"
    close = difflib.get_close_matches(name, list(schema.properties), 1, 0.75)
    return f" (there is '{close[0]}')" if close else ""


def missing_option(
    config: Config, missing: MissingOption, mapping: PropertyMapping, schema: Schema
) -> Violation:
    """Return what is to be said of an option that Notion would have to make up, at its place."""
    from lukhas_notion.manifest import Manifest, read_manifest

    line, column, pointer = 1, 1, ""
    manifest = read_manifest(config.root, missing.path, volatile=config.volatile)
    spec = next(p for p in mapping.properties if p.name == missing.property_name)
    if isinstance(manifest, Manifest):
        named = options(spec, manifest.value)
        pointer = next((place for place, name in named if name == missing.name), "")
        line, column = manifest.place(pointer)
    near = f" (Notion has '{missing.near}', which differs by case)" if missing.near else ""
    return Violation(
        missing.path,
        line,
        column,
        pointer,
        "notion.option",
        f"Option '{missing.name}' does not exist in '{missing.property_name}'{near}",
        _option_remedy(config, schema, missing.property_name),
    )


def _option_remedy(config: Config, schema: Schema, name: str) -> str:
    if name in config.backfilled and len(schema.properties[name].options) >= MAX_LISTED:
        return (
            f"Sync with --backfill: the property has {MAX_LISTED} options or more, and then only "
            "the page that uses a new one can bring it."
        )
    if name in config.backfilled:
        known = {"Features": "--features", "Tags": "--tags"}
        flag = known.get(name, f'--property "{name}"')
        return f"Run `lukhas-notion backfill {flag} --apply` first, or sync with --backfill."
    return (
        "Add the option in Notion, or write a vocabulary and name it in lukhas-notion.toml "
        f'under [vocabularies]: "{name}" = "vocab/….json".'
    )
