"""What a gate found: where, which rule, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One thing in one file that must be fixed before anything is planned.

    Args:
        path: the file, relative to the repository's root, with forward slashes.
        line: 1-based.
        column: 1-based, in characters.
        pointer: the JSON pointer (RFC 6901) of the value; "" is the whole document.
        rule: a stable name for the rule, such as ``json.syntax`` or ``vocabulary.unknown``.
        message: what is wrong, as data: it may quote what a stranger wrote, and every renderer
            escapes it for the place it goes to.
        remedy: what to do about it; may be empty.
        fix: the canonical name that this one certainly means, so that ``validate --fix`` can write
            it there; "" where nothing is certain.
        also: the other files that it is about.
    """

    path: str
    line: int
    column: int
    pointer: str
    rule: str
    message: str
    remedy: str = ""
    fix: str = ""
    also: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that it is about."""
        return (self.path, *self.also)

    @property
    def advice(self) -> str:
        """The remedy, and how to have it carried out where that can be."""
        return f"{self.remedy} `validate --fix` does it." if self.fix else self.remedy


def fixable(violations: Iterable[Violation]) -> int:
    """Return how many places ``validate --fix`` can fix; two gates may speak of one place."""
    return len({(v.path, v.pointer) for v in violations if v.fix})
