"""The configuration of properties, page icons and page bodies: the sources of their values."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from lukhas_notion.manifests.json_values import PointedValue, find, quote, resolve
from lukhas_notion.plan.values import (
    PropertyType,
    Value,
    address_problem,
)

if TYPE_CHECKING:
    import regex


_FIELD = re.compile(r"\{(@?[^{}:]+)(?::([^{}]*))?\}")
_STYLES = ("", "check")


@dataclass(frozen=True, slots=True)
class LineTemplate:
    """The template of a line of text for each entry of an object or a list.

    ``{@key}`` is the entry's key, or its number from 1; ``{@value}`` is the entry, and ``{name}`` a
    field of it. ``{name:check}`` is ✓ if the field is true, else ✗.

    Raises:
        ValueError: the text is not a template.
    """

    text: str

    def __post_init__(self) -> None:
        rest = _FIELD.sub("", self.text)
        if "{" in rest or "}" in rest:
            raise ValueError(f"a brace has no partner in {self.text!r}")
        for match in _FIELD.finditer(self.text):
            if (match[2] or "") not in _STYLES:
                raise ValueError(
                    f"{match[2]!r} in {match[0]} is not a style: the only one is `check`"
                )
            if match[1].startswith("@") and match[1] not in ("@key", "@value"):
                raise ValueError(f"{match[1]} is not known: there are @key and @value")

    def lines(self, entries: Mapping[str, Any] | list[Any]) -> list[tuple[str, Any]]:
        """Return the line of each entry with the entry, sorted.

        Sorting makes the order of the entries in the file irrelevant.
        """
        if isinstance(entries, Mapping):
            pairs = list(entries.items())
        else:
            pairs = [(str(number), entry) for number, entry in enumerate(entries, 1)]
        lines = [(self._line(key, entry), entry) for key, entry in pairs]
        return sorted(lines, key=lambda pair: pair[0])

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
#: The facts about a manifest's file.
FILE_FACTS = (PATH, FOLDER, SOURCE)


@dataclass(frozen=True, slots=True)
class ReferencePattern:
    """A regular expression that extracts the name from a reference: its first matching group.

    ``component:(?:default/)?(.+)`` extracts ``search`` from ``component:default/search``. It must
    match the whole reference. All references of a run together may take two seconds, whether or not
    the matches end; ``clock`` returns this thread's processor time in seconds.

    Raises:
        ValueError: the text has no group.
    """

    text: str
    clock: Callable[[], float] = field(default=time.thread_time, repr=False, compare=False)
    _compiled: regex.Pattern[str] = field(init=False, repr=False, compare=False)
    _spent: list[float] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from lukhas_notion.manifests.json_schema.budget import compile_pattern

        compiled = compile_pattern(self.text)
        if not compiled.groups:
            raise ValueError("it has no group for the name")
        object.__setattr__(self, "_compiled", compiled)

    def name_in(self, reference: str) -> str | None:
        """Return the name, None if the reference does not match.

        Raises:
            TimeoutError: matching takes too long.
        """
        left = _SHARED_SECONDS - sum(self._spent)
        if left <= 0:
            raise TimeoutError
        begun = self.clock()
        try:
            found = self._compiled.fullmatch(reference, timeout=min(_SECONDS, left) + _FREE_SECONDS)
        finally:
            slow = self.clock() - begun - _FREE_SECONDS
            if slow > 0:
                self._spent.append(slow)
        return next(filter(None, found.groups()), None) if found else None


#: Seconds of one match at most, and of all slow matches of a run together.
_SECONDS, _SHARED_SECONDS = 0.2, 2.0
#: Seconds of a match that do not count.
_FREE_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """One Notion property and the source of its value.

    Args:
        name: the property's exact name in Notion.
        type: its type.
        pointers: JSON pointers into the manifest; the first one with a value counts, unless
            ``collect``. A pointer with ``*`` has several values.
        collect: use the values of all pointers, in order (an option each, or joined text).
        constant: the same value for every module, instead of pointers.
        join: the text between the items of a list.
        each: the template of a line for each item of an object or a list, instead of ``join``.
        required: whether the database must have the property.
        needed: whether each manifest must have a value.
        gated: whether the names of a select, multi-select or status must be in a vocabulary.
        replaces: the default property that it replaces, because both have the same source.
        format: Notion's format of numbers, for a property that is added.
        scale: the factor of a number: 0.01 for a percent column.
        end: the pointer to the end of a date range, "" for a single date.
        link: the pointer to the address that text links to; with ``each`` within an entry.
        file_name: the name of each file, or the pointer to it; "" for the last part of its address.
        target: the id of the database that a relation leads to, "" for this one.
        pattern: extracts the names from a relation's references; None if they are names.
        leaves_out: whether a name of no page or person is left out instead of a violation.
        aliases: names of people in manifests, in lower case → addresses or user ids.
        synced: the name of a two-way relation's other side, "" if Notion chooses it.
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
        """The name of the default property that it replaces, or its own."""
        return self.replaces or self.name

    @property
    def reads(self) -> tuple[str, ...]:
        """Every JSON pointer into the manifest that it reads."""
        return (*(each for each in self.pointers if each.startswith("/")), *self.aside)

    @property
    def aside(self) -> tuple[str, ...]:
        """The JSON pointers that it reads in addition to those of its value."""
        named = (self.end, "" if self.each else self.link, self.file_name)
        return tuple(pointer for pointer in named if pointer.startswith("/"))

    @property
    def source(self) -> tuple[tuple[str, ...], bool, Value]:
        """The source of its value; properties with equal sources have equal values."""
        return self.pointers, self.collect, self.constant

    @property
    def takes_names(self) -> bool:
        """Whether its options come from manifests and must be in a vocabulary."""
        return self.type.has_options and self.constant is None and self.gated

    @property
    def names_modules(self) -> bool:
        """Whether it is a relation within this database, with the keys of modules as names."""
        return self.type is PropertyType.RELATION and not self.target

    @property
    def is_sha(self) -> bool:
        """Whether its value is the provenance SHA."""
        return self.pointers == (SHA,)

    @property
    def is_now(self) -> bool:
        """Whether its value is the time of the write."""
        return self.pointers == (NOW,)


