"""The types of property that hold one value: a number, a date, a flag, an address."""

from __future__ import annotations

import re
from datetime import date
from decimal import Context, Decimal
from typing import Any, ClassVar

from lukhas_notion.manifests.json_values import Found, quote
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.property_spec import ConversionError, Feed, Kind, PropertySpec
from lukhas_notion.plan.values import (
    Comparable,
    PropertyType,
    Value,
    instant,
    instant_text,
    is_finite,
)
from lukhas_notion.util.errors import Where, misfit, require_flag, require_object, require_text
from lukhas_notion.util.text import is_unseen

#: The decimal digits that every double holds.
_DOUBLE = Context(prec=15)


class Number(Kind):
    """A number. It is an IEEE double, so ``85`` and ``85.0`` are one."""

    type = PropertyType.NUMBER
    label = "Number"
    noun = "a number"
    takes = "a number"
    settings = ("format", "scale")
    instead = (PropertyType.RICH_TEXT, PropertyType.SELECT, PropertyType.MULTI_SELECT)

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return a finite number, scaled without the errors of binary fractions."""
        if isinstance(got, bool) or not isinstance(got, int | float):
            raise self.mistyped(spec, pointer, got)
        if not is_finite(got):
            raise ConversionError(pointer, "limit.number", f"{spec.name} is not a finite number")
        if spec.scale == 1:
            return got
        scaled = float(Decimal(str(got)) * Decimal(str(spec.scale)))
        if not is_finite(scaled):
            raise ConversionError(pointer, "limit.number", f"{spec.name} is too large to be scaled")
        return scaled

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

    def shown(self, value: Value, scale: float, /) -> str:
        """Return the number as the manifest has it, a whole one without its zero fraction."""
        if scale != 1:
            number = _DOUBLE.divide(Decimal(str(value)), Decimal(str(scale)))
            return f"{number.normalize():f}"
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def configuration(self, spec: PropertySpec, /) -> dict[str, Any]:
        """Return the format."""
        return {"format": spec.format}


class Date(Kind):
    """A day, or a moment to the minute; a range is ``start/end``."""

    type = PropertyType.DATE
    label = "Date"
    noun = "a date"
    takes = "a date or a date and time, ISO 8601"
    settings = ("end",)

    def convert(self, spec: PropertySpec, found: list[Found], feed: Feed, /) -> Value:
        """Return a date, or a range, as it is written."""
        pointer, start = self.only(spec, found)
        kind, first = self._instant(spec, pointer, start)
        end = feed.at(spec.end) if spec.end else None
        if end is None:
            return str(start)
        last_kind, last = self._instant(spec, spec.end, end)
        if kind != last_kind:
            said = f"{spec.name} ends with a time exactly where it begins with one"
            raise ConversionError(spec.end, "mapping.date", said)
        if last < first:
            said = f"{spec.name} ends before it begins"
            raise ConversionError(spec.end, "mapping.date", said)
        return f"{start}/{end}"

    def convert_nothing(self, spec: PropertySpec, feed: Feed, /) -> Value:
        """Return nothing; an end alone is no range."""
        if spec.end and feed.at(spec.end) is not None:
            said = f"{spec.name} has an end and no beginning"
            raise ConversionError(spec.end, "mapping.date", said)
        return None

    def _instant(self, spec: PropertySpec, pointer: str, got: Any) -> tuple[str, date]:
        try:
            return instant(got if isinstance(got, str) else "")
        except ValueError:
            said = f"{spec.name} is a date: write it as 2026-01-31 or with a time"
            raise ConversionError(pointer, "mapping.date", said) from None

    def encode(self, value: Value) -> Any:
        """Return the start, and the end where there is one."""
        if value is None:
            return None
        start, _, end = str(value).partition("/")
        return {"start": start, "end": end} if end else {"start": start}

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

    def shown(self, value: Value, _scale: float, /) -> str:
        """Return a word."""
        return "yes" if value else "no"


#: One @ between two names without spaces: that there is such an address is not asked.
EMAIL = re.compile(r"[^\s@<>\"(),;:]+@[^\s@<>\"(),;:]+")
#: Digits, with what people write between and around them, such as an extension.
_PHONE = re.compile(r"(?=(?:\D*\d){3})[+]?[0-9() ./*#,;-]+(?:[ ]?(?:x|ext[.]?)[ ]?[0-9]+)?")


class _Address(Kind):
    """A short text, kept verbatim.

    Attributes:
        limit: how many UTF-16 units Notion takes.
        too_long: the rule that a longer one breaks.
        form: what it has to look like.
        malformed: the rule that another one breaks.
        plural: what several are called, for a message.
    """

    limit: ClassVar[int]
    too_long: ClassVar[str]
    form: ClassVar[re.Pattern[str]]
    malformed: ClassVar[str]
    plural: ClassVar[str]

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return the text as it is written; an empty one is none."""
        if not isinstance(got, str):
            raise self.mistyped(spec, pointer, got)
        if got and (is_unseen(got) or not self.form.fullmatch(got)):
            said = f"{spec.name} takes {self.plural}, and {quote(got)} is none"
            raise ConversionError(pointer, self.malformed, said)
        if limits.text_units(got) > self.limit:
            said = f"{spec.name} is longer than {self.limit} characters"
            raise ConversionError(pointer, self.too_long, said)
        return got or None


class Url(_Address):
    """A web address, kept verbatim."""

    type = PropertyType.URL
    label = "URL"
    noun = "a URL"
    takes = "text"
    limit = limits.MAX_URL
    too_long = "limit.url"
    form = re.compile(r"(?:(?!%00).)+", re.DOTALL)
    malformed = "mapping.url"
    plural = "addresses that can be seen, without %00"


class Email(_Address):
    """An e-mail address, kept verbatim."""

    type = PropertyType.EMAIL
    label = "Email"
    noun = "an e-mail address"
    takes = "an e-mail address"
    instead = (PropertyType.RICH_TEXT, PropertyType.URL)
    limit = limits.MAX_EMAIL
    too_long = "limit.email"
    form = EMAIL
    malformed = "mapping.email"
    plural = "e-mail addresses"


class PhoneNumber(_Address):
    """A phone number, kept verbatim."""

    type = PropertyType.PHONE_NUMBER
    label = "Phone"
    noun = "a phone number"
    takes = "text with a phone number"
    instead = (PropertyType.RICH_TEXT, PropertyType.URL)
    limit = limits.MAX_PHONE
    too_long = "limit.phone"
    form = _PHONE
    malformed = "mapping.phone"
    plural = "phone numbers"
