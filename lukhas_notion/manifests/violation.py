"""What a gate found: where, which rule, and how to fix it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lukhas_notion.manifests.document import file_of, split_path


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One thing in one file that must be fixed before anything is planned.

    Args:
        path: the file, relative to the repository's root, with forward slashes.
        line: 1-based.
        column: 1-based, in characters.
        pointer: the JSON pointer (RFC 6901) of the value in its document; "" is all of that.
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
    entry: str = ""

    @property
    def manifest(self) -> str:
        """The path of the manifest that it is about first."""
        return f"{self.path}#{self.entry}" if self.entry else self.path

    @property
    def manifests(self) -> tuple[str, ...]:
        """The path of every manifest that it is about."""
        return (self.manifest, *self.also)

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that it is about."""
        return tuple(dict.fromkeys(map(file_of, self.manifests)))

    def in_file(self) -> Violation:
        """Return the same as a violation of the file: of an entry, its pointer from the file's top.

        The gates look at one manifest; its path is the entry's, and pointers begin at its top.
        """
        file, _, base = split_path(self.path)
        if file == self.path:
            return self
        entry = self.path[len(file) + 1 :]
        return replace(self, path=file, pointer=base + self.pointer, entry=entry)

    @property
    def advice(self) -> str:
        """The remedy, and how to have it carried out where that can be."""
        return f"{self.remedy} `validate --fix` does it." if self.fix else self.remedy


def fixable(violations: Iterable[Violation]) -> int:
    """Return how many places ``validate --fix`` can fix; two gates may speak of one place."""
    return len({(v.path, v.pointer) for v in violations if v.fix})