class ConversionError(Exception):
    """The property's type cannot hold a value.

    Args:
        pointer: the value's place in the manifest.
        rule: the rule that it breaks.
        message: the reason, without the place.
    """

    def __init__(self, pointer: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.rule = rule
        self.message = message


#: The name of a page's body in reports, next to the names of properties.
BODY = "Page body"


@dataclass(frozen=True, slots=True)
class BodySpec:
    """The source of page bodies, as Markdown.

    Args:
        file: the name of a file next to the manifest, "" for none.
        pointers: JSON pointers into the manifest; the first one with a value counts.
    """

    file: str = ""
    pointers: tuple[str, ...] = ()


#: The name of a page's icon in reports, next to the names of properties.
ICON = "Page icon"


@dataclass(frozen=True, slots=True)
class IconSpec:
    """The source of page icons.

    Args:
        constant: the icon of every page, "" if it depends on the manifest.
        pointers: JSON pointers into the manifest; the first one with a value counts.
        values: the icon for each value of a manifest; empty if the values are icons.
    """

    constant: str = ""
    pointers: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def icon(self, value: object) -> str | None:
        """Return the icon for a parsed manifest, None for no icon.

        Raises:
            ConversionError: the value is not an icon, or not one of ``values``.
        """
        if self.constant:
            return self.constant
        found = (each for pointer in self.pointers for each in find(value, pointer))
        pointer, got = next(found, ("", None))
        if got is None or got == "":
            return None
        text = got if isinstance(got, str) else json.dumps(got)
        if self.values:
            if text not in self.values:
                known = ", ".join(list(self.values)[:10])
                message = f"{quote(text)} has no icon; [page] icon has one for {known}"
                raise ConversionError(pointer, "mapping.icon", message)
            return self.values[text]
        if problem := icon_problem(text):
            raise ConversionError(pointer, "mapping.icon", f"{quote(text)} {problem}")
        return text


def icon_problem(text: str) -> str:
    """Return why a text cannot be an icon, or ""."""
    if text.lower().startswith(("http://", "https://")):
        return address_problem(text)
    if _PICTOGRAPH.fullmatch(text) or _emoji().fullmatch(text):
        return ""
    return "is neither one emoji nor a web address"


#: One sign of the blocks that have only emoji. Most icons match, and regex is not imported.
_PICTOGRAPH = re.compile(
    "[\U0001f300-\U0001f320\U0001f400-\U0001f4fc\U0001f4ff-\U0001f53d\U0001f5fb-\U0001f64f"
    "\U0001f680-\U0001f6c5\U0001f7e0-\U0001f7eb\U0001f90c-\U0001f93a\U0001f947-\U0001f9ff]"
)


@cache
def _emoji() -> regex.Pattern[str]:
    """Return the pattern of one emoji (Unicode Technical Standard #51, section 1.4.9).

    It is not known which emoji Notion accepts, so the pattern accepts everything that is shown as
    one sign. The number of joined signs and of a flag's tags is that of the longest known emoji.
    """
    import regex  # slow to import

    sign = r"(?:\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)"
    flag = "(?:\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    keycap, letters = r"(?:[0-9#*]\ufe0f?\u20e3)", "(?:[\U0001f1e6-\U0001f1ff]{2})"
    return regex.compile(rf"{keycap}|{letters}|{flag}|{sign}(?:\u200d{sign}){{0,3}}")


@dataclass(frozen=True, slots=True)
class Feed:
    """The source of a property's value: a parsed manifest, and the facts about its file.

    Args:
        value: the parsed manifest.
        own: path, folder and address of its file, by the names in :data:`FILE_FACTS`.
    """

    value: object
    own: Mapping[str, str] = field(default_factory=dict)

    def at(self, pointer: str) -> Any:
        """Return the value at a pointer or of a fact about the file; None without one."""
        if pointer.startswith("@"):
            return self.own.get(pointer) or None
        return resolve(self.value, pointer)

    def find(self, pointer: str) -> list[PointedValue]:
        """Return the values at a pointer: with ``*`` several, else at most one."""
        if pointer.startswith("@"):
            got = self.at(pointer)
            return [] if got is None else [(pointer, got)]
        return find(self.value, pointer)


def sources(spec: PropertySpec, feed: Feed) -> list[PointedValue]:
    """Return the values of the first pointer that has one; with ``collect`` of all pointers."""
    found: list[PointedValue] = []
    for pointer in spec.pointers:
        found.extend(feed.find(pointer))
        if found and not spec.collect:
            break
    return found
