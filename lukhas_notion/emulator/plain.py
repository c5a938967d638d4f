"""Conversion between a page's values and plain Python values, as a person sees and types them.

===================  ==========================================================================
title, rich text     a string, or when set a pair of text and link
number, checkbox     a number, a boolean
select, status       the name of the option
multi-select         a list of names
date                 an ISO date or a range: ``2026-01-31``, ``2026-01-31/2026-02-02``
relation             a list of titles, or when set of page ids
people               a list of e-mail addresses (names of users without), or when set of user ids
files                a list of addresses, or when set of pairs of name and address
===================  ==========================================================================

``None`` is an empty value.
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
        return [_user_text(workspace, user_id) for user_id in page.values.get(column.id) or ()]
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
    """Return the property, with options that had to be added, and the value as a page stores it.

    Raises:
        KeyError: it names a page, a user or a status that does not exist.
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
    """Return a page's title, "" if it has none."""
    return richtext.plain(page.values.get(TITLE_ID, []))


def icon_text(icon: dict[str, Any] | None) -> str | None:
    """Return an icon as text: an emoji, an address or a name; None if the page has no icon."""
    if icon is None:
        return None
    kind = icon["type"]
    given = icon[kind]
    return str(given if kind == "emoji" else given.get("url") or given.get("name"))


def _user_text(workspace: Workspace, user_id: str) -> str:
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
