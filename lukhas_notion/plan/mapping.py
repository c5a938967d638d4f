"""The mapping of manifests to properties, and the desired state that it makes of a manifest."""

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
#: Characters around a value in a request: keys and brackets.
_ROOM = 40


@dataclass(frozen=True, slots=True)
class Desired:
    """The state of a page that one manifest describes.

    Args:
        module: the module's name, which is the page's title.
        path: the manifest, relative to the root.
        sha: its provenance SHA.
        values: every mapped property except the one fed by ``@now``; a property without a value in
            the manifest has its type's empty value, which clears it in Notion.
        named: the module's key through renames, if it is not the name.
        body: the source of the page's body; None leaves the body unchanged.
        left_out: property → names in the manifest that no page or person has, and that ``values``
            does not have.
    """

    module: str
    path: str
    sha: str
    values: Mapping[str, Value]
    named: str = ""
    body: DesiredBody | None = None
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def leaving_out(self, name: str, lost: Iterable[str]) -> Desired:
        """Return the state without some names of a property, which ``left_out`` has then."""
        gone = set(lost)
        names = names_of(self.values[name])
        out = (*self.left_out.get(name, ()), *(each for each in names if each in gone))
        kept = tuple(each for each in names if each not in gone)
        values, left_out = {**self.values, name: kept}, {**self.left_out, name: out}
        return replace(self, values=values, left_out=left_out)

    @property
    def key(self) -> str:
        """The module's key, which stays the same when the module is renamed."""
        return self.named or self.module


