"""What Notion holds now: the data source's schema and the pages that matter, read once."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lukhas_notion.values import PropertyType, Value, decode


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a select or multi-select property."""

    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class PropertySchema:
    """One property of the data source, as Notion describes it.

    ``type`` is Notion's own word for it, which may be a type that this tool does not write.
    ``number_format`` says how Notion shows numbers (``number``, ``percent`` …); "" for other types.
    """

    id: str
    name: str
    type: str
    options: tuple[Option, ...] = ()
    number_format: str = ""

    @classmethod
    def from_api(cls, payload: Mapping[str, Any]) -> PropertySchema:
        """Read one entry of ``properties`` in a data source's answer."""
        kind = str(payload["type"])
        settings = payload.get(kind)
        if not isinstance(settings, Mapping):
            settings = {}
        listed = settings.get("options") if kind in ("select", "multi_select") else None
        options = tuple(Option(o["id"], o["name"], o.get("color", "default")) for o in listed or ())
        shown = str(settings.get("format") or "") if kind == "number" else ""
        return cls(payload["id"], payload["name"], kind, options, shown)


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

    ``author`` and ``editor`` are the ids of the users, or integrations, that created it and that
    edited it last; "" where Notion does not say. A query shows no page that is ``in_trash``; asked
    for by its id it is there. ``source`` is the data source that it is a row of, "" for none: a
    page can be moved.
    """

    id: str
    url: str
    values: Mapping[str, Value]
    author: str = ""
    editor: str = ""
    in_trash: bool = False
    source: str = ""

    @classmethod
    def from_api(cls, payload: Mapping[str, Any], types: Mapping[str, PropertyType]) -> Page:
        """Read a page's answer; ``types`` names the properties to keep and their types."""
        found: Mapping[str, Any] = payload.get("properties") or {}
        values = {name: decode(kind, found[name]) for name, kind in types.items() if name in found}
        return cls(
            str(payload["id"]),
            str(payload.get("url") or ""),
            values,
            _id(payload, "created_by", "id"),
            _id(payload, "last_edited_by", "id"),
            payload.get("in_trash") is True,
            _id(payload, "parent", "data_source_id"),
        )


def _id(payload: Mapping[str, Any], of: str, key: str) -> str:
    # Few users write many pages of one data source: one copy of each id is enough.
    return sys.intern(str((payload.get(of) or {}).get(key) or ""))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The schema and the pages, as they were at one reading.

    ``complete`` says whether every page of the data source is here (only then can a page without
    a manifest be called an orphan) or those of selected modules alone.
    """

    schema: Schema
    pages: Sequence[Page]
    complete: bool
