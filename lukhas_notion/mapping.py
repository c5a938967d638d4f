"""Which JSON pointer feeds which Notion property: data, not code.

A mapping is a tuple of :class:`PropertySpec`. Two sources are no pointers: ``@sha`` is the
provenance SHA and ``@now`` the moment of the write. Everything else is read from the manifest by
JSON pointer (RFC 6901).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lukhas_notion.gates import limits
from lukhas_notion.template import LineTemplate
from lukhas_notion.values import PropertyType, Value, empty, encode, instant, is_finite, one_copy
from lukhas_notion.violation import Violation

if TYPE_CHECKING:
    from lukhas_notion.manifest import Manifest

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
    """

    name: str
    type: PropertyType
    pointers: tuple[str, ...] = ()
    collect: bool = False
    constant: Value = None
    join: str = ", "
    each: LineTemplate | None = None
    required: bool = True

    @property
    def is_sha(self) -> bool:
        """Whether the value is the provenance SHA."""
        return self.pointers == (SHA,)

    @property
    def is_now(self) -> bool:
        """Whether the value is the moment of the write."""
        return self.pointers == (NOW,)


@dataclass(frozen=True, slots=True)
class Desired:
    """What one manifest wants Notion to hold.

    ``values`` has every mapped property but the one fed by ``@now``; a property that the manifest
    says nothing of has its type's empty value, which clears it in Notion.
    """

    module: str
    path: str
    sha: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class PropertyMapping:
    """All the properties that are written, in order.

    Made by :mod:`lukhas_notion.config`, which has checked that exactly one is the title, exactly
    one holds the SHA and at most one the moment of the write.
    """

    properties: tuple[PropertySpec, ...]
    title: PropertySpec = field(init=False)
    sha: PropertySpec = field(init=False)
    now: PropertySpec | None = field(init=False)

    def __post_init__(self) -> None:
        specs = self.properties
        title = next(p for p in specs if p.type is PropertyType.TITLE)
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "sha", next(p for p in specs if p.is_sha))
        object.__setattr__(self, "now", next((p for p in specs if p.is_now), None))

    @property
    def types(self) -> dict[str, PropertyType]:
        """The type of each property that is compared: all but the moment of the write."""
        return {p.name: p.type for p in self.properties if not p.is_now}

    def without(self, names: set[str]) -> PropertyMapping:
        """Return the mapping less optional properties that the database does not have."""
        return PropertyMapping(tuple(p for p in self.properties if p.name not in names))

    def constant_options(self) -> dict[str, tuple[str, ...]]:
        """Return the option names that the mapping itself gives, by property."""
        found: dict[str, tuple[str, ...]] = {}
        for spec in self.properties:
            if spec.type.has_options and spec.constant is not None:
                constant = spec.constant
                names = constant if isinstance(constant, tuple) else (str(constant),)
                found[spec.name] = tuple(dict.fromkeys(names))
        return found

    def module_name(self, value: object) -> str | None:
        """Return the module's name in a parsed manifest, or None where there is none."""
        try:
            name = convert(self.title, value)
        except Unmappable:
            return None
        return name if isinstance(name, str) and name.strip() else None

    def desired(self, manifest: Manifest) -> tuple[Desired | None, list[Violation]]:
        """Return what the manifest wants, or every reason why Notion cannot hold it."""
        values, problems = self._values(manifest)
        if problems:
            return None, problems
        values[self.sha.name] = manifest.sha
        return Desired(str(values[self.title.name]), manifest.path, manifest.sha, values), []

    def problems(self, manifest: Manifest) -> list[Violation]:
        """Return every reason why Notion cannot hold the manifest; its SHA is not asked for."""
        return self._values(manifest)[1]

    def _values(self, manifest: Manifest) -> tuple[dict[str, Value], list[Violation]]:
        """Return the value of every compared property, the SHA's as a blank of its length."""
        values: dict[str, Value] = {}
        problems: list[Violation] = []
        for spec in self.properties:
            if spec.is_now:
                continue
            try:
                value = " " * 64 if spec.is_sha else convert(spec, manifest.value)
            except Unmappable as error:
                problems.append(_violation(manifest, error))
            else:
                values[spec.name] = one_copy(value)
        title = values.get(self.title.name)
        if isinstance(title, str) and not title.strip():
            where = " or ".join(self.title.pointers)
            nameless = Unmappable("", "mapping.title", f"the module has no name: {where} is empty")
            problems.append(_violation(manifest, nameless, "Give the manifest a module name."))
        if not problems:
            problems.extend(self._too_large(manifest, values))
        return values, problems

    def _too_large(self, manifest: Manifest, values: Mapping[str, Value]) -> Iterator[Violation]:
        body = {name: encode(kind, values[name]) for name, kind in self.types.items()}
        size = len(json.dumps(body, ensure_ascii=False).encode()) + 1_000
        if size > limits.MAX_PAYLOAD_BYTES:
            said = f"the page would weigh {size:,} bytes; Notion takes {limits.MAX_PAYLOAD_BYTES:,}"
            error = Unmappable("", "limit.payload", said)
            yield _violation(manifest, error, "Shorten the texts, or map fewer of them.")


