"""One file with manifests, read with the place of every value; and the violations found in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from lukhas_notion.manifests.json_reader import json_places, parse_text
from lukhas_notion.manifests.pointers import Places
from lukhas_notion.manifests.source_text import JSON, YAML, JsonValue, Language, decode

_ENTRY = re.compile(r"(.+\.(?:json|ya?ml))#([0-9]*)((?:/.*)?)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file.

    Args:
        text: the text of the whole file.
        value: what the document says.
        number: its number in the file, from 0; None where it is the only one.
        find_places: finds its places in the text.
        language: what it is written in.
    """

    text: str = field(repr=False)
    value: JsonValue = field(repr=False)
    number: int | None
    find_places: Callable[[], Places] = field(repr=False, compare=False)
    language: Language = JSON

    @property
    def places(self) -> Places:
        """Where its values stand."""
        return self.find_places()


def language_of(path: str) -> Language:
    """Return the language of a file by its ending."""
    return YAML if path.lower().endswith((".yaml", ".yml")) else JSON


def read_documents(path: str, content: bytes, max_bytes: int) -> list[Document]:
    """Return the documents of a file, at least one.

    Raises:
        TextError: it cannot be read; the error has the place.
    """
    language = language_of(path)
    return documents_of(decode(content, language, max_bytes=max_bytes), language)


def documents_of(text: str, language: Language) -> list[Document]:
    """Return the documents of a text, at least one.

    Raises:
        TextError: as :func:`read_documents`.
    """
    if language is JSON:
        return [Document(text, parse_text(text), None, lambda: json_places(text))]
    # A fortieth of a second to import, which a repository without YAML need not pay.
    from lukhas_notion.manifests.yaml_reader import parse_documents

    found = parse_documents(text)
    return [
        Document(
            text,
            each.value,
            each.number if len(found) > 1 else None,
            lambda root=each.root: Places(text, root),  # type: ignore[misc]
            YAML,
        )
        for each in found
    ]


def entry_path(file: str, number: int | None, pointer: str) -> str:
    """Return the path of a manifest by its file, its document and its pointer in that."""
    shown = "" if number is None else str(number)
    return f"{file}#{shown}{pointer}" if shown or pointer else file


def split_path(path: str) -> tuple[str, int | None, str]:
    """Return the file of a manifest's path, its document and its pointer in that."""
    found = _ENTRY.fullmatch(path)
    if found is None or not (found[2] or found[3]):
        return path, None, ""
    return found[1], int(found[2]) if found[2] else None, found[3]


def file_of(path: str) -> str:
    """Return the file of a manifest's path."""
    return split_path(path)[0]


def is_entry(path: str) -> bool:
    """Whether a path is that of one manifest of several in a file."""
    return file_of(path) != path


def files_of(paths: Sequence[str]) -> list[str]:
    """Return the files of manifests, each once, in order."""
    return list(dict.fromkeys(map(file_of, paths)))


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
