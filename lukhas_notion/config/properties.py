"""The mapping: the default properties, changed by the entries of ``[properties]``.

An entry changes the default property with the same name. An entry with another name and the source
of a default property replaces that property and keeps its other settings. This is how a property
that was renamed in Notion is mapped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

from lukhas_notion.config.document import Document
from lukhas_notion.config.property_entry import EntryReader
from lukhas_notion.config.toml_lines import toml_string
from lukhas_notion.manifests.json_values import why_same
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import (
    BODY,
    ICON,
    NOW,
    SHA,
    BodySpec,
    IconSpec,
    LineTemplate,
    PropertySpec,
    icon_problem,
)
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.paths import path_problem
from lukhas_notion.util.text import fold

#: The template of one line of the default property APIs.
API_LINE = "- {@key} ({module})  import:{import_verified:check}  docs:{doc_ok:check}"
DEFAULT_PROPERTIES = (
    PropertySpec("Module", PropertyType.TITLE, ("/module",)),
    PropertySpec("Description", PropertyType.RICH_TEXT, ("/description",)),
    PropertySpec("Features", PropertyType.MULTI_SELECT, ("/features",)),
    PropertySpec("APIs", PropertyType.RICH_TEXT, ("/apis",), each=LineTemplate(API_LINE)),
    PropertySpec("SLA p95", PropertyType.NUMBER, ("/performance/sla_targets/latency_p95_ms",)),
    PropertySpec("Coverage", PropertyType.NUMBER, ("/testing/coverage_observed",)),
    PropertySpec("Provenance SHA", PropertyType.RICH_TEXT, (SHA,)),
    PropertySpec("Updated At", PropertyType.DATE, (NOW,)),
    PropertySpec("Tags", PropertyType.MULTI_SELECT, ("/tags",), required=False),
)


def read_mapping(document: Document) -> PropertyMapping | None:
    """Return the mapping of a configuration; None after errors, which are collected."""
    specs = {}
    if document.get("mapping", "defaults", default=True):
        specs = {p.name: p for p in DEFAULT_PROPERTIES}
    entries = document.table("properties")
    is_whole = document.is_whole("properties", "mapping")
    is_whole &= document.collect(lambda: _require_apart(document, entries), False)
    for name, entry in entries.items():
        specs = _renamed(specs, name, entry.get("from"), kept=entries)
        reader = EntryReader(document, name, entry)
        spec = document.collect(partial(reader.property, specs.get(name)), None)
        if spec is None:
            is_whole = False
        else:
            specs[name] = spec
    _give_way(specs, entries)
    # Titles are counted only where all entries are right: a wrong entry may be the title.
    if not is_whole or not document.collect(lambda: _require_one_each(document, specs), False):
        return None
    if not document.collect(lambda: _require_one_side(document, specs), False):
        return None
    return PropertyMapping(
        tuple(specs.values()),
        document.texts("mapping", "key"),
        document.get("provenance", "of") == "mapped",
        document.collect(lambda: _body(document, specs), None),
        document.collect(lambda: _icon(document, specs), None),
    )


def _body(document: Document, specs: Collection[str]) -> BodySpec | None:
    """Return the source of the pages' bodies, None where they have none."""
    path = ("page", "body")
    if not document.has(*path):
        return None
    if BODY in specs:
        message = f"is reported as '{BODY}', and a property has that name"
        raise document.error(path, message, "Give the property another name in Notion.")
    if document.get("provenance", "record") == "off":
        message = 'needs the record of a page, and [provenance] record is "off"'
        raise document.error(path, message, "Remove one of the two.")
    file = str(document.get(*path, "file", default=""))
    if file and (problem := path_problem(file)):
        message = f"has {file!r}, which {problem}"
        raise document.error((*path, "file"), message, "Name a file beside the manifest.")
    return BodySpec(file, document.texts(*path, "from"))


def _icon(document: Document, specs: Collection[str]) -> IconSpec | None:
    """Return the source of the pages' icons, None where they have none."""
    path = ("page", "icon")
    given = document.get(*path)
    if not given:
        return None
    if ICON in specs:
        message = f"is reported as '{ICON}', and a property has that name"
        raise document.error(path, message, "Give the property another name in Notion.")
    values = {} if isinstance(given, str) else document.table(*path, "values")
    for icon in [given] if isinstance(given, str) else values.values():
        if problem := icon_problem(icon):
            remedy = "Write one emoji, or the address of a picture that begins with https://."
            raise document.error(path, f"has {icon!r}, which {problem}", remedy)
    if isinstance(given, str):
        return IconSpec(given)
    return IconSpec("", document.texts(*path, "from"), values)


