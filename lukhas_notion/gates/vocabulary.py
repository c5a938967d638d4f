"""The vocabulary gate: the canonical names that a property may take.

A vocabulary file is one of

- an object keyed by the canonical name, its values objects that may have ``synonyms``, a list;
- ``{"allowed": …}`` with a list or an object like these;
- a list of names, or of objects with ``name`` and perhaps ``synonyms``.

Keys that begin with ``$`` are for editors, not names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lukhas_notion.errors import ConfigError
from lukhas_notion.gates.limits import MAX_OPTION_NAME, text_units
from lukhas_notion.gates.words import quote
from lukhas_notion.jsontext import (
    MAX_BYTES,
    JsonTextError,
    JsonValue,
    decode,
    join_pointer,
    locate_nearest,
    parse_text,
)
from lukhas_notion.safefile import UnreadableError, read_regular
from lukhas_notion.util.nearest import NameIndex
from lukhas_notion.violation import Violation

_SEPARATORS = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names one property may take.

    Args:
        property_name: the property in Notion.
        path: the vocabulary file, as it is shown.
        names: the canonical names, in the order of the file.
        synonyms: folded synonym → canonical name; see :func:`fold`.
        unclear: what several canonical names are folded to, or are synonyms of.
        violations: what in the file Notion cannot hold, or names two things at once.
    """

    property_name: str
    path: str
    names: tuple[str, ...]
    synonyms: Mapping[str, str] = field(repr=False)
    unclear: frozenset[str] = frozenset()
    violations: tuple[Violation, ...] = ()
    _known: frozenset[str] = field(init=False, repr=False)
    _folded: dict[str, str] = field(init=False, repr=False)
    _index: NameIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", frozenset(self.names))
        canonical = {fold(name): name for name in reversed(self.names)}
        object.__setattr__(self, "_folded", {**canonical, **self.synonyms})
        object.__setattr__(self, "_index", NameIndex(self._folded))

    @classmethod
    def load(cls, property_name: str, path: Path, display_path: str) -> Vocabulary:
        """Read a vocabulary file; ``display_path`` is how messages name it.

        Raises:
            ConfigError: it cannot be read, is not JSON, or has none of the known shapes.
        """
        text, value = _read(path, display_path)
        try:
            entries = list(_entries(value))
        except _ShapeError as error:
            line = locate_nearest(text, error.pointer).line
            raise ConfigError(
                f"{display_path}:{line}: {error}",
                'A vocabulary is {"name": {"synonyms": […]}, …}, {"allowed": […]} or a list.',
            ) from None
        synonyms: dict[str, str] = {}
        meanings: dict[str, set[str]] = {}
        for entry in entries:
            meanings.setdefault(fold(entry.name), set()).add(entry.name)
            for synonym in entry.synonyms:
                synonyms.setdefault(fold(synonym), entry.name)
                meanings.setdefault(fold(synonym), set()).add(entry.name)
        names = tuple(dict.fromkeys(entry.name for entry in entries))
        unclear = frozenset(folded for folded, meant in meanings.items() if len(meant) > 1)
        found = tuple(sorted(_violations(entries, text, display_path)))
        return cls(property_name, display_path, names, synonyms, unclear, found)

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def certain(self, name: str) -> str:
        """Return the canonical name that ``name`` is a synonym or another spelling of, or "".

        It is never a guess: "" also for what may mean two names, and for a canonical name that
        Notion cannot hold.
        """
        folded = fold(name)
        meant = self._folded.get(folded, "")
        if not folded or folded in self.unclear or name_problem(meant):
            return ""
        return meant

    def suggest(self, name: str) -> str | None:
        """Return the canonical name that is meant: by synonym first, then by spelling."""
        folded = fold(name)
        if folded in self._folded:
            return self._folded[folded]
        near = self._index.nearest(folded, limit=1)
        return self._folded[near[0]] if near else None

    def check(
        self, name: str, *, path: str, line: int, column: int, pointer: str
    ) -> Violation | None:
        """Return the violation of a manifest that uses ``name``, or None when it may."""
        if name in self:
            return None
        message = f"{self.property_name}: {quote(name)} is not in the vocabulary ({self.path})"
        meant, fix = self.suggest(name), self.certain(name)
        if meant is None:
            remedy = f"Remove it, or add it to {self.path}."
        elif fold(name) in self._folded:
            remedy = f"Use {quote(meant)}."
        else:
            remedy = f"Use {quote(meant)}, or add it to {self.path}."
        return Violation(path, line, column, pointer, "vocabulary.unknown", message, remedy, fix)


