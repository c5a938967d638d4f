"""Vocabularies: the canonical names that a property may take.

A vocabulary file is one of

- an object keyed by the canonical name, its values objects that may have ``synonyms``, a list;
- ``{"allowed": …}`` with a list or an object like these;
- a list of names, or of objects with ``name`` and perhaps ``synonyms``.

Keys that begin with ``$`` are for editors; they are not names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import among, write_vocabulary
from lukhas_notion.manifests.document import json_places, parse_text
from lukhas_notion.manifests.json_values import JsonValue, any_of, join_pointer, quote, why_same
from lukhas_notion.manifests.manifest import Manifest, Violation
from lukhas_notion.manifests.source_text import MAX_TEXT_BYTES, TextError, decode
from lukhas_notion.plan.values import option_problem
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.folder import RefusedFileError
from lukhas_notion.util.read_files import read_regular
from lukhas_notion.util.text import NameIndex, counted, difference, fold, looks_like

#: Warnings listed for one vocabulary; one more counts the others.
_MAX_WARNINGS = 5
#: Names suggested in one message.
_MAX_SUGGESTED = 3
_SEPARATORS = re.compile(r"[\s_-]+")
_SHAPES = 'Write a vocabulary: {"name": {"synonyms": […]}, …}, {"allowed": […]} or a list.'
#: Names and synonyms in all vocabularies of a run together.
MAX_NAMES = 100_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names one property may take.

    Args:
        property_name: the property in Notion.
        path: the vocabulary file, as messages name it.
        names: the valid canonical names, in the order of the file.
        synonyms: :func:`spelling` of a synonym → canonical name, for synonyms of one name only.
        unclear: spellings that several canonical names share, or that are synonyms of several.
        violations: the names that Notion cannot store, or that look the same as another.
        warnings: one sentence for each synonym that several names claim, and for synonyms in a
            place that is not read.
    """

    property_name: str
    path: str
    names: tuple[str, ...]
    synonyms: Mapping[str, str] = field(repr=False)
    unclear: frozenset[str] = frozenset()
    violations: tuple[Violation, ...] = ()
    warnings: tuple[str, ...] = ()
    _known: frozenset[str] = field(init=False, repr=False)
    _spelled: dict[str, str] = field(init=False, repr=False)
    _index: NameIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", frozenset(self.names))
        canonical = {spelling(name): name for name in reversed(self.names)}
        object.__setattr__(self, "_spelled", {**self.synonyms, **canonical})
        object.__setattr__(self, "_index", NameIndex(self._spelled))

    @property
    def size(self) -> int:
        """The number of names and synonyms."""
        return len(self._spelled)

    @classmethod
    def load(cls, property_name: str, path: Path, display_path: str) -> Vocabulary:
        """Read a vocabulary file; ``display_path`` is how messages name it.

        Raises:
            ConfigError: the file cannot be read, is not JSON, has none of the known shapes, or has
                more than :data:`MAX_NAMES` names.
        """
        try:
            content = read_regular(path, MAX_TEXT_BYTES)
        except RefusedFileError as error:
            raise ConfigError(f"{display_path}: {error.message}", error.remedy) from None
        return cls.parse(property_name, content, display_path)

    @classmethod
    def parse(cls, property_name: str, content: bytes, display_path: str) -> Vocabulary:
        """Return the vocabulary in a file's bytes; otherwise as :meth:`load`."""
        text, value = _parsed(content, display_path)
        try:
            entries = list(_entries(value))
        except _ShapeError as error:
            line = json_places(text).nearest(error.pointer).line
            raise ConfigError(f"{display_path}:{line}: {error}", _SHAPES) from None
        if (many := sum(1 + len(entry.synonyms) for entry in entries)) > MAX_NAMES:
            raise ConfigError(
                f"{display_path}: {many:,} names and synonyms are more than the {MAX_NAMES:,} that "
                "are read.",
                "Notion cannot show such a list: remove names that no manifest uses.",
            )
        violations = {v.pointer: v for v in _violations(entries, text, display_path)}
        usable = [entry for entry in entries if entry.pointer not in violations]
        meanings: dict[str, set[str]] = {}
        for entry in entries:
            for name in (entry.name, *entry.synonyms):
                meanings.setdefault(spelling(name), set()).add(entry.name)
        return cls(
            property_name,
            display_path,
            names=tuple(dict.fromkeys(entry.name for entry in usable)),
            synonyms={
                spelled: entry.name
                for entry in usable
                for spelled in map(spelling, entry.synonyms)
                if len(meanings[spelled]) == 1
            },
            unclear=frozenset(spelled for spelled, names in meanings.items() if len(names) > 1),
            violations=tuple(sorted(violations.values())),
            warnings=(*_unread(value, text, display_path), *_warnings(entries, text, display_path)),
        )

    def named(self, property_name: str) -> Vocabulary:
        """Return the same vocabulary for another property."""
        other = copy(self)
        object.__setattr__(other, "property_name", property_name)
        return other

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def certain(self, name: str) -> str:
        """Return the canonical name that ``name`` certainly means, or "".

        ``name`` must be a synonym or another spelling of one canonical name only.
        """
        spelled = spelling(name)
        return "" if not spelled or spelled in self.unclear else self._spelled.get(spelled, "")

    def suggestions(self, name: str) -> tuple[str, ...]:
        """Return up to three canonical names that ``name`` may mean, best first; () for none."""
        spelled = spelling(name)
        if spelled in self._spelled:
            return (self._spelled[spelled],)
        near = self._index.nearest(spelled, limit=_MAX_SUGGESTED)
        return tuple(dict.fromkeys(self._spelled[match] for match in near))

    def violation(self, manifest: Manifest, pointer: str, name: str) -> Violation:
        """Return the violation for a name that is not in the vocabulary.

        Args:
            manifest: the manifest that uses the name.
            pointer: the JSON pointer of the name.
            name: the name.
        """
        message = f"{self.property_name}: {quote(name)} is not in the vocabulary ({self.path})"
        near = self.suggestions(name)
        if near and (apart := difference(name, near[0])):
            message += f", which has {quote(near[0])}: {apart}"
        if not near:
            remedy = f"Use a name of {self.path}, or add {quote(name)} to that file."
        elif spelling(name) in self._spelled:
            remedy = f"Use {quote(near[0])}."
        else:
            remedy = f"Use {any_of(near, quote)}, or add {quote(name)} to {self.path}."
        return manifest.violation(
            pointer, "vocabulary.unknown", message, remedy, self.certain(name)
        )


