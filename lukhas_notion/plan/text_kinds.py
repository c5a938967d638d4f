"""The types that hold text or names of options, and the body and the icon of a page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, ClassVar

from lukhas_notion.manifests.json_values import PointedValue, quote, resolve, why_same
from lukhas_notion.plan.kinds import Kind, items, member, members, name_of, web_address
from lukhas_notion.plan.notion_json import (
    Where,
    optional_text,
    plain_text,
    require_list,
    require_object,
    require_text,
)
from lukhas_notion.plan.property_spec import ConversionError, Feed, PropertySpec
from lukhas_notion.plan.values import (
    MAX_OPTIONS,
    MAX_TEXT_OBJECTS,
    MAX_TEXT_UNITS,
    WEB_ADDRESS,
    Comparable,
    PropertyType,
    Value,
    address_problem,
    chunk_text,
    one_copy,
    option_problem,
    text_units,
)
from lukhas_notion.util.text import fold, looks_like


class RichText(Kind):
    """Free text."""

    type = PropertyType.RICH_TEXT
    label = "Text"
    noun = "text"
    takes = "text, numbers, or a list of them; with `each` an object or a list of objects"
    empty = ""
    is_line = False
    settings: ClassVar[tuple[str, ...]] = ("each", "join", "link")
    instead = ()

    def convert(self, spec: PropertySpec, found: list[PointedValue], _feed: Feed, /) -> Value:
        """Return the values as one text."""
        pieces = [self._text(spec, pointer, got) for pointer, got in found]
        text = spec.join.join(piece for piece in pieces if piece)
        pointer = found[0][0]
        count = self._count(text)
        if count > MAX_TEXT_OBJECTS:
            raise ConversionError(
                pointer,
                "limit.text",
                f"{spec.name} has {text_units(text):,} characters and takes {count:,} "
                f"pieces; Notion holds {MAX_TEXT_OBJECTS} pieces of up to "
                f"{MAX_TEXT_UNITS:,} characters, and no character is split",
            )
        return text

    def _text(self, spec: PropertySpec, pointer: str, got: Any) -> str:
        if isinstance(got, Mapping | list) and spec.each is not None:
            return "\n".join(
                self._line(spec, pointer, line, entry) for line, entry in spec.each.lines(got)
            )
        if isinstance(got, list):
            # As anywhere in a manifest, null means absent.
            present = [each for each in items([(pointer, got)]) if each[1] is not None]
            return spec.join.join(self._text(spec, place, item) for place, item in present)
        if isinstance(got, str):
            return got
        if isinstance(got, Mapping):
            raise ConversionError(
                pointer,
                "mapping.type",
                f"{spec.name} is text and an object is here; a line for each entry needs `each`",
            )
        return json.dumps(got)

    def _line(self, _spec: PropertySpec, _pointer: str, line: str, _entry: object, /) -> str:
        """Return the line of one entry."""
        return line

    def _count(self, text: str) -> int:
        """Return the number of text objects for a text, about that number if it is too long."""
        if len(text) > MAX_TEXT_OBJECTS * MAX_TEXT_UNITS:
            return -(-text_units(text) // MAX_TEXT_UNITS)
        return len(self.encode(text))

    def encode(self, value: Value) -> Any:
        """Return text objects, each within Notion's limit."""
        pieces = chunk_text(str(value))
        return [{"type": "text", "text": {"content": piece}} for piece in pieces]

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the text as Notion shows it, with mentions as their names."""
        return one_copy(plain_text(inner, where))


class PageBody(Kind):
    """The body of a page in Notion's Markdown, written by :mod:`lukhas_notion.plan.body`."""

    type = PropertyType.BODY
    label = "Body"
    noun = "the body of a page"
    takes = "Markdown"
    empty = ""
    is_line = False


class Title(RichText):
    """A page's title."""

    type = PropertyType.TITLE
    label = "Title"
    settings = ("each", "join")


