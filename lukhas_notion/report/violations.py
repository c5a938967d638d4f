"""Violations in groups: those of one rule, pointer, message and remedy."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from lukhas_notion.manifests.manifest import Violation
from lukhas_notion.util.text import counted

#: The maximum number of violations that are listed singly; more are grouped.
FEW = 10
#: The maximum number of messages that differ in a value and are still listed singly.
_FEW_VALUES = 3
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![\w.-])\d[\d.,]*(?![\w-])')
_INDEX = re.compile(r"(?<=/)\d+(?=/|$)")
_ANY = "…"


@dataclass(frozen=True, slots=True)
class Group:
    """Violations of one kind.

    Args:
        violations: all of them, in the order in which they were found.
        message: what is wrong; ``…`` replaces a value that differs.
        pointer: the place in a file; ``…`` replaces an index.
        advice: what to do, with ``…`` as in ``message``.
        values: the values that differ, the most frequent first.
    """

    violations: Sequence[Violation]
    message: str
    pointer: str
    advice: str
    values: Sequence[str] = ()

    @property
    def first_places(self) -> dict[str, Violation]:
        """The first violation of each file, by the file's path."""
        places: dict[str, Violation] = {}
        for violation in self.violations:
            places.setdefault(violation.path, violation)
        return places

    @property
    def size(self) -> str:
        """The number of files and places: ``159 files, 412 places``."""
        files = len({path for violation in self.violations for path in violation.files})
        places = counted(len(self.violations), "place")
        return counted(files, "file") + (f", {places}" if len(self.violations) > files else "")


def group_violations(violations: Iterable[Violation]) -> list[Group]:
    """Return violations in groups, the group in most files first.

    A group has one rule, pointer, message and remedy, apart from indexes. Messages and remedies
    that differ in a value are one group where there are more than three of them.
    """
    kinds: dict[tuple[str, ...], dict[tuple[str, ...], list[Violation]]] = defaultdict(dict)
    for v in violations:
        texts = (v.message, v.advice)
        kind = (v.rule, _INDEX.sub(_ANY, v.pointer), *map(without_values, texts))
        kinds[kind].setdefault(texts, []).append(v)
    groups: list[Group] = []
    for (_, pointer, *_), alike in kinds.items():
        if len(alike) > _FEW_VALUES:
            groups.append(_merged(pointer, alike))
            continue
        for (message, advice), found in alike.items():
            same = len({violation.pointer for violation in found}) == 1
            groups.append(Group(found, message, found[0].pointer if same else pointer, advice))
    return sorted(groups, key=lambda group: -len(group.first_places))


def without_values(text: str) -> str:
    """Return a message with ``…`` in the place of each value."""
    return _VALUE.sub(_ANY, text)


def _merged(pointer: str, alike: dict[tuple[str, ...], list[Violation]]) -> Group:
    """Return one group of violations with messages that differ in values."""
    messages, advices = zip(*alike, strict=True)
    counts = Counter[str]()
    for position in _differing(messages)[:1]:
        for (message, _), found in alike.items():
            counts[_VALUE.findall(message)[position]] += len(found)
    violations = sorted(violation for found in alike.values() for violation in found)
    values = [value for value, _ in counts.most_common()]
    return Group(violations, _shared(messages), pointer, _shared(advices), values)


def _differing(texts: Sequence[str]) -> list[int]:
    """Return the positions of the values that differ between texts."""
    values = enumerate(zip(*map(_VALUE.findall, texts), strict=True))
    return [position for position, each in values if len(set(each)) > 1]


def _shared(texts: Sequence[str]) -> str:
    """Return the first text with ``…`` in the place of values that differ."""
    differing = _differing(texts)
    numbers = count()
    return _VALUE.sub(lambda value: _ANY if next(numbers) in differing else value[0], texts[0])
