"""The embedded Notion with a database that fits a mapping."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.people import aliased
from lukhas_notion.plan.property_spec import PropertySpec
from lukhas_notion.plan.property_types import configuration
from lukhas_notion.plan.values import PropertyType

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
    plain = [p for p in mapping.properties if p.type is not PropertyType.RELATION]
    made = local.create_database(TITLE, {p.name: configuration(p) for p in plain})
    for spec in mapping.properties:
        if spec.names_modules:
            _add_relation(local, spec, made.data_source_id)
    _add_people(local, mapping)
    return made.database_id


def _add_people(local: Emulator, mapping: PropertyMapping) -> None:
    """Let everybody join the workspace whose address an alias file names."""
    known = {user.email for user in local.workspace.store.users.values()}
    for name in aliased(mapping.properties):
        if "@" in name and name not in known:
            words = re.split(r"[^\w]+", name.partition("@")[0])
            local.add_user(" ".join(words).title(), name)


def _add_relation(local: Emulator, spec: PropertySpec, source: str) -> None:
    """Add a relation of a database to itself; one to another database is left to a person."""
    settings = configuration(replace(spec, target=source))[spec.type.value]
    local.add_property(spec.name, spec.type.value, source, settings)
    if spec.synced:
        other = f"Related to {TITLE} ({spec.name})"
        local.rename_property(other, spec.synced, source)