def spelling(name: str) -> str:
    """Return the form that all spellings of a name share: folded, one kind of separator."""
    return _SEPARATORS.sub(" ", fold(name, case=True)).strip()


class VocabularyFiles:
    """Reads the vocabularies of several properties: each file once, :data:`MAX_NAMES` in total."""

    def __init__(self) -> None:
        self._files: dict[Path, Vocabulary] = {}
        self._names = 0

    def load(self, property_name: str, path: Path, display_path: str) -> Vocabulary:
        """Return the vocabulary of a property; see :meth:`Vocabulary.load`.

        Raises:
            ConfigError: it cannot be loaded, or the total is more than :data:`MAX_NAMES`.
        """
        if path not in self._files:
            self._files[path] = Vocabulary.load(property_name, path, display_path)
        vocabulary = self._files[path].named(property_name)
        self._names += vocabulary.size
        if self._names > MAX_NAMES:
            raise ConfigError(
                f"{display_path}: with {property_name}, the vocabularies have more than the "
                f"{MAX_NAMES:,} names that are read.",
                "Remove names that no manifest uses, or let fewer properties share a vocabulary.",
            )
        return vocabulary


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


def _parsed(content: bytes, display_path: str) -> tuple[str, JsonValue]:
    try:
        text = decode(content)
        return text, parse_text(text)
    except TextError as error:
        place = f"{display_path}:{error.line}:{error.column}"
        remedy = _SHAPES if error.rule == "json.empty" else error.remedy
        raise ConfigError(f"{place}: {error.message}", remedy) from None


def container_of(value: JsonValue) -> tuple[str, JsonValue]:
    """Return the list or object with the names of a file: its pointer, and itself."""
    if isinstance(value, dict):
        named = {key: item for key, item in value.items() if not key.startswith("$")}
        allowed = named.get("allowed")
        if isinstance(allowed, list) or (isinstance(allowed, dict) and len(named) == 1):
            return "/allowed", allowed
    return "", value


