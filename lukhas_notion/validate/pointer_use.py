"""Pointers of the configuration that no manifest has: most likely misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from lukhas_notion.config.properties import DEFAULT_PROPERTIES
from lukhas_notion.manifests.pointers import pointers_in, resolve
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.util.nearest import NameIndex
from lukhas_notion.util.text import counted

_DEFAULTS = frozenset(pointer for spec in DEFAULT_PROPERTIES for pointer in spec.pointers)
#: Manifests whose pointers are searched for what a misspelt one may have meant, and pointers.
_SAMPLES, _MOST_POINTERS = 20, 5_000


class PointerUse:
    """Which settings have led to a value in no manifest so far.

    Those with a pointer of the default mapping are left out: a repository need not have them all.
    """

    def __init__(self, mapping: PropertyMapping) -> None:
        settings = [
            (f"[properties] {spec.name}", pointers)
            for spec in mapping.properties
            for pointers in (spec.pointers, *((each,) for each in spec.aside))
        ]
        settings.append(("[mapping] key", mapping.key))
        settings.append(("[page] body", mapping.body.pointers if mapping.body else ()))
        settings.append(("[page] icon", mapping.icon.pointers if mapping.icon else ()))
        self._unused = [
            (name, pointers)
            for name, pointers in settings
            # What is known of the file itself, such as @folder, is in no manifest.
            if pointers and all(each.startswith("/") for each in pointers)
            if _DEFAULTS.isdisjoint(pointers)
        ]
        self._samples: list[object] = []
        self._count = 0

    def add(self, value: object) -> None:
        """Take note of what one manifest has."""
        self._count += 1
        if len(self._samples) < _SAMPLES:
            self._samples.append(value)
        self._unused = [
            (name, pointers)
            for name, pointers in self._unused
            if all(resolve(value, pointer) is None for pointer in pointers)
        ]

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for each setting that led to nothing."""
        if not self._unused or not self._count:
            return
        there = dict.fromkeys(
            pointer for value in self._samples for pointer in pointers_in(value, _MOST_POINTERS)
        )
        index = NameIndex(there)
        for name, pointers in self._unused:
            # What is there and null is not misspelt.
            if there.keys().isdisjoint(pointers):
                verb = "is" if len(pointers) == 1 else "are"
                said = f"{name}: {' and '.join(pointers)} {verb}"
                near = [each for p in pointers for each in index.nearest(p, limit=1)]
                hint = f"; the nearest there is {near[0]}" if near else ""
                yield f"{said} in 0 of {counted(self._count, 'manifest')}{hint}."
