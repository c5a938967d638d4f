"""Edits by a person in Notion's interface, to which the limits of the API do not apply.

Values are plain Python, as a person sees and types them:

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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from lukhas_notion.emulator import dates, markdown, pages, relations, render, richtext, schema
from lukhas_notion.emulator.model import TITLE_ID, Page, Property, Stored, User
from lukhas_notion.emulator.person_schema import DatabaseIds, SchemaEditor, column_named
from lukhas_notion.emulator.values import file, number
from lukhas_notion.emulator.workspace import Workspace


def plain(workspace: Workspace, page: Page, column: Property) -> Any:
    """Return a page's value of a property as plain Python."""
    if column.type == "relation":
        return [title(target) for target in relations.related(workspace, page, column)]
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
        return [item["external"]["url"] for item in value]
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
    if column.type == "select":
        option = None if value is None else {"name": value}
        return schema.chosen_options(column, option, workspace.ids)
    if column.type == "multi_select":
        options = [{"name": name} for name in value or []]
        return schema.chosen_options(column, options, workspace.ids)
    return column, value


def title(page: Page) -> str:
    """Return a page's title, "" if it has none."""
    return richtext.plain(page.values.get(TITLE_ID, []))


def icon_text(icon: dict[str, Any] | None) -> str | None:
    """Return an icon as text: an emoji, an address or a name; None if the page has no icon."""
    if icon is None:
        return None
    kind = icon["type"]
    value = icon[kind]
    return str(value if kind == "emoji" else value.get("url") or value.get("name"))


def _user_text(workspace: Workspace, user_id: str) -> str:
    user = workspace.store.users.get(user_id)
    return (user.email or user.name) if user else user_id


def _text(_workspace: Workspace, _column: Property, value: Any) -> Any:
    text, link = value if isinstance(value, tuple) else (value or "", None)
    return richtext.normalise([{"text": {"content": text, "link": link and {"url": link}}}])


def _date(_workspace: Workspace, _column: Property, value: Any) -> Any:
    if value is None:
        return None
    start, _, end = value.partition("/")
    return dates.normalise({"start": start, "end": end or None})


def _status(_workspace: Workspace, column: Property, value: Any) -> Any:
    option_id = next((option.id for option in column.options if option.name == value), None)
    if option_id is None and value is not None:
        raise KeyError(value)
    return option_id


def _relation(workspace: Workspace, column: Property, value: Any) -> list[str]:
    assert column.relation is not None  # noqa: S101 - every relation column leads somewhere
    rows = workspace.store.rows(column.relation.data_source_id)
    by_name = {title(row): row.id for row in rows if not row.in_trash}
    return _ids(value or (), by_name, {row.id for row in rows})


def _people(workspace: Workspace, _column: Property, value: Any) -> list[str]:
    users: Iterable[User] = workspace.store.users.values()
    by_name = {user.name: user.id for user in users}
    by_name |= {user.email: user.id for user in users if user.email}
    return _ids(value or (), by_name, {user.id for user in users})


def _ids(named: Iterable[str], by_name: dict[str, str], known: set[str]) -> list[str]:
    return list(dict.fromkeys(name if name in known else by_name[name] for name in named))


def _files(_workspace: Workspace, _column: Property, value: Any) -> list[dict[str, Any]]:
    pairs = (item if isinstance(item, tuple) else (item, item) for item in value or ())
    return [file(name, url) for name, url in pairs]


_STORED: dict[str, Callable[[Workspace, Property, Any], Any]] = {
    "title": _text,
    "rich_text": _text,
    "number": lambda _workspace, _column, value: number(value),
    "date": _date,
    "status": _status,
    "relation": _relation,
    "people": _people,
    "files": _files,
}


__all__ = ["DatabaseIds", "Person"]