def _entries(value: JsonValue) -> Iterator[_Entry]:
    pointer, value = container_of(value)
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
    synonyms: Any = item.get("synonyms", []) if isinstance(item, dict) else []
    if not isinstance(synonyms, list) or not all(isinstance(name, str) for name in synonyms):
        raise _ShapeError(f"{pointer}/synonyms", '"synonyms" is a list of texts')
    return tuple(synonyms)


def _unread(value: JsonValue, text: str, path: str) -> Iterator[str]:
    """Yield a warning for the first place that looks like synonyms and is not read."""
    if not isinstance(value, dict):
        return
    if isinstance(value.get("allowed"), list):
        if "synonyms" in value:
            yield (
                f'{path}:{json_places(text).nearest("/synonyms").line}: "synonyms" next to '
                'the list of names is not read. Write them into the list: {"name": "…", '
                '"synonyms": […]}.'
            )
        return
    for key, item in value.items():
        if isinstance(item, list) and not key.startswith("$"):
            line = json_places(text).nearest(join_pointer([key])).line
            yield (
                f"{path}:{line}: the list of {quote(key)} is not read. If it has synonyms, write "
                '{"synonyms": […]}. If it has the names, rename it to "allowed".'
            )
            return


def _violations(entries: list[_Entry], text: str, path: str) -> Iterator[Violation]:
    """Yield at most one violation for each entry; of two equal names, for the later one."""

    def violation(entry: _Entry, rule: str, message: str, remedy: str) -> Violation:
        span = json_places(text).nearest(entry.pointer)
        return Violation(path, span.line, span.column, entry.pointer, rule, message, remedy)

    first: dict[str, str] = {}
    for entry in entries:
        name = entry.name
        if problem := option_problem(name):
            message = f"{quote(name)} {problem}"
            yield violation(entry, "vocabulary.name", message, "Choose another name.")
            continue
        other = first.setdefault(fold(name, case=True), name)
        if other != name:
            rule = "vocabulary.alike" if looks_like(other, name) else "vocabulary.case"
            message = f"{quote(other)} and {quote(name)} {why_same(other, name)}"
            yield violation(entry, rule, message, "Keep one of the two.")


def _warnings(entries: list[_Entry], text: str, path: str) -> Iterator[str]:
    """Yield a warning for each synonym that another name claims too, or is; at most a few."""
    owner = {spelling(entry.name): entry.name for entry in entries}
    contested: dict[str, tuple[str, str, str, str]] = {}
    for entry in entries:
        for index, synonym in enumerate(entry.synonyms):
            spelled = spelling(synonym)
            other = owner.setdefault(spelled, entry.name)
            if other != entry.name:
                place = entry.synonym_pointer(index)
                contested.setdefault(spelled, (place, synonym, other, entry.name))
    for place, synonym, first, second in islice(contested.values(), _MAX_WARNINGS):
        yield (
            f"{path}:{json_places(text).nearest(place).line}: the synonym {quote(synonym)} is "
            f"ignored, because both {quote(first)} and {quote(second)} claim it. "
            "Keep it with one of the two."
        )
    if len(contested) > _MAX_WARNINGS:
        rest = counted(len(contested) - _MAX_WARNINGS, "more synonym")
        yield f"{path}: {rest} are ignored, because two names claim each of them."


def load_vocabularies(config: Config, names: Sequence[str] | None = None) -> dict[str, Vocabulary]:
    """Read the vocabularies of the named properties; None for all that have one.

    Raises:
        ConfigError: a named property does not have one, or a file cannot be read.
    """
    require_vocabularies(config, names or ())
    files = VocabularyFiles()
    return {
        name: files.load(name, file.path, file.display)
        for name, file in config.vocabularies.items()
        if names is None or name in names
    }


def require_vocabularies(config: Config, names: Iterable[str]) -> None:
    """Check that each of the named properties has a vocabulary.

    Raises:
        ConfigError: one does not have a vocabulary, or cannot have one.
    """
    gated = [spec.name for spec in config.mapping.properties if spec.takes_names]
    for name in names:
        if name in config.vocabularies:
            continue
        if name in gated:
            message = f"There is no vocabulary for {quote(name)}."
            raise ConfigError(message, f"{write_vocabulary(name)}.")
        message = f"{quote(name)} is not a mapped property that takes names from a vocabulary."
        map_one = "Map a property of the type select, multi_select or status."
        raise ConfigError(message, among(name, gated) or map_one)
