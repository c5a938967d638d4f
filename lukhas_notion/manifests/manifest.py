"""A manifest: a JSON object in a file of the repository, hashed, with the place of every value.

What cannot be read is a violation and no exception, because the others go on being checked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import rfc8785

from lukhas_notion.manifests import source_text
from lukhas_notion.manifests.document import (
    Document,
    language_of,
    read_documents,
)
from lukhas_notion.manifests.json_values import (
    ANY,
    JsonObject,
    JsonValue,
    find,
    join_pointer,
    kind,
    pointers_in,
    resolve,
    split_pointer,
    without,
)
from lukhas_notion.manifests.source_text import TextError, other_kind
from lukhas_notion.util.read_files import RefusedFileError, peek, read_regular
from lukhas_notion.util.text import nearest

_ENTRY = re.compile(r"(.+\.(?:json|ya?ml))#([0-9]*)((?:/.*)?)", re.DOTALL | re.IGNORECASE)

MAX_BYTES = 1024 * 1024
"""Bytes in a manifest: with so many, the worst that can be written is checked in a second."""

MAX_FILE_BYTES = 4 * MAX_BYTES
"""Bytes in a file of several manifests, by ``[manifests] items``."""

MAX_ENTRIES = 10_000
"""Manifests in one file."""

DEFAULT_VOLATILE = ("/_provenance/*/extracted_at",)
"""JSON pointers that the provenance SHA leaves out; ``*`` stands for any one key or index."""

#: Pointers of a document that are searched for what a misspelt one may have meant.
_MOST_POINTERS = 5_000


@dataclass(frozen=True, slots=True)
class ManifestForm:
    """What a configuration says of how manifests are read.

    Args:
        volatile: the JSON pointers that the provenance SHA leaves out.
        items: where the manifests are in a document; "" where the document is one.
    """

    volatile: tuple[str, ...] = DEFAULT_VOLATILE
    items: str = ""

    @property
    def max_bytes(self) -> int:
        """Bytes that a file may have: one with many manifests may be larger."""
        return MAX_FILE_BYTES if self.items else MAX_BYTES


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


@dataclass(frozen=True)
class Manifest:
    """One manifest.

    Args:
        path: relative to the repository's root, with forward slashes; with a fragment where the
            file holds several manifests (:mod:`lukhas_notion.manifests.document`).
        value: what it says.
        document: the document that it is, or is in, to find places in it.
        base: its JSON pointer in the document; "" is all of it.
        volatile: the JSON pointers that the provenance SHA leaves out.
    """

    path: str
    value: JsonObject = field(repr=False)
    document: Document = field(repr=False)
    base: str = ""
    volatile: tuple[str, ...] = DEFAULT_VOLATILE

    @cached_property
    def sha(self) -> str:
        """The provenance SHA, made when it is first asked for: the gates do without."""
        return provenance_sha(self.value, self.volatile)

    @property
    def text(self) -> str:
        """The text of its file; ``text.encode()`` is the file byte for byte."""
        return self.document.text

    @property
    def size(self) -> int:
        """How many characters it has."""
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
            KeyError: the manifest has no such member.
        """
        span = self.document.places.key(self.base + pointer)
        return span.line, span.column

    def violation(
        self, pointer: str, rule: str, message: str, remedy: str = "", fix: str = ""
    ) -> Violation:
        """Return a violation at the place of a value."""
        return Violation(self.path, *self.place(pointer), pointer, rule, message, remedy, fix)


def read_manifest(
    root: Path, path: str, form: ManifestForm = ManifestForm(), *, discovered: bool = False
) -> Manifest | Violation:
    """Read one manifest, or return why it cannot be read.

    ``path`` is relative to ``root``, and may name one of several manifests of a file. With
    ``discovered``, a search that follows no link to a folder has found the file.
    """
    return _named(path, read_file(root, file_of(path), form, discovered=discovered))


