"""One property's value out of a parsed manifest, by JSON pointer (RFC 6901).

Two sources are no pointers: ``@sha`` is the provenance SHA and ``@now`` the moment of the write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lukhas_notion.manifests.wording import why_one
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.line_template import LineTemplate
from lukhas_notion.plan.values import (
    PropertyType,
    Value,
    empty,
    instant,
    is_finite,
)
from lukhas_notion.util.fold import fold, looks_like

SHA = "@sha"
NOW = "@now"
_SPECIAL = frozenset({SHA, NOW})


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """How one Notion property gets its value.

    Args:
        name: the property's exact name in Notion.
        type: its type there.
        pointers: where in the manifest; the first that is there wins, unless ``collect``.
        collect: take every pointer that is there, in order (an option each, or joined text).
        constant: the same value for every module; pointers are empty then.
        join: what stands between the items of a list in text.
        each: a line for every item of an object or a list, sorted, instead of ``join``.
        required: whether the database must have the property.
        gated: whether the names of a select or multi-select must be in a vocabulary.
        replaces: the default property whose place it takes, because both have one source.
    """

    name: str
    type: PropertyType
    pointers: tuple[str, ...] = ()
    collect: bool = False
    constant: Value = None
    join: str = ", "
    each: LineTemplate | None = None
    required: bool = True
    gated: bool = True
    replaces: str = ""

    @property
    def default_name(self) -> str:
        """The name that the default mapping knows it by, where it does."""
        return self.replaces or self.name

    @property
    def source(self) -> tuple[tuple[str, ...], bool, Value]:
        """What it is fed from; properties with equal sources always hold the same."""
        return self.pointers, self.collect, self.constant

    @property
    def takes_names(self) -> bool:
        """Whether the manifests name its options, so that a vocabulary has to allow them."""
        return self.type.has_options and self.constant is None and self.gated

    @property
    def is_sha(self) -> bool:
        """Whether the value is the provenance SHA."""
        return self.pointers == (SHA,)

    @property
    def is_now(self) -> bool:
        """Whether the value is the moment of the write."""
        return self.pointers == (NOW,)


class ConversionError(Exception):
    """A value that the property's type cannot hold, with its place."""

    def __init__(self, pointer: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.rule = rule
        self.message = message


_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def resolve(value: object, pointer: str) -> Any:
    """Return what a JSON pointer points at, or None: absent and ``null`` say the same here."""
    for raw in pointer.split("/")[1:]:
        token = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(token)
        elif isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return value


def sources(spec: PropertySpec, value: object) -> list[tuple[str, Any]]:
    """Return (pointer, value) for each pointer of ``spec`` that counts in this manifest."""
    found: list[tuple[str, Any]] = []
    for pointer in spec.pointers:
        if pointer not in _SPECIAL and (got := resolve(value, pointer)) is not None:
            found.append((pointer, got))
            if not spec.collect:
                break
    return found


def options(spec: PropertySpec, value: object) -> list[tuple[str, str]]:
    """Return (pointer, name) for every option that the manifest names for ``spec``.

    The names are as they stand there; :func:`convert` refuses those that Notion cannot hold.

    Raises:
        Unmappable: something there is not a name.
    """
    named: list[tuple[str, str]] = []
    for pointer, got in sources(spec, value):
        items = got if isinstance(got, list) else [got]
        for index, item in enumerate(items):
            place = f"{pointer}/{index}" if isinstance(got, list) else pointer
            named.append((place, _option(spec, place, item)))
    return named


def convert(spec: PropertySpec, value: object) -> Value:
    """Return the value of one property for a parsed manifest.

    Raises:
        Unmappable: what is there does not fit the property's type, or Notion's limits.
    """
    if spec.constant is not None:
        return spec.constant
    if spec.type.has_options:
        return _options_value(spec, value)
    found = sources(spec, value)
    if not found:
        return empty(spec.type)
    if spec.type.is_text:
        return _text(spec, found)
    pointer, got = found[0]
    return _SCALARS[spec.type](spec, pointer, got)


def _options_value(spec: PropertySpec, value: object) -> Value:
    named = options(spec, value)
    for place, name in named:
        if problem := limits.option_problem(name):
            raise ConversionError(place, "option.name", f"{spec.name}: {name!r} {problem}")
    names = tuple(dict.fromkeys(name for _, name in named))
    if spec.type is PropertyType.SELECT:
        if len(names) > 1:
            raise ConversionError(
                named[0][0], "mapping.select", f"{spec.name} is a select: it holds one name only"
            )
        return names[0] if names else None
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


def _option(spec: PropertySpec, pointer: str, item: object) -> str:
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        raise ConversionError(
            pointer, "mapping.type", f"{spec.name} takes names, not {_kind(item)}"
        )
    return item if isinstance(item, str) else json.dumps(item)


def _text(spec: PropertySpec, found: list[tuple[str, Any]]) -> str:
    pieces = [_one_text(spec, pointer, got) for pointer, got in found]
    text = spec.join.join(piece for piece in pieces if piece)
    pointer = found[0][0]
    if "\0" in text:
        raise ConversionError(pointer, "limit.nul", f"{spec.name} has a NUL character")
    count = _pieces(text)
    if count > limits.MAX_TEXT_OBJECTS:
        raise ConversionError(
            pointer,
            "limit.text",
            f"{spec.name} has {limits.text_units(text):,} characters and takes {count:,} pieces; "
            f"Notion holds {limits.MAX_TEXT_OBJECTS} pieces of up to {limits.MAX_TEXT_UNITS:,} "
            "characters, and no character is split",
        )
    return text


def _pieces(text: str) -> int:
    """Return how many text objects hold a text; of one that no number can hold, about how many."""
    if len(text) > limits.MAX_TEXT_OBJECTS * limits.MAX_TEXT_UNITS:
        return -(-limits.text_units(text) // limits.MAX_TEXT_UNITS)
    return len(limits.chunk_text(text))


def _one_text(spec: PropertySpec, pointer: str, got: Any) -> str:
    if isinstance(got, Mapping | list) and spec.each is not None:
        return spec.each.lines(got)
    if isinstance(got, list):
        # As anywhere else in a manifest, null is as good as absent.
        there = [(index, item) for index, item in enumerate(got) if item is not None]
        return spec.join.join(_one_text(spec, f"{pointer}/{n}", item) for n, item in there)
    if isinstance(got, str):
        return got
    if isinstance(got, Mapping):
        raise ConversionError(
            pointer,
            "mapping.type",
            f"{spec.name} is text and an object is here; a line for each entry needs `each`",
        )
    return json.dumps(got)


def _number(spec: PropertySpec, pointer: str, got: Any) -> Value:
    if isinstance(got, bool) or not isinstance(got, int | float):
        raise ConversionError(pointer, "mapping.type", f"{spec.name} is a number, not {_kind(got)}")
    if not is_finite(got):
        raise ConversionError(pointer, "limit.number", f"{spec.name} is not a finite number")
    return got


def _date(spec: PropertySpec, pointer: str, got: Any) -> Value:
    try:
        instant(got if isinstance(got, str) else "")
    except ValueError:
        raise ConversionError(
            pointer, "mapping.date", f"{spec.name} is a date: write it as 2026-01-31 or with a time"
        ) from None
    return str(got)


def _checkbox(spec: PropertySpec, pointer: str, got: Any) -> Value:
    if not isinstance(got, bool):
        raise ConversionError(
            pointer, "mapping.type", f"{spec.name} is a checkbox, not {_kind(got)}"
        )
    return got


def _url(spec: PropertySpec, pointer: str, got: Any) -> Value:
    if not isinstance(got, str):
        raise ConversionError(pointer, "mapping.type", f"{spec.name} is a URL, not {_kind(got)}")
    if limits.text_units(got) > limits.MAX_URL:
        raise ConversionError(
            pointer, "limit.url", f"{spec.name} is longer than {limits.MAX_URL} characters"
        )
    return got or None


_SCALARS = {
    PropertyType.NUMBER: _number,
    PropertyType.DATE: _date,
    PropertyType.CHECKBOX: _checkbox,
    PropertyType.URL: _url,
}


def _kind(item: object) -> str:
    if isinstance(item, bool):
        return "true or false"
    if isinstance(item, Mapping):
        return "an object"
    if isinstance(item, list):
        return "a list"
    if item is None:
        return "null"
    return "text" if isinstance(item, str) else "a number"
