"""One type of property: all that this tool knows of it, as one class with one method a question.

The JSON shapes are those of API version 2026-03-11 (developers.notion.com, "Page properties").
"""

from __future__ import annotations

from typing import Any, ClassVar

from lukhas_notion.manifests.pointers import Found
from lukhas_notion.plan.property_spec import (
    ConversionError,
    Feed,
    PropertySpec,
    kind_of_json,
)
from lukhas_notion.plan.values import Comparable, PropertyType, Value
from lukhas_notion.util.shape import Where, require_text


class Kind:
    """What is known of one type of property.

    Attributes:
        type: the type.
        label: its name in Notion's own menus.
        noun: what a message calls a property of the type.
        takes: what a manifest gives it, for the reference.
        empty: the value of a property that holds nothing.
        is_line: whether each of its texts is one line, without control characters.
        settings: the keys of ``[properties.NAME]`` that are for this type alone, or for some.
        instead: the types that can hold what one of this type is fed with.
    """

    type: ClassVar[PropertyType]
    label: ClassVar[str]
    noun: ClassVar[str]
    takes: ClassVar[str]
    empty: ClassVar[Value] = None
    is_line: ClassVar[bool] = True
    settings: ClassVar[tuple[str, ...]] = ()
    instead: ClassVar[tuple[PropertyType, ...]] = (PropertyType.RICH_TEXT,)

    def convert(self, spec: PropertySpec, found: list[Found], _feed: Feed, /) -> Value:
        """Return the value for what was found in a manifest, which is something.

        Raises:
            ConversionError: the type, or Notion, cannot hold it.
        """
        pointer, got = self.only(spec, found)
        return self.convert_one(spec, pointer, got)

    def only(self, spec: PropertySpec, found: list[Found]) -> Found:
        """Return the one value that counts, for types that hold one.

        Raises:
            ConversionError: a pointer with ``*`` leads to several.
        """
        if len(found) > 1 and not spec.collect:
            said = f"{spec.name} is {self.noun}, and {len(found)} values are here: it holds one"
            raise ConversionError(found[1][0], "mapping.several", said)
        return found[0]

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return the value for one JSON value; for types that take just one.

        Raises:
            ConversionError: the type, or Notion, cannot hold it.
        """
        raise self.mistyped(spec, pointer, got)

    def convert_nothing(self, _spec: PropertySpec, _feed: Feed, /) -> Value:
        """Return the value where the manifest has nothing at the property's pointers.

        Raises:
            ConversionError: it has something else that makes no sense alone.
        """
        return self.empty

    def encode(self, value: Value) -> Any:
        """Return the value as the API takes it."""
        return value

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the value as the API answers it.

        Raises:
            Unavailable: it has another shape.
        """
        return None if inner is None else require_text(inner, where)

    def comparable(self, value: Value) -> Comparable:
        """Return the form in which values are compared; see :func:`comparable`."""
        return sorted(set(value)) if isinstance(value, tuple) else value

    def shown(self, value: Value) -> str:
        """Return a value that is not empty as one line of plain text, for a report."""
        return ", ".join(value) if isinstance(value, tuple) else str(value)

    def configuration(self, _: PropertySpec, /) -> dict[str, Any]:
        """Return the settings of a new property, less its options."""
        return {}

    def mistyped(self, spec: PropertySpec, pointer: str, got: Any) -> ConversionError:
        """Return the error for a JSON value of another type."""
        said = f"{spec.name} is {self.noun}, not {kind_of_json(got)}"
        return ConversionError(pointer, "mapping.type", said)