class LinkedText(RichText):
    """Free text with links: each line is ``TEXT`` or ``TEXT <ADDRESS>``."""

    type = PropertyType.LINKED_TEXT

    def convert(self, spec: PropertySpec, found: list[PointedValue], feed: Feed, /) -> Value:
        """Return the values as one text, each line with its link."""
        text = str(super().convert(spec, found, feed))
        address = "" if spec.each else _address(spec, spec.link, feed.at(spec.link))
        if not address:
            return text
        linked = _linked(text, address)
        count = self._count(linked)
        if count > MAX_TEXT_OBJECTS:
            lines = f"{spec.name} has {text.count(chr(10)) + 1} lines with links; they take {count}"
            message = f"{lines} pieces, and Notion holds {MAX_TEXT_OBJECTS}"
            raise ConversionError(found[0][0], "limit.text", message)
        return linked

    def _line(self, spec: PropertySpec, pointer: str, line: str, entry: object, /) -> str:
        """Return the line of one entry, with the entry's link."""
        address = _address(spec, pointer, resolve(entry, spec.link))
        return _linked(line, address) if address else line

    def encode(self, value: Value) -> Any:
        """Return text objects, each with the link of its line."""
        objects: list[dict[str, Any]] = []
        for address, runs in groupby(_runs(str(value)), key=lambda run: run[1]):
            link = {"link": {"url": address}} if address else {}
            pieces = chunk_text("".join(text for text, _ in runs))
            objects += ({"type": "text", "text": {"content": piece, **link}} for piece in pieces)
        return objects

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the text as Notion shows it, each line with its link."""
        plain_text(inner, where)  # checks the shape of each part
        parts = (require_object(part, where) for part in require_list(inner, where))
        return one_copy(_lined((part["plain_text"], optional_text(part, "href")) for part in parts))

    def comparable(self, value: Value) -> Comparable:
        """Return the text; an address without a path equals the one with a slash."""
        return _BARE.sub(r"\1/>", str(value))


_BARE = re.compile(r"(<https?://[^\s<>/?#]+)>", re.IGNORECASE)
_LINKED = re.compile(rf"(.*\S) <({WEB_ADDRESS.pattern})>", re.IGNORECASE | re.DOTALL)


def _address(spec: PropertySpec, pointer: str, got: object) -> str:
    """Return the address of a link, "" for no link.

    Raises:
        ConversionError: it is not a web address, or too long for Notion.
    """
    return "" if got in (None, "") else web_address(spec, pointer, got, "mapping.link")


def _linked(text: str, address: str) -> str:
    lines = text.split("\n")
    return "\n".join(f"{line} <{address}>" if line.strip() else line for line in lines)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a text, each with its address, "" for no link."""
    for number, line in enumerate(text.split("\n")):
        if number:
            yield "\n", ""
        found = _LINKED.fullmatch(line)
        is_link = found is not None and not address_problem(found[2])
        yield (found[1], found[2]) if found and is_link else (line, "")


def _lined(parts: Iterable[tuple[str, str]]) -> str:
    """Return the parts of an answer as lines of text with links."""
    lines: list[list[tuple[str, str]]] = [[]]
    for text, address in parts:
        first, *more = text.split("\n")
        lines[-1].append((first, address))
        lines += [[(each, address)] for each in more]
    return "\n".join(map(_line_of, lines))


def _line_of(parts: Iterable[tuple[str, str]]) -> str:
    """Return the parts of a line as text; neighbours with one address are one link."""
    line = ""
    for address, run in groupby((part for part in parts if part[0]), key=lambda part: part[1]):
        text = "".join(text for text, _ in run)
        line += f"{text} <{address}>" if address else text
    return line


