"""The endpoints for pages, their properties and their bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import (
    markdown,
    query,
    relations,
    render,
    requests,
    richtext,
    schema,
    values,
)
from lukhas_notion.emulator.errors import (
    ARCHIVED,
    MISSING,
    Problems,
    restricted_resource,
    validation,
)
from lukhas_notion.emulator.ids import encode_property_id
from lukhas_notion.emulator.model import (
    LIST_TYPES,
    TITLE_ID,
    Database,
    DataSource,
    Page,
    Property,
    Stored,
    find_property,
)
from lukhas_notion.emulator.workspace import UPDATE, Workspace

_FLAGS = ("in_trash", "is_locked")


def retrieve(workspace: Workspace, page_id: str, kept: list[str] | None) -> dict[str, Any]:
    """Return a page, with all properties or only those that ``kept`` names."""
    page = workspace.page(page_id)
    columns, database_id = _schema_of(workspace, page)
    if kept is not None and database_id is not None:
        columns = query.selected(columns, kept)
    return render.page(workspace, page, columns, database_id)


def create(workspace: Workspace, body: dict[str, Any]) -> dict[str, Any]:
    """Create a page in a data source or below another page."""
    problems = Problems()
    members = ("parent", "properties", "icon", "cover", "children", "template", "markdown")
    problems.only(body, members, "body")
    kinds = ("data_source_id", "database_id", "page_id")
    parent_kind, parent_id = requests.check_parent(
        body.get("parent", MISSING), "body.parent", problems, kinds
    )
    # A create without properties was recorded only with `markdown`, and is refused otherwise.
    sent = body.get("properties", {} if "markdown" in body else MISSING)
    values.check(sent, "body.properties", problems)
    icon = requests.icon(body.get("icon"), "body.icon", problems)
    cover = requests.icon(body.get("cover"), "body.cover", problems)
    _check_content(body, problems)
    problems.raise_any()
    source = _parent_source(workspace, parent_kind, parent_id)
    properties = schema.PAGE_TITLE if source is None else source.properties
    sent, text = _titled(sent, body.get("markdown", ""))
    written = values.written(workspace, properties, sent)
    page = workspace.new_page(
        "page_id" if source is None else "data_source_id",
        parent_id if source is None else source.id,
        written.values,
        workspace.bot_id,
        icon=icon,
        cover=cover,
        body=markdown.normalised(text),
    )
    pages = relations.with_counterparts(workspace, None, page, properties)
    workspace.store.commit(*pages, *_grown(workspace, source, written))
    return retrieve(workspace, page.id, None)


def update(workspace: Workspace, page_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change a page: its properties, icon, cover, lock, and whether it is in the trash."""
    problems = Problems()
    problems.only(body, ("properties", "icon", "cover", *_FLAGS), "body")
    values.check(body.get("properties", {}), "body.properties", problems)
    requests.check_booleans(body, problems, *_FLAGS)
    changes: dict[str, Any] = {
        key: requests.icon(body[key], f"body.{key}", problems)
        for key in ("icon", "cover")
        if key in body
    }
    problems.raise_any()
    page = workspace.page(page_id)
    # Not recorded, and therefore refused: to move a page to the trash that is in the trash, and to
    # write to a page that is archived or has its database in the trash.
    source = workspace.store.data_sources.get(page.parent_id)
    is_lost = page.is_archived or (source is not None and workspace.in_trash(source))
    if is_lost or (page.in_trash and body != {"in_trash": False}):
        raise validation(ARCHIVED)
    properties = schema.PAGE_TITLE if source is None else source.properties
    written = values.written(workspace, properties, body.get("properties", {}))
    changes |= {key: body[key] for key in _FLAGS if key in body}
    changed = replace(
        page,
        **changes,
        values={**page.values, **written.values},
        last_edited_time=workspace.minute(),
        editor=workspace.bot_id,
    )
    pages = relations.with_counterparts(workspace, page, changed, properties)
    workspace.store.commit(*pages, *_grown(workspace, source, written))
    return retrieve(workspace, page_id, None)


