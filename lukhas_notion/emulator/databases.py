"""The endpoints for databases, data sources and views.

Views follow Notion's documentation; they are not recorded. Only tables with sorts, and boards by a
select or a status, can be created; other documented members are refused. Views do not change the
answers to queries.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import query, relations, render, requests, richtext, schema
from lukhas_notion.emulator.errors import ARCHIVED, MISSING, Problems, validation
from lukhas_notion.emulator.ids import with_hyphens
from lukhas_notion.emulator.model import Database, DataSource, View
from lukhas_notion.emulator.workspace import Workspace

DEFAULT_PROPERTIES: dict[str, Any] = {"Name": {"title": {}}}


def retrieve(workspace: Workspace, database_id: str) -> dict[str, Any]:
    """Return a database."""
    database = workspace.database(database_id)
    sources = [source for source in workspace.store.sources_of(database_id) if not source.in_trash]
    return render.database(database, sources)


def create(workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    """Create a database with its first data source below a page."""
    problems = Problems()
    allowed = ("parent", "title", "description", "is_inline", "initial_data_source")
    problems.only(body, (*allowed, "icon", "cover"), "body")
    kind, parent_id = requests.check_parent(
        body.get("parent", MISSING), "body.parent", problems, ("page_id",)
    )
    requests.check_rich_texts(body, problems, "title", "description")
    requests.check_booleans(body, problems, "is_inline")
    icon = requests.icon(body.get("icon"), "body.icon", problems)
    cover = requests.icon(body.get("cover"), "body.cover", problems)
    initial = body.get("initial_data_source", {})
    if problems.is_object(initial, "body.initial_data_source"):
        path = "body.initial_data_source"
        problems.only(initial, ("properties",), path)
        wanted = initial.get("properties", DEFAULT_PROPERTIES)
        schema.check(wanted, f"{path}.properties", problems, changing=False)
    problems.raise_any()
    assert kind  # noqa: S101 - without a parent, raise_any has raised
    if workspace.page(parent_id).in_trash:
        raise validation(ARCHIVED)
    now = workspace.millisecond()
    title = richtext.normalise(body.get("title", []))
    database = Database(
        id=workspace.ids.new(),
        parent_page_id=parent_id,
        title=title,
        created_time=now,
        last_edited_time=now,
        description=richtext.normalise(body.get("description", [])),
        icon=icon,
        cover=cover,
        is_inline=body.get("is_inline", False),
    )
    source, *others = new_source(workspace, database.id, title, wanted, workspace.bot_id)
    workspace.store.commit(database, source, *others)
    return render.database(database, [source])


def update(workspace: Workspace, database_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change a database; its schema belongs to the data source."""
    problems = Problems()
    flags = ("is_inline", "is_locked", "in_trash")
    problems.only(body, ("title", "description", "icon", "cover", *flags), "body")
    requests.check_rich_texts(body, problems, "title", "description")
    requests.check_booleans(body, problems, *flags)
    changes: dict[str, Any] = {
        key: requests.icon(body[key], f"body.{key}", problems)
        for key in ("icon", "cover")
        if key in body
    }
    problems.raise_any()
    database = workspace.database(database_id)
    _refuse_in_trash(database.in_trash, body)
    changes |= {
        key: richtext.normalise(body[key]) for key in ("title", "description") if key in body
    }
    changes |= {key: body[key] for key in flags if key in body}
    workspace.store.commit(replace(database, **changes, last_edited_time=workspace.millisecond()))
    return retrieve(workspace, database_id)


def retrieve_source(workspace: Workspace, source_id: str) -> dict[str, Any]:
    """Return a data source."""
    source = workspace.data_source(source_id)
    return render.data_source(workspace, source)


