"""References from one file to another: values that are the names of other files. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lukhas_notion.plan.property_spec import PropertySpec, ReferencePattern
from lukhas_notion.plan.values import PropertyType
from lukhas_notion.setup.observe import Place

#: Forms of a reference: the name itself, and ``kind:namespace/name``, of which either may lack.
_PATTERNS = ("", "(?:[^:/]+:)?(?:[^/]+/)?(.+)")
#: The share of references that lead to a file, at least; with fewer, they name other things.
_LEADING = 0.8


@dataclass(frozen=True, slots=True)
class Reference:
    """How the values of a place lead to other files.

    Args:
        pattern: what takes the name out of a value; "" where it is the name.
        found: how many of the values lead to a file.
        values: how many there are.
    """

    pattern: str
    found: int
    values: int

    @property
    def reason(self) -> str:
        """Why the property is a relation."""
        if self.found == self.values:
            return "names of other files"
        return f"names of other files, {self.found} of {self.values}"

    def spec(self, place: Place) -> PropertySpec:
        """Return the property."""
        return PropertySpec(
            place.pointer,
            PropertyType.RELATION,
            (place.pointer,),
            pattern=ReferencePattern(self.pattern) if self.pattern else None,
            leaves_out=self.found < self.values,
        )


@dataclass(frozen=True, slots=True)
class Names:
    """What the files are called, by one place that every file has: number of a file → name."""

    by_file: Mapping[int, str]

    def reference(self, place: Place) -> Reference | None:
        """Return how a place's values lead to files, None where they do not."""
        named = list(_texts(place))
        if not named:
            return None
        known = set(self.by_file.values())
        for pattern in _PATTERNS:
            names = [(number, _name(pattern, text)) for number, text in named]
            leading = [(number, name) for number, name in names if name in known]
            others = [name for number, name in leading if self.by_file[number] != name]
            # A file's own name, once more, is no reference; nor is one name that all have.
            if 2 * len(others) < len(leading) or len(set(others)) < 2:
                continue
            if len(leading) >= _LEADING * len(named):
                return Reference(pattern, len(leading), len(named))
        return None


def best_names(choices: Sequence[Place], places: Collection[Place]) -> Names:
    """Return the names that most references lead to, of several that the files have."""
    named = [Names({n: str(value) for n, value in choice.leaves}) for choice in choices]
    return max(named, key=lambda names: sum(names.reference(each) is not None for each in places))


def _texts(place: Place) -> Iterator[tuple[int, str]]:
    """Yield (number of the file, text) for each text of a place that holds texts alone."""
    values: Iterable[tuple[int, object]] = place.values
    items = [
        (number, item)
        for number, value in values
        for item in (value if isinstance(value, list) else [value])
    ]
    if all(isinstance(item, str) for _, item in items):
        yield from ((number, str(item)) for number, item in items)


def _name(pattern: str, text: str) -> str | None:
    if not pattern:
        return text
    found = re.fullmatch(pattern, text)
    return found[1] if found else None
