"""One entry of ``[properties]``: its source, its type, and the settings of that type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from lukhas_notion.config.document import Document
from lukhas_notion.config.settings import notion_id
from lukhas_notion.manifests.json_values import has_wildcard
from lukhas_notion.plan.property_spec import (
    FILE_FACTS,
    NOW,
    SHA,
    SOURCE,
    ConversionError,
    LineTemplate,
    PropertySpec,
    ReferencePattern,
)
from lukhas_notion.plan.property_types import PROPERTY_TYPES, convert, empty, kind_of
from lukhas_notion.plan.values import PropertyType, Value
from lukhas_notion.util.errors import ConfigError

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
            raise self._error("link", "is the page's record, for the provenance SHA", "Remove it.")
        spec = self._formatted(spec)
        required = self.entry.get("required", spec.required)
        if not required and (kind is PropertyType.TITLE or spec.is_sha):
            message = "is always true for the title and the provenance SHA"
            raise self._error("required", message, "Remove the line.")
        needed = self.entry.get("required_from", spec.needed)
        if needed and not spec.reads:
            message = "is for a value from the manifest"
            raise self._error("required_from", message, "Remove the line.")
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
            raise self._error(key, "cannot be the source of the title", "Use from.")
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
                raise self._error(key, message, "Remove the line.")

    def _formatted(self, spec: PropertySpec) -> PropertySpec:
        """Return ``spec`` with the settings of the entry that form a value."""
        if "each" in self.entry:
            try:
                spec = replace(spec, each=LineTemplate(self.entry["each"]))
            except ValueError as error:
                known = "Fields are {name}, {name:check}, {@key} and {@value}."
                raise self._error("each", f"is not a template: {error}", known) from None
        if self.entry.get("scale") == 0:
            raise self._error("scale", "is 0, which makes every number 0", "Remove the line.")
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
            raise self._error("match", message, "Remove the line, or name a target.")
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
            synced=self.entry.get("synced", "").strip(),
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
            raise self._error("constant", "is empty", "Give it a value, or remove the property.")
        return value
