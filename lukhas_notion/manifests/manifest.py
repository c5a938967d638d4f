"""Manifests: JSON objects in files of the repository, read, hashed, or reported as violations.

A file that cannot be read is a violation and not an exception, so that the others are checked too.
The path of one manifest of several in a file has a fragment: the number of the document and a JSON
pointer, as in ``catalog.yaml#1/services/0``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path

import rfc8785

from lukhas_notion.manifests.document import Document, language_of, read_documents
from lukhas_notion.manifests.json_values import (
    WILDCARD,
    JsonObject,
    JsonValue,
    describe_type,
    find,
    join_pointer,
    pointers_in,
    resolve,
    split_pointer,
    without,
)
from lukhas_notion.manifests.source_text import JSON, TextError, kind_error
from lukhas_notion.util.read_files import RefusedFileError, peek, read_regular
from lukhas_notion.util.text import nearest

MAX_BYTES = 1024 * 1024
"""Bytes of a manifest: the worst one of this size is checked in a second."""

MAX_FILE_BYTES = 4 * MAX_BYTES
"""Bytes of a file of several manifests, by ``[manifests] items``."""

MAX_ENTRIES = 10_000
"""Manifests in one file."""

DEFAULT_VOLATILE = ("/_provenance/*/extracted_at",)
"""JSON pointers that the provenance SHA leaves out; ``*`` matches any one key or index."""

#: Pointers of a document among which the nearest to a misspelled one is looked for.
_MOST_POINTERS = 5_000
#: The path of one manifest of several: the file, the document's number and the pointer.
_ENTRY = re.compile(r"(.+\.(?:json|ya?ml))#([0-9]*)((?:/.*)?)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ManifestForm:
    """The configuration of how manifests are read.

    Args:
        volatile: the JSON pointers that the provenance SHA leaves out.
        items: the pattern of the manifests in a document; "" where the document is the manifest.
        where: pointer → texts; a manifest has one of them at each pointer, or is left out.
    """

    volatile: tuple[str, ...] = DEFAULT_VOLATILE
    items: str = ""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def max_bytes(self) -> int:
        """The limit for a file, which is larger where the file has several manifests."""
        return MAX_FILE_BYTES if self.items else MAX_BYTES

    def takes(self, value: JsonValue) -> bool:
        """Return whether a value is not left out; one that is no object is a violation later."""
        return not isinstance(value, dict) or all(
            any(found in texts for _, found in find(value, pointer))
            for pointer, texts in self.where.items()
        )


def entry_path(file: str, number: int | None, pointer: str) -> str:
    """Return the path of a manifest by its file, the number of its document and its pointer."""
    fragment = ("" if number is None else str(number)) + pointer
    return f"{file}#{fragment}" if fragment else file


def split_path(path: str) -> tuple[str, int | None, str]:
    """Return the file of a manifest's path, the number of its document and its pointer."""
    match = _ENTRY.fullmatch(path)
    if match is None or not (match[2] or match[3]):
        return path, None, ""
    return match[1], int(match[2]) if match[2] else None, match[3]


def file_of(path: str) -> str:
    """Return the file of a manifest's path."""
    return split_path(path)[0]


