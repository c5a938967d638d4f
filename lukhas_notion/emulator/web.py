"""The workspace in a browser: a table for each data source, and a page with a form for each row.

The pages are plain HTML without scripts and external resources. Text is untrusted: it is escaped,
and isolated from the text around it by ``bdi``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import escape
from typing import Any

from lukhas_notion.emulator import dates, relations, render, richtext, web_body
from lukhas_notion.emulator.ids import with_hyphens
from lukhas_notion.emulator.model import (
    OPTION_TYPES,
    TEXT_TYPES,
    TITLE_ID,
    DataSource,
    Page,
    Property,
)
from lukhas_notion.emulator.person import icon_text, title
from lukhas_notion.emulator.web_edit import EditRefusedError, form
from lukhas_notion.emulator.web_style import style_sheet
from lukhas_notion.emulator.workspace import INTEGRATION, WORKSPACE, Workspace

SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    # With no-referrer, browsers send forms without their origin.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""Headers of every page: no scripts, no external resources, no frames around it."""

CLAMP = 90
"""Longer texts, in characters, are collapsed."""

ROWS = 100
"""The number of rows on one page of a table."""

FEW = 6
"""The number of pages, people or options in a cell of a table that are not collapsed."""

CODE = 24
"""Longer texts without whitespace, in characters, are shown as code on one line."""

_SIGNS = {
    "title": "Aa",
    "rich_text": "≡",
    "number": "#",
    "select": "◉",
    "multi_select": "☰",
    "date": "▦",
    "checkbox": "☑",
    "url": "↗",
    "email": "@",
    "phone_number": "☏",
    "status": "◐",
    "relation": "↦",
    "people": "☺",
    "files": "⎙",
}


@dataclass(frozen=True)
class WebPage:
    """A page for a browser, and its HTTP status."""

    status: int
    html: str


def index(
    workspace: Workspace, source_id: str | None, number: str = "", *, standalone: bool = False
) -> WebPage:
    """Return the table of a data source.

    Args:
        workspace: the workspace.
        source_id: the id of the data source; None for the first one.
        number: the page of the table, from 1; anything else is the first page.
        standalone: omit the links to other pages, for a self-contained file.
    """
    with workspace.lock:
        sources = [
            source
            for source in workspace.store.data_sources.values()
            if not workspace.in_trash(source)
        ]
        shown = next((source for source in sources if source.id == source_id), None)
        if shown is None and source_id is None and sources:
            shown = sources[0]
        if shown is None:
            return _nothing(200 if source_id is None else 404, "There is no database here yet.")
        rows = [
            row
            for row in workspace.store.rows(shown.id)
            if not row.in_trash and not row.is_archived
        ]
    name = _database_title(workspace, shown)
    count = f"{len(rows):,} {'page' if len(rows) == 1 else 'pages'}"
    part, links = (rows, "") if standalone else _paginated(shown, rows, number)
    body = (
        f"{_top(f'<span>{_text(name)}</span>', standalone=standalone)}<main><h1>{_text(name)}</h1>"
        f'<p class="facts">{count} · {len(shown.properties)} properties</p>'
        f"{'' if standalone else _tabs(workspace, sources, shown)}"
        f"{_table(workspace, shown, part, standalone=standalone)}{links}</main>"
    )
    return WebPage(200, _document(name, body))


def detail(workspace: Workspace, page_id: str, refused: EditRefusedError | None = None) -> WebPage:
    """Return one page with all its properties in full, and the form to change them.

    Args:
        workspace: the workspace.
        page_id: its id, with or without hyphens.
        refused: an edit that was refused; the page has its message and its status.
    """
    with workspace.lock:
        page = workspace.store.pages.get(with_hyphens(page_id) or "")
        source = workspace.store.data_sources.get(page.parent_id) if page else None
    if page is None or source is None:
        return no_page()
    name = _title(page)
    crumbs = (
        f'<a href="/?source={source.id}">{_text(_database_title(workspace, source))}</a>'
        f'<span class="sep">/</span><span>{_text(name)}</span>'
    )
    listed = "".join(
        f"<dt>{_sign(column)}{_text(column.name)}</dt>"
        f'<dd class="{column.type}">{_value(workspace, page, column)}</dd>'
        for column in source.properties
        if column.id != TITLE_ID
    )
    trash = '<p class="trash c-red">This page is in the trash.</p>' if page.in_trash else ""
    if page.is_archived:
        trash += '<p class="trash c-red">This page is archived.</p>'
    body = (
        f"{_top(crumbs)}<main><article>{trash}{_icon(page, large=True)}<h1>{_text(name)}</h1>"
        f"<dl>{listed}</dl>{_content(workspace, page)}"
        f'<p class="meta">Created {_moment(page.created_time)} · last edited '
        f'{_moment(page.last_edited_time)}<br><span class="mono">{page.id}</span></p>'
        f"{form(workspace, page, source, refused)}"
        "</article></main>"
    )
    return WebPage(refused.status if refused else 200, _document(name, body))


