"""The vocabulary gate: check the names in a manifest, and replace synonyms by canonical names.

A violation knows the canonical name (``fix``) if the name certainly means it and if writing it
would be certain, too. It would not be

- where the value is a number, or the module's own name;
- where one place feeds several properties and not all of their vocabularies have the new name;
- in a list that is read by position and already has the new name: an item would be removed, and
  another one would move up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import NO_VOCABULARY, allow_any_name, write_vocabulary
from lukhas_notion.manifests.document import documents_of
from lukhas_notion.manifests.edits import Edit, UnprovenEdit, replace_texts
from lukhas_notion.manifests.json_values import find, is_match, resolve
from lukhas_notion.manifests.manifest import Manifest, Violation, read_file
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import ConversionError, PropertySpec
from lukhas_notion.plan.property_types import options
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.validate.vocabulary import Vocabulary, load_vocabularies

Use = tuple[str, str, Vocabulary]
"""The JSON pointer of a name, the name, and the vocabulary that must have it."""


def name_violations(
    manifest: Manifest, mapping: PropertyMapping, vocabularies: Mapping[str, Vocabulary]
) -> Iterator[Violation]:
    """Yield a violation for every name that is not in its property's vocabulary.

    Args:
        manifest: the manifest.
        mapping: names the places of its names.
        vocabularies: property → vocabulary; a property without one takes any name.
    """
    uses = [
        (pointer, name, vocabulary)
        for spec in mapping.properties
        if (vocabulary := vocabularies.get(spec.name)) is not None
        for pointer, name in _names(spec, manifest)
    ]
    violations = [
        vocabulary.violation(manifest, pointer, name)
        for pointer, name, vocabulary in uses
        if name not in vocabulary
    ]
    certain = {v.pointer: v.fix for v in violations if v.fix}
    refuted = set(_refuted(manifest, mapping, uses, certain)) if certain else set()
    for violation in violations:
        yield replace(violation, fix="") if violation.pointer in refuted else violation


def ungated_names(
    manifest: Manifest, mapping: PropertyMapping, gated: Collection[str]
) -> Iterator[Violation]:
    """Yield a violation for each property that must have a vocabulary, has none and has names.

    Args:
        manifest: the manifest.
        mapping: names the places of its names.
        gated: the properties with a vocabulary.
    """
    for spec in mapping.properties:
        if not spec.takes_names or spec.name in gated:
            continue
        if names := _names(spec, manifest):
            message = f"{spec.name}: there is no vocabulary, so no name is allowed"
            remedy = f"{write_vocabulary(spec.name)}, or {allow_any_name(spec.name)}."
            yield manifest.violation(names[0][0], NO_VOCABULARY, message, remedy)


def _names(spec: PropertySpec, manifest: Manifest) -> list[tuple[str, str]]:
    """Return (pointer, name) of a property; [] if the mapping reports a wrong type."""
    try:
        return options(spec, manifest.value)
    except ConversionError:
        return []


def _refuted(
    manifest: Manifest, mapping: PropertyMapping, uses: Sequence[Use], certain: Mapping[str, str]
) -> Iterator[str]:
    """Yield the pointers at which the canonical name must not be written."""
    for pointer in certain:
        is_text = isinstance(resolve(manifest.value, pointer), str)
        is_title = any(is_match(pointer, place) for place in mapping.title.pointers)
        if not is_text or is_title:
            yield pointer
    for pointer, _, vocabulary in uses:
        if pointer in certain and certain[pointer] not in vocabulary:
            yield pointer
    for place in _lists_read_by_position(manifest.value, mapping):
        yield from _duplicates(place, resolve(manifest.value, place), certain)


def _lists_read_by_position(value: object, mapping: PropertyMapping) -> set[str]:
    lists: set[str] = set()
    for pointer in (pointer for spec in mapping.properties for pointer in spec.pointers):
        place, _, token = pointer.rpartition("/")
        while place:
            if token.isdecimal():
                lists.update(at for at, items in find(value, place) if isinstance(items, list))
            place, _, token = place.rpartition("/")
    return lists


def _duplicates(place: str, items: Sequence[object], certain: Mapping[str, str]) -> Iterator[str]:
    """Yield the pointers of the list's items whose canonical name the list would have twice."""
    placed = [(f"{place}/{index}", item) for index, item in enumerate(items)]
    taken = {item for pointer, item in placed if pointer not in certain and isinstance(item, str)}
    for pointer, _ in placed:
        if pointer in certain and certain[pointer] in taken:
            yield pointer
        elif pointer in certain:
            taken.add(certain[pointer])


# --- fixes ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FixedFile:
    """A file of manifests before and after its names are fixed.

    Args:
        path: relative to the root, with forward slashes.
        before: the file's text, byte for byte.
        after: the fixed text.
        edits: the difference, in order.
    """

    path: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    edits: tuple[Edit, ...]

    @property
    def names(self) -> int:
        """The number of fixed names."""
        return sum(edit.asked for edit in self.edits)


@dataclass(frozen=True, slots=True)
class NotFixed:
    """A file that cannot be fixed, and why."""

    path: str
    message: str
    remedy: str = ""


@dataclass(slots=True)
class FixResult:
    """The files that are fixed, and those that cannot be."""

    fixed: list[FixedFile] = field(default_factory=list)
    not_fixed: list[NotFixed] = field(default_factory=list)

    @property
    def names(self) -> int:
        """The number of fixed names."""
        return sum(file.names for file in self.fixed)


def plan_fixes(config: Config, violations: Iterable[Violation]) -> FixResult:
    """Return how files with fixable violations are fixed. Nothing is written.

    Each file is read and checked again, so that the edits fit its current text.

    Raises:
        ConfigError: a vocabulary cannot be read.
    """
    fixes = FixResult()
    paths = sorted({v.path for v in violations if v.fix})
    vocabularies = load_vocabularies(config) if paths else {}
    for path in paths:
        read = read_file(config.root, path, config.form)
        manifests = [manifest for manifest in read if isinstance(manifest, Manifest)]
        if not manifests:
            violation = next(item for item in read if isinstance(item, Violation))
            fixes.not_fixed.append(NotFixed(path, violation.message, violation.remedy))
            continue
        names: dict[int | None, dict[str, str]] = defaultdict(dict)
        for manifest in manifests:
            for violation in name_violations(manifest, config.mapping, vocabularies):
                if violation.fix:
                    pointer = manifest.base + violation.pointer
                    names[manifest.document.number][pointer] = violation.fix
        text = manifests[0].document.text
        documents = documents_of(text, manifests[0].document.language)
        try:
            after, edits = replace_texts(
                documents, [names[document.number] for document in documents]
            )
        except UnprovenEdit as error:
            fixes.not_fixed.append(NotFixed(path, str(error), "Write the names by hand."))
            continue
        if edits:
            fixes.fixed.append(FixedFile(path, text, after, edits))
    return fixes


def write_fixes(config: Config, fixes: FixResult) -> FixResult:
    """Write the planned fixes; return which files are fixed now."""
    from lukhas_notion.util.write_files import replace_bytes

    result = FixResult(not_fixed=list(fixes.not_fixed))
    for file in fixes.fixed:
        path = config.root / file.path
        try:
            replace_bytes(path, file.before.encode(), file.after.encode(), root=config.root)
        except LukhasNotionError as error:
            result.not_fixed.append(NotFixed(file.path, error.message, error.remedy))
        else:
            result.fixed.append(file)
    return result
