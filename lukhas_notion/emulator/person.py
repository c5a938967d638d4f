"""What a person does in Notion's own interface: no request, no rate limit, no API limits.

Values are plain Python: text (or text and its link, as a pair), numbers, booleans, a list of names
for a multi-select, a name for a select, an ISO date (``2026-01-31`` or
``2026-01-31/2026-02-02``), ``None`` for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lukhas_notion.emulator import databases, dates, options, render, richtext, schema
from lukhas_notion.emulator.model import (
    COLORS,
    TITLE_ID,
    Database,
    DataSource,
    Option,
    Page,
    Property,
    Stored,
)
from lukhas_notion.emulator.problems import Problems
from lukhas_notion.emulator.values import number
from lukhas_notion.emulator.workspace import Workspace


@dataclass(frozen=True)
class DatabaseIds:
    """A new database and its data source."""

    database_id: str
    data_source_id: str


class Person:
    """Somebody at work in the workspace, beside the integration.

    Every method raises ``KeyError`` for an id or a name that is not there.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = workspace.store

    def create_database(
        self, title: str, properties: Mapping[str, Any], parent: str | None = None
    ) -> DatabaseIds:
        """Make a database of one data source, below the root page or another.

        Args:
            title: its title, and its data source's.
            properties: property name to a type (``"number"``) or to a configuration as the API
                takes it (``{"select": {"options": […]}}``).
            parent: the page to make it under.
        """
        with self._workspace.lock:
            page = self._store.pages[parent or self._workspace.root_page_id]
            now = self._workspace.millisecond()
            database = Database(
                id=self._workspace.ids.new(),
                parent_page_id=page.id,
                title=richtext.of(title),
                created_time=now,
                last_edited_time=now,
            )
            source = self._new_source(database.id, title, properties)
            self._store.commit(database, source)
            return DatabaseIds(database.id, source.id)

    def add_data_source(self, database_id: str, title: str, properties: Mapping[str, Any]) -> str:
        """Add a data source to a database and return its id."""
        with self._workspace.lock:
            source = self._new_source(self._store.databases[database_id].id, title, properties)
            self._store.commit(source)
            return source.id

    def add_child_database(
        self, wiki_source_id: str, title: str, properties: Mapping[str, Any]
    ) -> str:
        """Make a database inside a wiki, which lists its data source among the pages.

        Args:
            wiki_source_id: the data source of the wiki.
            title: the database's title, and its data source's.
            properties: as for :meth:`create_database`.

        Returns:
            The id of the new data source, which is also the id of the row.
        """
        with self._workspace.lock:
            wiki = self._store.data_sources[wiki_source_id]
            made = self.create_database(title, properties)
            source = self._store.data_sources[made.data_source_id]
            self._store.commit(replace(source, row_of=wiki.id))
            return source.id

    def create_page(self, data_source_id: str, values: Mapping[str, Any]) -> str:
        """Make a page with these values and return its id."""
        with self._workspace.lock:
            now = self._workspace.minute()
            page = Page(
                id=self._workspace.ids.new(),
                parent_type="data_source_id",
                parent_id=self._store.data_sources[data_source_id].id,
                values={},
                created_time=now,
                last_edited_time=now,
                author=self._workspace.person_id,
                editor=self._workspace.person_id,
            )
            self._write(page, values)
            return page.id

    def edit_page(self, page_id: str, values: Mapping[str, Any]) -> None:
        """Set values of a page; a select option that is not there is made on the way."""
        with self._workspace.lock:
            self._write(self._store.pages[page_id], values)

    def copy_page(self, page_id: str) -> str:
        """Duplicate a page and return the copy's id; links in its values are copied as well."""
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
            self._store.commit(copy)
            return copy.id

    def link(self, page_id: str, name: str) -> str:
        """Return the first link in a text property of a page, "" where there is none."""
        with self._workspace.lock:
            page = self._store.pages[page_id]
            column = _column(self._source(page.parent_id), name)
            links = (segment["href"] for segment in page.values.get(column.id) or ())
            return next((str(link) for link in links if link), "")

    def trash_page(self, page_id: str) -> None:
        """Put a page into the trash."""
        self._touch(page_id, in_trash=True)

    def restore_page(self, page_id: str) -> None:
        """Take a page out of the trash."""
        self._touch(page_id, in_trash=False)

    def archive_page(self, page_id: str) -> None:
        """Archive a page: queries leave it out, and it is not in the trash."""
        self._touch(page_id, is_archived=True)

    def unarchive_page(self, page_id: str) -> None:
        """Bring a page back from the archive."""
        self._touch(page_id, is_archived=False)

    def delete_page(self, page_id: str) -> None:
        """Delete a page for good, out of the trash: the API answers 404 for it."""
        with self._workspace.lock:
            self._store.forget(page_id)

    def move_page(self, page_id: str, data_source_id: str) -> None:
        """Move a page into another data source, where it keeps its title and nothing else."""
        with self._workspace.lock:
            page = self._store.pages[page_id]
            source = self._store.data_sources[data_source_id]
            kept = {key: value for key, value in page.values.items() if key == TITLE_ID}
            moved = self._edited(
                page, parent_type="data_source_id", parent_id=source.id, values=kept
            )
            self._store.commit(moved)

    def trash_database(self, database_id: str) -> None:
        """Put a database into the trash, its data sources with it."""
        with self._workspace.lock:
            self._store.commit(replace(self._store.databases[database_id], in_trash=True))

    def pages(
        self,
        data_source_id: str | None = None,
        *,
        in_trash: bool = False,
        is_archived: bool = False,
    ) -> list[dict[str, Any]]:
        """Return the pages as a person sees them: ``id`` and a plain value for each property.

        Args:
            data_source_id: whose pages; the first data source's when left out.
            in_trash: look into the trash instead.
            is_archived: look at the archived pages instead.
        """
        with self._workspace.lock:
            source = self._source(data_source_id)
            return [
                {"id": page.id, **{each.name: plain(page, each) for each in source.properties}}
                for page in self._store.rows(source.id)
                if page.in_trash is in_trash and page.is_archived is is_archived
            ]

    def options(self, name: str, data_source_id: str | None = None) -> dict[str, str]:
        """Return a property's options in order: name to colour."""
        with self._workspace.lock:
            column = _column(self._source(data_source_id), name)
            return {option.name: option.color for option in column.options}

    def add_option(
        self, name: str, option: str, color: str = "default", data_source_id: str | None = None
    ) -> str:
        """Add an option to a property and return the option's id."""
        if color not in COLORS:
            raise KeyError(color)
        with self._workspace.lock:
            source = self._source(data_source_id)
            column = _column(source, name)
            added = Option(self._workspace.ids.new(), option, color)
            self._keep(source, replace(column, options=(*column.options, added)))
            return added.id

    def remove_option(self, name: str, option: str, data_source_id: str | None = None) -> None:
        """Remove an option from a property, and so from every page."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            column = _column(source, name)
            left = tuple(each for each in column.options if each.name != option)
            if len(left) == len(column.options):
                raise KeyError(option)
            self._keep(source, replace(column, options=left))

    def add_property(self, name: str, kind: str, data_source_id: str | None = None) -> None:
        """Add a property of a type, without configuration."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            properties = schema.changed(source, {name: {kind: {}}}, self._workspace.ids)
            self._store.commit(replace(source, properties=properties))

    def rename_property(self, name: str, new: str, data_source_id: str | None = None) -> None:
        """Give a property another name."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            self._keep(source, replace(_column(source, name), name=new))

    def remove_property(self, name: str, data_source_id: str | None = None) -> None:
        """Remove a property, with its value on every page."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            gone = _column(source, name)
            left = tuple(each for each in source.properties if each.id != gone.id)
            self._store.commit(replace(source, properties=left))

    def _new_source(
        self, database_id: str, title: str, properties: Mapping[str, Any]
    ) -> DataSource:
        wanted = {
            name: {each: {}} if isinstance(each, str) else each for name, each in properties.items()
        }
        problems = Problems()
        schema.check(wanted, "properties", problems, changing=False)
        problems.raise_any()
        author = self._workspace.person_id
        return databases.new_source(
            self._workspace, database_id, richtext.of(title), wanted, author
        )

    def _source(self, data_source_id: str | None) -> DataSource:
        if data_source_id is None:
            data_source_id = next(iter(self._store.data_sources))
        return self._store.data_sources[data_source_id]

    def _keep(self, source: DataSource, column: Property) -> None:
        self._store.commit(replace(source, properties=source.with_property(column)))

    def _touch(self, page_id: str, **states: bool) -> None:
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
            column = _column(source, name)
            column, kept[column.id] = _stored(column, value, self._workspace)
            source = replace(source, properties=source.with_property(column))
        changed: list[Stored] = [self._edited(page, values=kept)]
        if source.properties != before.properties:
            changed.append(source)
        self._store.commit(*changed)


