"""The properties and options of a data source: checks of requests, creation and changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import relations
from lukhas_notion.emulator.errors import SCHEMA_TOO_LARGE, Problems, validation
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.model import (
    COLORS,
    COMPUTED_TYPES,
    OPTION_TYPES,
    TITLE_ID,
    WRITABLE_TYPES,
    DataSource,
    Group,
    Option,
    Property,
    find_property,
)
from lukhas_notion.emulator.render import property_schema
from lukhas_notion.emulator.workspace import Workspace

MAX_NAME = 100
MAX_PER_REQUEST = 100
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))
"""The groups of every status property, with their colours; new options are in the first."""


def check_options(value: Any, path: str, problems: Problems) -> None:
    """Add the problems of the options of a property in a schema."""
    if not problems.is_array(value, path, MAX_PER_REQUEST):
        return
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if not check_option(item, where, problems, also=("description",)):
            continue
        description = item.get("description")
        if description is not None:
            problems.is_string(description, f"{where}.description")


def check_option(item: Any, path: str, problems: Problems, also: tuple[str, ...] = ()) -> bool:
    """Add the problems of one option, which is named by id or by name."""
    if not problems.is_object(item, path):
        return False
    problems.only(item, ("id", "name", "color", *also), path)
    if "id" not in item and "name" not in item:
        problems.add(f"{path}.name", "defined")
        return False
    if "id" in item:
        problems.is_string(item["id"], f"{path}.id")
    if "name" in item:
        problems.is_filled(item["name"], f"{path}.name", MAX_NAME)
    if "color" in item:
        problems.is_one_of(item["color"], f"{path}.color", COLORS)
    return True


def replaced_options(
    existing: Property, wanted: list[dict[str, Any]], ids: Ids
) -> tuple[Option, ...]:
    """Return the options of a property after a request replaced them by ``wanted``.

    Existing options are found by id or by their exact name, and keep id, name and colour; options
    that are not in the list are removed. A new name for an id is ignored (200, and nothing
    changes).

    Raises:
        ApiError: a name has a comma, an existing option has another colour, an id is unknown, or
            two items are the same option or differ only in case.
    """
    result: list[Option] = []
    taken: set[str] = set()
    for item in wanted:
        option = _existing(existing, item)
        if option is None:
            option = _new_option(existing.type, item, ids)
        elif item.get("color", option.color) != option.color:
            raise _color_change(item)
        elif item.get("description") is not None:
            option = replace(option, description=item["description"])
        if {option.id, option.name.casefold()} & taken:
            raise validation(f"Duplicate {existing.type} option: {option.name}")
        taken |= {option.id, option.name.casefold()}
        result.append(option)
    return tuple(result)


def chosen_options(existing: Property, sent: Any, ids: Ids) -> tuple[Property, Any]:
    """Return the property with options that had to be added, and the value as a page stores it.

    The name of an option can be in another case. An unknown name is added to the schema in the
    default colour.

    Args:
        existing: a select or multi-select property.
        sent: the checked value: one option or None for a select, otherwise a list.
        ids: makes the ids of new options.

    Returns:
        The property, and for a select an option's id or None, otherwise a list of ids.

    Raises:
        ApiError: a name has a comma, an id is unknown, an option has another colour, or an option
            is named twice.
    """
    is_single = existing.type == "select"
    option_ids: list[str] = []
    for item in ([] if sent is None else [sent]) if is_single else sent:
        option = _existing_for_page(existing, item)
        if option is None:
            option = _new_option(existing.type, {"name": item.get("name", "")}, ids)
            existing = replace(existing, options=(*existing.options, option))
        if item.get("color", option.color) != option.color:
            raise _color_change(item)
        if option.id in option_ids:
            raise validation(f"Duplicate {existing.type} option: {option.name}")
        option_ids.append(option.id)
    return existing, next(iter(option_ids), None) if is_single else option_ids


def with_groups(column: Property, ids: Ids) -> Property:
    """Return a status property with its options in groups.

    Options that were added through the API are in "To-do", whatever their name (recorded).
    """
    groups = column.groups or tuple(Group(ids.new(), name, color) for name, color in GROUPS)
    listed = {option_id for group in groups for option_id in group.option_ids}
    known = [option.id for option in column.options]
    new = tuple(option_id for option_id in known if option_id not in listed)
    left = [
        replace(
            group,
            option_ids=tuple(option_id for option_id in group.option_ids if option_id in known),
        )
        for group in groups
    ]
    left[0] = replace(left[0], option_ids=left[0].option_ids + new)
    return replace(column, groups=tuple(left))


def chosen_status(column: Property, item: dict[str, Any]) -> str:
    """Return the id of the option that a page's status names.

    Raises:
        ApiError: the option does not exist or has another colour. Notion's texts are not recorded;
            neither are names in another case, which are refused.
    """
    option = _existing(column, item)
    if option is None or item.get("name", option.name) != option.name:
        raise validation(
            f'Invalid status option. Status option "{item.get("name")}" does not exist.'
        )
    if item.get("color", option.color) != option.color:
        raise _color_change(item)
    return option.id


def _existing(owner: Property, item: dict[str, Any]) -> Option | None:
    if "id" in item:
        option = owner.option(item["id"])
        if option is None:
            raise _unknown_id(owner, item["id"])
        return option
    return next((option for option in owner.options if option.name == item["name"]), None)


def _existing_for_page(owner: Property, item: dict[str, Any]) -> Option | None:
    if "id" not in item:
        return owner.option_named(item["name"])
    option = owner.option(item["id"])
    if option is None or item.get("name", option.name) != option.name:
        raise _unknown_id(owner, item["id"])
    return option


def _new_option(property_type: str, item: dict[str, Any], ids: Ids) -> Option:
    name = item["name"]
    if "," in name:
        raise validation(f"Invalid {property_type} option, commas not allowed: {name}")
    return Option(ids.new(), name, item.get("color", "default"), item.get("description"))


def _color_change(item: dict[str, Any]) -> Exception:
    key = "id" if "id" in item else "name"
    return validation(f"Cannot update color of select with {key}: {item[key]}")


def _unknown_id(owner: Property, option_id: str) -> Exception:
    return validation(f"Could not find {owner.type} option with ID: {option_id}")


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

# The only property of a page below a page, which does not have a data source.
PAGE_TITLE = (Property(TITLE_ID, "title", "title"),)


def check(value: Any, path: str, problems: Problems, *, changing: bool) -> None:
    """Add the problems of ``properties`` in a request about a schema.

    Args:
        value: an object: property name (or id) to its configuration.
        path: its path in the request.
        problems: the problems of the request.
        changing: whether the data source exists: then ``null`` removes a property, and a
            configuration with only a name renames one.
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
    if "type" in config:
        problems.is_one_of(config["type"], f"{path}.type", TYPES)
    if changing and "name" in config and _kind(config) is None:
        return
    if kind := problems.only_one(config, TYPES, path):
        _check_settings(kind, config[kind], f"{path}.{kind}", problems)


