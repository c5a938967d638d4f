"""Violations that say the same, as one: thousands of them are a few kinds of mistake."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lukhas_notion.manifests.violation import Violation
from lukhas_notion.util.text import counted

#: So many violations are listed one by one; more are grouped.
FEW = 10
#: So many messages that differ in a value alone are told one by one; more are one kind.
_FEW_VALUES = 3
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\w.-])\d[\d.,]*(?![\w-])')
_INDEX = re.compile(r"(?<=/)\d+(?=/|$)")
_ANY = "…"


@dataclass(frozen=True, slots=True)
class Group:
    """Violations of one kind.

    Args:
        violations: all of them, in the order in which they were found.
        message: what is wrong; ``…`` stands for a value that is not the same in all.
        pointer: where in a file; ``…`` stands for a number.
        advice: what to do, as ``message``.
        values: the values that differ, the most frequent first.
    """

    violations: Sequence[Violation]
    message: str
    pointer: str
    advice: str
    values: Sequence[str] = ()

    @property
    def first_places(self) -> dict[str, Violation]:
        """The first violation of each file, by its path."""
        places: dict[str, Violation] = {}
        for violation in self.violations:
            places.setdefault(violation.path, violation)
        return places

    @property
    def size(self) -> str:
        """How many files and places it is in: ``159 files, 412 places``."""
        files = len({path for violation in self.violations for path in violation.files})
        places = len(self.violations)
        more = f", {counted(places, 'place')}" if places > files else ""
        return f"{counted(files, 'file')}{more}"


def is_few(groups: Sequence[Group]) -> bool:
    """Return whether there are so few violations that each is listed by itself."""
    return sum(len(each.violations) for each in groups) <= FEW


def group(found: Iterable[Violation]) -> list[Group]:
    """Return the kinds of violation, the one that is in most files first.

    Two violations are of one kind when rule, pointer, message and remedy are the same but for
    places in a list and, where more than three would say the same of other values, for these.
    """
    kinds: dict[tuple[str, ...], dict[tuple[str, ...], list[Violation]]] = defaultdict(dict)
    for v in found:
        said = (v.message, v.advice)
        kind = (v.rule, _INDEX.sub(_ANY, v.pointer), *map(without_values, said))
        kinds[kind].setdefault(said, []).append(v)
    groups: list[Group] = []
    for kind, alike in kinds.items():
        if len(alike) > _FEW_VALUES:
            groups.append(_merged(kind[1], alike))
        else:
            groups += [Group(each, *_said(each)) for each in alike.values()]
    return sorted(groups, key=lambda each: -len(each.first_places))


def without_values(text: str) -> str:
    """Return a message with ``…`` for each value in it."""
    return _VALUE.sub(_ANY, text)


def _said(found: Sequence[Violation]) -> tuple[str, str, str]:
    """Return message, pointer and advice of violations that differ in nothing but the place."""
    pointers = {violation.pointer for violation in found}
    pointer = found[0].pointer if len(pointers) == 1 else _INDEX.sub(_ANY, found[0].pointer)
    return found[0].message, pointer, found[0].advice


def _merged(pointer: str, alike: dict[tuple[str, ...], list[Violation]]) -> Group:
    """Return one group of violations whose messages differ in values."""
    counts = Counter[str]()
    message, advice = (_shared([said[n] for said in alike]) for n in (0, 1))
    differs = next(iter(_differing([said[0] for said in alike])), None)
    for said, found in alike.items():
        if differs is not None:
            counts[_VALUE.findall(said[0])[differs]] += len(found)
    violations = [violation for found in alike.values() for violation in found]
    return Group(
        sorted(violations), message, pointer, advice, [value for value, _ in counts.most_common()]
    )


def _differing(texts: Sequence[str]) -> Iterator[int]:
    """Yield which values are not the same in all texts."""
    for index, values in enumerate(zip(*map(_VALUE.findall, texts), strict=True)):
        if len(set(values)) > 1:
            yield index


def _shared(texts: Sequence[str]) -> str:
    """Return what all texts say, with ``…`` for a value that is not the same in all."""
    differing = set(_differing(texts))
    numbers = iter(range(len(_VALUE.findall(texts[0]))))
    return _VALUE.sub(lambda value: _ANY if next(numbers) in differing else value[0], texts[0])
