"""The immutable objects of a workspace: users, databases, data sources, pages and views.

A change creates a new object, which replaces the old one in the store. Answers in preparation,
lagging queries and the journal keep the version that they have.

A page's values are stored by property id, and options by option id. What is removed from the schema
is therefore gone from every page, and no page changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

COLORS = (
    "default",
    "gray",
    "brown",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "red",
)
TITLE_ID = "title"
OPTION_TYPES = ("select", "multi_select", "status")
TEXT_TYPES = ("title", "rich_text")
LIST_TYPES = (*TEXT_TYPES, "relation", "people")
"""Types for which the endpoint of a page's property returns a paginated list of items."""
COMPUTED_TYPES = ("created_time", "last_edited_time")
WRITABLE_TYPES = (
    "title",
    "rich_text",
    "number",
    "url",
    "select",
    "multi_select",
    "people",
    "email",
    "phone_number",
    "date",
    "checkbox",
    "relation",
    "files",
    "status",
)

RichText = list[dict[str, Any]]


@dataclass(frozen=True)
class User:
    """A person or a bot of the workspace; only a person can have an e-mail address."""

    id: str
    name: str
    type: Literal["person", "bot"] = "person"
    email: str | None = None
    avatar_url: str | None = None
    kind: Literal["user"] = "user"


@dataclass(frozen=True)
class Option:
    """One option of a select, multi-select or status property."""

    id: str
    name: str
    color: str = "default"
    description: str | None = None


@dataclass(frozen=True)
class Group:
    """One of the three groups of a status property's options."""

    id: str
    name: str
    color: str
    option_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """The target of a relation property.

    Args:
        data_source_id: the data source of the related pages.
        synced_id: the property of that data source that shows the other side of the relation;
            None if the relation is one-way.
    """

    data_source_id: str
    synced_id: str | None = None


@dataclass(frozen=True)
class Property:
    """One property of a data source; ``id`` is plain here and percent-encoded in answers."""

    id: str
    name: str
    type: str
    options: tuple[Option, ...] = ()
    number_format: str = "number"
    description: str | None = None
    groups: tuple[Group, ...] = ()
    relation: Relation | None = None

    def option(self, option_id: str) -> Option | None:
        """Return the option with this id, if it exists."""
        return next((option for option in self.options if option.id == option_id), None)

    def option_named(self, name: str) -> Option | None:
        """Return the option with exactly this name, or else the first that differs in case only."""
        folded = name.casefold()
        similar = [option for option in self.options if option.name.casefold() == folded]
        exact = (option for option in similar if option.name == name)
        return next(exact, similar[0] if similar else None)


@dataclass(frozen=True)
class Database:
    """A container of data sources; its times have milliseconds (recorded)."""

    id: str
    parent_page_id: str
    title: RichText
    created_time: str
    last_edited_time: str
    description: RichText = field(default_factory=list)
    icon: dict[str, Any] | None = None
    cover: dict[str, Any] | None = None
    is_inline: bool = False
    is_locked: bool = False
    in_trash: bool = False
    is_shared: bool = True
    """Whether the integration has access to it, and so to its pages."""
    kind: Literal["database"] = "database"


@dataclass(frozen=True)
class DataSource:
    """A table: the schema of its pages."""

    id: str
    database_id: str
    title: RichText
    properties: tuple[Property, ...]
    created_time: str
    last_edited_time: str
    author: str
    editor: str
    description: RichText = field(default_factory=list)
    icon: dict[str, Any] | None = None
    in_trash: bool = False
    row_of: str | None = None
    """The id of the wiki's data source that lists this one among its rows, if it is in a wiki."""
    kind: Literal["data_source"] = "data_source"

    def find(self, name_or_id: str) -> Property | None:
        """Return the property with this name, or else with this id, percent-encoded or plain."""
        return find_property(self.properties, name_or_id)

    def ordered(self) -> list[Property]:
        """Return the properties in the order of Notion's answers: by id, with the title last."""
        return sorted(self.properties, key=lambda column: (column.id == TITLE_ID, column.id))

    def with_property(self, changed: Property) -> tuple[Property, ...]:
        """Return all properties, where ``changed`` replaces the one with its id."""
        return tuple(changed if column.id == changed.id else column for column in self.properties)


@dataclass(frozen=True)
class Page:
    """A row of a data source, or a page below a page.

    ``values`` has by property id: rich text and files as in answers, option ids, page ids, user
    ids, numbers, booleans, strings, and dates as ``{start, end, time_zone}``. Being archived and
    being in the trash are independent states. ``body`` is Markdown as Notion writes it, without
    the pages and databases below the page.
    """

    id: str
    parent_type: Literal["data_source_id", "page_id", "workspace"]
    parent_id: str
    values: dict[str, Any]
    created_time: str
    last_edited_time: str
    author: str
    editor: str
    icon: dict[str, Any] | None = None
    cover: dict[str, Any] | None = None
    in_trash: bool = False
    is_archived: bool = False
    is_locked: bool = False
    is_shared: bool = True
    body: str = ""
    kind: Literal["page"] = "page"


@dataclass(frozen=True)
class View:
    """A view of a data source; ``sorts`` and ``configuration`` are as they were sent."""

    id: str
    database_id: str
    data_source_id: str
    name: str
    type: str
    sorts: list[dict[str, Any]] | None
    configuration: dict[str, Any] | None
    created_time: str
    last_edited_time: str
    author: str
    kind: Literal["view"] = "view"


Stored = Database | DataSource | Page | User | View


def find_property(properties: Iterable[Property], name_or_id: str) -> Property | None:
    """Return the property with this name, or else with this id, percent-encoded or plain."""
    known = tuple(properties)
    decoded = unquote(name_or_id)
    return next(
        (column for column in known if column.name == name_or_id),
        next((column for column in known if column.id in (name_or_id, decoded)), None),
    )


def to_json(stored: Stored) -> dict[str, Any]:
    """Return the object as plain JSON data, for the journal."""
    return asdict(stored)


def from_json(data: dict[str, Any]) -> Stored:
    """Return the object of JSON data from :func:`to_json`."""
    if data["kind"] == "database":
        return Database(**data)
    if data["kind"] == "page":
        return Page(**data)
    if data["kind"] == "user":
        return User(**data)
    if data["kind"] == "view":
        return View(**data)
    return DataSource(**{**data, "properties": tuple(map(_property, data["properties"]))})


def _property(data: dict[str, Any]) -> Property:
    relation = data.get("relation")
    groups = (
        Group(**{**group, "option_ids": tuple(group["option_ids"])})
        for group in data.get("groups", ())
    )
    return Property(
        **{
            **data,
            "options": tuple(Option(**option) for option in data["options"]),
            "groups": tuple(groups),
            "relation": relation and Relation(**relation),
        }
    )
