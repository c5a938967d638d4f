"""The table of all property types, and the functions that depend on a value's type.

To add a type, name it in :class:`~lukhas_notion.plan.values.PropertyType`, write its class in
:mod:`~lukhas_notion.plan.kinds`, :mod:`~lukhas_notion.plan.text_kinds` or
:mod:`~lukhas_notion.plan.reference_kinds`, and list it in ``_KINDS``. A setting of its own is a
field of :class:`~lukhas_notion.plan.property_spec.PropertySpec`, which
``config/property_entry.py`` reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lukhas_notion.plan.kinds import Checkbox, Date, Email, Kind, Number, PhoneNumber, Url
from lukhas_notion.plan.notion_json import Where, misfit, require_object
from lukhas_notion.plan.property_spec import ConversionError, Feed, PropertySpec, sources
from lukhas_notion.plan.reference_kinds import Files, People, Relation
from lukhas_notion.plan.text_kinds import (
    LinkedText,
    MultiSelect,
    PageBody,
    PageIcon,
    RichText,
    Select,
    Status,
    Title,
)
from lukhas_notion.plan.values import (
    ApiObject,
    Comparable,
    PropertyType,
    Value,
    names_of,
    text_problem,
)

_KINDS: Mapping[PropertyType, Kind] = {
    kind.type: kind
    for kind in (
        Title(),
        RichText(),
        Number(),
        MultiSelect(),
        Select(),
        Status(),
        Date(),
        Checkbox(),
        Url(),
        Email(),
        PhoneNumber(),
        Files(),
        Relation(),
        PageBody(),
        PageIcon(),
        People(),
        LinkedText(),
    )
}
#: The types that a configuration can name.
PROPERTY_TYPES = tuple(each for each in _KINDS if each.is_property and each.stored_as is each)


def kind_of(type_: PropertyType) -> Kind:
    """Return the class of a type."""
    return _KINDS[type_]


def empty(type_: PropertyType) -> Value:
    """Return the value of an empty property."""
    return _KINDS[type_].empty


def convert(spec: PropertySpec, value: object, own: Mapping[str, str] | None = None) -> Value:
    """Return the value of one property for a parsed manifest.

    ``own`` has the path, folder and address of the manifest's file; see :class:`Feed`.

    Raises:
        ConversionError: the value does not fit the property's type, or Notion's limits.
    """
    if spec.constant is not None:
        return spec.constant
    feed = Feed(value, own or {})
    found, kind = sources(spec, feed), _KINDS[spec.type]
    if not found:
        return kind.convert_nothing(spec, feed)
    converted = kind.convert(spec, found, feed)
    for text in names_of(converted):
        if problem := text_problem(text, is_line=kind.is_line):
            raise ConversionError(found[0][0], "limit.character", f"{spec.name} {problem}")
    return converted


def options(spec: PropertySpec, value: object) -> list[tuple[str, str]]:
    """Return (pointer, name) for each option of a property in a parsed manifest.

    The names have the manifest's spelling; :func:`convert` refuses those that Notion cannot hold.

    Raises:
        ConversionError: a value is not a name.
    """
    kind = _KINDS[spec.type]
    return kind.options(spec, sources(spec, Feed(value))) if isinstance(kind, MultiSelect) else []


def encode(type_: PropertyType, value: Value) -> ApiObject:
    """Return a value as the API takes it in a page's ``properties``; an empty one clears."""
    return {type_.stored_as: _KINDS[type_].encode(value)}


def decode(type_: PropertyType, payload: object, where: Where) -> Value:
    """Return the value in one entry of a page's ``properties``, as the API answers it.

    Raises:
        Unavailable: the entry at ``where`` has another shape.
    """
    found = require_object(payload, where)
    name = type_.stored_as
    if found.get("type", name) != name:
        misfit((where, "type"), f"'{name}'", found["type"])
    if name not in found:
        misfit((where, name), "there", None)
    return _KINDS[type_].decode(found[name], (where, name))


def comparable(type_: PropertyType, value: Value) -> Comparable:
    """Return the comparable form of a value: two are equal if and only if Notion shows the same.

    It is a list of texts, a text, number, boolean or None, so that it can be hashed as JSON.
    """
    return _KINDS[type_].comparable(value)


def equal(type_: PropertyType, left: Value, right: Value) -> bool:
    """Return whether Notion would show the same for both values."""
    return comparable(type_, left) == comparable(type_, right)


def needs_nothing(type_: PropertyType, held: Value, wanted: Value) -> bool:
    """Return whether a page keeps its value: it is the wanted one, or cannot be cleared."""
    if not type_.can_be_cleared and wanted == empty(type_):
        return True
    return equal(type_, held, wanted)


def shown(type_: PropertyType, value: Value, scale: float = 1) -> str:
    """Return a value as one line of plain text for a report, "" for an empty one.

    A number is shown as the manifest has it, before it is multiplied by ``scale``.
    """
    return "" if value is None or value in ("", ()) else _KINDS[type_].shown(value, scale)


def configuration(spec: PropertySpec, options: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return a new property as ``databases.create`` and ``data_sources.update`` take it.

    ``options`` are the (name, colour) of its first options, at most 100.
    """
    settings, name = _KINDS[spec.type].configuration(spec), spec.type.stored_as.value
    if spec.type.has_options:
        settings["options"] = [{"name": name, "color": color} for name, color in options]
    return {"type": name, name: settings}
