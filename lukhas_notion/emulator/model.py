"""What a workspace holds: users, databases, their data sources, and pages. All of it immutable.

A change makes a new object that takes the old one's place in the store, so an answer under way,
a lagging query and the journal each keep the version they were given.

A page's values are kept by property id, and options by option id: what is no longer in the
schema simply vanishes from every row, without touching one.
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
"""Types whose value the property's own endpoint gives item by item, in pages."""
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
    """A person or a bot of the workspace; ``email`` is a person's, unless it is not given."""

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
    """Where a relation property leads.

    Args:
        data_source_id: whose pages it names.
        synced_id: the property of that data source that shows the relation from its side; None
            where there is none.
    """

    data_source_id: str
    synced_id: str | None = None


@dataclass(frozen=True)
class Property:
    """One column of a data source; ``id`` is kept plain, answers carry it percent-encoded."""

    id: str
    name: str
    type: str
    options: tuple[Option, ...] = ()
    number_format: str = "number"
    description: str | None = None
    groups: tuple[Group, ...] = ()
    relation: Relation | None = None

    def option(self, option_id: str) -> Option | None:
        """Return the option of that id, if there is one."""
        return next((option for option in self.options if option.id == option_id), None)

    def option_named(self, name: str) -> Option | None:
        """Return the option of that name: exactly, or else whatever the case."""
        folded = name.casefold()
        found = None
        for option in self.options:
            if option.name == name:
                return option
            if found is None and option.name.casefold() == folded:
                found = option
        return found


@dataclass(frozen=True)
class Database:
    """A container of data sources; times are in milliseconds, as recorded."""

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
    """Whether the integration has been given access to it, and so to its pages."""
    kind: Literal["database"] = "database"


@dataclass(frozen=True)
class DataSource:
    """A table: the schema that its pages follow."""

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
    """The id of the wiki's data source that lists this one among its rows, if one does."""
    kind: Literal["data_source"] = "data_source"

    def find(self, name_or_id: str) -> Property | None:
        """Return the property of that name, or of that id, percent-encoded or plain."""
        return find_property(self.properties, name_or_id)

    def ordered(self) -> list[Property]:
        """Return the properties in the order of Notion's answers: by id, the title last."""
        return sorted(self.properties, key=lambda each: (each.id == TITLE_ID, each.id))

    def with_property(self, changed: Property) -> tuple[Property, ...]:
        """Return all properties, ``changed`` in the place of the one with its id."""
        return tuple(changed if each.id == changed.id else each for each in self.properties)


@dataclass(frozen=True)
class Page:
    """A row of a data source, or a page below a page.

    ``values`` by property id: rich text and files as answers carry them, option ids, page ids,
    user ids, numbers, booleans, strings, and dates as ``{start, end, time_zone}``. Archived and in
    the trash are two states that do not depend on each other. ``body`` is Markdown as Notion
    writes it, without the pages and databases below the page.
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
    """How a person sees a data source; ``sorts`` and ``configuration`` as they were sent."""

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
    """Return the property of that name, or else of that id, percent-encoded or plain."""
    known = tuple(properties)
    decoded = unquote(name_or_id)
    return next(
        (each for each in known if each.name == name_or_id),
        next((each for each in known if each.id in (name_or_id, decoded)), None),
    )


def to_json(stored: Stored) -> dict[str, Any]:
    """Return the object as plain JSON data, for the journal."""
    return asdict(stored)


def from_json(data: dict[str, Any]) -> Stored:
    """Return the object that :func:`to_json` wrote down."""
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
