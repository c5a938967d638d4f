"""The types of property that hold names out of a list of options, or a list of files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from lukhas_notion.manifests.pointers import Found
from lukhas_notion.manifests.wording import quote, why_one
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.property_kind import Kind
from lukhas_notion.plan.property_spec import (
    ConversionError,
    Feed,
    PropertySpec,
    items,
    kind_of_json,
)
from lukhas_notion.plan.values import WEB, PropertyType, Value, one_copy
from lukhas_notion.util.fold import fold, looks_like
from lukhas_notion.util.shape import (
    Where,
    optional_text,
    require_list,
    require_object,
    require_text,
)


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

    def convert(self, spec: PropertySpec, found: list[Found], _feed: Feed, /) -> Value:
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
    instead: ClassVar[tuple[PropertyType, ...]] = (
        PropertyType.RICH_TEXT,
        PropertyType.MULTI_SELECT,
    )

    def _value(self, spec: PropertySpec, named: list[tuple[str, str]]) -> Value:
        names = list(dict.fromkeys(name for _, name in named))
        if len(names) > 1:
            said = f"{spec.name} is a {self.type}: it holds one name only"
            raise ConversionError(named[0][0], "mapping.select", said)
        return names[0] if names else None

    def encode(self, value: Value) -> Any:
        """Return the option by name."""
        return None if value is None else {"name": value}

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the name."""
        return None if inner is None else _option_name(inner, where)


class Status(Select):
    """One name out of a list of options in groups. Every page has one, so none is cleared."""

    type = PropertyType.STATUS
    label = "Status"
    takes = "a name; without one the page keeps the status that it has"
    instead = (PropertyType.RICH_TEXT, PropertyType.SELECT, PropertyType.MULTI_SELECT)


class Files(Kind):
    """Files elsewhere on the web, each a name and an address: ``NAME <ADDRESS>``."""

    type = PropertyType.FILES
    label = "Files & media"
    noun = "files"
    takes = "a web address, or a list of them; or objects with `url` and `name`"
    empty: ClassVar[Value] = ()
    settings = ("name",)

    def convert(self, spec: PropertySpec, found: list[Found], feed: Feed, /) -> Value:
        """Return each file once, by the name that it is given."""
        listed = items(found)
        named = _given_names(spec, feed)
        files = [
            self._file(spec, pointer, item, named[number] if number < len(named) else "")
            for number, (pointer, item) in enumerate(listed)
        ]
        if len(named) > 1 and len(named) != len(listed):
            said = f"{spec.name} has {len(listed)} files and {len(named)} names"
            raise ConversionError(spec.file_name, "mapping.files", said)
        files = list(dict.fromkeys(files))
        if len(files) > limits.MAX_FILES:
            said = f"{spec.name} has {len(files)} files; Notion takes {limits.MAX_FILES}"
            raise ConversionError(found[0][0], "limit.files", said)
        return tuple(files)

    def _file(self, spec: PropertySpec, pointer: str, item: Any, name: str) -> str:
        if isinstance(item, Mapping):
            name = item["name"] if isinstance(item.get("name"), str) else name
            pointer, item = f"{pointer}/url", item.get("url")
        if not isinstance(item, str):
            raise self.mistyped(spec, pointer, item)
        if not WEB.fullmatch(item):
            said = f"{spec.name} takes addresses that begin with https://, not {quote(item)}"
            raise ConversionError(pointer, "mapping.files", said)
        if limits.text_units(item) > limits.MAX_URL:
            said = f"{spec.name} has an address of more than {limits.MAX_URL} characters"
            raise ConversionError(pointer, "limit.url", said)
        name = " ".join((name or _last_part(item)).split())
        if limits.text_units(name) > limits.MAX_FILE_NAME:
            said = (
                f"{spec.name} has a file whose name is longer than {limits.MAX_FILE_NAME} "
                "characters"
            )
            raise ConversionError(pointer, "limit.files", said)
        return f"{name} <{item}>"

    def encode(self, value: Value) -> Any:
        """Return external files."""
        parts = (each[:-1].rpartition(" <") for each in value) if isinstance(value, tuple) else ()
        return [
            {"type": "external", "name": name, "external": {"url": url}} for name, _, url in parts
        ]

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the files; one that Notion keeps itself has no address that lasts."""
        found = []
        for index, each in enumerate(require_list(inner, where)):
            file = require_object(each, (where, index))
            name = require_text(file.get("name"), ((where, index), "name"))
            url = optional_text(file.get("external"), "url")
            found.append(f"{name} <{url}>" if url else name)
        return one_copy(tuple(found))


def _given_names(spec: PropertySpec, feed: Feed) -> list[str]:
    """Return the names that the configuration gives files: one for all, or one for each."""
    if not spec.file_name.startswith("/"):
        return [spec.file_name] if spec.file_name else []
    named = items(feed.find(spec.file_name))
    return [name if isinstance(name, str) else "" for _, name in named]


def _last_part(address: str) -> str:
    """Return the last part of an address's path, or its host."""
    parts = urlsplit(address)
    return unquote(parts.path.rstrip("/").rpartition("/")[2]) or parts.netloc or address


def _option_name(value: object, where: Where) -> str:
    return require_text(require_object(value, where).get("name"), (where, "name"))
