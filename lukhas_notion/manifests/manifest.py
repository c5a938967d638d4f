"""A manifest: one JSON file of the repository, read, hashed, with the place of every value.

A file that cannot be read is a violation and no exception, because the others go on being checked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import rfc8785

from lukhas_notion.manifests.discovery import (
    DEFAULT_INCLUDE,
    Discovery,
    discover,
    find_manifests,
)
from lukhas_notion.manifests.json_reader import (
    JsonObject,
    JsonTextError,
    JsonValue,
    decode,
    locate_key,
    locate_nearest,
    parse_text,
)
from lukhas_notion.manifests.pointers import split_pointer, without
from lukhas_notion.manifests.violation import Violation
from lukhas_notion.util.read_files import RefusedFileError, peek, read_regular

__all__ = [
    "DEFAULT_INCLUDE",
    "DEFAULT_VOLATILE",
    "MAX_BYTES",
    "Discovery",
    "Manifest",
    "discover",
    "find_manifests",
    "parse_manifest",
    "provenance_sha",
    "read_manifest",
]

MAX_BYTES = 1024 * 1024
"""Bytes in a manifest: with so many, the worst that can be written is checked in a second."""

DEFAULT_VOLATILE = ("/_provenance/*/extracted_at",)
"""JSON pointers that the provenance SHA leaves out; ``*`` stands for any one key or index."""


@dataclass(frozen=True)
class Manifest:
    """One manifest.

    Args:
        path: relative to the repository's root, with forward slashes.
        value: what the file says.
        text: the file itself, to find places in it; ``text.encode()`` is the file byte for byte.
        volatile: the JSON pointers that the provenance SHA leaves out.
    """

    path: str
    value: JsonObject = field(repr=False)
    text: str = field(repr=False)
    volatile: tuple[str, ...] = DEFAULT_VOLATILE

    @cached_property
    def sha(self) -> str:
        """The provenance SHA, made when it is first asked for: the gates do without."""
        return provenance_sha(self.value, self.volatile)

    def place(self, pointer: str) -> tuple[int, int]:
        """Return the line and column, 1-based, of a value, or of what would be around it."""
        span = locate_nearest(self.text, pointer)
        return span.line, span.column

    def key_place(self, pointer: str) -> tuple[int, int]:
        """Return the line and column, 1-based, of a member's key.

        Raises:
            KeyError: the manifest has no such member.
        """
        span = locate_key(self.text, pointer)
        return span.line, span.column


def read_manifest(
    root: Path,
    path: str,
    *,
    volatile: Sequence[str] = DEFAULT_VOLATILE,
    max_bytes: int = MAX_BYTES,
    discovered: bool = False,
) -> Manifest | Violation:
    """Read one manifest, or return why it cannot be read.

    ``path`` is relative to ``root``. A symbolic link is read as long as it stays within ``root``.
    With ``discovered``, a search that follows no link to a folder has found the path.
    """
    try:
        content = peek(f"{root}/{path}", max_bytes) if discovered else None
        if content is None:
            content = read_regular(root / path, max_bytes, root=root)
    except RefusedFileError as error:
        return Violation(path, 1, 1, "", error.rule, error.message, error.remedy)
    return parse_manifest(path, content, volatile=volatile, max_bytes=max_bytes)


def parse_manifest(
    path: str,
    content: bytes,
    *,
    volatile: Sequence[str] = DEFAULT_VOLATILE,
    max_bytes: int = MAX_BYTES,
) -> Manifest | Violation:
    """Return the manifest that a file's bytes are, or why they are none."""
    try:
        text = decode(content, max_bytes=max_bytes)
        value = parse_text(text)
    except JsonTextError as error:
        remedy = error.remedy
        if error.rule == "json.empty":
            remedy = "Write a JSON object into it, or delete it."
        return Violation(
            path, error.line, error.column, error.pointer, error.rule, error.message, remedy
        )
    if not isinstance(value, dict):
        line, column = Manifest(path, {}, text).place("")
        message = "a manifest is a JSON object, and this is not one"
        return Violation(path, line, column, "", "manifest.object", message, "Write {…} around it.")
    return Manifest(path, value, text, tuple(volatile))


def provenance_sha(value: JsonValue, volatile: Sequence[str] = DEFAULT_VOLATILE) -> str:
    """Return the SHA-256, in hex, of the RFC 8785 canonical JSON less the volatile pointers.

    Raises:
        ValueError: a volatile pointer does not begin with a slash.
    """
    kept = without(value, [split_pointer(pointer) for pointer in volatile])
    return hashlib.sha256(canonical_json(kept)).hexdigest()


#: The ends of numbers that Python's own encoder writes otherwise than RFC 8785: 1.0 and 1e-07.
_OTHER_NUMBERS = tuple(re.compile(rf"{end}(?:[,}}\]]|$)") for end in (r"\.0", "e[-+][0-9]+"))
#: Characters by which keys are sorted otherwise in UTF-16.
_OTHER_ORDER = re.compile("[\ud800-\U0010ffff]")


def canonical_json(value: JsonValue) -> bytes:
    """Return the canonical JSON of RFC 8785 of a value that was read from a manifest.

    Python's encoder is several times faster, and writes most values the same.
    """
    try:
        text = _ENCODER.encode(value)
    except ValueError:
        return rfc8785.dumps(value)
    if any(number.search(text) for number in _OTHER_NUMBERS):
        return rfc8785.dumps(value)
    if not text.isascii() and _OTHER_ORDER.search(text):
        return rfc8785.dumps(value)
    return text.encode()


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
)
