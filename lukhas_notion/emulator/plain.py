"""A page's values as a person sees and types them, in plain Python.

Text (or text and its link, as a pair), numbers, booleans, a name for a select or a status, a list
of names for a multi-select, an ISO date (``2026-01-31`` or ``2026-01-31/2026-02-02``), a list of
titles for a relation (or page ids), of e-mail addresses for people (of names where there is none,
or user ids), of addresses for files (or pairs of name and address), and ``None`` for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lukhas_notion.emulator import dates, relations, render, richtext
from lukhas_notion.emulator import schema as options
from lukhas_notion.emulator.model import TITLE_ID, Page, Property, User
from lukhas_notion.emulator.values import file, number
from lukhas_notion.emulator.workspace import Workspace


def plain(workspace: Workspace, page: Page, column: Property) -> Any:
    """Return a page's value of a property as plain Python."""
    if column.type == "relation":
        return [title(each) for each in relations.related(workspace, page, column)]
    if column.type == "people":
        return [_said(workspace, user_id) for user_id in page.values.get(column.id) or ()]
    value = render.value(workspace, page, column)
    if column.type in ("title", "rich_text"):
        return richtext.plain(value)
    if column.type == "multi_select":
        return [option["name"] for option in value]
    if column.type in ("select", "status"):
        return value["name"] if value else None
    if column.type == "files":
        return [each["external"]["url"] for each in value]
    if column.type == "date" and value:
        return value["start"] + (f"/{value['end']}" if value["end"] else "")
    return value


def stored(workspace: Workspace, column: Property, value: Any) -> tuple[Property, Any]:
    """Return a property, with any option that had to be added, and a value as a page keeps it.

    Raises:
        KeyError: it names a page, a user or a status that is not there.
    """
    if column.type in _STORED:
        return column, _STORED[column.type](workspace, column, value)
    if column.type in ("select", "multi_select"):
        single = column.type == "select"
        names = ([value] if value is not None else []) if single else value or []
        named = [{"name": name} for name in names]
        column, ids = options.chosen(column, named, workspace.ids)
        return column, (ids[0] if ids else None) if single else ids
    return column, value


def title(page: Page) -> str:
    """Return a page's title, "" where it has none."""
    return richtext.plain(page.values.get(TITLE_ID, []))


def icon_text(icon: dict[str, Any] | None) -> str | None:
    """Return an icon as a person sees it: an emoji, an address, a name, or None for none."""
    if icon is None:
        return None
    kind = icon["type"]
    given = icon[kind]
    return str(given if kind == "emoji" else given.get("url") or given.get("name"))


def _said(workspace: Workspace, user_id: str) -> str:
    user = workspace.store.users.get(user_id)
    return (user.email or user.name) if user else user_id


def _text(_workspace: Workspace, _column: Property, value: Any) -> Any:
    text, link = value if isinstance(value, tuple) else (value or "", None)
    return richtext.normalise([{"text": {"content": text, "link": link and {"url": link}}}])


def _number(_workspace: Workspace, _column: Property, value: Any) -> Any:
    return number(value)


def _date(_workspace: Workspace, _column: Property, value: Any) -> Any:
    if value is None:
        return None
    start, _, end = value.partition("/")
    return dates.normalise({"start": start, "end": end or None})


def _status(_workspace: Workspace, column: Property, value: Any) -> Any:
    found = next((each.id for each in column.options if each.name == value), None)
    if found is None and value is not None:
        raise KeyError(value)
    return found


def _relation(workspace: Workspace, column: Property, value: Any) -> list[str]:
    assert column.relation is not None  # noqa: S101 - every relation column leads somewhere
    rows = workspace.store.rows(column.relation.data_source_id)
    by_name = {title(each): each.id for each in rows if not each.in_trash}
    return _ids(value or (), by_name, {each.id for each in rows})


def _people(workspace: Workspace, _column: Property, value: Any) -> list[str]:
    users: Iterable[User] = workspace.store.users.values()
    by_name = {each.name: each.id for each in users}
    by_name |= {each.email: each.id for each in users if each.email}
    return _ids(value or (), by_name, {each.id for each in users})


def _ids(named: Iterable[str], by_name: dict[str, str], known: set[str]) -> list[str]:
    return list(dict.fromkeys(each if each in known else by_name[each] for each in named))


def _files(_workspace: Workspace, _column: Property, value: Any) -> list[dict[str, Any]]:
    pairs = (each if isinstance(each, tuple) else (each, each) for each in value or ())
    return [file(name, url) for name, url in pairs]


_STORED: dict[str, Callable[[Workspace, Property, Any], Any]] = {
    "title": _text,
    "rich_text": _text,
    "number": _number,
    "date": _date,
    "status": _status,
    "relation": _relation,
    "people": _people,
    "files": _files,
}
