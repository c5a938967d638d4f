"""Edits in the browser: the form of a page, and the changes that a sent form makes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl

from lukhas_notion.emulator import dates, markdown
from lukhas_notion.emulator.errors import ApiError, Problems
from lukhas_notion.emulator.model import OPTION_TYPES, WRITABLE_TYPES, DataSource, Page, Property
from lukhas_notion.emulator.person import Person, icon_text, plain
from lukhas_notion.emulator.workspace import Workspace

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 2000
ICON, BODY = Property("@icon", "Icon", "icon"), Property("@body", "Content", "body")
PAGE_FIELDS = (ICON, BODY)
"""The fields of a page's form that are not properties."""
ONE_A_LINE = ("relation", "people", "files")
SEVERAL_LINES = ("rich_text", "body", *ONE_A_LINE)
"""Types whose field has several lines."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class EditRefusedError(Exception):
    """An edit is refused.

    Args:
        status: the HTTP status.
        message: the reason, for the person.
        typed: property id to the text that was sent, so that it can be corrected.
    """

    def __init__(self, status: int, message: str, typed: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.typed = typed or {}


def check_source(headers: Mapping[str, str]) -> None:
    """Refuse a form that was not sent by a page of this emulator.

    Any web page can make a browser send a form to 127.0.0.1. The browser reports the origin in
    ``Origin`` and ``Sec-Fetch-Site``; :mod:`lukhas_notion.emulator.serving` ensures that ``Host``
    is this machine.

    Args:
        headers: name in lower case to value.

    Raises:
        EditRefusedError: it has another origin (403), or is not a form (415).
    """
    host = headers.get("host", "")
    same = headers.get("origin", "").lower() == f"http://{host}".lower()
    if not same or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise EditRefusedError(403, "Refused: this form was not sent by a page of this Notion.")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise EditRefusedError(415, f"Refused: a form is sent as {FORM}.")


def editable(source: DataSource) -> list[Property]:
    """Return the properties that a person can set, the title first."""
    columns = [column for column in source.properties if column.type in WRITABLE_TYPES]
    return sorted(columns, key=lambda column: column.type != "title")


def as_text(workspace: Workspace, page: Page, column: Property) -> str:
    """Return a value as the text of its field."""
    if column is BODY:
        return page.body
    if column is ICON:
        return icon_text(page.icon) or ""
    value = plain(workspace, page, column)
    if value is None:
        return ""
    if column.type == "checkbox":
        return "yes" if value else ""
    if isinstance(value, list):
        return ("\n" if column.type in ONE_A_LINE else ", ").join(value)
    return str(value)


def save(workspace: Workspace, page_id: str, raw: bytes) -> None:
    """Write the changed fields of a form to its page.

    Raises:
        EditRefusedError: the form cannot be read, or a value is not valid (400).
        KeyError: the page does not exist.
    """
    sent = _pairs(raw)
    with workspace.lock:
        page = workspace.store.pages[page_id]
        if page.in_trash:
            raise EditRefusedError(400, "The page is in the trash: restore it first.")
        columns = editable(workspace.store.data_sources[page.parent_id])
        fields = [*columns, *PAGE_FIELDS]
        typed = {column.id: _field(sent, column) for column in fields if _is_sent(sent, column)}
        person = Person(workspace)
        try:
            values = {
                column.name: _value(column, typed[column.id])
                for column in columns
                if column.id in typed and typed[column.id] != _was(sent, column)
            }
            markdown.normalised(typed.get(BODY.id, ""))  # checked before anything is written
            if values:
                person.edit_page(page_id, values)
            for column, edit in ((ICON, person.set_icon), (BODY, person.edit_body)):
                if column.id in typed and typed[column.id] != _was(sent, column):
                    edit(page_id, typed[column.id])
        except ApiError as error:
            raise EditRefusedError(400, error.message, typed) from error
        except ValueError as error:
            raise EditRefusedError(400, str(error), typed) from error
        except KeyError as error:
            raise EditRefusedError(400, f"There is no {error.args[0]!r}.", typed) from error


def _pairs(raw: bytes) -> dict[str, str]:
    try:
        pairs = dict(
            parse_qsl(
                raw.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_FIELDS,
            )
        )
    except ValueError:
        raise EditRefusedError(400, "The form cannot be read.") from None
    if any("\0" in value for value in pairs.values()):
        raise EditRefusedError(400, "The form cannot be read: a text contains U+0000.")
    return pairs


def _is_sent(sent: Mapping[str, str], column: Property) -> bool:
    # A browser does not send a box that is not ticked.
    return f"v:{column.id}" in sent or (column.type == "checkbox" and f"was:{column.id}" in sent)


def _field(sent: Mapping[str, str], column: Property) -> str:
    return _lines(sent.get(f"v:{column.id}", ""))


def _was(sent: Mapping[str, str], column: Property) -> str:
    text = _lines(sent.get(f"was:{column.id}", ""))
    # A field of one line does not have the line breaks of its text.
    return text if column.type in SEVERAL_LINES else text.replace("\n", "")


def _lines(text: str) -> str:
    r"""Return a text with ``\n`` as line break; a form sends ``\r\n``."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _value(column: Property, text: str) -> Any:
    """Return the text of a field as a value for :class:`Person`.

    Raises:
        ValueError: it is not valid for the property; the message is for the person.
    """
    if column.type in ("title", "rich_text"):
        return text
    text = text.strip()
    if column.type == "checkbox":
        return bool(text)
    if column.type == "multi_select":
        names = [_name(column, part.strip()) for part in text.split(",") if part.strip()]
        return list(dict.fromkeys(names))
    if column.type in ONE_A_LINE:
        return [line.strip() for line in text.split("\n") if line.strip()]
    if not text:
        return None
    if column.type == "number":
        return _number(column, text)
    if column.type == "date":
        return _date(column, text)
    return _name(column, text) if column.type == "select" else text


