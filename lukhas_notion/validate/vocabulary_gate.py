"""The vocabulary gate: check the names in a manifest, and replace synonyms by canonical names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.config.config import Config
from lukhas_notion.config.gates import NO_VOCABULARY, allow_any_name, write_vocabulary
from lukhas_notion.manifests.document import documents_of
from lukhas_notion.manifests.edits import Edit, UnprovenEdit, edited
from lukhas_notion.manifests.json_values import find, is_meant, resolve
from lukhas_notion.manifests.manifest import Manifest, Violation, read_file
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import ConversionError
from lukhas_notion.plan.property_types import options
from lukhas_notion.util.errors import LukhasNotionError
from lukhas_notion.validate.vocabulary import Vocabulary, load_vocabularies

Use = tuple[str, str, Vocabulary]
"""Where a name stands (a JSON pointer), the name, and the vocabulary that it has to be in."""


def name_violations(
    manifest: Manifest, mapping: PropertyMapping, vocabularies: Mapping[str, Vocabulary]
) -> Iterator[Violation]:
    """Yield a violation for every name that is not in its property's vocabulary.

    Args:
        manifest: the manifest with the names.
        mapping: where they stand.
        vocabularies: by the property's name; a property without one takes any name.
    """
    uses = list(_uses(manifest, mapping, vocabularies))
    found = [v for use in uses if (v := _violation(manifest, *use)) is not None]
    certain = {v.pointer: v.fix for v in found if v.fix}
    refuted = set(_refuted(manifest, mapping, uses, certain)) if certain else set()
    for violation in found:
        yield replace(violation, fix="") if violation.pointer in refuted else violation


def ungated_names(
    manifest: Manifest, mapping: PropertyMapping, gated: Collection[str]
) -> Iterator[Violation]:
    """Yield a violation for each property that the manifest names values for and nothing gates.

    Args:
        manifest: what names values.
        mapping: where they stand.
        gated: the properties that have a vocabulary.
    """
    for spec in mapping.properties:
        if not spec.takes_names or spec.name in gated:
            continue
        try:
            named = options(spec, manifest.value)
        except ConversionError:  # the mapping reports it
            continue
        if named:
            pointer, _ = named[0]
            line, column = manifest.place(pointer)
            said = f"{spec.name}: there is no vocabulary, so no name is allowed"
            remedy = f"{write_vocabulary(spec.name)}, or {allow_any_name(spec.name)}."
            yield Violation(manifest.path, line, column, pointer, NO_VOCABULARY, said, remedy)


def _uses(
    manifest: Manifest, mapping: PropertyMapping, vocabularies: Mapping[str, Vocabulary]
) -> Iterator[Use]:
    for spec in mapping.properties:
        vocabulary = vocabularies.get(spec.name)
        if vocabulary is None:
            continue
        try:
            named = options(spec, manifest.value)
        except ConversionError:  # the mapping reports it
            continue
        for pointer, name in named:
            yield pointer, name, vocabulary


def _violation(
    manifest: Manifest, pointer: str, name: str, vocabulary: Vocabulary
) -> Violation | None:
    if name in vocabulary:
        return None
    line, column = manifest.place(pointer)
    return vocabulary.check(name, path=manifest.path, line=line, column=column, pointer=pointer)


def _refuted(
    manifest: Manifest, mapping: PropertyMapping, uses: Sequence[Use], certain: Mapping[str, str]
) -> Iterator[str]:
    """Yield the pointers at which the canonical name is not to be written after all."""
    for pointer in certain:
        is_text = isinstance(resolve(manifest.value, pointer), str)
        is_title = any(is_meant(pointer, each) for each in mapping.title.pointers)
        if not is_text or is_title:
            yield pointer
    for pointer, _, vocabulary in uses:
        if pointer in certain and certain[pointer] not in vocabulary:
            yield pointer
    for place in _read_by_position(manifest.value, mapping):
        yield from _twice(place, resolve(manifest.value, place), certain)


def _read_by_position(value: object, mapping: PropertyMapping) -> set[str]:
    """Return the lists out of which a pointer of the mapping takes an item by its number."""
    found: set[str] = set()
    for pointer in (pointer for spec in mapping.properties for pointer in spec.pointers):
        place, _, token = pointer.rpartition("/")
        while place:
            if token.isdecimal():
                found.update(at for at, items in find(value, place) if isinstance(items, list))
            place, _, token = place.rpartition("/")
    return found


def _twice(place: str, items: Sequence[object], certain: Mapping[str, str]) -> Iterator[str]:
    """Yield the items of a list whose new name would stand there twice."""
    placed = [(f"{place}/{index}", item) for index, item in enumerate(items)]
    taken = {item for pointer, item in placed if pointer not in certain and isinstance(item, str)}
    for pointer, _ in placed:
        if pointer in certain and certain[pointer] in taken:
            yield pointer
        elif pointer in certain:
            taken.add(certain[pointer])


@dataclass(frozen=True, slots=True)
class FixedFile:
    """One file of manifests, as it is and as it is to be.

    Args:
        path: relative to the root, with forward slashes.
        before: the file's text, byte for byte.
        after: what it becomes.
        edits: the difference, in order.
    """

    path: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    edits: tuple[Edit, ...]

    @property
    def names(self) -> int:
        """How many names are fixed."""
        return sum(edit.asked for edit in self.edits)


@dataclass(frozen=True, slots=True)
class NotFixed:
    """A file that is left as it is, and why."""

    path: str
    message: str
    remedy: str = ""


@dataclass(slots=True)
class FixResult:
    """What fixing several files came to."""

    fixed: list[FixedFile] = field(default_factory=list)
    not_fixed: list[NotFixed] = field(default_factory=list)

    @property
    def names(self) -> int:
        """How many names are fixed."""
        return sum(each.names for each in self.fixed)


def plan_fixes(config: Config, violations: Iterable[Violation]) -> FixResult:
    """Work out what the manifests with a fixable violation are to be. Nothing is written.

    Each is read anew and its names are checked once more, so that what is replaced is what is
    there now.

    Raises:
        ConfigError: a vocabulary cannot be read.
    """
    fixes = FixResult()
    paths = sorted({v.path for v in violations if v.fix})
    vocabularies = load_vocabularies(config) if paths else {}
    for path in paths:
        found = read_file(config.root, path, config.form)
        manifests = [each for each in found if isinstance(each, Manifest)]
        if not manifests:
            wrong = next(each for each in found if isinstance(each, Violation))
            fixes.not_fixed.append(NotFixed(path, wrong.message, wrong.remedy))
            continue
        text, language = manifests[0].document.text, manifests[0].document.language
        texts: dict[int | None, dict[str, str]] = defaultdict(dict)
        for manifest in manifests:
            names = name_violations(manifest, config.mapping, vocabularies)
            fixed = {manifest.base + v.pointer: v.fix for v in names if v.fix}
            texts[manifest.document.number] |= fixed
        documents = documents_of(text, language)
        try:
            after, edits = edited(documents, [texts[each.number] for each in documents])
        except UnprovenEdit as error:
            fixes.not_fixed.append(NotFixed(path, str(error), "Write the names by hand."))
            continue
        if edits:
            fixes.fixed.append(FixedFile(path, text, after, edits))
    return fixes


def write(config: Config, fixes: FixResult) -> FixResult:
    """Write what was worked out; a file that cannot be written stays as it is and is reported."""
    from lukhas_notion.util.write_files import replace_bytes

    done = FixResult(not_fixed=list(fixes.not_fixed))
    for fixed in fixes.fixed:
        path = config.root / fixed.path
        try:
            replace_bytes(path, fixed.before.encode(), fixed.after.encode(), root=config.root)
        except LukhasNotionError as error:
            done.not_fixed.append(NotFixed(fixed.path, error.message, error.remedy))
        else:
            done.fixed.append(fixed)
    return done