class Person(SchemaEditor):
    """A person who works in the workspace, next to the integration.

    Every method raises ``KeyError`` for an id or a name that does not exist.
    """

    def create_page(self, data_source_id: str, values: Mapping[str, Any]) -> str:
        """Create a page with these values and return its id."""
        with self._workspace.lock:
            source = self._store.data_sources[data_source_id]
            author = self._workspace.person_id
            page = self._workspace.new_page("data_source_id", source.id, {}, author)
            self._write(page, values)
            return page.id

    def edit_page(self, page_id: str, values: Mapping[str, Any]) -> None:
        """Set values of a page; missing options of selects and multi-selects are added."""
        with self._workspace.lock:
            self._write(self._store.pages[page_id], values)

    def copy_page(self, page_id: str) -> str:
        """Copy a page with all its values, links included, and return the id of the copy."""
        with self._workspace.lock:
            now = self._workspace.minute()
            copy = replace(
                self._store.pages[page_id],
                id=self._workspace.ids.new(),
                created_time=now,
                last_edited_time=now,
                author=self._workspace.person_id,
                editor=self._workspace.person_id,
            )
            columns = self._source(copy.parent_id).properties
            self._store.commit(*relations.with_counterparts(self._workspace, None, copy, columns))
            return copy.id

    def link(self, page_id: str, name: str) -> str:
        """Return the first link in a text property of a page, "" if it has none."""
        with self._workspace.lock:
            page = self._store.pages[page_id]
            column = column_named(self._source(page.parent_id), name)
            links = (segment["href"] for segment in page.values.get(column.id) or ())
            return next((str(link) for link in links if link), "")

    def trash_page(self, page_id: str) -> None:
        """Move a page to the trash."""
        self._change(page_id, in_trash=True)

    def restore_page(self, page_id: str) -> None:
        """Restore a page from the trash."""
        self._change(page_id, in_trash=False)

    def archive_page(self, page_id: str) -> None:
        """Archive a page: queries do not return it, although it is not in the trash."""
        self._change(page_id, is_archived=True)

    def unarchive_page(self, page_id: str) -> None:
        """Restore a page from the archive."""
        self._change(page_id, is_archived=False)

    def delete_page(self, page_id: str) -> None:
        """Delete a page permanently: the API answers 404."""
        with self._workspace.lock:
            self._store.forget(page_id)

    def move_page(self, page_id: str, data_source_id: str) -> None:
        """Move a page to another data source; of its values it keeps only the title."""
        with self._workspace.lock:
            page = self._store.pages[page_id]
            source = self._store.data_sources[data_source_id]
            kept = {key: value for key, value in page.values.items() if key == TITLE_ID}
            moved = self._edited(
                page, parent_type="data_source_id", parent_id=source.id, values=kept
            )
            self._store.commit(moved)

    def body(self, page_id: str) -> str:
        """Return a page's body as Markdown."""
        with self._workspace.lock:
            return pages.body_text(self._workspace, self._store.pages[page_id])

    def edit_body(self, page_id: str, body: str) -> None:
        """Replace a page's body by Markdown."""
        self._change(page_id, body=markdown.normalised(body))

    def set_icon(self, page_id: str, icon: str | None) -> None:
        """Set a page's icon to an emoji or an address; None removes it."""
        external = {"type": "external", "external": {"url": icon}}
        emoji = {"type": "emoji", "emoji": icon}
        value = external if icon and icon.startswith("http") else emoji
        self._change(page_id, icon=value if icon else None)

    def icon(self, page_id: str) -> str | None:
        """Return a page's icon: an emoji, an address, the name of an icon of Notion, or None."""
        with self._workspace.lock:
            return icon_text(self._store.pages[page_id].icon)

    def add_subpage(self, page_id: str, title: str) -> str:
        """Create a page below a page and return its id."""
        with self._workspace.lock:
            parent = self._store.pages[page_id]
            values = {TITLE_ID: richtext.of(title)}
            author = self._workspace.person_id
            page = self._workspace.new_page("page_id", parent.id, values, author)
            self._store.commit(page)
            return page.id

    def share_page(self, page_id: str, *, shared: bool = True) -> None:
        """Give the integration access to a page, or remove its access."""
        self._change(page_id, is_shared=shared)

    def add_user(self, name: str, email: str | None = None, *, bot: bool = False) -> str:
        """Add a person or a bot to the workspace and return the user's id."""
        with self._workspace.lock:
            user_id = self._workspace.ids.new()
            user = User(user_id, name, "bot" if bot else "person", email)
            self._store.commit(user)
            return user.id

    def remove_user(self, user_id: str) -> None:
        """Remove a user from the workspace; pages keep the user's id."""
        with self._workspace.lock:
            if user_id not in self._store.users:
                raise KeyError(user_id)
            self._store.forget(user_id)

    def pages(
        self,
        data_source_id: str | None = None,
        *,
        in_trash: bool = False,
        is_archived: bool = False,
    ) -> list[dict[str, Any]]:
        """Return the pages as a person sees them: ``id`` and a plain value for each property.

        Args:
            data_source_id: the data source; by default the first one.
            in_trash: return the pages in the trash instead.
            is_archived: return the archived pages instead.
        """
        with self._workspace.lock:
            source = self._source(data_source_id)
            return [
                {
                    "id": page.id,
                    **{
                        column.name: plain(self._workspace, page, column)
                        for column in source.properties
                    },
                }
                for page in self._store.rows(source.id)
                if page.in_trash is in_trash and page.is_archived is is_archived
            ]

    def _change(self, page_id: str, **states: Any) -> None:
        with self._workspace.lock:
            page = self._store.pages[page_id]
            self._store.commit(self._edited(page, **states))

    def _edited(self, page: Page, **changes: Any) -> Page:
        changes |= {
            "last_edited_time": self._workspace.minute(),
            "editor": self._workspace.person_id,
        }
        return replace(page, **changes)

    def _write(self, page: Page, values: Mapping[str, Any]) -> None:
        source = self._source(page.parent_id)
        before = source
        kept = dict(page.values)
        for name, value in values.items():
            column = column_named(source, name)
            column, kept[column.id] = stored(self._workspace, column, value)
            source = replace(source, properties=source.with_property(column))
        known = self._store.pages.get(page.id)
        edited = self._edited(page, values=kept)
        changed: list[Stored] = [
            *relations.with_counterparts(self._workspace, known, edited, source.properties)
        ]
        if source.properties != before.properties:
            changed.append(source)
        self._store.commit(*changed)