def _name(column: Property, name: str) -> str:
    if len(name) > 100:
        raise ValueError(f"{column.name}: an option's name has 100 characters at most.")
    return name


def _number(column: Property, text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(value):
        raise ValueError(f"{column.name}: {text[:60]!r} is not a number, such as 88.5.")
    return value


def _date(column: Property, text: str) -> str:
    start, _, end = text.partition("/")
    problems = Problems()
    dates.check({"start": start, "end": end or None}, column.name, problems)
    if problems.lines:
        example = "2026-01-31, or 2026-01-31/2026-02-02"
        raise ValueError(f"{column.name}: {text[:60]!r} is not a date, such as {example}.")
    return text


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
    """Return the form of a page.

    Args:
        workspace: the workspace.
        page: the page.
        source: its data source.
        refused: an edit that was refused; the form has its message and the typed texts.
    """
    if page.in_trash:
        return _button(page, "restore", "Restore")
    typed = refused.typed if refused else {}
    message = ""
    if refused:
        message = f'<p class="trash c-red" role="alert"><bdi>{escape(refused.message)}</bdi></p>'
    columns = [*editable(source), *PAGE_FIELDS]
    fields = "".join(
        _form_field(workspace, page, column, typed.get(column.id)) for column in columns
    )
    return (
        f'<details class="edit"{" open" if refused else ""}><summary>Edit by hand</summary>'
        f"{message}"
        f'<form method="post" action="/p/{page.id}">{fields}<button>Save</button></form>'
        f"{_button(page, 'trash', 'Move to trash')}</details>"
    )


def _button(page: Page, act: str, label: str) -> str:
    return (
        f'<form class="edit" method="post" action="/p/{page.id}/{act}"><button>{label}</button>'
        "</form>"
    )


def _form_field(workspace: Workspace, page: Page, column: Property, typed: str | None) -> str:
    was = as_text(workspace, page, column)
    name, shown = escape(f"v:{column.id}"), escape(was if typed is None else typed)
    # Browsers drop a line break at the start of a text area, so one is added.
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
