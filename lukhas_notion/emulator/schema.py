"""The properties of a data source: made with it, and changed by PATCH."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import options, relations
from lukhas_notion.emulator.errors import SCHEMA_TOO_LARGE, validation
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.model import (
    COMPUTED_TYPES,
    OPTION_TYPES,
    TITLE_ID,
    WRITABLE_TYPES,
    DataSource,
    Property,
    find_property,
)
from lukhas_notion.emulator.problems import Problems
from lukhas_notion.emulator.render import property_schema
from lukhas_notion.emulator.workspace import Workspace

MAX_PROPERTIES = 500
TYPES = (*WRITABLE_TYPES, *COMPUTED_TYPES)
NUMBER_FORMATS = (
    "number",
    "number_with_commas",
    "percent",
    "dollar",
    "euro",
    "pound",
    "yen",
    "yuan",
    "ruble",
    "rupee",
    "won",
    "real",
    "franc",
)

# A property of a page below a page; there is no data source to say so.
PAGE_TITLE = (Property(TITLE_ID, "title", "title"),)


def check(value: Any, path: str, problems: Problems, *, changing: bool) -> None:
    """Note all that is wrong with ``properties`` in a request about a schema.

    Args:
        value: what was sent: an object of property configurations by name (or id).
        path: where it was sent.
        problems: where to note what is wrong.
        changing: whether the data source exists: ``null`` removes, and a bare name renames.
    """
    if not problems.is_object(value, path):
        return
    for name, config in value.items():
        where = f"{path}.{name}"
        if (config is None and changing) or not problems.is_object(config, where):
            continue
        _check_config(config, where, problems, changing=changing)


def _check_config(config: dict[str, Any], path: str, problems: Problems, *, changing: bool) -> None:
    problems.only(config, ("id", "name", "type", "description", *TYPES), path)
    if "name" in config:
        problems.is_filled(config["name"], f"{path}.name", 2000)
    for key in ("id", "description"):
        if config.get(key) is not None:
            problems.is_string(config[key], f"{path}.{key}")
    kinds = [kind for kind in TYPES if kind in config]
    if "type" in config:
        problems.is_one_of(config["type"], f"{path}.type", TYPES)
    if not kinds and changing and "name" in config:
        return
    if len(kinds) != 1 or config.get("type", kinds[0]) != kinds[0]:
        for kind in TYPES:
            problems.add(f"{path}.{kind}", "defined")
        return
    _check_settings(kinds[0], config[kinds[0]], f"{path}.{kinds[0]}", problems)


def _check_settings(kind: str, settings: Any, path: str, problems: Problems) -> None:
    if not problems.is_object(settings, path):
        return
    if kind == "relation":
        relations.check_settings(settings, path, problems)
    elif kind in OPTION_TYPES:
        problems.only(settings, ("options",), path)
        options.check_list(settings.get("options", []), f"{path}.options", problems)
    elif kind == "number":
        problems.only(settings, ("format",), path)
        number_format = settings.get("format", "number")
        problems.is_one_of(number_format, f"{path}.format", NUMBER_FORMATS)
    else:
        problems.only(settings, (), path)


def made(wanted: dict[str, Any], ids: Ids) -> tuple[Property, ...]:
    """Return the properties of a new data source.

    Raises:
        ApiError: not exactly one title, or what :func:`options.replaced` refuses.
    """
    properties: list[Property] = []
    for name, config in wanted.items():
        properties.append(_new(name, config, [each.id for each in properties], ids))
    if sum(each.type == "title" for each in properties) != 1:
        raise validation("Exactly one property of type title must be provided.")
    return tuple(properties)


def changed(source: DataSource, wanted: dict[str, Any], ids: Ids) -> tuple[Property, ...]:
    """Return a data source's properties after a PATCH; those it does not name stay as they are.

    Raises:
        ApiError: an unknown property, another type, a second title, a name that is taken, the
            title removed, or what :func:`options.replaced` refuses.
    """
    properties = {each.id: each for each in source.properties}
    for key, config in wanted.items():
        known = find_property(properties.values(), key)
        if config is None:
            if known is None:
                raise validation(f"{key} is not a property that exists.")
            if known.type == "title":
                raise validation("Cannot delete the title property.")
            if known.relation is not None and known.relation.synced_id:
                # What becomes of the other side was never recorded.
                raise validation(f"{known.name} is two-way; make it one-way before it is removed.")
            del properties[known.id]
            continue
        after = (
            _new(key, config, [*properties, *(each.id for each in source.properties)], ids)
            if known is None
            else _updated(known, config, ids)
        )
        if any(each.name == after.name and each.id != after.id for each in properties.values()):
            raise validation(f"A property with the name {after.name} already exists.")
        if known is None and after.type == "title":
            raise validation("A data source can only have one title property.")
        properties[after.id] = after
    return tuple(properties.values())


def within_limits(workspace: Workspace, properties: tuple[Property, ...]) -> tuple[Property, ...]:
    """Return the properties if a data source can hold them.

    Raises:
        ApiError: there are more than 500 or their schema is over the limit, as JSON.
    """
    shown = {each.name: property_schema(workspace, each) for each in properties}
    size = len(json.dumps(shown).encode())
    if len(properties) > MAX_PROPERTIES or size > workspace.schema_limit_bytes:
        raise validation(SCHEMA_TOO_LARGE)
    return properties


def _kind(config: dict[str, Any]) -> str | None:
    return next((kind for kind in TYPES if kind in config), None)


def _new(key: str, config: dict[str, Any], taken: list[str], ids: Ids) -> Property:
    kind = _kind(config)
    if kind is None:
        raise validation(f"{key} is not a property that exists.")
    if config.get("name", key) != key or not key:
        raise validation(f"The name of the new property {key} is not its key.")
    if kind == "status" and "options" not in config[kind]:
        # Nobody recorded which options Notion gives a status property by itself.
        raise validation(f"{key}: a status property is made with its options.")
    property_id = TITLE_ID if kind == "title" else ids.new_property(taken)
    return _updated(Property(property_id, key, kind), config, ids)


def _updated(known: Property, config: dict[str, Any], ids: Ids) -> Property:
    kind = _kind(config)
    if kind not in (None, known.type):
        raise validation(f"{known.name} is expected to be {known.type}.")
    settings = config[kind] if kind else {}
    after = replace(known, name=config.get("name", known.name))
    if config.get("description") is not None:
        after = replace(after, description=config["description"])
    if "options" in settings:
        after = replace(after, options=options.replaced(known, settings["options"], ids))
    if kind == "status":
        after = options.grouped(after, ids)
    if kind == "relation":
        after = replace(after, relation=relations.configured(known, settings))
    if "format" in settings:
        after = replace(after, number_format=settings["format"])
    return after
