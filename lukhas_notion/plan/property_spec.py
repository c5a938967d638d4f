"""How a property is configured, and what a kind of property has to provide."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from lukhas_notion.manifests.json_values import Found, find, quote, resolve
from lukhas_notion.plan import notion_limits as limits
from lukhas_notion.plan.values import Comparable, PropertyType, Value
from lukhas_notion.util.errors import Where, require_text

if TYPE_CHECKING:
    import regex


_FIELD = re.compile(r"\{(@?[^{}:]+)(?::([^{}]*))?\}")
_STYLES = ("", "check")


@dataclass(frozen=True, slots=True)
class LineTemplate:
    """A parsed template.

    Fields: ``{@key}`` is the entry's key (or its index, from 1), ``{@value}`` the entry itself,
    ``{name}`` a field of it. ``{name:check}`` is ✓ where the field is true, else ✗.
    """

    text: str

    def __post_init__(self) -> None:
        rest = _FIELD.sub("", self.text)
        if "{" in rest or "}" in rest:
            raise ValueError(f"a brace stands alone in {self.text!r}")
        for match in _FIELD.finditer(self.text):
            if (match[2] or "") not in _STYLES:
                raise ValueError(
                    f"{match[2]!r} in {match[0]} is not a style: the only one is `check`"
                )
            if match[1].startswith("@") and match[1] not in ("@key", "@value"):
                raise ValueError(f"{match[1]} is not known: there are @key and @value")

    def lines(self, entries: Mapping[str, Any] | list[Any]) -> list[tuple[str, Any]]:
        """Return the line of each entry, with the entry.

        They are sorted, so that the order of the entries in the file is no change.
        """
        if isinstance(entries, Mapping):
            pairs = list(entries.items())
        else:
            pairs = [(str(number), entry) for number, entry in enumerate(entries, 1)]
        made = [(self._line(key, entry), entry) for key, entry in pairs]
        return sorted(made, key=lambda pair: pair[0])

    def _line(self, key: str, entry: Any) -> str:
        def fill(match: re.Match[str]) -> str:
            if match[1] == "@key":
                value: Any = key
            elif match[1] == "@value":
                value = entry
            else:
                value = entry.get(match[1]) if isinstance(entry, Mapping) else None
            return _shown(value, match[2] or "")

        return _FIELD.sub(fill, self.text)


def _shown(value: Any, style: str) -> str:
    if style == "check":
        return "✓" if value is True else "✗"
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


SHA = "@sha"
NOW = "@now"
PATH, FOLDER, SOURCE = "@path", "@folder", "@source"
#: What is known of a manifest's file.
OWN = (PATH, FOLDER, SOURCE)


@dataclass(frozen=True, slots=True)
class ReferencePattern:
    """A regular expression that takes the name out of a reference: its first group that matches.

    ``component:(?:default/)?(.+)`` makes ``search`` of ``component:default/search``. It has to
    match the whole reference, and may take two seconds over all the references of a run, whether
    each of them ends or not; ``monotonic`` is what time it is, in seconds.
    """

    text: str
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False, compare=False)
    _compiled: regex.Pattern[str] = field(init=False, repr=False, compare=False)
    _spent: list[float] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from lukhas_notion.manifests.json_schema.budget import compile_pattern

        compiled = compile_pattern(self.text)
        if not compiled.groups:
            raise ValueError("it has no group, which would take out the name")
        object.__setattr__(self, "_compiled", compiled)

    def name_in(self, reference: str) -> str | None:
        """Return the name, None where the reference does not match.

        Raises:
            TimeoutError: matching takes too long.
        """
        left = _SHARED_SECONDS - sum(self._spent)
        if left <= 0:
            raise TimeoutError
        begun = self.monotonic()
        try:
            found = self._compiled.fullmatch(reference, timeout=min(_SECONDS, left) + _FREE_SECONDS)
        finally:
            slow = self.monotonic() - begun - _FREE_SECONDS
            if slow > 0:
                self._spent.append(slow)
        return next(filter(None, found.groups()), None) if found else None


#: Seconds that one match may take, and all slow ones of a run together.
_SECONDS, _SHARED_SECONDS = 0.2, 2.0
#: Seconds of a match that do not count.
_FREE_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """How one Notion property gets its value.

    Args:
        name: the property's exact name in Notion.
        type: its type there.
        pointers: where in the manifest; the first that is there wins, unless ``collect``. One with
            ``*`` leads to several values.
        collect: take every pointer that is there, in order (an option each, or joined text).
        constant: the same value for every module; pointers are empty then.
        join: what stands between the items of a list in text.
        each: a line for every item of an object or a list, sorted, instead of ``join``.
        required: whether the database must have the property.
        needed: whether each manifest must have the value.
        gated: whether the names of a select, multi-select or status must be in a vocabulary.
        replaces: the default property whose place it takes, because both have one source.
        format: how Notion shows the numbers of a property that is added.
        scale: what a number is multiplied with: 0.01 for a column that is shown as percent.
        end: where the end of a date is, which is a range then; "" for a date alone.
        link: where the address is that text links to; with ``each`` it is in an entry.
        file_name: the name of each file, or where it is; "" for the last part of its address.
        target: where a relation leads: "" to this database, else the id of another one.
        pattern: what takes a name out of a relation's references; None where they are names.
        leaves_out: whether a name that no page or person has is left out, and is no violation.
        aliases: what people are called in manifests, in lower case → addresses or user ids.
        synced: the name of a two-way relation's other side; "" for one that Notion chooses.
    """

    name: str
    type: PropertyType
    pointers: tuple[str, ...] = ()
    collect: bool = False
    constant: Value = None
    join: str = ", "
    each: LineTemplate | None = None
    required: bool = True
    needed: bool = False
    gated: bool = True
    replaces: str = ""
    format: str = "number"
    scale: float = 1
    end: str = ""
    link: str = ""
    file_name: str = ""
    target: str = ""
    pattern: ReferencePattern | None = None
    leaves_out: bool = False
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    synced: str = ""

    @property
    def default_name(self) -> str:
        """The name that the default mapping knows it by, where it does."""
        return self.replaces or self.name

    @property
    def reads(self) -> tuple[str, ...]:
        """Every JSON pointer of a manifest that it reads."""
        return (*(each for each in self.pointers if each.startswith("/")), *self.aside)

    @property
    def aside(self) -> tuple[str, ...]:
        """The JSON pointers that it reads beside those of its value."""
        named = (self.end, "" if self.each else self.link, self.file_name)
        return tuple(pointer for pointer in named if pointer.startswith("/"))

    @property
    def source(self) -> tuple[tuple[str, ...], bool, Value]:
        """What it is fed from; properties with equal sources always hold the same."""
        return self.pointers, self.collect, self.constant

    @property
    def takes_names(self) -> bool:
        """Whether the manifests name its options, so that a vocabulary has to allow them."""
        return self.type.has_options and self.constant is None and self.gated

    @property
    def names_modules(self) -> bool:
        """Whether it is a relation within this database, which names modules by their keys."""
        return self.type is PropertyType.RELATION and not self.target

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


def web_address(spec: PropertySpec, pointer: str, got: object, rule: str) -> str:
    """Return an address that a property links to.

    Raises:
        ConversionError: by ``rule`` it is no web address, or it is too long for Notion.
    """
    address = got if isinstance(got, str) else str(got)
    if problem := limits.address_problem(address):
        if limits.WEB.fullmatch(address) and limits.text_units(address) > limits.MAX_URL:
            raise ConversionError(pointer, "limit.url", f"{spec.name}: the address {problem}")
        said = f"{spec.name} links to addresses that begin with https://, not {quote(address)}"
        raise ConversionError(pointer, rule, said)
    return address


@dataclass(frozen=True, slots=True)
class Feed:
    """What a property is fed from: a parsed manifest, and what is known of its file.

    Args:
        value: what the manifest says.
        own: the values of :data:`OWN`.
    """

    value: object
    own: Mapping[str, str] = field(default_factory=dict)

    def at(self, pointer: str) -> Any:
        """Return what is at a pointer, or the value of another source; None where there is none."""
        if pointer.startswith("@"):
            return self.own.get(pointer) or None
        return resolve(self.value, pointer)

    def find(self, pointer: str) -> list[Found]:
        """Return all that a pointer with ``*`` leads to, or what any other one leads to."""
        if pointer.startswith("@"):
            got = self.at(pointer)
            return [] if got is None else [(pointer, got)]
        return find(self.value, pointer)


def sources(spec: PropertySpec, feed: Feed) -> list[Found]:
    """Return what counts in this manifest: the first pointer's values, or those of all."""
    found: list[Found] = []
    for pointer in spec.pointers:
        found.extend(feed.find(pointer))
        if found and not spec.collect:
            break
    return found


def items(found: list[Found]) -> list[Found]:
    """Return each item of the lists that were found, with its own pointer."""
    listed: list[Found] = []
    for pointer, got in found:
        if isinstance(got, list):
            listed.extend((f"{pointer}/{index}", item) for index, item in enumerate(got))
        else:
            listed.append((pointer, got))
    return listed


def kind_of_json(item: object) -> str:
    """Return what a JSON value is, in words."""
    if isinstance(item, bool):
        return "true or false"
    if isinstance(item, Mapping):
        return "an object"
    if isinstance(item, list):
        return "a list"
    if item is None:
        return "null"
    return "text" if isinstance(item, str) else "a number"


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

    def shown(self, value: Value, _scale: float, /) -> str:
        """Return a value that is not empty as one line of plain text, for a report."""
        return ", ".join(value) if isinstance(value, tuple) else str(value)

    def configuration(self, _: PropertySpec, /) -> dict[str, Any]:
        """Return the settings of a new property, less its options."""
        return {}

    def mistyped(self, spec: PropertySpec, pointer: str, got: Any) -> ConversionError:
        """Return the error for a JSON value of another type."""
        said = f"{spec.name} is {self.noun}, not {kind_of_json(got)}"
        return ConversionError(pointer, "mapping.type", said)
