"""The documents of a file: one in JSON, one or more in YAML, by the file's ending.

A manifest is a document, or an entry of one. Its path is the file's, and where the file holds
several manifests, a fragment with the number of the document or the entry's pointer behind it::

    catalog.yaml                    the only document
    catalog.yaml#1                  the second document
    services.json#/services/3       an entry of the only document
    catalog.yaml#1/services/3       an entry of the second document
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lukhas_notion.manifests.json_locations import json_places
from lukhas_notion.manifests.json_reader import parse_text
from lukhas_notion.manifests.places import Places
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
