"""The types of property that hold one value: a number, a date, a flag, an address."""

from __future__ import annotations

from typing import Any

from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.property_kind import Kind
from lukhas_notion.plan.property_spec import ConversionError, PropertySpec
from lukhas_notion.plan.values import (
    Comparable,
    PropertyType,
    Value,
    instant,
    instant_text,
    is_finite,
)
from lukhas_notion.util.shape import Where, misfit, require_flag, require_object, require_text


class Number(Kind):
    """A number. It is an IEEE double, so ``85`` and ``85.0`` are one."""

    type = PropertyType.NUMBER
    label = "Number"
    noun = "a number"
    takes = "a number"
    instead = (PropertyType.RICH_TEXT, PropertyType.SELECT, PropertyType.MULTI_SELECT)

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return a finite number."""
        if isinstance(got, bool) or not isinstance(got, int | float):
            raise self.mistyped(spec, pointer, got)
        if not is_finite(got):
            raise ConversionError(pointer, "limit.number", f"{spec.name} is not a finite number")
        return got

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the number."""
        if inner is not None and (isinstance(inner, bool) or not isinstance(inner, int | float)):
            misfit(where, "a number", inner)
        return inner

    def comparable(self, value: Value) -> Comparable:
        """Return a double; an integer that no double can hold stands for itself."""
        if not isinstance(value, int | float):
            return None
        try:
            return float(value) + 0.0  # -0.0 and 0.0 are one
        except OverflowError:
            return value

    def shown(self, value: Value) -> str:
        """Return a whole number without its zero fraction."""
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def configuration(self, _: PropertySpec, /) -> dict[str, Any]:
        """Return the format."""
        return {"format": "number"}


class Date(Kind):
    """A day, or a moment to the minute; with an end that a person gave it, ``start/end``."""

    type = PropertyType.DATE
    label = "Date"
    noun = "a date"
    takes = "a date or a date and time, ISO 8601"

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return a date as it is written."""
        try:
            instant(got if isinstance(got, str) else "")
        except ValueError:
            said = f"{spec.name} is a date: write it as 2026-01-31 or with a time"
            raise ConversionError(pointer, "mapping.date", said) from None
        return str(got)

    def encode(self, value: Value) -> Any:
        """Return the start."""
        return None if value is None else {"start": value}

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the start, and the end where there is one."""
        if inner is None:
            return None
        found = require_object(inner, where)
        start, end = require_text(found.get("start"), (where, "start")), found.get("end")
        return start if end is None else "/".join((start, require_text(end, (where, "end"))))

    def comparable(self, value: Value) -> Comparable:
        """Return the instants that it names, however written."""
        return list(map(instant_text, value.split("/"))) if isinstance(value, str) else None


class Checkbox(Kind):
    """Yes or no."""

    type = PropertyType.CHECKBOX
    label = "Checkbox"
    noun = "a checkbox"
    takes = "true or false"
    empty = False

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return a flag."""
        if not isinstance(got, bool):
            raise self.mistyped(spec, pointer, got)
        return got

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the flag."""
        return require_flag(inner, where)

    def shown(self, value: Value) -> str:
        """Return a word."""
        return "yes" if value else "no"


class Url(Kind):
    """A web address, kept verbatim."""

    type = PropertyType.URL
    label = "URL"
    noun = "a URL"
    takes = "text"

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return an address; an empty text is none."""
        if not isinstance(got, str):
            raise self.mistyped(spec, pointer, got)
        if limits.text_units(got) > limits.MAX_URL:
            said = f"{spec.name} is longer than {limits.MAX_URL} characters"
            raise ConversionError(pointer, "limit.url", said)
        return got or None
