"""Find the settings whose pointers lead to a value in no manifest; they may be misspelled."""

from __future__ import annotations

from collections.abc import Iterator

from lukhas_notion.config.properties import DEFAULT_PROPERTIES
from lukhas_notion.manifests.json_values import pointers_in, resolve
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.util.text import NameIndex, counted

#: Pointers of the default mapping; a repository does not need all of them.
_DEFAULT_POINTERS = frozenset(p for spec in DEFAULT_PROPERTIES for p in spec.pointers)
#: Manifests, and pointers in each, that are searched for what a misspelled pointer may mean.
_MAX_SAMPLES, _MAX_POINTERS = 20, 5_000


class PointerUse:
    """Finds the settings whose pointers lead to a value in no manifest.

    Settings with a pointer of the default mapping are left out.
    """

    def __init__(self, mapping: PropertyMapping) -> None:
        settings = [
            (f"[properties] {spec.name}", pointers)
            for spec in mapping.properties
            for pointers in (spec.pointers, *((pointer,) for pointer in spec.aside))
        ]
        settings.append(("[mapping] key", mapping.key))
        settings.append(("[page] body", mapping.body.pointers if mapping.body else ()))
        settings.append(("[page] icon", mapping.icon.pointers if mapping.icon else ()))
        self._unused = [
            (name, pointers)
            for name, pointers in settings
            # Facts about the file itself, such as @folder, are not in the manifest.
            if pointers and all(pointer.startswith("/") for pointer in pointers)
            if _DEFAULT_POINTERS.isdisjoint(pointers)
        ]
        self._samples: list[object] = []
        self._count = 0

    def add(self, value: object) -> None:
        """Add the value of one manifest."""
        self._count += 1
        if len(self._samples) < _MAX_SAMPLES:
            self._samples.append(value)
        self._unused = [
            (name, pointers)
            for name, pointers in self._unused
            if all(resolve(value, pointer) is None for pointer in pointers)
        ]

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for each setting without a value."""
        if not self._unused or not self._count:
            return
        present = dict.fromkeys(
            pointer for value in self._samples for pointer in pointers_in(value, _MAX_POINTERS)
        )
        index = NameIndex(present)
        for name, pointers in self._unused:
            # A pointer that leads to null is not misspelled.
            if present.keys().isdisjoint(pointers):
                verb = "is" if len(pointers) == 1 else "are"
                near = [match for pointer in pointers for match in index.nearest(pointer, limit=1)]
                hint = f"; the nearest there is {near[0]}" if near else ""
                yield (
                    f"{name}: {' and '.join(pointers)} {verb} in 0 of "
                    f"{counted(self._count, 'manifest')}{hint}."
                )