class MultiSelect(Kind):
    """A set of names from a list of options; Notion decides their order."""

    type = PropertyType.MULTI_SELECT
    label = "Multi-select"
    takes = "a name, or a list of names"
    empty: ClassVar[Value] = ()
    settings = ("vocabulary",)

    def options(self, spec: PropertySpec, found: list[PointedValue]) -> list[tuple[str, str]]:
        """Return (pointer, name) for each option in a manifest, in the manifest's spelling."""
        return [(pointer, name_of(spec, pointer, item)) for pointer, item in items(found)]

    def convert(self, spec: PropertySpec, found: list[PointedValue], _feed: Feed, /) -> Value:
        """Return the names, each once."""
        named = self.options(spec, found)
        for place, name in named:
            if problem := option_problem(name):
                raise ConversionError(place, "option.name", f"{spec.name}: {quote(name)} {problem}")
        return self._value(spec, named)

    def _value(self, spec: PropertySpec, named: list[tuple[str, str]]) -> Value:
        names = tuple(dict.fromkeys(name for _, name in named))
        if len(names) > MAX_OPTIONS:
            raise ConversionError(
                named[0][0],
                "limit.options",
                f"{spec.name} would have {len(names)} options; "
                f"Notion accepts {MAX_OPTIONS} on one page",
            )
        folded: dict[str, str] = {}
        for place, name in named:
            other = folded.setdefault(fold(name, case=True), name)
            if other != name:
                rule = "option.alike" if looks_like(other, name) else "option.case"
                both = f"{quote(other)} and {quote(name)} {why_same(other, name)}"
                message = f"{spec.name}: {both}: one option"
                raise ConversionError(place, rule, message)
        return names

    def encode(self, value: Value) -> Any:
        """Return the options by name."""
        return [{"name": name} for name in value] if isinstance(value, tuple) else []

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the names, in Notion's order."""
        return one_copy(members(inner, where, "name"))


class Select(MultiSelect):
    """One name from a list of options."""

    type = PropertyType.SELECT
    label = "Select"
    takes = "a name"
    empty = None
    instead: ClassVar[tuple[PropertyType, ...]] = (
        PropertyType.RICH_TEXT,
        PropertyType.MULTI_SELECT,
    )

    def _value(self, spec: PropertySpec, named: list[tuple[str, str]]) -> Value:
        names = list(dict.fromkeys(name for _, name in named))
        if len(names) > 1:
            message = f"{spec.name} is a {self.type}: it holds one name only"
            raise ConversionError(named[0][0], "mapping.select", message)
        return names[0] if names else None

    def encode(self, value: Value) -> Any:
        """Return the option by name."""
        return None if value is None else {"name": value}

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the name."""
        return None if inner is None else member(inner, where, "name")


class Status(Select):
    """One name from a list of options in groups. Every page has one, so it cannot be cleared."""

    type = PropertyType.STATUS
    label = "Status"
    takes = "a name; without one the page keeps the status that it has"
    instead = (PropertyType.RICH_TEXT, PropertyType.SELECT, PropertyType.MULTI_SELECT)


_OWN = "https://www.notion.so/icons/"


class PageIcon(Kind):
    """The icon of a page: an emoji, or the address of a picture.

    Notion's own icons are answered as a name and a colour (recorded); the value is their address.
    A custom emoji and an uploaded picture cannot be written, and their values only name them.
    """

    type = PropertyType.ICON
    label = "Icon"
    noun = "an icon"
    takes = "an emoji, or a web address"

    def encode(self, value: Value) -> Any:
        """Return the icon."""
        if value is None:
            return None
        if str(value).lower().startswith("http"):
            return {"type": "external", "external": {"url": value}}
        return {"type": "emoji", "emoji": value}

    def decode(self, inner: Any, where: Where) -> Value:
        """Return an emoji, an address, or the kind of any other icon."""
        if inner is None:
            return None
        icon = require_object(inner, where)
        kind = require_text(icon.get("type"), (where, "type"))
        if kind == "emoji":
            return require_text(icon.get(kind), (where, kind))
        given = require_object(icon.get(kind), (where, kind))
        if kind == "icon":
            return f"{_OWN}{optional_text(given, 'name')}_{optional_text(given, 'color')}.svg"
        if kind == "external":
            return require_text(given.get("url"), ((where, kind), "url"))
        return f":{optional_text(given, 'name')}:" if kind == "custom_emoji" else "a picture"