def read_file(
    root: Path, file: str, form: ManifestForm = ManifestForm(), *, discovered: bool = False
) -> list[Manifest | Violation]:
    """Read every manifest of a file, or return why it cannot be read.

    A symbolic link is read as long as it stays within ``root``.
    """
    try:
        content = peek(f"{root}/{file}", form.max_bytes) if discovered else None
        if content is None:
            content = read_regular(root / file, form.max_bytes, root=root)
    except RefusedFileError as error:
        return [Violation(file, 1, 1, "", error.rule, error.message, error.remedy)]
    return parse_file(file, content, form)


def parse_manifest(
    path: str, content: bytes, form: ManifestForm = ManifestForm()
) -> Manifest | Violation:
    """Return one manifest of a file's bytes, or why it is none."""
    return _named(path, parse_file(file_of(path), content, form))


def _named(path: str, found: Sequence[Manifest | Violation]) -> Manifest | Violation:
    """Return the manifest of a path, or what is wrong with its file."""
    for each in found:
        if (each.path if isinstance(each, Manifest) else each.manifest) == path:
            return each
    wrong = (each for each in found if isinstance(each, Violation))
    said = "there is more than one manifest in this file" if not is_entry(path) else "it is gone"
    gone = Violation(file_of(path), 1, 1, "", "manifest.items", said, "Look at the file.")
    return next(wrong, gone)


def parse_file(
    file: str, content: bytes, form: ManifestForm = ManifestForm()
) -> list[Manifest | Violation]:
    """Return every manifest of a file's bytes, or why there is none."""
    if is_entry(file):
        said = "its name looks like that of one manifest of several in a file"
        return [Violation(file, 1, 1, "", "file.name", said, "Rename the file, or its folder.")]
    try:
        documents = read_documents(file, content, form.max_bytes)
    except TextError as error:
        return [_of_text(file, error)]
    every = (each for document in documents for each in _manifests(file, document, form))
    found = list(islice(every, MAX_ENTRIES + 1))
    if len(found) > MAX_ENTRIES:
        said = f"it holds more than {MAX_ENTRIES:,} manifests"
        found = [Violation(file, 1, 1, "", "manifest.items", said, "Make several files of it.")]
    return found


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
    above = above[: above.index(ANY)] if ANY in above else above
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
    made = Manifest(path, value if isinstance(value, dict) else {}, document, base, form.volatile)
    rule, said, remedy = "", "", ""
    if file_of(path) != file:
        rule, said = "file.name", "a file of several manifests ends in .json, .yaml or .yml"
        remedy = "Rename the file."
    elif not isinstance(value, dict):
        if not base and (other := other_kind(document.text, document.language)):
            return _of_text(file, other)
        rule, said = "manifest.object", f"a manifest is an object, and this is {kind(value)}"
        remedy = "Write {…} around it."
        if document.language is source_text.YAML:
            remedy = "Write it as key: value."
    elif made.size > MAX_BYTES:
        rule, said = document.language.size, f"a manifest is larger than {MAX_BYTES:,} bytes"
        remedy = "Make it smaller."
    if not rule:
        return made
    line, column = made.place("")
    entry = path[len(file) + 1 :]
    return Violation(file, line, column, base, rule, said, remedy, entry=entry)


def _without_items(
    file: str, document: Document, items: str, above: str, outer: object
) -> Violation:
    """Return the violation of a document that has nothing where its manifests are to be."""
    span = document.places.nearest(above)
    entry = "" if document.number is None else str(document.number)
    near = nearest(items, list(pointers_in(document.value, _MOST_POINTERS)))
    remedy = f"The nearest there is {near[0]}. " if near else ""
    said = f"no manifest is at {items}: {above or 'the whole document'} is "
    said += "not there" if outer is None else kind(outer)
    remedy += "Correct [manifests] items, or exclude the file."
    return Violation(
        file, span.line, span.column, above, "manifest.items", said, remedy, entry=entry
    )


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