def _require_apart(document: Document, entries: Collection[str]) -> bool:
    """Check that no two entries have names that look the same or differ only by case."""
    first: dict[str, str] = {}
    for name in entries:
        other = first.setdefault(fold(name, case=True), name)
        if other != name:
            message = f"and '{other}' {why_same(name, other)}"
            raise document.error(("properties", name), message, "Keep one of the two.")
    return True


def _give_way(specs: dict[str, PropertySpec], entries: Collection[str]) -> None:
    """Remove the default title where an entry maps another one: a database has one title."""
    titles = [p.name for p in specs.values() if p.type is PropertyType.TITLE]
    if len(titles) > 1 and "Module" in titles and "Module" not in entries:
        del specs["Module"]


def _require_one_each(document: Document, specs: Mapping[str, PropertySpec]) -> bool:
    """Check that the mapping has exactly one title and one SHA, and at most one time."""
    counted: tuple[tuple[str, Callable[[PropertySpec], bool], int], ...] = (
        ('type = "title"', lambda spec: spec.type is PropertyType.TITLE, 1),
        (f'from = "{SHA}"', lambda spec: spec.is_sha, 1),
        (f'from = "{NOW}"', lambda spec: spec.is_now, 0),
    )
    for what, holds, least in counted:
        names = [spec.name for spec in specs.values() if holds(spec)]
        if not least <= len(names) <= 1:
            message = f"has {' and '.join(names) if names else 'none'} with {what}"
            number = "exactly one" if least else "at most one"
            remedy = f"Give {number} property the line {what}."
            raise document.error(("properties",), message, remedy)
    return True


def _require_one_side(document: Document, specs: Mapping[str, PropertySpec]) -> bool:
    """Check that the other side of a relation is neither mapped nor created twice."""
    mapped = {fold(name, case=True): name for name in specs}
    sides: dict[str, str] = {}
    for spec in specs.values():
        if not spec.synced:
            continue
        key, side = ("properties", spec.name, "synced"), fold(spec.synced, case=True)
        other = mapped.get(side)
        if other not in (None, spec.name):
            message = f"is {spec.synced!r}, which is mapped as well: Notion fills it from this one"
            remedy = f"Take [properties.{toml_string(other)}] out, or choose another name."
            raise document.error(key, message, remedy)
        if other or side in sides:
            owner = "the relation itself" if other else repr(sides[side])
            message = f"is {spec.synced!r}, which {owner} has as well"
            raise document.error(key, message, "Choose another name.")
        sides[side] = spec.name
    return True


def _renamed(
    specs: Mapping[str, PropertySpec], name: str, source: object, *, kept: Collection[str]
) -> dict[str, PropertySpec]:
    """Return the specs with the default property that an entry changes under the entry's name.

    Its name looks the same as that of the entry (``SLA p95`` may have a no-break space in Notion),
    or it has the source of the entry. Default properties with an entry of their own are kept.
    """
    folded = fold(name, case=True)
    alike = (old for old in specs if fold(old, case=True) == folded)
    sourced = (old for old, spec in specs.items() if _has_source(spec, source) and old not in kept)
    old = next(alike, None) or next(sourced, None)
    if old in (None, name):
        return dict(specs)
    renamed = (
        replace(spec, name=name, replaces=spec.default_name) if spec.name == old else spec
        for spec in specs.values()
    )
    return {spec.name: spec for spec in renamed}


def _has_source(spec: PropertySpec, source: object) -> bool:
    """Return whether a default property has ``source`` as its ``from``."""
    return spec in DEFAULT_PROPERTIES and source in (*spec.pointers, list(spec.pointers))


def entry_for(spec: PropertySpec, name: str) -> str:
    """Return how to configure that a property has another name in Notion, a clause."""
    quoted = toml_string(name)
    if spec not in DEFAULT_PROPERTIES:
        entry = toml_string(spec.name)
        renamed = f"rename [properties.{entry}] to [properties.{quoted}] in lukhas-notion.toml"
        return f"{renamed}, its line under [vocabularies] as well" if spec.takes_names else renamed
    source = json.dumps(spec.pointers[0])
    return f"map '{name}' in lukhas-notion.toml: under [properties.{quoted}], write from = {source}"