def no_edit(refused: EditRefusedError) -> WebPage:
    """Return the page for a form that was refused unread."""
    return _nothing(refused.status, _text(refused.message))


def no_page() -> WebPage:
    """Return the page for one that does not exist."""
    return _nothing(404, "There is no such page.")


def _paginated(source: DataSource, rows: list[Page], number: str) -> tuple[list[Page], str]:
    """Return one page of the rows, and the links to the previous and the next one."""
    last = max(1, math.ceil(len(rows) / ROWS))
    shown = int(number) if re.fullmatch("[1-9][0-9]{0,6}", number) else 1
    shown = min(shown, last)
    links = [
        f'<a href="/?source={source.id}&amp;page={target}">{text}</a>'
        for target, text in ((shown - 1, "← Previous"), (shown + 1, "Next →"))
        if 1 <= target <= last
    ]
    where = f"<span>{shown} of {last}</span>"
    bar = f'<nav class="tabs" aria-label="More pages">{where}{"".join(links)}</nav>'
    return rows[(shown - 1) * ROWS : shown * ROWS], bar if links else ""


def _table(workspace: Workspace, source: DataSource, rows: list[Page], *, standalone: bool) -> str:
    if not rows:
        return '<div class="scroll"><p class="empty">No pages yet.</p></div>'
    columns = sorted(source.properties, key=lambda column: column.id != TITLE_ID)
    head = "".join(
        f'<th scope="col" class="{column.type}">{_sign(column)}{_text(column.name)}</th>'
        for column in columns
    )
    cells = (
        "".join(_cell(workspace, row, column, standalone=standalone) for column in columns)
        for row in rows
    )
    lines = "".join(f"<tr>{line}</tr>\n" for line in cells)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>\n{lines}</tbody></table>"
    return f'<div class="scroll" tabindex="0" role="region" aria-label="Pages">{table}</div>'


def _cell(workspace: Workspace, row: Page, column: Property, *, standalone: bool) -> str:
    if column.id == TITLE_ID:
        name = f"{_icon(row)}{_text(_title(row))}"
        link = name if standalone else f'<a href="/p/{row.id}">{name}</a>'
        return f'<td class="title">{link}</td>'
    if column.type not in TEXT_TYPES:
        items = _items(workspace, row, column, standalone=standalone)
        value = _folded(items) or _value(workspace, row, column)
        return f'<td class="{column.type}">{value}</td>'
    text = richtext.plain(row.values.get(column.id) or [])
    if len(text) > CODE and not any(map(str.isspace, text)):
        code = f'<span class="code mono" title="{escape(text)}">{_text(text)}</span>'
        return f'<td class="code">{code}</td>'
    if len(text) <= CLAMP and text.count("\n") < 3:
        return f'<td class="text">{_value(workspace, row, column)}</td>'
    shown = f'<summary class="rich" title="Show all">{_text(text)}</summary>'
    return f'<td class="text"><details>{shown}</details></td>'


def _items(workspace: Workspace, page: Page, column: Property, *, standalone: bool) -> list[str]:
    """Return the pages, people or options of a value, none of any other type."""
    if column.type == "relation":
        related = relations.related(workspace, page, column)
        return [_page_link(target, standalone=standalone) for target in related]
    if column.type == "people":
        return [_person(workspace, user_id) for user_id in page.values.get(column.id) or ()]
    if column.type not in OPTION_TYPES:
        return []
    value = render.value(workspace, page, column)
    return [
        f'<span class="pill c-{option["color"]}">{_text(option["name"])}</span>'
        for option in ([value] if isinstance(value, dict) else value or [])
    ]


def _folded(items: list[str]) -> str:
    """Return the items of a cell, those after the first few folded: a row stays low."""
    if not (rest := "".join(items[FEW:])):
        return "".join(items)
    more = f"<summary>{len(items) - FEW} more</summary>"
    return f'{"".join(items[:FEW])}<details class="more">{more}{rest}</details>'


