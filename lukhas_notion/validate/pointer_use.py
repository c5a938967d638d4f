"""Pointers of the mapping that no manifest has: most likely misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from lukhas_notion.config.properties import DEFAULT_PROPERTIES
from lukhas_notion.manifests.json_reader import join_pointer
from lukhas_notion.plan.mapping import PropertyMapping
from lukhas_notion.plan.property_spec import NOW, OWN, SHA, PropertySpec, resolve
from lukhas_notion.util.nearest import NameIndex
from lukhas_notion.util.plural import counted

_NOT_ASKED = frozenset({SHA, NOW, *OWN, *(p for spec in DEFAULT_PROPERTIES for p in spec.pointers)})
#: Manifests whose pointers are searched for what a misspelt one may have meant, and pointers.
_SAMPLES, _MOST_POINTERS = 20, 5_000


class PointerUse:
    """Which properties have got a value from no manifest so far.

    Those with a pointer of the default mapping are left out: a repository need not have them all.
    """

    def __init__(self, mapping: PropertyMapping) -> None:
        self._unused = {
            spec.name: spec
            for spec in mapping.properties
            if spec.pointers and _NOT_ASKED.isdisjoint(spec.pointers)
        }
        self._samples: list[object] = []
        self._count = 0

    def add(self, value: object) -> None:
        """Take note of what one manifest has."""
        self._count += 1
        if len(self._samples) < _SAMPLES:
            self._samples.append(value)
        for spec in list(self._unused.values()):
            if any(resolve(value, pointer) is not None for pointer in spec.pointers):
                del self._unused[spec.name]

    def warnings(self) -> Iterator[str]:
        """Yield a sentence for each property whose pointers no manifest has."""
        if not self._unused or not self._count:
            return
        there = dict.fromkeys(
            pointer for value in self._samples for pointer in _pointers(value, _MOST_POINTERS)
        )
        index = NameIndex(there)
        for spec in self._unused.values():
            # What is there and null is no slip.
            if there.keys().isdisjoint(spec.pointers):
                many = counted(self._count, "manifest")
                yield f"{_said(spec)} in 0 of {many}{_near(spec, index)}."


def _said(spec: PropertySpec) -> str:
    verb = "is" if len(spec.pointers) == 1 else "are"
    return f"[properties] {spec.name}: {' and '.join(spec.pointers)} {verb}"


def _near(spec: PropertySpec, index: NameIndex) -> str:
    near = [found for pointer in spec.pointers for found in index.nearest(pointer, limit=1)]
    return f"; the nearest there is {near[0]}" if near else ""


def _pointers(value: object, most: int) -> Iterator[str]:
    """Yield the pointers of what is in a value, those of its top first; ``most`` at most."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), value)]
    for path, inner in waiting:
        if path:
            yield join_pointer(path)
        items = inner.items() if isinstance(inner, dict) else ()
        room = most - len(waiting)
        waiting += [((*path, key), item) for key, item in list(items)[: max(room, 0)]]
