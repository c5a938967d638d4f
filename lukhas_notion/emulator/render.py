"""Objects as they are in the API's answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from lukhas_notion.emulator import relations, richtext, users
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
    View,
)
from lukhas_notion.emulator.workspace import Workspace

WEB = "https://app.notion.com/p/"


def property_schema(workspace: Workspace, column: Property) -> dict[str, Any]:
    """Return a property of a data source."""
    settings: dict[str, Any] = {}
    if column.type in OPTION_TYPES:
        settings = {
            "options": [{**_option(o), "description": o.description} for o in column.options]
        }
        if column.type == "status":
            settings["groups"] = [asdict(group) for group in column.groups]
    elif column.type == "relation":
        settings = _relation_schema(workspace, column)
    elif column.type == "number":
        settings = {"format": column.number_format}
    return {
        "id": encode_property_id(column.id),
        "name": column.name,
        "description": column.description,
        "type": column.type,
        column.type: settings,
    }


def _relation_schema(workspace: Workspace, column: Property) -> dict[str, Any]:
    relation = column.relation
    assert relation is not None  # noqa: S101 - every relation column has a target
    target = workspace.store.data_sources.get(relation.data_source_id)
    counterpart = target and target.find(relation.synced_id or "")
    kind = "dual_property" if counterpart else "single_property"
    own = {}
    if counterpart:
        own = {
            "synced_property_name": counterpart.name,
            "synced_property_id": encode_property_id(counterpart.id),
        }
    return {
        "database_id": target and target.database_id,
        "data_source_id": relation.data_source_id,
        "type": kind,
        kind: own,
    }


def data_source(workspace: Workspace, source: DataSource) -> dict[str, Any]:
    """Return a data source with its schema."""
    parent = workspace.store.databases[source.database_id]
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
        "properties": {
            column.name: property_schema(workspace, column) for column in source.ordered()
        },
        "parent": {"type": "database_id", "database_id": source.database_id},
        "database_parent": {"type": "page_id", "page_id": parent.parent_page_id},
        "url": url(parent.id),
        "public_url": None,
        "in_trash": source.in_trash or parent.in_trash,
    }


def database(database: Database, sources: list[DataSource]) -> dict[str, Any]:
    """Return a database with the names of its data sources."""
    return {
        "object": "database",
        "id": database.id,
        "title": database.title,
        "description": database.description,
        "parent": {"type": "page_id", "page_id": database.parent_page_id},
        "is_inline": database.is_inline,
        "in_trash": database.in_trash,
        "is_locked": database.is_locked,
        "created_time": database.created_time,
        "last_edited_time": database.last_edited_time,
        "data_sources": [
            {"id": source.id, "name": richtext.plain(source.title)} for source in sources
        ],
        "icon": database.icon,
        "cover": database.cover,
        "url": url(database.id),
        "public_url": None,
    }


def view(view: View) -> dict[str, Any]:
    """Return a view."""
    author = {"object": "user", "id": view.author}
    return {
        "object": "view",
        "id": view.id,
        "parent": {"type": "database_id", "database_id": view.database_id},
        "data_source_id": view.data_source_id,
        "name": view.name,
        "type": view.type,
        "filter": None,
        "sorts": view.sorts,
        "configuration": view.configuration,
        "created_time": view.created_time,
        "created_by": author,
        "last_edited_time": view.last_edited_time,
        "last_edited_by": author,
        "url": f"{url(view.database_id)}?v={view.id.replace('-', '')}",
    }


def page(
    workspace: Workspace, page: Page, properties: Iterable[Property], database_id: str | None
) -> dict[str, Any]:
    """Return a page.

    Args:
        workspace: the workspace.
        page: the page.
        properties: the properties of the answer, in their order.
        database_id: the database of its data source; None for a page below a page.
    """
    parent: dict[str, Any] = {"type": page.parent_type, page.parent_type: page.parent_id}
    if page.parent_type == "workspace":
        parent = {"type": "workspace", "workspace": True}
    if database_id is not None:
        parent["database_id"] = database_id
    return {
        "object": "page",
        "id": page.id,
        "created_time": page.created_time,
        "last_edited_time": page.last_edited_time,
        "created_by": user(page.author),
        "last_edited_by": user(page.editor),
        "cover": page.cover,
        "icon": page.icon,
        "parent": parent,
        "in_trash": page.in_trash,
        "is_archived": page.is_archived,
        "is_locked": page.is_locked,
        "properties": {
            column.name: {
                "id": encode_property_id(column.id),
                "type": column.type,
                **_shortened(column, value(workspace, page, column)),
            }
            for column in properties
        },
        "url": url(page.id, richtext.plain(page.values.get(TITLE_ID, []))),
        "public_url": None,
    }


def _shortened(column: Property, whole: Any) -> dict[str, Any]:
    """Return a value for the answer of a page, which limits relations and people."""
    if column.type == "relation":
        more = len(whole) > relations.SHOWN
        return {"relation": whole[: relations.SHOWN], "has_more": more}
    return {column.type: whole[: users.SHOWN] if column.type == "people" else whole}


def value(workspace: Workspace, page: Page, column: Property) -> Any:
    """Return the whole value of a property, without options that the schema no longer has."""
    if column.type in COMPUTED_TYPES:
        return getattr(page, column.type)
    kept = page.values.get(column.id)
    if column.type == "multi_select":
        options = (column.option(option_id) for option_id in kept or [])
        return [_option(option) for option in options if option is not None]
    if column.type == "select":
        chosen = column.option(kept) if kept else None
        return _option(chosen) if chosen else None
    if column.type == "status":
        # A page without a status has the first option (recorded: "Not started").
        chosen = column.option(kept) if kept else None
        chosen = chosen or next(iter(column.options), None)
        return _option(chosen) if chosen else None
    if column.type == "relation":
        return [{"id": related.id} for related in relations.related(workspace, page, column)]
    if column.type == "people":
        return [users.shown(workspace, user_id) for user_id in kept or []]
    if kept is None and column.type in ("title", "rich_text", "files"):
        return []
    return False if kept is None and column.type == "checkbox" else kept


def user(user_id: str) -> dict[str, str]:
    """Return a reference to a user."""
    return {"object": "user", "id": user_id}


def url(object_id: str, title: str = "") -> str:
    """Return the address of a page or database in Notion."""
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", title).strip("-")
    bare = object_id.replace("-", "")
    return f"{WEB}{slug}-{bare}" if slug else f"{WEB}{bare}"


def _option(option: Option) -> dict[str, Any]:
    return {"id": option.id, "name": option.name, "color": option.color}
