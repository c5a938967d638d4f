"""The vocabulary gate over a whole manifest: every name that it gives to a gated property.

A name that certainly means a canonical one is a violation that knows it (``fix``), unless writing
it there would not be certain after all: a number is not made text, a module is not renamed, and
where one place feeds several properties, the vocabularies of all have to know the new name. Nor
where the name stands in its list already and the list is read by position: writing it would take an
item away, and another one would move up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from lukhas_notion.config.gates import NO_VOCABULARY, allow_any_name, write_vocabulary
from lukhas_notion.manifests.document import Violation
from lukhas_notion.manifests.manifest import Manifest
from lukhas_notion.manifests.pointers import find, is_meant, resolve
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import ConversionError
from lukhas_notion.plan.property_types import options
from lukhas_notion.validate.vocabulary import Vocabulary

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
