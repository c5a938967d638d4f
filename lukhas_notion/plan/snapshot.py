"""What Notion holds now: the data source's schema and the pages that matter, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lukhas_notion.plan.values import Value


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a select, multi-select or status property."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class PropertySchema:
    """One property of the data source, as Notion describes it.

    ``type`` is Notion's own word for it, which may be a type that this tool does not write.
    ``number_format`` says how Notion shows numbers (``number``, ``percent`` …); "" for other types.
    ``related`` has the ids of the data source and the database that a relation leads to, and
    ``synced`` the name of its other side, "" for a one-way relation.
    """

    id: str
    name: str
    type: str
    options: tuple[Option, ...] = ()
    number_format: str = ""
    related: tuple[str, ...] = ()
    synced: str = ""


@dataclass(frozen=True, slots=True)
class Schema:
    """The data source that pages live in, without its pages."""

    database_id: str
    data_source_id: str
    title: str
    url: str
    properties: Mapping[str, PropertySchema] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """A rough size of the schema: what its names and options weigh as JSON."""
        return sum(
            len(p.name.encode()) + 80 + sum(option_bytes(o.name) for o in p.options)
            for p in self.properties.values()
        )


def option_bytes(name: str) -> int:
    """Return roughly what an option weighs as JSON: its name, and its id, colour and keys."""
    return len(name.encode("utf-8", "replace")) + 90


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the data source, reduced to the mapped properties.

    Args:
        id: its id.
        url: its address in Notion.
        values: its values, by property.
        author: the id of the user, or integration, that created it; "" where Notion does not say.
        editor: the id of whoever edited it last.
        in_trash: whether it is in the trash. No query shows such a page; it is read by its id.
        source: the data source that it is a row of, "" for none: a page can be moved.
        link: the link of its provenance SHA, which holds the page's record; "" for none.
        created: when it was created, to the minute, ISO 8601.
        is_archived: whether it is archived, which is not the trash. Such pages are queried apart.
        shortened: the relations of which the answer shows the first 25 pages alone, by the
            property's name: its id.
        edited: when it was edited last, in the form of ``created``.
    """

    id: str
    url: str
    values: Mapping[str, Value]
    author: str = ""
    editor: str = ""
    in_trash: bool = False
    source: str = ""
    link: str = ""
    created: str = ""
    is_archived: bool = False
    shortened: Mapping[str, str] = field(default_factory=dict)
    edited: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The schema and the pages, as they were at one reading.

    Args:
        schema: the data source.
        pages: the pages that queries show.
        complete: whether every such page is here, or those of selected modules alone.
        hidden: pages that queries do not show: archived ones, and some of those in the trash.
    """

    schema: Schema
    pages: Sequence[Page]
    complete: bool
    hidden: Sequence[Page] = ()
