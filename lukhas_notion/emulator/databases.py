"""The endpoints for databases and data sources."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import relations, render, requests, richtext, schema
from lukhas_notion.emulator.errors import ARCHIVED, MISSING, Problems, validation
from lukhas_notion.emulator.model import Database, DataSource
from lukhas_notion.emulator.workspace import Workspace

DEFAULT_PROPERTIES: dict[str, Any] = {"Name": {"title": {}}}


def retrieve(workspace: Workspace, database_id: str) -> dict[str, Any]:
    """Return a database."""
    database = workspace.database(database_id)
    sources = [each for each in workspace.store.sources_of(database_id) if not each.in_trash]
    return render.database(database, sources)


def create(workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    """Create a database with its first data source below a page."""
    problems = Problems()
    allowed = ("parent", "title", "description", "is_inline", "initial_data_source")
    problems.only(body, (*allowed, "icon", "cover"), "body")
    kind, parent_id = requests.check_parent(
        body.get("parent", MISSING), "body.parent", problems, ("page_id",)
    )
    requests.check_title(body, problems, "title", "description")
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
    requests.check_title(body, problems, "title", "description")
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
    requests.check_title(body, problems, "title")
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
    requests.check_title(body, problems, "title")
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
        changes["properties"] = schema.changed(source, body["properties"], workspace.ids)
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
    made = DataSource(
        id=workspace.ids.new(),
        database_id=database_id,
        title=title,
        properties=schema.made(properties, workspace.ids),
        created_time=now,
        last_edited_time=now,
        author=author,
        editor=author,
    )
    return _connected(workspace, made)


def connect(workspace: Workspace, after: DataSource, before: DataSource) -> None:
    """Store a changed data source, the other side of its relations, and the values of these."""
    changed = _connected(workspace, after, before)
    workspace.store.commit(*changed)
    known = {each.relation for each in before.properties}
    new = [each for each in changed[0].properties if each.relation not in known]
    for row in workspace.store.rows(after.id) if new else ():
        workspace.store.commit(*relations.with_counterparts(workspace, None, row, new))


def _connected(
    workspace: Workspace, after: DataSource, before: DataSource | None = None
) -> list[DataSource]:
    found = relations.connected(workspace, after, before.properties if before else ())
    for each in found:
        schema.within_limits(workspace, each.properties)
    return found


def _refuse_in_trash(in_trash: bool, body: dict[str, Any]) -> None:
    if in_trash and set(body) != {"in_trash"}:
        raise validation(ARCHIVED)
