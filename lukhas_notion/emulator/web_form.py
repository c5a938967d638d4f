"""The form below a page: a field for each property that a person can set, and the trash."""

from __future__ import annotations

from html import escape

from lukhas_notion.emulator.model import (
    OPTION_TYPES,
    DataSource,
    Page,
    Property,
)
from lukhas_notion.emulator.web_edit import (
    BODY,
    PAGE_FIELDS,
    SEVERAL_LINES,
    EditRefusedError,
    as_text,
    editable,
)
from lukhas_notion.emulator.workspace import Workspace

_HINTS = {
    "multi_select": "names, with commas between",
    "date": "2026-01-31, or 2026-01-31/2026-02-02",
    "number": "88.5",
    "relation": "titles, one a line",
    "people": "e-mail addresses, one a line",
    "files": "addresses, one a line",
    "icon": "an emoji, or an address",
}


def form(
    workspace: Workspace, page: Page, source: DataSource, refused: EditRefusedError | None
) -> str:
    """Return the form.

    Args:
        workspace: where the page is.
        page: whose values stand in the fields.
        source: whose properties they are.
        refused: an edit that was not carried out: why is told, and what was typed is kept.
    """
    if page.in_trash:
        return _button(page, "restore", "Restore")
    typed = refused.typed if refused else {}
    told = ""
    if refused:
        told = f'<p class="trash c-red" role="alert"><bdi>{escape(refused.message)}</bdi></p>'
    columns = [*editable(source), *PAGE_FIELDS]
    fields = "".join(_field(workspace, page, each, typed.get(each.id)) for each in columns)
    return (
        f'<details class="edit"{" open" if refused else ""}><summary>Edit by hand</summary>{told}'
        f'<form method="post" action="/p/{page.id}">{fields}<button>Save</button></form>'
        f"{_button(page, 'trash', 'Move to trash')}</details>"
    )


def _button(page: Page, act: str, label: str) -> str:
    return (
        f'<form class="edit" method="post" action="/p/{page.id}/{act}"><button>{label}</button>'
        "</form>"
    )


def _field(workspace: Workspace, page: Page, column: Property, typed: str | None) -> str:
    was = as_text(workspace, page, column)
    name, shown = escape(f"v:{column.id}"), escape(was if typed is None else typed)
    # A browser leaves out the first line break of a text area.
    if column.type in SEVERAL_LINES:
        rows = 12 if column is BODY else 3
        field = f'<textarea name="{name}" rows="{rows}"{_hint(column)}>\n{shown}</textarea>'
    elif column.type == "checkbox":
        field = f'<input type="checkbox" name="{name}" value="yes"{" checked" if shown else ""}>'
    else:
        field = f'<input type="text" name="{name}" value="{shown}"{_hint(column)}>'
    hidden = f'<input type="hidden" name="{escape(f"was:{column.id}")}" value="{escape(was)}">'
    return f"<label><span><bdi>{escape(column.name)}</bdi></span>{field}</label>{hidden}"


def _hint(column: Property) -> str:
    hint = _HINTS.get(column.type, "a name" if column.type in OPTION_TYPES else "")
    return f' placeholder="{hint}"' if hint else ""