def _check_settings(kind: str, settings: Any, path: str, problems: Problems) -> None:
    if not problems.is_object(settings, path):
        return
    if kind == "relation":
        relations.check_settings(settings, path, problems)
    elif kind in OPTION_TYPES:
        problems.only(settings, ("options",), path)
        check_options(settings.get("options", []), f"{path}.options", problems)
    elif kind == "number":
        problems.only(settings, ("format",), path)
        number_format = settings.get("format", "number")
        problems.is_one_of(number_format, f"{path}.format", NUMBER_FORMATS)
    else:
        problems.only(settings, (), path)


def new_properties(wanted: dict[str, Any], ids: Ids) -> tuple[Property, ...]:
    """Return the properties of a new data source.

    Raises:
        ApiError: the number of titles is not one, or :func:`replaced_options` refuses the options.
    """
    properties: list[Property] = []
    for name, config in wanted.items():
        properties.append(_new(name, config, [column.id for column in properties], ids))
    if sum(column.type == "title" for column in properties) != 1:
        raise validation("Exactly one property of type title must be provided.")
    return tuple(properties)


def changed_properties(
    source: DataSource, wanted: dict[str, Any], ids: Ids
) -> tuple[Property, ...]:
    """Return a data source's properties after a change; those that it does not name stay.

    Raises:
        ApiError: a property is unknown, has another type, is a second title or has a name that is
            taken, the title would be removed, or :func:`replaced_options` refuses the options.
    """
    properties = {column.id: column for column in source.properties}
    for key, config in wanted.items():
        known = find_property(properties.values(), key)
        if config is None:
            if known is None:
                raise validation(f"{key} is not a property that exists.")
            if known.type == "title":
                raise validation("Cannot delete the title property.")
            if known.relation is not None and known.relation.synced_id:
                # What happens to the other side is not recorded.
                raise validation(f"{known.name} is two-way; make it one-way before it is removed.")
            del properties[known.id]
            continue
        after = (
            _new(key, config, [*properties, *(column.id for column in source.properties)], ids)
            if known is None
            else _updated(known, config, ids)
        )
        if any(
            column.name == after.name and column.id != after.id for column in properties.values()
        ):
            raise validation(f"A property with the name {after.name} already exists.")
        if known is None and after.type == "title":
            raise validation("A data source can only have one title property.")
        properties[after.id] = after
    return tuple(properties.values())


def within_limits(workspace: Workspace, properties: tuple[Property, ...]) -> tuple[Property, ...]:
    """Return the properties if they are within the limits of a data source.

    Raises:
        ApiError: they are more than 500, or their schema is too large as JSON.
    """
    shown = {column.name: property_schema(workspace, column) for column in properties}
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
        # The options that Notion adds to a status property itself are not recorded.
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
        after = replace(after, options=replaced_options(known, settings["options"], ids))
    if kind == "status":
        after = with_groups(after, ids)
    if kind == "relation":
        after = replace(after, relation=relations.configured(known, settings))
    if "format" in settings:
        after = replace(after, number_format=settings["format"])
    return after