def _value(workspace: Workspace, page: Page, column: Property, *, standalone: bool = False) -> str:
    if items := _items(workspace, page, column, standalone=standalone):
        return "".join(items)
    value = render.value(workspace, page, column)
    if column.type == "checkbox":
        state, mark, label = ("box on", "✓", "yes") if value else ("box", "", "no")
        return f'<span class="{state}" role="img" aria-label="{label}">{mark}</span>'
    if value in (None, "", []):
        return ""
    if column.type in TEXT_TYPES:
        return f'<span class="rich">{_text(richtext.plain(value))}</span>'
    return _simple(column, value)


def _page_link(page: Page, *, standalone: bool) -> str:
    name = f"{_icon(page)}{_text(_title(page))}"
    tag = "span" if standalone else f'a href="/p/{page.id}"'
    return f'<{tag} class="page">{name}</{tag.partition(" ")[0]}>'


def _person(workspace: Workspace, user_id: str) -> str:
    user = workspace.store.users.get(user_id)
    name = user.name if user else INTEGRATION if user_id == workspace.bot_id else "Unknown user"
    address = f' title="{escape(user.email)}"' if user and user.email else ""
    first = escape(name[:1].upper())
    return f'<span class="person"{address}><i aria-hidden="true">{first}</i>{_text(name)}</span>'


def _icon(page: Page, *, large: bool = False) -> str:
    """Return a page's icon; external images are not loaded but shown as a symbol."""
    text = icon_text(page.icon)
    if text is None:
        return ""
    kind = page.icon["type"] if page.icon else ""
    shown = escape(text) if kind == "emoji" else "🖼"
    size = " large" if large else ""
    return f'<span class="icon{size}" title="{escape(text)}" aria-hidden="true">{shown}</span>'


def _content(workspace: Workspace, page: Page) -> str:
    below = "".join(
        f'<p class="page">{_text(title(child) or "Untitled")}</p>'
        for child in workspace.store.below(page.id)
        if isinstance(child, Page)
    )
    shown = f"{web_body.html(page.body)}{below}"
    return f'<section class="body" aria-label="Content">{shown}</section>' if shown else ""


def _simple(column: Property, value: Any) -> str:
    kind = column.type
    if kind == "number":
        return f"{value * 100:,g}%" if column.number_format == "percent" else f"{value:,}"
    if kind == "files":
        return "".join(_file(item) for item in value)
    if kind == "date":
        end = f" → {_moment(value['end'])}" if value["end"] else ""
        return f"{_moment(value['start'])}{end}"
    if kind in ("created_time", "last_edited_time"):
        return _moment(value)
    if kind == "url" and value.lower().startswith(("http://", "https://")):
        return f'<a class="link" rel="noreferrer" href="{escape(value)}">{_text(value)}</a>'
    return _text(value)


def _file(value: dict[str, Any]) -> str:
    address = escape(value["external"]["url"])
    return f'<a class="file" rel="noreferrer" href="{address}">{_text(value["name"])}</a>'


def _moment(text: str) -> str:
    return escape(text if dates.is_day(text) else f"{text[:10]} {text[11:16]}")


def _tabs(workspace: Workspace, sources: list[DataSource], shown: DataSource) -> str:
    if len(sources) < 2:
        return ""
    links = "".join(
        f'<a href="/?source={source.id}"{" aria-current=page" if source is shown else ""}>'
        f"{_text(_source_title(workspace, source))}</a>"
        for source in sources
    )
    return f'<nav class="tabs" aria-label="Databases">{links}</nav>'


def _source_title(workspace: Workspace, source: DataSource) -> str:
    above, own = _database_title(workspace, source), richtext.plain(source.title)
    return above if own in ("", above) else f"{above} · {own}"


def _database_title(workspace: Workspace, source: DataSource) -> str:
    return richtext.plain(workspace.store.databases[source.database_id].title) or "Untitled"


def _title(page: Page) -> str:
    return title(page) or "Untitled"


def _sign(column: Property) -> str:
    return f'<i aria-hidden="true">{_SIGNS.get(column.type, "·")}</i>'


def _top(crumbs: str, *, standalone: bool = False) -> str:
    home = escape(WORKSPACE) if standalone else f'<a href="/">{escape(WORKSPACE)}</a>'
    sep = '<span class="sep">/</span>'
    return f'<header class="top">{home}{sep}{crumbs}<span class="badge">Emulated</span></header>'


def _nothing(status: int, message: str) -> WebPage:
    body = f'{_top("")}<main><p class="empty">{message}</p></main>'
    return WebPage(status, _document("Nothing here", body))


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style_sheet()}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def _text(text: str) -> str:
    return f"<bdi>{escape(text)}</bdi>"
