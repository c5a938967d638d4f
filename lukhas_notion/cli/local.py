"""The embedded Notion with a database that fits a mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_types import configuration

if TYPE_CHECKING:
    from lukhas_notion.emulator import Emulator

TITLE = "Modules"


def create_database(local: Emulator, mapping: PropertyMapping) -> str:
    """Return the id of the database, made with one property for each of the mapping's.

    A database that is there already, from the state file, is kept as it is.
    """
    existing = next(iter(local.workspace.store.databases), None)
    if existing is not None:
        return existing
    properties = {p.name: configuration(p) for p in mapping.properties}
    return local.create_database(TITLE, properties).database_id