def create_source(workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    """Add a data source to a database."""
    problems = Problems()
    problems.only(body, ("parent", "properties", "title"), "body")
    parent = body.get("parent", MISSING)
    _, database_id = requests.check_parent(parent, "body.parent", problems, ("database_id",))
    schema.check(body.get("properties", MISSING), "body.properties", problems, changing=False)
    requests.check_rich_texts(body, problems, "title")
    problems.raise_any()
    _refuse_in_trash(workspace.database(database_id).in_trash, {})
    title = richtext.normalise(body.get("title", []))
    properties = body["properties"]
    source, *others = new_source(workspace, database_id, title, properties, workspace.bot_id)
    workspace.store.commit(source, *others)
    return retrieve_source(workspace, source.id)


def update_source(workspace: Workspace, source_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change a data source: its title, its icon, its properties, and whether it is in the trash."""
    problems = Problems()
    problems.only(body, ("title", "icon", "properties", "in_trash"), "body")
    schema.check(body.get("properties", {}), "body.properties", problems, changing=True)
    requests.check_rich_texts(body, problems, "title")
    requests.check_booleans(body, problems, "in_trash")
    changes: dict[str, Any] = {}
    if "icon" in body:
        changes["icon"] = requests.icon(body["icon"], "body.icon", problems)
    problems.raise_any()
    source = workspace.data_source(source_id)
    _refuse_in_trash(workspace.in_trash(source), body)
    if "title" in body:
        changes["title"] = richtext.normalise(body["title"])
    if "in_trash" in body:
        changes["in_trash"] = body["in_trash"]
    if body.get("properties"):
        changes["properties"] = schema.changed_properties(source, body["properties"], workspace.ids)
    if changes:
        changes |= {"last_edited_time": workspace.minute(), "editor": workspace.bot_id}
        connect(workspace, replace(source, **changes), source)
    return retrieve_source(workspace, source_id)


def new_source(
    workspace: Workspace,
    database_id: str,
    title: list[dict[str, Any]],
    properties: dict[str, Any],
    author: str,
) -> list[DataSource]:
    """Return a new data source and those that change with it, without storing them."""
    now = workspace.minute()
    source = DataSource(
        id=workspace.ids.new(),
        database_id=database_id,
        title=title,
        properties=schema.new_properties(properties, workspace.ids),
        created_time=now,
        last_edited_time=now,
        author=author,
        editor=author,
    )
    return _connected(workspace, source)


def connect(workspace: Workspace, after: DataSource, before: DataSource) -> None:
    """Store a changed data source, the other side of its relations, and the values of these."""
    changed = _connected(workspace, after, before)
    workspace.store.commit(*changed)
    known = {column.relation for column in before.properties}
    new = [column for column in changed[0].properties if column.relation not in known]
    for row in workspace.store.rows(after.id) if new else ():
        workspace.store.commit(*relations.with_counterparts(workspace, None, row, new))


def _connected(
    workspace: Workspace, after: DataSource, before: DataSource | None = None
) -> list[DataSource]:
    sources = relations.connected(workspace, after, before.properties if before else ())
    for source in sources:
        schema.within_limits(workspace, source.properties)
    return sources


def _refuse_in_trash(in_trash: bool, body: dict[str, Any]) -> None:
    if in_trash and set(body) != {"in_trash"}:
        raise validation(ARCHIVED)


_VIEW_MEMBERS = ("database_id", "data_source_id", "name", "type", "sorts", "configuration")
_VIEW_TYPES = ("table", "board")
_GROUPS = ("select", "status")
_SORTS = ("manual", "ascending", "descending")
#: The longest name, in characters; Notion does not document a limit.
_LONGEST_NAME = 2_000


def create_view(workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    """Create a view."""
    problems = Problems()
    problems.only(body, _VIEW_MEMBERS, "body")
    database_id, source_id = (_id(body, key, problems) for key in _VIEW_MEMBERS[:2])
    problems.is_filled(body.get("name", MISSING), "body.name", _LONGEST_NAME)
    problems.is_one_of(body.get("type", MISSING), "body.type", _VIEW_TYPES)
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


def list_views(workspace: Workspace, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of the list of references to a database's views."""
    problems = Problems("query")
    database_id = _id(parameters, "database_id", problems)
    problems.raise_any()
    ids = [view.id for view in _views(workspace, workspace.database(database_id))]
    return requests.paginated(
        "view", ids, parameters, lambda view_id: {"object": "view", "id": view_id}
    )


def retrieve_view(workspace: Workspace, view_id: str) -> dict[str, Any]:
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
