"""The base of all property types, and the types of one value: number, date, checkbox, address."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Context, Decimal
from typing import Any, ClassVar

from lukhas_notion.manifests.json_values import PointedValue, describe_type, quote
from lukhas_notion.plan.notion_json import (
    Where,
    misfit,
    require_flag,
    require_list,
    require_object,
    require_text,
)
from lukhas_notion.plan.property_spec import ConversionError, Feed, PropertySpec
from lukhas_notion.plan.values import (
    MAX_EMAIL,
    MAX_PHONE,
    MAX_URL,
    WEB_ADDRESS,
    Comparable,
    PropertyType,
    Value,
    address_problem,
    instant_text,
    is_finite,
    moment,
    text_units,
)
from lukhas_notion.util.text import is_unseen


def web_address(spec: PropertySpec, pointer: str, got: object, rule: str) -> str:
    """Return the address of a link or a file.

    Raises:
        ConversionError: it is not a web address, which breaks ``rule``, or is too long for Notion.
    """
    address = str(got)
    if problem := address_problem(address):
        if WEB_ADDRESS.fullmatch(address) and text_units(address) > MAX_URL:
            raise ConversionError(pointer, "limit.url", f"{spec.name}: the address {problem}")
        message = f"{spec.name} links to addresses that begin with https://, not {quote(address)}"
        raise ConversionError(pointer, rule, message)
    return address


def items(found: list[PointedValue]) -> list[PointedValue]:
    """Return the values with each list replaced by its items, each with its own pointer."""
    listed: list[PointedValue] = []
    for pointer, got in found:
        if isinstance(got, list):
            listed.extend((f"{pointer}/{index}", item) for index, item in enumerate(got))
        else:
            listed.append((pointer, got))
    return listed


def name_of(spec: PropertySpec, pointer: str, item: object) -> str:
    """Return a name as the manifest spells it.

    Raises:
        ConversionError: it is neither a text nor a number.
    """
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        message = f"{spec.name} takes names, not {describe_type(item)}"
        raise ConversionError(pointer, "mapping.type", message)
    return item if isinstance(item, str) else json.dumps(item)


def member(value: object, where: Where, name: str) -> str:
    """Return a text that is a member of an object in an answer.

    Raises:
        Unavailable: the answer has another shape.
    """
    return require_text(require_object(value, where).get(name), (where, name))


def members(inner: object, where: Where, name: str) -> tuple[str, ...]:
    """Return the text that each object of a list has as a member, as :func:`member` does."""
    return tuple(
        member(each, (where, index), name) for index, each in enumerate(require_list(inner, where))
    )


class Kind:
    """One type of property.

    Attributes:
        type: the type.
        label: its name in Notion's menus.
        noun: its name in a message, with an article.
        takes: what a manifest can give it, for the reference.
        empty: the value of a property without content.
        is_line: whether each of its texts is one line, without control characters.
        settings: the keys of ``[properties.NAME]`` that not every type has.
        instead: other types that can hold its values.
    """

    type: ClassVar[PropertyType]
    label: ClassVar[str]
    noun: ClassVar[str]
    takes: ClassVar[str]
    empty: ClassVar[Value] = None
    is_line: ClassVar[bool] = True
    settings: ClassVar[tuple[str, ...]] = ()
    instead: ClassVar[tuple[PropertyType, ...]] = (PropertyType.RICH_TEXT,)

    def convert(self, spec: PropertySpec, found: list[PointedValue], _feed: Feed, /) -> Value:
        """Return the value for one or more values of a manifest.

        Raises:
            ConversionError: the type, or Notion, cannot hold it.
        """
        pointer, got = self.only(spec, found)
        return self.convert_one(spec, pointer, got)

    def only(self, spec: PropertySpec, found: list[PointedValue]) -> PointedValue:
        """Return the value of a type that holds one.

        Raises:
            ConversionError: a pointer with ``*`` leads to several.
        """
        if len(found) > 1 and not spec.collect:
            message = f"{spec.name} is {self.noun}, and {len(found)} values are here: it holds one"
            raise ConversionError(found[1][0], "mapping.several", message)
        return found[0]

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return the value for one JSON value; see :meth:`convert`."""
        raise self.mistyped(spec, pointer, got)

    def convert_nothing(self, _spec: PropertySpec, _feed: Feed, /) -> Value:
        """Return the value where the manifest has nothing at the property's pointers.

        Raises:
            ConversionError: it has something that makes no sense without a value.
        """
        return self.empty

    def encode(self, value: Value) -> Any:
        """Return the value as the API takes it."""
        return value

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the value from the API's answer.

        Raises:
            Unavailable: the answer has another shape.
        """
        return None if inner is None else require_text(inner, where)

    def comparable(self, value: Value) -> Comparable:
        """Return the form in which values are compared; see :func:`comparable`."""
        return sorted(set(value)) if isinstance(value, tuple) else value

    def shown(self, value: Value, _scale: float, /) -> str:
        """Return a value that is not empty as one line of plain text, for a report."""
        return ", ".join(value) if isinstance(value, tuple) else str(value)

    def configuration(self, _: PropertySpec, /) -> dict[str, Any]:
        """Return the settings of a new property, without its options."""
        return {}

    def mistyped(self, spec: PropertySpec, pointer: str, got: Any) -> ConversionError:
        """Return the error for a JSON value of a wrong type."""
        not_that = f"not {describe_type(got)}"
        return ConversionError(pointer, "mapping.type", f"{spec.name} is {self.noun}, {not_that}")


#: Decimal arithmetic with the 15 digits that every double holds.
_DOUBLE = Context(prec=15)


class Number(Kind):
    """A number: an IEEE double, so ``85`` and ``85.0`` are equal."""

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
        scaled = got if spec.scale == 1 else float(Decimal(str(got)) * Decimal(str(spec.scale)))
        if not is_finite(scaled):
            raise ConversionError(pointer, "limit.number", f"{spec.name} is too large to be scaled")
        return scaled

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the number."""
        if inner is not None and (isinstance(inner, bool) or not isinstance(inner, int | float)):
            misfit(where, "a number", inner)
        return inner

    def comparable(self, value: Value) -> Comparable:
        """Return a double; an integer that no double can hold is returned as it is."""
        if not isinstance(value, int | float):
            return None
        try:
            return float(value) + 0.0  # -0.0 and 0.0 are equal
        except OverflowError:
            return value

    def shown(self, value: Value, scale: float, /) -> str:
        """Return the number as the manifest has it, a whole number without a fraction."""
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

    def convert(self, spec: PropertySpec, found: list[PointedValue], feed: Feed, /) -> Value:
        """Return a date, or a range, in the manifest's spelling."""
        pointer, start = self.only(spec, found)
        kind, first = self._moment(spec, pointer, start)
        end = feed.at(spec.end) if spec.end else None
        if end is None:
            return str(start)
        last_kind, last = self._moment(spec, spec.end, end)
        if kind == last_kind and first <= last:
            return f"{start}/{end}"
        problem = "ends before it begins"
        if kind != last_kind:
            problem = "ends with a time exactly where it begins with one"
        raise ConversionError(spec.end, "mapping.date", f"{spec.name} {problem}")

    def convert_nothing(self, spec: PropertySpec, feed: Feed, /) -> Value:
        """Return nothing; an end alone is not a range."""
        if spec.end and feed.at(spec.end) is not None:
            message = f"{spec.name} has an end and no beginning"
            raise ConversionError(spec.end, "mapping.date", message)
        return None

    def _moment(self, spec: PropertySpec, pointer: str, got: Any) -> tuple[str, date]:
        try:
            return moment(got if isinstance(got, str) else "")
        except ValueError:
            message = f"{spec.name} is a date: write it as 2026-01-31 or with a time"
            raise ConversionError(pointer, "mapping.date", message) from None

    def encode(self, value: Value) -> Any:
        """Return the start, and the end of a range."""
        if value is None:
            return None
        start, _, end = str(value).partition("/")
        return {"start": start, "end": end} if end else {"start": start}

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the start, and the end of a range."""
        if inner is None:
            return None
        found = require_object(inner, where)
        start, end = require_text(found.get("start"), (where, "start")), found.get("end")
        return start if end is None else "/".join((start, require_text(end, (where, "end"))))

    def comparable(self, value: Value) -> Comparable:
        """Return the instants, however they are spelled."""
        return list(map(instant_text, value.split("/"))) if isinstance(value, str) else None


class Checkbox(Kind):
    """A flag: yes or no."""

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
        """Return yes or no."""
        return "yes" if value else "no"


#: One @ between two names without spaces. Whether the address exists is not checked.
EMAIL = re.compile(r"[^\s@<>\"(),;:]+@[^\s@<>\"(),;:]+")


class _Address(Kind):
    """A short text, kept verbatim.

    Attributes:
        limit: the UTF-16 units that Notion accepts; a longer text breaks the rule ``too_long``.
        form: the form of a text; one of another form breaks the rule ``malformed``.
        plural: the plural of the noun, for a message.
    """

    limit: ClassVar[int]
    too_long: ClassVar[str]
    form: ClassVar[re.Pattern[str]]
    malformed: ClassVar[str]
    plural: ClassVar[str]

    def convert_one(self, spec: PropertySpec, pointer: str, got: Any) -> Value:
        """Return the text, None for an empty one."""
        if not isinstance(got, str):
            raise self.mistyped(spec, pointer, got)
        if got and (is_unseen(got) or not self.form.fullmatch(got)):
            message = f"{spec.name} takes {self.plural}, and {quote(got)} is not one"
            raise ConversionError(pointer, self.malformed, message)
        if text_units(got) > self.limit:
            message = f"{spec.name} is longer than {self.limit} characters"
            raise ConversionError(pointer, self.too_long, message)
        return got or None

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the text, None for an empty one."""
        return super().decode(inner, where) or None


class Url(_Address):
    """A web address, kept verbatim."""

    type = PropertyType.URL
    label = "URL"
    noun = "a URL"
    takes = "text"
    limit = MAX_URL
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
    limit = MAX_EMAIL
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
    limit = MAX_PHONE
    too_long = "limit.phone"
    # Digits, with the usual signs between them and an extension.
    form = re.compile(r"(?=(?:\D*\d){3})[+]?[0-9() ./*#,;-]+(?:[ ]?(?:x|ext[.]?)[ ]?[0-9]+)?")
    malformed = "mapping.phone"
    plural = "phone numbers"
