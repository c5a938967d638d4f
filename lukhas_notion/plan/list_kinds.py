"""The types of property that hold names out of a list of options, or a list of files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from lukhas_notion.manifests.json_values import Found, quote, why_one
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.property_spec import (
    ConversionError,
    Feed,
    Kind,
    PropertySpec,
    items,
    kind_of_json,
    web_address,
)
from lukhas_notion.plan.values import (
    Comparable,
    PropertyType,
    Value,
    identity_of,
    one_copy,
)
from lukhas_notion.util.errors import (
    Where,
    optional_text,
    require_list,
    require_object,
    require_text,
)
from lukhas_notion.util.text import fold, is_unseen, looks_like


class MultiSelect(Kind):
    """Names out of a list of options: a set, whose order is Notion's affair."""

    type = PropertyType.MULTI_SELECT
    label = "Multi-select"
    takes = "a name, or a list of names"
    empty: ClassVar[Value] = ()
    settings = ("vocabulary",)

    def options(self, spec: PropertySpec, found: list[Found]) -> list[tuple[str, str]]:
        """Return (pointer, name) for each option that a manifest names, as they stand there."""
        return [(pointer, name_of(spec, pointer, item)) for pointer, item in items(found)]

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
        return one_copy(tuple(_text_of(each, (where, index), "name") for index, each in listed))


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
        return None if inner is None else _text_of(inner, where, "name")


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
        item = web_address(spec, pointer, item, "mapping.files")
        name = " ".join((name or _last_part(item)).split())
        if problem := limits.file_name_problem(name):
            said = f"{spec.name}: a file's name, {quote(name)}, {problem}"
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
    """Return the last part of an address's path that can be seen, or its host."""
    parts = urlsplit(address)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    return parts.netloc if is_unseen(last) else last


class Relation(Kind):
    """Pages of this database or of another one: names in a manifest, ids in Notion.

    A value is a set of names. Notion's answer has ids instead, and the first 25 of them alone;
    :mod:`lukhas_notion.plan.relations` makes names of them.
    """

    type = PropertyType.RELATION
    label = "Relation"
    takes = "the key of a module, or a list of keys; of another database, the titles of pages"
    empty: ClassVar[Value] = ()
    settings = ("target", "match", "missing", "synced", "pattern")
    instead = (PropertyType.RICH_TEXT, PropertyType.MULTI_SELECT)

    def names(self, spec: PropertySpec, found: list[Found]) -> list[tuple[str, str]]:
        """Return (pointer, name) for each reference that is there; null is none.

        Raises:
            ConversionError: something there is no reference, or has no name.
        """
        there = [each for each in items(found) if each[1] is not None]
        return [(pointer, self._name(spec, pointer, item)) for pointer, item in there]

    def _name(self, spec: PropertySpec, pointer: str, item: object) -> str:
        reference = name_of(spec, pointer, item)
        name: str | None = reference
        if spec.pattern is not None:
            try:
                name = spec.pattern.name_in(reference)
            except TimeoutError:
                said = f"{spec.name}: matching {reference!r} with its pattern takes too long"
                raise ConversionError(pointer, "relation.pattern", said) from None
        if name is None:
            said = f"{spec.name}: {reference!r} does not match its pattern"
            raise ConversionError(pointer, "relation.pattern", said)
        if not fold(name):
            raise ConversionError(pointer, "relation.name", f"{spec.name}: a name is empty")
        return name

    def convert(self, spec: PropertySpec, found: list[Found], _manifest: object, /) -> Value:
        """Return the names, each once."""
        named = self.names(spec, found)
        names = tuple(dict.fromkeys(name for _, name in named))
        if len(names) > limits.MAX_RELATED:
            said = f"{spec.name} would name {len(names)} pages"
            limit = f"Notion takes {limits.MAX_RELATED} in a request"
            raise ConversionError(named[0][0], "limit.relation", f"{said}; {limit}")
        return names

    def encode(self, value: Value) -> Any:
        """Return the pages by id; the value has ids."""
        return [{"id": page_id} for page_id in value] if isinstance(value, tuple) else []

    def decode(self, inner: Any, where: Where) -> Value:
        """Return the ids of the pages that the answer shows."""
        listed = enumerate(require_list(inner, where))
        return tuple(_text_of(each, (where, index), "id") for index, each in listed)

    def comparable(self, value: Value) -> Comparable:
        """Return what the names stand for, so that a page may be known by several."""
        return sorted(set(map(identity_of, value))) if isinstance(value, tuple) else []

    def configuration(self, spec: PropertySpec, /) -> dict[str, Any]:
        """Return a two-way relation; its data source is known to the writer alone."""
        return {"data_source_id": spec.target, "type": "dual_property", "dual_property": {}}


def name_of(spec: PropertySpec, pointer: str, item: object) -> str:
    """Return a name as a manifest has it: a text or a number.

    Raises:
        ConversionError: it is neither.
    """
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        said = f"{spec.name} takes names, not {kind_of_json(item)}"
        raise ConversionError(pointer, "mapping.type", said)
    return item if isinstance(item, str) else json.dumps(item)


def _text_of(value: object, where: Where, member: str) -> str:
    return require_text(require_object(value, where).get(member), (where, member))
