"""The types of property that hold pieces of text, or names out of a list of options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from lukhas_notion.manifests.wording import why_one
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.property_kind import Kind
from lukhas_notion.plan.property_spec import (
    ConversionError,
    Found,
    PropertySpec,
    items,
    kind_of_json,
)
from lukhas_notion.plan.values import PropertyType, Value, one_copy
from lukhas_notion.util.fold import fold, looks_like
from lukhas_notion.util.shape import Where, plain_text, require_list, require_object, require_text


class RichText(Kind):
    """Free text."""

    type = PropertyType.RICH_TEXT
    label = "Text"
    noun = "text"
    takes = "text, numbers, or a list of them; with `each` an object or a list of objects"
    empty = ""
    settings = ("each", "join")
    instead = ()

    def convert(self, spec: PropertySpec, found: list[Found]) -> Value:
        """Return the join of all that was found."""
        pieces = [self._text(spec, pointer, got) for pointer, got in found]
        text = spec.join.join(piece for piece in pieces if piece)
        pointer = found[0][0]
        if "\0" in text:
            raise ConversionError(pointer, "limit.nul", f"{spec.name} has a NUL character")
        count = _count_pieces(text)
        if count > limits.MAX_TEXT_OBJECTS:
            raise ConversionError(
                pointer,
                "limit.text",
                f"{spec.name} has {limits.text_units(text):,} characters and takes {count:,} "
                f"pieces; Notion holds {limits.MAX_TEXT_OBJECTS} pieces of up to "
                f"{limits.MAX_TEXT_UNITS:,} characters, and no character is split",
            )
        return text

    def _text(self, spec: PropertySpec, pointer: str, got: Any) -> str:
        if isinstance(got, Mapping | list) and spec.each is not None:
            return spec.each.lines(got)
        if isinstance(got, list):
            # As anywhere else in a manifest, null is as good as absent.
            there = [each for each in items([(pointer, got)]) if each[1] is not None]
            return spec.join.join(self._text(spec, place, item) for place, item in there)
        if isinstance(got, str):
            return got
        if isinstance(got, Mapping):
            raise ConversionError(
                pointer,
                "mapping.type",
                f"{spec.name} is text and an object is here; a line for each entry needs `each`",
            )
        return json.dumps(got)

    def encode(self, value: Value) -> Any:
        """Return text objects, each within what Notion takes."""
        pieces = limits.chunk_text(str(value))
        return [{"type": "text", "text": {"content": piece}} for piece in pieces]

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the text as Notion shows it, with mentions as their names."""
        return one_copy(plain_text(inner, where))


class Title(RichText):
    """A page's title."""

    type = PropertyType.TITLE
    label = "Title"


def _count_pieces(text: str) -> int:
    """Return how many text objects hold a text; of one that no number can hold, about how many."""
    if len(text) > limits.MAX_TEXT_OBJECTS * limits.MAX_TEXT_UNITS:
        return -(-limits.text_units(text) // limits.MAX_TEXT_UNITS)
    return len(limits.chunk_text(text))


class MultiSelect(Kind):
    """Names out of a list of options: a set, whose order is Notion's affair."""

    type = PropertyType.MULTI_SELECT
    label = "Multi-select"
    takes = "a name, or a list of names"
    empty: ClassVar[Value] = ()
    settings = ("vocabulary",)

    def options(self, spec: PropertySpec, found: list[Found]) -> list[tuple[str, str]]:
        """Return (pointer, name) for each option that a manifest names, as they stand there."""
        return [(pointer, self._option(spec, pointer, item)) for pointer, item in items(found)]

    def _option(self, spec: PropertySpec, pointer: str, item: object) -> str:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            said = f"{spec.name} takes names, not {kind_of_json(item)}"
            raise ConversionError(pointer, "mapping.type", said)
        return item if isinstance(item, str) else json.dumps(item)

    def convert(self, spec: PropertySpec, found: list[Found]) -> Value:
        """Return the names, each once."""
        named = self.options(spec, found)
        for place, name in named:
            if problem := limits.option_problem(name):
                raise ConversionError(place, "option.name", f"{spec.name}: {name!r} {problem}")
        return self._value(spec, named)

    def _value(self, spec: PropertySpec, named: list[tuple[str, str]]) -> Value:
        names = tuple(dict.fromkeys(name for _, name in named))
        if len(names) > limits.MAX_OPTIONS:
            raise ConversionError(
                named[0][0],
                "limit.options",
                f"{spec.name} would have {len(names)} options; "
                f"Notion takes {limits.MAX_OPTIONS} on one page",
            )
        folded: dict[str, str] = {}
        for place, name in named:
            other = folded.setdefault(fold(name, case=True), name)
            if other != name:
                rule = "option.alike" if looks_like(other, name) else "option.case"
                said = f"{spec.name}: {other!r} and {name!r} {why_one(other, name)}"
                raise ConversionError(place, rule, f"{said}: one option")
        return names

    def encode(self, value: Value) -> Any:
        """Return the options by name."""
        return [{"name": name} for name in value] if isinstance(value, tuple) else []

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the names, in Notion's order."""
        listed = enumerate(require_list(inner, where))
        return one_copy(tuple(_option_name(each, (where, index)) for index, each in listed))


class Select(MultiSelect):
    """One name out of a list of options."""

    type = PropertyType.SELECT
    label = "Select"
    takes = "a name"
    empty = None
    instead = (PropertyType.RICH_TEXT, PropertyType.MULTI_SELECT)

    def _value(self, spec: PropertySpec, named: list[tuple[str, str]]) -> Value:
        names = list(dict.fromkeys(name for _, name in named))
        if len(names) > 1:
            said = f"{spec.name} is a {self.type}: it holds one name only"
            raise ConversionError(named[0][0], f"mapping.{self.type}", said)
        return names[0] if names else None

    def encode(self, value: Value) -> Any:
        """Return the option by name."""
        return None if value is None else {"name": value}

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the name."""
        return None if inner is None else _option_name(inner, where)


def _option_name(value: object, where: Where) -> str:
    return require_text(require_object(value, where).get("name"), (where, "name"))
