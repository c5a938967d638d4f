"""Edits of databases and their properties by a person in Notion's interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lukhas_notion.emulator import databases, richtext, schema
from lukhas_notion.emulator.errors import Problems
from lukhas_notion.emulator.model import COLORS, Database, DataSource, Option, Property
from lukhas_notion.emulator.workspace import Workspace


@dataclass(frozen=True)
class DatabaseIds:
    """The ids of a new database and its data source."""

    database_id: str
    data_source_id: str


class SchemaEditor:
    """A person who creates and changes databases.

    Every method raises ``KeyError`` for an id or a name that does not exist.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store = workspace.store

    def create_database(
        self, title: str, properties: Mapping[str, Any], parent: str | None = None
    ) -> DatabaseIds:
        """Create a database with one data source.

        Args:
            title: the title of the database and of its data source.
            properties: property name to a type (``"number"``) or to a configuration of the API
                (``{"select": {"options": […]}}``).
            parent: the id of the page above it; by default the root page.
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
            source, *others = self._new_source(database, title, properties)
            self._store.commit(database, source, *others)
            return DatabaseIds(database.id, source.id)

    def add_data_source(self, database_id: str, title: str, properties: Mapping[str, Any]) -> str:
        """Add a data source to a database and return its id."""
        with self._workspace.lock:
            database = self._store.databases[database_id]
            source, *others = self._new_source(database, title, properties)
            self._store.commit(source, *others)
            return source.id

    def add_child_database(
        self, wiki_source_id: str, title: str, properties: Mapping[str, Any]
    ) -> str:
        """Create a database in a wiki, which lists its data source among its pages.

        Args:
            wiki_source_id: the data source of the wiki.
            title: the title of the database and of its data source.
            properties: as for :meth:`create_database`.

        Returns:
            The id of the new data source, which is also the id of the row.
        """
        with self._workspace.lock:
            wiki = self._store.data_sources[wiki_source_id]
            created = self.create_database(title, properties)
            source = self._store.data_sources[created.data_source_id]
            self._store.commit(replace(source, row_of=wiki.id))
            return source.id

    def share_database(self, database_id: str, *, shared: bool = True) -> None:
        """Give the integration access to a database and its pages, or remove its access."""
        with self._workspace.lock:
            database = self._store.databases[database_id]
            self._store.commit(replace(database, is_shared=shared))

    def trash_database(self, database_id: str) -> None:
        """Move a database and its data sources to the trash."""
        with self._workspace.lock:
            self._store.commit(replace(self._store.databases[database_id], in_trash=True))

    def options(self, name: str, data_source_id: str | None = None) -> dict[str, str]:
        """Return a property's options in their order, as name to colour."""
        with self._workspace.lock:
            column = column_named(self._source(data_source_id), name)
            return {option.name: option.color for option in column.options}

    def add_option(
        self, name: str, option: str, color: str = "default", data_source_id: str | None = None
    ) -> str:
        """Add an option to a property and return the id of the option."""
        if color not in COLORS:
            raise KeyError(color)
        with self._workspace.lock:
            source = self._source(data_source_id)
            column = column_named(source, name)
            added = Option(self._workspace.ids.new(), option, color)
            column = replace(column, options=(*column.options, added))
            self._keep(source, self._grouped(column))
            return added.id

    def remove_option(self, name: str, option: str, data_source_id: str | None = None) -> None:
        """Remove an option from a property and from every page."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            column = column_named(source, name)
            left = tuple(existing for existing in column.options if existing.name != option)
            if len(left) == len(column.options):
                raise KeyError(option)
            self._keep(source, self._grouped(replace(column, options=left)))

    def add_property(
        self,
        name: str,
        kind: str,
        data_source_id: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a property; ``settings`` is the configuration of its type in the API."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            wanted = {name: {kind: dict(settings or {})}}
            properties = schema.changed_properties(source, wanted, self._workspace.ids)
            databases.connect(self._workspace, replace(source, properties=properties), source)

    def rename_property(self, name: str, new: str, data_source_id: str | None = None) -> None:
        """Rename a property."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            self._keep(source, replace(column_named(source, name), name=new))

    def remove_property(self, name: str, data_source_id: str | None = None) -> None:
        """Remove a property and its values."""
        with self._workspace.lock:
            source = self._source(data_source_id)
            removed = column_named(source, name)
            left = tuple(column for column in source.properties if column.id != removed.id)
            databases.connect(self._workspace, replace(source, properties=left), source)

    def _grouped(self, column: Property) -> Property:
        ids = self._workspace.ids
        return schema.with_groups(column, ids) if column.type == "status" else column

    def _new_source(
        self, database: Database, title: str, properties: Mapping[str, Any]
    ) -> list[DataSource]:
        wanted = {
            name: {config: {}} if isinstance(config, str) else config
            for name, config in properties.items()
        }
        problems = Problems()
        schema.check(wanted, "properties", problems, changing=False)
        problems.raise_any()
        author = self._workspace.person_id
        return databases.new_source(
            self._workspace, database.id, richtext.of(title), wanted, author
        )

    def _source(self, data_source_id: str | None) -> DataSource:
        if data_source_id is None:
            data_source_id = next(iter(self._store.data_sources))
        return self._store.data_sources[data_source_id]

    def _keep(self, source: DataSource, column: Property) -> None:
        self._store.commit(replace(source, properties=source.with_property(column)))


def column_named(source: DataSource, name: str) -> Property:
    """Return the property with this name.

    Raises:
        KeyError: the data source does not have one.
    """
    column = source.find(name)
    if column is None:
        raise KeyError(name)
    return column