def is_entry(path: str) -> bool:
    """Return whether a path is of one manifest of several in a file."""
    return file_of(path) != path


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One problem of a file that must be fixed before anything is planned.

    Args:
        path: the file, relative to the repository's root, with forward slashes.
        line: 1-based.
        column: 1-based, in characters.
        pointer: the JSON pointer (RFC 6901) of the value in its document; "" for the whole.
        rule: a stable name of the rule, such as ``json.syntax`` or ``vocabulary.unknown``.
        message: what is wrong. It may quote untrusted text: every renderer escapes it.
        remedy: what to do about it; may be empty.
        fix: the canonical name that this one certainly means, which ``validate --fix`` writes;
            "" where nothing is certain.
        also: the paths of the other manifests that it concerns.
        entry: the fragment of the manifest's path, "" where the file is one manifest.
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
        """The path of the first manifest that it concerns."""
        return f"{self.path}#{self.entry}" if self.entry else self.path

    @property
    def manifests(self) -> tuple[str, ...]:
        """The path of every manifest that it concerns."""
        return (self.manifest, *self.also)

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that it concerns."""
        return tuple(dict.fromkeys(map(file_of, self.manifests)))

    def in_file(self) -> Violation:
        """Return the violation of a manifest as one of its file, with the pointer from the top.

        The gates check one manifest: ``path`` has a fragment, and pointers begin at its top.
        """
        file, _, base = split_path(self.path)
        if file == self.path:
            return self
        entry = self.path[len(file) + 1 :]
        return replace(self, path=file, pointer=base + self.pointer, entry=entry)

    @property
    def advice(self) -> str:
        """The remedy, and the command that carries it out where there is one."""
        return f"{self.remedy} `validate --fix` does it." if self.fix else self.remedy


def fixable(violations: Iterable[Violation]) -> int:
    """Return how many places ``validate --fix`` can fix; two gates may report the same place."""
    return len({(v.path, v.pointer) for v in violations if v.fix})


@dataclass(frozen=True)
class Manifest:
    """One manifest.

    Args:
        path: relative to the repository's root, with forward slashes, and with a fragment where
            the file has several manifests.
        value: its content.
        document: the document that contains it, to find places.
        base: its JSON pointer in the document; "" is the whole document.
        volatile: the JSON pointers that the provenance SHA leaves out.
    """

    path: str
    value: JsonObject = field(repr=False)
    document: Document = field(repr=False)
    base: str = ""
    volatile: tuple[str, ...] = DEFAULT_VOLATILE

    @cached_property
    def sha(self) -> str:
        """The provenance SHA, computed on first use, because the gates do not need it."""
        return provenance_sha(self.value, self.volatile)

    @property
    def size(self) -> int:
        """Its length in characters."""
        if not self.base and self.document.number is None:
            return len(self.document.text)
        span = self.document.places.value(self.base)
        return span.end - span.start

    def place(self, pointer: str) -> tuple[int, int]:
        """Return the line and column, 1-based, of a value, or of what would be around it."""
        span = self.document.places.nearest(self.base + pointer)
        return span.line, span.column

    def key_place(self, pointer: str) -> tuple[int, int]:
        """Return the line and column, 1-based, of a member's key.

        Raises:
            KeyError: the manifest does not have the member.
        """
        span = self.document.places.key(self.base + pointer)
        return span.line, span.column

    def violation(
        self, pointer: str, rule: str, message: str, remedy: str = "", fix: str = ""
    ) -> Violation:
        """Return a violation at the place of a value."""
        return Violation(self.path, *self.place(pointer), pointer, rule, message, remedy, fix)


def read_manifest(
    root: Path, path: str, form: ManifestForm = ManifestForm()
) -> Manifest | Violation:
    """Read one manifest, by its path perhaps with a fragment, or return why it cannot be read."""
    file = file_of(path)
    content = _content(root, file, form)
    if isinstance(content, Violation):
        return content
    results = _by_path(file, content, form)
    if path in results:
        return results[path]
    message = "it is gone" if is_entry(path) else "there is more than one manifest in this file"
    gone = Violation(file_of(path), 1, 1, "", "manifest.items", message, "Look at the file.")
    return next((each for each in reversed(results.values()) if isinstance(each, Violation)), gone)


@lru_cache(maxsize=1)
def _by_path(file: str, content: bytes, form: ManifestForm) -> dict[str, Manifest | Violation]:
    """Return the manifests of a file by their paths; its thousands are asked for one by one."""
    read = reversed(parse_file(file, content, form))  # of two with one path the first counts
    return {each.path if isinstance(each, Manifest) else each.manifest: each for each in read}


def read_file(
    root: Path, file: str, form: ManifestForm = ManifestForm(), *, discovered: bool = False
) -> list[Manifest | Violation]:
    """Read every manifest of a file, or return why it cannot be read.

    A symbolic link is read if it stays within ``root``.

    Args:
        root: the root of the repository.
        file: relative to the root.
        form: the configuration.
        discovered: whether a search that follows no link to a folder has found the file.
    """
    content = _content(root, file, form, discovered=discovered)
    return [content] if isinstance(content, Violation) else parse_file(file, content, form)


def _content(
    root: Path, file: str, form: ManifestForm, *, discovered: bool = False
) -> bytes | Violation:
    """Return the bytes of a file, or why it cannot be read."""
    try:
        content = peek(f"{root}/{file}", form.max_bytes) if discovered else None
        if content is None:
            content = read_regular(root / file, form.max_bytes, root=root)
    except RefusedFileError as error:
        return Violation(file, 1, 1, "", error.rule, error.message, error.remedy)
    return content


def parse_file(
    file: str, content: bytes, form: ManifestForm = ManifestForm()
) -> list[Manifest | Violation]:
    """Return every manifest of a file's bytes, or why there is none."""
    if is_entry(file):
        message = "its name looks like that of one manifest of several in a file"
        return [Violation(file, 1, 1, "", "file.name", message, "Rename the file, or its folder.")]
    try:
        documents = read_documents(file, content, form.max_bytes)
    except TextError as error:
        return [_of_text(file, error)]
    every = (
        each
        for document in documents
        for each in _manifests(file, document, form)
        if isinstance(each, Violation) or form.takes(each.value)
    )
    results = list(islice(every, MAX_ENTRIES + 1))
    if len(results) > MAX_ENTRIES:
        message = f"it has more than {MAX_ENTRIES:,} manifests"
        remedy = "Split it into several files."
        return [Violation(file, 1, 1, "", "manifest.items", message, remedy)]
    return results


