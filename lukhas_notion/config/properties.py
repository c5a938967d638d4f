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
from typing import Any, NamedTuple

from lukhas_notion.config.document import Document, toml_string
from lukhas_notion.config.settings import notion_id
from lukhas_notion.manifests.json_values import has_wildcard, why_same
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import (
    BODY,
    FILE_FACTS,
    ICON,
    NOW,
    SHA,
    SOURCE,
    BodySpec,
    ConversionError,
    IconSpec,
    LineTemplate,
    PropertySpec,
    ReferencePattern,
    icon_problem,
)
from lukhas_notion.plan.property_types import PROPERTY_TYPES, convert, empty, kind_of
from lukhas_notion.plan.values import PropertyType, Value
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.paths import path_problem
from lukhas_notion.util.text import fold

_SOURCES = ("from", "from_all", "constant")


class EntryReader(NamedTuple):
    """Reads the entry of one property, which is valid by the schema."""

    document: Document
    name: str
    entry: Mapping[str, Any]

    def property(self, default: PropertySpec | None) -> PropertySpec:
        """Return the property of the entry; ``default`` is the default property that it changes.

        Raises:
            ConfigError: the entry is wrong.
        """
        kind = self._type(default)
        given = [key for key in _SOURCES if key in self.entry]
        if len(given) > 1:
            raise self._error(given[1], f"and {given[0]} exclude each other", "Keep one of them.")
        if not given and default is None:
            raise self._error("", "has no source", f"Add one of {', '.join(_SOURCES)}.")
        spec = replace(default, type=kind) if default else PropertySpec(self.name, kind)
        if given:
            spec = self._sourced(spec, given[0])
        self._check_pointers(spec, given[0] if given else "type")
        self._require_settings_of(kind)
        if "link" in self.entry and spec.is_sha:
            raise self._error(
                "link", "is the page's record, for the provenance SHA", "Take it out."
            )
        spec = self._formatted(spec)
        required = self.entry.get("required", spec.required)
        if not required and (kind is PropertyType.TITLE or spec.is_sha):
            message = "is always true for the title and the provenance SHA"
            raise self._error("required", message, "Take the line out.")
        needed = self.entry.get("required_from", spec.needed)
        if needed and not spec.reads:
            message = "is for a value from the manifest"
            raise self._error("required_from", message, "Take the line out.")
        gated = self.entry.get("vocabulary", spec.gated)
        return replace(spec, required=required, needed=needed, gated=gated)

    def _error(self, key: str, message: str, remedy: str) -> ConfigError:
        path = ("properties", self.name, key) if key else ("properties", self.name)
        return self.document.error(path, message, remedy)

    def _texts(self, key: str) -> tuple[str, ...]:
        return self.document.texts("properties", self.name, key)

    def _type(self, default: PropertySpec | None) -> PropertyType:
        if "type" in self.entry:
            return PropertyType(self.entry["type"])
        if default is None:
            remedy = f"Add type, one of {', '.join(PROPERTY_TYPES)}."
            raise self._error("", "has no type", remedy)
        return default.type

    def _sourced(self, spec: PropertySpec, key: str) -> PropertySpec:
        """Return ``spec`` with the source of the entry."""
        if spec.type is PropertyType.TITLE and key != "from":
            raise self._error(key, "cannot feed the title, a module's own name", "Use from.")
        if key == "constant":
            constant = self._constant(spec)
            return replace(spec, pointers=(), collect=False, constant=constant, each=None)
        sourced = replace(spec, pointers=self._texts(key), collect=key == "from_all", constant=None)
        return sourced if sourced.source == spec.source else replace(sourced, each=None)

    def _require_settings_of(self, kind: PropertyType) -> None:
        """Check that the type has all settings of the entry."""
        types_with: dict[str, list[str]] = {}
        for other in PROPERTY_TYPES:
            for key in kind_of(other).settings:
                types_with.setdefault(key, []).append(other.value)
        for key, types in types_with.items():
            if key in self.entry and kind.value not in types:
                message = f"is for {' or '.join(types)}, and this is a {kind}"
                raise self._error(key, message, "Take the line out.")

    def _formatted(self, spec: PropertySpec) -> PropertySpec:
        """Return ``spec`` with the settings of the entry that form a value."""
        if "each" in self.entry:
            try:
                spec = replace(spec, each=LineTemplate(self.entry["each"]))
            except ValueError as error:
                known = "Fields are {name}, {name:check}, {@key} and {@value}."
                raise self._error("each", f"is not a template: {error}", known) from None
        if self.entry.get("scale") == 0:
            raise self._error("scale", "is 0, which makes every number 0", "Take the line out.")
        spec = replace(
            spec,
            join=self.entry.get("join", spec.join),
            format=self.entry.get("format", spec.format),
            scale=self.entry.get("scale", spec.scale),
            end=self.entry.get("end", spec.end),
            link=self.entry.get("link", spec.link),
            type=PropertyType.LINKED_TEXT if self.entry.get("link") else spec.type,
            file_name=self.entry.get("name", spec.file_name).strip(),
        )
        return self._related(spec)

    def _related(self, spec: PropertySpec) -> PropertySpec:
        """Return ``spec`` with the settings of the entry for a relation."""
        target = self.entry.get("target", "self").strip()
        if target == "self" and "match" in self.entry:
            message = "is for another database; within this one a name is a module's key"
            raise self._error("match", message, "Take the line out, or name a target.")
        pattern = None
        if "pattern" in self.entry:
            try:
                pattern = ReferencePattern(self.entry["pattern"])
            except ValueError as error:
                known = "The name is its first group, such as component:(?:default/)?(.+)."
                raise self._error("pattern", f"cannot be used: {error}", known) from None
        return replace(
            spec,
            target="" if target == "self" else self._database(target),
            pattern=pattern,
            leaves_out=self.entry.get("missing") == "leave-out",
            synced=self.entry.get("synced", ""),
        )

    def _database(self, target: str) -> str:
        try:
            return notion_id(target or "none", "target")
        except ConfigError as error:
            message = f"is {target!r}, which does not name a database"
            raise self._error("target", message, error.remedy) from None

    def _check_pointers(self, spec: PropertySpec, key: str) -> None:
        for pointer in spec.pointers:
            if pointer in FILE_FACTS:
                self._check_own(spec, pointer, key)
            elif pointer in (SHA, NOW):
                fits = PropertyType.RICH_TEXT if pointer == SHA else PropertyType.DATE
                if spec.type is not fits or len(spec.pointers) > 1:
                    message = f"does not fit: {pointer} must be alone, in a property of type {fits}"
                    raise self._error(key, message, f"Map it to a {fits} property.")
        for setting in ("end", "link"):
            pointer = self.entry.get(setting, "")
            if pointer != SOURCE and has_wildcard(pointer):
                message = f"has {pointer!r}, and a * leads to several values"
                raise self._error(setting, message, "Name one place, without a *.")

    def _check_own(self, spec: PropertySpec, pointer: str, key: str) -> None:
        """Check that a property of the file has a type for any text of its kind.

        Options are names of a vocabulary, and an address is not the name of a module.
        """
        other = PropertyType.URL if pointer == SOURCE else PropertyType.TITLE
        fits = [PropertyType.RICH_TEXT, other]
        if spec.type not in fits:
            message = f"does not fit: {pointer} goes into a property of type {' or '.join(fits)}"
            raise self._error(key, message, f"Map it to a {fits[0]} property.")

    def _constant(self, spec: PropertySpec) -> Value:
        """Return a constant, checked like a value of a manifest."""
        given = self.entry["constant"]
        try:
            value = convert(replace(spec, pointers=("/it",), constant=None), {"it": given})
        except ConversionError as error:
            message = f"does not fit: {error.message}"
            raise self._error("constant", message, f"Write a value for a {spec.type}.") from None
        if value == empty(spec.type) and value is not False:
            raise self._error("constant", "is empty", "Give it a value, or take the property out.")
        return value


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
        raise document.error(path, message, "Take one of the two out.")
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
    sides: dict[str, str] = {}
    for spec in specs.values():
        if not spec.synced:
            continue
        key = ("properties", spec.name, "synced")
        if spec.synced in specs:
            message = f"is {spec.synced!r}, which is mapped as well: Notion fills it from this one"
            remedy = f"Take [properties.{toml_string(spec.synced)}] out, or choose another name."
            raise document.error(key, message, remedy)
        if spec.synced in sides:
            message = f"is {spec.synced!r}, which {sides[spec.synced]!r} has as well"
            raise document.error(key, message, "Choose another name.")
        sides[spec.synced] = spec.name
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
        return f"rename [properties.{entry}] to [properties.{quoted}] in lukhas-notion.toml"
    source = json.dumps(spec.pointers[0])
    return f"map '{name}' in lukhas-notion.toml: under [properties.{quoted}], write from = {source}"