class Unmappable(Exception):
    """A value that the property's type cannot hold, with its place."""

    def __init__(self, pointer: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.rule = rule
        self.message = message


def _violation(manifest: Manifest, error: Unmappable, remedy: str = "") -> Violation:
    line, column = manifest.place(error.pointer)
    return Violation(manifest.path, line, column, error.pointer, error.rule, error.message, remedy)


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
    names = tuple(dict.fromkeys(name for _, name in named))
    if spec.type is PropertyType.SELECT:
        if len(names) > 1:
            raise Unmappable(
                named[0][0], "mapping.select", f"{spec.name} is a select: it holds one name only"
            )
        return names[0] if names else None
    if len(names) > limits.MAX_OPTIONS:
        raise Unmappable(
            named[0][0],
            "limit.options",
            f"{spec.name} would have {len(names)} options; "
            f"Notion takes {limits.MAX_OPTIONS} on one page",
        )
    folded: dict[str, str] = {}
    for place, name in named:
        other = folded.setdefault(name.casefold(), name)
        if other != name:
            raise Unmappable(
                place, "option.case", f"{other!r} and {name!r} differ only by case: one option"
            )
    return names


def _option(spec: PropertySpec, pointer: str, item: object) -> str:
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        raise Unmappable(pointer, "mapping.type", f"{spec.name} takes names, not {_kind(item)}")
    name = item if isinstance(item, str) else json.dumps(item)
    problem = option_problem(name)
    if problem:
        raise Unmappable(pointer, "option.name", f"{spec.name}: {name!r} {problem}")
    return name


def option_problem(name: str) -> str:
    """Return why Notion cannot hold an option of that name, or ""."""
    if not name.strip():
        return "is empty: an option needs a name"
    if "," in name:
        return "has a comma, which Notion does not take in an option"
    if limits.text_units(name) > limits.MAX_OPTION_NAME:
        return f"is longer than the {limits.MAX_OPTION_NAME} characters Notion takes in an option"
    return ""


def _text(spec: PropertySpec, found: list[tuple[str, Any]]) -> str:
    pieces = [_one_text(spec, pointer, got) for pointer, got in found]
    text = spec.join.join(piece for piece in pieces if piece)
    pointer = found[0][0]
    if "\0" in text:
        raise Unmappable(pointer, "limit.nul", f"{spec.name} has a NUL character")
    held = limits.MAX_TEXT_UNITS * limits.MAX_TEXT_OBJECTS
    if len(limits.chunk_text(text)) > limits.MAX_TEXT_OBJECTS:
        raise Unmappable(
            pointer,
            "limit.text",
            f"{spec.name} has {limits.text_units(text):,} characters; Notion holds {held:,}",
        )
    return text


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
        raise Unmappable(
            pointer,
            "mapping.type",
            f"{spec.name} is text and an object is here; a line for each entry needs `each`",
        )
    return json.dumps(got)


def _number(spec: PropertySpec, pointer: str, got: Any) -> Value:
    if isinstance(got, bool) or not isinstance(got, int | float):
        raise Unmappable(pointer, "mapping.type", f"{spec.name} is a number, not {_kind(got)}")
    if not is_finite(got):
        raise Unmappable(pointer, "limit.number", f"{spec.name} is not a finite number")
    return got


def _date(spec: PropertySpec, pointer: str, got: Any) -> Value:
    try:
        instant(got if isinstance(got, str) else "")
    except ValueError:
        raise Unmappable(
            pointer, "mapping.date", f"{spec.name} is a date: write it as 2026-01-31 or with a time"
        ) from None
    return str(got)


def _checkbox(spec: PropertySpec, pointer: str, got: Any) -> Value:
    if not isinstance(got, bool):
        raise Unmappable(pointer, "mapping.type", f"{spec.name} is a checkbox, not {_kind(got)}")
    return got


def _url(spec: PropertySpec, pointer: str, got: Any) -> Value:
    if not isinstance(got, str):
        raise Unmappable(pointer, "mapping.type", f"{spec.name} is a URL, not {_kind(got)}")
    if limits.text_units(got) > limits.MAX_URL:
        raise Unmappable(
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
