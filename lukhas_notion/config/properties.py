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
from typing import Any, NamedTuple

from lukhas_notion.config.document import Document, in_file
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
    """Reads the entry of one property, which has the shape that the schema asks for."""

    document: Document
    name: str
    entry: Mapping[str, Any]

    def property(self, default: PropertySpec | None) -> PropertySpec:
        """Return what the entry makes of the default property of its name, or of none.

        Raises:
            ConfigError: it cannot be mapped as it says.
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
            said = "is always true for the title and the provenance SHA"
            raise self._error("required", said, "Take the line out.")
        needed = self.entry.get("required_from", spec.needed)
        if needed and not spec.reads:
            said = "is for a value out of the manifest"
            raise self._error("required_from", said, "Take the line out.")
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
        """Return ``spec`` fed from the one source that the entry gives."""
        if spec.type is PropertyType.TITLE and key != "from":
            raise self._error(key, "cannot feed the title, a module's own name", "Use from.")
        if key == "constant":
            constant = self._constant(spec)
            return replace(spec, pointers=(), collect=False, constant=constant, each=None)
        fed = replace(spec, pointers=self._texts(key), collect=key == "from_all", constant=None)
        return fed if fed.source == spec.source else replace(fed, each=None)

    def _require_settings_of(self, kind: PropertyType) -> None:
        """Check that no setting is given that is for other types."""
        takers: dict[str, list[str]] = {}
        for each in PROPERTY_TYPES:
            for key in kind_of(each).settings:
                takers.setdefault(key, []).append(each.value)
        for key, types in takers.items():
            if key in self.entry and kind.value not in types:
                said = f"is for {' or '.join(types)}, and this is a {kind}"
                raise self._error(key, said, "Take the line out.")

    def _formatted(self, spec: PropertySpec) -> PropertySpec:
        """Return ``spec`` with what the entry says of how a value is made."""
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
        """Return ``spec`` with what the entry says of a relation."""
        target = self.entry.get("target", "self").strip()
        if target == "self" and "match" in self.entry:
            said = "is for another database; within this one a name is a module's key"
            raise self._error("match", said, "Take the line out, or name a target.")
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
            said = f"is {target!r}, which names no database"
            raise self._error("target", said, error.remedy) from None

    def _check_pointers(self, spec: PropertySpec, key: str) -> None:
        for pointer in spec.pointers:
            if pointer in FILE_FACTS:
                self._check_own(spec, pointer, key)
            elif pointer in (SHA, NOW):
                fits = PropertyType.RICH_TEXT if pointer == SHA else PropertyType.DATE
                if spec.type is not fits or len(spec.pointers) > 1:
                    said = f"does not fit: {pointer} stands alone, in a property of type {fits}"
                    raise self._error(key, said, f"Map it to a {fits} property.")
        for each in ("end", "link"):
            pointer = self.entry.get(each, "")
            if pointer != SOURCE and has_wildcard(pointer):
                said = f"has {pointer!r}, and a * leads to several values"
                raise self._error(each, said, "Name one place, without a *.")

    def _check_own(self, spec: PropertySpec, pointer: str, key: str) -> None:
        """Check that what is known of the file is held by a type that holds any text of its kind.

        Options are names of a vocabulary. An address is no name of a module.
        """
        other = PropertyType.URL if pointer == SOURCE else PropertyType.TITLE
        fits = [PropertyType.RICH_TEXT, other]
        if spec.type not in fits:
            said = f"does not fit: {pointer} goes into a property of type {' or '.join(fits)}"
            raise self._error(key, said, f"Map it to a {fits[0]} property.")

    def _constant(self, spec: PropertySpec) -> Value:
        """Return a constant, held to what a manifest's own value is held to."""
        given = self.entry["constant"]
        try:
            value = convert(replace(spec, pointers=("/it",), constant=None), {"it": given})
        except ConversionError as error:
            said = f"does not fit: {error.message}"
            raise self._error("constant", said, f"Write a value for a {spec.type}.") from None
        if value == empty(spec.type) and value is not False:
            raise self._error("constant", "is empty", "Give it a value, or take the property out.")
        return value


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
            said = f"and '{other}' {why_same(name, other)}"
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
