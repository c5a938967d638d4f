"""The endpoints for a page's body in Markdown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import markdown, render, richtext
from lukhas_notion.emulator.errors import ARCHIVED, MISSING, Problems, validation
from lukhas_notion.emulator.model import TITLE_ID, Database, Page
from lukhas_notion.emulator.workspace import Workspace

_KINDS = {"insert_content": "content", "replace_content": "new_str"}
"""The recorded changes of a body: type to the member that has the text."""


def retrieve(workspace: Workspace, page_id: str) -> dict[str, Any]:
    """Return a page's body."""
    page = workspace.page(page_id)
    return {
        "object": "page_markdown",
        "id": page.id,
        "markdown": text(workspace, page),
        "truncated": False,
        "unknown_block_ids": [],
    }


def update(workspace: Workspace, page_id: str, body: dict[str, Any]) -> dict[str, Any]:
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
    return retrieve(workspace, page_id)


def text(workspace: Workspace, page: Page) -> str:
    """Return a page's body, followed by one line for each page and database below it."""
    below = [_child(each) for each in workspace.store.below(page.id)]
    return "\n".join([*([page.body] if page.body else []), *below])


def _child(each: Page | Database) -> str:
    tag, title = "page", each.values.get(TITLE_ID, []) if isinstance(each, Page) else each.title
    if isinstance(each, Database):
        tag = "database"
    return f'<{tag} url="{render.url(each.id)}">{richtext.plain(title)}</{tag}>'
