"""Objects as the API answers them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from lukhas_notion.emulator import richtext
from lukhas_notion.emulator.ids import encode_property_id
from lukhas_notion.emulator.model import (
    COMPUTED_TYPES,
    OPTION_TYPES,
    TITLE_ID,
    Database,
    DataSource,
    Option,
    Page,
    Property,
)

WEB = "https://app.notion.com/p/"


def property_schema(each: Property) -> dict[str, Any]:
    """Return a property of a data source."""
    settings: dict[str, Any] = {}
    if each.type in OPTION_TYPES:
        settings = {"options": [{**_option(o), "description": o.description} for o in each.options]}
    elif each.type == "number":
        settings = {"format": each.number_format}
    return {
        "id": encode_property_id(each.id),
        "name": each.name,
        "description": each.description,
        "type": each.type,
        each.type: settings,
    }


def data_source(source: DataSource, parent: Database) -> dict[str, Any]:
    """Return a data source with its schema."""
    return {
        "object": "data_source",
        "id": source.id,
        "cover": None,
        "icon": source.icon,
        "created_time": source.created_time,
        "created_by": user(source.author),
        "last_edited_by": user(source.editor),
        "last_edited_time": source.last_edited_time,
        "title": source.title,
        "description": source.description,
        "is_inline": parent.is_inline,
        "properties": {each.name: property_schema(each) for each in source.ordered()},
        "parent": {"type": "database_id", "database_id": source.database_id},
        "database_parent": {"type": "page_id", "page_id": parent.parent_page_id},
        "url": url(parent.id),
        "public_url": None,
        "in_trash": source.in_trash or parent.in_trash,
    }


def database(each: Database, sources: list[DataSource]) -> dict[str, Any]:
    """Return a database with the names of its data sources."""
    return {
        "object": "database",
        "id": each.id,
        "title": each.title,
        "description": each.description,
        "parent": {"type": "page_id", "page_id": each.parent_page_id},
        "is_inline": each.is_inline,
        "in_trash": each.in_trash,
        "is_locked": each.is_locked,
        "created_time": each.created_time,
        "last_edited_time": each.last_edited_time,
        "data_sources": [
            {"id": source.id, "name": richtext.plain(source.title)} for source in sources
        ],
        "icon": each.icon,
        "cover": each.cover,
        "url": url(each.id),
        "public_url": None,
    }


def page(each: Page, properties: Iterable[Property], database_id: str | None) -> dict[str, Any]:
    """Return a page.

    Args:
        each: the page.
        properties: those to show, in the order of the answer.
        database_id: the database above its data source, if it is a row.
    """
    parent: dict[str, Any] = {"type": each.parent_type, each.parent_type: each.parent_id}
    if each.parent_type == "workspace":
        parent = {"type": "workspace", "workspace": True}
    if database_id is not None:
        parent["database_id"] = database_id
    return {
        "object": "page",
        "id": each.id,
        "created_time": each.created_time,
        "last_edited_time": each.last_edited_time,
        "created_by": user(each.author),
        "last_edited_by": user(each.editor),
        "cover": each.cover,
        "icon": each.icon,
        "parent": parent,
        "in_trash": each.in_trash,
        "is_archived": each.is_archived,
        "is_locked": each.is_locked,
        "properties": {
            column.name: {
                "id": encode_property_id(column.id),
                "type": column.type,
                column.type: value(each, column),
            }
            for column in properties
        },
        "url": url(each.id, richtext.plain(each.values.get(TITLE_ID, []))),
        "public_url": None,
    }


def value(each: Page, column: Property) -> Any:
    """Return a page's value of one property, without options that the schema has no more."""
    if column.type in COMPUTED_TYPES:
        return getattr(each, column.type)
    kept = each.values.get(column.id)
    if column.type == "multi_select":
        found = (column.option(option_id) for option_id in kept or [])
        return [_option(option) for option in found if option is not None]
    if column.type == "select":
        chosen = column.option(kept) if kept else None
        return _option(chosen) if chosen else None
    if kept is None and column.type in ("title", "rich_text"):
        return []
    return False if kept is None and column.type == "checkbox" else kept


def user(user_id: str) -> dict[str, str]:
    """Return a user as objects refer to one."""
    return {"object": "user", "id": user_id}


def url(object_id: str, title: str = "") -> str:
    """Return the address of a page or database in Notion."""
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", title).strip("-")
    bare = object_id.replace("-", "")
    return f"{WEB}{slug}-{bare}" if slug else f"{WEB}{bare}"


def _option(option: Option) -> dict[str, Any]:
    return {"id": option.id, "name": option.name, "color": option.color}
