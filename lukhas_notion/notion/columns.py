"""Which properties a query asks for, and how they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.snapshot import Schema
from lukhas_notion.plan.values import PropertyType


@dataclass(frozen=True, slots=True)
class Columns:
    """The properties of a mapping, as a query names them.

    Args:
        title: the title property's name.
        sha: the provenance SHA's, whose link holds the page's record.
        types: the properties to keep of each page, and their types.
        keys: what is asked for: their ids, or their names, which Notion takes as well, and
            refuses when there is no such property (400 ``validation_error``). Empty for all.
    """

    title: str
    sha: str
    types: Mapping[str, PropertyType]
    keys: tuple[str, ...]

    @classmethod
    def by_name(cls, mapping: PropertyMapping) -> Self:
        """Ask by name, as long as the schema is not known."""
        return cls(mapping.title.name, mapping.sha.name, mapping.types, tuple(mapping.types))

    @classmethod
    def by_id(cls, mapping: PropertyMapping, schema: Schema) -> Self:
        """Ask by id for those that the database has; for all, should an id be another's name."""
        missing = {p.name for p in mapping.properties if p.name not in schema.properties}
        mapping = mapping.without(missing) if missing else mapping
        there = [schema.properties[name] for name in mapping.types]
        keys = {unquote(p.id): p.name for p in there}
        ambiguous = any(key in schema.properties and key != name for key, name in keys.items())
        return cls(
            mapping.title.name, mapping.sha.name, mapping.types, () if ambiguous else tuple(keys)
        )

    @classmethod
    def of_title(cls, schema: Schema) -> Self:
        """Ask for the title alone, which every database has, and keep nothing of it."""
        ids = {p.name: p.id for p in schema.properties.values() if p.type == PropertyType.TITLE}
        return cls(next(iter(ids), ""), "", {}, tuple(map(unquote, ids.values())))

    def are_exact(self, schema: Schema) -> bool:
        """Whether asking by name asked for just these.

        All are there, each of its type, and no name is another one's id.
        """
        ids = {unquote(p.id): p.name for p in schema.properties.values()}
        there = {p.name: p.type for p in schema.properties.values()}
        return all(
            there.get(key) == self.types.get(key) and ids.get(key, key) == key for key in self.keys
        )