def fold(name: str) -> str:
    """Return what two spellings of one name share: no case, no outer space, one separator."""
    return _SEPARATORS.sub(" ", name.casefold()).strip()


class _ShapeError(Exception):
    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    pointer: str
    synonyms: tuple[str, ...] = ()

    def synonym_pointer(self, index: int) -> str:
        return f"{self.pointer}/synonyms/{index}"


def _read(path: Path, display_path: str) -> tuple[str, JsonValue]:
    try:
        text = decode(read_regular(path, MAX_BYTES))
        return text, parse_text(text)
    except UnreadableError as error:
        raise ConfigError(f"{display_path}: {error.message}", error.remedy) from None
    except JsonTextError as error:
        place = f"{display_path}:{error.line}:{error.column}"
        raise ConfigError(f"{place}: {error.message}", error.remedy) from None


def _entries(value: JsonValue) -> Iterator[_Entry]:
    pointer = ""
    if isinstance(value, dict):
        named = {key: item for key, item in value.items() if not key.startswith("$")}
        allowed = named.get("allowed")
        if isinstance(allowed, list) or (isinstance(allowed, dict) and len(named) == 1):
            value, pointer = allowed, "/allowed"
    if isinstance(value, dict):
        for key, item in value.items():
            if not key.startswith("$"):
                place = pointer + join_pointer([key])
                yield _Entry(key, place, _synonyms(item, place))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield _listed(item, f"{pointer}/{index}")
    else:
        raise _ShapeError(pointer, "this is neither an object nor a list of names")


def _listed(item: JsonValue, pointer: str) -> _Entry:
    if isinstance(item, str):
        return _Entry(item, pointer)
    if isinstance(item, dict) and isinstance(item.get("name"), str):
        return _Entry(str(item["name"]), pointer, _synonyms(item, pointer))
    raise _ShapeError(pointer, 'an entry is a name, or an object with a "name"')


def _synonyms(item: JsonValue, pointer: str) -> tuple[str, ...]:
    given: Any = item.get("synonyms", []) if isinstance(item, dict) else []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise _ShapeError(f"{pointer}/synonyms", '"synonyms" is a list of texts')
    return tuple(given)


def _violations(entries: list[_Entry], text: str, path: str) -> Iterator[Violation]:
    def violation(pointer: str, rule: str, message: str, remedy: str) -> Violation:
        span = locate_nearest(text, pointer)
        return Violation(path, span.line, span.column, pointer, rule, message, remedy)

    by_case: dict[str, str] = {}
    for entry in entries:
        problem = name_problem(entry.name)
        if problem:
            message = f"{quote(entry.name)} {problem}"
            yield violation(entry.pointer, "vocabulary.name", message, "Choose another name.")
        other = by_case.setdefault(entry.name.casefold(), entry.name)
        if other != entry.name:
            message = f"{quote(other)} and {quote(entry.name)} differ only by case"
            yield violation(entry.pointer, "vocabulary.case", message, "Keep one of the two.")
    canonical = {fold(entry.name): entry.name for entry in entries}
    claimed: dict[str, str] = {}
    for entry in entries:
        for index, synonym in enumerate(entry.synonyms):
            owner = canonical.get(fold(synonym)) or claimed.setdefault(fold(synonym), entry.name)
            if owner != entry.name:
                message = f"{quote(synonym)} stands for both {quote(owner)} and {quote(entry.name)}"
                remedy = "Leave it with one of the two."
                yield violation(entry.synonym_pointer(index), "vocabulary.synonym", message, remedy)


def name_problem(name: str) -> str:
    """Return why Notion cannot hold an option of that name, or ""."""
    if not name.strip():
        return "is empty: an option needs a name"
    if "," in name:
        return "has a comma, which Notion does not take in an option"
    if text_units(name) > MAX_OPTION_NAME:
        return f"is longer than the {MAX_OPTION_NAME} characters Notion takes in an option"
    if any(unicodedata.category(char) == "Cc" for char in name):
        return "has a control character"
    return ""
