"""The options of select, multi-select and status properties: in a schema, and named by a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lukhas_notion.emulator.errors import validation
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.model import COLORS, Group, Option, Property
from lukhas_notion.emulator.problems import Problems

MAX_NAME = 100
MAX_PER_REQUEST = 100
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))
"""The groups of every status property, each with its colour; new options join the first."""


def check_list(value: Any, path: str, problems: Problems) -> None:
    """Note all that is wrong with the options of a property in a schema."""
    if not problems.is_array(value, path, MAX_PER_REQUEST):
        return
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        if not check_reference(item, where, problems, also=("description",)):
            continue
        description = item.get("description")
        if description is not None:
            problems.is_string(description, f"{where}.description")


def check_reference(item: Any, path: str, problems: Problems, also: tuple[str, ...] = ()) -> bool:
    """Note all that is wrong with one option, which is named by id or by name."""
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


def replaced(existing: Property, wanted: list[dict[str, Any]], ids: Ids) -> tuple[Option, ...]:
    """Return the options a property has after its list was replaced by ``wanted``.

    Options are matched by id, or by their exact name, and keep id, name and colour; those not
    named are gone. A new name for an id is ignored (200, and nothing changes).

    Raises:
        ApiError: a comma in a name, another colour for an existing option, an unknown id, or two
            items for one option or for names that differ by case alone.
    """
    result: list[Option] = []
    taken: set[str] = set()
    for item in wanted:
        found = _existing(existing, item)
        if found is None:
            found = _new(existing.type, item, ids)
        elif item.get("color", found.color) != found.color:
            raise _color_change(item)
        elif item.get("description") is not None:
            found = replace(found, description=item["description"])
        if {found.id, found.name.casefold()} & taken:
            raise validation(f"Duplicate {existing.type} option: {found.name}")
        taken |= {found.id, found.name.casefold()}
        result.append(found)
    return tuple(result)


def chosen(
    existing: Property, named: Iterable[dict[str, Any]], ids: Ids
) -> tuple[Property, list[str]]:
    """Return the property with any option that had to be added, and the ids of those named.

    A page may name an option in another case; a name that no option has is added to the schema,
    in the default colour.

    Raises:
        ApiError: a comma, an unknown id, another colour than the option's, or one option twice.
    """
    found_ids: list[str] = []
    for item in named:
        found = _existing_for_page(existing, item)
        if found is None:
            found = _new(existing.type, {"name": item.get("name", "")}, ids)
            existing = replace(existing, options=(*existing.options, found))
        if item.get("color", found.color) != found.color:
            raise _color_change(item)
        if found.id in found_ids:
            raise validation(f"Duplicate {existing.type} option: {found.name}")
        found_ids.append(found.id)
    return existing, found_ids


def grouped(column: Property, ids: Ids) -> Property:
    """Return a status property with its options in their groups, the new ones in "To-do".

    An option that is sent through the API lands there, whatever its name is (recorded).
    """
    groups = column.groups or tuple(Group(ids.new(), name, color) for name, color in GROUPS)
    listed = {option_id for group in groups for option_id in group.option_ids}
    known = [option.id for option in column.options]
    new = tuple(option_id for option_id in known if option_id not in listed)
    left = [
        replace(group, option_ids=tuple(each for each in group.option_ids if each in known))
        for group in groups
    ]
    left[0] = replace(left[0], option_ids=left[0].option_ids + new)
    return replace(column, groups=tuple(left))


def status_chosen(column: Property, item: dict[str, Any]) -> str:
    """Return the id of the option that a page's status names; a page adds none.

    Raises:
        ApiError: there is no such option, or it has another colour. Notion's texts were never
            recorded, nor what it makes of a name in another case, which is refused.
    """
    found = _existing(column, item)
    if found is None or item.get("name", found.name) != found.name:
        raise validation(
            f'Invalid status option. Status option "{item.get("name")}" does not exist.'
        )
    if item.get("color", found.color) != found.color:
        raise _color_change(item)
    return found.id


def _existing(owner: Property, item: dict[str, Any]) -> Option | None:
    if "id" in item:
        found = owner.option(item["id"])
        if found is None:
            raise _unknown_id(owner, item["id"])
        return found
    return next((option for option in owner.options if option.name == item["name"]), None)


def _existing_for_page(owner: Property, item: dict[str, Any]) -> Option | None:
    if "id" not in item:
        return owner.option_named(item["name"])
    found = owner.option(item["id"])
    if found is None or item.get("name", found.name) != found.name:
        raise _unknown_id(owner, item["id"])
    return found


def _new(property_type: str, item: dict[str, Any], ids: Ids) -> Option:
    name = item["name"]
    if "," in name:
        raise validation(f"Invalid {property_type} option, commas not allowed: {name}")
    return Option(ids.new(), name, item.get("color", "default"), item.get("description"))


def _color_change(item: dict[str, Any]) -> Exception:
    key = "id" if "id" in item else "name"
    return validation(f"Cannot update color of select with {key}: {item[key]}")


def _unknown_id(owner: Property, option_id: str) -> Exception:
    return validation(f"Could not find {owner.type} option with ID: {option_id}")
