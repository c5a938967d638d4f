"""``[properties]`` of the configuration → the mapping, on top of the default one.

An entry changes the default property of its name. One of another name that has the source of a
default property takes that one's place, and everything but its source is taken over from it: this
is how a property that was renamed in Notion is mapped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

from lukhas_notion.config.document import Document
from lukhas_notion.config.property_entry import EntryReader
from lukhas_notion.manifests.wording import why_one
from lukhas_notion.plan.icon import ICON, IconSpec, icon_problem
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.page_record import BODY, BodySpec
from lukhas_notion.plan.property_spec import (
    NOW,
    SHA,
    LineTemplate,
    PropertySpec,
)
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.util.paths import path_problem
from lukhas_notion.util.text import fold, in_file

#: One line of the default property APIs.
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
    """Return the mapping that a configuration makes; None with errors, which are collected."""
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
    # What is counted has to be complete: an entry that is wrong may be the title.
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
    """Return where the pages' bodies come from, None where they have none."""
    path = ("page", "body")
    if not document.has(*path):
        return None
    if BODY in specs:
        said = f"is reported as '{BODY}', and a property has that name"
        raise document.error(path, said, "Give the property another name in Notion.")
    if document.get("provenance", "record") == "off":
        said = 'needs the record of a page, and [provenance] record is "off"'
        raise document.error(path, said, "Take one of the two out.")
    file = str(document.get(*path, "file", default=""))
    if file and (problem := path_problem(file)):
        said = f"has {file!r}, which {problem}"
        raise document.error((*path, "file"), said, "Name a file beside the manifest.")
    return BodySpec(file, document.texts(*path, "from"))


def _icon(document: Document, specs: Collection[str]) -> IconSpec | None:
    """Return where the pages' icons come from, None where they have none."""
    path = ("page", "icon")
    given = document.get(*path)
    if not given:
        return None
    if ICON in specs:
        said = f"is reported as '{ICON}', and a property has that name"
        raise document.error(path, said, "Give the property another name in Notion.")
    values = {} if isinstance(given, str) else document.table(*path, "values")
    for icon in [given] if isinstance(given, str) else values.values():
        if problem := icon_problem(icon):
            remedy = "Write one emoji, or the address of a picture that begins with https://."
            raise document.error(path, f"has {icon!r}, which {problem}", remedy)
    if isinstance(given, str):
        return IconSpec(given)
    return IconSpec("", document.texts(*path, "from"), values)


def _require_apart(document: Document, entries: Collection[str]) -> bool:
    """Check that no two entries are for names that people or Notion take for one."""
    first: dict[str, str] = {}
    for name in entries:
        other = first.setdefault(fold(name, case=True), name)
        if other != name:
            said = f"and '{other}' {why_one(name, other)}"
            raise document.error(("properties", name), said, "Keep one of the two.")
    return True


def _give_way(specs: dict[str, PropertySpec], entries: Collection[str]) -> None:
    """Take the default title out where another one is mapped: a database has one title."""
    titles = [p.name for p in specs.values() if p.type is PropertyType.TITLE]
    if len(titles) > 1 and "Module" in titles and "Module" not in entries:
        del specs["Module"]


def _require_one_each(document: Document, specs: Mapping[str, PropertySpec]) -> bool:
    """Check that there are exactly one title and one SHA, and at most one time."""
    counted: tuple[tuple[str, Callable[[PropertySpec], bool], int], ...] = (
        ('type = "title"', lambda spec: spec.type is PropertyType.TITLE, 1),
        (f'from = "{SHA}"', lambda spec: spec.is_sha, 1),
        (f'from = "{NOW}"', lambda spec: spec.is_now, 0),
    )
    for what, holds, least in counted:
        names = [spec.name for spec in specs.values() if holds(spec)]
        if not least <= len(names) <= 1:
            said = f"has {' and '.join(names) if names else 'none'} with {what}"
            wanted = "exactly one" if least else "at most one"
            remedy = f"Give {wanted} property the line {what}."
            raise document.error(("properties",), said, remedy)
    return True


def _require_one_side(document: Document, specs: Mapping[str, PropertySpec]) -> bool:
    """Check that no relation's other side is mapped as well, or made twice."""
    sides: dict[str, str] = {}
    for spec in specs.values():
        if not spec.synced:
            continue
        if spec.synced in specs:
            said = f"is {spec.synced!r}, which is mapped as well: Notion fills it from this one"
            remedy = f"Take [properties.{in_file(spec.synced)}] out, or choose another name."
            raise document.error(("properties", spec.name, "synced"), said, remedy)
        if spec.synced in sides:
            said = f"is {spec.synced!r}, which {sides[spec.synced]!r} has as well"
            raise document.error(("properties", spec.name, "synced"), said, "Choose another name.")
        sides[spec.synced] = spec.name
    return True


def _renamed(
    specs: Mapping[str, PropertySpec], name: str, source: object, *, kept: Collection[str]
) -> dict[str, PropertySpec]:
    """Return the specs with the one that an entry is about under the entry's name.

    That is the one whose name looks the same (so an entry for ``SLA p95`` as Notion spells it, with
    a no-break space, is for that default), or else the default one that has the entry's source. A
    default property that the file has an entry for is meant to stay as well.
    """
    folded = fold(name, case=True)
    alike = (old for old in specs if fold(old, case=True) == folded)
    fed = (old for old, spec in specs.items() if _is_fed(spec, source) and old not in kept)
    old = next(alike, None) or next(fed, None)
    if old in (None, name):
        return dict(specs)
    renamed = (
        replace(spec, name=name, replaces=spec.default_name) if each == old else spec
        for each, spec in specs.items()
    )
    return {spec.name: spec for spec in renamed}


def _is_fed(spec: PropertySpec, source: object) -> bool:
    """Whether a default property has the source that stands behind ``from``."""
    return spec in DEFAULT_PROPERTIES and source in (*spec.pointers, list(spec.pointers))


def entry_for(spec: PropertySpec, name: str) -> str:
    """Return how the file says that a property goes by another name in Notion.

    The sentence is neither begun nor ended.
    """
    quoted = in_file(name)
    if spec not in DEFAULT_PROPERTIES:
        entry = in_file(spec.name)
        return f"rename [properties.{entry}] to [properties.{quoted}] in lukhas-notion.toml"
    source = json.dumps(spec.pointers[0])
    return f"map '{name}' in lukhas-notion.toml: under [properties.{quoted}], write from = {source}"