@dataclass(frozen=True, slots=True)
class PropertyMapping:
    """All properties that are written, in order.

    :mod:`lukhas_notion.config` makes it, and checks that exactly one property is the title, exactly
    one holds the SHA and at most one the time of the write.

    Args:
        properties: the properties.
        key: the JSON pointers to a module's key; the first one with a value counts. Without
            pointers the key is the title.
        hashes_values: whether the provenance SHA is over the mapped values instead of the manifest.
        body: the source of page bodies.
        icon: the source of page icons.
        source: the repository, which only a run knows.
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
        """The type of each value that is compared: all but the time of the write, and the icon."""
        types = {p.name: p.type for p in self.properties if not p.is_now}
        return {**types, ICON: PropertyType.ICON} if self.icon else types

    def scale(self, name: str) -> float:
        """Return the factor of a property's numbers."""
        return next((p.scale for p in self.properties if p.name == name), 1)

    def without(self, names: set[str]) -> PropertyMapping:
        """Return the mapping without optional properties that the database does not have."""
        return replace(self, properties=tuple(p for p in self.properties if p.name not in names))

    @property
    def names_source(self) -> bool:
        """Whether a property has the address of the manifest."""
        return any(SOURCE in (*spec.pointers, spec.link) for spec in self.properties)

    def of(self, source: Source) -> PropertyMapping:
        """Return the mapping of a repository's manifests.

        Raises:
            ConfigError: a property has the address of the manifest, and the repository's address
                is not known.
        """
        if self.names_source and source.is_weak:
            raise ConfigError(
                f"A property holds the manifest's address ({SOURCE}), and the repository's address "
                "is not known.",
                "Run `git remote add origin URL`, or name the repository with --source OWNER/REPO.",
            )
        return replace(self, source=source) if self.names_source else self

    def constant_options(self) -> dict[str, tuple[str, ...]]:
        """Return the constant option names of the mapping, by property."""
        found: dict[str, tuple[str, ...]] = {}
        for spec in self.properties:
            if spec.type.has_options and spec.constant is not None:
                constant = spec.constant
                names = constant if isinstance(constant, tuple) else (str(constant),)
                found[spec.name] = tuple(dict.fromkeys(names))
        return found

    def module_name(self, value: object, path: str = "") -> str | None:
        """Return the module's name in a parsed manifest, or None without one."""
        try:
            name = convert(self.title, value, self._own(path))
        except ConversionError:
            return None
        return name if isinstance(name, str) and fold(name) else None

    def module_key(self, value: object, path: str = "") -> str | None:
        """Return the module's key in a parsed manifest, or None without one."""
        if not self.key:
            return self.module_name(value, path)
        feed = Feed(value, self._own(path))
        found = next((got for p in self.key if (got := feed.at(p)) is not None), None)
        if isinstance(found, str):
            return found if fold(found) else None
        return json.dumps(found) if isinstance(found, int | float) else None

    def desired(self, manifest: Manifest) -> tuple[Desired | None, list[Violation]]:
        """Return the desired state, or every reason why Notion cannot hold it."""
        values, problems = self._values(manifest)
        if problems:
            return None, problems
        sha = self._sha_of(values) if self.hashes_values else manifest.sha
        values[self.sha.name] = sha
        named = (self.module_key(manifest.value, manifest.path) or "") if self.key else ""
        title = str(values[self.title.name])
        return Desired(title, manifest.path, sha, values, named), []

    def _sha_of(self, values: Mapping[str, Value]) -> str:
        """Return the SHA-256 of the values as canonical JSON, without the SHA's own property."""
        shown: dict[str, JsonValue] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in values.items()
            if name != self.sha.name
        }
        return provenance_sha(shown, ())

    def _values(self, manifest: Manifest) -> tuple[dict[str, Value], list[Violation]]:
        """Return the value of every compared property; the SHA is blank, and of its length."""
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
                problems.append(_violation(manifest, error))
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
            listed = " or ".join(self.key)
            remedy = f"Give it a text or a number at {listed}: [mapping] key names it."
            message = "the module has no key"
            problems.append(manifest.violation(self.key[0], "mapping.key", message, remedy))
        if not problems:
            problems.extend(self._too_large(manifest, values))
        return values, problems

    def _require_value(self, spec: PropertySpec, value: Value, feed: Feed) -> None:
        """Check that a manifest has a value for a property.

        Raises:
            ConversionError: it has no value, or an empty one.
        """
        if not sources(spec, feed) or (value == empty(spec.type) and value is not False):
            where = " or ".join(spec.pointers)
            message = f"{spec.name} has no value: nothing is at {where}"
            raise ConversionError(spec.pointers[0], "mapping.required", message)

    def _own(self, path: str) -> dict[str, str]:
        """Return the facts about a manifest's file; see :class:`Feed`."""
        # A file's name need not be UTF-8, but Notion's text must be.
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        address = self.source.page(path) if self.source else ""
        return {PATH: shown, FOLDER: file_of(shown).rpartition("/")[0], SOURCE: address}

    def _unreadable_name(self, manifest: Manifest, title: str, problem: str) -> Violation:
        """Return the violation of a module without a name, or with an unreadable one."""
        if not title.strip():
            where = " or ".join(self.title.pointers)
            message = f"the module has no name: {where} is empty"
            remedy = "Give the manifest a module name."
            return manifest.violation("", "mapping.title", message, remedy)
        found = sources(self.title, Feed(manifest.value, self._own(manifest.path)))
        pointer = found[0][0] if found[0][0].startswith("/") else ""
        message = f"the module's name {quote(title)} {problem}"
        return manifest.violation(pointer, "module.name", message, "Write the name without it.")

    def _too_large(self, manifest: Manifest, values: Mapping[str, Value]) -> Iterator[Violation]:
        # A character takes at most six bytes, as an escape.
        if 6 * sum(map(_characters, values.values())) < MAX_PAYLOAD_BYTES // 2:
            return
        body = {name: encode(kind, values[name]) for name, kind in self.types.items()}
        size = len(json.dumps(body, ensure_ascii=False).encode()) + 1_000
        if size > MAX_PAYLOAD_BYTES:
            message = f"the page would have {size:,} bytes; Notion accepts {MAX_PAYLOAD_BYTES:,}"
            remedy = "Shorten the texts, or map fewer of them."
            yield manifest.violation("", "limit.payload", message, remedy)


def _characters(value: Value) -> int:
    """Return an upper estimate of the characters of a value in a request."""
    names = value if isinstance(value, tuple) else (value,)
    return sum(len(name) if isinstance(name, str) else _ROOM for name in names) + _ROOM * len(names)


def _violation(manifest: Manifest, error: ConversionError) -> Violation:
    remedy = _REMEDIES.get(error.rule, "")
    return manifest.violation(error.pointer, error.rule, error.message, remedy)