def plain(page: Page, column: Property) -> Any:
    """Return a page's value of a property as plain Python."""
    value = render.value(page, column)
    if column.type in ("title", "rich_text"):
        return richtext.plain(value)
    if column.type == "multi_select":
        return [option["name"] for option in value]
    if column.type == "select":
        return value["name"] if value else None
    if column.type == "date" and value:
        return value["start"] + (f"/{value['end']}" if value["end"] else "")
    return value


def _column(source: DataSource, name: str) -> Property:
    found = source.find(name)
    if found is None:
        raise KeyError(name)
    return found


def _stored(column: Property, value: Any, workspace: Workspace) -> tuple[Property, Any]:
    if column.type in ("title", "rich_text"):
        text, link = value if isinstance(value, tuple) else (value or "", None)
        return column, richtext.normalise(
            [{"text": {"content": text, "link": link and {"url": link}}}]
        )
    if column.type in ("select", "multi_select"):
        single = column.type == "select"
        names = ([value] if value is not None else []) if single else value or []
        named = [{"name": name} for name in names]
        column, ids = options.chosen(column, named, workspace.ids)
        return column, (ids[0] if ids else None) if single else ids
    if column.type == "date" and value is not None:
        start, _, end = value.partition("/")
        return column, dates.normalise({"start": start, "end": end or None})
    return column, number(value) if column.type == "number" else value
