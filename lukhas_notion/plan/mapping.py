"""Which JSON pointer feeds which Notion property: data, not code.

A mapping is a tuple of :class:`~lukhas_notion.plan.property_spec.PropertySpec`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from lukhas_notion.manifests.json_values import JsonValue, quote
from lukhas_notion.manifests.manifest import Manifest, Violation, file_of, provenance_sha
from lukhas_notion.plan.page_record import DesiredBody
from lukhas_notion.plan.property_spec import (
    FOLDER,
    ICON,
    PATH,
    SOURCE,
    BodySpec,
    ConversionError,
    Feed,
    IconSpec,
    PropertySpec,
    sources,
)
from lukhas_notion.plan.property_types import convert, empty, encode
from lukhas_notion.plan.source import Source
from lukhas_notion.plan.values import MAX_PAYLOAD_BYTES, PropertyType, Value, names_of, one_copy
from lukhas_notion.util.errors import ConfigError
from lukhas_notion.util.text import fold, name_problem

_REMEDIES = {
    "mapping.required": "Add it: [properties] asks for it with `required_from`.",
    "mapping.several": "Name one of them by its number in place of the *.",
}
#: Characters around a value in a request: names and brackets.
_ROOM = 40


@dataclass(frozen=True, slots=True)
class Desired:
    """What one manifest wants Notion to hold.

    Args:
        module: the module's name, which is the page's title.
        path: the manifest, relative to the root.
        sha: its provenance SHA.
        values: every mapped property but the one fed by ``@now``; a property that the manifest
            says nothing of has its type's empty value, which clears it in Notion.
        named: what identifies the module through renames, where that is not its name.
        body: what the page's body is made from; None where there is nothing, which leaves the
            body of a page as it is.
        left_out: the names that the manifest has and ``values`` has not, because nothing and nobody
            has them: property → names.
    """

    module: str
    path: str
    sha: str
    values: Mapping[str, Value]
    named: str = ""
    body: DesiredBody | None = None
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def leaving_out(self, name: str, lost: Iterable[str]) -> Desired:
        """Return the same less some names in a property, which it takes note of."""
        gone = set(lost)
        named = names_of(self.values[name])
        out = (*self.left_out.get(name, ()), *(each for each in named if each in gone))
        kept = tuple(each for each in named if each not in gone)
        values, left_out = {**self.values, name: kept}, {**self.left_out, name: out}
        return replace(self, values=values, left_out=left_out)

    @property
    def key(self) -> str:
        """What identifies the module through renames."""
        return self.named or self.module


@dataclass(frozen=True, slots=True)
class PropertyMapping:
    """All the properties that are written, in order.

    Made by :mod:`lukhas_notion.config.config`, which has checked that exactly one is the title,
    exactly one holds the SHA and at most one the moment of the write. ``key`` has the JSON pointers
    of what identifies a module, of which the first that is there counts; without any it is the
    title. ``hashes_values`` says that the provenance SHA is over the mapped values, and not over
    the manifest. ``body`` and ``icon`` say where the bodies and the icons of pages come from.
    ``source`` is the repository, where it is known: only a run knows it.
    """

    properties: tuple[PropertySpec, ...]
    key: tuple[str, ...] = ()
    hashes_values: bool = False
    body: BodySpec | None = None
    icon: IconSpec | None = None
    source: Source | None = None
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
        """The type of each value that is compared: all but the moment of the write.

        The icon of a page is one of them, and no property.
        """
        types = {p.name: p.type for p in self.properties if not p.is_now}
        return {**types, ICON: PropertyType.ICON} if self.icon else types

    def scale(self, name: str) -> float:
        """Return what the numbers of a property are multiplied with."""
        return next((p.scale for p in self.properties if p.name == name), 1)

    def without(self, names: set[str]) -> PropertyMapping:
        """Return the mapping less optional properties that the database does not have."""
        return replace(self, properties=tuple(p for p in self.properties if p.name not in names))

    @property
    def names_source(self) -> bool:
        """Whether a property holds the address of a manifest."""
        return any(SOURCE in (*spec.pointers, spec.link) for spec in self.properties)

    def of(self, source: Source) -> PropertyMapping:
        """Return the mapping of a repository's manifests.

        Raises:
            ConfigError: a property holds the address of a manifest, and the repository has none.
        """
        if self.names_source and source.is_weak:
            raise ConfigError(
                f"A property holds the manifest's address ({SOURCE}), and the repository's address "
                "is not known.",
                "Run `git remote add origin URL`, or name the repository with --source OWNER/REPO.",
            )
        return replace(self, source=source) if self.names_source else self

    def constant_options(self) -> dict[str, tuple[str, ...]]:
        """Return the option names that the mapping itself gives, by property."""
        found: dict[str, tuple[str, ...]] = {}
        for spec in self.properties:
            if spec.type.has_options and spec.constant is not None:
                constant = spec.constant
                names = constant if isinstance(constant, tuple) else (str(constant),)
                found[spec.name] = tuple(dict.fromkeys(names))
        return found

    def module_name(self, value: object, path: str = "") -> str | None:
        """Return the module's name in a parsed manifest at a path, or None where there is none."""
        try:
            name = convert(self.title, value, self._own(path))
        except ConversionError:
            return None
        return name if isinstance(name, str) and fold(name) else None

    def module_key(self, value: object, path: str = "") -> str | None:
        """Return what identifies the module in a parsed manifest, or None where there is none."""
        if not self.key:
            return self.module_name(value, path)
        feed = Feed(value, self._own(path))
        found = next((got for p in self.key if (got := feed.at(p)) is not None), None)
        if isinstance(found, str):
            return found if fold(found) else None
        return json.dumps(found) if isinstance(found, int | float) else None

    def desired(self, manifest: Manifest) -> tuple[Desired | None, list[Violation]]:
        """Return what the manifest wants, or every reason why Notion cannot hold it."""
        values, problems = self._values(manifest)
        if problems:
            return None, problems
        sha = self._sha_of(values) if self.hashes_values else manifest.sha
        values[self.sha.name] = sha
        named = (self.module_key(manifest.value, manifest.path) or "") if self.key else ""
        title = str(values[self.title.name])
        return Desired(title, manifest.path, sha, values, named), []

    def _sha_of(self, values: Mapping[str, Value]) -> str:
        """Return the SHA-256 of the values that a page shows: canonical JSON, by property."""
        shown: dict[str, JsonValue] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if name != self.sha.name
        }
        return provenance_sha(shown, ())

    def problems(self, manifest: Manifest) -> list[Violation]:
        """Return every reason why Notion cannot hold the manifest; its SHA is not asked for."""
        return self._values(manifest)[1]

    def _values(self, manifest: Manifest) -> tuple[dict[str, Value], list[Violation]]:
        """Return the value of every compared property, the SHA's as a blank of its length."""
        values: dict[str, Value] = {}
        problems: list[Violation] = []
        own = self._own(manifest.path)
        for spec in self.properties:
            if spec.is_now:
                continue
            try:
                value = " " * 64 if spec.is_sha else convert(spec, manifest.value, own)
                if spec.needed:
                    self._require_value(spec, value, Feed(manifest.value, own))
            except ConversionError as error:
                problems.append(_violation(manifest, error, _REMEDIES.get(error.rule, "")))
            else:
                values[spec.name] = one_copy(value)
        if self.icon:
            try:
                values[ICON] = one_copy(self.icon.icon(manifest.value))
            except ConversionError as error:
                problems.append(_violation(manifest, error))
        title = values.get(self.title.name)
        if isinstance(title, str) and (problem := name_problem(title)):
            problems.append(self._unreadable_name(manifest, title, problem))
        if self.key and self.module_key(manifest.value, manifest.path) is None:
            keyless = ConversionError(self.key[0], "mapping.key", "the module has no key")
            listed = " or ".join(self.key)
            remedy = f"Give it a text or a number at {listed}: [mapping] key names it."
            problems.append(_violation(manifest, keyless, remedy))
        if not problems:
            problems.extend(self._too_large(manifest, values))
        return values, problems

    def _require_value(self, spec: PropertySpec, value: Value, feed: Feed) -> None:
        """Check that a manifest has a value for a property.

        Raises:
            ConversionError: it has none, or an empty one.
        """
        if not sources(spec, feed) or (value == empty(spec.type) and value is not False):
            where = " or ".join(spec.pointers)
            said = f"{spec.name} has no value: nothing is at {where}"
            raise ConversionError(spec.pointers[0], "mapping.required", said)

    def _own(self, path: str) -> dict[str, str]:
        """Return what is known of a manifest's file, by source."""
        # The name of a file need not be UTF-8, and what Notion shows has to be.
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        address = self.source.page(path) if self.source else ""
        return {PATH: shown, FOLDER: file_of(shown).rpartition("/")[0], SOURCE: address}

    def _unreadable_name(self, manifest: Manifest, title: str, problem: str) -> Violation:
        """Return the violation of a module without a name, or with one that misleads a reader."""
        if not title.strip():
            where = " or ".join(self.title.pointers)
            nameless = ConversionError(
                "", "mapping.title", f"the module has no name: {where} is empty"
            )
            return _violation(manifest, nameless, "Give the manifest a module name.")
        found = sources(self.title, Feed(manifest.value, self._own(manifest.path)))
        pointer = found[0][0] if found[0][0].startswith("/") else ""
        error = ConversionError(
            pointer, "module.name", f"the module's name {quote(title)} {problem}"
        )
        return _violation(manifest, error, "Write the name without it.")

    def _too_large(self, manifest: Manifest, values: Mapping[str, Value]) -> Iterator[Violation]:
        # A character takes six bytes at the most, as an escape.
        if 6 * sum(map(_characters, values.values())) < MAX_PAYLOAD_BYTES // 2:
            return
        body = {name: encode(kind, values[name]) for name, kind in self.types.items()}
        size = len(json.dumps(body, ensure_ascii=False).encode()) + 1_000
        if size > MAX_PAYLOAD_BYTES:
            said = f"the page would weigh {size:,} bytes; Notion takes {MAX_PAYLOAD_BYTES:,}"
            error = ConversionError("", "limit.payload", said)
            yield _violation(manifest, error, "Shorten the texts, or map fewer of them.")


def _characters(value: Value) -> int:
    """Return about how many characters a value takes in a request, rather too many."""
    names = value if isinstance(value, tuple) else (value,)
    return sum(len(name) if isinstance(name, str) else _ROOM for name in names) + _ROOM * len(names)


def _violation(manifest: Manifest, error: ConversionError, remedy: str = "") -> Violation:
    line, column = manifest.place(error.pointer)
    return Violation(manifest.path, line, column, error.pointer, error.rule, error.message, remedy)