def retrieve_property(
    workspace: Workspace, page_id: str, property_id: str, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Return the value of one property; text, relations and people are lists of items."""
    page = workspace.page(page_id)
    columns, _ = _schema_of(workspace, page)
    column = find_property(columns, property_id)
    if column is None:
        raise validation(f"Could not find property with name or id: {property_id}")
    value = render.value(workspace, page, column)
    if column.type not in LIST_TYPES:
        return _item(column, value)
    encoded = encode_property_id(column.id)
    items = {f"{position:x}.{encoded}": item for position, item in enumerate(value)}
    result = requests.paginated(
        "property_item", list(items), parameters, lambda key: _item(column, items[key])
    )
    address = f"https://api.notion.com/v1/pages/{page_id.replace('-', '')}/properties/{encoded}"
    following, size = result["next_cursor"], requests.page_size(parameters)
    result["property_item"] = {
        "id": encoded,
        "next_url": following and f"{address}?start_cursor={following}&page_size={size}",
        "type": column.type,
        column.type: {},
    }
    return result


def _item(column: Property, value: Any) -> dict[str, Any]:
    return {
        "object": "property_item",
        "type": column.type,
        "id": encode_property_id(column.id),
        column.type: value,
    }


def _titled(sent: dict[str, Any], text: str) -> tuple[dict[str, Any], str]:
    """If no properties were sent, move the heading at the start to the title (recorded)."""
    if sent or not text:
        return sent, text
    title, rest = markdown.title_and_rest(text)
    return ({TITLE_ID: {"title": [{"text": {"content": title}}]}}, rest) if title else (sent, text)


def _check_content(body: dict[str, Any], problems: Problems) -> None:
    """Add a problem for content other than Markdown; blocks are not emulated."""
    if problems.is_array(body.get("children", []), "body.children", 100) and body.get("children"):
        problems.add("body.children", "empty, for this emulator keeps no blocks", body["children"])
    if "markdown" in body and problems.is_string(body["markdown"], "body.markdown"):
        for other in {"children", "template"} & body.keys():
            problems.add(f"body.{other}", "not present", body[other])
    template = body.get("template", {"type": "none"})
    if template != {"type": "none"}:
        problems.add("body.template", '`{"type":"none"}`', template)


def _schema_of(workspace: Workspace, page: Page) -> tuple[list[Property], str | None]:
    source = workspace.store.data_sources.get(page.parent_id)
    if source is None:
        return list(schema.PAGE_TITLE), None
    return source.ordered(), source.database_id


def _parent_source(workspace: Workspace, kind: str, parent_id: str) -> DataSource | None:
    if kind == "page_id":
        page = workspace.page(parent_id)
        if page.in_trash or page.is_archived:
            raise validation(ARCHIVED)
        return None
    if kind == "data_source_id":
        source = workspace.data_source(parent_id)
    else:
        workspace.database(parent_id)
        sources = [
            source for source in workspace.store.sources_of(parent_id) if not source.in_trash
        ]
        if len(sources) != 1:
            raise validation(
                "Databases with multiple data sources are not supported as a parent; name the "
                "data_source_id."
            )
        source = sources[0]
    if workspace.in_trash(source):
        raise validation(ARCHIVED)
    return source


def _grown(
    workspace: Workspace, source: DataSource | None, written: values.Written
) -> list[Stored]:
    """Return the data source if the write added options to it.

    Notion adds options "if the integration also has write access to the parent data source". What
    happens otherwise is not documented, so the write is refused.
    """
    if source is None or not written.grown:
        return []
    if UPDATE not in workspace.capabilities:
        raise restricted_resource()
    properties = tuple(written.grown.get(column.id, column) for column in source.properties)
    properties = schema.within_limits(workspace, properties)
    return [replace(source, properties=properties, last_edited_time=workspace.minute())]


_KINDS = {"insert_content": "content", "replace_content": "new_str"}
"""The recorded changes of a body: type to the member that has the text."""


def retrieve_body(workspace: Workspace, page_id: str) -> dict[str, Any]:
    """Return a page's body."""
    page = workspace.page(page_id)
    return {
        "object": "page_markdown",
        "id": page.id,
        "markdown": body_text(workspace, page),
        "truncated": False,
        "unknown_block_ids": [],
    }


def update_body(workspace: Workspace, page_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Replace a page's body or append to it, and return the whole body.

    Raises:
        ApiError: the change is malformed, the page is archived or in the trash, or a page or
            database below it would be deleted (documented, but the text is not Notion's).
    """
    problems = Problems()
    problems.only(body, ("type", *_KINDS), "body")
    kind = body.get("type", MISSING)
    sent = ""
    if problems.is_one_of(kind, "body.type", tuple(_KINDS)):
        change = body.get(kind, MISSING)
        if problems.is_object(change, f"body.{kind}"):
            problems.only(change, (_KINDS[kind],), f"body.{kind}")
            sent = change.get(_KINDS[kind], MISSING)
            problems.is_string(sent, f"body.{kind}.{_KINDS[kind]}")
        for other in _KINDS.keys() - {kind} & body.keys():
            problems.add(f"body.{other}", "not present", body[other])
    problems.raise_any()
    page = workspace.page(page_id)
    source = workspace.store.data_sources.get(page.parent_id)
    if page.in_trash or page.is_archived or (source and workspace.in_trash(source)):
        raise validation(ARCHIVED)
    if kind == "replace_content" and workspace.store.below(page.id):
        raise validation(
            "This change would delete child pages or databases. Keep them in the new content, or "
            "allow deleting content."
        )
    after = markdown.normalised(sent)
    if kind == "insert_content":
        after = markdown.written([*markdown.blocks(page.body), *markdown.blocks(sent)])
    changed = replace(
        page, body=after, last_edited_time=workspace.minute(), editor=workspace.bot_id
    )
    workspace.store.commit(changed)
    return retrieve_body(workspace, page_id)


def body_text(workspace: Workspace, page: Page) -> str:
    """Return a page's body, followed by one line for each page and database below it."""
    below = [_child(child) for child in workspace.store.below(page.id)]
    return "\n".join([*([page.body] if page.body else []), *below])


def _child(child: Page | Database) -> str:
    if isinstance(child, Page):
        tag, title = "page", child.values.get(TITLE_ID, [])
    else:
        tag, title = "database", child.title
    return f'<{tag} url="{render.url(child.id)}">{richtext.plain(title)}</{tag}>'
