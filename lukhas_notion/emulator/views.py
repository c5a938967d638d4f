"""The endpoints for views of a database, as documented by Notion; they are not recorded.

Only tables with sorts, and boards by a select or a status, can be created; other documented members
are refused. Views do not change the answers to queries.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from lukhas_notion.emulator import query, render, requests
from lukhas_notion.emulator.errors import ARCHIVED, MISSING, Problems, invalid_cursor, validation
from lukhas_notion.emulator.ids import with_hyphens
from lukhas_notion.emulator.model import Database, DataSource, View
from lukhas_notion.emulator.workspace import Workspace

_MEMBERS = ("database_id", "data_source_id", "name", "type", "sorts", "configuration")
_TYPES = ("table", "board")
_GROUPS = ("select", "status")
_SORTS = ("manual", "ascending", "descending")
#: The longest name, in characters; Notion does not document a limit.
_LONGEST = 2_000


def create(workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    """Create a view."""
    problems = Problems()
    problems.only(body, _MEMBERS, "body")
    database_id, source_id = (_id(body, key, problems) for key in _MEMBERS[:2])
    problems.is_filled(body.get("name", MISSING), "body.name", _LONGEST)
    problems.is_one_of(body.get("type", MISSING), "body.type", _TYPES)
    query.check_sorts(body.get("sorts", []), problems)
    if body.get("type") == "board":
        _check_board(body.get("configuration", MISSING), problems)
    elif "configuration" in body:
        problems.add("body.configuration", "not present", body["configuration"])
    problems.raise_any()
    database, source = workspace.database(database_id), workspace.data_source(source_id)
    if source.database_id != database.id:
        raise validation(f"Data source {source_id} is not in database {database_id}.")
    if workspace.in_trash(source):
        raise validation(ARCHIVED)
    query.require_sorts(source, body.get("sorts", []))
    configuration = body.get("configuration")
    if configuration is not None:
        _require_group(source, configuration["group_by"])
    now = workspace.millisecond()
    view = View(
        id=workspace.ids.new(),
        database_id=database.id,
        data_source_id=source.id,
        name=body["name"],
        type=body["type"],
        sorts=body.get("sorts"),
        configuration=configuration,
        created_time=now,
        last_edited_time=now,
        author=workspace.bot_id,
    )
    workspace.store.commit(view)
    return render.view(view)


def listed(workspace: Workspace, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of the list of references to a database's views."""
    problems = Problems("query")
    database_id = _id(parameters, "database_id", problems)
    problems.raise_any()
    ids = [each.id for each in _views(workspace, workspace.database(database_id))]
    cursor = parameters.get("start_cursor")
    if cursor and cursor not in ids:
        raise invalid_cursor(cursor)
    start = ids.index(cursor) if cursor else 0
    end = start + requests.page_size(dict(parameters))
    following = ids[end] if end < len(ids) else None
    return {
        "object": "list",
        "results": [{"object": "view", "id": each} for each in ids[start:end]],
        "next_cursor": following,
        "has_more": following is not None,
        "type": "view",
        "view": {},
    }


def retrieve(workspace: Workspace, view_id: str) -> dict[str, Any]:
    """Return a view."""
    for database in workspace.store.databases.values():
        for view in _views(workspace, database) if database.is_shared else ():
            if view.id == view_id:
                return render.view(view)
    raise workspace.not_found("view", view_id)


def _views(workspace: Workspace, database: Database) -> list[View]:
    """Return the default view of a database, and those that were added."""
    sources = workspace.store.sources_of(database.id)
    default = View(
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"view of {database.id}")),
        database_id=database.id,
        data_source_id=sources[0].id,
        name="Default view",
        type="table",
        sorts=None,
        configuration=None,
        created_time=database.created_time,
        last_edited_time=database.created_time,
        author=sources[0].author,
    )
    return [default, *workspace.store.views_of(database.id)]


def _id(given: Mapping[str, Any], key: str, problems: Problems) -> str:
    value = given.get(key, MISSING)
    object_id = with_hyphens(value) if isinstance(value, str) else None
    if object_id is None:
        should_be = "defined" if value is MISSING else "a valid uuid"
        problems.add(f"{problems.root}.{key}", should_be, value)
    return object_id or ""


def _check_board(configuration: Any, problems: Problems) -> None:
    path = "body.configuration"
    if not problems.is_object(configuration, path):
        return
    problems.only(configuration, ("type", "group_by"), path)
    problems.is_one_of(configuration.get("type", MISSING), f"{path}.type", ("board",))
    group, path = configuration.get("group_by", MISSING), f"{path}.group_by"
    if not problems.is_object(group, path):
        return
    problems.is_one_of(group.get("type", MISSING), f"{path}.type", _GROUPS)
    is_status = group.get("type") == "status"
    more = ("group_by",) if is_status else ()
    problems.only(group, ("type", "property_id", "sort", *more), path)
    problems.is_string(group.get("property_id", MISSING), f"{path}.property_id")
    if is_status:
        by = group.get("group_by", MISSING)
        problems.is_one_of(by, f"{path}.group_by", ("group", "option"))
    sort = group.get("sort", MISSING)
    if problems.is_object(sort, f"{path}.sort"):
        problems.only(sort, ("type",), f"{path}.sort")
        problems.is_one_of(sort.get("type", MISSING), f"{path}.sort.type", _SORTS)


def _require_group(source: DataSource, group: dict[str, Any]) -> None:
    """Raise :class:`ApiError` unless the property is named by its id and has the given type."""
    property_id = group["property_id"]
    column = source.find(property_id)
    if column is None or column.name == property_id or column.type != group["type"]:
        raise validation(f"Could not find {group['type']} property with id: {property_id}")