def _of_text(file: str, error: TextError) -> Violation:
    remedy = error.remedy
    if error.rule.endswith(".empty"):
        remedy = f"Write a {language_of(file).name} object into it, or delete it."
    return Violation(
        file, error.line, error.column, error.pointer, error.rule, error.message, remedy
    )


def _manifests(file: str, document: Document, form: ManifestForm) -> Iterator[Manifest | Violation]:
    """Yield the manifests of one document."""
    if not form.items:
        yield _manifest(file, document, "", document.value, form)
        return
    above = split_pointer(form.items)
    above = above[: above.index(WILDCARD)] if WILDCARD in above else above
    outer = resolve(document.value, join_pointer(above))
    if not isinstance(outer, dict | list):
        yield _without_items(file, document, form.items, join_pointer(above), outer)
        return
    for pointer, value in find(document.value, form.items):
        yield _manifest(file, document, pointer, value, form)


def _manifest(
    file: str, document: Document, base: str, value: JsonValue, form: ManifestForm
) -> Manifest | Violation:
    path = entry_path(file, document.number, base)
    content = value if isinstance(value, dict) else {}
    manifest = Manifest(path, content, document, base, form.volatile)
    if file_of(path) != file:
        rule, message = "file.name", "a file of several manifests ends in .json, .yaml or .yml"
        remedy = "Rename the file."
    elif not isinstance(value, dict):
        if not base and (other := kind_error(document.text, document.language)):
            return _of_text(file, other)
        rule = "manifest.object"
        message = f"a manifest is an object, and this is {describe_type(value)}"
        is_json = document.language is JSON
        remedy = "Write {…} around it." if is_json else "Write it as key: value."
    elif manifest.size > MAX_BYTES:
        rule, message = document.language.size, f"a manifest is larger than {MAX_BYTES:,} bytes"
        remedy = "Make it smaller."
    else:
        return manifest
    entry = path[len(file) + 1 :]
    return Violation(file, *manifest.place(""), base, rule, message, remedy, entry=entry)


def _without_items(
    file: str, document: Document, items: str, above: str, outer: object
) -> Violation:
    """Return the violation of a document without a list or an object that has the manifests."""
    span = document.places.nearest(above)
    entry = "" if document.number is None else str(document.number)
    near = nearest(items, list(pointers_in(document.value, _MOST_POINTERS)))
    remedy = f"The nearest there is {near}. " if near else ""
    remedy += "Correct [manifests] items, or exclude the file."
    actual = "not there" if outer is None else describe_type(outer)
    message = f"no manifest is at {items}: {above or 'the whole document'} is {actual}"
    at = (span.line, span.column, above)
    return Violation(file, *at, "manifest.items", message, remedy, entry=entry)


def provenance_sha(value: JsonValue, volatile: Sequence[str] = DEFAULT_VOLATILE) -> str:
    """Return the SHA-256, in hex, of the canonical JSON without the volatile pointers.

    Raises:
        ValueError: a volatile pointer does not begin with a slash.
    """
    kept = without(value, [split_pointer(pointer) for pointer in volatile])
    return hashlib.sha256(canonical_json(kept)).hexdigest()


#: The ends of numbers that Python's encoder writes otherwise than RFC 8785: 1.0 and 1e-07.
_OTHER_NUMBERS = tuple(re.compile(rf"{end}(?:[,}}\]]|$)") for end in (r"\.0", "e[-+][0-9]+"))
#: Characters of keys that UTF-16 sorts otherwise.
_OTHER_ORDER = re.compile("[\ud800-\U0010ffff]")
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
)


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
